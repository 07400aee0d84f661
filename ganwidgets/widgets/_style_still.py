"""The still picture of a `StyleMixer`: the mixing table with its rows and columns, and the bars of the chosen pair."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from PIL import Image

from ganwidgets.views import tiles
from ganwidgets.views.drawing import Sketch, stacked, to_png

from ._rendering import ImageArray

TILE = 64
GAP = 4
Heads = tuple[Sequence[ImageArray], Sequence[ImageArray]]
Corners = np.ndarray[tuple[int, int], np.dtype[np.float64]]
COLOURS = {"A": "series1", "B": "series3"}


def draw(
    table: ImageArray, heads: Heads, pair: tuple[int, int],
    from_b: Collection[int], changes: Mapping[int, float],
) -> bytes:  # fmt: skip
    """PNG of `table` `(k, k, H, W, C)`, the pictures of its rows and columns, and by side the share that it changes."""
    image = stacked([_crossed(table, heads, pair), _bars(from_b, changes)], gap=24, across=True)
    return b"" if image is None else to_png(image)


def _crossed(table: ImageArray, heads: Heads, pair: tuple[int, int]) -> Image.Image:
    k, step, first = len(table), TILE + GAP, TILE + 3 * GAP
    size = first + k * step
    sketch = Sketch(size, size)
    sketch.text(TILE / 2, TILE / 2 - 8, "rows: A", COLOURS["A"], 11, "mm")
    sketch.text(TILE / 2, TILE / 2 + 8, "columns: B", COLOURS["B"], 11, "mm")
    chosen = (first + pair[1] * step, first + pair[0] * step)
    for place, colour in (((chosen[0], 1), "series3"), ((1, chosen[1]), "series1"), (chosen, "fake")):
        sketch.line(_frame(*place), colour, 2)
    canvas = sketch.image()
    for i in range(k):
        canvas.paste(_tile(heads[0][i]), (1, first + i * step))
        canvas.paste(_tile(heads[1][i]), (first + i * step, 1))
        for j in range(k):
            canvas.paste(_tile(table[i, j]), (first + j * step, first + i * step))
    return canvas


def _bars(from_b: Collection[int], changes: Mapping[int, float]) -> Image.Image:
    sketch = Sketch(270, 24 + 28 * len(changes))
    sketch.text(0, 13, "Flipping the styles of one side changes", "ink", 12)
    for index, (side, change) in enumerate(changes.items()):
        y = 42 + 28 * index
        who = "B" if side in from_b else "A"
        sketch.text(0, y, f"{side} px", "ink", 12)
        sketch.text(58, y, who, COLOURS[who], 12)
        sketch.area(_box(80, y - 9, 140), "ink", 0.2)
        if math.isfinite(change):
            sketch.area(_box(80, y - 9, 140 * min(1.0, change)), "fake", 1.0)
            sketch.text(266, y, f"{change:.0%}", "ink", 12, "rs")
    return sketch.image()


def _tile(image: ImageArray) -> Image.Image:
    """Fitted into `TILE` pixels: small pictures enlarged by a whole number of times."""
    scale = max(1, TILE // max(image.shape[:2]))
    picture = tiles.mosaic(image[None], 1, scale=scale).convert("RGBA")
    picture.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
    return picture


def _frame(x: float, y: float) -> Corners:
    low, high = -1.5, TILE + 1
    corners = [(low, low), (high, low), (high, high), (low, high), (low, low)]
    return np.array(corners) + np.array([x, y])


def _box(x: float, y: float, width: float) -> Corners:
    return np.array([[x, y], [x + width, y], [x + width, y + 10], [x, y + 10]])
