"""The optimisers that a training may use, in one table by name: how each is made, and what it remembers.

Adam: Kingma and Ba 2015 (arXiv:1412.6980). "sgd" is plain gradient descent, without momentum: each weight moves by the
rate times its gradient, so rates want to be some hundred times those of Adam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Kind:
    """`make(parameters, rate, betas, fused)`; `slots`: the names of what it keeps of each parameter in its state."""

    make: Callable[[Iterable[nn.Parameter], float, tuple[float, float], bool], torch.optim.Optimizer]
    slots: frozenset[str]


def _adam(
    parameters: Iterable[nn.Parameter], rate: float, betas: tuple[float, float], fused: bool
) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=rate, betas=betas, fused=fused)


def _sgd(
    parameters: Iterable[nn.Parameter], rate: float, betas: tuple[float, float], fused: bool
) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=rate, fused=fused)


OPTIMISERS: dict[str, Kind] = {
    "adam": Kind(_adam, frozenset({"step", "exp_avg", "exp_avg_sq"})),
    "sgd": Kind(_sgd, frozenset()),
}
