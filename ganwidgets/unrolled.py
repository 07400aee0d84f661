"""Unrolled GANs: the D that G's step looks at has first learnt from the fakes at hand for a few more steps.

Metz, Poole, Pfau and Sohl-Dickstein 2017 (arXiv:1611.02163, eq. 9 to 11). The extra steps are Adam's, from where D's
optimiser stands, on one batch, in D's adversarial loss alone; G's gradient runs back through all of them. Afterwards D
is as it was. With plain gradient descent as D's optimiser the steps are that.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

Judge = Callable[..., Tensor]
Tensors = list[Tensor]


def look_ahead(D: nn.Module, optimiser: torch.optim.Optimizer, d_loss: Callable[[Judge], Tensor], steps: int) -> Judge:
    """D after `steps` more steps of its optimiser, Adam or SGD, as a function of what D takes.

    `d_loss(judge)`: D's loss with `judge` in D's place. What the returned function gives can be differentiated with
    respect to all that `d_loss` depends on.
    """
    names = [name for name, _ in D.named_parameters()]
    # Running statistics are D's own, and stay as they are.
    buffers = {name: buffer.clone() for name, buffer in D.named_buffers()}

    def judge_with(current: Tensors) -> Judge:
        return lambda *inputs: functional_call(D, dict(zip(names, current, strict=True)) | buffers, inputs)

    current: Tensors = list(D.parameters())
    descend = (_Adam if "betas" in optimiser.param_groups[0] else _Plain)(optimiser, current)
    for _ in range(steps):
        gradients = torch.autograd.grad(d_loss(judge_with(current)), current, create_graph=True)
        current = descend(current, list(gradients))
    return judge_with(current)


class _Plain:
    """One step of gradient descent after the other, each a function that can be differentiated."""

    def __init__(self, optimiser: torch.optim.Optimizer, weights: Tensors) -> None:
        self._rate = optimiser.param_groups[0]["lr"]

    def __call__(self, weights: Tensors, gradients: Tensors) -> Tensors:
        return [w - self._rate * g for w, g in zip(weights, gradients, strict=True)]


class _Adam(_Plain):
    """The same for Adam, from where the optimiser stands."""

    def __init__(self, optimiser: torch.optim.Optimizer, weights: Tensors) -> None:
        super().__init__(optimiser, weights)
        group, slots = optimiser.param_groups[0], [optimiser.state.get(weight, {}) for weight in weights]
        self._betas, self._epsilon = group["betas"], group["eps"]
        pairs = list(zip(slots, weights, strict=True))
        self._means: Tensors = [slot.get("exp_avg", torch.zeros_like(w)) for slot, w in pairs]
        self._squares: Tensors = [slot.get("exp_avg_sq", torch.zeros_like(w)) for slot, w in pairs]
        self._t = int(slots[0].get("step", 0))

    def __call__(self, weights: Tensors, gradients: Tensors) -> Tensors:
        self._t += 1
        beta1, beta2 = self._betas
        self._means = [m.lerp(g, 1 - beta1) for m, g in zip(self._means, gradients, strict=True)]
        self._squares = [v.lerp(g.square(), 1 - beta2) for v, g in zip(self._squares, gradients, strict=True)]
        # Inside the root, epsilon keeps the slope finite where a gradient is zero.
        return [
            w - self._rate * m / (1 - beta1**self._t) / (v / (1 - beta2**self._t) + self._epsilon**2).sqrt()
            for w, m, v in zip(weights, self._means, self._squares, strict=True)
        ]
