"""MLP: fully connected networks for points in the plane, with the remedies against mode collapse that D can carry.

Packing follows Lin et al. 2018 (PacGAN, arXiv:1712.04086), the minibatch standard deviation Karras et al. 2018
(arXiv:1710.10196, section 3), spectral normalisation Miyato et al. 2018 (arXiv:1802.05957). Left out: conditioning.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_number, check_sizes
from ganwidgets.models.blocks import MinibatchStd, check_input

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
}


def _torch(weight: Tensor, bias: Tensor) -> None:
    """What `nn.Linear` did already; its random biases spread the kinks of the first layer over the plane."""


def _kaiming(weight: Tensor, bias: Tensor) -> None:
    nn.init.kaiming_normal_(weight, nonlinearity="relu")
    nn.init.zeros_(bias)


def _xavier(weight: Tensor, bias: Tensor) -> None:
    nn.init.xavier_normal_(weight)
    nn.init.zeros_(bias)


def _orthogonal(weight: Tensor, bias: Tensor) -> None:
    nn.init.orthogonal_(weight)
    nn.init.zeros_(bias)


def _dcgan(weight: Tensor, bias: Tensor) -> None:
    nn.init.normal_(weight, 0.0, 0.02)
    nn.init.zeros_(bias)


INITS: dict[str, Callable[[Tensor, Tensor], None]] = {
    "torch": _torch,
    "kaiming": _kaiming,
    "xavier": _xavier,
    "orthogonal": _orthogonal,
    "dcgan": _dcgan,
}


def _check(activation: str, init: str, scale: float, **sizes: int) -> None:
    check_sizes(**sizes)
    for name, came, allowed in (("activation", activation, ACTIVATIONS), ("init", init, INITS)):
        if came not in allowed:
            raise ValueError(f"{name}: there is no {came!r}; choose one of {', '.join(allowed)}")
    check_number("scale", scale, above=0)


def _hidden(widths: list[int], activation: str) -> list[nn.Module]:
    pairs = [(nn.Linear(before, after), ACTIVATIONS[activation]()) for before, after in pairwise(widths)]
    return [module for pair in pairs for module in pair]


def _initialise(network: nn.Module, init: str) -> None:
    for module in network.modules():
        if isinstance(module, nn.Linear):
            INITS[init](module.weight, module.bias)


class Generator(nn.Module):
    """z `(N, z_dim)` float32 to points `(N, out)` float32, anywhere in the plane: the last layer is linear.

    `layers` hidden layers of width `hidden`. `activation`: a name in `ACTIVATIONS`. `init`: a name in `INITS`.
    `scale`: the size of the data; the output is multiplied by it. `ValueError` for sizes below 1 and unknown names.
    """

    def __init__(
        self,
        z_dim: int = 2,
        hidden: int = 64,
        layers: int = 3,
        out: int = 2,
        activation: str = "relu",
        init: str = "torch",
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        _check(activation, init, scale, z_dim=z_dim, hidden=hidden, layers=layers, out=out)
        self.z_dim, self.scale = z_dim, scale
        self.stackable = True
        self.config: dict[str, Any] = dict(
            z_dim=z_dim, hidden=hidden, layers=layers, out=out, activation=activation, init=init, scale=scale
        )
        self.layers = nn.Sequential(*_hidden([z_dim, *[hidden] * layers], activation), nn.Linear(hidden, out))
        _initialise(self, init)

    def forward(self, z: Tensor) -> Tensor:
        check_input(self, "z", z, self.z_dim)
        return self.compute(z)

    def compute(self, z: Tensor) -> Tensor:
        """As `forward`, with any number of leading dimensions and no checks."""
        points: Tensor = self.layers(z)
        return points if self.scale == 1 else points * self.scale


class Discriminator(nn.Module):
    """Points `(N, inputs)` to logits `(N / pack,)`: higher means more real.

    `layers` hidden layers of width `hidden`. `pack`: so many samples, neighbours in the batch, are judged together by
    one logit, which shows D a lack of variety (PacGAN). `minibatch_std`: D also sees by how much the rows of a group
    of 4 neighbours differ. `spectral`: every layer's weight is divided by its largest singular value. `activation`,
    `init`: as in `Generator`. `scale`: the size of the data; the input is divided by it.
    `ValueError` for sizes below 1, unknown names, and a batch that does not divide into packs.
    """

    def __init__(
        self,
        hidden: int = 64,
        layers: int = 3,
        inputs: int = 2,
        pack: int = 1,
        minibatch_std: bool = False,
        spectral: bool = False,
        activation: str = "leaky_relu",
        init: str = "torch",
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        _check(activation, init, scale, hidden=hidden, layers=layers, inputs=inputs, pack=pack)
        self.inputs, self.pack, self.scale = inputs, pack, scale
        self.stackable = not minibatch_std
        self.config: dict[str, Any] = dict(
            hidden=hidden, layers=layers, inputs=inputs, pack=pack, minibatch_std=minibatch_std, spectral=spectral,
            activation=activation, init=init, scale=scale,
        )  # fmt: skip
        self.layers = nn.Sequential(*_hidden([inputs * pack, *[hidden] * layers], activation))
        self.deviation = MinibatchStd() if minibatch_std else None
        self.last = nn.Linear(hidden + minibatch_std, 1)
        _initialise(self, init)
        if spectral:
            for module in [m for m in self.modules() if isinstance(m, nn.Linear)]:
                nn.utils.parametrizations.spectral_norm(module)

    @torch.no_grad()
    def shift(self, by: float) -> None:
        """Add `by` to every logit that D will ever give."""
        self.last.bias.add_(by)

    def forward(self, x: Tensor) -> Tensor:
        check_input(self, "x", x, self.inputs)
        if len(x) % self.pack:
            raise ValueError(f"x: {len(x)} samples do not divide into packs of {self.pack}")
        return self.compute(x)

    def compute(self, x: Tensor) -> Tensor:
        """As `forward`, without checks and, unless there is a minibatch deviation, for any leading dimensions."""
        packs = x.reshape(*x.shape[:-2], -1, self.inputs * self.pack)
        features: Tensor = self.layers(packs if self.scale == 1 else packs / self.scale)
        if self.deviation is not None:
            features = self.deviation(features[..., None, None]).flatten(1)
        logits: Tensor = self.last(features)
        return logits.squeeze(-1)  # (N / pack, 1) -> (N / pack,)
