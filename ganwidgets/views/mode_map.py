"""`ModePlane`: samples in the plane and the modes that they should fall on; the empty ones catch the eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, to_png
from .quick import QuickView

Array = npt.NDArray[Any]

WITHIN = 3.0
MARGIN = 0.2
_STILL_SIDE = 340
_LABELLED = 36  # with more modes, shares beside them would hide the picture


@dataclass(frozen=True, eq=False)
class ModePicture:
    """What is drawn. `points`: `(n, 2)`; `on`: `(n,)`, the mode that each is on, -1 for none; `counts`: `(K,)` of all
    `total` samples, of which `points` may be a part. `words`: a line below."""

    points: Array
    on: Array
    counts: Array
    total: int
    words: str = ""


class ModePlane(QuickView, parts=("reading",)):
    """`modes`: `(K, 2)`, drawn as rings of 3 `sigma`. The pointer and the arrow keys read off one mode."""

    width = traitlets.Int(420).tag(sync=True)
    placeholder = traitlets.Unicode("no samples yet").tag(sync=True)

    def __init__(self, modes: Array, sigma: float, **kwargs: Any) -> None:
        self.modes, self.sigma = np.asarray(modes, np.float32), float(sigma)
        self.extent = extent_of(self.modes, self.sigma)
        self._picture: ModePicture | None = None
        super().__init__(**kwargs)
        self._paint(np.zeros((0, 2)), np.zeros(0), np.zeros(len(modes)), {"words": self.placeholder, "total": 0})

    def show(self, picture: ModePicture, urgent: bool = False) -> None:
        """Draw `picture`. From any thread."""
        self._picture = picture
        meta = {"words": picture.words, "total": picture.total}
        self._paint(picture.points, picture.on, picture.counts, meta, urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """What is on show, in words."""
        return f"{len(self.modes)} modes in the plane. {self._picture.words if self._picture else self.placeholder}"

    def still(self) -> bytes:
        """The picture as it stands, as PNG; the modes alone before the first."""
        return to_png(self.sketch(_STILL_SIDE).image())

    def outside(self, points: Array) -> int:
        """How many of `points` `(n, 2)` lie beyond the picture's edge."""
        left, right, bottom, top = self.extent
        x, y = points.T
        return int(((x < left) | (x > right) | (y < bottom) | (y > top)).sum())

    def sketch(self, side: int) -> Sketch:
        """Rings, dots, and the share beside each mode, `side` pixels wide and high, and the words below."""
        picture, words = self._picture, self._picture.words if self._picture else ""
        sketch = Sketch(side, side + (22 if words else 0))
        left, right, bottom, top = self.extent

        def places(points: Array) -> Array:
            x, y = (points[:, 0] - left) / (right - left), (top - points[:, 1]) / (top - bottom)
            return np.stack([x, y], axis=1) * side

        if picture is not None:
            for chosen, colour, opacity in ((picture.on < 0, "ink", 0.5), (picture.on >= 0, "fake", 0.8)):
                spots = places(picture.points[chosen])
                inside = ((spots > 0) & (spots < side)).all(axis=1)
                if inside.any():
                    sketch.dots(spots[inside], colour, 1.5, opacity)
        radius = WITHIN * self.sigma / (right - left) * side
        angles = np.linspace(0, 2 * np.pi, 33)
        circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        for index, centre in enumerate(places(self.modes)):
            empty = picture is not None and picture.counts[index] == 0
            if empty:
                sketch.dashes(centre + circle * max(radius + 3, 8), "ink", 2.2, 3)
            sketch.line(centre + circle * radius, "real", 1.2)
            if picture is not None and len(self.modes) <= _LABELLED:
                share = picture.counts[index] / max(picture.total, 1)
                x, y = centre
                y += max(radius + 3, 8) + 11
                sketch.text(x, y, percent(share), "ink", 12 if empty else 10, anchor="ms")
        sketch.text(0, side + 16, words, size=11)
        return sketch

    def _paint(self, points: Array, on: Array, counts: Array, meta: dict[str, Any], urgent: bool = False) -> None:
        meta |= {"extent": list(self.extent), "radius": WITHIN * self.sigma, "labelled": len(self.modes) <= _LABELLED}
        arrays = [np.ascontiguousarray(array, dtype=np.float32) for array in (self.modes, counts, points, on)]
        self.push(meta, [array.tobytes() for array in arrays], urgent=urgent)


def percent(share: float) -> str:
    """`share` in percent, 0 only for nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def extent_of(modes: Array, sigma: float) -> tuple[float, float, float, float]:
    """A square around `modes` `(K, 2)` with room on each side, for one mode as well: (left, right, bottom, top)."""
    low, high = modes.min(axis=0), modes.max(axis=0)
    span = float((high - low).max())
    half = (0.5 + MARGIN) * span + 4 * sigma if span else 12 * sigma
    x, y = ((low + high) / 2).astype(float)
    return x - half, x + half, y - half, y + half
