"""Unrolled GANs: the D that G's step looks at has first learnt from the fakes at hand for a few more steps.

Metz, Poole, Pfau and Sohl-Dickstein 2017 (arXiv:1611.02163, eq. 9 to 11). The extra steps are Adam's, from where D's
optimiser stands, on one batch, in D's adversarial loss alone; G's gradient runs back through all of them. Afterwards D
is as it was.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

Judge = Callable[..., Tensor]


def look_ahead(D: nn.Module, optimiser: torch.optim.Optimizer, d_loss: Callable[[Judge], Tensor], steps: int) -> Judge:
    """D after `steps` more steps of its Adam, as a function of what D takes.

    `d_loss(judge)`: D's loss with `judge` in D's place. What the returned function gives can be differentiated with
    respect to all that `d_loss` depends on.
    """
    names = [name for name, _ in D.named_parameters()]
    weights = list(D.parameters())
    group = optimiser.param_groups[0]
    (beta1, beta2), rate, epsilon = group["betas"], group["lr"], group["eps"]
    slots = [optimiser.state.get(weight, {}) for weight in weights]
    means = [slot.get("exp_avg", torch.zeros_like(w)) for slot, w in zip(slots, weights, strict=True)]
    squares = [slot.get("exp_avg_sq", torch.zeros_like(w)) for slot, w in zip(slots, weights, strict=True)]
    taken = int(slots[0].get("step", 0))

    # Running statistics are D's own, and stay as they are.
    buffers = {name: buffer.clone() for name, buffer in D.named_buffers()}

    def judge_with(current: list[Tensor]) -> Judge:
        return lambda *inputs: functional_call(D, dict(zip(names, current, strict=True)) | buffers, inputs)

    current: list[Tensor] = list(weights)
    for t in range(taken + 1, taken + 1 + steps):
        gradients = torch.autograd.grad(d_loss(judge_with(current)), current, create_graph=True)
        means = [m.lerp(g, 1 - beta1) for m, g in zip(means, gradients, strict=True)]
        squares = [v.lerp(g.square(), 1 - beta2) for v, g in zip(squares, gradients, strict=True)]
        # Inside the root, epsilon keeps the slope finite where a gradient is zero.
        current = [
            w - rate * m / (1 - beta1**t) / (v / (1 - beta2**t) + epsilon**2).sqrt()
            for w, m, v in zip(current, means, squares, strict=True)
        ]
    return judge_with(current)
