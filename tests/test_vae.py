"""The VAE: its two terms by hand and beside torch's own distributions, its shapes, and that it learns."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from ganwidgets.models import vae
from ganwidgets.solo import SoloTrainer
from ganwidgets.train_config import TrainConfig


def small(**settings: float) -> vae.Generator:
    torch.manual_seed(0)
    return vae.Generator(z_dim=3, channels=8, resolution=8, image_channels=1, encoder_channels=8, **settings)  # type: ignore[arg-type]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bars(n: int) -> torch.Tensor:
    """Images `(n, 1, 8, 8)`, each with one white column or row."""
    images = torch.full((n, 1, 8, 8), -1.0)
    for image, place in zip(images, torch.randint(16, (n,), generator=rng()).tolist(), strict=True):
        (image[0] if place < 8 else image[0].T)[place % 8] = 1.0
    return images


def test_the_divergence_by_hand() -> None:
    mean = torch.tensor([[0.0, 0.0], [1.0, -2.0], [0.0, 0.0]])
    log_variance = torch.tensor([[0.0, 0.0], [0.0, 0.0], [math.log(4), 0.0]])
    want = [0.0, (1 + 4) / 2, (4 - 1 - math.log(4)) / 2]
    assert vae.kl_to_standard_normal(mean, log_variance).tolist() == pytest.approx(want, abs=1e-6)


def test_both_terms_beside_those_of_torch() -> None:
    mean, log_variance = torch.randn(5, 4, generator=rng()), torch.randn(5, 4, generator=rng(1))
    posterior = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
    prior = Independent(Normal(torch.zeros(4), torch.ones(4)), 1)
    assert torch.allclose(vae.kl_to_standard_normal(mean, log_variance), kl_divergence(posterior, prior), atol=1e-5)
    x, decoded = torch.randn(5, 2, 3, 3, generator=rng(2)), torch.randn(5, 2, 3, 3, generator=rng(3))
    likelihood = Independent(Normal(decoded, 0.3), 3)
    assert torch.allclose(vae.gaussian_nll(x, decoded, 0.3), -likelihood.log_prob(x), rtol=1e-5)


def test_the_loss_is_the_sum_of_its_terms_with_beta() -> None:
    x = bars(6)
    losses = []
    for beta in (0.0, 1.0, 4.0):
        model = small(beta=beta).eval()
        nll, kl = model.terms(x, rng())
        losses.append(float(model.loss(x, rng()).detach()))
        assert kl.min() > 0
        assert losses[-1] == pytest.approx(float((nll + beta * kl).mean().detach()), rel=1e-6)
    assert losses[2] - losses[0] == pytest.approx(4 * (losses[1] - losses[0]), rel=1e-3)


def test_it_bounds_the_likelihood_that_importance_sampling_finds() -> None:
    model = small(sigma=0.5).eval().requires_grad_(False)
    x = bars(4)
    posterior = Normal(*(f(p) for f, p in zip((lambda m: m, lambda v: (v / 2).exp()), model.encode(x), strict=True)))
    torch.manual_seed(0)
    z = posterior.sample((1000,))
    decoded = model.decode(z.flatten(0, 1)).view(1000, *x.shape)
    log_joint = Normal(decoded, 0.5).log_prob(x).flatten(2).sum(2) + Normal(0, 1).log_prob(z).sum(2)
    evidence = torch.logsumexp(log_joint - posterior.log_prob(z).sum(2), 0) - math.log(1000)
    nll, kl = (
        torch.stack(term).mean(0) for term in zip(*(model.terms(x, rng(seed)) for seed in range(200)), strict=True)
    )
    bound = -(nll + kl)
    assert (bound < evidence).all()
    assert (bound > evidence - 30).all()


def test_randomness_comes_from_the_generator_given() -> None:
    model, x = small().eval(), bars(4)
    assert torch.equal(model.loss(x, rng()), model.loss(x, rng()))
    assert not torch.equal(model.loss(x, rng()), model.loss(x, rng(1)))


@pytest.mark.parametrize(("resolution", "image_channels"), [(8, 1), (28, 1), (64, 3)])
def test_shapes_and_ranges(resolution: int, image_channels: int) -> None:
    model = vae.Generator(5, 8, resolution, image_channels, encoder_channels=8)
    x = torch.rand(3, image_channels, resolution, resolution) * 2 - 1
    mean, log_variance = model.encode(x)
    assert mean.shape == log_variance.shape == (3, 5)
    z = torch.randn(3, 5)
    model.eval()
    assert model(z).shape == model.reconstruct(x).shape == x.shape
    assert torch.equal(model(z), model.decode(z)) and model(z).abs().max() <= 1
    assert torch.equal(model.reconstruct(x), model.decode(model.encode(x)[0]))
    again = vae.Generator(**model.config)  # type: ignore[arg-type]
    again.load_state_dict(model.state_dict())
    assert torch.equal(again.eval()(z), model(z))


def test_it_learns_to_copy_through_the_code() -> None:
    model, data = small(sigma=0.2), bars(400)
    config = TrainConfig(batch_size=32, lr_g=1e-2, betas=(0.9, 0.99), ema=0.9, steps=150)
    losses = [event.g_loss for event in SoloTrainer(model, data, config)]
    assert sum(losses[-20:]) / 20 < 0.5 * sum(losses[:20]) / 20
    model.eval()
    error = (model.reconstruct(data) - data).square().mean()
    assert error < 0.5 * (data - data.mean(0)).square().mean()  # what one picture for all would leave


def test_bad_settings_and_shapes_are_refused() -> None:
    for settings, message in (
        ({"sigma": 0.0}, "sigma must be a finite number above 0, not 0.0"),
        ({"sigma": math.nan}, "sigma must be"),
        ({"beta": -1.0}, "beta must be a finite number of at least 0, not -1.0"),
    ):
        with pytest.raises(ValueError, match=message):
            small(**settings)
    with pytest.raises(ValueError, match="encoder_channels must be a whole number of at least 1, not 0"):
        vae.Generator(encoder_channels=0)
    with pytest.raises(ValueError, match="z_dim must be a whole number of at least 1, not 0"):
        vae.Generator(z_dim=0)
    with pytest.raises(ValueError, match="resolution: 30 is not"):
        vae.Generator(resolution=30)
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 1, 8, 8\), got \(2, 3, 8, 8\)"):
        small().encode(torch.zeros(2, 3, 8, 8))
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 3\), got \(2, 4\)"):
        small().decode(torch.zeros(2, 4))
