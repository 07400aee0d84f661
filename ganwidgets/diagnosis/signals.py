"""Numbers that tell a healthy training from a broken one, from arrays alone; without fixed zeros or units."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import numbers

Array = npt.NDArray[Any]

_DIRECTIONS = 8
_REALS = 500


def separation(real_logits: Array, fake_logits: Array) -> float:
    """The share of pairs (real, fake) in which the real one has the higher logit, ties half: the area under the ROC.

    ½ is guessing, 1 means that D tells them apart without a mistake. `real_logits` `(N,)`, `fake_logits` `(M,)`.
    """
    fakes = np.sort(fake_logits)
    below = np.searchsorted(fakes, real_logits, side="left") + np.searchsorted(fakes, real_logits, side="right")
    return float(below.sum() / (2 * len(real_logits) * len(fakes)))


def flat(samples: Array) -> Array:
    """Samples `(n, ...)` as `(n, d)` float64: pixels in [0, 1], anything else as it is."""
    values = samples.reshape(len(samples), -1).astype(np.float64)
    return values / 255 if samples.dtype == np.uint8 else values


class Diversity:
    """How much samples differ, as a share of how much the data does: 0 for copies of one sample, 1 for the data's.

    With `real` samples `(N, ...)` of the same form: both are seen in the data's eight main directions (two in the
    plane), in units of the data's spread there; of the samples' spreads along their own main directions in that space,
    each at most 1, the geometric mean. So one direction in which all samples are alike counts, although they differ in
    others. Without: the spread over the largest one seen before.
    """

    def __init__(self, real: Array | None = None) -> None:
        self._peak = 0.0
        self._directions: Array | None = None
        if real is not None:
            real = numbers("real", real)
            if real.ndim < 2 or len(real) < 2:
                raise ValueError(f"real: expected at least 2 samples, (N, ...), got shape {real.shape}")
            values = flat(real[:: max(1, len(real) // _REALS)])
            _, sizes, directions = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
            kept = min(_DIRECTIONS, int((sizes > 1e-6 * sizes[0]).sum()))
            self._directions, self._sizes = directions[:kept], sizes[:kept] / np.sqrt(len(values))

    @property
    def against_data(self) -> bool:
        """Whether it is a share of the data's diversity."""
        return self._directions is not None

    def __call__(self, samples: Array) -> float:
        values = flat(samples)
        centred = values - values.mean(axis=0)
        if self._directions is not None:
            if centred.shape[1] != self._directions.shape[1]:
                raise ValueError(f"real: of another form than the samples, which are {samples.shape[1:]}")
            # So few samples as there are directions have no spread in some of them.
            kept = max(1, min(len(self._sizes), len(values) // 2))
            whitened = (centred @ self._directions.T / self._sizes)[:, :kept] / np.sqrt(len(values))
            shares = np.minimum(np.linalg.svd(whitened, compute_uv=False), 1)
            return float(np.exp(np.log(shares + 1e-6).mean()))
        spread = float(np.sqrt(centred.var(axis=0).sum()))
        self._peak = max(self._peak, spread)
        # Copies have no peak to have fallen from.
        return spread / max(self._peak, 1e-3 * float(np.abs(values).max(initial=0)), 1e-12)


def turns(signal: Array, least: float) -> list[int]:
    """Where a signal `(n,)` turns round, counting only ways up and down of `least` or more."""
    found: list[int] = []
    low = high = 0
    rising: bool | None = None
    for i, value in enumerate(signal):
        if value > signal[high]:
            high = i
        if value < signal[low]:
            low = i
        if rising is not False and signal[high] - value >= least:
            found += [high] if rising else []
            rising, low = False, i
        elif rising is not True and value - signal[low] >= least:
            found += [low] if rising is False else []
            rising, high = True, i
    return found
