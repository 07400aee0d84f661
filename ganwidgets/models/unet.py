"""A small U-Net that is told a number: the network inside `diffusion`.

Ronneberger et al. 2015 (arXiv:1505.04597), with residual blocks, group normalisation that the time scales and shifts,
and self-attention in the middle, as in Ho et al. 2020 (arXiv:2006.11239) and Dhariwal and Nichol 2021
(arXiv:2105.05233). To be quick on a CPU it works on patches: the picture's `patch × patch` squares become channels
(space to depth) before the first convolution, and channels become pixels again after the last.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganwidgets.checks import check_sizes

GROUPS = 8
FREQUENCIES = 32


class TimeEmbedding(nn.Module):
    """Times `(N,)` in [0, 1] to `(N, width)`: sines and cosines of 1 to about 1,000 half-turns, then two layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())

    def forward(self, t: Tensor) -> Tensor:
        frequencies = math.pi * torch.logspace(0, 3, FREQUENCIES, device=t.device)
        angles = t[:, None] * frequencies
        embedded: Tensor = self.layers(torch.cat([angles.sin(), angles.cos()], dim=1))
        return embedded


class Block(nn.Module):
    """Two 3×3 convolutions beside a shortcut: `(N, inputs, H, W)` to `(N, outputs, H, W)`, told `(N, time_width)`."""

    def __init__(self, inputs: int, outputs: int, time_width: int) -> None:
        super().__init__()
        self.norm_in, self.conv_in = nn.GroupNorm(GROUPS, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm_out, self.conv_out = nn.GroupNorm(GROUPS, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.time = nn.Linear(time_width, 2 * outputs)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)
        # A block starts as its shortcut, so that depth does not hurt at first.
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        scale, shift = self.time(time)[:, :, None, None].chunk(2, dim=1)
        hidden = self.norm_out(self.conv_in(F.silu(self.norm_in(x))))
        hidden = self.conv_out(F.silu(hidden * (1 + scale) + shift))
        total: Tensor = self.shortcut(x) + hidden
        return total


class Attention(nn.Module):
    """Every place of a map looks at every other: `(N, width, H, W)` to the same, with heads of 32 channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = max(width // 32, 1)
        self.norm, self.qkv, self.out = (
            nn.GroupNorm(GROUPS, width),
            nn.Conv2d(width, 3 * width, 1),
            nn.Conv2d(width, width, 1),
        )
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        n, width, height, side = x.shape
        parts = self.qkv(self.norm(x)).view(n, 3, self.heads, width // self.heads, height * side).transpose(3, 4)
        seen = F.scaled_dot_product_attention(*parts.unbind(1))  # (N, heads, places, width / heads)
        total: Tensor = x + self.out(seen.transpose(2, 3).reshape(n, width, height, side))
        return total


class UNet(nn.Module):
    """Images `(N, image_channels, resolution, resolution)` and times `(N,)` in [0, 1] to images of the same shape.

    `patch`: the side of the squares that become channels; `channels`: the width at `resolution / patch`, twice that at
    half that side; `blocks`: residual blocks at each of the two sides, down and up. `ValueError` for sizes below 1, for
    a resolution that `2 · patch` does not divide, and for channels that are no multiple of 16.
    """

    def __init__(self, resolution: int, image_channels: int, channels: int, blocks: int, patch: int) -> None:
        super().__init__()
        _check(resolution, image_channels, channels, blocks, patch)
        self.patch = patch
        wide, time_width, pixels = 2 * channels, 2 * channels, image_channels * patch * patch
        self.time = TimeEmbedding(time_width)
        self.enter = nn.Conv2d(pixels, channels, 3, padding=1)
        self.fine_down = nn.ModuleList(Block(channels, channels, time_width) for _ in range(blocks))
        self.shrink = nn.Conv2d(channels, wide, 3, stride=2, padding=1)
        self.coarse_down = nn.ModuleList(Block(wide, wide, time_width) for _ in range(blocks))
        self.attention = Attention(wide)
        self.coarse_up = nn.ModuleList(Block(wide, wide, time_width) for _ in range(blocks))
        self.grow = nn.Conv2d(wide, channels, 1)
        self.fine_up = nn.ModuleList(
            Block(2 * channels if first else channels, channels, time_width)
            for first in [True] + [False] * (blocks - 1)
        )
        self.norm, self.leave = nn.GroupNorm(GROUPS, channels), nn.Conv2d(channels, pixels, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        time = self.time(t)
        fine = self.enter(F.pixel_unshuffle(x, self.patch))
        for block in self.fine_down:
            fine = block(fine, time)
        coarse = self.shrink(fine)
        for block in self.coarse_down:
            coarse = block(coarse, time)
        coarse = self.attention(coarse)
        for block in self.coarse_up:
            coarse = block(coarse, time)
        # A 1×1 convolution before doubling the side is the same as after, at a quarter of the work.
        fine = torch.cat([fine, F.interpolate(self.grow(coarse), scale_factor=2.0)], dim=1)
        for block in self.fine_up:
            fine = block(fine, time)
        return F.pixel_shuffle(self.leave(F.silu(self.norm(fine))), self.patch)


def _check(resolution: int, image_channels: int, channels: int, blocks: int, patch: int) -> None:
    check_sizes(resolution=resolution, image_channels=image_channels, channels=channels, blocks=blocks, patch=patch)
    if resolution % (2 * patch):
        raise ValueError(f"resolution: {resolution} is not a multiple of 2 · patch = {2 * patch}")
    if channels % 16:
        raise ValueError(f"channels: expected a multiple of 16, got {channels}")
