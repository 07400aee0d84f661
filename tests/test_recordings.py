"""Recordings: what comes back is what happened, it is small, survives an interrupt, and a branch goes on exactly."""

from __future__ import annotations

import json
import math
import warnings
import zipfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganwidgets import datasets, film, recordings
from ganwidgets.events import StepEvent
from ganwidgets.models import dcgan, mlp
from ganwidgets.solo import SoloTrainer
from ganwidgets.stream import Stream
from ganwidgets.training import TrainConfig, Trainer

SETTINGS: dict[str, Any] = dict(batch_size=16, lr_g=2e-3, lr_d=2e-3, r1=0.1, penalty_every=2, samples=20)


def point_trainer(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    G, D = mlp.Generator(2, hidden=16, layers=2), mlp.Discriminator(hidden=16, layers=2, spectral=True)
    return Trainer(G, D, datasets.toy("ring_wide", 200), TrainConfig(**SETTINGS | settings))


def image_trainer(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    G = dcgan.Generator(z_dim=8, channels=4, resolution=28, image_channels=1)
    D = dcgan.Discriminator(channels=4, resolution=28, image_channels=1)
    return Trainer(G, D, datasets.load("digits", "test"), TrainConfig(batch_size=8, samples=6, **settings))


def recorded(trainer: Stream, steps: int = 24, **options: Any) -> recordings.Recording:
    return recordings.record(trainer, steps, **dict(every=4, states=2, progress=False) | options)


def weights(trainer: Stream) -> list[torch.Tensor]:
    return [tensor for name, tensor in sorted(trainer.state().items()) if name != "clock"]


def same(a: Stream, b: Stream) -> bool:
    return a.step == b.step and all(torch.equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


def test_events_come_back_as_they_were() -> None:
    live = [event for event in islice(point_trainer(sample_every=1), 24) if event.step == 1 or event.step % 4 == 0]
    recording = recorded(point_trainer())
    assert recording.steps.tolist() == [1, 4, 8, 12, 16, 20, 24] == [event.step for event in recording]
    for event, then in zip(recording, live, strict=True):
        assert isinstance(event, StepEvent)
        assert (event.d_loss, event.g_loss, event.penalty) == (then.d_loss, then.g_loss, then.penalty)
        assert np.allclose(event.real_logits, then.real_logits, rtol=1e-3, atol=1e-4)
        assert event.samples is not None and then.samples is not None and event.samples.dtype == np.float32
        assert np.allclose(event.samples, then.samples, rtol=1e-3, atol=1e-4)
    assert len(list(recording)) == len(recording)  # a second time
    assert recording[-1].step == 24 and [event.step for event in recording[1:3]] == [4, 8]
    assert (recording.at(11).step, recording.at(12).step, recording.at(0).step) == (8, 12, 1)


def test_losses_are_there_for_every_step() -> None:
    live = list(islice(point_trainer(), 24))
    curves = recorded(point_trainer()).curves
    assert curves["step"].tolist() == list(range(1, 25))
    assert curves["d_loss"].tolist() == [event.d_loss for event in live]
    assert curves["penalty"].tolist() == [event.penalty for event in live]


def test_recording_does_not_disturb_the_training() -> None:
    quiet, watched = point_trainer(), point_trainer()
    for _ in range(24):
        next(quiet)
    recorded(watched)
    assert same(quiet, watched)


def test_a_recorder_hands_on_the_stream_and_its_recording_grows() -> None:
    recorder = recordings.Recorder(point_trainer(), every=3, state_every=0)
    steps = [(event.step, event.samples is not None, len(recorder.recording)) for event in islice(recorder, 6)]
    assert steps == [(1, True, 1), (2, False, 1), (3, True, 2), (4, False, 2), (5, False, 2), (6, True, 3)]


@pytest.mark.parametrize("make", [point_trainer, image_trainer])
def test_a_branch_without_changes_goes_on_as_the_original_did(make: Any, tmp_path: Path) -> None:
    whole = make(precision="bfloat16")
    recording = recorded(whole, path=tmp_path / "run.ganrec")
    assert recording.state_steps == (0, 12, 24)
    for source in (recording, recordings.load(tmp_path / "run.ganrec")):
        data = None if make is point_trainer or source is recording else datasets.load("digits", "test")
        for step in (0, 12, 17):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                branch = source.branch(step, data=data)
            assert branch.step == step
            assert [next(branch).d_loss for _ in range(24 - step)] == recording.curves["d_loss"][step:].tolist()
            assert same(branch, whole)


def test_a_branch_with_changes_goes_another_way_from_the_same_point() -> None:
    recording = recorded(point_trainer())
    original, other, reseeded = (recording.branch(10, **c) for c in ({}, {"lr_d": 0.02}, {"seed": 7}))
    assert isinstance(other, Trainer) and other.config == replace(original.config, lr_d=0.02)
    assert same(original, other) and torch.equal(next(iter(reseeded.G.parameters())), next(iter(other.G.parameters())))
    then, now, elsewhere = next(original), next(other), next(reseeded)
    assert now.d_loss == then.d_loss != elsewhere.d_loss  # the changed rate shows one step later
    assert next(original).d_loss != next(other).d_loss
    assert [next(other).samples is not None for _ in range(4)] == [False, False, False, True]  # step 16


def test_branches_leave_the_recording_as_it_was() -> None:
    recording = recorded(point_trainer())
    first, second = ([event.g_loss for event in islice(recording.branch(12, lr_g=0.1), 5)] for _ in range(2))
    assert first == second


def test_a_training_with_one_player_is_recorded_and_branched_too() -> None:
    class Autoencoder(torch.nn.Module):
        z_dim = 2

        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 2)

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return self.layer(z)

        def loss(self, x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
            return (self.layer(x + torch.randn(x.shape, generator=rng)) - x).square().mean()

    trainer = SoloTrainer(Autoencoder(), torch.randn(50, 2), TrainConfig(batch_size=8))
    recording = recorded(trainer)
    assert math.isnan(recording[2].d_loss) and recording[2].real_logits.shape == (0,)
    branch = recording.branch(7)
    assert [next(branch).g_loss for _ in range(17)] == recording.curves["g_loss"][7:].tolist()


def test_without_states_a_branch_says_why_it_cannot_or_starts_from_the_given_networks(tmp_path: Path) -> None:
    recorded(point_trainer(), path=tmp_path / "run.ganrec", states=0)
    assert [path.name for path in tmp_path.iterdir()] == ["run.ganrec"]
    recording = recordings.load(tmp_path / "run.ganrec")
    with pytest.raises(ValueError, match=r"without a state to start from.*pass the networks"):
        recording.branch(10)
    fresh, original = point_trainer(), point_trainer()
    branch = recording.branch(10, G=fresh.G, D=fresh.D)
    for _ in range(10):
        next(original)
    assert same(branch, original)
    with pytest.raises(ValueError, match="not those of the recording"):
        recording.branch(10, G=original.G, D=original.D)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    recorded(image_trainer(), steps=4, path=tmp_path / "digits.ganrec")
    recording = recordings.load(tmp_path / "digits.ganrec")
    with pytest.raises(ValueError, match=r"data: .*too many to be in the file; pass data="):
        recording.branch(2)
    with pytest.raises(ValueError, match="data: expected the samples that were trained on"):
        recording.branch(2, data=datasets.load("digits", "train"))
    for step in (-1, 5):
        with pytest.raises(ValueError, match=f"step must be a whole number from 0 to 4, not {step}"):
            recording.branch(step)
    with pytest.raises(ValueError, match="changes: no setting learning_rate; there are loss, batch_size"):
        recording.branch(2, learning_rate=1.0)


def test_networks_of_your_own_are_asked_for(tmp_path: Path) -> None:
    D = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0))
    trainer = Trainer(mlp.Generator(2, hidden=8), D, torch.randn(30, 2), TrainConfig(batch_size=4))
    recording = recorded(trainer, steps=8, path=tmp_path / "own.ganrec")
    assert recording.branch(6).step == 6
    loaded = recordings.load(tmp_path / "own.ganrec")
    with pytest.raises(ValueError, match="D: the file does not know how to build this network; pass D="):
        loaded.branch(6)
    assert same(loaded.branch(8, D=D), trainer)


def test_another_machines_rounding_is_noticed() -> None:
    recording = recorded(point_trainer())
    d_loss, *others = recording._curves[14]
    recording._curves[14] = (d_loss * (1 + 1e-5), *others)
    with pytest.warns(UserWarning, match="computes a little otherwise"):
        recording.branch(17)


def test_an_interrupt_keeps_what_there_is(tmp_path: Path) -> None:
    trainer = point_trainer()
    trainer.G.register_forward_hook(interrupt_at(trainer, 9))
    with pytest.warns(UserWarning, match="interrupted: the recording ends with step 9"):
        recording = recorded(trainer, path=tmp_path / "run.ganrec")
    loaded = recordings.load(tmp_path / "run.ganrec")
    assert loaded.steps.tolist() == recording.steps.tolist() == [1, 4, 8] and loaded.last_step == 9
    branch, original = loaded.branch(9), point_trainer()
    for _ in range(9):
        next(original)
    assert same(branch, original)


def interrupt_at(trainer: Trainer, step: int) -> Any:
    def hook(*_: object) -> None:
        if trainer.step == step:
            raise KeyboardInterrupt

    return hook


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = recorded(point_trainer()).save(tmp_path / "run.ganrec")
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(film, "_npy", lambda array: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError):
            recorded(point_trainer(), 8).save(path)
    assert path.read_bytes() == before
    assert len(recordings.load(path)) == 7


def test_states_of_an_earlier_run_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "run.ganrec"
    recorded(point_trainer(), path=path)
    recorded(point_trainer(seed=3), 6, path=path)
    loaded = recordings.load(path)
    assert loaded.state_steps == (0, 3, 6) and len(list((tmp_path / "run.states").iterdir())) == 3
    assert loaded.branch(4).step == 4


@pytest.mark.parametrize("harm", ["cut", "text", "member", "other", "bit"])
def test_broken_files_are_refused(harm: str, tmp_path: Path) -> None:
    path = recorded(point_trainer()).save(tmp_path / "run.ganrec", states=False)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif harm == "text":
        path.write_text("not a recording")
    elif harm == "bit":  # the flag of the first member in the directory at the end: as if it were encrypted
        content = bytearray(path.read_bytes())
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path) as file:
            members = {name: file.read(name) for name in file.namelist()}
        if harm == "member":
            del members["curves.npy"]
        else:
            members["recording.json"] = json.dumps(json.loads(members["recording.json"]) | {"format": "x"}).encode()
        with zipfile.ZipFile(path, "w") as file:
            for name, data in members.items():
                file.writestr(name, data)
    with pytest.raises(ValueError, match=r"no recording|incomplete"):
        recordings.load(path)


def test_bad_arguments_are_refused(tmp_path: Path) -> None:
    for options, message in (
        ({"steps": 0}, "steps must be"),
        ({"states": -1}, "states must be"),
        ({"every": 0}, "every"),
    ):
        with pytest.raises(ValueError, match=message):
            recorded(point_trainer(), **options)
    with pytest.raises(ValueError, match="name_or_path: there is no recording 'nothing'"):
        recordings.load("nothing")
    recording = recorded(point_trainer(), 4)
    with pytest.raises(ValueError, match=r"path: expected a name that ends in .ganrec, got run.zip"):
        recording.save(tmp_path / "run.zip")
    empty = recordings.Recorder(point_trainer()).recording
    with pytest.raises(ValueError, match="no step was recorded"):
        empty.save(tmp_path / "run.ganrec")
    with pytest.raises(ValueError, match="event: expected step 5, got step 7"):
        recording.add(replace(recording[0], step=7), frame=False)


def forming_digits(shares: np.ndarray) -> list[np.ndarray]:
    """Digits that come out of noise, by the share of the digits in each frame."""
    images = datasets.load("digits", "test").images[:64]
    rng = np.random.default_rng(0)
    mixed = (share * images + (1 - share) * rng.normal(128, 40, images.shape) for share in shares)
    return [np.clip(frame, 0, 255).astype(np.uint8) for frame in mixed]


def test_pictures_are_a_film_of_good_quality_and_few_bytes() -> None:
    frames = forming_digits(np.linspace(0.8, 1, 16))
    reel = film.Film()
    for frame in frames:
        reel.append(frame)
    segments = reel.segments()
    again = film.Film(segments, reel.shape, str(reel.dtype))
    errors = [np.square(a.astype(float) - b).mean() for a, b in zip(again, frames, strict=True)]
    assert 10 * np.log10(255**2 / max(errors)) > 30
    assert sum(len(segment.data) for segment in segments) <= film.BYTES * 16 < 0.2 * sum(f.nbytes for f in frames)
    noise = film.encode(np.stack(forming_digits(np.zeros(8))))
    assert len(noise.data) <= film.BYTES * film.SEGMENT // 4


def test_a_film_can_be_looked_at_while_it_is_compressed() -> None:
    frames = forming_digits(np.linspace(0.5, 1, film.SEGMENT + 1))
    small = [frame[:4, :16, :16] for frame in frames]
    reel = film.Film()
    for frame in small:
        reel.append(frame)
    assert all(np.abs(a.astype(int) - b).max() < 60 for a, b in zip(reel, small, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        reel[0][:] = 0


@pytest.mark.parametrize("shape", [(5, 8, 8, 3), (7, 9, 10, 1), (3, 4, 8, 8, 3), (1, 16, 16, 3)])
def test_a_film_keeps_every_tile_in_its_place(shape: tuple[int, ...]) -> None:
    tiles = np.arange(math.prod(shape[:-3]), dtype=np.uint8) * (120 // math.prod(shape[:-3])) + 20
    frame = np.broadcast_to(tiles.reshape(*shape[:-3], 1, 1, 1), shape).copy()
    reel = film.Film()
    for k in range(film.SEGMENT + 2):
        reel.append(np.minimum(frame + np.uint8(k), 255))
    again = film.Film(reel.segments(), shape, "uint8")
    assert len(again) == len(reel) == film.SEGMENT + 2 and [s.count for s in reel.segments()] == [film.SEGMENT, 2]
    for k in (0, film.SEGMENT - 1, film.SEGMENT + 1):
        assert np.abs(again[k].astype(int) - (frame.astype(int) + k)).max() <= 6
    with pytest.raises(ValueError, match="frame: this film is of"):
        reel.append(frame[..., :1, :])


def test_points_that_run_away_are_kept_in_full() -> None:
    points = np.array([[1.0, 2e6], [np.nan, np.inf]], np.float32)
    reel = film.Film()
    reel.append(points)
    again = film.Film(reel.segments(), points.shape, "float32")
    assert np.array_equal(again[0], points, equal_nan=True)
    assert film.halved(np.ones(3, np.float32)).dtype == np.float16
