"""Probes: values worked out by hand, agreement with what is known, and no trace left in what was looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.neighbors import KernelDensity
from torch import nn

from ganwidgets import datasets, latent, losses, probes
from ganwidgets.models import dcgan, mlp
from ganwidgets.training import TrainConfig, Trainer


class Brightness(torch.nn.Module):
    """The logit is the mean of the pixels in [-1, 1], times four."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(4.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * x.flatten(1).mean(1)


def test_values_worked_out_by_hand() -> None:
    images = np.zeros((3, 2, 2, 1), dtype=np.uint8)
    images[1] = 255
    images[2, 0] = 255  # half black, half white
    assert probes.logits(Brightness(), images).tolist() == pytest.approx([-4, 4, 0], abs=1e-6)
    assert probes.scores(Brightness(), images).tolist() == pytest.approx([0.0179862, 0.9820138, 0.5], abs=1e-6)


def test_batches_do_not_matter_and_nothing_is_left_behind() -> None:
    torch.manual_seed(0)
    D = dcgan.Discriminator(channels=4, resolution=8).train()
    images = np.random.default_rng(0).integers(0, 256, (7, 8, 8, 3), dtype=np.uint8)
    assert np.allclose(probes.logits(D, images), probes.logits(D, images, batch_size=2), atol=1e-5)
    assert D.training and all(p.grad is None and p.requires_grad for p in D.parameters())


@pytest.mark.parametrize(
    "images", [np.zeros((2, 8, 8, 3)), np.zeros((8, 8, 3), np.uint8), np.zeros((0, 8, 8, 3), np.uint8)]
)
def test_anything_but_images_is_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match="images: expected"):
        probes.logits(Brightness(), images)


class Plane(nn.Module):
    """The logit of a point is `2 x + 3 y - 1`."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        with torch.no_grad():
            self.layer.weight.copy_(torch.tensor([[2.0, 3.0]]))
            self.layer.bias.fill_(-1.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x).flatten()


class Stretch(nn.Module):
    """G(z) is `(3 z0, 0.5 z1 + z2)`, so where each z goes is known."""

    z_dim = 3

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([3.0, 0.5]))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return z[:, :2] * self.scale + torch.stack([torch.zeros(len(z)), z[:, 2]], dim=1)


def test_the_field_of_a_plane() -> None:
    field = probes.d_field(Plane(), (0.0, 1.0, 0.0, 2.0), n=3)
    # Rows from the bottom up: y = 0, 1, 2; columns x = 0, 0.5, 1.
    assert field.tolist() == [[-1.0, 0.0, 1.0], [2.0, 3.0, 4.0], [5.0, 6.0, 7.0]]


def test_the_field_of_a_d_that_judges_packs_is_that_of_equal_points() -> None:
    torch.manual_seed(0)
    D = mlp.Discriminator(hidden=8, pack=2)
    field = probes.d_field(D, (-1.0, 1.0, -1.0, 1.0), n=5)
    point = torch.from_numpy(probes.grid((-1.0, 1.0, -1.0, 1.0), 5)[1, 3])
    assert field[1, 3] == pytest.approx(D(torch.stack([point, point])).item(), abs=1e-6)


def test_the_cells_of_a_latent_grid_hold_equal_shares() -> None:
    z = probes.latent_grid(4, 2)
    assert z[0, :, 0] == pytest.approx(stats.norm.ppf([0.125, 0.375, 0.625, 0.875]), abs=1e-6)
    assert np.array_equal(z[:, 0, 1], z[0, :, 0]) and (z[2, :, 1] == z[2, 0, 1]).all()
    assert probes.latent_grid(2, 2, "uniform")[0, :, 0].tolist() == [-0.5, 0.5]


def test_the_warp_of_a_known_g_and_its_slices() -> None:
    z = probes.latent_grid(5, 2)
    warped = probes.warp(Stretch(), n=5)
    assert warped.shape == (5, 5, 2) and np.allclose(warped, z * [3.0, 0.5], atol=1e-6)
    assert np.allclose(probes.warp(Stretch(), n=5, at=[9.0, 9.0, 2.0]), warped + np.array([0.0, 2.0]), atol=1e-6)
    other = probes.warp(Stretch(), n=5, axes=(0, 2))
    assert np.allclose(other, np.stack([3 * z[..., 0], z[..., 1]], axis=-1), atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "arrow"), [("wasserstein", (2.0, 3.0)), ("non_saturating", (2.0, 3.0)), ("minimax", (2.0, 3.0))]
)
def test_arrows_point_up_ds_slope_as_the_loss_weighs_it(loss: str, arrow: tuple[float, float]) -> None:
    z = latent.sample(6, 3)
    points, arrows = probes.gradients_at_fakes(Plane(), Stretch(), z, loss)
    assert np.allclose(points, z[:, :2] * [3.0, 0.5] + np.stack([np.zeros(6), z[:, 2]], axis=1), atol=1e-6)
    score = 1 / (1 + np.exp(-(points @ [2.0, 3.0] - 1)))
    weight = {"wasserstein": np.ones(6), "non_saturating": 1 - score, "minimax": score}[loss]
    assert np.allclose(arrows, weight[:, None] * arrow, atol=1e-5)


def test_a_small_step_along_the_arrows_lowers_gs_loss() -> None:
    torch.manual_seed(0)
    G, D = mlp.Generator(2, hidden=16), mlp.Discriminator(hidden=16)
    reals = datasets.toy("ring", 32).points
    for name, loss in losses.LOSSES.items():
        points, arrows = probes.gradients_at_fakes(D, G, latent.sample(32, 2), name, reals)
        before, after = (
            loss.generator(D(torch.from_numpy(reals.copy())), D(torch.from_numpy(x))).item()
            for x in (points, points + 1e-2 * arrows)
        )
        assert after < before
    with pytest.raises(ValueError, match="x_real: the loss 'relativistic' compares"):
        probes.gradients_at_fakes(D, G, latent.sample(4, 2), "relativistic")


def test_gradient_norms_are_those_of_the_last_step() -> None:
    D = Plane()
    assert all(np.isnan(norm) for norm in probes.gradient_norms(D).values())
    D(torch.tensor([[3.0, 4.0]])).sum().backward()
    assert probes.gradient_norms(D) == {"layer.weight": 5.0, "layer.bias": 1.0}


def test_activations_layer_by_layer() -> None:
    torch.manual_seed(0)
    G = dcgan.Generator(z_dim=5, channels=4, resolution=16)
    z = latent.sample(3, 5)
    seen = probes.activations(G, z)
    assert [layer.kind for layer in seen] == ["ConvTranspose2d", "BatchNorm2d", "ReLU"] * 2 + [
        "ConvTranspose2d",
        "Tanh",
    ]
    assert (seen[0].name, seen[0].input_shape, seen[0].values.shape) == ("layers.0", (3, 5, 1, 1), (3, 8, 4, 4))
    assert seen[0].parameters == 5 * 8 * 4 * 4
    assert np.array_equal(seen[-1].values, G.eval()(torch.from_numpy(z)).detach().numpy())
    D = mlp.Discriminator(hidden=8, layers=2, spectral=True)
    points = datasets.toy("ring", 4).points
    kinds = [layer.kind for layer in probes.activations(D, points)]
    assert [kind for kind in kinds if kind != "Identity"] == ["Linear", "LeakyReLU", "Linear", "LeakyReLU", "Linear"]


def test_the_best_d_is_even_where_g_is_right_and_sure_where_it_is_not() -> None:
    ring = datasets.toy("ring_wide", 8000, sigma=0.3)
    assert ring.log_density is not None
    best = probes.optimal_scores(ring.log_density, ring.points, (-3.0, 3.0, -3.0, 3.0), 31)
    dense = np.exp(ring.log_density(probes.grid((-3.0, 3.0, -3.0, 3.0), 31).reshape(-1, 2))).reshape(31, 31) > 0.02
    assert np.abs(best[dense] - 0.5).mean() < 0.05
    half = probes.optimal_scores(ring.log_density, ring.points[ring.points[:, 0] > 0], (-3.0, 3.0, -3.0, 3.0), 31)
    left, right = half[:, :12][dense[:, :12]], half[:, 19:][dense[:, 19:]]
    assert left.min() > 0.99 and right.mean() == pytest.approx(1 / 3, abs=0.05)  # half the data on twice the fakes


def test_the_kernel_estimate_agrees_with_an_independent_one() -> None:
    points = np.random.default_rng(0).normal(size=(200, 2))
    extent = (-2.0, 2.0, -2.0, 2.0)
    best = probes.optimal_scores(lambda x: np.zeros(len(x)), points, extent, 8, bandwidth=0.4)
    kde = KernelDensity(bandwidth=0.4).fit(points)
    p_g = np.exp(kde.score_samples(probes.grid(extent, 8).reshape(-1, 2))).reshape(8, 8)
    assert np.allclose(best, 1 / (1 + p_g), atol=1e-5)


def test_fixed_samples_stay_the_same() -> None:
    torch.manual_seed(0)
    G = dcgan.Generator(z_dim=5, channels=4, resolution=16).train()
    images = probes.fixed_samples(G, 4, seed=3)
    assert images.shape == (4, 16, 16, 3) and np.array_equal(images, probes.fixed_samples(G, 4, seed=3))
    assert not np.array_equal(images, probes.fixed_samples(G, 4, seed=4))


PROBES: dict[str, Callable[[Any, Any], Any]] = {
    "fixed_samples": lambda G, D: probes.fixed_samples(G, 8),
    "d_field": lambda G, D: probes.d_field(D, (-2.0, 2.0, -2.0, 2.0), 8),
    "warp": lambda G, D: probes.warp(G, 5),
    "gradients_at_fakes": lambda G, D: probes.gradients_at_fakes(D, G, latent.sample(8, 2)),
    "gradient_norms": lambda G, D: probes.gradient_norms(D),
    "activations": lambda G, D: probes.activations(D, datasets.toy("ring", 8).points),
}


@pytest.mark.parametrize("name", PROBES)
def test_a_look_changes_nothing(name: str) -> None:
    def pair() -> Trainer:
        torch.manual_seed(0)
        G, D = mlp.Generator(2, hidden=8), mlp.Discriminator(hidden=8, spectral=True)
        G.layers[1] = nn.Dropout(0.5)
        return Trainer(G, D, datasets.toy("ring", 100), TrainConfig(batch_size=8, n_critic=2))

    def go(watched: bool) -> Trainer:
        trainer = pair()
        for _ in range(3):
            next(trainer)
            next(trainer.G.children()).eval()  # a mode of its own
            before = [None if p.grad is None else p.grad.clone() for p in trainer.D.parameters()]
            modes = [module.training for module in (*trainer.G.modules(), *trainer.D.modules())]
            if watched:
                PROBES[name](trainer.G, trainer.D)
            assert modes == [module.training for module in (*trainer.G.modules(), *trainer.D.modules())]
            for p, gradient in zip(trainer.D.parameters(), before, strict=True):
                assert p.requires_grad and p.grad is not None and gradient is not None and torch.equal(p.grad, gradient)
        return trainer

    quiet, watched = (go(look).state() for look in (False, True))
    assert all(torch.equal(quiet[key], watched[key]) for key in quiet if key != "clock")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probes.grid((0, 0, 0, 1), 4), r"extent: expected finite"),
        (lambda: probes.grid((0, 1, 0, 1), 1), r"n must be a whole number of at least 2"),
        (lambda: probes.latent_grid(3, 2, "cauchy"), r"prior: there is no 'cauchy'"),
        (lambda: probes.warp(Stretch(), 3, axes=(0, 3)), r"axes must be a whole number from 0 to 2, not 3"),
        (lambda: probes.warp(Stretch(), 3, at=[1.0]), r"at: expected shape \(3,\), got \(1,\)"),
        (lambda: probes.warp(dcgan.Generator(2, 4, 8), 3), r"G: expected one that makes points"),
        (lambda: probes.gradients_at_fakes(Plane(), Stretch(), np.zeros((2, 3)), "hinges"), r"loss: there is no"),
        (lambda: probes.optimal_scores(lambda x: x[:, 0], [[0, 1]], (0, 1, 0, 1)), r"fakes: expected finite"),
        (
            lambda: probes.optimal_scores(lambda x: x[:, 0], np.eye(2), (0, 1, 0, 1), 4, -1.0),
            r"bandwidth must be a finite number above 0, not -1.0",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
