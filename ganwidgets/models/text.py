"""A GAN of short words: letters are drawn, and the gradient gets past the draw by the Gumbel-softmax.

A letter is one of a few, and a choice has no slope. The Gumbel-softmax, Jang, Gu and Poole 2017 (arXiv:1611.01144) and
Maddison, Mnih and Teh 2017 (arXiv:1611.00712), replaces it by a soft choice that has one; the straight-through form
shows D a hard choice and lends it the soft one's slope. For a GAN of words it was tried first by Kusner and
Hernández-Lobato 2016 (arXiv:1611.04051). Left out: letters that are drawn one after the other, and policy gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwidgets.checks import check_number, check_sizes
from ganwidgets.models.blocks import check_input

Choose = Callable[[Tensor, Tensor, float], Tensor]
"""Logits, Gumbel noise of their shape, and a temperature, to a soft choice of that shape that sums to 1 at the end."""

_LEAST = 1e-6  # a probability further from 0 and 1 than float32 rounds it to


def gumbel_softmax(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    """Equation 2 of Jang et al.: softmax((logits + noise) / temperature) over the last axis; `noise`: see `gumbel`."""
    check_number("temperature", temperature, above=0)
    if logits.shape != noise.shape:
        raise ValueError(f"noise: expected the logits' shape {tuple(logits.shape)}, got {tuple(noise.shape)}")
    return torch.softmax((logits + noise) / temperature, dim=-1)


def gumbel(normal: Tensor) -> Tensor:
    """Standard normal numbers turned into Gumbel noise −log(−log u), u their share of the bell curve; any shape."""
    share = (0.5 * (1 + torch.erf(normal / math.sqrt(2)))).clamp(_LEAST, 1 - _LEAST)
    return -torch.log(-torch.log(share))


class Generator(nn.Module):
    """z `(N, z_dim)` float32 to words `(N, length, letters)`: how much of each letter stands at each place; sums are 1.

    All randomness is in z: its first `code` numbers go through the network, which gives the logits of all places at
    once; the other `length · letters` become the Gumbel noise, so that the same z is the same word. `temperature`: of
    the soft choice. `hard`: words come out one-hot, with the soft ones' gradient (straight-through). `choose`: another
    function in the place of `gumbel_softmax`. `ValueError` for sizes below 1 and temperatures that are not above 0.
    """

    def __init__(
        self,
        code: int = 16,
        length: int = 6,
        letters: int = 5,
        hidden: int = 128,
        temperature: float = 1.0,
        hard: bool = True,
        choose: Choose = gumbel_softmax,
    ) -> None:
        super().__init__()
        check_sizes(code=code, length=length, letters=letters, hidden=hidden)
        check_number("temperature", temperature, above=0)
        self.code, self.length, self.letters = code, length, letters
        self.z_dim = code + length * letters
        self.temperature, self.hard, self.choose = temperature, hard, choose
        self.layers = nn.Sequential(
            nn.Linear(code, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, length * letters),
        )  # fmt: skip
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                # Larger than torch's own, so that another z prefers other letters from the first step on.
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def logits(self, z: Tensor) -> Tensor:
        """What the network thinks of each letter at each place, before the draw: `(N, length, letters)`."""
        check_input(self, "z", z, self.z_dim)
        numbers: Tensor = self.layers(z[:, : self.code])
        return numbers.view(-1, self.length, self.letters)

    def forward(self, z: Tensor) -> Tensor:
        logits = self.logits(z)
        noise = gumbel(z[:, self.code :]).view_as(logits)
        soft = self.choose(logits, noise, self.temperature)
        return straight_through(soft) if self.hard else soft

    @torch.no_grad()
    def words(self, z: Tensor) -> Tensor:
        """The letter drawn at each place: codes `(N, length)` int64."""
        return self(z).argmax(dim=-1)


def straight_through(soft: Tensor) -> Tensor:
    """One-hot at the largest number of the last axis; backwards as if it were `soft` itself (Bengio et al. 2013)."""
    hard = F.one_hot(soft.argmax(dim=-1), soft.shape[-1]).to(soft)
    return hard + soft - soft.detach()


class Discriminator(nn.Module):
    """Words `(N, length, letters)` to logits `(N,)`: higher means more real. Three layers, no sigmoid."""

    def __init__(self, length: int = 6, letters: int = 5, hidden: int = 128) -> None:
        super().__init__()
        check_sizes(length=length, letters=letters, hidden=hidden)
        self.shape = (length, letters)
        self.layers = nn.Sequential(
            nn.Linear(length * letters, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        check_input(self, "x", x, *self.shape)
        logits: Tensor = self.layers(x.flatten(1))
        return logits.flatten()
