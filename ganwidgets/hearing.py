"""Looking at sounds and measuring what one hears: spectrograms, four plain measures, and WAV files. Numpy only.

A wave is `(L,)` in [-1, 1]. The measures are those of everyday words, not of psychoacoustics: brightness is the centre
of the spectrum, which is what listeners call bright (Grey and Gordon 1978, J. Acoust. Soc. Am. 63:5).
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole

Array = npt.NDArray[Any]

FLOOR = -70.0
"""What counts as silence in a spectrogram, in dB below a full tone."""
WINDOW = 256
_SILENT = 1e-4


def spectrogram(samples: npt.ArrayLike, frames: int = 128, window: int = WINDOW) -> npt.NDArray[np.float32]:
    """The loudness of every frequency over time, `(window / 2, frames)` in dB from -70 to 0, low frequencies first.

    `samples`: `(L,)`. A tone at full scale is at 0 dB. Row k lies at (k + 1) · rate / window Hz: the constant part is
    left out. The frames, of `window` samples under a Hann window each, are spread evenly from the first sample to the
    last.
    """
    check_whole("frames", frames, 1)
    waves = as_wave(samples)
    padded = np.concatenate([np.zeros(window // 2), waves, np.zeros(window // 2)])
    starts = np.linspace(0, len(waves) - 1, frames).astype(np.intp)
    hann = np.hanning(window + 1)[:-1]
    pieces = padded[starts[:, None] + np.arange(window)] * hann  # (frames, window)
    size = np.abs(np.fft.rfft(pieces, axis=1))[:, 1:] / (0.5 * hann.sum())
    decibels = 20 * np.log10(np.maximum(size, 10 ** (FLOOR / 20)))
    return np.minimum(decibels, 0).T.astype(np.float32)


def measures(waves: npt.ArrayLike, rate: int) -> dict[str, npt.NDArray[np.float64]]:
    """What can be said of sounds `(N, L)` at `rate` Hz, `(N,)` each; for silence the lowest there is.

    `brightness`: the middle of the spectrum's energy, in octaves above 1 Hz. `pitch`: its loudest frequency, likewise.
    `length`: the seconds until nine tenths of the energy are over. `noisiness`: from 0, a few tones, to 1, even noise
    (the spectrum's geometric over its arithmetic mean).
    """
    check_whole("rate", rate, 1)
    sounds = np.asarray(waves, dtype=np.float64)
    if sounds.ndim != 2 or sounds.shape[1] < 2 or not np.isfinite(sounds).all():
        raise ValueError(f"waves: expected finite sounds (N, L) with L of at least 2, got shape {sounds.shape}")
    energy = np.cumsum(sounds**2, axis=1)
    total = energy[:, -1:]
    power = np.abs(np.fft.rfft(sounds * np.hanning(sounds.shape[1]), axis=1))[:, 1:] ** 2 + 1e-12
    octaves = np.log2(np.arange(1, power.shape[1] + 1) * rate / sounds.shape[1])
    share = power / power.sum(axis=1, keepdims=True)
    return {
        "brightness": share @ octaves,
        "pitch": octaves[power.argmax(axis=1)],
        "length": (energy < 0.9 * total).sum(axis=1) / rate,
        "noisiness": np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1),
    }


def directions(
    render: Callable[[npt.NDArray[np.float32]], Any], z_dim: int, rate: int, n: int = 500, seed: int = 0
) -> dict[str, npt.NDArray[np.float32]]:
    """Ways through the latent space along which a sound gets brighter, higher, longer, noisier: `(z_dim,)` of length 1.

    `render`: z `(B, z_dim)` float32 to sounds `(B, L)`. `n` of them are made and measured, and each measure is fitted
    with a plane over z, whose slope is the direction: those of the directions in pictures are found in the same way.
    """
    check_whole("z_dim", z_dim, 1)
    check_whole("n", n, z_dim + 2)
    z = np.random.default_rng(seed).standard_normal((n, z_dim), dtype=np.float32)
    sounds = np.concatenate([np.asarray(render(z[first : first + 100])) for first in range(0, n, 100)])
    slopes = {}
    for name, numbers in measures(sounds, rate).items():
        slope = np.linalg.lstsq(z - z.mean(axis=0), numbers - numbers.mean(), rcond=None)[0]
        length = float(np.linalg.norm(slope))
        if length > 0:
            slopes[name] = (slope / length).astype(np.float32)
    return slopes


def described(samples: npt.ArrayLike, rate: int) -> str:
    """A wave in words: how long, where it is loudest, how fast it fades."""
    sound = as_wave(samples)
    seconds = f"{len(sound) / rate:.2f} s"
    if np.abs(sound).max() < _SILENT:
        return f"{seconds}, silent"
    told = {name: float(numbers[0]) for name, numbers in measures(sound[None], rate).items()}
    kind = "noise" if told["noisiness"] > 0.1 else "a tone" if told["noisiness"] < 0.005 else "tone and noise"
    return f"{seconds}, {kind}, loudest near {2 ** told['pitch']:,.0f} Hz, nearly over after {told['length']:.2f} s"


def wav_bytes(samples: npt.ArrayLike, rate: int = 8000) -> bytes:
    """A whole WAV file, 16 bits, one channel, of a wave `(L,)` in [-1, 1]; what is louder is cut off.

    Raises ValueError for another shape, an empty wave, numbers that are not finite, or a rate below 1.
    """
    check_whole("rate", rate, 1)
    numbers = as_wave(samples)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(int(rate))
        file.writeframes(np.rint(np.clip(numbers, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def as_wave(samples: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """`samples` as `(L,)` float64, finite, L of at least 1; else `ValueError`."""
    numbers = np.asarray(samples, dtype=np.float64)
    if numbers.ndim != 1 or numbers.size == 0:
        raise ValueError(f"samples must have shape (L,) with L of at least 1, not {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise ValueError(f"samples must be finite; {int((~np.isfinite(numbers)).sum())} of {numbers.size} are not")
    return numbers
