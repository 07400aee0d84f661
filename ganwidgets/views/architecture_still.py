"""The still picture of an `ArchitectureView`: the row of blocks above, the chosen block's facts and maps below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from . import tiles
from .drawing import Sketch, to_png, wrapped

if TYPE_CHECKING:
    from .architecture import ArchitecturePicture, BlockSpec, PartSpec

Array = npt.NDArray[Any]
Shade = Callable[[Array, str], Array]

_WIDTH = 860
_ROW = 96  # the highest block
_TOP = 24
_THUMB = 34
_SIDE = 280
_LOW = 256  # here begins what the chosen block is


def draw_still(parts: Sequence[PartSpec], picture: ArchitecturePicture, shade: Shade) -> bytes:
    """The PNG of `picture`."""
    blocks = [(part, block) for part in parts for block in part.blocks]
    gap = 96 if picture.result is not None and len(parts) else 12
    column = (_WIDTH - gap * max(1, len(parts) - 1)) / max(len(blocks), 1)
    sketch = Sketch(_WIDTH, _LOW + _SIDE)
    lefts, x = [], 0.0
    for part in parts:
        sketch.text(x, 14, part.title, size=12)
        for _ in part.blocks:
            lefts.append(x)
            x += column
        x += gap
    for index, ((part, block), left) in enumerate(zip(blocks, lefts, strict=True)):
        _draw_block(sketch, block, part.colour, left, column, index == picture.opened.index)
    _draw_facts(sketch, picture, _SIDE + 28, _LOW + 8)
    image = sketch.image()
    for thumb, (part, _), left in zip(picture.thumbs, blocks, lefts, strict=True):
        side = int(min(_THUMB, column - 4))
        _paste(image, shade(thumb, part.colour), left + (column - side) / 2, _TOP + _ROW + 6, side)
    if picture.result is not None and parts:
        after = len(parts[0].blocks) * column
        spot = after + 10 if len(parts) > 1 else min(after + 10, _WIDTH - 80)
        _paste(image, picture.result, spot, 44, 76)
    maps = shade(picture.opened.maps, blocks[picture.opened.index][0].colour)
    columns = tiles.columns(len(maps))
    mosaic = tiles.mosaic(maps, columns, scale=max(1, _SIDE // (columns * maps.shape[2])))
    mosaic.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    image.paste(mosaic, (0, _LOW))
    return to_png(image)


def _draw_block(sketch: Sketch, block: BlockSpec, colour: str, left: float, column: float, chosen: bool) -> None:
    middle, centre = left + column / 2, _TOP + _ROW / 2
    wide, high = max(3.0, block.width * (column - 8)), max(4.0, block.height * _ROW)
    sketch.area(_box(middle - wide / 2, centre - high / 2, wide, high), colour, 0.95 if chosen else 0.6)
    if chosen:
        frame = _box(left + 1, _TOP - 4, column - 2, 224)
        sketch.line(np.vstack([frame, frame[:1]]), "ink", 1.2)
    size = 11.0 if column >= 44 else 8.0
    for row, line in enumerate(block.label):
        sketch.text(middle, 173 + 13 * row, line, size=size, anchor="ms")
    bar = max(28 * block.share, 0.6)
    sketch.area(_box(middle - 6, 226 - bar, 12, bar), "ink", 0.7)
    sketch.text(middle, 238, block.percent, size=size - 1, anchor="ms")


def _draw_facts(sketch: Sketch, picture: ArchitecturePicture, left: float, top: float) -> None:
    sketch.text(left, top + 8, picture.opened.title, size=14)
    y = top + 30.0
    for term, text in picture.opened.facts:
        sketch.text(left, y, term, size=11)
        for line in wrapped(text, _WIDTH - left - 84, 11):
            sketch.text(left + 80, y, line, size=11)
            y += 15
        y += 4
    for line in wrapped(picture.opened.words, _WIDTH - left - 4, 11):
        sketch.text(left, y + 6, line, size=11)
        y += 15
    sketch.text(left, y + 12, picture.verdict, size=12)


def _box(x: float, y: float, width: float, height: float) -> Array:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])


def _paste(image: Image.Image, pixels: Array, x: float, y: float, side: int) -> None:
    """Put `(h, w, C)` there, at most `side` wide and high, its pixels square."""
    tile = tiles.mosaic(np.ascontiguousarray(pixels)[None], 1, scale=max(1, -(-side // max(pixels.shape[:2]))))
    tile = tile.convert("RGBA")
    tile.thumbnail((side, side), Image.Resampling.BOX)
    image.paste(tile, (round(x + (side - tile.width) / 2), round(y + (side - tile.height) / 2)))
