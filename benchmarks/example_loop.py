"""The peer of `training_speed`: the DCGAN loop that PyTorch's tutorial made well known, written anew in its manner.

What makes it what it is: D with batch normalisation that ends in a sigmoid, `BCELoss` against labels of 1 and 0, D run
separately on reals and on fakes with a backward pass each, D's gradients computed in G's step and thrown away, one Adam
loop over the parameters, float32, contiguous tensors, and four numbers read out in every step. Images come from
memory, without the tutorial's loader processes, which makes it a little faster than the original.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

REAL, FAKE = 1.0, 0.0


def generator(z_dim: int, channels: int) -> nn.Sequential:
    """z `(N, z_dim, 1, 1)` to images `(N, 3, 64, 64)` in (-1, 1)."""
    widths = [channels * factor for factor in (8, 4, 2, 1)]
    layers: list[nn.Module] = [nn.ConvTranspose2d(z_dim, widths[0], 4, 1, 0, bias=False)]
    for wide, narrow in pairwise([*widths, 3]):
        layers += [nn.BatchNorm2d(wide), nn.ReLU(inplace=True), nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)]
    return nn.Sequential(*layers, nn.Tanh()).apply(_initialise)


def discriminator(channels: int) -> nn.Sequential:
    """Images `(N, 3, 64, 64)` to logits `(N, 1, 1, 1)`; the loop puts the sigmoid behind it."""
    widths = [channels * factor for factor in (1, 2, 4, 8)]
    layers: list[nn.Module] = [nn.Conv2d(3, channels, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    for narrow, wide in pairwise(widths):
        layers += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False)).apply(_initialise)


class ExampleLoop:
    """Trains on `images` `(M, 3, 64, 64)` float32 in [-1, 1]; every call of `step` is one step of D and one of G."""

    def __init__(self, images: Tensor, channels: int, batch_size: int, z_dim: int = 100) -> None:
        self.images, self.batch_size, self.z_dim = images, batch_size, z_dim
        self.G = generator(z_dim, channels)
        self.D = nn.Sequential(discriminator(channels), nn.Sigmoid())
        self.criterion = nn.BCELoss()
        self.opt_d = torch.optim.Adam(self.D.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self.opt_g = torch.optim.Adam(self.G.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self.rng = torch.Generator().manual_seed(0)

    def step(self) -> tuple[float, float, float, float]:
        """Returns D's loss, G's loss, the mean of D(x) and that of D(G(z)) before D's update."""
        x_real = self.images[torch.randint(len(self.images), (self.batch_size,), generator=self.rng)]
        self.D.zero_grad()
        real_scores, real_loss = self._judge(x_real, REAL)
        real_loss.backward()
        x_fake = self.G(torch.randn(self.batch_size, self.z_dim, 1, 1, generator=self.rng))
        fake_scores, fake_loss = self._judge(x_fake.detach(), FAKE)
        fake_loss.backward()
        self.opt_d.step()
        self.G.zero_grad()
        _, g_loss = self._judge(x_fake, REAL)
        g_loss.backward()
        self.opt_g.step()
        d_loss = real_loss + fake_loss
        return d_loss.item(), g_loss.item(), real_scores.mean().item(), fake_scores.mean().item()

    def _judge(self, x: Tensor, label: float) -> tuple[Tensor, Tensor]:
        scores = self.D(x).view(-1)
        return scores, self.criterion(scores, torch.full_like(scores, label))


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
