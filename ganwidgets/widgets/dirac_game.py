"""`DiracGame`: a GAN of two numbers, its arrows and its path; change a rule and see what turns the spiral inwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt

from ganwidgets import games
from ganwidgets.checks import check_whole
from ganwidgets.views.controls import Choice, Control, Controls, Slide
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart
from ganwidgets.views.phase import PhasePicture, PhaseView

from ._parts import Panel, Words, row

REACH = 2.0
_RULES = ("loss", "method", "rate", "r1", "gp", "noise")
_FAR = 1e4  # a path is drawn until it leaves this distance
_ABOUT = (
    "All data is the point 0, G makes the one point θ, and D(x) = ψ·x: the equilibrium is in the middle. The largest "
    "|eigenvalue| is by how much a step near the middle multiplies the distance: below 1 it is drawn in, above 1 out."
)
_LOSSES = {
    "non-saturating": "non_saturating",
    "minimax (saturating)": "minimax",
    "Wasserstein": "wasserstein",
    "least squares": "least_squares",
}


class DiracGame(Panel):
    """The Dirac-GAN: G makes the one point θ, all data is 0, D(x) = ψ·x. The equilibrium is in the middle.

    `rules`: fields of `games.DiracGame`: `loss`, `rate`, `method`, `r1`, `gp`, `noise`; also settable by `set`.
    `steps`: how long the path is; `start`: where it begins. All of it can be moved on the page; `path` is `(n, 2)`.
    """

    def __init__(self, *, steps: int = 200, start: tuple[float, float] = (1.0, 1.0), **rules: Any) -> None:
        self._game = games.DiracGame(**rules)
        check_whole("steps", steps, 1)
        self._steps, self._start = steps, start
        self._portrait = PhaseView(self._start_at, x_label="θ (G)", y_label="ψ (D)")
        self._distance = LineChart("Distance from the equilibrium", chart_height=110)
        self._controls = self._make_controls()
        side = ipywidgets.VBox([self._distance, self._controls])
        about = Words()
        about.say(_ABOUT)
        super().__init__([row([self._portrait, side]), about], layout=ipywidgets.Layout(max_width="920px"))
        self._redraw()

    @property
    def rules(self) -> games.DiracGame:
        """The rules in force."""
        return self._game

    @property
    def path(self) -> npt.NDArray[np.float64]:
        """(θ, ψ) of every step, the start first."""
        return self._game.path(self._steps, self._start)

    def set(self, steps: int | None = None, start: tuple[float, float] | None = None, **rules: Any) -> None:
        """Change rules, the number of steps, or the start. `ValueError` as in `games.DiracGame`."""
        game = replace(self._game, **rules)
        start = self._start if start is None else start
        game.path(0, start)
        check_whole("steps", self._steps if steps is None else steps, 1)
        self._game, self._start = game, start
        self._steps = self._steps if steps is None else steps
        self._controls.set(**self._values())
        self._redraw()

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return f"The Dirac-GAN. {self._words(self.path)}"

    def still(self) -> bytes:
        """Portrait and distance as they stand, as PNG."""
        image = stacked([from_png(self._portrait.still()), from_png(self._distance.still())], gap=24, across=True)
        return b"" if image is None else to_png(image)

    def _redraw(self) -> None:
        path = self.path
        radius = np.hypot(*path.T)
        shown = len(path) if radius.max() <= _FAR else max(1, int(np.argmax(radius > _FAR)))
        near = np.clip(path[:shown], -_FAR, _FAR)
        self._portrait.show(PhasePicture(REACH, self._arrows(), near, self._words(path)), urgent=True)
        self._distance.show(np.arange(float(shown)), [Line("distance", "fake", radius[:shown])], urgent=True)

    def _arrows(self) -> npt.NDArray[np.float64]:
        """Where each step goes, on a grid; the longest arrow spans one cell."""
        ticks = np.linspace(-REACH, REACH, 17)
        theta, psi = np.meshgrid(ticks, ticks)
        g, d = self._game.gradients(theta, psi)
        ways = -np.stack([g, d], axis=-1).reshape(-1, 2)
        lengths = np.linalg.norm(ways, axis=1, keepdims=True)
        # Square roots keep the short arrows near the middle visible.
        ways = ways / np.maximum(lengths, 1e-12) * np.sqrt(lengths / max(lengths.max(), 1e-12)) * (ticks[1] - ticks[0])
        return np.concatenate([theta.reshape(-1, 1), psi.reshape(-1, 1), ways], axis=1)

    def _words(self, path: npt.NDArray[np.float64]) -> str:
        start, end = np.hypot(*path[0]), np.hypot(*path[-1])
        length = float(np.abs(self._game.eigenvalues()).max())
        pull = "" if np.isnan(length) else f"; largest |eigenvalue| {length:.4f}"
        ran = f"after {len(path) - 1} steps" + (" it left all bounds" if len(path) - 1 < self._steps else "")
        return f"{ran}: distance {start:.2f} → {end:.3g}{pull}"

    def _start_at(self, theta: float, psi: float) -> None:
        self.set(start=(theta, psi))

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self._game, name) for name in _RULES} | {"steps": self._steps}

    def _make_controls(self) -> Controls:
        controls: list[Control] = [
            Choice("loss", "loss", _LOSSES),
            Choice("method", "steps taken", {method: method for method in games.METHODS}),
            Slide("rate", "rate", 0.01, 1.0),
            Slide("r1", "R1, γ", 0, 2, 0.05),
            Slide("gp", "WGAN-GP, λ", 0, 2, 0.05),
            Slide("noise", "noise on x, σ", 0, 2, 0.05),
            Slide("steps", "steps", 10, 1000, 10),
        ]
        return Controls(controls, self._values(), lambda name, value: self.set(**{name: value}), label="rules")
