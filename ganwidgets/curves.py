"""What a loss looks like: its value and its slope over everything that D may say of a fake.

The numbers come from `losses` and torch's gradients, not from formulas written a second time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ganwidgets import losses
from ganwidgets.checks import check_whole
from ganwidgets.events import FloatArray, sigmoid


@dataclass(frozen=True, eq=False)
class LossCurve:
    """G's loss by name, `(n,)` each: `logits`, the `scores` D(G(z)) in (0, 1) that they stand for, `values` of the
    loss, and `slopes`, its derivative by the logit: what arrives at D's last layer, on the way to G."""

    name: str
    logits: FloatArray
    scores: FloatArray
    values: FloatArray
    slopes: FloatArray


def generator_curve(name: str, n: int = 201, reach: float = 8.0, real_logit: float = 0.0) -> LossCurve:
    """G's loss called `name` for one fake whose logit goes from -reach to reach in n steps.

    `real_logit`: what D says of the real sample beside it, for the losses that compare. `ValueError` for an unknown
    name, n < 2, a reach that is not above 0 and finite, and a logit that is not finite.
    """
    check_whole("n", n, 2)
    if not 0 < reach < float("inf"):
        raise ValueError(f"reach: got {reach}; allowed is a finite number above 0")
    if not np.isfinite(real_logit):
        raise ValueError(f"real_logit: got {real_logit}; allowed is a finite number")
    loss = losses.get(name)
    fakes = torch.linspace(-reach, reach, n, requires_grad=True)
    real = torch.full((1,), float(real_logit))
    values = torch.stack([loss.generator(real, fake[None]) for fake in fakes])
    (slopes,) = torch.autograd.grad(values.sum(), fakes)
    logits = fakes.detach().numpy().copy()
    return LossCurve(name, logits, sigmoid(logits), values.detach().numpy().copy(), slopes.numpy().copy())
