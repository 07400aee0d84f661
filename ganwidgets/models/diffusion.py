"""A small diffusion model: pictures are drowned in noise, and a network learns to find them again.

Ho, Jain and Abbeel 2020 (arXiv:2006.11239, "DDPM") for the model, Song, Meng and Ermon 2021 (arXiv:2010.02502, "DDIM")
for sampling in few steps, Nichol and Dhariwal 2021 (arXiv:2102.09672) for the cosine schedule; the loss's weights are
those of Salimans and Ho 2022 (arXiv:2202.00512), bounded as in Hang et al. 2023 (arXiv:2303.09556). Times t are whole
numbers from 0, the data, to T, pure noise; `alpha_bar[t]` is the share of the variance that is still signal.

The schedule and the sampler know of no network: `ddim` takes any function that guesses x_0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_number, check_sizes, check_whole
from ganwidgets.models.blocks import check_input
from ganwidgets.models.unet import UNet

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""x_t `(N, ...)` and t `(N,)` to a guess of x_0 `(N, ...)`."""

MAX_WEIGHT = 5.0


def cosine_schedule(timesteps: int) -> Tensor:
    """ᾱ for t = 0 … T, `(T + 1,)` float64, falling from 1 to nearly 0: eq. 17 of Nichol and Dhariwal, s = 0.008.

    No single step destroys more than 99.9 % of the variance, as in the paper.
    """
    check_sizes(timesteps=timesteps)
    t = torch.arange(timesteps + 1, dtype=torch.float64) / timesteps
    f = torch.cos((t + 0.008) / 1.008 * math.pi / 2).square()
    kept = (f[1:] / f[:-1]).clamp(min=0.001)
    return torch.cat([torch.ones(1, dtype=torch.float64), kept.cumprod(0)])


def diffuse(x_0: Tensor, noise: Tensor, alpha_bar: Tensor) -> Tensor:
    """A draw of q(x_t | x_0), eq. 4 of DDPM: √ᾱ x_0 + √(1 − ᾱ) noise; `alpha_bar`: one number, or `(N,)`."""
    if noise.shape != x_0.shape or alpha_bar.shape not in ((), (len(x_0),)):
        shapes = f"{tuple(x_0.shape)}, {tuple(noise.shape)} and {tuple(alpha_bar.shape)}"
        raise ValueError(f"x_0, noise, alpha_bar: expected (N, ...) twice and one number or (N,), got {shapes}")
    if not 0 <= float(alpha_bar.min()) <= float(alpha_bar.max()) <= 1:
        raise ValueError(f"alpha_bar: expected shares from 0 to 1, got {alpha_bar}")
    signal = _like(alpha_bar, x_0)
    return signal.sqrt() * x_0 + (1 - signal).sqrt() * noise


def sampling_times(timesteps: int, steps: int) -> list[int]:
    """`steps + 1` whole times from T down to 0, evenly spaced. `ValueError` unless `steps` is 1 to T."""
    check_sizes(timesteps=timesteps)
    check_whole("steps", steps, 1, timesteps)
    return [round(timesteps * (steps - i) / steps) for i in range(steps + 1)]


@dataclass(frozen=True)
class Moment:
    """Where sampling stands: at time `t` the pictures are `x`, and `guess` is what the denoiser takes x_0 to be."""

    t: int
    x: Tensor
    guess: Tensor


def ddim(
    denoise: Denoiser,
    noise: Tensor,
    alpha_bar: Tensor,
    times: Sequence[int],
    eta: float = 0.0,
    rng: torch.Generator | None = None,
) -> Iterator[Moment]:
    """From `noise` `(N, ...)` at `times[0]` to a sample at `times[-1]`, a `Moment` at every time (eq. 12 of DDIM).

    `eta` 0 adds no noise on the way, so that the result is a function of `noise`; 1 adds as much as DDPM does
    (eq. 16) and draws it from `rng`. The last moment's `x` is the sample, and also its `guess`. `ValueError` for
    another `eta`, and for times that do not fall or that `alpha_bar` does not have.
    """
    check_number("eta", eta, 0, 1)
    if eta and rng is None:
        raise ValueError("rng: expected a torch.Generator where eta is not 0, got None")
    last = len(alpha_bar) - 1
    falling = all(now > then for now, then in pairwise(times))
    if len(times) < 2 or not falling or times[0] > last or times[-1] < 0:
        raise ValueError(f"times: expected two or more falling whole numbers from {last} to 0, got {list(times)}")
    x = noise
    for now, then in pairwise(times):
        guess = denoise(x, torch.full((len(x),), now, device=x.device))
        yield Moment(now, x, guess)
        a, b = float(alpha_bar[now]), float(alpha_bar[then])
        sigma = eta * math.sqrt((1 - b) / (1 - a) * max(1 - a / b, 0.0))
        direction = (x - math.sqrt(a) * guess) / math.sqrt(1 - a)
        x = math.sqrt(b) * guess + math.sqrt(max(1 - b - sigma**2, 0.0)) * direction
        if sigma:
            x = x + sigma * torch.randn(x.shape, generator=rng).to(x)
    yield Moment(times[-1], x, x)


def check_times(t: Tensor, n: int, timesteps: int) -> None:
    """Refuse what is no tensor `(n,)` of whole times from 1 to `timesteps`, with a `ValueError`."""
    if t.shape != (n,) or t.is_floating_point() or (n and not 1 <= int(t.min()) <= int(t.max()) <= timesteps):
        allowed = f"{n} whole times from 1 to {timesteps}, one for each sample"
        raise ValueError(f"t: expected {allowed}; got shape {tuple(t.shape)} of {t.dtype}: {t.flatten()[:4].tolist()}")


class Generator(nn.Module):
    """The whole model; as a function it is the deterministic sampler: noise `(N, z_dim)` to images in [-1, 1].

    Images are `(N, image_channels, resolution, resolution)`, and z is one such image of standard normal noise laid out
    in a row: z_dim = image_channels · resolution². `channels`, `blocks`, `patch`: the size of the network, see
    `unet.UNet`. `timesteps`: T. `sampling_steps`: how many DDIM steps `forward` takes; the network runs once in each.
    `ValueError` for sizes that the network refuses and for `sampling_steps` that are not 1 to T.
    """

    alpha_bar: Tensor

    def __init__(
        self,
        resolution: int = 64,
        image_channels: int = 3,
        channels: int = 64,
        blocks: int = 2,
        patch: int = 4,
        timesteps: int = 1000,
        sampling_steps: int = 25,
    ) -> None:
        super().__init__()
        self.config: dict[str, int] = dict(
            resolution=resolution, image_channels=image_channels, channels=channels, blocks=blocks, patch=patch,
            timesteps=timesteps, sampling_steps=sampling_steps,
        )  # fmt: skip
        self.unet = UNet(resolution, image_channels, channels, blocks, patch)
        self.timesteps, self.sampling_steps = timesteps, sampling_steps
        self.shape = (image_channels, resolution, resolution)
        self.z_dim = math.prod(self.shape)
        # Not a part of the state: it follows from the configuration, and half precision would spoil it.
        self.register_buffer("alpha_bar", cosine_schedule(timesteps).float(), persistent=False)
        check_whole("sampling_steps", sampling_steps, 1, timesteps)

    def denoise(self, x_t: Tensor, t: Tensor) -> Tensor:
        """The expected x_0 in [-1, 1] for pictures `x_t` `(N, C, H, W)` at whole times `t` `(N,)` from 1 to T."""
        self._check("x_t", x_t)
        check_times(t, len(x_t), self.timesteps)
        return self._guess(x_t, t).clamp(-1, 1)

    def loss(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """The weighted mean square error of the guessed pixels at random times, for images `x` `(N, C, H, W)`.

        The network guesses x_0 itself: noise has no structure, and would have to be carried through every layer. An
        error counts min(SNR + 1, 5) times, SNR = ᾱ / (1 − ᾱ): the weights of predicting v, with an upper bound.
        The times of one batch are spread evenly over 1 … T from a random start, which makes the loss less noisy.
        """
        self._check("x", x)
        shares = (torch.rand(1, generator=rng) + torch.arange(len(x)) / len(x)) % 1
        t = (shares * self.timesteps).long().clamp(max=self.timesteps - 1).add(1).to(x.device)
        noise = torch.randn(x.shape, generator=rng).to(x)
        signal = self.alpha_bar[t]
        error = (self._guess(diffuse(x, noise, signal), t) - x).square().flatten(1).mean(dim=1)
        # SNR + 1 = 1 / (1 − ᾱ)
        return (error / (1 - signal).clamp(min=1 / MAX_WEIGHT)).mean()

    def forward(self, z: Tensor) -> Tensor:
        check_input(self, "z", z, self.z_dim)
        *_, last = self._run(z.view(-1, *self.shape))
        return last.x

    @torch.no_grad()
    def sample(
        self, noise: Tensor, steps: int | None = None, eta: float = 0.0, rng: torch.Generator | None = None
    ) -> Tensor:
        """Images `(N, C, H, W)` in [-1, 1] from standard normal `noise` of the same shape; `eta`, `rng`: see `ddim`."""
        *_, last = self._run(noise, steps, eta, rng)
        return last.x

    @torch.no_grad()
    def trajectory(
        self, noise: Tensor, steps: int | None = None, eta: float = 0.0, rng: torch.Generator | None = None
    ) -> Iterator[Moment]:
        """The way from `noise` `(N, C, H, W)` at t = T to images at t = 0: `steps + 1` moments, one at a time."""
        yield from self._run(noise, steps, eta, rng)

    def _run(
        self, noise: Tensor, steps: int | None = None, eta: float = 0.0, rng: torch.Generator | None = None
    ) -> Iterator[Moment]:
        self._check("noise", noise)
        times = sampling_times(self.timesteps, self.sampling_steps if steps is None else steps)
        yield from ddim(self.denoise, noise, self.alpha_bar, times, eta, rng)

    def _guess(self, x_t: Tensor, t: Tensor) -> Tensor:
        guess: Tensor = self.unet(x_t, t / self.timesteps)
        return guess.float()

    def _check(self, name: str, images: Tensor) -> None:
        check_input(self, name, images, *self.shape)
        if not len(images):
            raise ValueError(f"{name}: expected at least one, got none")


def _like(numbers: Tensor, images: Tensor) -> Tensor:
    """A number, or one for each image `(N,)`, ready to be multiplied with images `(N, ...)`."""
    return numbers.view(-1, *[1] * (images.ndim - 1)) if numbers.ndim else numbers
