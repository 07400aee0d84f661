"""Two ways of one experiment side by side: who takes the next step, and what is shown of the older one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets.views.base import Still
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.fork import Fork, ForkState, Offer
from ganwidgets.views.line_chart import Line, LineChart
from ganwidgets.views.plane import PlaneView

from ._parts import Words, row
from ._playground_offers import differences, trials_of
from ._playground_track import Track
from ._scores import Array


class Ways(Iterator[Any]):
    """The stream that a `Playground` plays: the steps of `own`, and of the `other` way where there is one.

    Whichever is behind takes the next step; where they are level, both take one.
    """

    def __init__(self, own: Track) -> None:
        self.own = own
        self.other: Track | None = None

        self._took: list[tuple[Track, Any]] = []

    def __next__(self) -> Any:
        own, other = self.own, self.other
        self._took = []
        while other is not None and other.session.step <= own.session.step:
            if (event := next(other.session, None)) is None:
                break
            self._took.append((other, event))
        event = next(own.session)
        self._took.append((own, event))
        return event

    def take(self) -> None:
        """Keep what the last `next` brought."""
        for track, event in self._took:
            track.take(event)

    def fork(self, step: int | None, settings: Mapping[str, Any]) -> int:
        """A new `own` that leaves the present one, now the `other`, at `step`, None for now; where it begins."""
        old = self.own
        twin = old.branch(step, **settings)
        self.own, self.other = twin, old
        return twin.session.step


class Beside(Still, ipywidgets.VBox):
    """While two ways are compared, the older one's picture and both ways' curves; `fork` is the button for another way.

    `branch(step, **settings)`, `end()`: what the button does.
    """

    def __init__(self, ways: Ways, branch: Callable[..., object], end: Callable[[], object]) -> None:
        self._ways, self._branch = ways, branch
        self.fork = Fork(self._go, end)
        self._config: Any = None
        self._offers: tuple[Offer, ...] = ()
        self._words = Words()
        self._plane = PlaneView(toggles=False, label="the way before")
        self._gap = LineChart("Jensen–Shannon divergence of both", chart_height=110)
        self._modes = LineChart("Modes covered by both", chart_height=90)
        self._compared = ipywidgets.VBox(
            [self._words, row([self._plane, ipywidgets.VBox([self._gap, self._modes])])],
            layout=ipywidgets.Layout(display="none"),
        )
        super().__init__([self._compared])

    def show(self, shown: int | None, layers: Sequence[str], quiet: bool) -> None:
        """Bring it up to date. `shown`: the step that the history is at, None for live; `layers`: of the large picture;
        `quiet`: nothing runs."""
        own, other = self._ways.own, self._ways.other
        at = None if shown is None else max(kept for kept in own.session.kept_steps if kept <= shown)
        if own.session.config is not self._config:
            self._config = own.session.config
            self._offers = tuple(trial.offer for trial in trials_of(own.session.settings))
        self.fork.show(ForkState(at, self._offers, other is not None))
        display = "none" if other is None else ""
        if self._compared.layout.display != display:
            self._compared.layout.display = display
        if other is None:
            return
        moment = other.look(layers, quiet)
        self._plane.layers = list(layers)
        self._plane.show(replace(moment.picture, notes={}))
        # Where one has been further, the values are those of where both are.
        here, there = own.session.step, other.session.step
        marked = shown if here == there or shown is not None else min(here, there)
        self._gap.show(*both(own.gaps[:, :2], other.gaps[:, :2]), marked=marked)
        modes = both(own.gaps[:, [0, 5]], other.gaps[:, [0, 5]])
        self._modes.show(*modes, marked=marked)
        self._modes.layout.display = "" if any(np.isfinite(line.values).any() for line in modes[1]) else "none"
        what = differences(other.session.settings, own.session.settings)
        self._words.say(f"Below: the way before, at step {other.session.step:,}. The new way above: {what}.")

    def still(self) -> bytes:
        """The older way and the curves, as PNG."""
        charts = stacked([from_png(self._gap.still()), from_png(self._modes.still())], gap=12)
        image = stacked([from_png(self._plane.still()), charts], gap=24, across=True)
        return b"" if image is None else to_png(image)

    def _go(self, at: int | None, setting: int, option: int) -> None:
        trial = trials_of(self._ways.own.session.settings)[setting]
        self._branch(at, **list(trial.options.values())[option])


def both(new: Array, old: Array) -> tuple[Array, list[Line]]:
    """Two curves `(n, 2)` and `(m, 2)`, step and value, over the steps of both; NaN where one was not there."""
    steps = np.union1d(new[:, 0], old[:, 0])
    curves = [("new way", "fake", False, new), ("way before", "series1", True, old)]
    return steps, [Line(label, colour, _spread(table, steps), dashed=dashed) for label, colour, dashed, table in curves]


def _spread(table: Array, steps: Array) -> Array:
    if not len(table):
        return np.full(len(steps), np.nan)
    return np.interp(steps, table[:, 0], table[:, 1], left=np.nan, right=np.nan)
