"""A pen for flat cartoons: ellipses, smooth blobs and round-ended strokes on a Pillow image.

Coordinates are in 64ths of the picture's width, whatever its size in pixels.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = tuple[tuple[float, float], ...]

_STEPS = 6


def blend(a: Colour, b: Colour, share: float) -> Colour:
    """The colour that lies `share` (0 to 1) of the way from `a` to `b`."""
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


def mirrored(*right: tuple[float, float]) -> Points:
    """A closed outline from its right half, listed from the axis x = 32 at the top to the axis at the bottom."""
    left = tuple((64 - x, y) for x, y in reversed(right) if x != 32)
    return (*right, *left)


@lru_cache(maxsize=4096)
def smooth(points: Points, closed: bool) -> npt.NDArray[np.float64]:
    """A Catmull-Rom curve through `points`: `(M, 2)`."""
    p = np.asarray(points, dtype=np.float64)
    ring = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    a, b, c, d = ring[:-3, None], ring[1:-2, None], ring[2:-1, None], ring[3:, None]
    t = np.linspace(0.0, 1.0, _STEPS, endpoint=False)[None, :, None]
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat = curve.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, p[-1:]])


class Pen:
    """Draws on a square RGB image; `move` shifts everything drawn after it."""

    def __init__(self, canvas: Image.Image) -> None:
        self._draw = ImageDraw.Draw(canvas)
        self._scale = canvas.width / 64
        self._x = 0.0
        self._y = 0.0

    def move(self, x: float, y: float) -> None:
        """Put the origin at (x, y)."""
        self._x, self._y = x, y

    def _box(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        s, x, y = self._scale, self._x, self._y
        x0, y0 = round((left + x) * s), round((top + y) * s)
        return x0, y0, max(round((right + x) * s) - 1, x0), max(round((bottom + y) * s) - 1, y0)

    def _flat(self, points: npt.NDArray[np.float64]) -> list[float]:
        flat: list[float] = ((points + np.array((self._x, self._y))) * self._scale - 0.5).ravel().tolist()
        return flat

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """A filled ellipse around (x, y)."""
        self._draw.ellipse(self._box(x - rx, y - ry, x + rx, y + ry), fill)

    def ring(self, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
        """A circle's outline; `width` goes inwards."""
        box = self._box(x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse(box, None, colour, round(width * self._scale))

    def rounded(self, left: float, top: float, right: float, bottom: float, radius: float, fill: Colour) -> None:
        """A filled box with round corners."""
        self._draw.rounded_rectangle(self._box(left, top, right, bottom), radius * self._scale, fill)

    def frame(
        self, left: float, top: float, right: float, bottom: float, radius: float, width: float, colour: Colour
    ) -> None:
        """The outline of a box with round corners; `width` goes inwards."""
        box = self._box(left, top, right, bottom)
        self._draw.rounded_rectangle(box, radius * self._scale, None, colour, round(width * self._scale))

    def polygon(self, points: Points, fill: Colour) -> None:
        """A filled polygon with sharp corners."""
        self._draw.polygon(self._flat(np.asarray(points, dtype=np.float64)), fill)

    def blob(self, points: Points, fill: Colour) -> None:
        """A filled smooth shape whose outline passes through `points`."""
        self._draw.polygon(self._flat(smooth(points, True)), fill)

    def curve(self, points: Points, width: float, colour: Colour) -> None:
        """A smooth stroke through `points` with round ends."""
        flat = self._flat(smooth(points, False))
        self._draw.line(flat, colour, round(width * self._scale), "curve")
        r = width * self._scale / 2
        for x, y in (flat[:2], flat[-2:]):
            self._draw.ellipse((x - r, y - r, x + r, y + r), colour)
