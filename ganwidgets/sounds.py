"""Short sounds that our own code makes, with everything known about them: six instruments at 8 kHz.

Kick, snare and hat are shaped sines and filtered noise; the plucked string follows Karplus and Strong 1983 (Computer
Music Journal 7:2), the bell is frequency modulation as in Chowning 1973 (J. Audio Eng. Soc. 21:7), the flute a sum of
harmonics with breath and vibrato. Every sound has its own random numbers, made from the seed and its index: sound 7
is the same whether ten or ten thousand are drawn. Melodic instruments play the notes of one pentatonic scale.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import signal

from ganwidgets.checks import check_whole
from ganwidgets.hearing import wav_bytes

FloatArray = npt.NDArray[np.float32]
Wave = npt.NDArray[np.float64]

RATE = 8000
"""Samples a second, in Hz; nothing above 4,000 Hz can be heard."""
LENGTH = 4096
"""Samples a sound: 0.512 seconds."""
PENTATONIC = (0, 2, 4, 7, 9)
"""The notes C, D, E, G, A, in semitones above C; any of them sound well together."""
_TIME = np.arange(LENGTH) / RATE
_FADE = np.minimum(1.0, (LENGTH - 1 - np.arange(LENGTH)) / 240)  # 30 ms, so that no sound ends in a click


@dataclass(frozen=True, eq=False, repr=False)
class SoundData:
    """Sounds and what is known of them; all arrays are read-only.

    `waves`: `(N, L)` float32 in [-1, 1], at `rate` Hz. `labels`: `(N,)` int64, positions in `classes`. `attributes`:
    by name `(N,)` float32: `pitch` in Hz and `midi` (its number, 69 is 440 Hz, NaN for the hat, which has no pitch),
    `brightness` from 0 (dull) to 1, `decay` in seconds (to 1/e; for the flute the time to its full loudness), `level`
    (the largest |wave|).
    """

    waves: FloatArray
    rate: int
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    attributes: dict[str, FloatArray] = field(default_factory=dict)
    name: str = "sounds"

    def __post_init__(self) -> None:
        arrays: list[npt.NDArray[np.generic]] = [self.waves, self.labels, *self.attributes.values()]
        for array in arrays:
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.waves)

    def __repr__(self) -> str:
        seconds = self.waves.shape[1] / self.rate
        return (
            f"SoundData({self.name!r}: {len(self)} sounds of {seconds:.3g} s at {self.rate} Hz, "
            f"{len(self.classes)} classes, {len(self.attributes)} attributes)"
        )

    def arrays(self) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """What a training takes: waves `(N, 1, L)` float32 and labels `(N,)` int64."""
        return self.waves[:, None, :], self.labels


@dataclass(frozen=True)
class _Sound:
    """One sound before it is brought to its level; `pitch` in Hz, NaN without one; `decay` in seconds."""

    wave: Wave
    pitch: float
    brightness: float
    decay: float


def draw(n: int, seed: int = 0) -> SoundData:
    """`n` sounds, each of a class that is drawn at random; the same for the same seed and index.

    A thousand take about a second. Raises ValueError for n < 1 or a negative seed.
    """
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    waves, labels = np.empty((n, LENGTH), np.float32), np.empty(n, np.int64)
    facts = np.empty((n, 5), np.float32)
    makers = list(_MAKERS.values())
    for index in range(n):
        rng = np.random.default_rng([seed, index])
        labels[index] = rng.integers(len(makers))
        sound, level = makers[labels[index]](rng), rng.uniform(0.7, 0.95)
        faded = sound.wave * _FADE
        waves[index] = level * faded / np.abs(faded).max()
        midi = 69 + 12 * np.log2(sound.pitch / 440)
        facts[index] = sound.pitch, midi, sound.brightness, sound.decay, level
    names = ("pitch", "midi", "brightness", "decay", "level")
    return SoundData(waves, RATE, labels, CLASSES, {name: facts[:, i].copy() for i, name in enumerate(names)})


def save_wav(path: str | os.PathLike[str], samples: npt.ArrayLike, rate: int = RATE) -> Path:
    """Write `wav_bytes` to `path` and return it; ValueError as there."""
    content = wav_bytes(samples, rate)
    Path(path).write_bytes(content)
    return Path(path)


def _note(rng: np.random.Generator, low: int, high: int) -> float:
    """The pitch in Hz of a note of the pentatonic scale on C from `low` to `high` (MIDI numbers)."""
    keys = [key for key in range(low, high + 1) if key % 12 in PENTATONIC]
    return float(440 * 2 ** ((rng.choice(keys) - 69) / 12))


def _fall(decay: float) -> Wave:
    return np.exp(-_TIME / decay)


def _kick(rng: np.random.Generator) -> _Sound:
    """A sine that drops to its pitch within some hundredths of a second, driven by `brightness` into saturation."""
    pitch, brightness, decay = rng.uniform(42, 65), rng.uniform(), rng.uniform(0.07, 0.2)
    drop, time = rng.uniform(90, 220), rng.uniform(0.015, 0.045)
    phase = 2 * np.pi * (pitch * _TIME + drop * time * (1 - np.exp(-_TIME / time)))
    click = rng.standard_normal(LENGTH) * _fall(0.003) * 0.3 * brightness
    return _Sound(np.tanh((1 + 2 * brightness) * (np.sin(phase) * _fall(decay) + click)), pitch, brightness, decay)


def _snare(rng: np.random.Generator) -> _Sound:
    """Two modes of the drum's skin under the noise of its wires; `brightness` is the share of the wires."""
    pitch, brightness, decay = rng.uniform(160, 230), rng.uniform(), rng.uniform(0.05, 0.15)
    skin = np.sin(2 * np.pi * pitch * _TIME) + 0.6 * np.sin(2 * np.pi * 1.59 * pitch * _TIME)
    wires = signal.sosfilt(_WIRES, rng.standard_normal(LENGTH))
    share = 0.4 + 0.5 * brightness
    return _Sound((1 - share) * skin * _fall(0.5 * decay) + share * wires * _fall(decay), pitch, brightness, decay)


def _hat(rng: np.random.Generator) -> _Sound:
    """High-passed noise, short for a closed and long for an open hat; `brightness` mixes in what lies lower."""
    brightness, decay = rng.uniform(), rng.uniform(0.015, 0.05) if rng.uniform() < 0.6 else rng.uniform(0.1, 0.18)
    noise = rng.standard_normal(LENGTH)
    metal = signal.sosfilt(_METAL, noise) + 0.35 * (1 - brightness) * signal.sosfilt(_WIRES, noise)
    return _Sound(metal * _fall(decay), float("nan"), brightness, decay)


def _pluck(rng: np.random.Generator) -> _Sound:
    """Karplus and Strong: a burst of noise goes round a delay line that loses its high notes first.

    The loop's filter has two taps for the loss and two for the fraction of a sample that the pitch needs; together
    with the whole samples of the line they take exactly one period.
    """
    pitch, brightness, decay = _note(rng, 48, 64), rng.uniform(), rng.uniform(0.2, 0.5)
    blur = 0.35 - 0.25 * brightness
    whole = int(RATE / pitch - blur)
    part = RATE / pitch - blur - whole
    gain = np.exp(-1 / (pitch * decay))
    loop = gain * np.convolve([1 - blur, blur], [1 - part, part])
    burst = np.zeros(LENGTH)
    soft = 0.85 - 0.5 * brightness
    noise = signal.lfilter([1.0], [1.0, -soft], rng.uniform(-1, 1, whole))
    burst[:whole] = noise - noise.mean()  # a constant would go round for ever as a thump
    return _Sound(
        signal.lfilter([1.0], np.concatenate([[1.0], np.zeros(whole - 1), -loop]), burst), pitch, brightness, decay
    )


def _bell(rng: np.random.Generator) -> _Sound:
    """Frequency modulation at 1.4 times the pitch: partials that are no harmonics, fewer of them as it fades."""
    pitch, brightness, decay = _note(rng, 60, 69), rng.uniform(), rng.uniform(0.12, 0.4)
    index = (0.8 + 2.2 * brightness) * _fall(0.5 * decay)
    tone = np.sin(2 * np.pi * pitch * _TIME + index * np.sin(2 * np.pi * 1.4 * pitch * _TIME))
    return _Sound(tone * _fall(decay), pitch, brightness, decay)


def _flute(rng: np.random.Generator) -> _Sound:
    """Four harmonics that swell and tremble, with some breath; `brightness` raises the upper ones."""
    pitch, brightness, attack = _note(rng, 60, 76), rng.uniform(), rng.uniform(0.02, 0.07)
    depth, speed = rng.uniform(0.001, 0.004), rng.uniform(4.5, 6.0)
    phase = 2 * np.pi * pitch * (_TIME + depth / (2 * np.pi * speed) * (1 - np.cos(2 * np.pi * speed * _TIME)))
    weights = [1.0, 0.15 + 0.45 * brightness, 0.05 + 0.3 * brightness, 0.1 * brightness]
    tone: Wave = np.zeros(LENGTH) + sum(w * np.sin(k * phase) for k, w in enumerate(weights, start=1))
    breath = 0.04 * signal.sosfilt(_WIRES, rng.standard_normal(LENGTH))
    swell = (1 - np.exp(-_TIME / attack)) * np.clip((_TIME[-1] - _TIME) / 0.12, 0, 1) ** 0.5
    return _Sound((tone + breath) * swell, pitch, brightness, attack)


_WIRES = signal.butter(2, (900, 3400), "bandpass", fs=RATE, output="sos")
_METAL = signal.butter(4, 2600, "highpass", fs=RATE, output="sos")
_MAKERS: dict[str, Callable[[np.random.Generator], _Sound]] = {
    "kick": _kick,
    "snare": _snare,
    "hat": _hat,
    "pluck": _pluck,
    "bell": _bell,
    "flute": _flute,
}
CLASSES: tuple[str, ...] = tuple(_MAKERS)
"""The names of the instruments, in the order of the labels."""
