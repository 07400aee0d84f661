"""D's scores of the last few batches, pooled into histograms, and numbers over many steps in little memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from ganwidgets.views.score_histogram import Bars

Array = npt.NDArray[Any]
_FEW = 5  # with fewer scores an overlap means nothing
_LEVELS = (
    (0.9, "D can hardly tell them apart"),
    (0.6, "D is often unsure"),
    (0.3, "D tells many apart"),
    (0.03, "D tells most apart"),
    (0.0, "D tells all apart"),
)
Kept = TypeVar("Kept")


def as_scores(scores: Any, name: str) -> Array:
    """`scores` as `(N,)` float64 in [0, 1], N ≥ 1; a torch tensor will do. `ValueError` says what is wrong with it."""
    try:
        array = np.asarray(scores.detach().cpu() if hasattr(scores, "detach") else scores, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected D's probabilities of one batch, shape (N,); got {scores!r:.80}") from None
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name}: expected D's probabilities of one batch, shape (N,), N ≥ 1; got shape {array.shape}")
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise ValueError(f"{name}: expected finite numbers; {bad} of {array.size} are NaN or infinite")
    low, high = float(array.min()), float(array.max())
    if low < -1e-6 or high > 1 + 1e-6:
        raise ValueError(
            f"{name}: expected probabilities in [0, 1]; got {low:.3g} to {high:.3g}. "
            "These look like logits: a sigmoid turns them into probabilities"
        )
    return np.clip(array, 0.0, 1.0)


@dataclass(frozen=True)
class _Batch:
    counts: Array  # (bins,)
    total: float
    size: int


class ScorePool:
    """The last `history` batches of real and fake scores in `bins` equal bins over [0, 1]."""

    def __init__(self, history: int = 10, bins: int = 25) -> None:
        for name, value, low in (("history", history, 1), ("bins", bins, 2)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
                raise ValueError(f"{name}: expected a whole number, {low} or more; got {value!r}")
        self._bins = int(bins)
        self._batches: tuple[deque[_Batch], deque[_Batch]] = (deque(maxlen=int(history)), deque(maxlen=int(history)))

    def add(self, real: Array, fake: Array) -> None:
        """Take in one batch of each, `(N,)` in [0, 1]."""
        for batches, scores in zip(self._batches, (real, fake), strict=True):
            batches.append(_Batch(self.counts(scores), float(scores.sum()), len(scores)))

    def counts(self, scores: Array) -> Array:
        """How many of `scores` `(N,)` fall in each bin: `(bins,)`."""
        return np.bincount(np.minimum((scores * self._bins).astype(np.intp), self._bins - 1), minlength=self._bins)

    def shares(self, scores: Array) -> Array:
        """The share of `scores` `(N,)` in each bin: `(bins,)`, summing to 1."""
        return self.counts(scores) / len(scores)

    def bars(self, outlines: tuple[Array, Array] | None = None, note: str = "") -> Bars | None:
        """What the pooled batches look like; None before the first."""
        if not self._batches[0]:
            return None
        (real, mean_real, n), (fake, mean_fake, m) = (_pooled(batches) for batches in self._batches)
        overlap = shared_area(real, fake)
        words = verdict(overlap, overlap_by_chance(real, fake, n, m), mean_real < mean_fake)
        return Bars(real, fake, (mean_real, mean_fake), overlap, outlines, note, words if min(n, m) >= _FEW else "")

    def __len__(self) -> int:
        return len(self._batches[0])


def _pooled(batches: deque[_Batch]) -> tuple[Array, float, int]:
    """The share of each bin `(bins,)`, the mean score, and how many scores there are."""
    size = sum(batch.size for batch in batches)
    counts = np.sum([batch.counts for batch in batches], axis=0)
    return counts / size, sum(batch.total for batch in batches) / size, size


def shared_area(real: Array, fake: Array) -> float:
    """The area that two histograms, shares `(bins,)` each, have in common: 0 to 1."""
    return float(np.minimum(real, fake).sum())


def overlap_by_chance(real: Array, fake: Array, n: int, m: int) -> float:
    """About what two samples of one distribution, `n` and `m` large, would share: less than 1, for they differ too.

    `real`, `fake`: their shares `(bins,)`. The distribution is the pooled one; the difference in a bin is taken as
    normal, with the mean absolute value √(2/π)·σ.
    """
    pooled = (n * real + m * fake) / (n + m)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return max(0.0, 1 - float(np.sqrt(2 / np.pi) * spread.sum()) / 2)


def verdict(overlap: float, by_chance: float, inverted: bool) -> str:
    """The overlap in words, beside what chance leaves of 1. `inverted`: the fakes have the higher scores."""
    if by_chance == 0:
        return ""
    share = overlap / by_chance
    if share < _LEVELS[1][0] and inverted:
        return "told apart the wrong way round: fakes score higher"
    return next(words for level, words in _LEVELS if share >= level)


class Series:
    """Rows of numbers, one a step, thinned to at most `capacity`: when full, each two neighbours become their mean."""

    def __init__(self, columns: int, capacity: int = 400) -> None:
        self._rows = np.empty((capacity, columns + 1))
        self._length, self._stride, self._first = 0, 1, float("nan")
        self._pending: list[tuple[float, ...]] = []

    def append(self, x: float, *values: float) -> None:
        """Add the values at `x`."""
        if self._length == 0 and not self._pending:
            self._first = x
        self._pending.append((x, *values))
        if len(self._pending) < self._stride:
            return
        self._rows[self._length] = _mean(self._pending)
        self._pending.clear()
        self._length += 1
        if self._length == len(self._rows):
            pairs = self._rows.reshape(-1, 2, self._rows.shape[1])  # (capacity / 2, 2, 1 + columns)
            self._length, self._stride = len(pairs), 2 * self._stride
            self._rows[: self._length] = np.concatenate([pairs[:, 1, :1], pairs[:, :, 1:].mean(axis=1)], axis=1)

    def table(self) -> Array:
        """`(n, 1 + columns)`: x first; the steps since the last full row count as a row of their own."""
        rows = self._rows[: self._length].copy()
        if len(rows):
            rows[0, 0] = self._first
        return np.vstack([rows, _mean(self._pending)]) if self._pending else rows


def _mean(rows: Sequence[tuple[float, ...]]) -> list[float]:
    """The last x and the means of the values; for a few rows numpy takes ten times as long."""
    _, *columns = zip(*rows, strict=True)
    return [rows[-1][0], *(sum(column) / len(rows) for column in columns)]


class Moments(Generic[Kept]):
    """What was kept of a run, by step: evenly thinned to at most `capacity`, the first and the newest always there."""

    def __init__(self, capacity: int = 60) -> None:
        self._capacity, self._gap = max(2, capacity), 1
        self._kept: dict[int, Kept] = {}
        self._newest: tuple[int, Kept] | None = None

    def append(self, step: int, moment: Kept) -> None:
        """Keep `moment`; it replaces the newest one where that lies too close to be kept for good."""
        last = next(reversed(self._kept), None)
        if last is None or step - last >= self._gap:
            self._kept[step] = moment
        self._newest = (step, moment)
        while len(self._kept) >= self._capacity:
            steps = list(self._kept)
            self._gap = max(2 * self._gap, steps[2] - steps[0])
            self._kept = {step: self._kept[step] for step in steps[::2]}

    @property
    def steps(self) -> list[int]:
        """The steps that were kept, in order."""
        newest = [self._newest[0]] if self._newest is not None and self._newest[0] not in self._kept else []
        return [*self._kept, *newest]

    def at(self, step: int) -> tuple[int, Kept]:
        """The kept moment nearest to `step`. `ValueError` when nothing was kept."""
        if self._newest is None:
            raise ValueError("step: nothing has been kept yet")
        if abs(self._newest[0] - step) <= min(abs(kept - step) for kept in self._kept):
            return self._newest
        nearest = min(self._kept, key=lambda kept: abs(kept - step))
        return nearest, self._kept[nearest]
