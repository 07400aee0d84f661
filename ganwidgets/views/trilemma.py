"""`Trilemma`: several models on three axes, quality, coverage and speed, with a table of the numbers and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .drawing import Sketch, to_png
from .quick import QuickView

Array = npt.NDArray[Any]
AXES = ("quality", "coverage", "speed")
_DIRECTIONS = np.array([[0.0, -1.0], [0.866, 0.5], [-0.866, 0.5]])
_SIDE = 250


@dataclass(frozen=True)
class Corner:
    """One model: its `name` and `colour`, its `places` from 0 to 1 on the axes (quality, coverage, speed), NaN for
    none, and the `cells` of its row of the table."""

    name: str
    colour: str
    places: tuple[float, float, float]
    cells: tuple[str, ...]


class Trilemma(QuickView):
    """A triangle for each model: further out is better. Under it a table with the heads `heads`, and words."""

    def __init__(self, **kwargs: Any) -> None:
        self._corners: tuple[Corner, ...] = ()
        self.words = ""
        super().__init__(**kwargs)

    @property
    def corners(self) -> tuple[Corner, ...]:
        """What is on show."""
        return self._corners

    def show(self, corners: Sequence[Corner], heads: Sequence[str], words: str, urgent: bool = False) -> None:
        """Show these models, the table's `heads`, and `words` below."""
        self._corners, self.words = tuple(corners), words
        models = []
        for corner in corners:
            places = [place if np.isfinite(place) else None for place in corner.places]
            models.append(asdict(corner) | {"places": places})
        self.push({"models": models, "heads": list(heads), "axes": AXES, "words": words}, [], urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The numbers in words."""
        return "; ".join(f"{corner.name}: {', '.join(corner.cells)}" for corner in self._corners)

    def still(self) -> bytes:
        """The triangles as they stand, as PNG."""
        sketch = Sketch(_SIDE + 110, _SIDE)
        centre, radius = np.array([(_SIDE + 110) / 2, 0.56 * _SIDE]), 0.36 * _SIDE
        for share in (0.5, 1.0):
            sketch.line(np.concatenate([_DIRECTIONS, _DIRECTIONS[:1]]) * share * radius + centre, "ink", 0.8, 0.5)
        for axis, direction in zip(AXES, _DIRECTIONS, strict=True):
            sketch.line(np.stack([centre, centre + radius * direction]), "ink", 0.8, 0.5)
            x, y = centre + 1.14 * radius * direction
            across = {0: "m", 1: "l", -1: "r"}[int(np.sign(direction[0]))]
            sketch.text(x, y + (0 if direction[1] < 0 else 8), axis, size=12, anchor=f"{across}s")
        for index, corner in enumerate(self._corners):
            places = np.nan_to_num(np.array(corner.places))[:, None] * radius * _DIRECTIONS + centre
            sketch.area(places, corner.colour, 0.2)
            sketch.line(np.concatenate([places, places[:1]]), corner.colour, 2)
            sketch.dots(places, corner.colour, 3)
            sketch.text(2, 14 + 16 * index, corner.name[:24], corner.colour, 12)
        return to_png(sketch.image())
