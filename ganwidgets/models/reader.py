"""A small network that reads the named factors of a picture: which glasses, which hat, which mouth.

It judges a generator in words: it counts the modes that are covered, finds what a direction in the latent space does,
and its features serve distances between sets of pictures, as Inception's do for photographs. Left out: training it
(`ganwidgets reader`) and files (see `readers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganwidgets import faces
from ganwidgets.checks import check_sizes
from ganwidgets.models.blocks import check_input
from ganwidgets.models.dcgan import stages

FEATURES = 128


class AttributeReader(nn.Module):
    """Images `(N, image_channels, resolution, resolution)` in [-1, 1] to logits `(N, values)` for every factor.

    `factors`: the names of the values, by factor; None takes those of the cartoon faces. `channels`: the width of the
    first layer; it doubles while the side halves, up to four times as wide. `features(x)` is the last hidden layer,
    `(N, 128)`, none of it negative. `ValueError` for a factor of fewer than two values and for sizes as in `dcgan`.
    """

    def __init__(
        self,
        factors: Mapping[str, Sequence[str]] | None = None,
        channels: int = 24,
        resolution: int = 64,
        image_channels: int = 3,
    ) -> None:
        super().__init__()
        chosen = faces.ATTRIBUTES if factors is None else factors
        if not isinstance(chosen, Mapping):
            raise ValueError(f"factors: expected the names of the values by factor, got {type(chosen).__name__}")
        self.factors: dict[str, tuple[str, ...]] = {name: tuple(values) for name, values in chosen.items()}
        _check(self.factors, channels, image_channels)
        self.shape = (image_channels, resolution, resolution)
        self.config = dict(
            factors={name: list(values) for name, values in self.factors.items()},
            channels=channels,
            resolution=resolution,
            image_channels=image_channels,
        )
        base, doublings = stages(resolution)
        widths = [image_channels, *(min(channels << level, 4 * channels) for level in range(doublings))]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * base * base, FEATURES), nn.ReLU())
        self.head = nn.Linear(FEATURES, sum(map(len, self.factors.values())))

    def features(self, x: Tensor) -> Tensor:
        """The picture in 128 numbers `(N, 128)`: what the answers for all factors are made of."""
        check_input(self, "x", x, *self.shape)
        numbers: Tensor = self.trunk(x)
        return numbers

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        logits = torch.split(self.head(self.features(x)), [len(v) for v in self.factors.values()], dim=1)
        return dict(zip(self.factors, logits, strict=True))


def _check(factors: Mapping[str, Sequence[str]], channels: int, image_channels: int) -> None:
    if not factors:
        raise ValueError("factors: got none; expected at least one factor with its values")
    for name, values in factors.items():
        if len(values) < 2 or len(set(values)) < len(values):
            raise ValueError(f"factors: {name!r} has values {', '.join(values)}; expected at least 2 different ones")
    check_sizes(channels=channels, image_channels=image_channels)
