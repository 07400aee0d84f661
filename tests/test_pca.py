"""Principal components: by hand, beside scikit-learn's, and in generators whose insides are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from ganwidgets import checkpoints, latent, pca
from ganwidgets.models import dcgan, style


class Linear(nn.Module):
    """An image of one row whose pixels are a matrix times z, so that everything can be worked out."""

    def __init__(self, matrix: np.ndarray) -> None:
        super().__init__()
        self.z_dim = matrix.shape[1]
        self.mix = nn.Linear(matrix.shape[1], matrix.shape[0], bias=False)
        self.mix.weight.data = torch.tensor(matrix, dtype=torch.float32)
        self.unused = nn.Linear(2, 2)

    def forward(self, z: Tensor) -> Tensor:
        images: Tensor = self.mix(z)[:, None, None]
        return images


def test_a_hand_worked_case() -> None:
    # Along (3, 4)/5 the points lie at -5, 0, 5; across it at 1, -2, 1: the squares sum to 50 and 6.
    along, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    points = np.array([-5 * along + across, -2 * across, 5 * along + across]) + 7
    directions, shares = pca.pca_directions(points, 2)
    np.testing.assert_allclose(directions, [along, -across], atol=1e-6)
    np.testing.assert_allclose(shares, [50 / 56, 6 / 56], atol=1e-6)


@pytest.mark.parametrize(("n", "d"), [(200, 12), (30, 90)])
def test_the_same_as_scikit_learn(n: int, d: int) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(n, d)) @ np.diag(np.linspace(3, 0.1, d)) + rng.normal(size=d)
    directions, shares = pca.pca_directions(points, 6)
    reference = PCA(6, svd_solver="full").fit(points)
    signs = np.sign((reference.components_ * directions).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(directions, reference.components_ * signs, atol=1e-5)
    np.testing.assert_allclose(shares, reference.explained_variance_ratio_, rtol=1e-4)
    assert directions.dtype == np.float32 and (directions[np.arange(6), np.abs(directions).argmax(axis=1)] > 0).all()
    np.testing.assert_allclose(directions @ directions.T, np.eye(6), atol=1e-5)


def test_the_directions_that_change_a_linear_generator_most_are_found() -> None:
    rng = np.random.default_rng(1)
    left, right = (np.linalg.qr(rng.normal(size=(size, 4)))[0] for size in (20, 6))
    found = pca.components(Linear(left @ np.diag([8, 4, 2, 1]) @ right.T), k=3, layer="mix")
    assert (found.space, found.layer) == ("z", "mix") and found.directions.shape == (3, 6)
    cosines = np.abs((found.directions * right.T[:3]).sum(axis=1))
    assert (cosines > 0.99).all()
    np.testing.assert_allclose(found.shares, np.array([64, 16, 4]) / 85, atol=0.04)
    np.testing.assert_allclose(found.reach, 1, atol=0.08)
    other = np.abs((pca.components(Linear(np.eye(6)), k=3, layer="mix").directions * right.T[:3]).sum(axis=1))
    assert (other < 0.99).any()


def test_the_first_directions_of_a_trained_generator_change_more_than_chance() -> None:
    G = checkpoints.load("digits").G
    found = pca.components(G, k=4, n=600)
    again = pca.components(G, k=4, n=600)
    np.testing.assert_array_equal(found.directions, again.directions)
    assert found.layer == "layers.2" and (np.diff(found.shares) <= 0).all()
    np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1), 1, atol=1e-5)
    render, z = latent.renderer(G), latent.sample(40, 32, seed=5)
    chance = latent.sample(12, 32, seed=6)
    chance /= np.linalg.norm(chance, axis=1, keepdims=True)

    def change(way: np.ndarray) -> float:
        return float(np.abs(render(z + 2 * way).astype(float) - render(z - 2 * way)).mean())

    assert change(found.directions[0]) > 1.15 * np.mean([change(way) for way in chance])


def test_a_style_generator_is_taken_apart_in_w() -> None:
    torch.manual_seed(0)
    G = style.Generator(z_dim=6, w_dim=8, channels=4, widest=8, resolution=8, image_channels=1)
    found = pca.components(G, k=3, n=300)
    assert (found.space, found.layer) == ("w", "w") and found.directions.shape == (3, 8)
    with torch.no_grad():
        w = G.eval().map(torch.from_numpy(latent.sample(300, 6))).numpy()
    reference = PCA(3, svd_solver="full").fit(w)
    np.testing.assert_allclose(np.abs((found.directions * reference.components_).sum(axis=1)), 1, atol=1e-4)
    np.testing.assert_allclose(found.reach, np.sqrt(reference.explained_variance_), rtol=0.01)
    images = pca.renderer(G)(w[:4])
    np.testing.assert_array_equal(images, latent.generate(G, latent.sample(300, 6)[:4]))
    assert pca.components(G, k=2, n=50, layer="mapping.1").space == "z"


def test_a_renderer_of_z() -> None:
    G = dcgan.Generator(z_dim=3, channels=2, resolution=8)
    z = latent.sample(2, 3)
    np.testing.assert_array_equal(pca.renderer(G, "z")(z), latent.renderer(G)(z))
    with pytest.raises(ValueError, match="space: got 'w'"):
        pca.renderer(G)


def test_bad_points_are_refused() -> None:
    for points, k, message in (
        (np.zeros(4), 1, r"points: expected shape \(N, d\)"),
        (np.full((4, 2), np.nan), 1, "finite"),
        (np.ones((4, 2)), 1, "all the same"),
        (np.eye(4), 4, "k must be a whole number from 1 to 3, not 4"),
        (np.eye(4), 0, "k must be"),
    ):
        with pytest.raises(ValueError, match=message):
            pca.pca_directions(points, k)


def test_bad_generators_and_layers_are_refused() -> None:
    G = Linear(np.eye(3))
    with pytest.raises(ValueError, match="no non-linearity to stop at; name one of mix, unused"):
        pca.components(G, k=1, n=20)
    with pytest.raises(ValueError, match="G has no 'nose'; it has mix, unused"):
        pca.components(G, k=1, n=20, layer="nose")
    with pytest.raises(ValueError, match="'unused' gave 0 rows for 20 z"):
        pca.components(G, k=1, n=20, layer="unused")
    with pytest.raises(ValueError, match="k must be a whole number from 1 to 3, not 5"):
        pca.components(Linear(np.ones((9, 3))), k=5, n=20, layer="mix")
    with pytest.raises(ValueError, match="n must be"):
        pca.components(G, n=1, layer="mix")
    with pytest.raises(ValueError, match="condition"):
        pca.components(G, k=1, n=20, layer="mix", condition=3)
