"""Adam and plain descent in a training: what a step does, how it goes on from a state, how often each player moves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganwidgets import datasets, losses
from ganwidgets.models import mlp
from ganwidgets.optimisers import OPTIMISERS
from ganwidgets.sessions import Session
from ganwidgets.training import TrainConfig, Trainer
from ganwidgets.unrolled import Judge, look_ahead

RING = datasets.toy("ring_wide", n=300, seed=0)


def pair() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return mlp.Generator(z_dim=2, hidden=8, layers=1), mlp.Discriminator(hidden=8, layers=1)


def trainer_of(**settings: Any) -> Trainer:
    return Trainer(*pair(), RING, TrainConfig(batch_size=16, **settings))


def weights(trainer: Trainer) -> list[Tensor]:
    return [p.detach().clone() for network in (trainer.G, trainer.D, trainer.G_ema) for p in network.parameters()]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def test_plain_descent_moves_each_weight_by_the_rate_times_its_gradient() -> None:
    trainer = trainer_of(optimiser="sgd", lr_d=0.3)
    (x_real, _), x_fake = trainer.real_batch(), trainer.generate().detach()
    before = [p.detach().clone() for p in trainer.D.parameters()]
    trainer.update_d(x_real, x_fake)
    for old, new in zip(before, trainer.D.parameters(), strict=True):
        assert new.grad is not None
        assert torch.allclose(new, old - 0.3 * new.grad, atol=1e-6)


def test_plain_descent_learns_where_the_points_are() -> None:
    trainer = trainer_of(optimiser="sgd", lr_g=0.3, lr_d=0.3, r1=0.1, ema=0.0)
    start = float(torch.from_numpy(trainer.samples()).norm(dim=1).median())
    for _ in range(400):
        next(trainer)
    now = float(torch.from_numpy(trainer.samples()).norm(dim=1).median())
    assert start < 1.0 < now < 3.0  # the ring's radius is 2


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_state_goes_on_exactly(optimiser: str) -> None:
    settings = dict(optimiser=optimiser, n_generator=2, n_critic=2, unroll=1)
    whole, first, second = (trainer_of(**settings) for _ in range(3))
    events = [next(whole) for _ in range(6)]
    for _ in range(3):
        next(first)
    second.load_state({name: tensor.clone() for name, tensor in first.state().items()})
    assert [next(second).g_loss for _ in range(3)] == [event.g_loss for event in events[3:]]
    assert same(weights(whole), weights(second))


def test_another_optimiser_takes_over_without_what_the_first_remembered() -> None:
    session = Session(*pair(), RING, TrainConfig(batch_size=16))
    for _ in range(3):
        next(session)
    session.change(optimiser="sgd", lr_d=0.1)
    next(session)
    session.change(optimiser="adam", lr_d=1e-3)
    moved = session.branch()
    before = [p.detach().clone() for p in session.networks()[1].parameters()]
    next(moved)
    # Adam's first step is the rate in every weight that has a gradient.
    steps = [(a - b.detach()).abs().max() for a, b in zip(before, moved.networks()[1].parameters(), strict=True)]
    assert all(float(step) == pytest.approx(1e-3, rel=1e-2) for step in steps)
    assert session.rewind(0) == 0 and session.config.optimiser == "adam"


@pytest.mark.parametrize(("n_critic", "n_generator"), [(1, 1), (3, 1), (1, 4), (2, 3)])
def test_each_player_moves_as_often_as_it_is_told(n_critic: int, n_generator: int) -> None:
    trainer = trainer_of(n_critic=n_critic, n_generator=n_generator)
    event = next(trainer)
    assert event.step == 1 and event.real_logits.shape == event.fake_logits_after.shape == (16,)
    counts = {name: {int(s["step"]) for s in o.state.values()} for name, o in trainer.optimisers.items()}
    assert counts == {"D": {n_critic}, "G": {n_generator}}


def test_more_steps_of_g_leave_the_told_numbers_as_they_are() -> None:
    one, many = next(trainer_of()), next(trainer_of(n_generator=5))
    assert (one.d_loss, one.g_loss) == (many.d_loss, many.g_loss)


def test_looking_ahead_with_plain_descent_is_plain_descent() -> None:
    torch.manual_seed(0)
    D = mlp.Discriminator(hidden=8, layers=1)
    optimiser = torch.optim.SGD(D.parameters(), lr=0.2)
    x_real, x_fake = torch.randn(8, 2), torch.randn(8, 2)

    def d_loss(judge: Judge) -> Tensor:
        return losses.LOSSES["non_saturating"].discriminator(judge(x_real), judge(x_fake))

    ahead = look_ahead(D, optimiser, d_loss, 3)(x_fake)
    for _ in range(3):
        optimiser.zero_grad()
        d_loss(D).backward()
        optimiser.step()
    assert torch.allclose(ahead, D(x_fake), atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimiser": "rmsprop"}, "optimiser: got 'rmsprop'; allowed is adam or sgd"),
        ({"n_generator": 0}, "n_generator must be a whole number of at least 1, not 0"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig(**settings)
