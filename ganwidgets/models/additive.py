"""A sound as a sum of tones and bands of noise whose loudness changes: the last layer of a generator of sounds.

After DDSP, Engel, Hantrakul, Gu and Roberts 2020 (arXiv:2001.04643): a network that only says how loud each tone is
need not learn to keep its phase over thousands of samples, which is where short trainings of wave generators fail.
Unlike there, the tones' frequencies are fixed, a quarter of a tone apart, so no pitch has to be known.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

RATE = 8000
HOP = 64
TONES = 160
BANDS = 16
_LOWEST = 440 * 2 ** (-42 / 12)  # Hz; the D sharp that is MIDI number 27, so that every second tone is a note
_NOISE_LENGTH = 1 << 16


class Additive(nn.Module):
    """Loudness `(N, TONES + BANDS, frames)`, 0 or more, to sounds `(N, 64 · frames)`.

    A frame is 64 samples; between frames the loudness changes in straight lines, and after the last it stays. The
    tones' phases are chosen at random once and for all: in step, they would begin with a click. `start` `(N,)` int64
    says where in a fixed recording of noise each sound's noise begins.
    """

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length
        time = torch.arange(length, dtype=torch.float64) / RATE
        pitch = _LOWEST * 2 ** (torch.arange(TONES, dtype=torch.float64) / 24)
        phase = torch.rand(TONES, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        tones = torch.sin(2 * math.pi * (pitch[:, None] * time + phase))
        self.register_buffer("tones", tones.float(), persistent=False)
        self.register_buffer("noise", _bands_of_noise(), persistent=False)

    def forward(self, loudness: Tensor, start: Tensor) -> Tensor:
        if loudness.shape[1:] != (TONES + BANDS, self.length // HOP):
            allowed = f"(N, {TONES + BANDS}, {self.length // HOP})"
            raise ValueError(f"loudness: expected shape {allowed}, got {tuple(loudness.shape)}")
        tones: Tensor = self.tones  # type: ignore[assignment]
        noise: Tensor = self.noise  # type: ignore[assignment]
        rise = torch.arange(HOP, device=loudness.device) / HOP
        after = torch.cat([loudness[..., 1:], loudness[..., -1:]], dim=-1)
        place = (start[:, None] + torch.arange(self.length, device=start.device)) % _NOISE_LENGTH
        hiss = noise[:, place].unflatten(-1, (-1, HOP))  # (BANDS, N, frames, HOP)
        pieces = tones.unflatten(-1, (-1, HOP))  # (TONES, frames, HOP)
        total = torch.zeros((), device=loudness.device)
        for level, weight in ((loudness, 1 - rise), (after, rise)):
            total = total + weight * torch.einsum("nkf,kfh->nfh", level[:, :TONES], pieces)
            total = total + weight * torch.einsum("nbf,bnfh->nfh", level[:, TONES:], hiss)
        return total.flatten(1)


def _bands_of_noise() -> Tensor:
    """Noise `(BANDS, 65536)` of standard deviation 1 in bands of 250 Hz from 0 to 4 kHz; always the same."""
    white = torch.randn(_NOISE_LENGTH, generator=torch.Generator().manual_seed(0))
    spectrum = torch.fft.rfft(white)[:-1].unflatten(0, (BANDS, -1))
    bands = torch.zeros(BANDS, BANDS, spectrum.shape[1], dtype=spectrum.dtype)
    bands[torch.arange(BANDS), torch.arange(BANDS)] = spectrum
    noise = torch.fft.irfft(bands.flatten(1), n=_NOISE_LENGTH)
    return noise / noise.std(dim=1, keepdim=True)
