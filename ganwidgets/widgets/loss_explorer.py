"""`LossExplorer`: what each generator loss says, and how hard it pushes, for everything that D may think of a fake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets import curves
from ganwidgets.checks import check_number
from ganwidgets.views.controls import Controls, Slide, Tick
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart

from ._parts import Panel, Words, row

_KNOWN = {
    "minimax": "minimax (saturating)",
    "non_saturating": "non-saturating",
    "least_squares": "least squares",
    "hinge": "hinge",
    "wasserstein": "Wasserstein",
    "relativistic": "relativistic",
}
# Hinge and Wasserstein are one loss for G: the second is dashed, over the first.
_STYLES = {
    "minimax": ("series1", False), "non_saturating": ("series2", False), "least_squares": ("series3", False),
    "hinge": ("series4", False), "wasserstein": ("ink", True), "relativistic": ("soft", True),
}  # fmt: skip
_ENDS = (0.002, 0.998)
_AXIS = (0.001, 0.999)


@cache
def _curve(name: str) -> curves.LossCurve:
    """Fine enough that a value read between two of its points has three digits right."""
    return curves.generator_curve(name, n=801)


class LossExplorer(Panel):
    """G's losses and their slopes by D's logit, over D(G(z)). `names`: those shown at first, of `losses.LOSSES`.

    Drag D(G(z)), by the slider or on the charts: each name has its value there beside it, and the line below says
    which loss pushes hardest. Slopes are drawn as they are or as powers of ten, which shows the saturating one die.
    """

    def __init__(self, names: Sequence[str] = ("minimax", "non_saturating"), score: float = 0.05) -> None:
        names = _known(names)
        check_number("score", score, *_AXIS)
        titles = ("G's loss", "How hard it pushes")
        self._value, self._slope = (
            LineChart(title, x_label="D(G(z))", chart_height=150, on_mark=self._mark) for title in titles
        )
        self._words = Words()
        self._controls = Controls(
            [
                Slide("score", "D(G(z))", *_ENDS, 0.002),
                Tick("log", "pushes as powers of ten"),
                *(Tick(name, label, _STYLES[name][0]) for name, label in _KNOWN.items()),
            ],
            {"score": score, "log": False} | {name: name in names for name in _KNOWN},
            lambda name, value: self._redraw(),
        )
        charts = row([self._value, self._slope])
        charts.layout.align_items = "flex-end"  # their axes stay level where one has more lines of names
        super().__init__(
            [charts, self._words, self._controls],
            layout=ipywidgets.Layout(max_width="920px"),
        )
        self.score = score

    @property
    def score(self) -> float:
        """D(G(z)) at the mark, from 0.001 to 0.999; settable."""
        return float(self._controls.values["score"])

    @score.setter
    def score(self, value: float) -> None:
        check_number("score", value, *_AXIS)
        self._controls.set(score=value)
        self._redraw()

    @property
    def names(self) -> list[str]:
        """The losses on show; settable."""
        return [name for name in _KNOWN if self._controls.values[name]]

    @names.setter
    def names(self, names: Sequence[str]) -> None:
        names = _known(names)
        self._controls.set(**{name: name in names for name in _KNOWN})
        self._redraw()

    def at_mark(self) -> dict[str, tuple[float, float]]:
        """By loss on show: its value and its slope by D's logit, at the mark."""
        logit = np.log(self.score / (1 - self.score))
        found = {}
        for name in self.names:
            curve = _curve(name)
            value, slope = (np.interp(logit, curve.logits, ys) for ys in (curve.values, curve.slopes))
            found[name] = (float(value), float(slope))
        return found

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return f"G's losses and their slopes over D(G(z)). {self._words.text}"

    def still(self) -> bytes:
        """Both charts as they stand, as PNG."""
        image = stacked([from_png(self._value.still()), from_png(self._slope.still())], gap=24, across=True)
        return b"" if image is None else to_png(image)

    def _mark(self, score: float) -> None:
        self.score = float(np.clip(score, *_ENDS))

    def _redraw(self) -> None:
        shown = [_curve(name) for name in self.names]
        # Evenly over D(G(z)), not over the logits, which crowd at both ends; and the mark, whose values are told.
        scores = np.union1d(np.linspace(*_AXIS, 201), self.score)
        logits = np.log(scores / (1 - scores))

        def lines(part: str) -> list[Line]:
            drawn = []
            for curve in shown:
                values: Any = np.interp(logits, curve.logits, getattr(curve, part))
                colour, dashed = _STYLES[curve.name]
                drawn.append(Line(_KNOWN[curve.name], colour, np.abs(values) if part == "slopes" else values, dashed))
            return drawn

        self._value.show(scores, lines("values"), marked=self.score, urgent=True)
        self._slope.show(scores, lines("slopes"), marked=self.score, urgent=True, log=self._controls.values["log"])
        self._words.say(self._verdict())

    def _verdict(self) -> str:
        pushes = {name: abs(slope) for name, (_, slope) in self.at_mark().items()}
        if not pushes:
            return "Choose a loss."
        # Three decimals, as beside the slider; more where somebody set more.
        where = (
            f"At D(G(z)) = {self.score:.3f}" if round(self.score, 3) == self.score else f"At D(G(z)) = {self.score:.3g}"
        )
        hard, soft = max(pushes, key=pushes.__getitem__), min(pushes, key=pushes.__getitem__)
        if pushes[hard] <= 1.005 * pushes[soft]:
            told = f"{where} all of them push" if len(pushes) > 1 else f"{where}, {_KNOWN[hard]} pushes"
            return f"{told} with a slope of {pushes[hard]:.3g}."
        ratio = f"{float(f'{pushes[hard] / pushes[soft]:.3g}'):,g}" if pushes[soft] > 1e-6 else "beyond count"
        return f"{where}, {_KNOWN[hard]} pushes {ratio} times as hard as {_KNOWN[soft]}."


def _known(names: Sequence[str]) -> list[str]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise ValueError(f"names: got {names!r}; allowed is a list of names, among {', '.join(_KNOWN)}")
    names = list(names)
    for name in names:
        if name not in _KNOWN:
            raise ValueError(f"names: there is no {name!r}; choose among {', '.join(_KNOWN)}")
    return names
