"""Each failure is found in a real training with that bug, and three healthy trainings are left in peace."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from ganwidgets import datasets, recordings
from ganwidgets.diagnosis import TITLES, Diagnosis, Finding, Thresholds, diagnose
from ganwidgets.diagnosis.signals import Diversity, separation, turns
from ganwidgets.events import StepEvent
from ganwidgets.models import dcgan, mlp
from ganwidgets.training import TrainConfig, Trainer

RING = datasets.toy("ring_wide", 1000)
DIGITS = datasets.load("digits", "test")


def ring(
    prepare: Callable[[nn.Module, nn.Module], object] | None = None, spectral: bool = False, **settings: Any
) -> Trainer:
    torch.manual_seed(0)
    G, D = mlp.Generator(2, hidden=32, layers=2), mlp.Discriminator(hidden=32, layers=2, spectral=spectral)
    if prepare is not None:
        prepare(G, D)
    defaults: dict[str, Any] = dict(batch_size=64, lr_g=1e-3, lr_d=1e-3, sample_every=10)
    return Trainer(G, D, RING, TrainConfig(**defaults | settings))


def digits(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    G, D = dcgan.Generator(16, 4, 28, 1), dcgan.Discriminator(4, 28, 1)
    defaults: dict[str, Any] = dict(batch_size=16, lr_g=2e-3, lr_d=2e-3, betas=(0.0, 0.99), sample_every=20, samples=32)
    return Trainer(G, D, DIGITS, TrainConfig(**defaults | settings))


def names(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.name for finding in findings]


def run(trainer: Trainer, steps: int, real: np.ndarray | None = RING.points) -> Diagnosis:
    """The live way: the networks are looked at while they train."""
    diagnosis = Diagnosis(trainer.G, trainer.D, real)
    for event in islice(trainer, steps):
        diagnosis.update(event)
    return diagnosis


HEALTHY: dict[str, tuple[Callable[[], Trainer], int, np.ndarray]] = {
    "ring, non-saturating with R1": (lambda: ring(r1=0.1, penalty_every=2), 1050, RING.points),
    "ring, hinge with spectral norm": (lambda: ring(spectral=True, loss="hinge", betas=(0.0, 0.9)), 500, RING.points),
    "digits, relativistic DCGAN": (
        lambda: digits(loss="relativistic", r1=2.0, r2=2.0, penalty_every=4), 480, DIGITS.images,
    ),
    "ring, Wasserstein with a gradient penalty": (
        lambda: ring(loss="wasserstein", gp=1.0, betas=(0.0, 0.9)), 400, RING.points,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_trainings_are_left_in_peace(name: str) -> None:
    make, steps, real = HEALTHY[name]
    trainer = make()
    live = Diagnosis(trainer.G, trainer.D, real)
    events = []
    for event in islice(trainer, steps):
        live.update(event)
        events.append(event)
    assert [str(finding) for finding in live.findings] == []
    assert diagnose(events, trainer.G, trainer.D, real) == ()
    assert diagnose(events) == ()


def zero(network: nn.Module) -> None:
    for parameter in network.parameters():
        nn.init.zeros_(parameter)


def scale(network: nn.Module, factor: float) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(factor)


def kill(network: nn.Module) -> None:
    """The biases of the first layer so low that no ReLU behind it is ever above zero."""
    nn.init.constant_(network.get_submodule("layers.0").bias, -100.0)  # type: ignore[arg-type]


class Detached(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.detach()


def cut(network: nn.Module) -> None:
    """A `detach` too much, in the middle of G."""
    layers = network.get_submodule("layers")
    assert isinstance(layers, nn.Sequential)
    layers[1] = nn.Sequential(nn.ReLU(), Detached())


BUGS: dict[str, tuple[str, Callable[[], Trainer], int, str]] = {
    "steps so long that weights overflow": (
        "nan", lambda: ring(lr_d=1e30, lr_g=1e30), 10, r"At step \d+, .* is (nan|inf|-inf)",
    ),
    "G hardly learns and D runs ahead": (
        "saturated_discriminator", lambda: ring(lr_g=1e-6, lr_d=5e-3), 250, r"100.0% of all pairs",
    ),
    "the same with hinge, whose zero is another": (
        "saturated_discriminator", lambda: ring(loss="hinge", lr_g=1e-6, lr_d=5e-3), 250, r"100.0% of all pairs",
    ),
    "G much faster than D": (
        "collapse", lambda: ring(lr_g=1e-2, lr_d=1e-4), 800, r"differ .*% as much as the data",
    ),
    "a critic with nothing to hold it": (
        "oscillation", lambda: ring(loss="wasserstein", clip=0.1, betas=(0.9, 0.99)), 1000, r"up and down \d+ times",
    ),
    "D starts from zeros": (
        "initialisation", lambda: ring(lambda G, D: zero(D)), 2, r"D's 2 weight matrices all units are copies",
    ),
    "G starts from zeros": (
        "initialisation", lambda: ring(lambda G, D: zero(G)), 2, r"G's 3 weight matrices all units are copies",
    ),
    "D starts far too large": (
        "initialisation", lambda: ring(lambda G, D: scale(D, 30)), 2, r"D's logits already reach \d+",
    ),
    "G starts far too small": (
        "initialisation", lambda: ring(lambda G, D: scale(G, 0.02)), 2, r"nearly the same of every z",
    ),
    "dead ReLU units": (
        "dead_gradients", lambda: ring(lambda G, D: kill(G)), 2, r"gradients of length 0 in layers.0.weight",
    ),
    "a detach too much": (
        "dead_gradients", lambda: ring(lambda G, D: cut(G)), 2, r"G has no gradient .* layers.0.weight",
    ),
}  # fmt: skip


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_found_with_its_evidence(bug: str) -> None:
    name, make, steps, evidence = BUGS[bug]
    found = {finding.name: finding for finding in run(make(), steps).findings}
    assert name in found, list(found)
    finding = found[name]
    assert re.search(evidence, finding.evidence), finding.evidence
    assert finding.try_this and finding.title == TITLES[name] and finding.severity in ("error", "warning")
    assert 1 <= finding.step <= finding.last_step <= steps


def test_every_kind_of_finding_has_its_bug() -> None:
    assert {name for name, *_ in BUGS.values()} == set(TITLES)


def test_pictures_that_collapse_are_found_too() -> None:
    trainer = digits(lr_g=1e-6, lr_d=1e-3, batch_size=8, samples=16)
    events = list(islice(trainer, 430))
    assert set(names(diagnose(events, real=DIGITS.images))) == {"saturated_discriminator", "collapse"}


def test_without_data_a_collapse_is_a_fall_from_what_was() -> None:
    healthy = list(islice(ring(r1=0.1), 400))
    tight = (0.05 * np.asarray(healthy[-1].samples, dtype=np.float32)).astype(np.float32)
    shrunk = [
        replace(event, step=event.step + 400, samples=None if event.samples is None else tight) for event in healthy
    ]
    assert names(diagnose(healthy)) == []
    (finding,) = diagnose([*healthy, *shrunk])
    assert finding.name == "collapse" and "as much as what they did before" in finding.evidence


def test_a_recording_is_diagnosed_like_the_training_itself() -> None:
    recording = recordings.record(ring(lr_g=1e-6, lr_d=5e-3), 300, every=10, states=0, progress=False)
    assert names(diagnose(recording, real=RING.points)) == ["saturated_discriminator"]


def test_looking_does_not_disturb_the_training() -> None:
    quiet, watched = ring(spectral=True), ring(spectral=True)
    for _ in range(3):
        next(quiet)
    run(watched, 3)
    a, b = quiet.state(), watched.state()
    assert all(torch.equal(a[key], b[key]) for key in a if key != "clock")


def test_a_finding_that_passes_keeps_the_step_when_it_last_held() -> None:
    diagnosis = Diagnosis()
    trainer = ring(lr_g=1e-6, lr_d=5e-3)
    for event in islice(trainer, 250):
        diagnosis.update(event)
    (finding,) = diagnosis.findings
    for event in islice(ring(r1=0.1), 300):
        diagnosis.update(replace(event, step=event.step + 250))
    (later,) = diagnosis.findings
    assert finding.step == later.step and 250 <= later.last_step < 350


def test_one_player_has_no_d_to_be_nan() -> None:
    a, b, c = (np.zeros(0, np.float32) for _ in range(3))
    events = [StepEvent(k, math.nan, 1.0 / k, 0.0, a, b, c, 0.0) for k in range(1, 60)]
    assert diagnose(events) == ()
    assert names(diagnose([*events, replace(events[-1], step=60, g_loss=math.inf)])) == ["nan"]


def test_separation_is_the_area_under_the_roc() -> None:
    assert separation(np.array([2.0, 0.0]), np.array([1.0, 0.0])) == 0.625  # 2 of 4 pairs right, one tied
    rng = np.random.default_rng(0)
    real, fake = rng.normal(0.5, 1, 60).round(1), rng.normal(0, 1, 50).round(1)
    expected = roc_auc_score([1] * 60 + [0] * 50, np.concatenate([real, fake]))
    assert separation(real, fake) == pytest.approx(expected, abs=1e-12)
    assert separation(1000 * real + 7, 1000 * fake + 7) == pytest.approx(expected, abs=1e-12)  # no zero, no unit


def test_diversity_is_one_for_the_data_and_zero_for_copies() -> None:
    diversity = Diversity(RING.points)
    assert diversity(datasets.toy("ring_wide", 500, seed=1).points) == pytest.approx(1, abs=0.05)
    assert diversity(np.ones((64, 2), np.float32)) < 1e-5
    angles = np.arctan2(RING.points[:, 1], RING.points[:, 0])
    modes = np.round(angles / (np.pi / 4)).astype(int) % 8
    shares = [diversity(RING.points[np.isin(modes, kept)]) for kept in ([0], [0, 4], [0, 1, 2, 3])]
    assert shares[0] < shares[1] < Thresholds().low_diversity < shares[2]


def test_turns_of_a_known_wave() -> None:
    wave = np.sin(np.linspace(0, 6 * np.pi, 601))  # three periods: tops and bottoms at 50, 150, ... 550
    assert turns(wave, 0.5) == [50, 150, 250, 350, 450, 550]
    assert turns(wave, 2.5) == [] and turns(np.linspace(0, 9, 50), 0.5) == []
    noisy = wave + np.random.default_rng(0).normal(0, 0.05, 601)
    assert len(turns(noisy, 0.5)) == 6


def test_data_of_another_form_are_refused() -> None:
    event = next(ring(sample_every=1))
    with pytest.raises(ValueError, match="real: of another form than the samples"):
        Diagnosis(real=DIGITS.images).update(event)
    with pytest.raises(ValueError, match=r"real: expected at least 2 samples, \(N, ...\), got shape \(1, 2\)"):
        Diagnosis(real=RING.points[:1])
