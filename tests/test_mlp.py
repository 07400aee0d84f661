"""Shapes, sizes counted by hand, what packing and the minibatch deviation let D see, and refusals of the MLP pair."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ganwidgets import datasets
from ganwidgets.models import mlp
from ganwidgets.training import TrainConfig, Trainer


def test_the_sizes_are_those_counted_by_hand() -> None:
    G, D = mlp.Generator(z_dim=2, hidden=64, layers=3), mlp.Discriminator(hidden=64, layers=3, pack=4)
    assert sum(p.numel() for p in G.parameters()) == (2 * 64 + 64) + 2 * (64 * 64 + 64) + (64 * 2 + 2)
    assert sum(p.numel() for p in D.parameters()) == (8 * 64 + 64) + 2 * (64 * 64 + 64) + (64 + 1)
    assert G.z_dim == 2 and G(torch.randn(5, 2)).shape == (5, 2)


@pytest.mark.parametrize("settings", [{}, {"pack": 4}, {"minibatch_std": True}, {"spectral": True, "pack": 2}])
def test_config_makes_the_same_network(settings: dict[str, Any]) -> None:
    D = mlp.Discriminator(hidden=8, layers=2, **settings)
    twin = mlp.Discriminator(**D.config)
    twin.load_state_dict(D.state_dict())
    x = torch.randn(8, 2)
    assert torch.equal(D.eval()(x), twin.eval()(x)) and D(x).shape == (8 // settings.get("pack", 1),)
    G = mlp.Generator(z_dim=3, hidden=8, layers=1, out=3, activation="tanh", scale=2.0)
    assert mlp.Generator(**G.config).config == G.config


def test_a_plain_logit_depends_on_its_own_point_only() -> None:
    D, x = mlp.Discriminator(hidden=8), torch.randn(6, 2)
    assert torch.allclose(D(x)[3:4], D(x[3:4]), atol=1e-6)


def test_a_pack_is_its_neighbours_in_a_row() -> None:
    D, x = mlp.Discriminator(hidden=8, layers=1, pack=2), torch.randn(6, 2)
    rows = torch.cat([x[0::2], x[1::2]], dim=1)  # (3, 4)
    first = D.layers[0]
    by_hand = torch.nn.functional.leaky_relu(rows @ first.weight.T + first.bias, 0.2)  # type: ignore[operator]
    assert torch.allclose(D(x), (by_hand @ D.last.weight.T + D.last.bias).flatten(), atol=1e-6)
    changed = x.clone()
    changed[1] += 1
    assert (D(changed) != D(x)).tolist() == [True, False, False]


def test_the_minibatch_deviation_sees_variety_within_groups() -> None:
    D = mlp.Discriminator(hidden=8, minibatch_std=True)
    apart, same = torch.randn(4, 2), torch.ones(4, 2)
    both = D(torch.cat([apart, same]))
    # A real and a fake group may share a batch: neither changes what is said of the other.
    assert torch.allclose(both, torch.cat([D(apart), D(same)]), atol=1e-6)
    changed = apart.clone()
    changed[1] += 1
    assert (D(changed) != D(apart)).all()


def test_spectral_normalisation_bounds_every_layer() -> None:
    D = mlp.Discriminator(hidden=16, layers=2, spectral=True)
    for _ in range(50):
        D(torch.randn(4, 2))
    layers = [module for module in D.modules() if isinstance(module, torch.nn.Linear)]
    assert len(layers) == 3
    for layer in layers:
        assert float(torch.linalg.matrix_norm(layer.weight.detach(), 2)) == pytest.approx(1, abs=0.02)


def test_scale_is_that_of_the_data() -> None:
    G, D = mlp.Generator(hidden=8), mlp.Discriminator(hidden=8)
    wide_G, wide_D = mlp.Generator(hidden=8, scale=4.0), mlp.Discriminator(hidden=8, scale=4.0)
    wide_G.load_state_dict(G.state_dict())
    wide_D.load_state_dict(D.state_dict())
    z = torch.randn(3, 2)
    assert torch.allclose(wide_G(z), 4 * G(z)) and torch.allclose(wide_D(4 * z), D(z), atol=1e-6)


@pytest.mark.parametrize("init", mlp.INITS)
@pytest.mark.parametrize("activation", mlp.ACTIVATIONS)
def test_every_start_gives_finite_points(init: str, activation: str) -> None:
    G = mlp.Generator(hidden=16, init=init, activation=activation)
    assert torch.isfinite(G(torch.randn(8, 2))).all()


def test_kaiming_keeps_the_size_of_the_signal_and_the_dcgan_start_loses_it() -> None:
    torch.manual_seed(0)
    z = torch.randn(1000, 2)
    sizes = {
        init: float(mlp.Generator(hidden=256, layers=4, init=init)(z).detach().std()) for init in ("kaiming", "dcgan")
    }
    assert 0.3 < sizes["kaiming"] < 4 and sizes["dcgan"] < 1e-2


@pytest.mark.parametrize("settings", [{}, {"pack": 2}, {"minibatch_std": True}, {"spectral": True}])
def test_it_trains_through_the_trainer(settings: dict[str, Any]) -> None:
    D = mlp.Discriminator(hidden=8, **settings)
    config = TrainConfig(batch_size=8, steps=3, r1=0.1, penalty_every=2)
    events = list(Trainer(mlp.Generator(hidden=8), D, datasets.toy("ring", n=100), config))
    assert len(events) == 3 and events[0].real_logits.shape == (8 // settings.get("pack", 1),)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 0}, "hidden must be a whole number of at least 1, not 0"),
        ({"pack": 0}, "pack must be"),
        ({"activation": "swish"}, "activation: there is no 'swish'; choose one of relu, leaky_relu"),
        ({"init": "zeros"}, "init: there is no 'zeros'; choose one of torch, kaiming"),
        ({"scale": 0.0}, "scale must be a finite number above 0, not 0.0"),
        ({"scale": float("nan")}, "scale must be"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mlp.Discriminator(**settings)


def test_bad_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 2\), got \(2, 4\)"):
        mlp.Generator()(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 2\), got \(2,\)"):
        mlp.Discriminator()(torch.zeros(2))
    with pytest.raises(ValueError, match="x: 7 samples do not divide into packs of 2"):
        mlp.Discriminator(pack=2)(torch.zeros(7, 2))
