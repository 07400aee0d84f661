"""Runs: what a widget may know of a training, which other ways there are, and that a way back ends where it should."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganwidgets import datasets, live_runs, recordings, runs
from ganwidgets.alternatives import alternatives, described
from ganwidgets.events import StepEvent
from ganwidgets.losses import LOSSES
from ganwidgets.models import mlp
from ganwidgets.runs import Recorded, run_of
from ganwidgets.training import TrainConfig, Trainer


def trainer(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    G, D = mlp.Generator(2, hidden=4, layers=1), mlp.Discriminator(hidden=4, layers=1)
    return Trainer(G, D, datasets.toy("ring_wide", 100), TrainConfig(**{"batch_size": 8, "samples": 8} | settings))


def weights(stream: Any) -> list[torch.Tensor]:
    return [p.detach().clone() for network in (stream.G, stream.D) for p in network.parameters()]


def test_a_run_is_the_same_training() -> None:
    plain, run = trainer(), run_of(trainer())
    assert [next(run).d_loss for _ in range(6)] == [next(plain).d_loss for _ in range(6)]
    assert run_of(run) is run


@pytest.mark.parametrize("step", [0, 1, 24, 25, 60, 70])
def test_the_way_back_ends_exactly_there(step: int) -> None:
    plain, run = trainer(), run_of(trainer())
    for _ in range(70):
        next(run)
    for _ in range(step):
        next(plain)
    way = run.way_back(step)
    assert 0 <= way.left < live_runs.STATE_EVERY
    while way.left:
        way.advance()
    twin: Any = way.branch({})
    assert twin.step == step
    assert all(torch.equal(a, b) for a, b in zip(weights(twin), weights(plain), strict=True))


def test_few_states_are_kept_however_long_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_runs, "STATE_BYTES", 0)
    run = run_of(trainer())
    for _ in range(400):
        next(run)
    assert 2 <= len(run._states.steps) <= 4  # type: ignore[attr-defined]
    assert run.way_back(399).left < 400


def test_alternatives_are_all_different_and_all_allowed() -> None:
    for config in (TrainConfig(), TrainConfig(loss="hinge", r1=1.0), TrainConfig(label_smoothing=0.1, gp=3.0)):
        settings = alternatives(config)
        for setting in settings:
            for option in setting.options:
                changed = TrainConfig(**asdict(config) | option.changes)
                assert changed != config
        loss = next(setting for setting in settings if setting.label == "loss")
        assert {option.changes["loss"] for option in loss.options} == set(LOSSES) - {config.loss}
    assert [setting.label for setting in alternatives(TrainConfig(), players=1)] == ["learning rate"]
    rate = alternatives(TrainConfig(lr_d=2e-4))[2]
    assert (rate.now, rate.options[0].label, rate.options[0].changes) == (
        "0.0002", "10 times higher: 0.002", {"lr_d": 2e-3},
    )  # fmt: skip


def test_changes_in_words() -> None:
    assert described({"loss": "non_saturating", "lr_d": 1e-3}) == "loss non-saturating, lr_d 0.001"
    assert described({}) == "the same settings"


def test_health_tells_what_was_looked_at() -> None:
    run = run_of(trainer(sample_every=2))
    assert run.health() == runs.Health((), 0, ())
    next(run)
    assert run.health().looked_at == ("losses", "D's scores", "both networks")
    next(run)
    assert run.health() == runs.Health((), 2, ("losses", "D's scores", "samples", "both networks"))


def test_networks_that_cannot_be_looked_at_do_not_stop_the_training() -> None:
    class Odd(nn.Module):
        z_dim = 2

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            if len(z) == 64:  # as many as a look takes
                raise RuntimeError("only eight at a time")
            result: torch.Tensor = self.layer(z)
            return result

    D, data = mlp.Discriminator(hidden=4, layers=1), datasets.toy("ring_wide", 100)
    run = run_of(Trainer(Odd(), D, data, TrainConfig(batch_size=8)))
    for _ in range(3):
        next(run)
    assert run.health().looked_at == ("losses", "D's scores")
    assert run.health().steps == 3


def test_plain_events_are_watched_and_have_no_way_back() -> None:
    logits = np.linspace(-1, 1, 8, dtype=np.float32)
    events = [StepEvent(step, 1.0, 1.0, 0.0, logits, logits - 1, logits, 0.0) for step in (1, 2)]
    run = run_of(events)
    assert [event.step for event in run] == [1, 2]
    assert (run.health().steps, run.settings, run.config) == (2, (), None)
    with pytest.raises(ValueError, match="no way back to 1"):
        run.way_back(1)
    with pytest.raises(ValueError, match="stream: expected something to iterate"):
        run_of(3)  # type: ignore[arg-type]


def test_pictures_are_compared_with_real_ones_of_the_same_form() -> None:
    assert live_runs.real_samples(torch.zeros(10, 3, 4, 4, dtype=torch.uint8)).shape == (10, 4, 4, 3)
    assert live_runs.real_samples(np.zeros((1200, 2))).shape == (600, 2)
    assert live_runs.real_samples(torch.zeros(10, 1, 30)) is None


def test_a_training_of_ones_own_is_watched_but_offers_no_other_way() -> None:
    class Own(Trainer):
        pass

    plain = trainer()
    run = run_of(Own(plain.G, plain.D, datasets.toy("ring_wide", 100), plain.config))
    next(run)
    assert (run.settings, run.health().steps) == ((), 1)
    with pytest.raises(ValueError, match="recording of a Own cannot be continued"):
        run.way_back(1)


def test_a_recording_from_a_file_wants_the_data_that_it_does_not_hold(tmp_path: Path) -> None:
    data = datasets.toy("ring_wide", 40_000)
    one = trainer()
    made = recordings.record(Trainer(one.G, one.D, data, one.config), 6, every=2, states=1, progress=False)
    recording = recordings.load(made.save(tmp_path / "ring.ganrec"))
    with pytest.raises(ValueError, match="too many to be in the file; pass data="):
        run_of(recording).way_back(4)
    run = run_of(recording, data)
    assert run.way_back(4).left == 4
    assert isinstance(run, Recorded) and run.wait().steps == 4
