"""What an ensemble gives is what separate trainings of its seeds give; members can be taken out; refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganwidgets import datasets
from ganwidgets.ensemble import Ensemble
from ganwidgets.models import mlp
from ganwidgets.training import TrainConfig, Trainer

SEEDS = (3, 0, 11)
RING = datasets.toy("ring_wide", n=200)
Make = Callable[[], tuple[nn.Module, nn.Module]]


def pair(**settings: Any) -> Make:
    return lambda: (mlp.Generator(hidden=8, layers=2), mlp.Discriminator(hidden=8, layers=2, **settings))


class OwnG(nn.Sequential):
    """A generator of someone else's, which knows nothing of stacking."""

    z_dim = 2


def own_pair() -> tuple[nn.Module, nn.Module]:
    G = OwnG(nn.Linear(2, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 2))
    return G, nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Flatten(0))


def alone(make: Make, config: TrainConfig, seed: int) -> Trainer:
    torch.manual_seed(seed)
    return Trainer(*make(), RING, replace(config, seed=seed))


CASES: dict[str, tuple[Make, dict[str, Any]]] = {
    "plain": (pair(), {}),
    "minimax, own networks": (own_pair, dict(loss="minimax", r1=0.5)),
    "hinge, no average": (pair(), dict(loss="hinge", ema=0.0)),
    "least squares, smoothed labels": (pair(), dict(loss="least_squares", label_smoothing=0.1)),
    "relativistic, R1 and R2, lazy": (pair(), dict(loss="relativistic", r1=1.0, r2=0.5, penalty_every=2, warmup=3)),
    "WGAN-GP": (pair(), dict(loss="wasserstein", gp=10.0, n_critic=3)),
    "clipped": (pair(), dict(loss="wasserstein", clip=0.05, clip_every=2)),
    "packed": (pair(pack=2), dict(n_critic=2)),
    "packed, R1": (pair(pack=4), dict(r1=0.3)),
    "minibatch deviation": (pair(minibatch_std=True), dict(r2=0.3)),
    "instance noise, uniform z": (pair(), dict(instance_noise=0.3, prior="uniform", r1=0.1, penalty_every=2)),
    "unrolled": (pair(), dict(unroll=3)),
}


@pytest.mark.parametrize("case", CASES)
def test_every_seed_goes_as_it_would_alone(case: str) -> None:
    make, settings = CASES[case]
    config = TrainConfig(batch_size=8, lr_g=2e-3, lr_d=2e-3, steps=6, decay_from=0.5, samples=5, **settings)
    ensemble = Ensemble(make, RING, config, SEEDS)
    steps = list(ensemble)
    trainers = [alone(make, config, seed) for seed in SEEDS]
    runs = [list(trainer) for trainer in trainers]
    for place, (trainer, events) in enumerate(zip(trainers, runs, strict=True)):
        for step, event in zip(steps, events, strict=True):
            for name in ("real_logits", "fake_logits", "fake_logits_after"):
                assert np.allclose(getattr(step, name)[place], getattr(event, name), atol=1e-4)
        assert np.allclose(ensemble.samples()[place], trainer.samples(), atol=1e-4)
        for member, network in zip(ensemble.pair(place), (trainer.G_ema, trainer.D), strict=True):
            for ours, theirs in zip(member.parameters(), network.parameters(), strict=True):
                assert torch.allclose(ours, theirs, atol=1e-4)
    for name in ("d_loss", "g_loss", "penalty"):
        means = np.mean([[getattr(event, name) for event in events] for events in runs], axis=0)
        assert np.allclose([getattr(step, name) for step in steps], means, rtol=1e-3, atol=1e-5)


def test_the_seeds_differ() -> None:
    ensemble = Ensemble(pair(), RING, TrainConfig(batch_size=8, steps=2), seeds=4)
    *_, last = ensemble
    assert ensemble.seeds == (0, 1, 2, 3) and ensemble.step == last.step == 2
    assert len({tuple(row) for row in last.real_logits.tolist()}) == 4


def test_samples_come_when_due_and_new_z_can_be_asked_for() -> None:
    ensemble = Ensemble(pair(), RING, TrainConfig(batch_size=8, steps=4, sample_every=2, samples=6), seeds=3)
    steps = list(ensemble)
    assert [step.samples is not None for step in steps] == [False, True, False, True]
    assert np.array_equal(steps[-1].samples, ensemble.samples())  # type: ignore[arg-type]
    more = ensemble.samples(50, seed=7)
    assert more.shape == (3, 50, 2)
    G, _ = ensemble.pair(1)
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(7))
    assert np.allclose(more[1], G(z).detach().numpy(), atol=1e-6)


def test_the_start_leaves_the_global_seed_alone() -> None:
    torch.manual_seed(5)
    Ensemble(pair(), RING, seeds=2)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))


def test_networks_that_cannot_be_stacked_are_refused() -> None:
    def with_batch_norm() -> tuple[nn.Module, nn.Module]:
        return OwnG(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)), pair()()[1]

    with pytest.raises(ValueError, match="batch statistics"):
        Ensemble(with_batch_norm, RING)
    with pytest.raises(ValueError, match="spectral normalisation"):
        Ensemble(pair(spectral=True), RING)
    with pytest.raises(ValueError, match="seeds must be a whole number of at least 1, not 0"):
        Ensemble(pair(), RING, seeds=0)
    sizes = iter(range(4, 100))
    with pytest.raises(ValueError, match="only their weights may differ"):
        Ensemble(lambda: (mlp.Generator(hidden=next(sizes)), pair()()[1]), RING)
    scales = iter((1.0, 2.0))
    with pytest.raises(ValueError, match="only their weights may differ"):
        Ensemble(lambda: (mlp.Generator(scale=next(scales)), pair()()[1]), RING, seeds=2)
    with pytest.raises(ValueError, match="index must be a whole number from 0 to 2, not 3"):
        Ensemble(pair(), RING, seeds=3).pair(3)


def test_members_say_what_is_wrong_with_their_input() -> None:
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 2\), got \(16, 3\)"):
        next(Ensemble(lambda: (mlp.Generator(out=3), pair()()[1]), torch.randn(20, 3), TrainConfig(batch_size=8)))
    with pytest.raises(ValueError, match="x: 9 samples do not divide into packs of 2"):
        next(Ensemble(pair(pack=2), RING, TrainConfig(batch_size=9, r1=1.0), seeds=2))
