"""A quicker copy draws the same pictures, and a network that it would change is left as it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganwidgets import checkpoints, latent
from ganwidgets.models import dcgan
from ganwidgets.quicker import quicker


def seasoned(network: nn.Module) -> nn.Module:
    """In eval mode, with statistics and factors in the batch norms as a training leaves them."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_var, module.weight, module.running_mean, module.bias):
                if tensor is not None:
                    tensor.data.uniform_(0.5, 2.0)
    return network.eval()


def kinds(network: nn.Module) -> set[type[nn.Module]]:
    return {type(module) for module in network.modules()}


def test_a_dcgan_loses_its_batch_norms_and_draws_the_same() -> None:
    G = seasoned(dcgan.Generator(z_dim=8, channels=8, resolution=32))
    before = {name: tensor.clone() for name, tensor in G.state_dict().items()}
    z = torch.randn(5, 8, generator=torch.Generator().manual_seed(1))
    quick = quicker(G)
    assert quick is not None and nn.BatchNorm2d in kinds(G) and nn.BatchNorm2d not in kinds(quick)
    with torch.inference_mode():
        torch.testing.assert_close(quick(z), G(z), rtol=0, atol=1e-5)
        assert (quick(z) != quick(-z)).any()
    assert all(torch.equal(tensor, before[name]) for name, tensor in G.state_dict().items())


def test_one_channel_worked_out_by_hand() -> None:
    # 3·x + 1, mean 2 taken off, over √(4 + 0) and times 6, plus 5: 9·x + 2.
    norm = nn.BatchNorm2d(1, eps=0.0)
    layers = nn.Sequential(nn.Conv2d(1, 1, 1), norm, nn.ReLU()).eval()
    for tensor, number in ((layers[0].weight, 3.0), (layers[0].bias, 1.0), (norm.weight, 6.0), (norm.bias, 5.0)):
        tensor.data.fill_(number)  # type: ignore[union-attr, operator]
    assert norm.running_mean is not None and norm.running_var is not None
    norm.running_mean.fill_(2.0)
    norm.running_var.fill_(4.0)
    quick = quicker(layers)
    assert quick is not None
    assert float(quick[0].weight) == 9.0 and float(quick[0].bias) == 2.0  # type: ignore[index]
    assert quick(torch.full((1, 1, 1, 1), 0.5)).item() == 6.5


def test_without_convolutions_there_is_nothing_to_gain() -> None:
    assert quicker(nn.Sequential(nn.Linear(2, 2), nn.ReLU())) is None


def test_what_cannot_be_joined_is_left_as_it_is() -> None:
    hooked = nn.utils.spectral_norm(nn.Conv2d(2, 3, 1))
    convolutions = [hooked, nn.Conv2d(2, 3, 1), nn.ConvTranspose2d(2, 4, 1, groups=2), nn.Conv2d(2, 3, 1)]
    norms = [nn.BatchNorm2d(3), nn.BatchNorm2d(5), nn.BatchNorm2d(4), nn.BatchNorm2d(3, track_running_stats=False)]
    for pair in zip(convolutions, norms, strict=True):
        quick = quicker(nn.Sequential(*pair))
        assert quick is not None and nn.BatchNorm2d in kinds(quick)


class Odd(nn.Module):
    """z (N, 4) to grey pictures 4×4, in one of the `ways` that a quicker copy could spoil."""

    z_dim = 4

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way
        torch.manual_seed(0)
        norm = nn.BatchNorm2d(4, track_running_stats=way != "of the batch")
        groups = 4 if way == "groups" else 1
        self.layers = nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1, groups=groups), norm, nn.ReLU())
        self.last = nn.Conv2d(4, 1, 1)

    def forward(self, z: Tensor) -> Tensor:
        x = z[:, :, None, None] * torch.linspace(-1, 1, 16).reshape(4, 4)  # (N, 4, 4, 4)
        made = self.layers(x)
        if self.way == "between":
            made = self.layers[2](self.layers[1](x)) + self.layers[:2](x)
        if self.way == "noise":
            made = made + torch.randn_like(made)
        if self.way == "view":
            made = made.view(len(z), -1).view(len(z), 4, 4, 4)
        picture: Tensor = torch.sin(3 * self.last(x + made))
        return picture


@pytest.mark.parametrize("way", ["plain", "groups", "of the batch", "between", "view"])
def test_what_the_renderer_draws_is_what_g_draws(way: str) -> None:
    G = seasoned(Odd(way))
    render, z = latent.renderer(G), latent.sample(6, 4, 3)
    for some in (z[:1], z, z):
        wanted = latent.generate(G, some).astype(int)
        assert wanted.std() > 20 and np.abs(render(some) - wanted).max() <= 1


def test_the_quicker_copy_draws_where_it_is_the_same_and_only_there() -> None:
    renders = {way: latent.renderer(seasoned(Odd(way))) for way in ("plain", "between", "view", "noise")}
    for render in renders.values():
        for n in (1, 2):
            render(latent.sample(n, 4, 0))
    assert {way: render._quick is not None for way, render in renders.items()} == {
        "plain": True, "between": False, "view": False, "noise": False,
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in checkpoints.available() if name.startswith(("digits", "faces"))])
def test_the_shipped_generators_draw_quickly(name: str) -> None:
    G = checkpoints.load(name).G
    condition = 0 if getattr(G, "conditional", False) else None
    render, z = latent.renderer(G, condition), latent.sample(2, latent.z_dim_of(G), 0)
    first, second = render(z).astype(int), render(z).astype(int)
    assert np.abs(first - second).max() <= 1
    assert render._quick is not None and render._proven
