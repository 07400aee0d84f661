"""`LossExplorer`: what each generator loss says, and how hard it pushes, for everything that D may think of a fake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets import curves
from ganwidgets.views.base import Still
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart

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


class LossExplorer(Still, ipywidgets.VBox):
    """G's losses and their slopes by D's logit, over D(G(z)). `names`: those shown at first, of `losses.LOSSES`.

    Drag D(G(z)): the line below gives every loss and slope there. Slopes are drawn as they are or as logarithms, which
    shows how fast the saturating one dies.
    """

    def __init__(self, names: Sequence[str] = ("minimax", "non_saturating"), score: float = 0.05) -> None:
        _check(names)
        self._value = LineChart("G's loss", x_label="D(G(z))", chart_height=150)
        self._slope = LineChart("How hard it pushes: the size of its slope", x_label="D(G(z))", chart_height=150)
        self._boxes = {
            name: ipywidgets.Checkbox(name in names, description=label, indent=False, layout=_auto("0 1 170px"))
            for name, label in _KNOWN.items()
        }
        self._score = ipywidgets.FloatSlider(
            score,
            min=0.002,
            max=0.998,
            step=0.002,
            description="D(G(z))",
            readout_format=".3f",
            layout=_auto("1 1 260px"),
        )
        self._log = ipywidgets.Checkbox(
            False, description="slopes as powers of ten", indent=False, layout=_auto("0 1 190px")
        )
        self._table = ipywidgets.Label()
        charts = [ipywidgets.VBox([chart], layout=_auto("1 1 280px")) for chart in (self._value, self._slope)]
        rows = [_row(charts), _row([self._score, self._log]), self._table, _row(list(self._boxes.values()))]
        super().__init__(rows, layout=ipywidgets.Layout(max_width="920px"))
        for control in (self._score, self._log, *self._boxes.values()):
            control.observe(lambda _: self._redraw(), "value")
        self._redraw()

    @property
    def score(self) -> float:
        """D(G(z)) at the mark, in (0, 1); settable."""
        return float(self._score.value)

    @score.setter
    def score(self, value: float) -> None:
        self._score.value = value

    @property
    def names(self) -> list[str]:
        """The losses on show; settable."""
        return [name for name, box in self._boxes.items() if box.value]

    @names.setter
    def names(self, names: Sequence[str]) -> None:
        _check(names)
        for name, box in self._boxes.items():
            box.value = name in names

    def at_mark(self) -> dict[str, tuple[float, float]]:
        """By loss on show: its value and its slope by D's logit, at the mark."""
        logit = np.log(self.score / (1 - self.score))
        found = {}
        for name in self.names:
            curve = curves.generator_curve(name)
            found[name] = tuple(float(np.interp(logit, curve.logits, ys)) for ys in (curve.values, curve.slopes))
        return found  # type: ignore[return-value]

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return f"G's losses and their slopes over D(G(z)). {self._table.value}"

    def still(self) -> bytes:
        """Both charts as they stand, as PNG."""
        image = stacked([from_png(self._value.still()), from_png(self._slope.still())], gap=24, across=True)
        return b"" if image is None else to_png(image)

    def _redraw(self) -> None:
        shown = [curves.generator_curve(name) for name in self.names]
        if not shown:
            self._table.value = "Choose a loss."
            return
        # Evenly over D(G(z)), not over the logits, which crowd at both ends.
        scores = np.linspace(0.001, 0.999, 201)
        logits = np.log(scores / (1 - scores))

        def lines(part: str) -> list[Line]:
            drawn = []
            for curve in shown:
                values: Any = np.interp(logits, curve.logits, getattr(curve, part))
                if part == "slopes":
                    values = np.log10(np.maximum(np.abs(values), 1e-4)) if self._log.value else np.abs(values)
                colour, dashed = _STYLES[curve.name]
                drawn.append(Line(_KNOWN[curve.name], colour, values, dashed))
            return drawn

        for chart, part in ((self._value, "values"), (self._slope, "slopes")):
            chart.show(scores, lines(part), marked=self.score, urgent=True)
        said = [f"{_KNOWN[name]} {value:.2f}, slope {slope:.3g}" for name, (value, slope) in self.at_mark().items()]
        self._table.value = f"at D(G(z)) = {self.score:.3f}:  " + ";  ".join(said)


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in _KNOWN:
            raise ValueError(f"names: there is no {name!r}; choose among {', '.join(_KNOWN)}")


def _auto(flex: str) -> ipywidgets.Layout:
    return ipywidgets.Layout(width="auto", min_width="0", max_width="460px", flex=flex)


def _row(children: Sequence[ipywidgets.Widget]) -> ipywidgets.Box:
    return ipywidgets.Box(list(children), layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="2px 20px"))
