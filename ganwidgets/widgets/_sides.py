"""One side of a `TrainingStudio`: what is kept of one training to be looked at again, be it live or recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ganwidgets.runs import Recorded, Run
from ganwidgets.views import tiles
from ganwidgets.views.packed import Packed
from ganwidgets.views.samples import as_points
from ganwidgets.views.score_histogram import Bars

from ._scores import Array, ScorePool, Series, as_scores

HISTORY_BYTES = 64 * 2**20
HISTORY_FRAMES = 300
_ROWS = 400  # of losses


@dataclass(frozen=True)
class Moment:
    """What there is to see of one step; no samples where the stream brought none, no bars for a single player."""

    step: int
    samples: Array | Packed | None
    bars: Bars | None


class Side(Protocol):
    """`run`: the training. `step`: the newest. `kept`: the steps to go back to. `losses()`: `(n, 3)`, step, D, G."""

    run: Run

    @property
    def step(self) -> int: ...
    @property
    def kept(self) -> Sequence[int]: ...
    def take(self, event: Any) -> None: ...
    def moment(self, step: int | None) -> Moment | None: ...
    def losses(self) -> Array: ...


class LiveSide:
    """Keeps what goes by: up to 300 moments and 64 MB, evenly thinned, the first and the newest always there."""

    def __init__(self, run: Run, history: int) -> None:
        self.run = run
        self.silent = self._step = 0
        self.unseen = False
        self._pool = ScorePool(history)
        self._losses = Series(2)
        self._newest: Moment | None = None
        self._kept: dict[int, Moment] = {}
        self._bytes, self._gap = 0, 1

    @property
    def step(self) -> int:
        """The newest one."""
        return self._step

    @property
    def kept(self) -> list[int]:
        """Ascending."""
        newest = [] if self._newest is None or self._newest.step in self._kept else [self._newest.step]
        return [*self._kept, *newest]

    def take(self, event: Any) -> None:
        """Keep what is needed of the next event. `ValueError` for samples that cannot be drawn: they are not kept."""
        real, fake = event.real_scores, event.fake_scores
        if len(real) and np.isfinite(real.sum() + fake.sum()):
            self._pool.add(as_scores(real, "real_scores"), as_scores(fake, "fake_scores"))
        self._losses.append(event.step, event.d_loss, event.g_loss)
        self._step = event.step
        self.silent += 1
        if event.samples is None:
            return
        self.silent = 0
        samples = visible(event.samples)
        self.unseen = samples is None
        if samples is None:
            return
        _check(samples)
        self._newest = Moment(event.step, samples, self._bars())
        if not self._kept or event.step - next(reversed(self._kept)) >= self._gap:
            self._keep(self._newest)

    def moment(self, step: int | None) -> Moment | None:
        """The one kept nearest to `step`, None for the newest; None before the first samples."""
        if self._newest is None:
            bars = self._bars()
            return None if bars is None else Moment(self._step, None, bars)
        if step is None or abs(self._newest.step - step) <= min(abs(kept - step) for kept in self._kept):
            # Scores are newer than samples where these are rare.
            return Moment(self._newest.step, self._newest.samples, self._bars() if step is None else self._newest.bars)
        return self._kept[min(self._kept, key=lambda kept: abs(kept - step))]

    def losses(self) -> Array:
        """As in `Side`."""
        return self._losses.table()

    def _keep(self, moment: Moment) -> None:
        kept = Moment(moment.step, _packed(moment.samples), moment.bars)
        self._kept[moment.step] = kept
        self._bytes += _size(kept)
        while len(self._kept) > 2 and (len(self._kept) >= HISTORY_FRAMES or self._bytes > HISTORY_BYTES):
            steps = list(self._kept)
            self._gap = max(2 * self._gap, steps[2] - steps[0])
            self._kept = {step: self._kept[step] for step in steps[::2]}
            self._bytes = sum(map(_size, self._kept.values()))

    def _bars(self) -> Bars | None:
        return self._pool.bars(note=_note(len(self._pool)))


class RecordedSide:
    """A recording, all of which is there from the start."""

    def __init__(self, run: Recorded, history: int) -> None:
        self.run: Run = run
        self._recording = run.recording
        self._history = history
        self._rows: tuple[int, Array] = 0, np.zeros((0, 3))

    @property
    def step(self) -> int:
        """The last one."""
        return self._recording.last_step

    @property
    def kept(self) -> list[int]:
        """Of every frame."""
        steps: list[int] = self._recording.steps.tolist()
        return steps

    def take(self, event: Any) -> None:
        """Nothing: it is kept already."""

    def moment(self, step: int | None) -> Moment | None:
        """The frame nearest to `step`, the last for None."""
        steps = self._recording.steps
        if not len(steps):
            return None
        index = len(steps) - 1 if step is None else int(np.abs(steps - step).argmin())
        pool = ScorePool(self._history)
        for event in (self._recording.bare(i) for i in range(max(0, index - self._history + 1), index + 1)):
            if len(event.real_logits) and np.isfinite(event.real_scores + event.fake_scores.sum()).all():
                pool.add(event.real_scores, event.fake_scores)
        samples = visible(self._recording[index].samples)
        return Moment(int(steps[index]), samples, pool.bars(note=_note(len(pool))))

    def losses(self) -> Array:
        """As in `Side`, thinned to a few hundred rows."""
        if self._rows[0] != self.step:
            curves = self._recording.curves
            series = Series(2, _ROWS)
            for row in zip(curves["step"], curves["d_loss"], curves["g_loss"], strict=True):
                series.append(*row)
            self._rows = self.step, series.table()
        return self._rows[1]


def side_of(run: Run, history: int) -> LiveSide | RecordedSide:
    """The side that shows `run`; its histograms pool the last `history` batches."""
    return RecordedSide(run, history) if isinstance(run, Recorded) else LiveSide(run, history)


def visible(samples: Any) -> Any:
    """What can be drawn of samples: of clips `(n, T, H, W, C)` the middle picture; of sounds `(n, L)` nothing."""
    if samples.ndim == 5:
        return samples[:, samples.shape[1] // 2]
    return None if samples.ndim == 2 and samples.shape[1] != 2 else samples


def _check(samples: Any) -> None:
    if samples.ndim == 2:
        as_points(samples, "samples")
    else:
        tiles.as_images(samples[: tiles.MAX_TILES], "samples")


def _packed(samples: Any) -> Any:
    if samples.dtype == np.uint8 and samples.ndim in (3, 4) and len(samples):
        return Packed.of(tiles.as_images(samples[: tiles.MAX_TILES], "samples"))
    return samples


def _size(moment: Moment) -> int:
    return 0 if moment.samples is None else moment.samples.nbytes


def _note(batches: int) -> str:
    return "one batch" if batches < 2 else f"last {batches} batches"
