"""A GAN of short clips: one z for who is seen, one for what they do, and a discriminator that watches the whole clip.

Content and motion are split as in MoCoGAN (Tulyakov et al. 2018, arXiv:1707.04993): the content code is the same for
all frames, and a small network turns the motion code into a path of codes, one a frame. As VGAN (Vondrick et al. 2016,
arXiv:1609.02612) lays a moving foreground over a still background, so a frame here is one picture of the person, moved
by a field of shifts, with new pixels laid over it where a mask says so. The picture is drawn once for all frames, which
keeps the person the same and makes training quick enough for a CPU. Left out: clips longer than the trained ones.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwidgets.checks import check_sizes
from ganwidgets.models import dcgan
from ganwidgets.models.blocks import IMAGE_LAYERS, check_input, initialise

LAYERS = (*IMAGE_LAYERS, nn.Linear, nn.ConvTranspose1d)

REACH = 0.25
"""The farthest that a pixel can be moved, in units of half the picture's side."""

_COVERED_AT_FIRST = -1.0


class MotionPath(nn.Module):
    """z_motion `(N, z_motion)` to a smooth path of codes, one a frame: `(N, frames, width)`."""

    def __init__(self, z_motion: int, width: int, frames: int) -> None:
        super().__init__()
        self.width = width
        self.start = nn.Linear(z_motion, width * frames // 4)
        self.layers = nn.Sequential(
            nn.LeakyReLU(0.2),
            nn.ConvTranspose1d(width, width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose1d(width, width, 4, 2, 1),
        )
        initialise(self, kinds=LAYERS)

    def forward(self, z: Tensor) -> Tensor:
        path: Tensor = self.layers(self.start(z).view(len(z), self.width, -1))
        return path.transpose(1, 2)  # (N, width, T) -> (N, T, width)


class Change(nn.Module):
    """What to do to the person's picture in each frame: shifts, a mask, and new pixels, all in (-1, 1).

    The person's maps `(N, inputs, h, w)`, scaled and shifted by each frame's code `(N, T, width)`, grow to
    `(N·T, 4h, 4w, 2 + 1 + image_channels)`.
    """

    def __init__(self, inputs: int, width: int, hidden: int, image_channels: int) -> None:
        super().__init__()
        self.adapt = nn.Conv2d(inputs, width, 1)
        self.modulation = nn.Linear(width, 2 * width)
        self.layers = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), *_up(width, hidden))
        self.shifts = nn.Conv2d(hidden, 2, 3, 1, 1)
        self.cover = nn.ConvTranspose2d(hidden, 1 + image_channels, 4, 2, 1)
        initialise(self.adapt, kinds=LAYERS)
        initialise(self.modulation, kinds=LAYERS)
        for new in (self.layers, self.shifts, self.cover):
            initialise(new, 0.02, kinds=LAYERS)
        nn.init.constant_(self.cover.bias[:1], _COVERED_AT_FIRST)  # type: ignore[index]

    def forward(self, maps: Tensor, codes: Tensor) -> Tensor:
        scale, shift = self.modulation(codes)[..., None, None].chunk(2, dim=2)  # (N, T, width, 1, 1)
        moving = (self.adapt(maps)[:, None] * scale + shift).flatten(0, 1)
        grown = self.layers(moving.contiguous(memory_format=torch.channels_last))
        # Neighbours move alike: shifts at half the resolution keep edges whole.
        shifts = F.interpolate(self.shifts(grown), scale_factor=2.0, mode="bilinear", align_corners=False)
        return torch.tanh(torch.cat([shifts, self.cover(grown)], dim=1)).permute(0, 2, 3, 1).float()


class Generator(nn.Module):
    """z `(N, z_dim)` float32 to clips `(N, image_channels, frames, resolution, resolution)` float32 in (-1, 1).

    The first `z_content` numbers of z say who is seen, the last `z_motion` what they do; `z_dim` is their sum. The
    person's picture never sees the motion code, so the first half is strict; what is done may depend on the person too.
    `channels` is the width of the person's maps at half the resolution, as in `dcgan.Generator`, `motion` that of the
    motion's codes. `ValueError` for sizes below 1, for frames that 4 does not divide, and for resolutions that cannot
    be halved twice down to 4 to 7 pixels.
    """

    grid: Tensor

    def __init__(
        self, z_content: int = 64, z_motion: int = 16, channels: int = 64, frames: int = 16, resolution: int = 32,
        image_channels: int = 3, motion: int = 48,
    ) -> None:  # fmt: skip
        super().__init__()
        self.config: dict[str, int] = dict(
            z_content=z_content, z_motion=z_motion, channels=channels, frames=frames, resolution=resolution,
            image_channels=image_channels, motion=motion,
        )  # fmt: skip
        base, widths = _plan(self.config)
        self.z_content, self.z_motion, self.z_dim = z_content, z_motion, z_content + z_motion
        half = max(channels // 2, 1)
        first = nn.ConvTranspose2d(z_content, widths[0], base, bias=False)
        coarse = [layer for wide, narrow in pairwise(widths[:-1]) for layer in _up(wide, narrow)]
        self.person = nn.Sequential(first, nn.BatchNorm2d(widths[0]), nn.ReLU(), *coarse)
        pixels = nn.Conv2d(half, image_channels, 3, 1, 1)
        self.picture = nn.Sequential(*_up(widths[-2], channels), *_up(channels, half), pixels, nn.Tanh())
        initialise(self.person, 0.02, kinds=LAYERS)
        initialise(self.picture, 0.02, kinds=LAYERS)
        self.path = MotionPath(z_motion, motion, frames)
        self.change = Change(widths[-2], motion, half, image_channels)
        middles = (torch.arange(resolution) + 0.5) * 2 / resolution - 1
        where = torch.stack(torch.meshgrid(middles, middles, indexing="xy"), dim=-1)
        self.register_buffer("grid", where, persistent=False)  # (H, W, 2): x, y of each pixel
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, z: Tensor) -> Tensor:
        check_input(self, "z", z, self.z_dim)
        if not len(z):
            raise ValueError("z: expected at least one, got none")
        content, motion = z.split((self.z_content, self.z_motion), dim=1)
        maps, codes = self.person(content[:, :, None, None]), self.path(motion)
        change = self.change(maps, codes)  # (N·T, H, W, 3 + C)
        picture = self.picture(maps).float().repeat_interleave(codes.shape[1], 0)
        moved = F.grid_sample(picture, self.grid + REACH * change[..., :2], padding_mode="border", align_corners=False)
        frames = torch.lerp(moved.permute(0, 2, 3, 1), change[..., 3:], 0.5 + 0.5 * change[..., 2:3])
        return frames.unflatten(0, (len(z), -1)).permute(0, 4, 1, 2, 3)  # (N, T, H, W, C) -> (N, C, T, H, W)


class Discriminator(nn.Module):
    """Clips `(N, image_channels, frames, resolution, resolution)` in [-1, 1] to logits `(N,)`: higher means more real.

    All frames go in at once, one behind the other as the channels of one image, so the first layer can already compare
    them; from there on it is DCGAN's discriminator. A 3-D convolution, which sees a few frames at a time, took half as
    long again for a step, twice as long for a penalty, and learnt no faster in three minutes on one core.
    """

    def __init__(self, channels: int = 64, frames: int = 16, resolution: int = 32, image_channels: int = 3) -> None:
        super().__init__()
        self.config: dict[str, int] = dict(
            channels=channels, frames=frames, resolution=resolution, image_channels=image_channels
        )
        _plan(self.config)
        self.images = dcgan.Discriminator(channels, resolution, image_channels * frames)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def shift(self, by: float) -> None:
        """Add `by` to every logit that D will ever give."""
        self.images.shift(by)

    def forward(self, x: Tensor) -> Tensor:
        size = self.config
        check_input(self, "x", x, size["image_channels"], size["frames"], size["resolution"], size["resolution"])
        stacked = x.flatten(1, 2).contiguous(memory_format=torch.channels_last)  # (N, C, T, H, W) -> (N, C·T, H, W)
        logits: Tensor = self.images(stacked)
        return logits


def _up(wide: int, narrow: int) -> list[nn.Module]:
    """From `wide` maps to `narrow` ones of twice the side."""
    return [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]


def _plan(sizes: dict[str, int]) -> tuple[int, list[int]]:
    """The side of the coarsest map, and the channels from there to half the resolution."""
    check_sizes(**sizes)
    if sizes["frames"] % 4:
        raise ValueError(f"frames: expected a multiple of 4, got {sizes['frames']}")
    base, doublings = dcgan.stages(sizes["resolution"])
    if doublings < 2:
        raise ValueError(f"resolution: expected 16 or more, got {sizes['resolution']}")
    return base, [sizes["channels"] << (doublings - 1 - level) for level in range(doublings)]
