"""`Playground`: a 2-D GAN that can be watched, steered and meddled with while it trains."""

from __future__ import annotations

import time
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets.plane_session import PlaneSession
from ganwidgets.planes import Plane
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import LineChart
from ganwidgets.views.pipeline import Pipeline
from ganwidgets.views.plane import PlaneView
from ganwidgets.views.score_histogram import ScoreBars

from ._following import Following
from ._parts import row
from ._playground_beside import Beside, Ways
from ._playground_controls import DRAW, SHAPE, Settings, penalty_of, penalty_settings
from ._playground_story import Part, parts_of
from ._playground_track import Moment, Track, chart_pause, gap_lines
from ._scores import Array
from .training_studio import loss_lines

_BUTTONS = [
    ["walk", "Slow motion", "One training step, part by part"],
    ["step_d", "Step D", "One step of D alone"],
    ["step_g", "Step G", "One step of G alone"],
    ["rewind", "Go on from here", "Take the training back to this step, or to the last state kept before it", "past"],
]


class Playground(Following):
    """A GAN in the plane: `play`, `pause`, `step`, `step_d`, `step_g`, `run(n)`, on the page or from Python.

    `data`: the name of a toy ("ring_wide", "grid", "two_moons" …), `PointData`, or points `(N, 2)` of your own. `G`,
    `D`: networks of your own, z `(N, z_dim)` to points `(N, 2)` and points to logits `(N,)`. `settings`: fields of
    `TrainConfig`; all of them may be changed while it runs, by the controls or by `set`.

    The picture has layers: D's field, the best one there could be, D*, where it is known, or how D has changed; real
    and fake points; the latent grid as G bends it; where G's loss pushes each fake, and where its z really went. "From
    noise to loss" unfolds the whole model; `walk` tells one step in it part by part. The slider shows earlier steps;
    `rewind` goes back to one, `branch` tries another way from there beside the first.
    """

    def __init__(
        self, data: Any = "ring_wide", G: Any = None, D: Any = None, *, title: str = "", hidden: int = 64,
        layers: int = 2, seed: int = 0, **settings: Any,
    ) -> None:  # fmt: skip
        session = PlaneSession(data, G, D, hidden=hidden, layers=layers, seed=seed)
        session.change(**settings)
        self._ways = Ways(Track(session))
        self._pinned: Moment | None = None
        self._story: list[Part] = []
        self._part = self._pictures = 0
        self._strokes: Any = None
        self._charted = self._counted = 0.0
        self._plane = PlaneView(self._drawn)
        self._bars = ScoreBars(chart_height=96)
        self._chart = LineChart("Losses", chart_height=90)
        self._gap = LineChart("Jensen–Shannon divergence", chart_height=64)
        self._kl = LineChart("KL divergence, real ‖ fake", chart_height=64)
        self._pipeline = Pipeline(
            {"walk": lambda _: self.walk(), "part": self._turn_to, "leave": lambda _: self.leave()}
        )
        self._beside = Beside(self._ways, self.branch, self.end_comparison)
        super().__init__(self._ways, step_sizes=[1, 10], title=title, scrubber=True, more=_BUTTONS)
        self.controls = Settings(PlaneSession.toys, G is not None or D is not None, self._values(), self._chosen)
        charts = ipywidgets.VBox([self._bars, self._chart, self._gap, self._kl])
        columns = row([self._plane, charts])
        self.children = [self._player, self._beside.fork, self._pipeline, columns, self._beside, self.controls]
        self.layout.max_width = "940px"
        self._plane.observe(lambda _: self._flush(), "layers")
        self._pipeline.observe(lambda _: self._flush(), "unfolded")
        self._plane.drawing = self.controls.values["data"] == DRAW
        self.alt = f"{title}: a GAN in the plane" if title else "a GAN in the plane"
        self._redraw()

    @property
    def session(self) -> PlaneSession:
        """The experiment, or its newer way while two are compared."""
        return self._ways.own.session

    @property
    def other(self) -> PlaneSession | None:
        """The way that this one left, while two are compared."""
        return None if self._ways.other is None else self._ways.other.session

    @property
    def plane(self) -> Plane:
        """What the experiment looks like now, as arrays."""
        return self.session.plane()

    @property
    def part(self) -> int | None:
        """The part of a step that slow motion is at, from 0; None when there is no such story."""
        return self._part if self._story else None

    def set(self, **settings: Any) -> None:
        """Put other settings in force from the next step on: fields of `TrainConfig`. `ValueError` as there."""
        self.session.change(**settings)
        self.controls.follow(self._values())
        self._flush()

    def restart(self, data: Any = None, seed: int | None = None, **shape: int) -> None:
        """Begin again: other `data`, another `seed`, `g_hidden`, `g_layers`, `d_hidden`, `d_layers` where given."""
        with self._lock:
            self.session.restart(data, seed, **shape)
            self._ways.other = None
            self._ways.own.forget()
        if data is not None:
            self._plane.drawing = self.session.truth.name not in self.session.toys
        self._go_on_afresh()

    def step_d(self) -> Any:
        """Move D alone and return the event; G's loss in it is NaN."""
        return self._alone("d", self.session.step_d)

    def step_g(self) -> Any:
        """Move G alone and return the event; D's loss in it is NaN."""
        return self._alone("g", self.session.step_g)

    def walk(self) -> Any:
        """Take one step and tell it in slow motion; its event, None where the training has ended. Pauses."""
        self.pause()
        with self._lock:
            self._pinned = self._shown = None
            self._story = []
            before = self._ways.own.look(self._plane.layers, quiet=True)
            try:
                walk = self.session.walk()
            except StopIteration:
                return None
            self._ways.own.take(walk.event)
            self._story, self._part = parts_of(walk, self.session.settings, before), 0
        self._pipeline.unfolded = True
        self._flush()
        return walk.event

    def go_to_part(self, number: int) -> None:
        """Go to that part of the step that was walked, from 0. `ValueError` where there is no such part."""
        if number not in range(len(self._story)):
            raise ValueError(f"number: got {number!r}; allowed is a part of the story, of {len(self._story)} now")
        self._part = int(number)
        self._flush()

    def _turn_to(self, number: int) -> None:
        if self._story:  # the page may not have heard yet that it has ended
            self.go_to_part(number)

    def leave(self) -> None:
        """End slow motion: everything is shown as it is now."""
        self._story = []
        self._flush()

    def rewind(self, step: int) -> int:
        """Take the training back to `step`, or to the last state kept before it; the step reached."""
        with self._lock:
            reached = self.session.rewind(step)
            self._ways.other = None
            self._ways.own.went_back()
        self._go_on_afresh()
        return reached

    def branch(self, step: int | None = None, **settings: Any) -> int:
        """Try another way from `step`, or the last state kept before it, by default from here; the step it begins at.

        It differs in `settings` and goes on beside the old way: whichever is behind takes the next step. The controls
        and the large picture are the new way's. `ValueError` as in `set` and `rewind`.
        """
        with self._lock:
            reached = self._ways.fork(step, settings)
            self._story = []
        self.controls.follow(self._values())
        self._scrub(None)
        return reached

    def end_comparison(self) -> None:
        """Keep the newer way alone."""
        with self._lock:
            self._ways.other = None
        self._flush()

    def still(self) -> bytes:
        """Plane, histograms and curves as they stand, as PNG."""
        with self._lock:
            self._charted = 0.0
            self._draw()
            right = stacked([from_png(view.still()) for view in (self._bars, self._chart, self._gap)], gap=12)
            image = stacked([from_png(self._plane.still()), right], gap=24, across=True)
            if self._ways.other is not None:
                image = stacked([image, from_png(self._beside.still())], gap=16)
        return b"" if image is None else to_png(image)

    def _take(self, event: Any) -> None:
        self._story = []
        self._ways.take()

    def _draw(self) -> None:
        track, quiet = self._ways.own, not self.running
        whole = quiet or time.monotonic() - self._charted >= chart_pause(self.session.step)
        layers, self._pictures = self._plane.layers, self._pictures + 1
        overview = self._pipeline.unfolded and (whole or self._pictures % 2 == 0)  # small: with every other picture
        moment = self._pinned or (track.look(layers, quiet) if whole else track.glance(layers, overview))
        part = self._story[self._part] if self._story else None
        self._plane.show(moment.picture if part is None else part.picture)
        if overview:
            self._pipeline.show(*((moment.overview, None) if part is None else (part.overview, part.telling)))
        if not whole:
            return
        self._charted = time.monotonic()
        if moment.bars is not None:
            self._bars.show(moment.bars)
        losses, gaps = track.losses, track.gaps
        if len(losses):
            self._chart.show(*loss_lines(losses), marked=self._shown)
        if len(gaps) > 1:
            for chart, column in ((self._gap, 1), (self._kl, 3)):
                chart.show(gaps[:, 0], gap_lines(gaps, column), marked=self._shown)
        self._beside.show(self._shown, self._plane.layers, quiet)

    def _show_player(self, urgent: bool = False) -> None:
        if urgent or not self.running or self._charted > self._counted:
            self._counted = time.monotonic()
            super()._show_player(urgent)

    def _scrub(self, step: int | None) -> None:
        with self._lock:
            self._pinned, self._story = None, []
            if step is not None and self._ways.own.moments.steps:
                step, self._pinned = self._ways.own.moments.at(step)
        super()._scrub(step)

    def _kept_steps(self) -> list[int]:
        return self._ways.own.moments.steps

    def _step_number(self) -> int:
        return self.session.step

    def _go_on_afresh(self) -> None:
        assert self._player is not None
        self._player.show_error("")  # of networks that are no longer there
        self.controls.follow(self._values())
        self._scrub(None)

    def _values(self) -> dict[str, Any]:
        settings, session = self.session.settings, self.session
        penalty, strength = penalty_of(settings)
        optimiser = (settings["optimiser"], settings["betas"] if settings["optimiser"] == "adam" else None)
        drawing = self._plane.drawing or session.truth.name not in session.toys
        ours = {"penalty": penalty, "optimiser": optimiser, "data": DRAW if drawing else session.truth.name}
        return settings | session.shape | ours | ({"strength": 0.1} if strength is None else {"strength": strength})

    def _chosen(self, name: str, value: Any) -> None:
        """A control was moved."""
        if name == "restart":
            self.restart(seed=self.session.seed + 1)
        elif name == "data":
            self._plane.drawing = value == DRAW
            if value != DRAW:
                self.restart(value)
        elif name in SHAPE:
            self.restart(**{name: value})
        elif name in ("penalty", "strength"):
            shown = self.controls.values
            self.set(**penalty_settings(shown["penalty"], shown["strength"]))
        elif name == "optimiser":
            kind, betas = value
            self.set(optimiser=kind, **({} if betas is None else {"betas": betas}))
        else:
            self.set(**{name: value})

    def _drawn(self, points: Array) -> None:
        """Points were drawn: they join those drawn before; the networks go on with what they know."""
        before = self.session.truth
        all_points = np.concatenate([before.points, points]) if before is self._strokes else points
        if len(all_points) > 1:
            self.session.learn(all_points, keep_view=True)
            self._strokes = self.session.truth
            self._flush()

    def _alone(self, who: str, move: Any) -> Any:
        event = move()
        with self._lock:
            self._pinned = self._shown = None
            self._story = []
            self._ways.own.take_part(event, who)
        self._flush()
        return event

    def _actions(self) -> dict[str, Any]:
        return super()._actions() | {
            "walk": lambda _: self.walk(),
            "step_d": lambda _: self.step_d(),
            "step_g": lambda _: self.step_g(),
            "rewind": lambda _: None if self._shown is None else self.rewind(self._shown),
        }
