"""Draws, paths and the renderer, with hand-worked points and scipy's slerp beside ours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.spatial import geometric_slerp

from ganwidgets import latent
from ganwidgets.models import dcgan


def small_generator() -> dcgan.Generator:
    torch.manual_seed(0)
    return dcgan.Generator(z_dim=6, channels=4, resolution=8)


def test_samples_are_repeatable_and_have_the_moments_of_their_prior() -> None:
    z = latent.sample(20_000, 4, seed=1)
    assert z.shape == (20_000, 4) and z.dtype == np.float32
    assert np.array_equal(z, latent.sample(20_000, 4, seed=1))
    assert not np.array_equal(z, latent.sample(20_000, 4, seed=2))
    assert np.abs(z.mean(0)).max() < 0.03 and np.abs(z.std(0) - 1).max() < 0.03
    u = latent.sample(20_000, 4, seed=1, prior="uniform")
    assert -1 <= u.min() < -0.99 and 0.99 < u.max() <= 1
    assert abs(u.std() - 1 / np.sqrt(3)) < 0.01


def test_paths_worked_out_by_hand() -> None:
    a, b = [1.0, 0.0], [0.0, 1.0]
    assert np.allclose(latent.lerp(a, b, 0.5), [0.5, 0.5])
    assert np.allclose(latent.slerp(a, b, 0.5), [np.sqrt(0.5), np.sqrt(0.5)])
    # From length 1 to length 3 at a right angle: half-way the length is 2.
    assert np.allclose(latent.slerp(a, [0.0, 3.0], 0.5), [np.sqrt(2), np.sqrt(2)], atol=1e-6)


def test_slerp_agrees_with_scipy_on_the_unit_sphere() -> None:
    a, b = (v / np.linalg.norm(v) for v in latent.sample(2, 7, seed=3).astype(np.float64))
    t = np.linspace(0, 1, 9)
    assert np.allclose(latent.slerp(a, b, t), geometric_slerp(a, b, t), atol=1e-5)


@pytest.mark.parametrize("walk", [latent.lerp, latent.slerp])
def test_both_paths_start_and_end_where_they_should(walk: Callable[..., np.ndarray]) -> None:
    a, b = latent.sample(2, 7, seed=3)
    path = walk(a, b, [0.0, 1.0])
    assert path.shape == (2, 7)
    assert np.allclose(path, [a, b], atol=1e-5)


def test_slerp_of_parallel_opposite_and_zero_vectors_is_finite() -> None:
    a = np.array([1.0, 2.0])
    for b in (a, 2 * a, -a, 0 * a):
        assert np.allclose(latent.slerp(a, b, 0.25), 0.75 * a + 0.25 * b, atol=1e-5)


def test_truncation() -> None:
    assert np.allclose(latent.truncate([[2.0, -4.0]], 0.5), [[1.0, -2.0]])
    with pytest.raises(ValueError, match=r"psi: got 1\.5"):
        latent.truncate([[1.0]], 1.5)


def test_the_renderer_is_a_snapshot_and_leaves_the_generator_alone() -> None:
    G = small_generator().train()
    render = latent.renderer(G)
    z = latent.sample(3, 6)
    before = render(z)
    assert before.shape == (3, 8, 8, 3) and before.dtype == np.uint8
    assert G.training and all(p.requires_grad for p in G.parameters())
    with torch.no_grad():
        for parameter in G.parameters():
            parameter.add_(1.0)
    assert np.array_equal(render(z), before)
    # One image alone is the same as that image in a batch.
    assert np.abs(render(z[1:2]).astype(int) - before[1:2]).max() <= 1


def test_the_renderer_maps_minus_one_to_black_and_one_to_white() -> None:
    class Constant(torch.nn.Module):
        z_dim = 1

        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1))

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return (z * self.scale)[:, :, None, None]

    pixels = latent.renderer(Constant())(np.array([[-1.0], [0.0], [1.0], [7.0]], dtype=np.float32))
    assert pixels.ravel().tolist() in ([0, 127, 255, 255], [0, 128, 255, 255])


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (np.zeros((2, 5)), r"expected shape \(n, 6\), got \(2, 5\)"),
        (np.zeros(6), r"expected shape \(n, 6\), got \(6,\)"),
        (np.full((1, 6), np.nan), "expected finite numbers"),
    ],
)
def test_a_wrong_z_is_refused(z: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        latent.renderer(small_generator())(z)


def test_unknown_priors_and_empty_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="no 'gauss'; choose one of normal, uniform"):
        latent.sample(1, 1, prior="gauss")
    with pytest.raises(ValueError, match="n of at least 1 and z_dim of at least 0, got 0 and 3"):
        latent.sample(0, 3)
