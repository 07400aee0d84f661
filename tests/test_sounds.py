"""The drawn sounds: their shape, their truth measured in the wave, and the WAV files."""

from __future__ import annotations

import io
import wave
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from ganwidgets import sounds
from ganwidgets.hearing import wav_bytes


@cache
def drawn() -> sounds.SoundData:
    return sounds.draw(400, seed=3)


def of(name: str) -> np.ndarray:
    """The positions of the sounds of a class."""
    return np.flatnonzero(drawn().labels == sounds.CLASSES.index(name))


def centroid(wave_: np.ndarray) -> float:
    """The mean frequency in Hz, weighted by power."""
    power = np.abs(np.fft.rfft(wave_)) ** 2
    return float((power * np.fft.rfftfreq(len(wave_), 1 / sounds.RATE)).sum() / power.sum())


def period(wave_: np.ndarray, shortest: int, longest: int) -> int:
    """The lag in samples at which a wave is most like itself."""
    spectrum = np.abs(np.fft.rfft(wave_, 2 * len(wave_))) ** 2
    return shortest + int(np.fft.irfft(spectrum)[shortest : longest + 1].argmax())


def test_shapes_ranges_and_classes() -> None:
    data = drawn()
    assert data.waves.shape == (400, sounds.LENGTH) and data.waves.dtype == np.float32
    assert data.rate == 8000 and sounds.LENGTH / data.rate <= 1
    assert np.allclose(np.abs(data.waves).max(axis=1), data.attributes["level"], atol=1e-6)
    assert data.attributes["level"].max() <= 0.95 < 1
    shares = np.bincount(data.labels, minlength=len(data.classes)) / len(data)
    assert len(shares) == 6 and shares.min() > 0.1 and shares.max() < 0.24
    for name, values in data.attributes.items():
        assert values.shape == (400,) and values.dtype == np.float32
        assert np.isfinite(values[np.isfinite(values) | (data.labels != sounds.CLASSES.index("hat"))]).all(), name
    assert np.isnan(data.attributes["pitch"][of("hat")]).all()
    waves, labels = data.arrays()
    assert waves.shape == (400, 1, sounds.LENGTH) and labels is data.labels
    assert repr(data) == "SoundData('sounds': 400 sounds of 0.512 s at 8000 Hz, 6 classes, 5 attributes)"


def test_seed_and_index_fix_a_sound() -> None:
    few, many, other = sounds.draw(5, 3), drawn(), sounds.draw(5, 4)
    assert np.array_equal(few.waves, many.waves[:5]) and np.array_equal(few.labels, many.labels[:5])
    assert not np.array_equal(few.waves, other.waves)
    assert len(np.unique(many.waves, axis=0)) == len(many)


def test_nothing_can_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        drawn().waves[0, 0] = 1
    with pytest.raises(AttributeError):
        drawn().rate = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", ["pluck", "flute"])
def test_the_wave_repeats_with_its_pitch(name: str) -> None:
    for index in of(name):
        want = sounds.RATE / drawn().attributes["pitch"][index]
        # Twelve periods, so that a lag of whole samples tells the pitch to a fraction of a per cent.
        got = period(drawn().waves[index], int(11.5 * want), int(12.5 * want)) / 12
        assert got == pytest.approx(want, rel=0.01), index


def test_bells_ring_at_their_pitch_and_at_its_modulation() -> None:
    for index in of("bell"):
        wave_, pitch = drawn().waves[index], drawn().attributes["pitch"][index]
        power = np.abs(np.fft.rfft(wave_ * np.hanning(len(wave_)))) ** 2
        strongest = power.argmax() * sounds.RATE / len(wave_)
        partials = pitch * np.abs(1 + 1.4 * np.arange(-3, 4))
        assert np.abs(partials - strongest).min() < 4, index


def test_midi_is_the_pitch_on_a_piano() -> None:
    pitch, midi = drawn().attributes["pitch"], drawn().attributes["midi"]
    notes = np.isin(drawn().labels, [sounds.CLASSES.index(name) for name in ("pluck", "bell", "flute")])
    assert np.allclose(440 * 2 ** ((midi[notes] - 69) / 12), pitch[notes], rtol=1e-5)
    assert np.abs(midi[notes] - np.rint(midi[notes])).max() < 1e-3
    assert set(np.rint(midi[notes]).astype(int) % 12) == set(sounds.PENTATONIC)


def test_instruments_lie_where_they_should_in_the_spectrum() -> None:
    means = {name: np.mean([centroid(drawn().waves[i]) for i in of(name)]) for name in sounds.CLASSES}
    assert means["kick"] < 150 < means["pluck"] < means["snare"] < means["hat"]
    assert means["hat"] > 2500 and means["flute"] > 300


@pytest.mark.parametrize("name", ["snare", "hat", "bell", "kick"])
def test_decay_says_how_long_a_sound_lasts(name: str) -> None:
    index = of(name)
    # The centre of an exponential's energy lies at half its decay, of an attack at 0.
    energy = drawn().waves[index].astype(float) ** 2
    centre = (energy * np.arange(sounds.LENGTH)).sum(1) / energy.sum(1) / sounds.RATE
    assert np.corrcoef(centre, drawn().attributes["decay"][index])[0, 1] > 0.8


@pytest.mark.parametrize(("name", "sign"), [("snare", 1), ("hat", 1), ("pluck", 1), ("bell", 1), ("flute", 1)])
def test_brighter_sounds_have_more_that_is_high(name: str, sign: int) -> None:
    index = of(name)
    heights = [centroid(drawn().waves[i]) for i in index]
    assert sign * np.corrcoef(heights, drawn().attributes["brightness"][index])[0, 1] > 0.3


def test_sounds_end_in_silence_and_have_no_constant() -> None:
    assert np.abs(drawn().waves[:, -1]).max() == 0
    assert np.abs(drawn().waves.mean(axis=1)).max() < 0.06


def test_a_wav_file_holds_the_wave(tmp_path: Path) -> None:
    wave_ = drawn().waves[0]
    path = sounds.save_wav(tmp_path / "a.wav", wave_)
    assert path.read_bytes() == wav_bytes(wave_)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        back = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    assert np.abs(back - wave_).max() < 1 / 32767
    loud = np.frombuffer(wav_bytes([2.0, -2.0])[44:], "<i2")
    assert loud.tolist() == [32767, -32767]


def test_scipy_reads_the_file_as_well() -> None:
    from scipy.io import wavfile

    rate, back = wavfile.read(io.BytesIO(wav_bytes(drawn().waves[1], 11025)))
    assert rate == 11025 and back.shape == (sounds.LENGTH,)
    assert np.corrcoef(back, drawn().waves[1])[0, 1] > 0.9999


def test_no_frequency_is_lost_to_aliases_in_the_flute() -> None:
    """Above the fourth harmonic only breath is left, so nothing was folded down from beyond 4 kHz."""
    index = of("flute")[0]
    frequencies, power = signal.welch(drawn().waves[index], sounds.RATE, nperseg=1024)
    top = frequencies > 4.5 * drawn().attributes["pitch"][index]
    assert power[top].sum() < 0.02 * power.sum()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sounds.draw(0), "n must be a whole number of at least 1, not 0"),
        (lambda: sounds.draw(2.5), "n must be a whole number"),  # type: ignore[arg-type]
        (lambda: sounds.draw(1, -1), "seed must be a whole number of at least 0, not -1"),
        (lambda: wav_bytes(np.zeros((1, 4))), r"samples must have shape \(L,\).*not \(1, 4\)"),
        (lambda: wav_bytes([]), r"samples must have shape \(L,\)"),
        (lambda: wav_bytes([0.0, np.nan]), "samples must be finite; 1 of 2"),
        (lambda: wav_bytes([0.0], rate=0), "rate must be a whole number of at least 1"),
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
