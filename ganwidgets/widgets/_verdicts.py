"""What a measure's number means beside those of real samples, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.views.gauges import Gauge

Array = npt.NDArray[Any]
Measure = Callable[[Array, Array], float]


def as_gauge(name: str, measure: Any, value: float, low: float, high: float) -> Gauge:
    """A number beside the range of real samples, widened once, since a few draws do not show all of it."""
    better, words = str(getattr(measure, "better", "")), str(getattr(measure, "words", ""))
    room = max(high - low, (0.04 if better else 0.1) * abs(high + low) / 2)
    below, above = value < low - room, value > high + room
    kind, verdict = "like", "like other real ones"
    if not np.isfinite(value):
        kind, verdict = "worse", "no number"
    elif (below and better == "lower" and low > 0) or (above and better == "higher"):
        kind, verdict = "better", "better than other real ones"
    elif below and better == "":
        kind, verdict = "copies", "nearer than other real ones: copies?"
    elif above or (below and better != "lower"):
        times = value / high if above and low > 0 else 0.0
        kind, verdict = "worse", f"{times:.1f} × other real ones" if times >= 1.3 else "worse than other real ones"
        if better == "":
            kind, verdict = "far", "further than other real ones"
    return Gauge(name, words, better, float(value), float(low), float(high), verdict, kind)


def as_metrics(metrics: Any) -> dict[str, Measure]:
    """A table of at least one function by name; `ValueError` for anything else."""
    if not isinstance(metrics, Mapping) or not metrics or not all(callable(measure) for measure in metrics.values()):
        raise ValueError("metrics: expected {name: function(real, fake)} with at least one; "
                         f"got {type(metrics).__name__}")  # fmt: skip
    return {str(name): measure for name, measure in metrics.items()}
