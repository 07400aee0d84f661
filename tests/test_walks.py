"""A step in slow motion is the same step, and what is told of it is what happened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ganwidgets import datasets, probes
from ganwidgets.events import sigmoid
from ganwidgets.models import mlp
from ganwidgets.plane_session import LIVELY, PlaneSession
from tests.test_sessions import same, weights

RING = datasets.toy("ring_wide", n=600, seed=0)
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "R1": {"r1": 1.0, "r2": 1.0},
    "WGAN-GP": {"loss": "wasserstein", "gp": 10.0, "n_critic": 3},
    "relativistic": {"loss": "relativistic", "n_generator": 2},
    "noise, SGD": {"instance_noise": 0.1, "optimiser": "sgd"},
    "unrolled": {"unroll": 2},
}


def pair_of_sessions(**settings: Any) -> tuple[PlaneSession, PlaneSession]:
    made = PlaneSession(RING, hidden=16), PlaneSession(RING, hidden=16)
    for session in made:
        session.change(batch_size=32, **settings)
        for _ in range(3):
            next(session)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_it_is_the_step_that_nobody_watched(way: str) -> None:
    watched, quiet = pair_of_sessions(**WAYS[way])
    before = watched.networks()
    walk, event = watched.walk(), next(quiet)
    assert (walk.event.step, walk.event.d_loss, walk.event.g_loss) == (event.step, event.d_loss, event.g_loss)
    assert all(same(weights(a), weights(b)) for a, b in zip(watched.networks(), quiet.networks(), strict=True))
    assert next(watched).d_loss == next(quiet).d_loss  # the hooks are gone, and the random numbers are the same

    assert walk.z.shape == walk.fake.shape == walk.real.shape == walk.moved.shape == (32, 2)
    with torch.no_grad():
        assert np.allclose(before[0](torch.from_numpy(walk.z)), walk.fake, atol=1e-6)
    if watched.config.n_critic == 1:
        assert np.allclose(walk.before, sigmoid(probes.d_field(before[1], walk.extent, 40)), atol=1e-6)
    assert np.abs(walk.after - walk.before).max() > 0 and walk.d_gradient > 0 and walk.g_gradient > 0
    if not watched.config.instance_noise:
        assert all((np.abs(RING.points - point).sum(axis=1) < 1e-6).any() for point in walk.real)


def test_the_fakes_follow_the_push_where_g_is_free_to() -> None:
    watched, _ = pair_of_sessions(lr_g=1e-3)
    walk = watched.walk()
    moves = walk.moved - walk.fake
    assert ((moves * walk.push.arrows).sum(axis=1) > 0).mean() > 0.7
    assert walk.moved_scores.mean() > walk.fake_scores_after.mean()


def test_the_push_is_that_of_the_loss_at_the_new_d() -> None:
    watched, _ = pair_of_sessions()
    walk = watched.walk()
    _, D = watched.networks()
    x = torch.from_numpy(walk.fake).requires_grad_()
    (gradient,) = torch.autograd.grad(torch.nn.functional.softplus(-D(x)).sum(), x)
    assert np.allclose(walk.push.arrows, -gradient.numpy(), atol=1e-5)


def test_a_walk_is_kept_and_taken_back_like_any_step() -> None:
    session = PlaneSession(RING, hidden=8, config=LIVELY, keep_every=1)
    session.walk()
    assert session.kept_steps == (0, 1) and session.rewind(0) == 0


def test_a_step_that_fails_leaves_no_hook() -> None:
    session = PlaneSession(RING, G=Stubborn(z_dim=2, hidden=8, layers=1))
    next(session)
    with pytest.raises(RuntimeError, match="no more"):
        session.walk()
    G, D = session.networks()
    assert not G._forward_hooks and not D._forward_pre_hooks


class Stubborn(mlp.Generator):
    """Works twice."""

    calls = 0

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        self.calls += self.training
        if self.calls > 1:
            raise RuntimeError("no more")
        return super().forward(z)
