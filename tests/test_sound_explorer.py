"""`SoundExplorer` and the measures of sounds, without a browser: waves, sliders, the way, the game, WAV."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets import hearing
from ganwidgets.views import errors
from ganwidgets.widgets import SoundExplorer

Array = np.ndarray
RATE, LENGTH = 8000, 2000


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    assert errors.recorded() == []


def tones(z: Array) -> Array:
    """z `(B, 3)`: latent 0 is the pitch in octaves around 500 Hz, latent 1 how long it lasts, latent 2 does nothing."""
    time = np.arange(LENGTH) / RATE
    pitch = 500 * 2.0 ** (0.5 * z[:, :1])
    return (0.8 * np.sin(2 * np.pi * pitch * time) * np.exp(-time / (0.05 * 2.0 ** z[:, 1:2]))).astype(np.float32)


def make(render: Any = tones, **more: Any) -> SoundExplorer:
    return SoundExplorer(render, 3, RATE, **more)


def test_a_spectrogram_of_a_tone_by_hand() -> None:
    time = np.arange(4096) / RATE
    decibels = hearing.spectrogram(0.5 * np.sin(2 * np.pi * 1000 * time), frames=64)
    assert decibels.shape == (128, 64)
    assert set(decibels[:, 5:-5].argmax(0)) == {31}  # 1000 Hz is multiple 32 of 8000 / 256 Hz; the first row is 1
    assert decibels[31, 32] == pytest.approx(20 * np.log10(0.5), abs=0.05)
    assert decibels[80, 32] < -60
    assert (hearing.spectrogram(np.zeros(300)) == hearing.FLOOR).all()


def test_measures_say_what_is_heard() -> None:
    time, random = np.arange(4096) / RATE, np.random.default_rng(0)
    low, high = (np.sin(2 * np.pi * hertz * time) for hertz in (200, 1600))
    short, noise = low * np.exp(-time / 0.02), 0.3 * random.standard_normal(4096)
    told = hearing.measures(np.stack([low, high, short, noise]), RATE)
    assert told["pitch"][1] - told["pitch"][0] == pytest.approx(3, abs=0.02)
    assert told["brightness"][:2] == pytest.approx(np.log2([200, 1600]), abs=0.05)
    assert told["length"][0] == pytest.approx(0.9 * 0.512, abs=0.005)
    # The energy e^(-2t/0.02) has lost nine tenths after 0.01 log 10 seconds.
    assert told["length"][2] == pytest.approx(0.01 * np.log(10), abs=0.002)
    assert told["noisiness"][3] > 0.4 and told["noisiness"][0] < 0.01
    assert "a tone, loudest near 1,600 Hz" in hearing.described(high, RATE)
    assert hearing.described(np.zeros(800), RATE) == "0.10 s, silent"


def test_directions_find_the_latents_that_make_the_difference() -> None:
    found = hearing.directions(tones, 3, RATE, n=200)
    assert found["pitch"] == pytest.approx([1, 0, 0], abs=0.1)
    assert found["length"][1] > 0.9 and found.keys() == {"brightness", "pitch", "length", "noisiness"}


def test_wav_bytes_can_be_read_back() -> None:
    explorer = make()
    with wave.open(io.BytesIO(explorer.wav())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, LENGTH)
        samples = np.frombuffer(file.readframes(LENGTH), "<i2") / 32767
    assert samples == pytest.approx(explorer.wave, abs=1e-4)
    explorer.close()


def test_the_sound_belongs_to_z_whatever_is_moved() -> None:
    explorer = make(directions={"up": [1, 1, 0]}, labels={0: "pitch"})
    for slider in ("pitch", 1, 2, "up"):
        for value in (-3.0, 0.5, 3.0):
            explorer.move({slider: value})
            assert explorer.wave == pytest.approx(tones(explorer.z[None])[0])
    assert explorer.z @ np.array([1, 1, 0]) / 2**0.5 == pytest.approx(3, abs=1e-5)
    explorer.z = [2.0, 1.0, 0.0]
    assert "loudest near 1,000 Hz" in explorer.alt or "loudest near 1,00" in explorer.alt
    assert explorer.spectrogram.shape == (128, 128)
    explorer.undo()
    assert explorer.z @ np.array([1, 1, 0]) / 2**0.5 == pytest.approx(3, abs=1e-5)
    explorer.redo()
    assert explorer.z.tolist() == [2, 1, 0]
    explorer.lock(0)
    explorer.randomise()
    assert explorer.z[0] == 2 and explorer.z[1] != 1
    explorer.reset()
    assert (explorer.z == make().z).all()
    explorer.close()


def test_a_frame_has_one_buffer_a_group_the_wave_and_the_spectrogram() -> None:
    for more, groups in (({}, 1), ({"directions": {"up": [1, 1, 0]}}, 2)):
        explorer = make(**more)  # type: ignore[arg-type]
        meta, buffers = explorer._flow._newest  # type: ignore[misc]
        assert [len(part) for part in buffers][groups:] == [4 * LENGTH, 128 * 128] and len(buffers) == groups + 2
        assert (meta["bins"], meta["frames"]) == (128, 128) == explorer.spectrogram.shape
        explorer.close()


def test_moves_of_one_gesture_are_undone_together() -> None:
    explorer = make()
    start = explorer.z
    for value in (0.5, 1.0, 1.5):
        explorer.on_request({"do": "move", "values": [[0, 0, value]], "gesture": "one"}, [])
    assert explorer.z[0] == 1.5
    explorer.on_request({"do": "undo"}, [])
    assert (explorer.z == start).all()
    explorer.undo()  # there is nothing left to undo
    assert (explorer.z == start).all()
    explorer.close()


def test_the_way_from_a_to_b() -> None:
    explorer = make()
    explorer.z = [-2, 0, 1]
    explorer.mark("A")
    explorer.z = [2, 0, 1]
    explorer.mark("B")
    explorer.path(0.0)
    assert explorer.z.tolist() == pytest.approx([-2, 0, 1])
    explorer.path(0.5)
    assert explorer.z[:2] == pytest.approx([0, 0], abs=1e-6) and np.linalg.norm(explorer.z) == pytest.approx(5**0.5)
    sounds = explorer.way(5).reshape(5, LENGTH)
    assert sounds[0] == pytest.approx(tones(np.array([[-2.0, 0, 1]]))[0], abs=1e-5)
    assert (np.diff(hearing.measures(sounds, RATE)["pitch"]) > 0).all()
    assert len(explorer.way()) == 8 * LENGTH
    reply = explorer.on_request({"do": "way"}, [])
    assert reply is not None and reply["count"] == 8 and len(reply["buffers"][0]) == 8 * 4 * LENGTH
    for call in (lambda: explorer.path(1.5), lambda: explorer.mark("C"), lambda: explorer.way(1)):
        with pytest.raises(ValueError, match=r"got|not 1"):
            call()
    explorer.close()


def test_the_game_tells_nothing_before_the_guess() -> None:
    real = np.full((30, LENGTH), 0.25, np.float32)
    explorer = make(real=real)
    sides = []
    for number in range(20):
        reply = explorer.on_request({"do": "pair"}, [])
        assert reply is not None and not {"real", "side"} & reply.keys() and len(reply["buffers"]) == 4
        left, right = (np.frombuffer(part, np.float32) for part in reply["buffers"][:2])
        truth = 0 if (left == 0.25).all() else 1
        assert (left == 0.25).all() != (right == 0.25).all()
        with pytest.raises(ValueError, match="guess first"):
            _ = explorer.game_state.real_side
        told = explorer.on_request({"do": "guess", "side": truth if number % 4 else 1 - truth}, [])
        assert told is not None and told["real"] == truth
        sides.append(truth)
    assert 4 < sum(sides) < 16
    assert (explorer.game_state.hits, explorer.game_state.played) == (15, 20)
    assert explorer.game_state.words.endswith("15 of 20 found.")
    for side in (0, 2):
        with pytest.raises(ValueError, match="side"):
            explorer.game_state.guess(side)
    with pytest.raises(ValueError, match="without real sounds"):
        _ = make().game_state
    explorer.close()


def test_a_render_that_fails_leaves_the_last_good_sound() -> None:
    def render(z: Array) -> Array:
        if z[0, 0] > 2:
            raise ArithmeticError("too <b>high</b>")
        return np.where(z[:, :1] < -2, np.nan, 0.5) * np.ones((len(z), 100), np.float32)

    explorer = make(render)
    start, before = explorer.wave, explorer.z
    for values, kind in (({0: 2.5}, ArithmeticError), ({0: -2.5}, ValueError)):
        with pytest.raises(kind):
            explorer.move(values)  # type: ignore[arg-type]
        assert (explorer.z == before).all() and (explorer.wave == start).all()
    explorer._receive(None, {"kind": "request", "id": "1", "payload": {"do": "move", "values": [[0, 0, 2.5]]}}, [])
    assert explorer._error_text == "ArithmeticError: too <b>high</b>"
    with pytest.raises(ArithmeticError):
        errors.check()
    explorer.move({0: 1.0})
    assert explorer._error_text == ""
    explorer.close()


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("render: got int", dict(render=3)),
        ("rate must be a whole number from 8000", dict(rate=100)),
        ("z_dim must be", dict(z_dim=0)),
        ("prior: got 'cauchy'", dict(prior="cauchy")),
        (r"render: expected waves \(N, L\)", dict(render=lambda z: np.zeros((len(z), 2, 50), np.float32))),
        ("render: expected waves", dict(render=lambda z: np.zeros((len(z), 50), np.int16))),
        (r"render: expected samples in \[-1, 1\], got up to 3", dict(render=lambda z: np.full((len(z), 50), 3.0))),
        ("render: got 2 waves for 1 z", dict(render=lambda z: np.zeros((2, 50)))),
        ("real: expected waves of 2000 samples", dict(real=np.zeros((4, 99)))),
        (r"directions\['up'\]", dict(directions={"up": [1, 2]})),
        ("prior: got \\[\\]", dict(prior=[])),
    ],
)
def test_bad_arguments_are_refused(message: str, arguments: dict[str, Any]) -> None:
    given: dict[str, Any] = {"render": tones, "z_dim": 3, "rate": RATE}
    with pytest.raises(ValueError, match=message):
        SoundExplorer(**(given | arguments))


@pytest.mark.parametrize("values", [None, {}, {0: "high"}, {0: math.nan}])
def test_moves_that_are_none_are_refused(values: Any) -> None:
    with pytest.raises(ValueError, match=r"^values?[: ]"):
        make().move(values)


def test_the_page_moves_and_locks_its_own_slider_whatever_others_are_called() -> None:
    explorer = SoundExplorer(tones, 3, RATE, labels=["a", "b", "b"], directions={"b": [1, 0, 0]})
    before = explorer.z
    explorer.on_request({"do": "move", "values": [[0, 2, 1.5]]}, [])
    assert explorer.z.tolist() == [before[0], before[1], 1.5]
    explorer.on_request({"do": "lock", "slider": [0, 2], "on": True}, [])
    assert explorer.sliders.locked == {(0, 2)}
    explorer.close()


def test_one_latent_many_latents_and_a_strange_request() -> None:
    for z_dim in (1, 512):
        explorer = SoundExplorer(lambda z: np.tanh(z[:, :1]) * np.ones((len(z), 64)), z_dim)
        explorer.move({z_dim - 1: 2.0})
        assert explorer.z[-1] == 2
        explorer.close()
    with pytest.raises(ValueError, match="do: expected one of"):
        make().on_request({"do": "explode"}, [])


def test_the_still_shows_the_tone() -> None:
    explorer = make()
    explorer.z = [2.0, 2.0, 0.0]
    pixels = np.asarray(Image.open(io.BytesIO(explorer.still())).convert("RGBA"))
    spectrum = pixels[-150:, 100:300, 3].mean(1)
    # The tone's 1,000 Hz on a scale of octaves from 4,000 Hz, at the top, to 50.
    assert abs(int(spectrum.argmax()) - 150 * np.log(4000 / 1000) / np.log(4000 / 50)) < 4
    assert repr(explorer) == "SoundExplorer()" and "image/png" in explorer._repr_mimebundle_()[0]
    explorer.close()
