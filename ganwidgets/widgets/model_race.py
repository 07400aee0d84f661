"""`ModelRace`: several models trained by turns for the same time, side by side, and what each is good at.

That nothing is best at all three of quality, coverage and speed is the "generative learning trilemma" of Xiao, Kreis
and Vahdat 2022 (arXiv:2112.07804).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets
import numpy as np
from PIL import Image

from ganwidgets.checks import check_number, check_whole
from ganwidgets.palette import SERIES
from ganwidgets.views.controls import Controls, Push, Slide
from ganwidgets.views.drawing import Sketch, from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart
from ganwidgets.views.samples import Samples
from ganwidgets.views.trilemma import Corner, Trilemma

from ._following import Following
from ._parts import row
from ._race_arguments import as_costs, as_names, as_reference, positive
from ._turns import Array, Standing, Standings, turns
from ._verdicts import as_number

Score = Callable[[Array], float]
Cost = float | Callable[[], float]

SHOWN = 16  # pictures; sixteen points would say little
SHOWN_POINTS = 500
REPLAY_SECONDS = 12.0  # a race of recordings takes so long
SLOWEST = 1000.0  # so many times slower than the fastest is at the middle of the triangle


@dataclass(frozen=True, eq=False)
class Lap:
    """All models after `seconds` of training each: `standings`, and their `quality` and `coverage` `(models,)`."""

    seconds: float
    standings: tuple[Standing, ...]
    quality: Array
    coverage: Array


class ModelRace(Following):
    """Several trainings take turns, so that each has had the same time; the slider goes back by seconds of training.

    `models`: `{name: stream of StepEvents}`, 2 to 4 trainings or recordings; their events need `seconds` and, now and
    then, `samples`. `quality`, `coverage`: functions of a model's samples, 1 for the best; `reference`: what each of
    them says of as many real samples, the outer edge of the triangle (by default 1). `ganwidgets.metric_table.scores`
    gives all three. `sampling`: `{name: seconds for 64 samples}`, or functions that measure it. `seconds`: training
    time for each; `laps`: how many times in it are measured and kept. `real`: for models of points, real ones `(N, 2)`
    to draw behind, which also gives all models one scale.

    `play`, `pause`, `run(n)` (n steps, whoever's turn it is), `run_to(seconds)`, `go_to(seconds)`, `laps`.
    """

    def __init__(
        self,
        models: Mapping[str, Iterable[Any]],
        *,
        quality: Score,
        coverage: Score,
        sampling: Mapping[str, Cost] | None = None,
        reference: Mapping[str, float] | None = None,
        seconds: float = 30.0,
        laps: int = 20,
        real: Any = None,
        title: str = "",
    ) -> None:
        self._names = as_names(models)
        check_whole("laps", laps, 2, 200)
        self._budget = positive("seconds", seconds)
        self._scores = {"quality": quality, "coverage": coverage}
        for name, score in self._scores.items():
            if not callable(score):
                raise ValueError(f"{name}: expected a function of samples; got {type(score).__name__}")
        self._most = as_reference(reference, list(self._scores))
        self._costs = as_costs(sampling, self._names)
        self._standings = Standings(len(self._names), [self._budget * k / laps for k in range(1, laps + 1)])
        self._laps: list[Lap] = []
        self._drawn: list[Array | None] = [None] * len(self._names)
        super().__init__(turns(list(models.values()), self._budget), step_sizes=[], title=title, speeds=[0])
        lengths = [len(stream) for stream in models.values() if isinstance(stream, Sequence)]
        if len(lengths) == len(self._names):
            self.runner.interval = REPLAY_SECONDS / max(1, sum(lengths))
        self._build(laps, real)
        self._redraw()

    @property
    def names(self) -> list[str]:
        """The models, in their order."""
        return list(self._names)

    @property
    def clock(self) -> float:
        """How many seconds each model has trained at least, at most the race's `seconds`."""
        with self._lock:
            return self._standings.clock

    @property
    def laps(self) -> list[Lap]:
        """What was measured, in order."""
        with self._lock:
            return list(self._laps)

    @property
    def shown_seconds(self) -> float | None:
        """The time that the slider is at; None for live."""
        return None if self._shown is None else self._laps[self._shown].seconds

    def run_to(self, seconds: float) -> None:
        """Run here and now until each model has trained for more than `seconds`, or has ended."""
        until = positive("seconds", seconds)
        while not self.finished and self._standings.least <= until:
            self.run(1)

    def go_to(self, seconds: float | None) -> None:
        """Show the lap nearest to `seconds`, while the race goes on; None: back to live."""
        if seconds is None:
            self._scrub(None)
            return
        check_number("seconds", seconds)
        with self._lock:
            if not self._laps:
                raise ValueError(f"seconds: no lap is over yet, so there is no way back to {seconds}")
            apart = [abs(lap.seconds - seconds) for lap in self._laps]
            self._scrub(apart.index(min(apart)))

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The standings in words."""
        return self._triangle.words

    def still(self) -> bytes:
        """Samples, triangle and curves as they stand, as PNG."""
        with self._lock:
            self._draw()
            top = stacked([self._portrait(index) for index in range(len(self._names))], gap=16, across=True)
            curves = stacked([from_png(chart.still()) for chart in self._charts.values()], gap=12)
            image = stacked([top, stacked([from_png(self._triangle.still()), curves], gap=16, across=True)], gap=16)
        return b"" if image is None else to_png(image)

    def _portrait(self, index: int) -> Image.Image | None:
        """A model's name over its samples, 220 pixels wide."""
        head = Sketch(220, 20)
        head.text(0, 14, self._names[index][:28], f"series{index + 1}", 14)
        samples = from_png(self._samples[index].still())
        if samples is not None:
            samples.thumbnail((220, 220), Image.Resampling.NEAREST)
        return stacked([head.image(), samples], gap=4)

    def _build(self, laps: int, real: Any) -> None:
        step = self._budget / laps
        self._time = Controls(
            [Slide("time", "training time, s", step, self._budget, step), Push("live", "Back to live")],
            {"time": step}, self._moved, label="when",
        )  # fmt: skip
        self._samples = [
            Samples(real, label=f"samples of {name}", width=300, placeholder="Press Play to start.")
            for name in self._names
        ]
        columns = []
        for name, colour, samples in zip(self._names, SERIES, self._samples, strict=False):
            head = ipywidgets.HTML(f'<b style="border-bottom: 3px solid {colour}">{escape(name)}</b>')
            columns.append(ipywidgets.VBox([head, samples], layout=ipywidgets.Layout(min_width="0")))
        # Side by side on every page: that is what a race is for.
        sides = ipywidgets.Layout(
            display="grid", grid_template_columns=f"repeat({len(columns)}, minmax(0, 300px))", grid_gap="4px 16px"
        )
        self._charts = {
            name: LineChart(title, y_range=(0.0, 1.0), x_label="second", chart_height=110, reference=self._edge(name))
            for name, title in (("quality", "Quality"), ("coverage", "Coverage"))
        }
        self._triangle = Trilemma()
        rows = [ipywidgets.Box(columns, layout=sides), row(list(self._charts.values()), least=260)]
        self.children = [self._player, self._time, *rows, self._triangle]
        self.layout.max_width = "960px"

    def _edge(self, name: str) -> float | None:
        most = self._most[name]
        return most if most < 1 else None

    def _moved(self, name: str, value: Any) -> None:
        """The hand is on the slider, or wants to be live again."""
        self.go_to(None if name == "live" or value >= self.clock or not self._laps else float(value))

    def _take(self, event: Any) -> None:
        self._standings.take(event)
        while len(self._laps) < self._standings.complete:
            self._laps.append(self._lap(len(self._laps)))

    def _lap(self, number: int) -> Lap:
        standings = self._standings.at(number)
        before = self._laps[-1] if self._laps else None
        scores = np.full((2, len(standings)), math.nan)
        for index, standing in enumerate(standings):
            old = before.standings[index] if before is not None else Standing()
            if before is not None and old.samples is not None and old.step == standing.step:
                scores[:, index] = before.quality[index], before.coverage[index]
            elif standing.samples is not None:
                scores[:, index] = [as_number(name, score(standing.samples)) for name, score in self._scores.items()]
        kept = [Standing(each.step, None if each.samples is None else _shown(each.samples)) for each in standings]
        return Lap(self._standings.times[number], tuple(kept), *scores)

    def _draw(self) -> None:
        lap = self._laps[self._shown] if self._shown is not None else None
        for index, view in enumerate(self._samples):
            samples = (lap.standings[index] if lap is not None else self._standings.now(index)).samples
            if samples is not None and samples is not self._drawn[index]:
                view.show(_shown(samples))
                self._drawn[index] = samples
        seconds = self._standings.clock if lap is None else lap.seconds
        self._time.set(time=max(seconds, self._standings.times[0]))
        self._draw_curves(None if lap is None else lap.seconds)
        latest = lap or (self._laps[-1] if self._laps else None)
        self._triangle.show(self._corners(lap, latest), self._heads(), self._words(latest))

    def _draw_curves(self, marked: float | None) -> None:
        x = np.array([lap.seconds for lap in self._laps])
        for name, chart in self._charts.items():
            values = np.array([getattr(lap, name) for lap in self._laps]).reshape(-1, len(self._names))
            colours = [f"series{i + 1}" for i in range(len(self._names))]
            lines = [Line(*each) for each in zip(self._names, colours, values.T, strict=True)]
            chart.show(x, lines if len(x) else [], marked=marked)

    def _heads(self) -> list[str]:
        return ["", "step", "quality", "coverage", *(["64 samples"] if self._costs else [])]

    def _corners(self, lap: Lap | None, latest: Lap | None) -> list[Corner]:
        corners = []
        for index, name in enumerate(self._names):
            scores = [math.nan] * 2 if latest is None else [float(latest.quality[index]), float(latest.coverage[index])]
            places = [score / most for score, most in zip(scores, self._most.values(), strict=True)]
            step = (lap.standings[index] if lap is not None else self._standings.now(index)).step
            cells = [f"{step:,}", *("–" if math.isnan(score) else f"{score:.2f}" for score in scores)]
            speed = math.nan
            if self._costs:
                cost, least = self._costs[name], min(self._costs.values())
                cells.append(_told(cost))
                speed = max(0.0, 1 - math.log(cost / least) / math.log(SLOWEST)) if latest is not None else math.nan
            corners.append(Corner(name, f"series{index + 1}", (*np.clip(places, 0, 1.1).tolist(), speed), tuple(cells)))
        return corners

    def _words(self, lap: Lap | None) -> str:
        """Who leads in what."""
        if lap is None:
            return f"Each model trains for {self._budget:g} s. Press Play."
        found = [f"After {lap.seconds:.3g} s of training each"]
        for scores, what in ((lap.quality, "best quality"), (lap.coverage, "widest coverage")):
            if np.isfinite(scores).any():
                best = f"{np.max(scores[np.isfinite(scores)]):.2f}"
                first = [name for name, score in zip(self._names, scores, strict=True) if f"{score:.2f}" == best]
                found.append(f"{what}: {' and '.join(first)} ({best})")
        if self._costs:
            names = sorted(self._costs, key=lambda name: self._costs[name])
            times = self._costs[names[-1]] / self._costs[names[0]]
            shown = f"{times:,.{0 if times >= 9.95 else 1}f}"
            apart = f"fastest: {names[0]}; {names[-1]} takes {shown} times as long for a picture"
            found.append(apart if times >= 1.5 else "a picture takes all of them about as long")
        return f"{found[0]}: {'; '.join(found[1:])}." if len(found) > 1 else f"{found[0]}: no samples yet."


def _shown(samples: Array) -> Array:
    return samples[: SHOWN_POINTS if samples.ndim == 2 else SHOWN]


def _told(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
