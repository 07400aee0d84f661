"""`LineChart`: a few lines over a common axis, redrawn while they grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, text_width, to_png
from .quick import QuickView

Array = npt.NDArray[Any]
_LEGEND_LINE, _LEGEND_GAP = 15, 12
FLOOR = 1e-3


@dataclass(frozen=True)
class Line:
    """One line: its name, its colour's name in the palette, and whether its own values lie faint behind it."""

    label: str
    colour: str
    values: Array
    dashed: bool = False
    raw: Array | None = None


class LineChart(QuickView):
    """Lines over steps, or over what `x_label` says. `y_range`: fixed limits, by default those of the data;
    `chart_height`: in pixels. `on_mark(x)`: called where a hand drags the mark; without it, none can."""

    title = traitlets.Unicode().tag(sync=True)
    x_label = traitlets.Unicode("step").tag(sync=True)
    chart_height = traitlets.Int(140).tag(sync=True)
    reference = traitlets.Float(None, allow_none=True).tag(sync=True)
    draggable = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        title: str = "",
        y_range: tuple[float, float] | None = None,
        on_mark: Callable[[float], object] | None = None,
        **kwargs: Any,
    ) -> None:
        self._y_range = y_range
        self._on_mark = on_mark
        self._x: Array = np.zeros(0)
        self._lines: tuple[Line, ...] = ()
        self._marked: float | None = None
        self._log = False
        super().__init__(title=title, draggable=on_mark is not None, **kwargs)

    def show(
        self, x: Array, lines: Sequence[Line], marked: float | None = None, urgent: bool = False, log: bool = False
    ) -> None:
        """Draw `lines`, each `(n,)` values over `x` `(n,)`; `marked`: where on the x-axis to set a mark.

        The number beside a line's name is its value at the mark, or at the end where there is none. `log`: the y-axis
        goes by powers of ten, and no lower than `FLOOR`.
        """
        self._x, self._lines, self._marked, self._log = x, tuple(lines), marked, log
        low, high = self._limits()
        meta = {
            "x": [float(x[0]), float(x[-1])] if len(x) else [0.0, 1.0],
            "y": [low, high],
            "ends": [self._amount(low), self._amount(high)],
            "marked": marked,
            "lines": [
                {"label": line.label, "colour": line.colour, "dashed": line.dashed, "raw": line.raw is not None}
                for line in lines
            ],
            # JSON has no NaN.
            "told": [told if np.isfinite(told := self._told(line)) else None for line in lines],
        }
        arrays = [x, *(self._placed(a) for line in lines for a in (line.values, line.raw) if a is not None)]
        self.push(meta, [np.asarray(array, dtype=np.float32).tobytes() for array in arrays], urgent=urgent)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """The mark was dragged."""
        if payload.get("do") != "mark" or self._on_mark is None:
            raise ValueError(f"do: expected 'mark' of a chart with on_mark; got {payload.get('do')!r}")
        self._on_mark(float(payload["at"]))

    def still(self) -> bytes:
        """The chart as it stands, as PNG; empty bytes where there is no line to speak of, as on the page."""
        if len(self._x) < 3:
            return b""
        return to_png(self.sketch(460).image())

    def sketch(self, width: int) -> Sketch:
        """The chart as it stands, `width` pixels wide."""
        legend = self._legend(width - 4)
        more = _LEGEND_LINE * (len(legend) - 1)
        height, top, left, bottom = self.chart_height + 44 + more, 24 + more, 34, 20
        sketch = Sketch(width, height)
        low, high = self._limits()
        span = max(float(self._x[-1] - self._x[0]), 1e-9)

        def places(values: Array) -> Array:
            x = left + (self._x - self._x[0]) / span * (width - left - 4)
            y = top + (high - np.clip(self._placed(values), low, high)) / (high - low) * (height - top - bottom)
            return np.stack([x, y], axis=1)[np.isfinite(values)]

        self._draw_frame(sketch, (left, top, width - 4, height - bottom), (low, high))
        self._draw_legend(sketch, legend, width - 4)
        for line in self._lines:
            if line.raw is not None and np.isfinite(line.raw).sum() > 1:
                sketch.line(places(line.raw), line.colour, 0.8, 0.3)
        for line in self._lines:
            points = places(line.values)
            if len(points) > 1 and line.dashed:
                sketch.dashes(points, line.colour, 1.2)
            elif len(points) > 1:
                sketch.line(points, line.colour, 1.8)
        if self._marked is not None:
            x = left + (self._marked - self._x[0]) / span * (width - left - 4)
            sketch.line(np.array([[x, top], [x, height - bottom]]), "ink", 1, 0.6)
        return sketch

    def _draw_frame(self, sketch: Sketch, box: tuple[int, int, int, int], limits: tuple[float, float]) -> None:
        left, top, right, bottom = box
        sketch.line(np.array([[left, top], [left, bottom], [right, bottom]]), "ink", 1, 0.6)
        if self.reference is not None:
            y = top + (limits[1] - self.reference) / (limits[1] - limits[0]) * (bottom - top)
            sketch.dashes(np.array([[left, y], [right, y]]), "ink")
        for value, y in ((limits[1], top + 4), (limits[0], bottom)):
            sketch.text(left - 5, y, f"{self._amount(value):.3g}", size=10, anchor="rs" if y == bottom else "rm")
        sketch.text(left, bottom + 14, f"{self.x_label} {_number(self._x[0])}", size=10)
        sketch.text(right, bottom + 14, _number(self._x[-1]), size=10, anchor="rs")

    def _draw_legend(self, sketch: Sketch, legend: Sequence[Sequence[tuple[str, str]]], right: float) -> None:
        sketch.text(0, 13, self.title, size=12)
        for number, names in enumerate(legend):
            x = right
            for words, colour in reversed(names):
                sketch.text(x, 13 + _LEGEND_LINE * number, words, colour, 11, anchor="rs")
                x -= text_width(words, 11) + _LEGEND_GAP

    def _legend(self, right: float) -> list[list[tuple[str, str]]]:
        """The names and their colours, in as many lines as they need; the first one begins beside the title."""
        rows: list[list[tuple[str, str]]] = [[]]
        room = right - text_width(self.title, 12)
        for line in self._lines:
            told = self._told(line)
            words = f"{line.label} {told:.2f}" if np.isfinite(told) else line.label
            room -= text_width(words, 11) + _LEGEND_GAP
            if room < 0 and (rows[-1] or self.title):
                rows.append([])
                room = right - text_width(words, 11) - _LEGEND_GAP
            rows[-1].append((words, line.colour))
        return rows

    def _told(self, line: Line) -> float:
        """The value beside the line's name: at the mark, or at the end."""
        if len(line.values) == 0:
            return float("nan")
        at = -1 if self._marked is None else int(np.abs(self._x - self._marked).argmin())
        return float(line.values[at])

    def _placed(self, values: Array) -> Array:
        """Where `values` stand along the y-axis."""
        return np.log10(np.maximum(values, FLOOR)) if self._log else values

    def _amount(self, place: float) -> float:
        """The value that stands at `place` of the y-axis."""
        return float(10.0**place) if self._log else place

    def _limits(self) -> tuple[float, float]:
        """The y-axis: of the strong lines, so that one wild step doesn't flatten the rest."""
        if self._y_range is not None:
            return self._y_range
        values = np.concatenate([line.values for line in self._lines]) if self._lines else np.zeros(0)
        values = self._placed(values[np.isfinite(values)])
        if len(values) == 0:
            return 0.0, 1.0
        if self._log:
            lowest = float(np.floor(values.min()))
            return lowest, max(float(np.ceil(values.max())), lowest + 1)
        low, high = min(0.0, float(values.min())), float(values.max())
        room = 0.08 * max(high - low, 1e-6)
        return _rounded(low - room if low < 0 else low, -1), _rounded(high + room, +1)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:.3g}"


def _rounded(value: float, direction: int) -> float:
    """`value` away from zero to two digits, so that the axis doesn't tremble with every frame."""
    if value == 0:
        return 0.0
    unit = 10.0 ** np.floor(np.log10(abs(value))) / 2
    return float((np.ceil if direction > 0 else np.floor)(value / unit) * unit)


def smoothed(values: Array, window: int) -> Array:
    """The mean over `window` neighbours of each of `values` `(n,)`, fewer at the two ends; NaN is left out."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    places = np.arange(len(values))
    low, high = np.maximum(places - (window - 1) // 2, 0), np.minimum(places + window // 2 + 1, len(values))
    count = counts[high] - counts[low]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, (sums[high] - sums[low]) / count, np.nan)
