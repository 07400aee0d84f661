"""A style-based generator: z is mapped to w, and w sets the style of every layer, from coarse shapes to fine colours.

It follows StyleGAN2 (Karras et al. 2020, arXiv:1912.04958) at the size of a laptop: a mapping network, a learned
constant as the first map, convolutions that are modulated by the style and demodulated, noise at every layer, one
layer that writes the pixels; style mixing and truncation as in StyleGAN (Karras et al. 2019, arXiv:1812.04948). Left
out: path length regularisation, and a discriminator of its own.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwidgets.checks import check_number, check_sizes
from ganwidgets.models import dcgan
from ganwidgets.models.blocks import check_input

# How fast the running mean of w follows.
_W_MEAN_RATE = 0.005


class EqualLinear(nn.Module):
    """`(N, inputs)` to `(N, outputs)`; the weights are stored at unit variance and scaled when used.

    Adam moves every number equally fast, so a weight stored large learns slowly: `lr_multiplier` below 1 stores the
    weights that much larger (equalised learning rate, Karras et al. 2018, arXiv:1710.10196, section 4.1).
    """

    def __init__(self, inputs: int, outputs: int, lr_multiplier: float = 1.0, bias: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / lr_multiplier)
        self.bias = nn.Parameter(torch.full((outputs,), bias / lr_multiplier))
        self.lr_multiplier = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:
        gain = self.lr_multiplier / math.sqrt(self.weight.shape[1])
        return F.linear(x, self.weight * gain, self.bias * self.lr_multiplier)


def demodulation(weight: Tensor, style: Tensor) -> Tensor:
    """What brings the output of a modulated convolution back to unit variance: `(N, outputs)`, all positive.

    `1 / √Σ (s_i w_oik)²` over inputs i and places k of the kernel (Karras et al. 2020, equation 3), for inputs that are
    independent and of unit variance. `weight`: `(outputs, inputs, k, k)`; `style`: `(N, inputs)`.
    """
    if weight.ndim != 4 or style.ndim != 2 or style.shape[1] != weight.shape[1]:
        shapes = f"{tuple(weight.shape)} and {tuple(style.shape)}"
        raise ValueError(f"weight, style: expected (outputs, inputs, k, k) and (N, inputs), got {shapes}")
    energy = weight.square().sum((2, 3))  # (outputs, inputs, k, k) -> (outputs, inputs)
    return (F.linear(style.square(), energy) + 1e-8).rsqrt()


def modulated_conv(x: Tensor, weight: Tensor, style: Tensor, demodulate: bool = True) -> Tensor:
    """A convolution whose weights are scaled by each image's own style: `(N, inputs, H, W)` to `(N, outputs, H, W)`.

    `weight`: `(outputs, inputs, k, k)`, k odd; `style`: `(N, inputs)`. Instead of making N sets of weights, it scales
    the maps that go in and, with `demodulate`, those that come out: the same sums, and one plain convolution.
    """
    if weight.ndim != 4 or not weight.shape[-1] % 2 or weight.shape[1] != x.shape[1] or x.shape[:2] != style.shape:
        shapes = f"{tuple(x.shape)}, {tuple(weight.shape)} and {tuple(style.shape)}"
        expected = "(N, inputs, H, W), (outputs, inputs, k, k) with an odd k, and (N, inputs)"
        raise ValueError(f"x, weight, style: expected {expected}, got {shapes}")
    y = F.conv2d(x * _over_maps(style, x), weight, padding=weight.shape[-1] // 2)
    return y * _over_maps(demodulation(weight, style), y) if demodulate else y


def upsampling_weight(weight: Tensor) -> Tensor:
    """3×3 weights `(outputs, inputs, 3, 3)` as 4×4 ones `(inputs, outputs, 4, 4)` of a transposed convolution.

    With stride 2 and padding 1 that gives what doubling every pixel and a convolution with `weight` would give, in less
    than half of the multiplications: a doubled pixel meets the sum of the weights that fall on its copies.
    """
    if weight.ndim != 4 or weight.shape[2:] != (3, 3):
        raise ValueError(f"weight: expected shape (outputs, inputs, 3, 3), got {tuple(weight.shape)}")
    flipped = weight.flip(2, 3)
    wide = F.pad(flipped, (0, 1)) + F.pad(flipped, (1, 0))
    return (F.pad(wide, (0, 0, 0, 1)) + F.pad(wide, (0, 0, 1, 0))).transpose(0, 1)


class StyledConv(nn.Module):
    """One layer of the synthesis: twice the side if `up`, modulated 3×3 convolution, bias, noise, leaky ReLU.

    x `(N, inputs, H, W)` and w `(N, w_dim)` to `(N, outputs, side, side)`. `noise`, a buffer, is what the layer adds,
    times the learned `strength`, when no other noise is given.
    """

    noise: Tensor

    def __init__(self, inputs: int, outputs: int, w_dim: int, side: int, up: bool) -> None:
        super().__init__()
        self.side, self.up = side, up
        self.affine = EqualLinear(w_dim, inputs, bias=1.0)
        # Demodulation divides by the weights' size, so they need no gain of their own.
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise", torch.randn(1, 1, side, side))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        style = self.affine(w)
        x = x * _over_maps(style, x)
        if self.up:
            y = F.conv_transpose2d(x, upsampling_weight(self.weight), stride=2, padding=1)
        else:
            y = F.conv2d(x, self.weight, padding=1)
        # √2 makes up for what the leaky ReLU takes away. As few passes over the maps as can be: on a CPU they take as
        # long as the convolutions.
        scale = demodulation(self.weight, style) * math.sqrt(2)
        y = torch.addcmul(_over_maps(self.bias[None], y), y, _over_maps(scale, y))
        if noise is not None:
            y = y + (self.strength * noise).to(y.dtype)
        return F.leaky_relu(y, 0.2)


class ToPixels(nn.Module):
    """x `(N, inputs, H, W)` and w `(N, w_dim)` to `(N, image_channels, H, W)`: a modulated 1×1 convolution."""

    def __init__(self, inputs: int, image_channels: int, w_dim: int) -> None:
        super().__init__()
        self.affine = EqualLinear(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(image_channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(image_channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = self.affine(w) / math.sqrt(x.shape[1])
        y = modulated_conv(x, self.weight, style, demodulate=False)
        return y + self.bias.to(y.dtype)[:, None, None]


class Generator(nn.Module):
    """z `(N, z_dim)` float32 to images `(N, image_channels, resolution, resolution)` in (-1, 1), by way of styles.

    `map` turns z into w `(N, w_dim)`, `synthesise` turns w into images; `layers` styles go in, one a layer, and
    `sides[i]` is the side in pixels at which layer i works. `channels` is the width at full resolution; it doubles
    while the side halves, up to `widest`. The mapping network has `mapping_layers` layers that learn a tenth as fast
    as the rest. In training mode, a share `mixing` of the images takes the styles of two z, and noise is new for every
    image; both are drawn from a seed made of the bits of z, so that an equal batch gives equal images and a training
    can be repeated. In eval mode noise is that of the layers' buffers. `ValueError` for sizes below 1, for `mixing`
    outside 0 to 1, for resolutions as in `dcgan`.
    """

    w_mean: Tensor

    def __init__(
        self,
        z_dim: int = 64,
        w_dim: int = 64,
        channels: int = 24,
        widest: int = 192,
        resolution: int = 64,
        image_channels: int = 3,
        mapping_layers: int = 3,
        mixing: float = 0.9,
    ) -> None:
        super().__init__()
        self.config: dict[str, int | float] = dict(
            z_dim=z_dim, w_dim=w_dim, channels=channels, widest=widest, resolution=resolution,
            image_channels=image_channels, mapping_layers=mapping_layers, mixing=mixing,
        )  # fmt: skip
        check_sizes(**{name: value for name, value in self.config.items() if name != "mixing"})
        check_number("mixing", mixing, 0, 1)
        self.z_dim, self.w_dim, self.mixing = z_dim, w_dim, mixing
        base, doublings = dcgan.stages(resolution)
        widths = [min(channels << (doublings - level), widest) for level in range(doublings + 1)]
        inputs = [z_dim] + [w_dim] * (mapping_layers - 1)
        dense = [layer for size in inputs for layer in (EqualLinear(size, w_dim, 0.1), nn.LeakyReLU(0.2))]
        self.mapping = nn.Sequential(*dense)
        self.constant = nn.Parameter(torch.randn(1, widths[0], base, base))
        convs = _synthesis(widths, w_dim, base)
        self.convs = nn.ModuleList(convs)
        self.to_pixels = ToPixels(widths[-1], image_channels, w_dim)
        self.sides: tuple[int, ...] = (*(conv.side for conv in convs), resolution)
        self.layers = len(self.sides)
        self.register_buffer("w_mean", torch.zeros(w_dim))

    def map(self, z: Tensor, psi: float = 1.0) -> Tensor:
        """The w `(N, w_dim)` of z `(N, z_dim)`, pulled towards the mean of all w where `psi` is below 1.

        `psi` = 0 gives the mean itself, negative ones its other side. Only the direction of z counts: its length is
        normalised away. In training mode the running mean takes note of these w.
        """
        check_input(self, "z", z, self.z_dim)
        check_number("psi", psi)
        w: Tensor = self.mapping(z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()).float()
        w = w * math.sqrt(2)
        if self.training:
            with torch.no_grad():
                self.w_mean.lerp_(w.mean(0), _W_MEAN_RATE)
        return w if psi == 1 else self.w_mean + psi * (w - self.w_mean)

    def mix(self, w: Tensor, other: Tensor, layers: Collection[int]) -> Tensor:
        """Styles `(N, layers, w_dim)`: those of `other` in the numbered layers, those of `w` in the rest.

        `w`, `other`: `(N, w_dim)` or `(N, layers, w_dim)`. `ValueError` for a layer that is not there, and for as many
        of one as there are not of the other.
        """
        if len(w) != len(other):
            raise ValueError(f"w, other: expected as many of each, got {len(w)} and {len(other)}")
        strange = sorted(set(layers) - set(range(self.layers)))
        if strange:
            raise ValueError(f"layers: there is no layer {strange[0]}; there are 0 to {self.layers - 1}")
        chosen = torch.tensor([layer in layers for layer in range(self.layers)], device=w.device)
        return torch.where(chosen[:, None], self._styles(other), self._styles(w))

    def synthesise(self, w: Tensor, noise: torch.Generator | bool = True) -> Tensor:
        """Images of w `(N, w_dim)`, the same in every layer, or `(N, layers, w_dim)`, one for each.

        `noise`: True adds the noise of the layers' buffers, so equal w give equal images; False adds none; a
        generator on the CPU draws new noise for every image.
        """
        if not isinstance(noise, bool | torch.Generator):
            raise ValueError(f"noise: got {noise!r}; allowed is True, False or a torch.Generator")
        styles = self._styles(w)
        n = styles.shape[0]  # not `len`, which an export would take for a constant
        x = self.constant.expand(n, -1, -1, -1)
        for conv, style in zip(self.convs, styles.unbind(1), strict=False):
            assert isinstance(conv, StyledConv)
            x = conv(x, style, _noise(conv, noise, n))
        return torch.tanh(self.to_pixels(x, styles[:, -1]))

    def forward(self, z: Tensor, psi: float = 1.0) -> Tensor:
        w = self.map(z, psi)
        if not self.training:
            return self.synthesise(w)
        rng = torch.Generator().manual_seed(int(z.detach().float().view(torch.int32).sum().abs()))
        return self.synthesise(self._crossed(w, rng), rng)

    def _styles(self, w: Tensor) -> Tensor:
        if w.ndim == 2 and w.shape[1] == self.w_dim:
            return w[:, None].expand(-1, self.layers, -1)  # (N, w_dim) -> (N, layers, w_dim)
        if w.ndim != 3 or w.shape[1:] != (self.layers, self.w_dim):
            allowed = f"(N, {self.w_dim}) or (N, {self.layers}, {self.w_dim})"
            raise ValueError(f"w: expected shape {allowed}, got {tuple(w.shape)}")
        return w

    def _crossed(self, w: Tensor, rng: torch.Generator) -> Tensor:
        """Mixing regularisation: from a random layer on, a share of the images takes its neighbour's style."""
        crossover = torch.randint(1, self.layers, (len(w), 1), generator=rng)
        crossover[torch.rand(len(w), 1, generator=rng) >= self.mixing] = self.layers
        own = (torch.arange(self.layers) < crossover).to(w.device)  # (N, layers)
        return torch.where(own[:, :, None], w[:, None], w.roll(1, 0)[:, None])


class Discriminator(dcgan.Discriminator):
    """Images to logits `(N,)`, as `dcgan.Discriminator`: styles are the generator's affair."""


def _synthesis(widths: list[int], w_dim: int, base: int) -> list[StyledConv]:
    """One layer at the coarsest side, then two at every further one."""
    convs = [StyledConv(widths[0], widths[0], w_dim, base, up=False)]
    for level, (before, after) in enumerate(pairwise(widths), start=1):
        convs.append(StyledConv(before, after, w_dim, base << level, up=True))
        convs.append(StyledConv(after, after, w_dim, base << level, up=False))
    return convs


def _over_maps(factors: Tensor, x: Tensor) -> Tensor:
    """Factors `(N, C)` ready to be multiplied with maps `(N, C, H, W)`, in the maps' precision."""
    return factors.to(x.dtype)[:, :, None, None]


def _noise(conv: StyledConv, noise: torch.Generator | bool, n: int) -> Tensor | None:
    if isinstance(noise, torch.Generator):
        return torch.randn(n, 1, conv.side, conv.side, generator=noise).to(conv.noise.device)
    return conv.noise if noise else None
