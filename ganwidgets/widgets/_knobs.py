"""The sliders of a `MetricLab`: what each does to the samples, its range, and the way through it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganwidgets.views.controls import Slide

from ._spoiling import Supply

#: So many places of a slider are measured when it is run through its range.
SWEEP = 9
LEAST_N = 20


@dataclass(frozen=True)
class Knob:
    """A slider for the `Spoiling` field `slide.name`; `start`: where it stands when nothing is spoilt."""

    slide: Slide
    start: float

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.slide.log or self.slide.step == 1

    def value(self, wanted: Any) -> float:
        """`wanted` as a value; `ValueError` for what is out of range, no number, or no whole one where it has to be."""
        low, high, name = self.slide.low, self.slide.high, self.slide.name
        number = isinstance(wanted, (int, float, np.integer, np.floating)) and not isinstance(wanted, bool)
        inside = number and math.isfinite(wanted) and low <= wanted <= high
        if not inside or (self.whole and not float(wanted).is_integer()):
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"{name}: expected {kind} from {low:g} to {high:g}; got {wanted!r}")
        return int(wanted) if self.whole else float(wanted)

    def rounded(self, wanted: Any) -> float:
        """The value nearest to where a slider of the page stands."""
        near = min(max(float(wanted), self.slide.low), self.slide.high)
        return self.value(round(near) if self.whole else near)

    def place(self, value: float) -> float:
        """Where `value` lies on the slider, from 0 to 1."""
        scale = math.log if self.slide.log else float
        low, high = scale(self.slide.low), scale(self.slide.high)
        return (scale(value) - low) / (high - low)

    def spread(self) -> list[float]:
        """At most nine values from one end to the other."""
        space = np.geomspace if self.slide.log else np.linspace
        values = space(self.slide.low, self.slide.high, SWEEP).tolist()
        return sorted({self.rounded(round(value, 6)) for value in values})

    def told(self, value: float) -> str:
        """The value as text."""
        return f"{value:,}" if self.whole else f"{value:.2g}"


def knobs_for(supply: Supply, n: int) -> dict[str, Knob]:
    """The sliders that make sense for these samples, at most `n` of them, by name."""
    found = []
    if not supply.points:
        found.append(Knob(Slide("blur", "blur, pixels", 0, max(1, supply.train.shape[1] // 7), 0.1), 0.0))
    found.append(Knob(Slide("noise", "noise on all", 0, 1, 0.02), 0.0))
    if supply.classes > 1:
        found.append(Knob(Slide("dropped", "kinds left out", 0, supply.classes - 1, 1), 0))
    found.append(Knob(Slide("copies", "training copies", 0, 1, 0.02), 0.0))
    found.append(Knob(Slide("junk", "pure noise", 0, 1, 0.02), 0.0))
    found.append(Knob(Slide("n", "sample size n", LEAST_N, n, log=True), n))
    return {knob.slide.name: knob for knob in found}
