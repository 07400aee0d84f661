"""The Dirac-GAN: closed forms, published facts, and torch's gradients of our own losses beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ganwidgets import games, losses
from ganwidgets.games import DiracGame


def radius(game: DiracGame, steps: int = 500) -> float:
    return float(np.hypot(*game.path(steps)[-1]))


def test_wasserstein_spirals_out_by_a_known_factor() -> None:
    # Each step multiplies the distance by √(1 + 0.1²).
    assert radius(DiracGame("wasserstein")) == pytest.approx(math.sqrt(2) * 1.01**250, rel=1e-9)


def test_what_the_other_losses_do_from_one_one() -> None:
    assert radius(DiracGame("minimax")) == pytest.approx(2.179, abs=1e-3)
    assert radius(DiracGame("non_saturating")) == pytest.approx(0.521, abs=1e-3)
    assert radius(DiracGame("non_saturating", r1=1.0)) < 1e-8


def test_the_eigenvalues_at_the_equilibrium() -> None:
    # The Jacobian is [[1, h/2], [-h/2, 1 - hγ]]: √(1 + h²/4) without a penalty, a double 0.95 with h = 0.1, γ = 1.
    assert np.abs(DiracGame().eigenvalues()) == pytest.approx([math.sqrt(1.0025)] * 2, abs=1e-6)
    assert np.abs(DiracGame(r1=1.0).eigenvalues()) == pytest.approx([0.95, 0.95], abs=1e-3)
    assert np.isnan(DiracGame(gp=1.0).eigenvalues()).all()


def test_alternating_steps_of_wasserstein_stay_on_a_closed_orbit() -> None:
    # The update has determinant 1, so θ² + ψ² − hθψ is kept.
    path = DiracGame("wasserstein", method="alternating").path(2000)
    kept = (path**2).sum(1) - 0.1 * path.prod(1)
    assert kept == pytest.approx(np.full(len(kept), kept[0]), rel=1e-9)


@pytest.mark.parametrize("loss", games.SLOPES)
@pytest.mark.parametrize("settings", [{}, {"r1": 0.7}, {"gp": 0.5}])
def test_gradients_are_those_of_our_losses(loss: str, settings: dict[str, float]) -> None:
    game = DiracGame(loss, **settings)  # type: ignore[arg-type]
    for theta, psi in ((0.8, -0.6), (-1.5, 2.0)):
        t, p = (torch.tensor([value], requires_grad=True, dtype=torch.float64) for value in (theta, psi))
        real, fake = p * 0.0, p * t
        pair = losses.LOSSES[loss]
        penalty = game.r1 / 2 * p.square() + game.gp * (p.abs() - 1).square()
        (d,) = torch.autograd.grad(pair.discriminator(real, fake) + penalty.sum(), p, retain_graph=True)
        (g,) = torch.autograd.grad(pair.generator(real, fake), t)
        assert [float(x) for x in game.gradients(theta, psi)] == pytest.approx([g.item(), d.item()], abs=1e-9)


def test_noise_is_the_mean_over_many_samples_and_draws_the_game_in() -> None:
    game = DiracGame(noise=0.5)
    noise = np.random.default_rng(0).normal(0, 0.5, (2, 400_000))
    theta, psi = 0.7, 1.2
    fake, real = theta + noise[0], noise[1]
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    by_hand = (sigmoid(psi * fake) * fake).mean() - (sigmoid(-psi * real) * real).mean()
    assert game.gradients(theta, psi)[1] == pytest.approx(by_hand, abs=3e-3)
    assert radius(game) < 0.1 < 0.4 < radius(DiracGame())


def test_gradients_take_whole_grids() -> None:
    theta, psi = np.meshgrid(np.linspace(-2, 2, 5), np.linspace(-1, 1, 3))
    g, d = DiracGame(noise=0.2).gradients(theta, psi)
    assert g.shape == d.shape == (3, 5)
    assert g[1, 3] == pytest.approx(DiracGame(noise=0.2).gradients(1.0, 0.0)[0])


def test_a_path_that_runs_away_ends_before_infinity() -> None:
    path = DiracGame("least_squares", rate=50.0).path(2000)
    assert np.isfinite(path).all() and len(path) < 2001


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "hinge"}, "there is no 'hinge'; choose one of minimax"),
        ({"method": "both"}, "there is no 'both'"),
        ({"rate": 0.0}, "rate must be a finite number above 0, not 0.0"),
        ({"rate": "fast"}, "rate must be a finite number above 0, not 'fast'"),
        ({"loss": ["minimax"]}, "there is no \\['minimax'\\]"),
        ({"r1": -1.0}, "r1 must be a finite number of at least 0, not -1.0"),
        ({"noise": float("nan")}, "noise must be a finite number of at least 0, not nan"),
    ],
)
def test_bad_rules_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DiracGame(**settings)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="start: expected finite numbers"):
        DiracGame().path(3, (math.nan, 0.0))
