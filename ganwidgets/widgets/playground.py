"""`Playground`: a 2-D GAN that can be watched, steered and meddled with while it trains."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets.plane_session import PlaneSession
from ganwidgets.planes import Plane
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart
from ganwidgets.views.plane import PlanePicture, PlaneView
from ganwidgets.views.score_histogram import Bars, ScoreBars

from ._following import Following
from ._playground_controls import DRAW, PENALTIES, Controls
from ._scores import Array, Moments, ScorePool, Series
from .training_studio import loss_lines

_DIVERGENCE_SECONDS = 0.4
_BEST_SECONDS = 2.0  # D* takes as long as a hundred steps
_BUTTONS = [
    ["step_d", "Step D", "One step of D alone"],
    ["step_g", "Step G", "One step of G alone"],
    ["rewind", "Go on from here", "Take the training back to the step that the history shows"],
]
_SHAPE = ("g_hidden", "g_layers", "d_hidden", "d_layers")


@dataclass(frozen=True)
class Moment:
    """What the playground showed at one step."""

    picture: PlanePicture
    bars: Bars | None


class Playground(Following):
    """A GAN in the plane: `play`, `pause`, `step`, `step_d`, `step_g`, `run(n)`, on the page or from Python.

    `data`: the name of a toy ("ring_wide", "grid", "two_moons" …), `PointData`, or points `(N, 2)` of your own. `G`,
    `D`: networks of your own, z `(N, z_dim)` to points `(N, 2)` and points to logits `(N,)`. `settings`: fields of
    `TrainConfig`; all of them may be changed while it runs, by the controls or by `set`.

    The picture has layers: D's field or the best one there could be, D*, where it is known; real and fake points; the
    latent grid as G bends it; the push that G's loss gives each fake. The slider shows earlier steps; "Go on from here"
    goes back to the step on show, with the settings of then, and training goes on from there.
    """

    def __init__(
        self, data: Any = "ring_wide", G: Any = None, D: Any = None, *, title: str = "", hidden: int = 64,
        layers: int = 2, seed: int = 0, **settings: Any,
    ) -> None:  # fmt: skip
        self.session = PlaneSession(data, G, D, hidden=hidden, layers=layers, seed=seed)
        self.session.change(**settings)
        self._pinned: Moment | None = None
        self._strokes: Any = None
        self._best: Array | None = None
        self._best_step, self._measured, self._thought = -1, 0.0, 0.0
        self._forget()
        self._plane = PlaneView(self._drawn)
        self._bars = ScoreBars(chart_height=96)
        self._chart = LineChart("Losses", chart_height=90)
        self._gap = LineChart("Jensen–Shannon divergence", chart_height=70)
        super().__init__(self.session, step_sizes=[1, 10], title=title, scrubber=True, more=_BUTTONS)
        self.controls = Controls(PlaneSession.toys, G is not None or D is not None, self._values(), self._chosen)
        sides = [ipywidgets.VBox([self._plane]), ipywidgets.VBox([self._bars, self._chart, self._gap])]
        for side in sides:
            side.layout = ipywidgets.Layout(flex="1 1 280px", min_width="0", max_width="460px")
        columns = ipywidgets.Box(sides, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 24px"))
        self.children = [self._player, columns, self.controls]
        self.layout.max_width = "940px"
        self._plane.observe(lambda _: self._flush(), "layers")
        self._plane.drawing = self.controls.by_name["data"].value == DRAW
        self.alt = f"{title}: a GAN in the plane" if title else "a GAN in the plane"
        self._redraw()

    def set(self, **settings: Any) -> None:
        """Put other settings in force from the next step on: fields of `TrainConfig`. `ValueError` as there."""
        self.session.change(**settings)
        self.controls.show(self._values())
        self._flush()

    def restart(self, data: Any = None, seed: int | None = None, **shape: int) -> None:
        """Begin again: other `data`, another `seed`, `g_hidden`, `g_layers`, `d_hidden`, `d_layers` where given."""
        with self._lock:
            self.session.restart(data, seed, **shape)
            self._forget()
        if data is not None:
            self._plane.drawing = self.session.truth.name not in self.session.toys
        self.controls.show(self._values())
        self._scrub(None)

    def step_d(self) -> Any:
        """Move D alone and return the event; G's loss in it is NaN."""
        return self._alone(self.session.step_d)

    def step_g(self) -> Any:
        """Move G alone and return the event; D's loss in it is NaN."""
        return self._alone(self.session.step_g)

    def rewind(self, step: int) -> int:
        """Take the training back to `step`, or to the last state kept before it; the step reached."""
        with self._lock:
            reached = self.session.rewind(step)
            self._forget()
        self.controls.show(self._values())
        self._scrub(None)
        return reached

    @property
    def plane(self) -> Plane:
        """What the experiment looks like now, as arrays."""
        return self.session.plane()

    def still(self) -> bytes:
        """Plane, histograms and losses as they stand, as PNG."""
        with self._lock:
            self._draw()
            right = stacked([from_png(view.still()) for view in (self._bars, self._chart, self._gap)], gap=12)
            image = stacked([from_png(self._plane.still()), right], gap=24, across=True)
        return b"" if image is None else to_png(image)

    def _take(self, event: Any) -> None:
        self._pool.add(event.real_scores, event.fake_scores)
        self._losses.append(event.step, event.d_loss, event.g_loss)

    def _draw(self) -> None:
        if self._pinned is None:
            moment = self._look()
            self._moments.append(self.session.step, moment)
        else:
            moment = self._pinned
        self._plane.show(moment.picture)
        if moment.bars is not None:
            self._bars.show(moment.bars)
        losses, gaps = self._losses.table(), self._gaps.table()
        if len(losses):
            self._chart.show(*loss_lines(losses), marked=self._shown)
        if len(gaps) > 1:
            lines = [Line("now", "ink", gaps[:, 1]), Line("noise floor", "soft", gaps[:, 2], dashed=True)]
            self._gap.show(gaps[:, 0], lines, marked=self._shown)

    def _look(self) -> Moment:
        now = time.monotonic()
        quiet = not self.running
        measure = quiet or now - self._measured > _DIVERGENCE_SECONDS
        wanted = "best" in self._plane.layers
        think = self.session.truth.log_density is not None and (
            self._best is None or (quiet and self.session.step != self._best_step)
            or (wanted and now - self._thought > _BEST_SECONDS)
        )  # fmt: skip
        plane = self.session.plane(with_best=think, with_divergence=measure)
        if think:
            self._best, self._best_step, self._thought = plane.best, self.session.step, time.monotonic()
        if plane.divergence is not None:
            self._measured = now
            self._gaps.append(self.session.step, plane.divergence.js, plane.divergence.js_floor)
        outlines = None
        if self._best is not None and self._best_step == self.session.step:
            outlines = self._optimal(plane)
        return Moment(self._picture(plane), self._pool.bars(outlines, note="dashed: D*" if outlines else ""))

    def _optimal(self, plane: Plane) -> tuple[Array, Array]:
        """The histograms that D* would have, from its field at the points."""
        assert self._best is not None
        left, right, bottom, top = plane.extent
        cells = len(self._best) - 1
        shares = []
        for points in (plane.real, plane.fake):
            places = (points - (left, bottom)) / (right - left, top - bottom) * cells
            column, row = np.clip(np.round(places), 0, cells).astype(int).T
            shares.append(self._pool.shares(self._best[row, column]))
        return shares[0], shares[1]

    def _picture(self, plane: Plane) -> PlanePicture:
        push = np.concatenate([plane.push.points, plane.push.arrows], axis=1)
        # The longest arrow spans a sixth of the picture: directions and proportions are what one looks at.
        longest = float(np.linalg.norm(plane.push.arrows, axis=1).max(initial=0.0))
        if np.isfinite(longest) and longest > 0:
            push[:, 2:] *= (plane.extent[1] - plane.extent[0]) / 6 / longest
        return PlanePicture(
            plane.extent, plane.field, self._best, plane.real, plane.fake, plane.warp, push, self._words(plane)
        )

    def _words(self, plane: Plane) -> str:
        coverage = plane.coverage
        if coverage is None:
            return ""
        kl = f", reverse KL {coverage.reverse_kl:.2f}" if np.isfinite(coverage.reverse_kl) else ""
        held = f"{coverage.modes_covered} of {len(coverage.counts)} modes"
        return f"{held}, {coverage.high_quality:.0%} of the fakes within 3σ of one{kl}"

    def _scrub(self, step: int | None) -> None:
        with self._lock:
            self._pinned = None
            if step is not None and self._moments.steps:
                step, self._pinned = self._moments.at(step)
        super()._scrub(step)

    def _kept_steps(self) -> list[int]:
        return self._moments.steps

    def _step_number(self) -> int:
        return self.session.step

    def _forget(self) -> None:
        """A new run begins: nothing of the old one is shown."""
        self._pool, self._losses, self._gaps = ScorePool(5), Series(2), Series(2)
        self._moments = Moments[Moment](60)
        self._pinned = self._best = None
        self._best_step, self._measured, self._thought = -1, 0.0, 0.0

    def _values(self) -> dict[str, Any]:
        config, session = self.session.settings, self.session
        used = {name for name in ("r1", "r2", "gp", "clip") if config[name]}
        penalty = next((name for name, parts in PENALTIES.items() if set(parts) == used), "none")
        strength = {"strength": config[PENALTIES[penalty][0]]} if PENALTIES[penalty] else {}
        drawing = self._plane.drawing or session.truth.name not in session.toys
        data = {"data": DRAW if drawing else session.truth.name}
        return config | session.shape | {"penalty": penalty} | strength | data

    def _chosen(self, name: str, value: Any) -> None:
        """A control was moved."""
        try:
            if name == "restart":
                self.restart(seed=self.session.seed + 1)
            elif name == "data":
                self._plane.drawing = value == DRAW
                if value != DRAW:
                    self.restart(value)
            elif name in _SHAPE:
                self.restart(**{name: value})
            elif name in ("penalty", "strength"):
                self._penalise()
            else:
                self.session.change(**{name: value})
        except ValueError as error:
            assert self._player is not None
            self._player.report(error, from_page=True)
            self.controls.show(self._values())

    def _penalise(self) -> None:
        kind, strength = (self.controls.by_name[name].value for name in ("penalty", "strength"))
        off = {"r1": 0.0, "r2": 0.0, "gp": 0.0, "clip": 0.0}
        self.session.change(**off | dict.fromkeys(PENALTIES[kind], strength))

    def _drawn(self, points: Array) -> None:
        """Points were drawn: they join those drawn before; the networks go on with what they know."""
        before = self.session.truth
        all_points = np.concatenate([before.points, points]) if before is self._strokes else points
        if len(all_points) > 1:
            self.session.learn(all_points)
            self._strokes = self.session.truth
            self._flush()

    def _alone(self, move: Any) -> Any:
        event = move()
        with self._lock:
            self._pool.add(event.real_scores, event.fake_scores)
        self._flush()
        return event

    def _actions(self) -> dict[str, Any]:
        return super()._actions() | {
            "step_d": lambda _: self.step_d(),
            "step_g": lambda _: self.step_g(),
            "rewind": lambda _: None if self._shown is None else self.rewind(self._shown),
        }
