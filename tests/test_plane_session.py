"""A session in the plane: what it shows, and how it begins again."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from ganwidgets import datasets, metrics, planes
from ganwidgets.models import mlp
from ganwidgets.plane_session import PlaneSession
from tests.test_sessions import losses_of, run

RING = datasets.toy("ring_wide", n=600, seed=0)


def test_threads_may_meddle() -> None:
    live, errors = PlaneSession(RING), []

    def meddle() -> None:
        try:
            for loss in ("hinge", "relativistic", "non_saturating") * 5:
                live.change(loss=loss)
                live.plane(n=32, cells=4, lines=3, arrows=8)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=meddle)
    thread.start()
    steps = [event.step for event in run(live, 60)]
    thread.join()
    assert not errors and steps == list(range(1, 61))


def test_what_a_plane_shows() -> None:
    live = PlaneSession(RING)
    run(live, 20)
    plane = live.plane(n=64, cells=9, lines=5, arrows=10)
    assert plane.real.shape == plane.fake.shape == (64, 2)
    assert plane.real_scores.shape == plane.fake_scores.shape == (64,)
    assert plane.field.shape == (9, 9) and plane.warp.shape == (5, 5, 2)
    assert plane.push.points.shape == plane.push.arrows.shape == (10, 2)
    assert np.allclose(plane.push.points, plane.fake[:10], atol=1e-6)
    assert plane.best is not None and plane.best.shape == (9, 9)
    assert plane.coverage is not None
    assert plane.coverage.high_quality == metrics.mode_coverage(plane.fake, RING.modes, 0.05).high_quality  # type: ignore[arg-type]
    left, right, bottom, top = plane.extent
    assert (right - left) == pytest.approx(top - bottom) and left < RING.points[:, 0].min()
    for scores in (plane.field, plane.best, plane.real_scores, plane.fake_scores):
        assert ((scores >= 0) & (scores <= 1)).all()
    assert plane.divergence is not None and 0 < plane.divergence.js_floor < plane.divergence.js
    bare = live.plane(n=64, without=("best", "divergence"))
    assert bare.best is None and bare.divergence is None


def test_a_plane_of_a_packing_d_and_of_points_without_truth() -> None:
    live = PlaneSession(RING.points, D=mlp.Discriminator(hidden=16, layers=2, pack=2))
    run(live, 2)
    plane = live.plane(n=33, cells=4, lines=3, arrows=7)
    assert plane.fake.shape == (32, 2) and plane.fake_scores.shape == (16,)
    assert plane.push.points.shape == (6, 2) and plane.best is None and plane.coverage is None


def test_looking_changes_nothing() -> None:
    live, twin = PlaneSession(RING), PlaneSession(RING)
    run(live, 3), run(twin, 3)
    live.plane(n=32, cells=4, lines=3)
    assert losses_of(run(live, 3)) == losses_of(run(twin, 3))


def test_it_begins_again_as_it_began() -> None:
    live = PlaneSession("line", hidden=8)
    first = losses_of(run(live, 5))
    lock = live._lock
    live.restart()
    assert live._lock is lock  # others may be waiting for it
    assert live.step == 0 and live.kept_steps == (0,)
    assert losses_of(run(live, 5)) == first
    live.restart(seed=1)
    assert losses_of(run(live, 5)) != first


def test_it_begins_again_with_other_data_other_networks_and_the_settings_in_force() -> None:
    live = PlaneSession("line", hidden=8)
    live.change(loss="hinge")
    live.restart("spiral", g_hidden=12, d_layers=3)
    G, D = live.networks()
    assert (G.config["hidden"], D.config["layers"], D.config["hidden"]) == (12, 3, 8)  # type: ignore[index]
    assert live.truth.name == "spiral" and live.config.loss == "hinge"
    live.restart(np.eye(2))
    assert live.truth.name == "drawn" and next(live).step == 1


def test_a_bad_restart_changes_nothing() -> None:
    live = PlaneSession("line", hidden=8)
    run(live, 3)
    for message, call in (
        ("there is no toy data set 'cube'", lambda: live.restart("cube")),
        ("there is no width; there are g_hidden", lambda: live.restart(width=3)),
        ("points must have shape", lambda: live.restart(np.zeros((3, 3)))),
        ("hidden must be a whole number of at least 1", lambda: live.restart(g_hidden=0)),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    assert live.step == 3 and live.truth.name == "line" and next(live).step == 4


def test_it_can_be_given_other_data_on_the_way() -> None:
    live = PlaneSession("line", hidden=8)
    run(live, 3)
    before = [p.clone() for network in live.networks() for p in network.parameters()]
    live.learn(np.full((5, 2), 3.0))
    assert all(
        torch.equal(a, b) for a, b in zip(before, (p for n in live.networks() for p in n.parameters()), strict=True)
    )
    assert next(live).step == 4
    assert (live.plane(n=16).real == 3).all()
    live.change(loss="hinge")
    next(live)
    assert (live.plane(n=16).real == 3).all()


def test_a_z_of_one_number_has_a_line_for_a_grid() -> None:
    class Along(nn.Linear):
        z_dim = 1

    G = Along(1, 2)
    live = PlaneSession("two_moons", G=G)
    z = stats.norm.ppf((np.arange(5) + 0.5) / 5)  # each in the middle of a fifth of all z
    with torch.no_grad():
        expected = G(torch.tensor(z, dtype=torch.float32)[:, None]).numpy()
    np.testing.assert_allclose(live.plane(lines=5).warp, np.broadcast_to(expected, (5, 5, 2)), atol=1e-5)
    assert live.walk().fake.shape[1] == 2


def test_networks_of_your_own() -> None:
    class Line(nn.Module):
        z_dim = 1

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(1, 2)

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            points: torch.Tensor = self.layer(z)
            return points

    G = Line()
    before = G.layer.weight.detach().clone()
    live = PlaneSession("line", G=G)
    run(live, 5)
    assert torch.equal(G.layer.weight, before)  # yours is left alone
    live.restart()
    assert torch.equal(live.networks()[0].layer.weight, before)  # type: ignore[union-attr,arg-type]


def test_bad_points_are_refused() -> None:
    with pytest.raises(ValueError, match=r"points: expected shape \(N, 2\)"):
        planes.look(mlp.Generator(hidden=4), mlp.Discriminator(hidden=4), np.zeros((3, 3), np.float32))


def test_logits_in_a_column_are_refused_with_the_way_out() -> None:
    D = nn.Sequential(nn.Linear(2, 1))
    with pytest.raises(ValueError, match=r"logits \(2, 1\) for 2 of them\. nn\.Flatten\(0\) as D's last layer"):
        PlaneSession(D=D)
    D.append(nn.Flatten(0))
    run(PlaneSession(D=D), 2)
