"""`Anatomy` and `Chain`: shapes, sums and parameters of our networks and of stranger ones, beside what torch says."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwidgets import layer_words as words
from ganwidgets.anatomy import MANY, Anatomy, Layer
from ganwidgets.chains import Chain, classical
from ganwidgets.models import audio, conditional, dcgan, diffusion, mlp, style


def by_kind(layers: tuple[Layer, ...]) -> list[str]:
    return [layer.kind for layer in layers]


def value_of(size_sum: str) -> bool:
    """Whether the arithmetic on the left of the last `=` gives what stands on its right."""
    left, _, right = size_sum.rpartition(" = ")
    for sign, plain in (("−", "-"), ("·", "*"), ("⌊", "math.floor("), ("⌋", ")")):
        left = left.replace(sign, plain)
    return bool(eval(left, {"math": math}) == int(right))


@pytest.fixture(scope="module")
def dcgan_chain() -> Chain:
    return Chain(*classical())


def test_the_classical_dcgan_layer_by_layer(dcgan_chain: Chain) -> None:
    G, D = dcgan_chain.parts
    outputs = [(100, 1, 1), (512, 4, 4), (256, 8, 8), (128, 16, 16), (64, 32, 32), (3, 64, 64)]
    assert [layer.output for layer in G.layers] == outputs
    assert [layer.output for layer in D.layers] == [*outputs[4:0:-1], (1, 1, 1)]
    # Hand-counted: kernels of 4x4, two numbers for each normalised channel, a bias in the last layer.
    weights = [16 * a * b for a, b in ((100, 512), (512, 256), (256, 128), (128, 64), (64, 3))]
    extra = [2 * 512, 2 * 256, 2 * 128, 2 * 64, 3]
    assert [layer.parameters for layer in G.layers] == [0, *(w + e for w, e in zip(weights, extra, strict=True))]
    assert G.parameters == 3_576_707 == sum(layer.parameters for layer in G.layers)
    assert D.parameters == 2_764_737 and (G.elsewhere, D.elsewhere) == (0, 0)
    second = G.layers[2]
    assert second.size_sums == ("(4 − 1)·2 − 2·1 + 4 = 8",)
    assert second.settings == "kernel 4×4, stride 2, padding 1" and second.then == ("BatchNorm2d", "ReLU")
    assert second.parameter_sum == "512·256·4·4 = 2,097,152; BatchNorm2d: 256 + 256 = 512"
    assert D.layers[0].size_sums == ("(64 + 2·1 − 4)/2 + 1 = 32",)


def test_the_maps_are_those_of_the_network(dcgan_chain: Chain) -> None:
    torch.manual_seed(0)
    G, D = dcgan.Generator(8, 4, 16).eval(), dcgan.Discriminator(4, 16).eval()
    for norm in (m for m in G.modules() if isinstance(m, nn.BatchNorm2d)):
        nn.init.normal_(norm.get_buffer("running_mean"))  # seen a batch, so it stays as it is
    flow = (chain := Chain(G, D)).run(z := np.ones(8, np.float32))
    with torch.no_grad():
        x = torch.from_numpy(z)[None, :, None, None]
        for layer in list(G.layers.children())[:3]:
            x = layer(x)
        made = G(torch.from_numpy(z)[None])
        logit = D(made)
    np.testing.assert_allclose(flow.maps[1], x[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(flow.x, made[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(flow.maps[len(chain.parts[0].layers) - 1], made[0].numpy(), atol=1e-6)
    assert flow.score == pytest.approx(float(logit), abs=1e-5) and not flow.is_probability


def test_the_networks_are_left_alone() -> None:
    torch.manual_seed(0)
    G, D = dcgan.Generator(8, 4, 16).train(), dcgan.Discriminator(4, 16)
    before = {name: tensor.clone() for name, tensor in G.state_dict().items()}
    chain = Chain(G, D)
    first = chain.run(np.ones(8))
    with torch.no_grad():
        next(G.parameters()).zero_()
    assert G.training and next(G.parameters()).requires_grad
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in G.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in list(G.state_dict().items())[1:])
    assert chain.run(np.ones(8)).score == first.score  # the copy has not seen the change


def test_an_anatomy_works_on_a_copy() -> None:
    network = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.Linear(3, 1)).train()
    anatomy = Anatomy(network, torch.ones(1, 2))
    assert network.training and all(p.requires_grad for p in network.parameters())
    assert by_kind(anatomy.layers) == ["input", "Linear", "Linear"] and anatomy.network is not network
    first, second = (anatomy.run(torch.ones(1, 2))[1] for _ in range(2))
    assert torch.equal(first, second)  # the dropout is off


def test_maps_that_are_flattened_are_still_shown_as_maps() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.ReLU(), nn.Linear(8, 1))
    anatomy = Anatomy(network, x := torch.randn(1, 1, 4, 4))
    assert anatomy.layers[1].output == (2, 2, 2) and anatomy.layers[1].then == ("ReLU",)
    with torch.no_grad():
        np.testing.assert_allclose(anatomy.run(x)[0][1], network[0](x)[0].relu().numpy(), atol=1e-6)


def test_a_fresh_batch_norm_gets_statistics_and_a_trained_one_keeps_its_own() -> None:
    torch.manual_seed(0)
    spread = [float(map_.std()) for map_ in Chain(dcgan.Generator(8, 8, 32)).run(np.ones(8)).maps[1:-1]]
    assert min(spread) > 0.1  # left at mean 0 and variance 1, the second map would be all but 0
    G = dcgan.Generator(8, 8, 32)
    for norm in (m for m in G.modules() if isinstance(m, nn.BatchNorm2d)):
        norm.get_buffer("running_var").fill_(1e6)
    assert max(float(abs(map_).max()) for map_ in Chain(G).run(np.ones(8)).maps[1:-1]) < 0.1


class Stranger(nn.Module):
    """A tutorial's kind of network: functions in `forward`, one layer twice, a tuple, a sum, views, no z_dim."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Linear(10, 10)
        self.memory = nn.LSTM(10, 12, batch_first=True)
        self.up = nn.Linear(12, 8 * 4 * 4)
        self.mix, self.norm = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.out = nn.Conv2d(8, 3, 1)
        self.spare = nn.Parameter(torch.zeros(7))

    def forward(self, z: Tensor) -> Tensor:
        h = F.relu(self.twice(F.relu(self.twice(z))))
        h, _ = self.memory(h[:, None])
        x = F.interpolate(self.up(h[:, 0]).view(-1, 8, 4, 4), scale_factor=2)
        return torch.tanh(self.out(F.relu(self.norm(self.mix(x))) + x))


def test_a_strange_network() -> None:
    torch.manual_seed(0)
    (part,) = Chain(Stranger()).parts
    kinds = ["z", "Linear", "Linear", "LSTM", "Linear", "interpolate", "Conv2d", "Conv2d"]
    assert by_kind(part.layers) == kinds
    first, second = part.layers[1:3]
    assert (first.use, second.use, second.uses) == (1, 2, 2) and (first.parameters, second.parameters) == (110, 0)
    assert second.then == ("ReLU",)  # h[:, None] for the LSTM is no other map
    assert part.layers[4].then == ("read as 8×4×4",) and part.layers[4].output == (8, 4, 4)
    assert part.layers[6].then == ("BatchNorm2d", "ReLU", "plus another map")
    assert part.elsewhere == 7 and part.parameters == sum(p.numel() for p in Stranger().parameters())


def test_a_discriminator_with_spectral_norm_and_a_sigmoid() -> None:
    D = nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 8, 3, 2)), nn.LeakyReLU(0.2, inplace=True),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 1), nn.Sigmoid(),
    )  # fmt: skip
    chain = Chain(Stranger(), D)
    layers = chain.parts[1].layers
    assert by_kind(layers) == ["Conv2d", "AdaptiveAvgPool2d", "Linear"]
    assert layers[0].size_sums == ("⌊(8 + 2·0 − 3)/2⌋ + 1 = 3",) and layers[0].parameters == 8 * 27 + 8
    flow = chain.run(np.zeros(10))
    assert flow.is_probability and flow.score is not None and 0 < flow.score < 1


def test_z_as_maps_conditions_packs_and_styles() -> None:
    torch.manual_seed(0)
    example = nn.Sequential(nn.ConvTranspose2d(20, 8, 4, 1, 0), nn.ReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1))
    assert Chain(example).z_dim == 20 and Chain(example).parts[0].layers[-1].output == (3, 8, 8)
    G, D = conditional.Generator(8, 10, 4, 16), conditional.Discriminator(10, 4, 16)
    chain = Chain(G, D, condition=3)
    assert by_kind(chain.parts[0].layers)[:3] == ["z", "Embedding", "ConvTranspose2d"]
    assert chain.parts[0].layers[1].then[0] == "joined with 8 earlier"
    assert chain.run(np.zeros(8)).score is not None
    packed = Chain(dcgan.Generator(8, 4, 16), dcgan.Discriminator(4, 16, pack=2))
    assert packed.parts[1].layers[0].inputs == ((6, 16, 16),) and packed.run(np.zeros(8)).score is not None
    styled = Chain(style.Generator(8, 8, 4, 16, 16)).parts[0]
    convs = [layer for layer in styled.layers if layer.kind == "StyledConv"]
    assert len(convs) == 5 and convs[1].inputs == ((16, 4, 4), (8,), (1, 8, 8))
    assert styled.elsewhere == 16 * 4 * 4  # the learned constant is in no layer
    sound = Chain(audio.Generator(8, 4, 2048)).parts[0].layers[-1]
    assert sound.output == (1, 2048) and sound.then[-1] == "Tanh"  # but at the end it means one channel
    assert "twice the side if up" in convs[1].meaning  # its own docstring's first sentence
    points = Chain(mlp.Generator(2, 16), mlp.Discriminator(16)).run(np.zeros(2))
    assert points.x.shape == (2,) and points.maps[1].shape == (16,)


def test_a_network_of_very_many_layers_shows_each_once() -> None:
    G = diffusion.Generator(resolution=16, channels=16, blocks=1)
    layers = Anatomy(G, torch.zeros(1, G.z_dim)).layers
    assert len(layers) > MANY // 2 and all(layer.use == 1 for layer in layers) and max(x.uses for x in layers) > 5


MODULES = [
    (nn.ConvTranspose2d, dict(kernel_size=(3, 4), stride=(2, 3), padding=(1, 0), output_padding=1, dilation=2)),
    (nn.ConvTranspose2d, dict(kernel_size=5, stride=2, padding=2)),
    (nn.Conv2d, dict(kernel_size=3, stride=2, padding=1, dilation=2)),
    (nn.Conv2d, dict(kernel_size=(3, 5), padding="same", padding_mode="reflect")),
    (nn.Conv2d, dict(kernel_size=4, stride=3, padding="valid", groups=2)),
]


@pytest.mark.parametrize(("kind", "settings"), MODULES, ids=str)
def test_sums_hold_for_odd_settings(kind: Any, settings: dict[str, Any]) -> None:
    layer = kind(4, 6, **settings)
    made = tuple(layer(torch.zeros(1, 4, 11, 13)).shape[1:])
    sums = words.size_sums(layer, (4, 11, 13), made)
    assert sums and sums[-1].endswith(f"= {made[2]}")
    assert settings.get("padding") == "same" or all(map(value_of, sums))
    assert words.size_sums(layer, (4, 11, 13), (6, made[1] + 1, made[2])) == ()  # what does not hold is not said
    said = words.settings(layer)
    assert said.startswith("kernel ") and ("groups 2" in said) == ("groups" in settings)
    text, count = words.parameter_sum(layer, ())
    assert count == sum(p.numel() for p in layer.parameters()) and re.search(rf"= {count:,}$", text)


def test_pools_and_enlargements() -> None:
    for layer in (nn.MaxPool2d(3, 2), nn.AvgPool2d(2), nn.Upsample(scale_factor=2), nn.Upsample(size=(9, 9))):
        made = tuple(layer(torch.zeros(1, 2, 8, 8)).shape[1:])
        assert words.size_sums(layer, (2, 8, 8), made)[0].endswith(f"= {made[1]}")
        assert words.meaning(layer)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Chain(None, None), "G: without one, D is needed"),
        (lambda: Chain(nn.Identity()), "z_dim: got None, and G does not tell"),
        (lambda: Chain(nn.Linear(3, 4), z_dim=5), r"G: it does not take z of shape \(n, 5\)"),
        (lambda: Chain(nn.Linear(3, 4), nn.Linear(9, 1)), r"D: it does not take what G makes, of shape \(1, 4\)"),
        (lambda: Chain(conditional.Generator(8, 10, 4, 16)), "G: it does not take z"),
        (lambda: Chain(nn.Linear(3, 4), condition="a cat"), "condition: expected a label or a picture"),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


class Wandering(nn.Module):
    z_dim = 2

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, z: Tensor) -> Tensor:
        made: Tensor = self.a(z)
        return self.b(made) if z.sum() > 3 else made


def test_a_network_that_takes_another_way_is_refused() -> None:
    chain = Chain(Wandering())
    with pytest.raises(ValueError, match="cannot be followed"):
        chain.run(np.array([4.0, 4.0]))
