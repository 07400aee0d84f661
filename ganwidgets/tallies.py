"""What samples hold: how many fall on each mode or in each class, beside what samples of the truth would.

Points are counted as in `metrics.mode_coverage`; pictures by what a reader says that they show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganwidgets import metrics
from ganwidgets.checks import numbers
from ganwidgets.metrics.distances import smallest
from ganwidgets.metrics.modes import WITHIN

SURE = 0.9
"""A picture is of high quality where the reader gives its class this probability or more."""

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tally:
    """How samples fall on K modes or classes.

    `counts`: `(K,)` int64. `total`: how many samples there were, those that fell on nothing included. `truth`: `(K,)`,
    the shares that the real ones have. `high_quality`: 0 to 1, NaN where it is not known. `reverse_kl`: KL(counts ‖
    truth) in nats, 0 or more; NaN where nothing was held, infinite where samples fall on what the truth does not hold.
    """

    counts: IntArray
    total: int
    truth: npt.NDArray[np.float64]
    high_quality: float
    reverse_kl: float

    @property
    def covered(self) -> int:
        """Modes or classes with at least one sample, 0 to K."""
        return int((self.counts > 0).sum())

    @property
    def missing(self) -> IntArray:
        """The positions of those that hold nothing, though the truth holds something there."""
        return np.flatnonzero((self.counts == 0) & (self.truth > 0))

    @property
    def expected(self) -> float:
        """How many modes or classes as many samples of the truth would hold, on average."""
        return float((1 - (1 - self.truth) ** self.total).sum())

    @property
    def floor(self) -> float:
        """About what `reverse_kl` would be by chance, for as many samples of the truth: (K − 1) / 2n."""
        held = int(self.counts.sum())
        return (int((self.truth > 0).sum()) - 1) / (2 * held) if held else float("nan")


def on_modes(samples: npt.ArrayLike, modes: npt.ArrayLike, sigma: float) -> IntArray:
    """The mode within 3 `sigma` of each sample `(N, D)`, `(N,)` from 0 to K − 1; -1 where there is none so near."""
    squares, nearest = smallest(np.asarray(samples), np.asarray(modes), 1)
    return np.where(np.sqrt(squares[:, 0]) <= WITHIN * sigma, nearest[:, 0], -1)


def tally_points(samples: npt.ArrayLike, modes: npt.ArrayLike, sigma: float) -> Tally:
    """Count `samples` `(N, D)` on `modes` `(K, D)` of equal shares; arguments and errors as `metrics.mode_coverage`."""
    found = metrics.mode_coverage(samples, modes, sigma)
    even = np.full(len(found.counts), 1 / len(found.counts))
    return Tally(found.counts, len(np.asarray(samples)), even, found.high_quality, found.reverse_kl)


def tally_classes(answers: npt.ArrayLike, classes: int, truth: npt.ArrayLike | None = None) -> Tally:
    """Count what a reader says of N pictures over `classes` classes.

    `answers`: classes `(N,)`, whole numbers from 0, or probabilities `(N, classes)`, of which the largest counts; from
    them comes `high_quality`, the share of pictures that the reader is sure of, at `SURE` or more. `truth`: counts or
    weights of the real ones `(classes,)`, by default all equal. `ValueError` for other shapes, no answers, answers out
    of range, NaN, and probabilities that do not sum to 1.
    """
    labels, sure = read_answers(answers, classes)
    counts = np.bincount(labels, minlength=classes)
    real = np.full(classes, 1 / classes) if truth is None else shares_of(truth, classes)
    quality = float("nan") if sure is None else float((sure >= SURE).mean())
    return Tally(counts, len(labels), real, quality, metrics.kl_divergence(counts, real))


def read_answers(answers: npt.ArrayLike, classes: int) -> tuple[IntArray, npt.NDArray[np.float64] | None]:
    """The class of each answer `(N,)`, and its probability where `answers` are probabilities; see `tally_classes`."""
    array = np.asarray(answers)
    if array.ndim not in (1, 2) or not len(array) or array.shape[1:] not in ((), (classes,)):
        raise ValueError(
            f"answers: expected classes (N,) or probabilities (N, {classes}), N ≥ 1; got shape {array.shape}"
        )
    if array.ndim == 1:
        if array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= classes:
            raise ValueError(f"answers: expected whole numbers from 0 to {classes - 1}, got {array.dtype} {array[:5]}")
        return array.astype(np.int64), None
    values = array.astype(np.float64)
    if not np.isfinite(values).all() or values.min() < -1e-6 or np.abs(values.sum(1) - 1).max() > 1e-2:
        raise ValueError("answers: expected probabilities, each row from 0 up and with the sum 1; a softmax makes them")
    return values.argmax(1), values.max(1)


def shares_of(weights: npt.ArrayLike, classes: int, name: str = "truth") -> npt.NDArray[np.float64]:
    """`weights` `(classes,)`, none negative, not all 0, divided by their sum. `ValueError` for others."""
    array = numbers(name, weights, np.float64)
    if array.shape != (classes,) or array.min() < 0 or array.sum() <= 0:
        raise ValueError(
            f"{name}: expected {classes} counts or weights, none negative, not all 0, got shape {array.shape}"
        )
    shares: npt.NDArray[np.float64] = array / array.sum()
    return shares
