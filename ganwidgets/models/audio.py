"""A GAN of short sounds: one-dimensional convolutions for the wave, and a discriminator that also sees its spectrogram.

The networks follow WaveGAN, Donahue, McAuley and Puckette 2019 (arXiv:1802.04208): long kernels (25) and strides of 4,
so that a few layers reach from a hum to a whole sound. Two things differ. G has batch normalisation, which makes it
learn faster. D judges twice, by the wave and by its spectrogram: raw samples alone leave a buzz at the strides'
frequencies, which a spectrogram shows as lines that no real sound has (discriminators of spectrograms: UnivNet, Jang et
al. 2021, arXiv:2106.07889). The paper's phase shuffle is left out, since the spectrogram does not look at the phase.
A second kind of G says how loud tones and noise are and leaves the wave to `additive`: within minutes on one core it
makes instruments of what the first kind still hisses.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_sizes, check_whole
from ganwidgets.models.additive import BANDS, HOP, TONES, Additive
from ganwidgets.models.blocks import check_input

STRIDE = 4
KERNEL = 25
_PADDING = (KERNEL - STRIDE + 1) // 2
_FLOOR = 1e-4  # added to a power in the spectrogram: -40 dB of a full tone, so that silence is no deep pit


def stages(length: int) -> tuple[int, int]:
    """`(base, fourfolds)` with `length = base · 4^fourfolds` and a base of 8 to 31 samples.

    4096 gives (16, 4). `ValueError` where no such pair exists, and below 2048, the shortest that D's spectrogram takes.
    """
    check_sizes(length=length)
    base, fourfolds = length, 0
    while base >= 32 and base % STRIDE == 0:
        base, fourfolds = base // STRIDE, fourfolds + 1
    if length < 2048 or base >= 32:
        raise ValueError(
            f"length: {length} is not 8 to 31 times a power of four and at least 2048; allowed are 2048, 4096, 8192 …"
        )
    return base, fourfolds


def _widths(channels: int, length: int) -> list[int]:
    """Channels from the coarsest level to the finest: 32 at length 4096 gives 256, 128, 64, 32."""
    _, fourfolds = stages(length)
    return [channels << (fourfolds - 1 - level) for level in range(fourfolds)]


def _initialise(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.ConvTranspose1d):
            # Of a transposed kernel only some taps meet one output.
            _draw(module, module.weight.shape[0] * module.kernel_size[0] // module.stride[0])
        elif isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear):
            _draw(module, module.weight[0].numel())


def _draw(layer: nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d | nn.Linear, fan_in: int) -> None:
    nn.init.normal_(layer.weight, 0.0, (2 / fan_in) ** 0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


class Generator(nn.Module):
    """z `(N, z_dim)` float32 to sounds `(N, 1, length)` float32 in (-1, 1).

    `kind` "wave": WaveGAN's. Two linear layers turn z into `base` steps; every transposed convolution makes them four
    times as many and halves the channels; `channels` is the width of the last hidden level. `kind` "additive": the
    same beginning, then transposed convolutions over time, all `4 · channels` wide, that end in the loudness of tones
    and bands of noise, one frame for 64 samples; see `additive`. `ValueError` for sizes below 1, lengths that cannot be
    reached, and other kinds.
    """

    def __init__(self, z_dim: int = 64, channels: int = 32, length: int = 4096, kind: str = "wave") -> None:
        super().__init__()
        check_sizes(z_dim=z_dim, channels=channels)
        if kind not in ("wave", "additive"):
            raise ValueError(f"kind: got {kind!r}; allowed is wave or additive")
        self.z_dim = z_dim
        self.config: dict[str, Any] = dict(z_dim=z_dim, channels=channels, length=length, kind=kind)
        base, _ = stages(length)
        widths = _widths(channels, length) if kind == "wave" else [4 * channels] * 3
        steps = base if kind == "wave" else length // HOP // STRIDE
        self.start = nn.Sequential(
            nn.Linear(z_dim, 4 * z_dim), nn.BatchNorm1d(4 * z_dim), nn.ReLU(),
            nn.Linear(4 * z_dim, widths[0] * steps), nn.Unflatten(1, (widths[0], steps)),
            nn.BatchNorm1d(widths[0]), nn.ReLU(),
        )  # fmt: skip
        self.layers, self.out, self.additive = _wave_end(widths) if kind == "wave" else _loudness_end(widths, length)
        _initialise(self)
        with torch.no_grad():
            self.out.weight.mul_(0.2)  # so that the first sounds are not cut off by the tanh
            if self.additive is not None and self.out.bias is not None:
                self.out.bias.fill_(-3.0)

    def forward(self, z: Tensor) -> Tensor:
        check_input(self, "z", z, self.z_dim)
        hidden: Tensor = self.layers(self.start(z))
        # The 8 bits of bfloat16 would be heard as hiss, and give fakes away.
        with torch.autocast(z.device.type, enabled=False):
            last: Tensor = self.out(hidden.float())
            if self.additive is None:
                return torch.tanh(last)
            # Any bit of z decides where the noise begins, so a z has one sound and neighbours have other noise.
            start = z.detach().float().contiguous().view(torch.int32).long().sum(1) % (1 << 16)
            loudness = 2 * torch.sigmoid(last) ** math.log(10)  # DDSP, eq. 5
            return torch.tanh(self.additive(loudness, start)).unsqueeze(1)


End = tuple[nn.Module, nn.Conv1d | nn.ConvTranspose1d, Additive | None]


def _wave_end(widths: list[int]) -> End:
    layers: list[nn.Module] = []
    for wide, narrow in pairwise(widths):
        layers += [_up(wide, narrow, bias=False), nn.BatchNorm1d(narrow), nn.ReLU()]
    return nn.Sequential(*layers), _up(widths[-1], 1, bias=True), None


def _loudness_end(widths: list[int], length: int) -> End:
    layers: list[nn.Module] = []
    for wide, narrow in pairwise(widths):
        layers += [nn.ConvTranspose1d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm1d(narrow), nn.ReLU()]
    return nn.Sequential(*layers), nn.Conv1d(widths[-1], TONES + BANDS, 3, padding=1), Additive(length)


def _up(wide: int, narrow: int, bias: bool) -> nn.ConvTranspose1d:
    return nn.ConvTranspose1d(wide, narrow, KERNEL, STRIDE, _PADDING, output_padding=1, bias=bias)


class Spectrogram(nn.Module):
    """Sounds `(N, L)` to the logarithm of their power `(N, 1, bins, frames)`: windows of `size`, half of one apart.

    Differentiable twice, also where there is silence. The mean frequency (0) is left out, so there are `size / 2` bins
    from low to high; a full tone comes out near 0, silence at -1.
    """

    def __init__(self, size: int = 256) -> None:
        super().__init__()
        self.size = size
        self.register_buffer("window", torch.hann_window(size), persistent=False)

    def forward(self, sounds: Tensor) -> Tensor:
        if sounds.ndim != 2 or not len(sounds) or sounds.shape[1] < self.size:
            allowed = f"(N, L) with N of at least 1 and L of at least {self.size}"
            raise ValueError(f"sounds: expected shape {allowed}, got {tuple(sounds.shape)}")
        window: Tensor = self.window  # type: ignore[assignment]
        hop = self.size // 2
        bins = torch.stft(sounds, self.size, hop, window=window, center=True, pad_mode="constant", return_complex=True)
        parts = torch.view_as_real(bins[:, 1:, :-1]) / (0.5 * window.sum())
        power = (parts.square().sum(-1) + _FLOOR).log10().unsqueeze(1) / 4
        return power.contiguous(memory_format=torch.channels_last)  # what convolutions are fastest in


class Discriminator(nn.Module):
    """Sounds `(N, 1, length)` in [-1, 1] to logits `(N,)`: higher means more real.

    The logit is the sum of two opinions. One looks at the wave, the mirror of `Generator`; one at the spectrogram,
    with strided 4×4 convolutions as in DCGAN. `channels`, `spectral_channels`: the width of their first level; 0
    leaves that opinion out. There is no sigmoid. `ValueError` for negative sizes, or when both are 0.
    """

    def __init__(self, channels: int = 16, spectral_channels: int = 16, length: int = 4096) -> None:
        super().__init__()
        check_whole("channels", channels, 0)
        check_whole("spectral_channels", spectral_channels, 0)
        if not channels + spectral_channels:
            raise ValueError(
                f"channels, spectral_channels: expected at least one above 0, got {channels} and {spectral_channels}"
            )
        self.config: dict[str, Any] = dict(channels=channels, spectral_channels=spectral_channels, length=length)
        stages(length)
        self.wave = _wave_judge(channels, length) if channels else None
        self.spectral = _spectral_judge(spectral_channels, length) if spectral_channels else None
        _initialise(self)
        self.offset = nn.Parameter(torch.zeros(()))

    @torch.no_grad()
    def shift(self, by: float) -> None:
        """Add `by` to every logit that D will ever give."""
        self.offset.add_(by)

    def forward(self, x: Tensor) -> Tensor:
        length = self.config["length"]
        check_input(self, "x", x, 1, length)
        logits = self.offset.expand(len(x))
        if self.wave is not None:
            logits = logits + self.wave(x).flatten()
        if self.spectral is not None:
            logits = logits + self.spectral(x[:, 0]).flatten()
        return logits


def _wave_judge(channels: int, length: int) -> nn.Module:
    base, _ = stages(length)
    widths = [1, *reversed(_widths(channels, length))]
    layers: list[nn.Module] = []
    for narrow, wide in pairwise(widths):
        layers += [nn.Conv1d(narrow, wide, KERNEL, STRIDE, _PADDING), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * base, 1))


def _spectral_judge(channels: int, length: int) -> nn.Module:
    widths = [1, channels, 2 * channels, 4 * channels]
    layers: list[nn.Module] = [Spectrogram()]
    for narrow, wide in pairwise(widths):
        layers += [nn.Conv2d(narrow, wide, 4, 2, 1), nn.LeakyReLU(0.2)]
    # The last step keeps the frames: bfloat16 kernels of 4×4 on a map two wide have been seen to return NaN.
    layers += [nn.Conv2d(widths[-1], 8 * channels, (4, 3), (2, 1), 1), nn.LeakyReLU(0.2)]
    frames = length // 128
    judge = nn.Sequential(*layers, nn.Flatten(), nn.Linear(8 * channels * 8 * (frames // 8), 1))
    return judge.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
