"""`StepEvent`: what one training step tells the world.

Numbers and read-only numpy arrays, no tensors and no reference to the trainer, so an event can be kept, sent, recorded
and compared without holding the training alive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


def sigmoid(logits: FloatArray) -> FloatArray:
    """The probability that a logit stands for, without overflow: any shape, float32 in [0, 1]."""
    return (0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float32)))).astype(np.float32)


@dataclass(frozen=True, eq=False)
class StepEvent:
    """One alternating step: D's update, then G's.

    `step` counts from 1. `d_loss`, `g_loss`: the adversarial losses, without penalties; `penalty`: R1, R2 or alike
    as added to D's loss in this step, 0 where the step skipped it. `real_logits`, `fake_logits`: `(N,)` float32, what D
    said before its update; `fake_logits_after`: `(N,)`, what the updated D said of the fakes when G took its step.
    `samples`: G's (EMA) images `(n, H, W, C)` uint8, points `(n, 2)`, sounds `(n, L)` float32 or clips
    `(n, T, H, W, C)` uint8 for a z that stays the same, on steps that make them, else None. `seconds`: training time
    so far, without pauses. `auxiliary`: what G was asked for beside fooling D (the right class, the right pixels),
    weighted.

    A training with one player has its loss in `g_loss`, NaN in `d_loss`, and no logits `(0,)`.
    """

    step: int
    d_loss: float
    g_loss: float
    penalty: float
    real_logits: FloatArray
    fake_logits: FloatArray
    fake_logits_after: FloatArray
    seconds: float
    samples: npt.NDArray[np.generic] | None = None
    auxiliary: float = 0.0

    def __post_init__(self) -> None:
        for array in (self.real_logits, self.fake_logits, self.fake_logits_after, self.samples):
            if array is not None:
                array.flags.writeable = False

    @property
    def real_scores(self) -> FloatArray:
        """D(x): the probabilities `(N,)` that D gives to the real batch."""
        return sigmoid(self.real_logits)

    @property
    def fake_scores(self) -> FloatArray:
        """D(G(z)): the probabilities `(N,)` that D gives to the fakes before its update."""
        return sigmoid(self.fake_logits)

    @property
    def d_x(self) -> float:
        """The mean of D(x), printed as `D(x)` in training logs."""
        return _mean(self.real_scores)

    @property
    def d_g_z(self) -> tuple[float, float]:
        """The means of D(G(z)) before and after D's update, printed as `D(G(z)): a / b` in training logs."""
        return _mean(self.fake_scores), _mean(sigmoid(self.fake_logits_after))


def _mean(scores: FloatArray) -> float:
    return float(scores.mean()) if len(scores) else float("nan")
