"""The Gumbel-softmax by hand and by frequency, the straight-through gradient, and a word GAN that learns its rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ganwidgets import latent, words
from ganwidgets.models import text
from ganwidgets.training import TrainConfig, Trainer


def test_the_gumbel_softmax_by_hand() -> None:
    logits, noise = torch.tensor([0.0, math.log(2.0)]), torch.tensor([math.log(4.0), 0.0])
    # The sums are log 4 and log 2; halving the temperature squares the ratio 2 : 1.
    assert torch.allclose(text.gumbel_softmax(logits, noise, 1.0), torch.tensor([2 / 3, 1 / 3]))
    assert torch.allclose(text.gumbel_softmax(logits, noise, 0.5), torch.tensor([4 / 5, 1 / 5]))


def test_it_is_that_of_torch() -> None:
    logits = torch.randn(7, 5)
    torch.manual_seed(3)
    theirs = F.gumbel_softmax(logits, tau=0.7)
    torch.manual_seed(3)
    noise = -torch.empty_like(logits).exponential_().log()
    assert torch.allclose(text.gumbel_softmax(logits, noise, 0.7), theirs, atol=1e-6)


def test_the_largest_sum_is_a_draw_from_the_softmax() -> None:
    logits = torch.tensor([1.0, 0.0, -1.0, 0.5])
    noise = text.gumbel(torch.randn(40_000, 4, generator=torch.Generator().manual_seed(0)))
    drawn = torch.bincount((logits + noise).argmax(dim=1), minlength=4) / 40_000
    assert (drawn - logits.softmax(0)).abs().max() < 0.012
    assert abs(float(noise.mean()) - 0.5772) < 0.02 and abs(float(noise.var()) - math.pi**2 / 6) < 0.05


def test_gumbel_noise_is_finite_however_far_out_z_is() -> None:
    noise = text.gumbel(torch.tensor([-40.0, 40.0]))
    assert torch.isfinite(noise).all() and noise[0] < noise[1]


def test_straight_through_is_hard_and_lends_the_soft_gradient() -> None:
    logits = torch.tensor([[0.2, 0.1, -0.3]], requires_grad=True)
    weights = torch.tensor([1.0, 2.0, 3.0])
    soft = logits.softmax(1)
    hard = text.straight_through(soft)
    assert torch.allclose(hard, torch.tensor([[1.0, 0.0, 0.0]]), atol=1e-6)
    (lent,) = torch.autograd.grad((hard * weights).sum(), logits, retain_graph=True)
    (own,) = torch.autograd.grad((soft * weights).sum(), logits)
    assert torch.allclose(lent, own) and lent.abs().max() > 0.01


def test_words_come_out_one_hot_or_soft_and_a_z_is_one_word() -> None:
    torch.manual_seed(0)
    G = text.Generator(code=4, length=3, letters=5, hidden=8)
    z = torch.from_numpy(latent.sample(6, G.z_dim, seed=1))
    assert G.z_dim == 4 + 15 and G(z).shape == (6, 3, 5)
    assert torch.allclose(G(z).max(dim=2).values, torch.ones(6, 3), atol=1e-6)
    assert torch.equal(G.words(z), G.words(z)) and torch.equal(G.words(z), G(z).argmax(2))
    G.hard = False
    assert torch.allclose(G(z).sum(dim=2), torch.ones(6, 3)) and G(z).detach().max(dim=2).values.mean() < 0.99


def test_another_function_may_choose() -> None:
    G = text.Generator(hard=False, choose=lambda logits, noise, temperature: torch.full_like(logits, 0.2))
    assert (G(torch.zeros(2, G.z_dim)) == 0.2).all()


def test_a_word_gan_learns_the_rule() -> None:
    torch.manual_seed(0)
    G, D = text.Generator(), text.Discriminator(hidden=128)
    config = TrainConfig(
        loss="relativistic", lr_g=2e-3, lr_d=2e-3, betas=(0.0, 0.99), r1=0.1, r2=0.1, penalty_every=4, ema=0.99,
        steps=500,
    )  # fmt: skip
    trainer = Trainer(G, D, words.palindromes(2000), config)
    z = torch.from_numpy(latent.sample(500, G.z_dim, seed=9))
    before = words.keeps_rule(G.words(z).numpy()).mean()
    for _ in trainer:
        pass
    after = trainer.G_ema.words(z).numpy()  # type: ignore[operator]
    kept = words.keeps_rule(after)
    assert before < 0.05 and kept.mean() > 0.3
    assert len(np.unique(after[kept], axis=0)) > 30


def test_impossible_sizes_and_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="temperature must be a finite number above 0, not 0"):
        text.Generator(temperature=0)
    with pytest.raises(ValueError, match="letters must be"):
        text.Generator(letters=0)
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 46\), got \(2, 3\)"):
        text.Generator()(torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 6, 5\), got \(2, 5, 6\)"):
        text.Discriminator()(torch.zeros(2, 5, 6))
