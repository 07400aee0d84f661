"""DCGAN: a generator of transposed convolutions and a discriminator of strided convolutions, in pairs by resolution.

The shape of the networks follows Radford, Metz and Chintala 2016 (arXiv:1511.06434). Two things differ from the paper:
resolution, channels and z_dim are parameters, and D has no batch normalisation, because a gradient penalty needs each
logit to depend on its own image only. Left out: conditioning (see `conditional`) and styles (see `style`).
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_sizes
from ganwidgets.models.blocks import MinibatchStd, check_input, initialise


def stages(resolution: int) -> tuple[int, int]:
    """`(base, doublings)` with `resolution = base · 2^doublings` and a base of 4 to 7 pixels.

    64 gives (4, 4), 28 gives (7, 2). `ValueError` where no such pair exists.
    """
    check_sizes(resolution=resolution)
    doublings = int(math.log2(resolution / 4)) if resolution >= 4 else 0
    base = resolution >> doublings
    if resolution < 8 or base << doublings != resolution:
        raise ValueError(
            f"resolution: {resolution} is not 4, 5, 6 or 7 times a power of two; allowed are 8, 16, 28, 32, 64, 128 …"
        )
    return base, doublings


def _widths(channels: int, resolution: int) -> list[int]:
    """Channels from the coarsest feature map to the finest: 64 at resolution 64 gives 512, 256, 128, 64."""
    _, doublings = stages(resolution)
    return [channels << (doublings - 1 - level) for level in range(doublings)]


def _norm_relu(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(channels), nn.ReLU()


class Generator(nn.Module):
    """z `(N, z_dim)` float32 to images `(N, image_channels, resolution, resolution)` float32 in (-1, 1).

    The first layer turns z into a `base × base` map; every further transposed convolution (kernel 4, stride 2,
    padding 1) doubles the side and halves the channels. `channels` is the width of the last hidden map. With
    `refine` one more 3×3 convolution at full resolution writes the pixels, which removes the fine checkerboard that a
    transposed convolution leaves. `ValueError` for sizes below 1 and resolutions that cannot be doubled up to.
    """

    def __init__(
        self, z_dim: int = 100, channels: int = 64, resolution: int = 64, image_channels: int = 3, refine: bool = False
    ) -> None:
        super().__init__()
        check_sizes(z_dim=z_dim, channels=channels, image_channels=image_channels)
        self.z_dim = z_dim
        self.config: dict[str, int | bool] = dict(
            z_dim=z_dim, channels=channels, resolution=resolution, image_channels=image_channels, refine=refine
        )
        base, _ = stages(resolution)
        widths = _widths(channels, resolution)
        layers: list[nn.Module] = [nn.ConvTranspose2d(z_dim, widths[0], base, bias=False), *_norm_relu(widths[0])]
        for wide, narrow in pairwise(widths):
            layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), *_norm_relu(narrow)]
        if refine:
            half = max(channels // 2, 1)
            layers += [nn.ConvTranspose2d(channels, half, 4, 2, 1, bias=False), *_norm_relu(half)]
            layers += [nn.Conv2d(half, image_channels, 3, 1, 1), nn.Tanh()]
        else:
            layers += [nn.ConvTranspose2d(channels, image_channels, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        initialise(self, std=0.02)

    def forward(self, z: Tensor) -> Tensor:
        check_input(self, "z", z, self.z_dim)
        images: Tensor = self.layers(z[:, :, None, None])  # (N, z_dim, 1, 1) -> (N, C, H, W)
        return images


class Discriminator(nn.Module):
    """Images `(N, image_channels, resolution, resolution)` in [-1, 1] to logits `(N,)`: higher means more real.

    The mirror of `Generator`: strided convolutions (kernel 4, stride 2, padding 1) halve the side and double the
    channels, from `channels` on, down to one number. There is no sigmoid: who shows a probability applies it.

    Against mode collapse: `pack` images, neighbours in the batch, are judged together by one logit, so that logits are
    `(N / pack,)` (PacGAN, Lin et al. 2018, arXiv:1712.04086); with `minibatch_std` the last layer sees how much the
    images of a small group differ. For stability: `spectral` divides every layer's weight by its largest singular value
    (Miyato et al. 2018, arXiv:1802.05957). `ValueError` also for a batch that does not divide into packs.
    """

    def __init__(
        self,
        channels: int = 64,
        resolution: int = 64,
        image_channels: int = 3,
        pack: int = 1,
        minibatch_std: bool = False,
        spectral: bool = False,
    ) -> None:
        super().__init__()
        check_sizes(channels=channels, image_channels=image_channels, pack=pack)
        self.config: dict[str, int | bool] = dict(
            channels=channels, resolution=resolution, image_channels=image_channels, pack=pack,
            minibatch_std=minibatch_std, spectral=spectral,
        )  # fmt: skip
        base, _ = stages(resolution)
        widths = [image_channels * pack, *reversed(_widths(channels, resolution))]
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            layers += [nn.Conv2d(narrow, wide, 4, 2, 1), nn.LeakyReLU(0.2)]
        if minibatch_std:
            layers += [MinibatchStd()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1] + minibatch_std, 1, base))
        initialise(self)
        if spectral:
            for module in [m for m in self.layers if isinstance(m, nn.Conv2d)]:
                nn.utils.parametrizations.spectral_norm(module)

    @torch.no_grad()
    def shift(self, by: float) -> None:
        """Add `by` to every logit that D will ever give."""
        last = self.layers[-1]
        assert isinstance(last, nn.Conv2d) and last.bias is not None
        last.bias.add_(by)

    def forward(self, x: Tensor) -> Tensor:
        size, side = self.config["image_channels"], self.config["resolution"]
        check_input(self, "x", x, size, side, side)
        if len(x) % (pack := self.config["pack"]):
            raise ValueError(f"x: {len(x)} images do not divide into packs of {pack}")
        logits: Tensor = self.layers(x.reshape(-1, pack * size, side, side) if pack > 1 else x)
        return logits.flatten()  # (N / pack, 1, 1, 1) -> (N / pack,)
