"""What a measure's number means beside those of real samples, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

from ganwidgets.views.gauges import Gauge

Array = npt.NDArray[Any]
Measure = Callable[[Array, Array], float]


Range = tuple[float, float]


def as_gauge(name: str, measure: Any, value: float, real: Range, few: Range | None = None) -> Gauge:
    """A number beside the range of real samples, and of as `few` real ones where less than all are measured.

    Judged is beside the latter: what only a lack of samples does is told apart.
    """
    better, words = str(getattr(measure, "better", "")), str(getattr(measure, "words", ""))
    kind, verdict = _judged(value, better, *(few or real))
    if few is not None and kind == "like":
        verdict = "like as few real ones"
        if _judged(value, better, *real)[0] != "like":
            kind, verdict = "few", "n is too small to tell"
    low, high, few_low, few_high = (float(end) for end in (*real, *(few or (math.nan, math.nan))))
    return Gauge(name, words, better, float(value), low, high, few_low, few_high, verdict, kind)


def _judged(value: float, better: str, low: float, high: float) -> tuple[str, str]:
    """A kind and its words. The range is widened once, since a few draws do not show all of it."""
    room = max(high - low, (0.04 if better else 0.1) * abs(high + low) / 2)
    below, above = value < low - room, value > high + room
    if not math.isfinite(value):
        return "worse", "no number"
    if (below and better == "lower" and low > 0) or (above and better == "higher"):
        return "better", "better than other real ones"
    if better == "" and (below or above):
        return ("copies", "nearer than real ones: copies?") if below else ("far", "further than other real ones")
    if above or (below and better == "higher"):
        times = value / high if above and low > 0 else 0.0
        return "worse", f"{times:.1f} × other real ones" if times >= 1.3 else "worse than other real ones"
    return "like", "like other real ones"


def as_number(name: str, value: Any) -> float:
    """What a measure of that name has said, as a number; `ValueError` where it is none. NaN and infinity will do."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected a function that gives a number; it gave {value!r}") from None


def as_metrics(metrics: Any) -> dict[str, Measure]:
    """A table of at least one function by name; `ValueError` for anything else."""
    if not isinstance(metrics, Mapping) or not metrics or not all(callable(measure) for measure in metrics.values()):
        raise ValueError("metrics: expected {name: function(real, fake)} with at least one; "
                         f"got {type(metrics).__name__}")  # fmt: skip
    return {str(name): measure for name, measure in metrics.items()}
