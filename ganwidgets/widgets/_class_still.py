"""The still picture of a `ClassExplorer`: every z under every class that is shown, with the names of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from ganwidgets.views import tiles
from ganwidgets.views.drawing import Sketch, text_width, to_png

from ._rendering import ImageArray

TILE = 48
GAP = 4
MOST_WIDE = 150


def draw(table: ImageArray, names: Sequence[str], chosen: tuple[int, int], across: bool) -> bytes:
    """PNG of `table` `(rows, classes, H, W, C)`; `across`: classes side by side, else below each other."""
    rows, count, step = len(table), len(names), TILE + GAP
    shown = [_short(name, TILE if across else MOST_WIDE) for name in names]
    left = 34 if across else 8 + round(max(text_width(name) for name in shown))
    wide, high = (count, rows) if across else (rows, count)
    sketch = Sketch(left + step * wide, 24 + step * high)
    heads = ([f"z {row + 1}" for row in range(rows)], shown)
    for k, text in enumerate(heads[1] if across else heads[0]):
        sketch.text(left + step * k + TILE / 2, 12, text, "ink", 12, "mm")
    for k, text in enumerate(heads[0] if across else heads[1]):
        sketch.text(0, 24 + step * k + TILE / 2, text, "ink", 12, "lm")

    def place(row: int, column: int) -> tuple[int, int]:
        x, y = (column, row) if across else (row, column)
        return left + step * x, 24 + step * y

    if 0 <= chosen[1] < count:
        x, y = place(*chosen)
        corners = [(x - 1, y - 1), (x + TILE, y - 1), (x + TILE, y + TILE), (x - 1, y + TILE), (x - 1, y - 1)]
        sketch.line(np.array(corners, dtype=np.float64), "fake", 3)
    canvas = sketch.image()
    for row in range(rows):
        for column in range(count):
            canvas.paste(_tile(table[row, column]), place(row, column))
    return to_png(canvas)


def _tile(image: ImageArray) -> Image.Image:
    factor = -(-TILE // max(image.shape[:2]))
    picture = tiles.mosaic(image[None], 1, scale=factor).convert("RGBA")
    picture.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
    return picture


def _short(name: str, width: float) -> str:
    """`name`, cut off where it is wider than `width` pixels."""
    if text_width(name) <= width:
        return name
    kept = next(n for n in range(len(name), -1, -1) if n == 0 or text_width(name[:n] + "...") <= width)
    return name[:kept] + "..."
