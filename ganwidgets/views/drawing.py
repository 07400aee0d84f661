"""Draws the views' still pictures with Pillow: lines, areas and words on a transparent ground, smoothed.

Colours are the palette's names ("real", "fake", "discriminator", "ink"), the same as the style sheets' variables.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw, ImageFont

from ganwidgets.palette import DISCRIMINATOR, FAKE, INK, REAL, SERIES

COLOURS = {"real": REAL, "fake": FAKE, "discriminator": DISCRIMINATOR, "ink": INK, "soft": INK}
COLOURS |= {f"series{number}": colour for number, colour in enumerate(SERIES, start=1)}

_WIDE = 0.88  # DejaVu Sans is a wide font
_SCALE = 3  # drawn three times as large and shrunk: Pillow's own lines have stairs

_narrow = ContextVar("narrow", default=False)

Box = tuple[float, float, float, float]
Points = npt.NDArray[np.floating[Any]]


class Sketch:
    """A transparent picture of `width` by `height` pixels; every measure is in these pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGBA", (width * _SCALE, height * _SCALE), (*ImageColor.getrgb(INK), 0))

    def line(self, points: Points, colour: str, width: float = 1.5, opacity: float = 1.0) -> None:
        """A line through `points` `(n, 2)`."""
        wide = max(1, round(width * _SCALE))
        with self._layer(points, wide) as (draw, places):
            draw.line(places, fill=_rgba(colour, opacity), width=wide, joint="curve")

    def dashes(self, points: Points, colour: str, width: float = 1.0, dash: float = 4.0) -> None:
        """A dashed line through `points` `(n, 2)`: as long a gap as a dash, in pixels."""
        steps = np.hypot(*np.diff(points, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        for start in np.arange(0.0, along[-1], 2 * dash):
            places = np.array([start, *along[(along > start) & (along < start + dash)], min(start + dash, along[-1])])
            piece = np.stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)], axis=1)
            self.line(piece, colour, width)

    def area(self, points: Points, colour: str, opacity: float) -> None:
        """A filled shape with the corners `points` `(n, 2)`."""
        with self._layer(points, 1) as (draw, places):
            draw.polygon(places, fill=_rgba(colour, opacity))

    def dots(self, points: Points, colour: str, radius: float, opacity: float = 1.0) -> None:
        """Discs of `radius` around `points` `(n, 2)`; where they overlap they get no darker."""
        r = radius * _SCALE
        with self._layer(points, r) as (draw, places):
            for x, y in places:
                draw.ellipse((x - r, y - r, x + r, y + r), fill=_rgba(colour, opacity))

    def picture(self, image: Image.Image, box: Box) -> None:
        """`image`, RGBA, stretched over `box` (left, top, right, bottom)."""
        left, top, right, bottom = (round(end * _SCALE) for end in box)
        self._image.alpha_composite(image.resize((right - left, bottom - top), Image.Resampling.BICUBIC), (left, top))

    def text(self, x: float, y: float, text: str, colour: str = "ink", size: float = 12, anchor: str = "ls") -> None:
        """`text` at `(x, y)`; `anchor` as in Pillow: l, m or r and then a(bove), m(iddle) or s (the base line)."""
        draw = ImageDraw.Draw(self._image)
        draw.text((x * _SCALE, y * _SCALE), text, fill=_rgba(colour), font=_font(round(size * _SCALE)), anchor=anchor)

    def image(self) -> Image.Image:
        """The finished picture, RGBA."""
        return self._image.resize((self.width, self.height), Image.Resampling.LANCZOS)

    @contextmanager
    def _layer(self, points: Points, margin: float) -> Iterator[tuple[ImageDraw.ImageDraw, list[tuple[float, float]]]]:
        """A layer no larger than `points` need, where they lie on it; laid over the picture when it is drawn."""
        scaled = np.asarray(points, float).reshape(-1, 2) * _SCALE
        ends = scaled if len(scaled) and np.isfinite(scaled).all() else np.array([(0, 0), self._image.size], float)
        low = np.clip(np.floor(ends.min(0) - margin - 1), 0, self._image.size).astype(int)
        high = np.clip(np.ceil(ends.max(0) + margin + 1), 0, self._image.size).astype(int)
        size = np.maximum(high - low, 1)
        layer = Image.new("RGBA", (int(size[0]), int(size[1])), (0, 0, 0, 0))
        yield ImageDraw.Draw(layer), [(x, y) for x, y in (scaled - low).tolist()]
        if (high > low).all():
            self._image.alpha_composite(layer, (int(low[0]), int(low[1])))


def text_width(text: str, size: float = 12) -> float:
    """How wide `text` is drawn, in pixels."""
    return float(_font(round(size * _SCALE)).getlength(text)) / _SCALE


def wrapped(text: str, room: float, size: float = 12) -> list[str]:
    """`text` in lines that are at most `room` pixels wide, where its words allow that."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@contextmanager
def narrow() -> Iterator[None]:
    """For pictures of a narrow page: `stacked` puts no parts side by side."""
    token = _narrow.set(True)
    try:
        yield
    finally:
        _narrow.reset(token)


def to_png(image: Image.Image) -> bytes:
    """`image` as PNG."""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def from_png(png: bytes) -> Image.Image | None:
    """The picture in `png`, RGBA; None for no bytes."""
    return Image.open(io.BytesIO(png)).convert("RGBA") if png else None


def stacked(images: Sequence[Image.Image | None], gap: int = 12, across: bool = False) -> Image.Image | None:
    """The pictures that there are, one below the other, or side by side if the page is not narrow; None for none."""
    there, across = [image for image in images if image is not None], across and not _narrow.get()
    if not there:
        return None
    widths, heights = [image.width for image in there], [image.height for image in there]
    gaps = gap * (len(there) - 1)
    size = (sum(widths) + gaps, max(heights)) if across else (max(widths), sum(heights) + gaps)
    canvas = Image.new("RGBA", size, (*ImageColor.getrgb(INK), 0))
    at = 0
    for image in there:
        canvas.paste(image, (at, 0) if across else (0, at))
        at += (image.width if across else image.height) + gap
    return canvas


def _rgba(colour: str, opacity: float = 1.0) -> tuple[int, int, int, int]:
    red, green, blue = ImageColor.getrgb(COLOURS.get(colour, colour))[:3]
    return red, green, blue, round(255 * opacity)


@cache
def _font(size: int) -> Any:
    """DejaVu Sans, which matplotlib brings along and need not be imported for: Pillow's own font has no é and no σ."""
    package = find_spec("matplotlib")
    assert package is not None and package.origin is not None
    file = Path(package.origin).with_name("mpl-data") / "fonts" / "ttf" / "DejaVuSans.ttf"
    # The same layout on every machine, and none that fails at odd letters in names.
    return ImageFont.truetype(str(file), _WIDE * size, layout_engine=ImageFont.Layout.BASIC)
