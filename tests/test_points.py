"""The VAE and the diffusion model of points: their formulas beside those for pictures, by hand, and that they learn."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from ganwidgets import datasets, metrics
from ganwidgets.models import diffusion, points
from ganwidgets.solo import SoloTrainer
from ganwidgets.train_config import TrainConfig


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def zeroed(network: nn.Module) -> None:
    """Let every answer of the network be 0."""
    for parameter in network.parameters():
        nn.init.zeros_(parameter)


def test_the_bound_by_hand() -> None:
    # With all zeros q(z|x) is the prior, so the KL is 0, and the decoder says the origin.
    model = points.VAE(sigma=0.5)
    zeroed(model)
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    squares = (25 + 0) / 2 / (2 * 0.25)
    want = squares + 2 * (math.log(0.5) + 0.5 * math.log(2 * math.pi))
    assert float(model.loss(x, rng()).detach()) == pytest.approx(want, rel=1e-6)


def test_a_far_code_costs() -> None:
    model = points.VAE(z_dim=3)
    zeroed(model)
    x = torch.zeros(5, 2)
    near = float(model.loss(x, rng()).detach())
    with torch.no_grad():
        list(model.encoder.parameters())[-1][:3] = 2.0  # all three means at 2
    mean, log_variance = model.encode(x)
    assert mean.tolist() == [[2.0] * 3] * 5 and log_variance.tolist() == [[0.0] * 3] * 5
    assert float(model.loss(x, rng()).detach()) - near == pytest.approx(3 * 4 / 2, rel=1e-5)


def test_a_network_that_says_nothing_and_its_loss() -> None:
    # The guess of v is 0, so the loss is the mean square of v: ᾱ + (1 − ᾱ) x², and x is 1 here.
    model = points.Diffusion()
    zeroed(model)
    assert float(model.loss(torch.ones(20_000, 2), rng()).detach()) == pytest.approx(1.0, abs=0.02)
    x_t, t = torch.randn(4, 2, generator=rng()), torch.tensor([1, 300, 600, 1000])
    assert torch.allclose(model.denoise(x_t, t), model.alpha_bar[t].sqrt()[:, None] * x_t)


def test_the_right_v_gives_back_the_point() -> None:
    model = points.Diffusion()
    x_0, noise, t = torch.randn(6, 2, generator=rng()), torch.randn(6, 2, generator=rng(1)), torch.full((6,), 400)
    signal = model.alpha_bar[t]
    velocity = signal.sqrt()[:, None] * noise - (1 - signal).sqrt()[:, None] * x_0
    model._velocity = lambda x_t, t: velocity  # type: ignore[method-assign]
    assert torch.allclose(model.denoise(diffusion.diffuse(x_0, noise, signal), t), x_0, atol=1e-5)


def test_shapes_and_the_way_from_noise_to_points() -> None:
    torch.manual_seed(0)
    model, noise = points.Diffusion(sampling_steps=7), torch.randn(9, 2, generator=rng())
    way = model.trajectory(noise, 7)
    assert [moment.t for moment in way] == diffusion.sampling_times(1000, 7)
    assert torch.equal(way[0].x, noise) and torch.equal(way[-1].x, model(noise)) and model.z_dim == 2
    a, b, c = (model.trajectory(noise, 7, 1.0, rng(seed))[-1].x for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.allclose(a, c)
    decoded = points.VAE(z_dim=5)(torch.zeros(3, 5))
    assert decoded.shape == (3, 2)


@pytest.mark.parametrize("model", [points.VAE(hidden=48, layers=2), points.Diffusion(hidden=48, layers=2)])
def test_they_learn_two_clouds(model: nn.Module) -> None:
    torch.manual_seed(0)
    data = datasets.toy("ring_wide", n=2000, modes=2, radius=1.0, sigma=0.25)
    trainer = SoloTrainer(
        model, data, TrainConfig(batch_size=128, lr_g=4e-3, betas=(0.9, 0.99), ema=0.98, steps=400, decay_from=0.3)
    )
    for _ in trainer:
        pass
    with torch.no_grad():
        x = trainer.G_ema(torch.randn(1000, 2, generator=rng()))
    assert data.modes is not None and data.sigma is not None
    tally = metrics.mode_coverage(x.numpy(), data.modes, data.sigma)  # type: ignore[arg-type]
    assert tally.modes_covered == 2 and tally.high_quality > 0.6
    assert 0.3 < float((x[:, 0] > 0).float().mean()) < 0.7


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="sigma must be a finite number above 0, not 0"):
        points.VAE(sigma=0)
    with pytest.raises(ValueError, match="sampling_steps must be a whole number from 1 to 1000, not 1001"):
        points.Diffusion(sampling_steps=1001)
    with pytest.raises(ValueError, match="hidden must be a whole number of at least 1, not 0"):
        points.Diffusion(hidden=0)
    with pytest.raises(ValueError, match="z_dim must be a whole number of at least 1, not 0"):
        points.VAE(z_dim=0)
