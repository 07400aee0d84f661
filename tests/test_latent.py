"""Draws, paths and the renderer, with hand-worked points and scipy's slerp beside ours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.spatial import geometric_slerp
from torch import nn

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
    with pytest.raises(ValueError, match=r"psi must be .*not 1\.5"):
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
        (np.zeros((2, 5)), r"expected shape \(n, 6\) with n of at least 1, got \(2, 5\)"),
        (np.zeros(6), r"expected shape \(n, 6\) with n of at least 1, got \(6,\)"),
        (np.full((1, 6), np.nan), "expected finite numbers"),
    ],
)
def test_a_wrong_z_is_refused(z: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        latent.renderer(small_generator())(z)


def test_unknown_priors_and_empty_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="no 'gauss'; choose one of normal, uniform"):
        latent.sample(1, 1, prior="gauss")
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, not 0"):
        latent.sample(0, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: latent.lerp([np.nan, 0], [1, 2], 0.5), "a: expected finite numbers"),
        (lambda: latent.slerp([1, 0], [1, 2], np.inf), "t: expected finite numbers"),
        (lambda: latent.slerp([], [], 0.5), "a, b: expected two vectors of one length"),
        (lambda: latent.lerp([1, 0], [1, 2], [[0.5]]), r"t: expected a number or shape \(n,\)"),
        (lambda: latent.truncate([np.nan], 0.5), "z: expected finite numbers"),
        (lambda: latent.sample(1.5, 3), "n must be a whole number"),  # type: ignore[arg-type]
        (lambda: latent.sample(1, 3, seed=-1), "seed must be a whole number of at least 0"),
    ],
)
def test_bad_numbers_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


class Labelled(nn.Module):
    """z `(N, 2)` and labels to pictures of one colour, as bright as the label is high."""

    conditional, z_dim = True, 2

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.5))

    def forward(self, z: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return (labels.float() * self.scale - 1)[:, None, None, None].expand(-1, 1, 8, 8)


def test_a_condition_goes_with_every_z() -> None:
    G = Labelled()
    images = latent.generate(G, np.zeros((3, 2)), [0, 2, 4])
    assert images[:, 0, 0, 0].tolist() == [0, 128, 255]
    assert latent.renderer(G, 2)(np.zeros((5, 2), np.float32)).tolist() == images[1:2].repeat(5, axis=0).tolist()
    with pytest.raises(ValueError, match="condition: G takes one for each z; got None"):
        latent.generate(G, np.zeros((3, 2)))
    with pytest.raises(ValueError, match="condition: expected 3 labels or pictures"):
        latent.generate(G, np.zeros((3, 2)), [1, 2])


def test_sounds_and_clips_have_their_own_forms() -> None:
    class Fixed(nn.Module):
        z_dim = 1

        def __init__(self, *shape: int) -> None:
            super().__init__()
            self.output = nn.Parameter(torch.zeros(shape))

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return self.output

    sounds = latent.generate(Fixed(2, 1, 30), np.zeros((2, 1)))
    assert sounds.shape == (2, 30) and sounds.dtype == np.float32
    clips = latent.generate(Fixed(2, 3, 5, 8, 9), np.zeros((2, 1)))
    assert clips.shape == (2, 5, 8, 9, 3) and clips.dtype == np.uint8 and (clips == 128).all()


def test_labels_are_whole_and_float_pictures_are_taken_as_they_are() -> None:
    class Copy(Labelled):
        def forward(self, z: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
            return pictures + 0 * self.scale

    with pytest.raises(ValueError, match="condition: expected whole numbers as labels"):
        latent.generate(Labelled(), np.zeros((1, 2)), [0.7])
    floats = np.full((1, 8, 8, 1), 1.0, np.float32)
    assert (latent.generate(Copy(), np.zeros((1, 2)), floats) == 255).all()
    assert (latent.generate(Copy(), np.zeros((1, 2)), np.full((1, 8, 8, 1), 7, np.uint8)) == 7).all()
