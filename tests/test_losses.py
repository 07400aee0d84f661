"""Each loss: a value worked out by hand, a property, and torch's own cross-entropy beside it."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import mse_loss

from ganwidgets import losses

# By hand, for one real logit of 2 and one fake logit of -1: softplus(-2) = 0.126928, softplus(-1) = 0.313262,
# softplus(1) = 1.313262, softplus(-3) = 0.048587, softplus(3) = 3.048587.
BY_HAND = {
    "minimax": (0.126928 + 0.313262, -0.313262),
    "non_saturating": (0.126928 + 0.313262, 1.313262),
    "least_squares": (0.5 * (1 + 1), 0.5 * 4),
    "hinge": (0.0, 1.0),
    "wasserstein": (-3.0, 1.0),
    "relativistic": (0.048587, 3.048587),
}


@pytest.mark.parametrize("name", losses.LOSSES)
def test_the_value_worked_out_by_hand(name: str) -> None:
    real, fake = torch.tensor([2.0]), torch.tensor([-1.0])
    loss = losses.LOSSES[name]
    want_d, want_g = BY_HAND[name]
    assert float(loss.discriminator(real, fake)) == pytest.approx(want_d, abs=1e-5)
    assert float(loss.generator(real, fake)) == pytest.approx(want_g, abs=1e-5)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_d_wants_reals_higher_and_g_wants_fakes_higher(name: str) -> None:
    real = torch.zeros(4, requires_grad=True)
    fake = torch.zeros(4, requires_grad=True)
    loss = losses.LOSSES[name]
    by_real, by_fake = torch.autograd.grad(loss.discriminator(real, fake), (real, fake), materialize_grads=True)
    assert (by_real < 0).all() or name == "least_squares"
    assert (by_fake > 0).all() or name == "least_squares"
    (g_by_fake,) = torch.autograd.grad(loss.generator(real, fake), fake)
    assert (g_by_fake < 0).all()


@pytest.mark.parametrize("name", losses.LOSSES)
def test_finite_at_extreme_logits(name: str) -> None:
    real, fake = torch.tensor([200.0, -200.0]), torch.tensor([-200.0, 200.0])
    loss = losses.LOSSES[name]
    assert math.isfinite(float(loss.discriminator(real, fake)))
    assert math.isfinite(float(loss.generator(real, fake)))


def test_cross_entropies_agree_with_torch() -> None:
    rng = torch.Generator().manual_seed(0)
    real, fake = torch.randn(50, generator=rng) * 3, torch.randn(40, generator=rng) * 3
    for name in ("minimax", "non_saturating"):
        want = bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
        assert torch.allclose(losses.LOSSES[name].discriminator(real, fake), want, atol=1e-5)
    want = bce(fake, torch.ones_like(fake))
    assert torch.allclose(losses.LOSSES["non_saturating"].generator(real, fake), want, atol=1e-5)
    assert torch.allclose(losses.LOSSES["minimax"].generator(real, fake), -bce(fake, torch.zeros_like(fake)), atol=1e-5)
    want = 0.5 * mse_loss(real, torch.ones_like(real)) + 0.5 * mse_loss(fake, torch.zeros_like(fake))
    assert torch.allclose(losses.LOSSES["least_squares"].discriminator(real, fake), want, atol=1e-5)


def test_only_the_relativistic_generator_looks_at_reals() -> None:
    fake = torch.zeros(3)
    for loss in losses.LOSSES.values():
        same = torch.equal(loss.generator(torch.zeros(3), fake), loss.generator(torch.ones(3), fake))
        assert same != loss.uses_real_in_g


def test_the_squared_gradient_norm_of_a_linear_d_is_that_of_its_weights() -> None:
    x = torch.randn(6, 3, requires_grad=True)
    weight = torch.tensor([1.0, -2.0, 2.0], requires_grad=True)
    norm = losses.squared_gradient_norm(x @ weight, x)
    assert norm.item() == pytest.approx(9.0, abs=1e-5)  # 1 + 4 + 4
    norm.backward()
    assert weight.grad is not None and torch.allclose(weight.grad, 2 * weight.detach())


def test_an_unknown_loss_lists_what_exists() -> None:
    with pytest.raises(ValueError, match=r"no 'hing'.*minimax.*hinge.*relativistic"):
        losses.get("hing")


def linear(x: torch.Tensor) -> torch.Tensor:
    """A D whose gradient is (3, 4) everywhere, of length 5."""
    return x @ torch.tensor([3.0, 4.0])


def judged(x: torch.Tensor, judge: losses.Judge = linear) -> losses.Judged:
    x = x.clone().requires_grad_()
    return losses.Judged(x, judge(x))


def test_the_penalties_of_a_linear_d() -> None:
    real, fake = judged(torch.randn(6, 2)), judged(torch.randn(6, 2))
    want = {"r1": 25.0, "r2": 25.0, "gp": 16.0}  # 3² + 4², twice, and (5 - 1)²
    for name, penalty in losses.PENALTIES.items():
        assert penalty(linear, real, fake, torch.Generator()).item() == pytest.approx(want[name], rel=1e-5)


def test_each_penalty_looks_where_it_should() -> None:
    def cube(x: torch.Tensor) -> torch.Tensor:
        return (x**3).sum(1) / 3  # the gradient is x²

    real, fake = judged(torch.full((4, 1), 2.0), cube), judged(torch.full((4, 1), 1.0), cube)
    assert losses.PENALTIES["r1"](cube, real, fake, torch.Generator()).item() == pytest.approx(16.0)
    assert losses.PENALTIES["r2"](cube, real, fake, torch.Generator()).item() == pytest.approx(1.0)
    rng = torch.Generator().manual_seed(3)
    share = torch.rand(4, 1, generator=torch.Generator().manual_seed(3))
    by_hand = (((1 + share) ** 2 - 1) ** 2).mean()
    assert losses.PENALTIES["gp"](cube, real, fake, rng).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_a_penalty_can_be_differentiated_by_the_weights_of_d() -> None:
    weight = torch.tensor([3.0, 4.0], requires_grad=True)

    def judge(x: torch.Tensor) -> torch.Tensor:
        return x @ weight

    value = losses.PENALTIES["gp"](judge, judged(torch.randn(5, 2)), judged(torch.randn(5, 2)), torch.Generator())
    value.backward()
    # d/dw (|w| - 1)² = 2 (|w| - 1) w / |w|
    assert weight.grad is not None and torch.allclose(weight.grad, torch.tensor([4.8, 6.4]), atol=1e-4)


def test_clipping_brings_every_weight_into_the_box() -> None:
    network = nn.Linear(3, 2)
    nn.init.constant_(network.weight, 0.5)
    nn.init.constant_(network.bias, -0.004)
    losses.clip_weights(network, 0.01)
    assert torch.equal(network.weight, torch.full((2, 3), 0.01))
    assert torch.equal(network.bias, torch.full((2,), -0.004))
    with pytest.raises(ValueError, match="limit must be a finite number above 0, not 0"):
        losses.clip_weights(network, 0)


def test_label_smoothing_is_that_of_a_softer_target() -> None:
    real, fake = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([0.1, 0.4, -0.5])
    for name in ("minimax", "non_saturating"):
        loss = losses.LOSSES[name]
        assert loss.smoothing is not None
        want = bce(real, torch.full_like(real, 0.9)) + bce(fake, torch.zeros_like(fake))
        assert torch.allclose(loss.discriminator(real, fake) + loss.smoothing(real, 0.1), want, atol=1e-6)
    loss = losses.LOSSES["least_squares"]
    assert loss.smoothing is not None
    want = 0.5 * mse_loss(real, torch.full_like(real, 0.9)) + 0.5 * mse_loss(fake, torch.zeros_like(fake))
    assert torch.allclose(loss.discriminator(real, fake) + loss.smoothing(real, 0.1), want, atol=1e-6)
    assert all(losses.LOSSES[name].smoothing is None for name in ("hinge", "wasserstein", "relativistic"))


@pytest.mark.parametrize("name", losses.LOSSES)
def test_logits_in_a_column_are_refused(name: str) -> None:
    loss = losses.LOSSES[name]
    with pytest.raises(ValueError, match=r"fake_logits: expected shape \(N,\).*got \(3, 1\); flatten what D returns"):
        loss.discriminator(torch.zeros(3), torch.zeros(3, 1))
    with pytest.raises(ValueError, match=r"real_logits: expected shape"):
        loss.generator(torch.zeros(()), torch.zeros(3))
