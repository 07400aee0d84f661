"""The training stream: it learns, can be paused, interrupted and continued, and agrees with a loop written by hand."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganwidgets import datasets, latent, losses
from ganwidgets.models import dcgan
from ganwidgets.models.blocks import MinibatchStd
from ganwidgets.training import TrainConfig, Trainer


class PointGenerator(nn.Module):
    """z `(N, 3)` to points `(N, 2)`."""

    def __init__(self) -> None:
        super().__init__()
        self.z_dim = 3
        self.layers = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.layers(z)


def point_pair() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1), nn.Flatten(0))
    return PointGenerator(), D


def point_trainer(**settings: Any) -> Trainer:
    data = datasets.toy("ring_wide", n=500, seed=0)
    return Trainer(*point_pair(), data, TrainConfig(batch_size=16, **settings))


def image_trainer(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    G = dcgan.Generator(z_dim=4, channels=4, resolution=28, image_channels=1)
    D = dcgan.Discriminator(channels=4, resolution=28, image_channels=1)
    return Trainer(G, D, datasets.load("digits", "test"), TrainConfig(batch_size=8, samples=5, **settings))


def weights(trainer: Trainer) -> list[torch.Tensor]:
    return [t.clone() for network in (trainer.G, trainer.D, trainer.G_ema) for t in network.state_dict().values()]


def equal(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_one_step_is_that_of_a_loop_written_by_hand() -> None:
    trainer = point_trainer(ema=0.0)
    G, D = point_pair()
    opt_g = torch.optim.Adam(G.parameters(), 2e-4, betas=(0.5, 0.999))
    opt_d = torch.optim.Adam(D.parameters(), 2e-4, betas=(0.5, 0.999))
    rng = torch.Generator().manual_seed(0)
    points = torch.from_numpy(datasets.toy("ring_wide", n=500, seed=0).points.copy())
    criterion = nn.BCEWithLogitsLoss()
    for event in (next(trainer), next(trainer)):
        x_real = points[torch.randint(len(points), (16,), generator=rng)]
        x_fake = G(torch.randn(16, 3, generator=rng))
        opt_d.zero_grad()
        d_loss = criterion(D(x_real), torch.ones(16)) + criterion(D(x_fake.detach()), torch.zeros(16))
        d_loss.backward()
        opt_d.step()
        opt_g.zero_grad()
        g_loss = criterion(D(x_fake), torch.ones(16))
        g_loss.backward()
        opt_g.step()
        assert event.d_loss == pytest.approx(float(d_loss.detach()), abs=1e-6)
        assert event.g_loss == pytest.approx(float(g_loss.detach()), abs=1e-6)
    mine, by_hand = ([*g.parameters(), *d.parameters()] for g, d in ((trainer.G, trainer.D), (G, D)))
    for ours, theirs in zip(mine, by_hand, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_it_learns_where_the_points_are() -> None:
    trainer = point_trainer(lr_g=2e-3, lr_d=2e-3, r1=0.1, steps=1500, sample_every=1500)
    *_, last = trainer
    assert last.step == 1500 and last.samples is not None
    radius = np.linalg.norm(last.samples, axis=1)
    assert 1.3 < np.median(radius) < 2.7  # the ring's radius is 2


@pytest.mark.parametrize("loss", losses.LOSSES)
def test_every_loss_takes_steps(loss: str) -> None:
    trainer = point_trainer(loss=loss, r1=1.0, r2=1.0, n_critic=2)
    before = weights(trainer)
    events = [next(trainer) for _ in range(3)]
    assert all(np.isfinite([e.d_loss, e.g_loss, e.penalty]).all() for e in events)
    assert not equal(before, weights(trainer))


def test_an_event_says_what_happened_and_cannot_be_changed() -> None:
    event = next(image_trainer(sample_every=1))
    assert event.step == 1 and event.seconds > 0
    assert event.real_logits.shape == event.fake_logits.shape == event.fake_logits_after.shape == (8,)
    assert event.samples is not None and event.samples.shape == (5, 28, 28, 1) and event.samples.dtype == np.uint8
    assert event.d_x == pytest.approx(float(torch.sigmoid(torch.tensor(event.real_logits)).mean()), abs=1e-6)
    a, b = event.d_g_z
    assert 0 < b < 1 and 0 < a < 1
    with pytest.raises(ValueError):
        event.real_logits[0] = 3.0
    with pytest.raises(AttributeError):
        event.step = 2  # type: ignore[misc]


def test_samples_come_when_they_are_due_and_from_the_same_z() -> None:
    trainer = image_trainer(sample_every=2, ema=0.0)
    events = [next(trainer) for _ in range(4)]
    assert [e.samples is not None for e in events] == [False, True, False, True]
    assert np.array_equal(trainer.samples(), events[-1].samples)  # type: ignore[arg-type]


def test_the_penalty_is_lazy_and_weighted() -> None:
    trainer = point_trainer(r1=2.0, penalty_every=3)
    penalties = [next(trainer).penalty for _ in range(6)]
    assert [p > 0 for p in penalties] == [True, False, False, True, False, False]
    twin = point_trainer(r1=2.0)
    assert penalties[0] == pytest.approx(3 * next(twin).penalty, rel=1e-5)


def test_the_average_follows_g() -> None:
    trainer = point_trainer(ema=0.9)
    old = [p.clone() for p in trainer.G_ema.parameters()]
    next(trainer)
    weight = 1 - min(0.9, 2 / 11)
    for mean, before, now in zip(trainer.G_ema.parameters(), old, trainer.G.parameters(), strict=True):
        assert torch.allclose(mean, before + weight * (now - before), atol=1e-6)


def test_g_leaves_no_gradient_in_d_and_d_can_learn_again() -> None:
    trainer = point_trainer()
    (x_real, _), x_fake = trainer.real_batch(), trainer.generate()
    trainer.optimisers["D"].zero_grad()
    trainer.update_g(x_real, x_fake)
    assert all(p.grad is None and p.requires_grad for p in trainer.D.parameters())


def test_a_training_that_is_saved_and_loaded_goes_on_exactly() -> None:
    settings = dict(r1=1.0, r2=1.0, penalty_every=2, loss="relativistic", precision="bfloat16", steps=8, decay_from=0.5)
    whole, first, second = (image_trainer(**settings) for _ in range(3))
    events = list(whole)
    for _ in range(3):
        next(first)
    second.load_state({name: tensor.clone().contiguous() for name, tensor in first.state().items()})
    assert [e.d_loss for e in second] == [e.d_loss for e in events[3:]]
    assert equal(weights(whole), weights(second))


def test_a_state_of_other_networks_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to other networks"):
        image_trainer().load_state(point_trainer().state())


def test_a_state_that_is_refused_has_changed_nothing() -> None:
    trained, fresh = point_trainer(), point_trainer()
    next(trained)
    state = {name: tensor.clone() for name, tensor in trained.state().items()}
    before = {name: tensor.clone() for name, tensor in fresh.state().items()}
    last = [name for name in state if name.startswith("D.")][-1]
    for broken in (
        {name: tensor for name, tensor in state.items() if name != last},
        state | {last: state[last][..., None]},
        {name: tensor for name, tensor in state.items() if not name.startswith("clock")},
    ):
        with pytest.raises(ValueError, match="belongs to other networks"):
            fresh.load_state(broken)
        assert equal(list(before.values()), list(fresh.state().values()))


def test_groups_of_a_layer_never_mix_reals_and_fakes() -> None:
    trainer = image_trainer()
    D = nn.Sequential(MinibatchStd(), nn.Flatten(), nn.Linear(2 * 28 * 28, 1), nn.Flatten(0))
    trainer = Trainer(trainer.G, D, datasets.load("digits", "test"), TrainConfig(batch_size=6))
    x_real, x_fake = torch.randn(2, 6, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    real_logits, fake_logits = trainer._judge_both(x_real, x_fake, None, apart=False)
    assert torch.allclose(real_logits, D(x_real)) and torch.allclose(fake_logits, D(x_fake))


def test_an_interrupt_within_a_step_leaves_everything_usable() -> None:
    trainer = point_trainer()
    next(trainer)

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    handle = next(trainer.G.parameters()).register_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        next(trainer)
    handle.remove()
    assert all(p.requires_grad for p in trainer.D.parameters())
    assert next(trainer).step == 2


def test_rates_rise_and_fall() -> None:
    config = TrainConfig(steps=100, warmup=10, decay_from=0.5)
    assert [config.rate(s) for s in (1, 10, 50, 75, 100)] == pytest.approx([0.1, 1.0, 1.0, 0.55, 0.1])
    assert TrainConfig().rate(10**6) == 1.0
    assert [TrainConfig(steps=100, decay_from=0.5, decay_to=0.0).rate(s) for s in (50, 75, 100)] == [1.0, 0.5, 0.0]


def test_d_with_batch_norm_sees_reals_and_fakes_apart() -> None:
    class Spy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.out, self.sizes = nn.BatchNorm1d(2), nn.Linear(2, 1), list[int]()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.sizes.append(len(x))
            return self.out(self.norm(x)).flatten()

    spy = Spy()
    data = torch.randn(50, 2)
    next(Trainer(point_pair()[0], spy, data, TrainConfig(batch_size=16)))
    assert spy.sizes == [16, 16, 16]
    assert all(torch.isfinite(p).all() for p in spy.parameters())


def test_sampling_does_not_disturb_the_training() -> None:
    quiet, watched = image_trainer(), image_trainer(sample_every=1)
    for _ in range(3):
        next(quiet)
        next(watched)
        latent.renderer(watched.G)(latent.sample(2, 4))
    assert equal(weights(quiet), weights(watched))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "hinges"}, "no 'hinges'"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, not 0"),
        ({"ema": 1.0}, "ema must be a finite number of at least 0 and below 1, not 1.0"),
        ({"r1": -1.0}, "r1 must be a finite number of at least 0, not -1.0"),
        ({"batch_size": 1.5}, "batch_size must be a whole number"),
        ({"lr_g": float("nan")}, "lr_g must be a finite number of at least 0, not nan"),
        ({"betas": (0.5, 1.0)}, "betas must be"),
        ({"betas": 0.5}, "betas: got 0.5; allowed is a pair"),
        ({"clip": -1.0}, "clip must be"),
        ({"precision": "int8"}, "precision: got 'int8'; allowed is float32 or bfloat16"),
        ({"prior": "cauchy"}, "prior: got 'cauchy'; allowed is normal or uniform"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TrainConfig(), **settings)


def test_empty_and_broken_data_are_refused() -> None:
    for data in (torch.zeros(0, 2), torch.full((3, 2), float("nan"))):
        with pytest.raises(ValueError, match="data: expected at least one sample and finite real numbers"):
            Trainer(*point_pair(), data)


def test_the_networks_given_are_the_ones_that_learn() -> None:
    G, D = point_pair()
    before = copy.deepcopy(G)
    next(Trainer(G, D, torch.randn(20, 2), TrainConfig(batch_size=4)))
    assert not all(torch.equal(a, b) for a, b in zip(G.parameters(), before.parameters(), strict=True))
