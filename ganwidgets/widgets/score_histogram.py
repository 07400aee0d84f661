"""`ScoreHistogram`: what D says of real pictures and of fakes, live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ganwidgets.checks import check_number
from ganwidgets.plane_session import PlaneSession
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart
from ganwidgets.views.score_histogram import ScoreBars

from ._following import Following
from ._scores import Array, ScorePool, Series, as_scores, shared_area

Pair = tuple[Any, Any]
_REST = 9  # D* may take as long as a hundred steps: it gets a tenth of the time


class ScoreHistogram(Following):
    """Histograms of D(x), blue, and D(G(z)), vermilion, over [0, 1], and below them their means over time.

    From a loop of your own call `show(event)` or `update(real_scores, fake_scores)`. With a `stream` of `StepEvent`s
    it has buttons, and `play`, `pause`, `step` and `run(n)`.

    `history`: how many of the last batches the histograms pool; `bins`: how many bars. `optimal`: the scores that D*,
    the best possible D, would give to the same two batches, `(real (N,), fake (M,))`, or a function from the newest
    event to them, or to None where D* is not known; drawn as dashed outlines. A function is asked as often as a tenth
    of the time allows, and once more at each pause. `of_plane` knows D* by itself.
    """

    alt = "D's scores of real pictures and of fakes"

    def __init__(
        self,
        stream: Iterable[Any] | None = None,
        *,
        history: int = 10,
        bins: int = 25,
        optimal: Pair | Callable[[Any], Pair | None] | None = None,
    ) -> None:
        self._pool = ScorePool(history, bins)
        self._series = Series(3)
        self._optimal = optimal if callable(optimal) else None
        self._outlines = None if callable(optimal) else self._as_outlines(optimal)
        self._newest: Any = None
        self._asked_at, self._ask_after = -1, 0.0
        self._updates = 0
        self._bars = ScoreBars(placeholder="no scores yet" if stream is None else "Press Play or Step to start.")
        self._lines = LineChart("Means over time", y_range=(0.0, 1.0), chart_height=72, reference=0.5)
        self._lines.show(np.zeros(0), [])
        super().__init__(stream)
        self.children = [view for view in (self._player, self._bars, self._lines) if view is not None]
        self.layout.max_width = "560px"

    @classmethod
    def of_plane(cls, data: Any = "ring_wide", *, history: int = 10, bins: int = 25, **options: Any) -> ScoreHistogram:
        """A GAN in the plane, its D beside D*. `data`: a `PlaneSession`, or what one takes; `options`: of a new one."""
        session = data if isinstance(data, PlaneSession) else PlaneSession(data, **options)

        def optimal(event: Any) -> Pair | None:
            return None if session.truth.log_density is None else session.best_scores()

        return cls(session, history=history, bins=bins, optimal=optimal)

    def show(self, event: Any) -> None:
        """Take in a `StepEvent`, from a loop of your own."""
        self._receive(event)

    def update(
        self,
        real_scores: Any,
        fake_scores: Any,
        *,
        fake_scores_after: Any = None,
        optimal: Pair | None = None,
        step: int | None = None,
    ) -> None:
        """Take in D(x) and D(G(z)) of one batch: probabilities `(N,)` and `(M,)` in [0, 1].

        `fake_scores_after`: D(G(z)) after D's update; `optimal`: what D* gives to the two batches; `step`: by default
        one more than the last. `ValueError` for what is no probability, logits above all.
        """
        real, fake = as_scores(real_scores, "real_scores"), as_scores(fake_scores, "fake_scores")
        after = None if fake_scores_after is None else as_scores(fake_scores_after, "fake_scores_after")
        if step is not None:
            check_number("step", step)
        with self._lock:
            if optimal is not None:
                self._outlines = self._as_outlines(optimal)
            self._add(self._updates + 1 if step is None else step, real, fake, after)
        self._offer()

    @property
    def steps(self) -> int:
        """How many batches were taken in."""
        return self._updates

    @property
    def overlap(self) -> float:
        """The area that the two histograms share: 1 where D can't tell at all, 0 where it always can; NaN at first."""
        bars = self._pool.bars()
        return float("nan") if bars is None else bars.overlap

    @property
    def d_x(self) -> float:
        """The mean of D(x) over the pooled batches; NaN before the first."""
        return self._means()[0]

    @property
    def d_g_z(self) -> float:
        """The mean of D(G(z)) over the pooled batches; NaN before the first."""
        return self._means()[1]

    @property
    def best_overlap(self) -> float:
        """The overlap that D* would leave; NaN where that is not known."""
        return float("nan") if self._outlines is None else shared_area(*self._outlines)

    def still(self) -> bytes:
        """Histograms and means as they stand, as PNG; nothing before the first batch."""
        with self._lock:
            self._draw()
        parts = [self._bars] if self._updates in (1, 2) else [self._bars, self._lines]
        image = stacked([from_png(part.still()) for part in parts], gap=10)
        return b"" if image is None else to_png(image)

    def _take(self, event: Any) -> None:
        if not hasattr(event, "real_scores"):
            raise ValueError(f"event: expected a StepEvent; got {event!r:.80}")
        real, fake = as_scores(event.real_scores, "real_scores"), as_scores(event.fake_scores, "fake_scores")
        self._newest = event
        if time.monotonic() >= self._ask_after:
            self._ask_for_best()
        self._add(event.step, real, fake, None, event.d_g_z[1])

    def _ask_for_best(self) -> None:
        """D*'s scores of the newest event."""
        if self._optimal is None or self._newest is None or self._newest.step == self._asked_at:
            return
        start = time.monotonic()
        self._outlines = self._as_outlines(self._optimal(self._newest))
        self._asked_at = self._newest.step
        self._ask_after = time.monotonic() + _REST * (time.monotonic() - start)

    def _changed(self) -> None:
        if not self.running and self.error is None:
            try:
                with self._lock:
                    self._ask_for_best()
            except Exception as error:
                self._bars.report(error, from_page=self._from_page)
        super()._changed()

    def _add(self, step: int, real: Array, fake: Array, after: Array | None, after_mean: float = float("nan")) -> None:
        self._updates += 1
        self._pool.add(real, fake)
        self._series.append(step, real.mean(), fake.mean(), after_mean if after is None else after.mean())

    def _draw(self) -> None:
        bars = self._pool.bars(self._outlines, self._note())
        if bars is None:
            return
        self._bars.show(bars)
        self._lines.show(*mean_lines(self._series.table()))

    def _note(self) -> str:
        batches = f"last {len(self._pool)} batches" if len(self._pool) > 1 else "one batch"
        if self._outlines is None:
            return batches
        stale = self._optimal is not None and self._newest is not None and self._newest.step != self._asked_at
        when = f" at step {self._asked_at:,}" if stale else ""
        return f"{batches} · dashed: D*, the best possible{when}; overlap {self.best_overlap:.2f}"

    def _means(self) -> tuple[float, float]:
        bars = self._pool.bars()
        return (float("nan"), float("nan")) if bars is None else bars.means

    def _as_outlines(self, optimal: Pair | None) -> tuple[Array, Array] | None:
        if optimal is None:
            return None
        if not isinstance(optimal, (tuple, list)) or len(optimal) != 2:
            raise ValueError(f"optimal: expected a pair (real scores, fake scores); got {type(optimal).__name__}")
        real, fake = (self._pool.shares(as_scores(scores, "optimal")) for scores in optimal)
        return real, fake


def mean_lines(table: Array) -> tuple[Array, list[Line]]:
    """The means' lines, `(n, 4)`: step, D(x), D(G(z)) before D's update, and after it where that is known."""
    lines = [Line("D(x)", "real", table[:, 1]), Line("D(G(z))", "fake", table[:, 2])]
    if np.isfinite(table[:, 3]).any():
        lines.append(Line("after D's step", "fake", table[:, 3], dashed=True))
    return table[:, 0], lines
