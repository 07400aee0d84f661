"""`Gauges`: what several measures say, each beside what it says of real samples, and its way along one slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .drawing import Sketch, to_png
from .quick import QuickView

Array = npt.NDArray[Any]
_WIDTH, _HEIGHT, _COLUMNS = 210, 96, 2


@dataclass(frozen=True)
class Gauge:
    """`value` of the measure `name`, NaN for none; `low` to `high`: of real samples; `few_low` to `few_high`: of as few
    real samples, NaN where all are measured. `better` is "lower", "higher" or nothing. `verdict`: what they say
    together, in words, and `kind`: "like", "few", "worse", "better", "copies" or "far"."""

    name: str
    words: str
    better: str
    value: float
    low: float
    high: float
    few_low: float
    few_high: float
    verdict: str
    kind: str


@dataclass(frozen=True)
class Way:
    """The measures' values along one slider: `places` `(p,)` from 0 to 1 in order, `values` `(p, measures)`.

    `now`: where the slider stands; `label`, `first`, `last`: its name and the words for its two ends.
    """

    places: Array
    values: Array
    now: float
    label: str
    first: str
    last: str


class Gauges(QuickView):
    """A card for each measure: its number in vermilion, the range of real samples in blue, the way so far as a line."""

    def __init__(self, **kwargs: Any) -> None:
        self._shown: tuple[tuple[Gauge, ...], Way] | None = None
        super().__init__(**kwargs)

    @property
    def gauges(self) -> tuple[Gauge, ...]:
        """What is on show."""
        return () if self._shown is None else self._shown[0]

    def show(self, gauges: Sequence[Gauge], way: Way, busy: bool = False, urgent: bool = False) -> None:
        """Show `gauges`, and the `way` `(p, len(gauges))`. `busy`: a newer number is on its way."""
        self._shown = (tuple(gauges), way)
        cards = []
        for index, gauge in enumerate(gauges):
            low, high = self._limits(index)
            card = asdict(gauge) | {"text": number(gauge.value), "real": f"{number(gauge.low)} to {number(gauge.high)}"}
            for name in ("value", "low", "high", "few_low", "few_high"):
                card[name] = card[name] if np.isfinite(card[name]) else None
            cards.append(card | {"bottom": low, "top": high})
        line = {"now": way.now, "label": way.label, "first": way.first, "last": way.last, "count": len(way.places)}
        buffers = [np.asarray(array, np.float32).tobytes() for array in (way.places, np.asarray(way.values).T)]
        self.push({"cards": cards, "way": line, "busy": busy}, buffers, urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The numbers in words."""
        return "; ".join(f"{gauge.name} {number(gauge.value)}, {gauge.verdict}" for gauge in self.gauges)

    def still(self) -> bytes:
        """The cards as they stand, as PNG."""
        if self._shown is None:
            return b""
        rows = -(-len(self.gauges) // _COLUMNS)
        sketch = Sketch(_COLUMNS * (_WIDTH + 16), rows * (_HEIGHT + 14))
        for index in range(len(self.gauges)):
            self._draw(sketch, index, (index % _COLUMNS) * (_WIDTH + 16), (index // _COLUMNS) * (_HEIGHT + 14))
        return to_png(sketch.image())

    def _limits(self, index: int) -> tuple[float, float]:
        """The axis of a card: from 0, or from below it, to a little above all that is drawn."""
        assert self._shown is not None
        gauges, way = self._shown
        gauge = gauges[index]
        drawn = np.array([*way.values[:, index], gauge.value, gauge.low, gauge.high, gauge.few_low, gauge.few_high])
        drawn = drawn[np.isfinite(drawn)]
        low, high = min(0.0, float(drawn.min(initial=0.0))), float(drawn.max(initial=1e-9))
        return 1.1 * low, 1.12 * high

    def _draw(self, sketch: Sketch, index: int, x: float, y: float) -> None:
        assert self._shown is not None
        gauge, way = self._shown[0][index], self._shown[1]
        low, high = self._limits(index)
        top, bottom = y + 34.0, y + _HEIGHT - 4.0

        def level(value: Array | float) -> Array:
            return bottom - (np.asarray(value) - low) / (high - low) * (bottom - top)

        sketch.text(x, y + 13, gauge.name, size=12)
        sketch.text(x + _WIDTH, y + 13, number(gauge.value), "fake", 13, anchor="rs")
        sketch.text(x, y + 27, gauge.verdict, "soft", 10)
        edges = np.array([level(gauge.low), level(gauge.high)])
        edges += np.array([0.75, -0.75])  # a band too thin to see is a line
        corners = [[x, edges[0]], [x, edges[1]], [x + _WIDTH, edges[1]], [x + _WIDTH, edges[0]]]
        sketch.area(np.array(corners), "real", 0.45)
        at = x + way.now * _WIDTH
        if np.isfinite(gauge.few_low):
            sketch.line(np.array([[at, level(gauge.few_low) + 1], [at, level(gauge.few_high) - 1]]), "real", 7, 0.6)
        known = np.isfinite(way.values[:, index])
        line = np.stack([x + way.places[known] * _WIDTH, level(way.values[known, index])], axis=1)
        if len(line) > 1:
            sketch.line(line, "fake", 1.5)
        sketch.line(np.array([[x, bottom + 2], [x + _WIDTH, bottom + 2]]), "ink", 0.7, 0.5)
        if np.isfinite(gauge.value):
            sketch.dots(np.array([[at, level(gauge.value)]]), "fake", 3.5)


def number(value: float) -> str:
    """Three digits: 0.87, −16.5, 1,234; a dash for none."""
    if not np.isfinite(value):
        return "–"
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    return text.replace("-", "−")
