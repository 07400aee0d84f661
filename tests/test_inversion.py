"""Inversion: a picture that G made is found again, what it cannot make is approached, and the search is a stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganwidgets import checkpoints, datasets, inversion, latent
from ganwidgets.models import dcgan

MATRIX = torch.randn(24, 3, generator=torch.Generator().manual_seed(0)) / 3


class Tiny(nn.Module):
    """A row of pixels, each the tanh of a known combination of z (plus one for every class, if it is conditional)."""

    def __init__(self, matrix: Tensor = MATRIX, conditional: bool = False) -> None:
        super().__init__()
        self.z_dim = matrix.shape[1]
        self.conditional = conditional
        self.weight = nn.Parameter(matrix.clone())

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        row = z @ self.weight.T + (0.0 if label is None else label[:, None].float())
        return torch.tanh(row)[:, None, None]


def test_a_picture_that_g_made_is_found_again() -> None:
    z = np.array([0.8, -1.1, 0.4], np.float32)
    image = latent.generate(Tiny(), z[None])[0]
    found = inversion.invert(Tiny(), image, steps=100, seed=1)
    np.testing.assert_allclose(found.z, z, atol=0.03)
    assert found.error < 1 and np.abs(found.image.astype(int) - image).max() <= 1
    np.testing.assert_array_equal(found.image, latent.generate(Tiny(), found.z[None])[0])


def test_the_error_is_the_root_mean_square_in_grey_levels() -> None:
    # All pixels are tanh(0 · z) = 0, grey level 127.5; the picture is 127.5 ± 30.
    G = Tiny(torch.zeros(4, 2))
    image = np.array([[[97], [97], [158], [158]]], np.uint8)
    found = inversion.invert(G, image, steps=2)
    assert found.error == pytest.approx(30.5, abs=1e-3)
    np.testing.assert_allclose(found.history, (30.5 / 127.5) ** 2, atol=1e-5)


def test_the_search_is_a_stream_that_never_gets_worse_and_repeats() -> None:
    image = latent.generate(Tiny(), latent.sample(1, 3, seed=9))[0]
    stages = list(inversion.search(Tiny(), image, steps=30, seed=2, starts=2))
    assert [len(stage.history) for stage in stages] == list(range(1, 32))
    assert (np.diff(stages[-1].history) <= 0).all() and stages[-1].error < 0.5 * stages[0].error
    np.testing.assert_array_equal(stages[-1].history, [stage.history[-1] for stage in stages])
    again = inversion.invert(Tiny(), image, steps=30, seed=2, starts=2)
    np.testing.assert_array_equal(again.z, stages[-1].z)
    other = next(inversion.search(Tiny(), image, steps=30, seed=3, starts=2))
    assert not np.array_equal(other.z, stages[0].z)


def test_g_is_left_as_it_was() -> None:
    G = dcgan.Generator(z_dim=3, channels=2, resolution=8, image_channels=1).train()
    before = {name: tensor.clone() for name, tensor in G.state_dict().items()}
    inversion.invert(G, np.zeros((8, 8, 1), np.uint8), steps=2)
    assert G.training and all(p.requires_grad and p.grad is None for p in G.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in G.state_dict().items())


def test_features_decide_where_the_pixels_cannot_agree() -> None:
    # The left pixel is tanh z, the right one tanh -z, and both should be 0.5: nobody can, so 0 is the best for both.
    G = Tiny(torch.tensor([[1.0], [-1.0]]))
    image = np.full((1, 2, 1), round(1.5 * 127.5), np.uint8)
    plain = inversion.invert(G, image, steps=150)
    assert plain.z[0] == pytest.approx(0, abs=0.02)
    left = inversion.invert(G, image, steps=150, features=lambda x: x[..., :1], feature_weight=100)
    assert left.image[0, 0, 0] == pytest.approx(image[0, 0, 0], abs=2) and left.error > plain.error


@pytest.mark.parametrize(("prior", "longest"), [("uniform", 1.0), ("normal", 1.25)])
def test_z_stays_where_the_prior_is(prior: str, longest: float) -> None:
    # Pixels near white ask for a z of about 3.
    G = Tiny(torch.ones(4, 2) / 2)
    image = np.full((1, 4, 1), 254, np.uint8)
    found = inversion.invert(G, image, steps=150, prior=prior, prior_weight=1.0)
    free = inversion.invert(G, image, steps=150, prior_weight=0.0)
    assert np.sqrt(np.square(found.z).mean()) <= longest < np.sqrt(np.square(free.z).mean())


def test_a_condition_goes_with_every_z() -> None:
    G, z = Tiny(conditional=True), latent.sample(1, 3, seed=4)
    image = latent.generate(G, z, [1])[0]
    found = inversion.invert(G, image, steps=150, condition=1, prior_weight=0)
    np.testing.assert_allclose(found.z, z[0], atol=0.05)
    assert inversion.invert(G, image, steps=150, condition=0).error > found.error + 1
    with pytest.raises(ValueError, match="condition: G takes one"):
        inversion.invert(G, image)


def test_a_trained_generator_comes_near_a_digit_and_not_near_noise() -> None:
    G = checkpoints.load("digits").G
    digit = datasets.load("digits", "test").images[0]
    noise = np.random.default_rng(0).integers(0, 256, digit.shape, dtype=np.uint8)
    near, far = (inversion.invert(G, image, steps=60, starts=2) for image in (digit, noise))
    assert near.error < 40 and near.history[-1] < 0.4 * near.history[0]
    assert far.error > 60 and near.image.shape == digit.shape and near.z.dtype == np.float32


def test_bad_input_is_refused() -> None:
    G, image = Tiny(), np.zeros((1, 24, 1), np.uint8)
    cases: list[tuple[Any, dict[str, Any], str]] = [
        (image[0], {}, r"image: expected shape \(1, 24, 1\) of uint8, as G makes them; got \(24, 1\) of uint8"),
        (image.astype(float), {}, "got .* of float64"),
        (image, {"steps": 0}, "steps must be"),
        (image, {"starts": 0}, "starts must be"),
        (image, {"lr": -1.0}, "lr must be a finite number of at least 0, not -1.0"),
        (image, {"prior_weight": float("nan")}, "prior_weight must be"),
        (image, {"prior": "cauchy"}, "prior: there is no 'cauchy'"),
    ]
    for wrong, changes, message in cases:
        with pytest.raises(ValueError, match=message):
            inversion.search(G, wrong, **changes)
    with pytest.raises(ValueError, match="expected a generator of images"):
        inversion.search(_Points(), image)


class _Points(Tiny):
    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return z @ self.weight.T
