"""A variational autoencoder: an encoder, and a decoder shaped like DCGAN's generator, trained together on one bound.

Kingma and Welling 2014 (arXiv:1312.6114); the weight β of the second term is that of Higgins et al. 2017. There
is no discriminator here: see `solo` for the trainer of such models.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_number, check_sizes
from ganwidgets.models import dcgan
from ganwidgets.models.blocks import check_input

# Beyond this the exponential of a log-variance overflows in half precision; no posterior needs it.
LOG_VARIANCE_LIMIT = 10.0
GROUPS = 8


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, diag e^log_variance) ‖ N(0, I)) in nats, `(N,)` for `(N, z_dim)`: appendix B of the paper."""
    if mean.ndim != 2 or mean.shape != log_variance.shape:
        shapes = f"{tuple(mean.shape)} and {tuple(log_variance.shape)}"
        raise ValueError(f"mean, log_variance: expected two of one shape (N, z_dim), got {shapes}")
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)


def gaussian_nll(x: Tensor, mean: Tensor, sigma: float) -> Tensor:
    """−log N(x; mean, σ²I) in nats, summed over all but the first axis: `(N, ...)` to `(N,)`."""
    check_number("sigma", sigma, above=0)
    if x.shape != mean.shape or not len(x):
        raise ValueError(f"x, mean: expected two of one shape (N, ...), got {tuple(x.shape)} and {tuple(mean.shape)}")
    squared = ((x - mean) / sigma).square().flatten(1).sum(dim=1)
    return 0.5 * squared + x[0].numel() * (math.log(sigma) + 0.5 * math.log(2 * math.pi))


def _widths(channels: int, resolution: int) -> list[int]:
    """Channels from the finest feature map, half the picture's side, to the coarsest; four times the first at most."""
    _, doublings = dcgan.stages(resolution)
    return [channels * min(2**level, 4) for level in range(doublings)]


class Encoder(nn.Module):
    """Images `(N, image_channels, resolution, resolution)` to `(N, 2 · z_dim)`: convolutions, then one layer."""

    def __init__(self, z_dim: int, channels: int, resolution: int, image_channels: int) -> None:
        super().__init__()
        base, _ = dcgan.stages(resolution)
        widths = [image_channels, *_widths(channels, resolution)]
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(widths):
            layers += [nn.Conv2d(narrow, wide, 4, 2, 1), nn.GroupNorm(GROUPS, wide), nn.SiLU()]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * base * base, 2 * z_dim))

    def forward(self, x: Tensor) -> Tensor:
        numbers: Tensor = self.layers(x)
        return numbers


class Decoder(nn.Module):
    """z `(N, z_dim)` to images `(N, image_channels, resolution, resolution)` in (-1, 1): the encoder's mirror.

    The layers are those of `dcgan.Generator` with another normalisation: batch statistics would be those of codes of
    real images while training, and others when z comes from the prior.
    """

    def __init__(self, z_dim: int, channels: int, resolution: int, image_channels: int) -> None:
        super().__init__()
        base, _ = dcgan.stages(resolution)
        widths = _widths(channels, resolution)[::-1]
        layers: list[nn.Module] = [nn.ConvTranspose2d(z_dim, widths[0], base)]
        for wide, narrow in pairwise(widths):
            layers += [nn.GroupNorm(GROUPS, wide), nn.SiLU(), nn.ConvTranspose2d(wide, narrow, 4, 2, 1)]
        layers += [nn.GroupNorm(GROUPS, channels), nn.SiLU(), nn.ConvTranspose2d(channels, image_channels, 4, 2, 1)]
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        images: Tensor = self.layers(z[:, :, None, None])  # (N, z_dim, 1, 1) -> (N, C, H, W)
        return images


class Generator(nn.Module):
    """The whole autoencoder; as a function it is the decoder: z `(N, z_dim)` to images in (-1, 1).

    Images are `(N, image_channels, resolution, resolution)`. The posterior q(z|x) is a Gaussian with a diagonal
    covariance, the prior p(z) a standard normal, and the pixel likelihood p(x|z) a Gaussian around the decoded image
    with the fixed standard deviation `sigma` (in the units of [-1, 1]) in every channel of every pixel. `beta` weighs
    the KL term. A smaller `sigma` buys sharper reconstructions with codes that the prior hits less often. `channels`
    and `encoder_channels` are the widths of the decoder's last and the encoder's first map, multiples of 8.
    `ValueError` for other widths, a `z_dim` below 1, impossible resolutions, `sigma` of 0 or less, a negative `beta`.
    """

    def __init__(
        self,
        z_dim: int = 64,
        channels: int = 64,
        resolution: int = 64,
        image_channels: int = 3,
        encoder_channels: int = 32,
        sigma: float = 0.5,
        beta: float = 1.0,
    ) -> None:
        super().__init__()
        _check(z_dim, channels, encoder_channels, image_channels, sigma, beta)
        self.decoder = Decoder(z_dim, channels, resolution, image_channels)
        self.encoder = Encoder(z_dim, encoder_channels, resolution, image_channels)
        self.z_dim, self.sigma, self.beta = z_dim, sigma, beta
        self.shape = (image_channels, resolution, resolution)
        self.config: dict[str, int | float] = dict(
            z_dim=z_dim, channels=channels, resolution=resolution, image_channels=image_channels,
            encoder_channels=encoder_channels, sigma=sigma, beta=beta,
        )  # fmt: skip

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and the log-variance of q(z|x), each `(N, z_dim)` float32, for images in [-1, 1]."""
        check_input(self, "x", x, *self.shape)
        mean, log_variance = self.encoder(x).float().chunk(2, dim=1)
        return mean, log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)

    def decode(self, z: Tensor) -> Tensor:
        """The mean image of p(x|z), in (-1, 1), for z `(N, z_dim)`."""
        check_input(self, "z", z, self.z_dim)
        images: Tensor = self.decoder(z)
        return images

    def forward(self, z: Tensor) -> Tensor:
        return self.decode(z)

    def reconstruct(self, x: Tensor) -> Tensor:
        """What is left of images `(N, C, H, W)` after encoding to the posterior's mean and decoding."""
        return self.decode(self.encode(x)[0])

    def terms(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """−E_q log p(x|z), estimated with one z an image, and KL(q(z|x) ‖ p(z)): `(N,)` each, in nats."""
        mean, log_variance = self.encode(x)
        noise = torch.randn(mean.shape, generator=rng).to(mean.device)
        decoded = self.decode(mean + (0.5 * log_variance).exp() * noise).float()
        return gaussian_nll(x, decoded, self.sigma), kl_to_standard_normal(mean, log_variance)

    def loss(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """The negative evidence lower bound (eq. 10), its KL term times β: nats an image, mean over the batch.

        With β = 1 it bounds −log p(x), a density over pixel values in [-1, 1]; it may well be negative.
        """
        nll, kl = self.terms(x, rng)
        return (nll + self.beta * kl).mean()


def _check(z_dim: int, channels: int, encoder_channels: int, image_channels: int, sigma: float, beta: float) -> None:
    widths = {"channels": channels, "encoder_channels": encoder_channels}
    check_sizes(z_dim=z_dim, image_channels=image_channels, **widths)
    for name, size in widths.items():
        if size % GROUPS:
            raise ValueError(f"{name}: expected a multiple of {GROUPS}, got {size}")
    check_number("sigma", sigma, above=0)
    check_number("beta", beta, 0)
