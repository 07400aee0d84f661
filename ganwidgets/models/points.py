"""A VAE and a diffusion model of points in the plane, small enough to be trained while you wait.

They share their formulas with `models.vae` and `models.diffusion`, which make pictures, and are trained by a
`SoloTrainer`. Unlike there, the diffusion model guesses v = √ᾱ ε − √(1 − ᾱ) x_0, a mixture of noise and data (Salimans
and Ho 2022, arXiv:2202.00512, section 4), from which the guess of x_0 follows. Left out: conditions.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_number, check_sizes, check_whole
from ganwidgets.models import diffusion, mlp
from ganwidgets.models.blocks import check_input
from ganwidgets.models.vae import gaussian_nll, kl_to_standard_normal

TIMESTEPS = 1000
FREQUENCIES = 6


class VAE(nn.Module):
    """As a function the decoder: z `(N, z_dim)` to points `(N, 2)`, the means of p(x|z).

    `sigma`: the fixed standard deviation of p(x|z) in both directions, in the data's unit. `hidden`, `layers`: the size
    of the encoder, and of the decoder. `ValueError` for sizes below 1 and `sigma` of 0 or less.
    """

    def __init__(self, z_dim: int = 2, hidden: int = 96, layers: int = 3, sigma: float = 0.1) -> None:
        super().__init__()
        check_number("sigma", sigma, above=0)
        self.decoder = mlp.Generator(z_dim, hidden, layers, activation="silu")
        self.encoder = mlp.Generator(2, hidden, layers, out=2 * z_dim, activation="silu")
        self.z_dim, self.sigma = z_dim, sigma

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and the log-variance of q(z|x), each `(N, z_dim)`, for points `(N, 2)`."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance

    def forward(self, z: Tensor) -> Tensor:
        points: Tensor = self.decoder(z)
        return points

    def loss(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """The negative evidence lower bound of points `(N, 2)`, in nats: the mean over the batch."""
        mean, log_variance = self.encode(x)
        z = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=rng).to(mean)
        return (gaussian_nll(x, self.decoder(z), self.sigma) + kl_to_standard_normal(mean, log_variance)).mean()


class Diffusion(nn.Module):
    """As a function the deterministic sampler: noise `(N, 2)` to points `(N, 2)`, by `sampling_steps` steps of DDIM.

    The data should be about as wide as the noise: a standard deviation of 1 or so. `hidden`, `layers`: the size of the
    network, which is told x_t and t. `ValueError` for sizes below 1 and for steps that are not 1 to 1,000.
    """

    alpha_bar: Tensor

    def __init__(self, hidden: int = 96, layers: int = 3, sampling_steps: int = 50) -> None:
        super().__init__()
        check_sizes(hidden=hidden, layers=layers)
        check_whole("sampling_steps", sampling_steps, 1, TIMESTEPS)
        self.network = mlp.Generator(2 + 2 * FREQUENCIES, hidden, layers, activation="silu")
        self.z_dim, self.sampling_steps = 2, sampling_steps
        self.register_buffer("alpha_bar", diffusion.cosine_schedule(TIMESTEPS).float(), persistent=False)

    def denoise(self, x_t: Tensor, t: Tensor) -> Tensor:
        """The expected x_0 `(N, 2)` for points `x_t` `(N, 2)` at whole times `t` `(N,)` from 1 to 1,000."""
        diffusion.check_times(t, len(x_t), TIMESTEPS)
        signal = self.alpha_bar[t][:, None]
        return signal.sqrt() * x_t - (1 - signal).sqrt() * self._velocity(x_t, t)

    def loss(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """The mean square error of the guessed v at random times, for points `x` `(N, 2)`."""
        t = torch.randint(1, TIMESTEPS + 1, (len(x),), generator=rng).to(x.device)
        noise = torch.randn(x.shape, generator=rng).to(x)
        signal = self.alpha_bar[t][:, None]
        wanted = signal.sqrt() * noise - (1 - signal).sqrt() * x
        return (self._velocity(diffusion.diffuse(x, noise, self.alpha_bar[t]), t) - wanted).square().mean()

    def forward(self, z: Tensor) -> Tensor:
        check_input(self, "z", z, 2)
        *_, last = diffusion.ddim(self.denoise, z, self.alpha_bar, self._times(self.sampling_steps))
        return last.x

    @torch.no_grad()
    def trajectory(
        self, noise: Tensor, steps: int, eta: float = 0.0, rng: torch.Generator | None = None
    ) -> list[diffusion.Moment]:
        """The way from `noise` `(N, 2)` to points: `steps + 1` moments; `eta`, `rng`: see `diffusion.ddim`."""
        return list(diffusion.ddim(self.denoise, noise, self.alpha_bar, self._times(steps), eta, rng))

    def _times(self, steps: int) -> list[int]:
        return diffusion.sampling_times(TIMESTEPS, steps)

    def _velocity(self, x_t: Tensor, t: Tensor) -> Tensor:
        angles = (t[:, None] / TIMESTEPS) * math.pi * 2.0 ** torch.arange(-1, FREQUENCIES - 1, device=t.device)
        velocity: Tensor = self.network(torch.cat([x_t, angles.sin(), angles.cos()], dim=1))  # (N, 2 + 2 · FREQUENCIES)
        return velocity
