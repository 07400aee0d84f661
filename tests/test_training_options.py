"""What a training can do beside the plain step: penalties, clipping, noise, unrolling, conditions, auxiliary losses."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganwidgets import datasets, losses
from ganwidgets.training import TrainConfig, Trainer
from ganwidgets.unrolled import Judge, look_ahead


class PointGenerator(nn.Module):
    """z `(N, 3)` to points `(N, 2)`."""

    def __init__(self) -> None:
        super().__init__()
        self.z_dim = 3
        self.layers = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))

    def forward(self, z: Tensor) -> Tensor:
        points: Tensor = self.layers(z)
        return points


class ClassGenerator(PointGenerator):
    """z `(N, 3)` and labels `(N,)` in 0 and 1 to points `(N, 2)`."""

    conditional = True

    def __init__(self) -> None:
        super().__init__()
        self.shift = nn.Embedding(2, 3)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        assert labels is not None
        points: Tensor = self.layers(z + self.shift(labels))
        return points


def judge_of_points() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1), nn.Flatten(0))


class AuxiliaryD(nn.Module):
    """A D of points that also names their class."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2))
        self.verdict, self.classes = nn.Linear(16, 1), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.verdict(self.trunk(x))[:, 0]
        return logits

    def auxiliary_loss(self, x: Tensor, labels: Tensor) -> Tensor:
        return cross_entropy(self.classes(self.trunk(x)), labels)


def trainer_of(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    data = datasets.toy("ring_wide", n=500, seed=0)
    return Trainer(PointGenerator(), judge_of_points(), data, TrainConfig(batch_size=16, **settings))


def weights_of(network: nn.Module) -> list[Tensor]:
    return [tensor.detach().clone() for tensor in network.parameters()]


@pytest.mark.parametrize("name", ["r1", "r2", "gp"])
def test_a_penalty_comes_when_it_is_due_and_flattens_d(name: str) -> None:
    def slope_after(weight: float) -> float:
        trainer = trainer_of(lr_d=5e-3, lr_g=0.0, **{name: weight}, penalty_every=2)
        penalties = [next(trainer).penalty for _ in range(60)]
        assert all((p > 0) == (weight > 0 and i % 2 == 0) for i, p in enumerate(penalties))
        x = trainer.data[:64].clone().requires_grad_()
        return float(losses.squared_gradient_norm(trainer.D(x), x).detach())

    plain, flat = slope_after(0.0), slope_after(20.0)
    assert flat < plain or (name == "gp" and abs(flat**0.5 - 1) < abs(plain**0.5 - 1))


def test_clipping_keeps_d_in_its_box_and_leaves_g_alone() -> None:
    trainer = trainer_of(loss="wasserstein", clip=0.05, clip_every=2, lr_d=0.02, lr_g=0.02)
    next(trainer)
    assert max(w.abs().max() for w in weights_of(trainer.D)) <= 0.05
    next(trainer)  # not due
    assert 0.05 < max(w.abs().max() for w in weights_of(trainer.D)) <= 0.08
    assert max(w.abs().max() for w in weights_of(trainer.G)) > 0.05


def test_label_smoothing_holds_d_back() -> None:
    def confidence(**settings: float) -> float:
        trainer = trainer_of(lr_d=5e-3, lr_g=0.0, **settings)
        return [next(trainer).d_x for _ in range(150)][-1]

    sure = confidence()
    assert confidence(label_smoothing=0.2) < sure - 0.05


def test_label_smoothing_needs_labels() -> None:
    with pytest.raises(ValueError, match="label_smoothing: hinge has no labels; it goes with minimax"):
        TrainConfig(loss="hinge", label_smoothing=0.1)
    with pytest.raises(ValueError, match=r"label_smoothing must be .* below 0\.5, not 0\.5"):
        TrainConfig(label_smoothing=0.5)


def test_instance_noise_falls_to_nothing_and_reaches_d_only() -> None:
    config = TrainConfig(instance_noise=0.4, steps=10)
    assert [config.noise(step) for step in (0, 5, 10)] == pytest.approx([0.4, 0.2, 0.0])
    assert TrainConfig(instance_noise=0.4).noise(1000) == 0.4 and config.noise(50) == 0
    trainer = trainer_of(instance_noise=1.0)
    seen: list[Tensor] = []
    trainer.D[0].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))  # type: ignore[index]
    x = torch.zeros(400, 2)
    trainer.update_d(x, x)
    assert x.eq(0).all()
    assert float(seen[0].std()) == pytest.approx(1.0, abs=0.1)


def test_unrolling_by_one_step_is_the_formula_written_out() -> None:
    """With β = 0, Adam's first step is the sign of the gradient times the rate."""
    torch.manual_seed(0)
    D = judge_of_points()
    optimiser = torch.optim.Adam(D.parameters(), lr=0.01, betas=(0.0, 0.0))
    x_real, x_fake = torch.randn(8, 2), torch.randn(8, 2)

    def d_loss(judge: Judge) -> Tensor:
        return losses.LOSSES["non_saturating"].discriminator(judge(x_real), judge(x_fake))

    ahead = look_ahead(D, optimiser, d_loss, 1)
    moved = copy.deepcopy(D)
    gradients = torch.autograd.grad(d_loss(moved), list(moved.parameters()))
    with torch.no_grad():
        for weight, gradient in zip(moved.parameters(), gradients, strict=True):
            weight.sub_(0.01 * gradient.sign())
    assert torch.allclose(ahead(x_fake), moved(x_fake), atol=1e-5)
    assert not torch.allclose(ahead(x_fake), D(x_fake), atol=1e-3)


def test_looking_ahead_agrees_with_torchs_adam_and_sees_its_own_influence() -> None:
    torch.manual_seed(0)
    D = judge_of_points()
    optimiser = torch.optim.Adam(D.parameters(), lr=0.01, betas=(0.5, 0.9))
    x_real, x_fake = torch.randn(8, 2), torch.randn(8, 2, requires_grad=True)

    def d_loss(judge: Callable[[Tensor], Tensor]) -> Tensor:
        return losses.LOSSES["non_saturating"].discriminator(judge(x_real), judge(x_fake))

    def adam_step() -> None:
        optimiser.zero_grad()
        d_loss(D).backward()
        optimiser.step()

    adam_step()  # so that the moments are not zero
    ahead = look_ahead(D, optimiser, d_loss, 3)
    before = weights_of(D)
    (through,) = torch.autograd.grad(ahead(x_fake.detach()).sum(), x_fake)
    assert through.abs().max() > 0  # the fakes have moved D
    assert all(torch.equal(a, b) for a, b in zip(before, D.parameters(), strict=True))
    said = ahead(x_real).detach()
    for _ in range(3):
        adam_step()
    assert torch.allclose(said, D(x_real), atol=1e-4)


def test_an_unrolled_training_moves_both_and_stays_finite() -> None:
    trainer = trainer_of(unroll=4, lr_g=1e-3, lr_d=1e-3)
    before = weights_of(trainer.G), weights_of(trainer.D)
    events = [next(trainer) for _ in range(30)]
    assert np.isfinite([(e.d_loss, e.g_loss) for e in events]).all()
    for old, network in zip(before, (trainer.G, trainer.D), strict=True):
        assert not any(torch.equal(a, b) for a, b in zip(old, network.parameters(), strict=True))
        assert all(torch.isfinite(w).all() for w in network.parameters())


def conditional_trainer(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    rng = torch.Generator().manual_seed(0)
    labels = torch.randint(2, (600,), generator=rng)
    points = 0.1 * torch.randn(600, 2, generator=rng) + 4 * labels[:, None] - 2
    config = TrainConfig(batch_size=32, lr_g=3e-3, lr_d=3e-3, r1=0.1, samples=40, **settings)
    return Trainer(ClassGenerator(), AuxiliaryD(), (points, labels), config)


def test_an_auxiliary_classifier_tells_g_which_class_to_draw() -> None:
    trainer = conditional_trainer(steps=800, sample_every=800)
    *_, last = trainer
    assert last.auxiliary >= 0 and last.samples is not None
    right = (last.samples.astype(float)[:, 0] > 0) == (np.arange(40) % 2 == 1)  # the fixed labels go 0, 1, 0, 1 …
    assert right.mean() > 0.9


def test_a_conditional_training_goes_on_exactly_where_it_was() -> None:
    whole, first, second = (conditional_trainer() for _ in range(3))
    for _ in range(6):
        next(whole)
    for _ in range(3):
        next(first)
    second.load_state(first.state())
    for _ in range(3):
        next(second)
    assert all(torch.equal(a, b) for a, b in zip(weights_of(whole.G), weights_of(second.G), strict=True))


def test_a_conditional_g_needs_conditions() -> None:
    with pytest.raises(ValueError, match="G is conditional, and these samples have no labels"):
        Trainer(ClassGenerator(), AuxiliaryD(), torch.randn(10, 2))
    with pytest.raises(ValueError, match="10 samples have 9 conditions"):
        Trainer(ClassGenerator(), AuxiliaryD(), (torch.randn(10, 2), torch.zeros(9, dtype=torch.long)))


def test_a_g_can_ask_for_more_than_fooling_d() -> None:
    class Centred(PointGenerator):
        def auxiliary_loss(self, x_fake: Tensor, x_real: Tensor, condition: Tensor | None) -> Tensor:
            return 50 * x_fake.square().mean()

    torch.manual_seed(0)
    trainer = Trainer(Centred(), judge_of_points(), datasets.toy("ring_wide", n=500), TrainConfig(lr_g=5e-3))
    events = [next(trainer) for _ in range(150)]
    assert events[-1].auxiliary < events[0].auxiliary / 10
    assert np.abs(trainer.samples()).max() < 1  # the ring, of radius 2, is forgotten


@pytest.mark.parametrize("name", ["loss", "precision", "optimiser", "prior"])
def test_a_name_is_text(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name}: got \['hinge'\]; allowed is the name of one"):
        TrainConfig(**{name: ["hinge"]})  # type: ignore[arg-type]
