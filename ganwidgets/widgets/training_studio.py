"""`TrainingStudio`: a GAN's training as it goes: samples, losses and D's scores, and the way back to earlier steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart, smoothed
from ganwidgets.views.samples import Samples
from ganwidgets.views.score_histogram import Bars, ScoreBars

from ._following import Following
from ._scores import Array, Moments, ScorePool, Series, as_scores

_HISTORY_BYTES = 64 * 2**20
_PATIENCE = 50  # steps without samples before the widget says why there are none


@dataclass(frozen=True)
class Moment:
    """What the studio showed at one step."""

    samples: Array
    bars: Bars | None


class TrainingStudio(Following):
    """Watch and steer a stream of `StepEvent`s: `play`, `pause`, `step`, `run(n)`, on the page or from Python.

    Shown are `event.samples`, pictures `(n, H, W, C)` uint8 or points `(n, 2)`; the losses, raw and smoothed; and
    the histograms of D(x) and D(G(z)) over the last `history` batches. The slider goes back to what was kept, while
    the training goes on; at most 60 moments and 64 MB are kept. `real`: real points `(N, 2)` to draw behind the fakes.
    """

    def __init__(self, stream: Iterable[Any], *, title: str = "", real: Any = None, history: int = 10) -> None:
        self._pool = ScorePool(history)
        self._losses = Series(2)
        self._moments: Moments[Moment] | None = None
        self._step = self._silent = 0
        self._drawn: Array | None = None
        self._pinned: Moment | None = None
        self._samples = Samples(real, label="samples of the generator")
        self._bars = ScoreBars(chart_height=110)
        self._chart = LineChart("Losses", chart_height=120)
        super().__init__(stream, step_sizes=[1, 10], title=title, scrubber=True)
        sides = [ipywidgets.VBox([self._samples]), ipywidgets.VBox([self._bars, self._chart])]
        for side in sides:
            side.layout = ipywidgets.Layout(flex="1 1 280px", min_width="0", max_width="460px")
        columns = ipywidgets.Box(sides, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 24px"))
        self.children = [self._player, columns]
        self.layout.max_width = "920px"
        self.alt = f"{title}: samples, D's scores and losses" if title else "samples, D's scores and losses"
        self._redraw()

    @property
    def samples(self) -> Array | None:
        """The samples on show, live or of the step that the slider is at; None before the first."""
        return self._samples.samples

    @property
    def kept_steps(self) -> list[int]:
        """The steps whose samples were kept."""
        with self._lock:
            return [] if self._moments is None else self._moments.steps

    @property
    def shown_step(self) -> int | None:
        """The step that the slider is at; None for live."""
        return self._shown

    def go_to(self, step: int | None) -> None:
        """Show what was kept nearest to `step`, while the training goes on; None: back to live."""
        self._scrub(step)

    def still(self) -> bytes:
        """Samples, histograms and losses as they stand, as PNG; nothing before the first step."""
        with self._lock:
            self._draw()
            right = stacked([from_png(self._bars.still()), from_png(self._chart.still())], gap=12)
            image = stacked([from_png(self._samples.still()), right], gap=24, across=True)
        return b"" if image is None else to_png(image)

    def _take(self, event: Any) -> None:
        self._pool.add(as_scores(event.real_scores, "real_scores"), as_scores(event.fake_scores, "fake_scores"))
        self._losses.append(event.step, event.d_loss, event.g_loss)
        self._step = event.step
        self._silent += 1
        if event.samples is None:
            return
        self._silent = 0
        if self._moments is None:
            self._moments = Moments(int(np.clip(_HISTORY_BYTES // max(event.samples.nbytes, 1), 8, 60)))
        self._moments.append(event.step, Moment(event.samples, self._pool.bars(note=self._note())))

    def _draw(self) -> None:
        moment = None
        if self._moments is not None:
            moment = self._pinned or self._moments.at(self._step)[1]
            if moment.samples is not self._drawn:
                self._samples.show(moment.samples)
                self._drawn = moment.samples
        elif self._silent >= _PATIENCE:
            self._samples.explain("This stream brings no samples. A Trainer makes some with sample_every=10.")
        bars = self._pinned.bars if self._pinned is not None else self._pool.bars(note=self._note())
        if bars is not None:
            self._bars.show(bars)
            self._chart.show(*loss_lines(self._losses.table()), marked=self._shown)

    def _scrub(self, step: int | None) -> None:
        """The moment stays on show even when the history is thinned."""
        with self._lock:
            self._pinned = None
            if step is not None:
                if self._moments is None:
                    raise ValueError(f"step: no samples have been kept yet, so there is no way back to {step}")
                step, self._pinned = self._moments.at(step)
        super()._scrub(step)

    def _kept_steps(self) -> Sequence[int]:
        return () if self._moments is None else self._moments.steps

    def _step_number(self) -> int:
        return self._step

    def _note(self) -> str:
        return "one batch" if len(self._pool) < 2 else f"last {len(self._pool)} batches"


def loss_lines(table: Array) -> tuple[Array, list[Line]]:
    """The losses' lines, `(n, 3)`: step, D's loss, G's loss; raw behind their running means."""
    window = max(1, len(table) // 25)
    names = (("d_loss", "discriminator", table[:, 1]), ("g_loss", "fake", table[:, 2]))
    return table[:, 0], [Line(label, colour, smoothed(raw, window), raw=raw) for label, colour, raw in names]
