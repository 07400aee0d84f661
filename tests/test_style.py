"""The style-based generator: modulation against the textbook form, mixing, truncation, noise, one step of training."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from ganwidgets import checkpoints, latent, readers
from ganwidgets.models import style
from ganwidgets.training import TrainConfig, Trainer


def small(**changes: Any) -> style.Generator:
    torch.manual_seed(0)
    arguments = dict(z_dim=5, w_dim=6, channels=4, widest=8, resolution=16, image_channels=3) | changes
    return style.Generator(**arguments)


def noisy(G: style.Generator) -> style.Generator:
    for name, parameter in G.named_parameters():
        if name.endswith("strength"):
            torch.nn.init.constant_(parameter, 0.5)
    return G


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("resolution", "image_channels"), [(8, 1), (28, 1), (32, 3)])
@pytest.mark.parametrize("training", [False, True])
def test_shapes_and_ranges(resolution: int, image_channels: int, training: bool) -> None:
    G = small(resolution=resolution, image_channels=image_channels).train(training)
    D = style.Discriminator(channels=4, resolution=resolution, image_channels=image_channels)
    images = G(draw(3, 5))
    assert images.shape == (3, image_channels, resolution, resolution)
    assert images.abs().max() <= 1
    assert D(images).shape == (3,)
    again = style.Generator(**G.config)  # type: ignore[arg-type]
    again.load_state_dict(G.state_dict())
    assert torch.equal(again.eval()(draw(2, 5)), G.eval()(draw(2, 5)))


def test_a_style_a_layer() -> None:
    G = small()
    assert G.sides == (4, 8, 8, 16, 16, 16)
    assert G.layers == 6
    w = G.map(draw(3, 5))
    assert w.shape == (3, 6)
    assert torch.equal(G.synthesise(w), G.synthesise(w[:, None].repeat(1, 6, 1)))


def test_demodulation_by_hand() -> None:
    # One output of two inputs with a 1×1 kernel: √((3·1)² + (2·2)²) = 5.
    got = style.demodulation(torch.tensor([1.0, 2.0]).reshape(1, 2, 1, 1), torch.tensor([[3.0, 2.0]]))
    assert got.item() == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize("size", [0.01, 1.0, 50.0])
def test_demodulated_outputs_have_unit_variance_whatever_the_style(size: float) -> None:
    x, weight, s = draw(4, 16, 32, 32), draw(8, 16, 3, 3, seed=1), size * draw(4, 16, seed=2)
    inside = style.modulated_conv(x, weight, s)[:, :, 1:-1, 1:-1]
    assert inside.std((0, 2, 3)).numpy() == pytest.approx(1.0, abs=0.05)
    plain = style.modulated_conv(x, weight, s, demodulate=False)
    assert plain.std() == pytest.approx(size * math.sqrt(16 * 9), rel=0.25)


@pytest.mark.parametrize("demodulate", [True, False])
def test_scaled_maps_are_the_textbooks_scaled_weights(demodulate: bool) -> None:
    x, weight, s = draw(3, 5, 7, 7), draw(4, 5, 3, 3, seed=1), draw(3, 5, seed=2)
    weights = weight[None] * s[:, None, :, None, None]  # (N, outputs, inputs, k, k): Karras et al. 2020, appendix B
    if demodulate:
        weights = weights / weights.square().sum((2, 3, 4), keepdim=True).add(1e-8).sqrt()
    grouped = F.conv2d(x.reshape(1, 15, 7, 7), weights.reshape(12, 5, 3, 3), padding=1, groups=3)
    want = grouped.reshape(3, 4, 7, 7)
    assert torch.allclose(style.modulated_conv(x, weight, s, demodulate), want, atol=1e-4)


@pytest.mark.parametrize("up", [False, True])
def test_a_layer_is_upsampling_modulation_bias_noise_and_leaky_relu(up: bool) -> None:
    side = 8 if up else 4
    layer = style.StyledConv(3, 4, w_dim=6, side=side, up=up)
    torch.nn.init.constant_(layer.strength, 0.3)
    torch.nn.init.normal_(layer.bias)
    x, w, noise = draw(2, 3, 4, 4), draw(2, 6, seed=1), draw(2, 1, side, side, seed=2)
    big = F.interpolate(x, scale_factor=2, mode="nearest") if up else x
    y = style.modulated_conv(big, layer.weight, layer.affine(w)) * math.sqrt(2) + layer.bias[:, None, None]
    assert torch.allclose(layer(x, w, noise), F.leaky_relu(y + 0.3 * noise, 0.2), atol=1e-5)
    assert torch.allclose(layer(x, w, None), F.leaky_relu(y, 0.2), atol=1e-5)


@torch.no_grad()
def test_a_tenth_of_the_learning_rate() -> None:
    torch.manual_seed(0)
    x, moved = draw(50, 4), []
    for layer in (style.EqualLinear(4, 400, lr_multiplier=0.1), style.EqualLinear(4, 400)):
        before = layer(x)
        assert before.std() == pytest.approx(1.0, abs=0.2)
        layer.bias.add_(0.01)  # as far as Adam goes in one step of that rate
        moved.append((layer(x) - before).mean().item())
    assert moved == pytest.approx([0.001, 0.01], rel=1e-3)


def test_only_the_direction_of_z_counts() -> None:
    G = small()
    z = draw(4, 5)
    assert torch.allclose(G.map(3 * z), G.map(z), atol=1e-5)
    assert not torch.allclose(G.map(-z), G.map(z), atol=1e-2)


def test_mixing_swaps_the_named_layers_and_no_others() -> None:
    G = small().eval()
    a, b = G.map(draw(2, 5)), G.map(draw(2, 5, seed=1))
    mixed = G.mix(a, b, (0, 4))
    for layer in range(G.layers):
        assert torch.equal(mixed[:, layer], b if layer in (0, 4) else a)
    assert torch.equal(G.synthesise(G.mix(a, b, ())), G.synthesise(a))
    assert torch.equal(G.synthesise(G.mix(a, b, range(G.layers))), G.synthesise(b))
    twice = G.mix(mixed, a, {4})
    assert torch.equal(twice, G.mix(a, b, [0]))


@pytest.mark.parametrize("layer", range(6))
def test_a_style_reaches_its_own_layer_and_those_after_it(layer: int) -> None:
    G = small().eval()
    outputs: list[torch.Tensor] = []
    for module in (*G.convs, G.to_pixels):
        module.register_forward_hook(lambda _m, _i, output: outputs.append(output))
    a, b = G.map(draw(2, 5)), G.map(draw(2, 5, seed=1))
    G.synthesise(a)
    G.synthesise(G.mix(a, b, [layer]))
    changed = [not torch.equal(x, y) for x, y in zip(outputs[:6], outputs[6:], strict=True)]
    assert changed == [place >= layer for place in range(6)]


@pytest.mark.parametrize(("mixing", "low", "high"), [(0.0, 0, 0), (0.5, 20, 44), (1.0, 64, 64)])
def test_the_share_of_mixed_images_in_training(mixing: float, low: int, high: int) -> None:
    G = small(mixing=mixing)
    seen: list[torch.Tensor] = []
    for module in (*G.convs, G.to_pixels):
        module.affine.register_forward_hook(lambda _m, inputs, _o: seen.append(inputs[0]))
    G(draw(64, 5))
    styles = torch.stack(seen, 1)  # (N, layers, w_dim)
    own = (styles == styles[:, :1]).all(2)
    assert low <= int((~own.all(1)).sum()) <= high
    # One crossover: once the other style has begun it goes on.
    assert (own[:, 1:] <= own[:, :-1]).all()
    other = styles[:, 0].roll(1, 0)[:, None].expand_as(styles)
    assert torch.equal(styles[~own], other[~own])


def test_truncation() -> None:
    G = noisy(small())
    for z in draw(1500, 64, 5):
        G.map(z)
    G.eval()
    z = draw(20_000, 5, seed=1)
    w, mean = G.map(z), G.w_mean
    assert mean.abs().max() > 0.02
    assert torch.allclose(mean, w.mean(0), atol=0.02)
    pictures = G(z[:4], psi=0.0)
    assert torch.equal(pictures, pictures[:1].expand_as(pictures))
    assert torch.allclose(G.map(z, psi=0.5), (w + mean) / 2, atol=1e-6)
    assert torch.allclose(G.map(z, psi=-1.0), 2 * mean - w, atol=1e-6)
    G.map(z, psi=0.5)
    assert torch.equal(G.w_mean, mean)  # only training moves it


def test_noise_stands_still_in_eval_mode() -> None:
    G = noisy(small()).eval()
    z = draw(3, 5)
    assert torch.equal(G(z), G(z))
    w = G.map(z[:1]).expand(3, -1)
    same, free = G.synthesise(w), G.synthesise(w, torch.Generator().manual_seed(0))
    assert torch.allclose(same[0], same[1], atol=1e-6)
    assert (free[0] - free[1]).abs().mean() > 0.02
    assert (G.synthesise(w, noise=False) - same).abs().mean() > 0.02
    before = torch.get_rng_state()
    G.train()(z)
    assert torch.equal(torch.get_rng_state(), before)


def test_training_mode_can_be_repeated() -> None:
    G = noisy(small())
    z, other = draw(8, 5), draw(8, 5, seed=1)
    assert torch.equal(copy.deepcopy(G)(z), G(z))
    assert not torch.allclose(G(z), G.eval()(z), atol=1e-2)
    assert not torch.equal(G.train()(other)[:, :, 0, 0], G(z)[:, :, 0, 0])


def test_gradients_reach_every_parameter() -> None:
    G = small()
    (G(draw(8, 5)) * draw(8, 3, 16, 16, seed=1)).sum().backward()
    for name, parameter in G.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_half_precision_and_channels_last_give_nearly_the_same_images() -> None:
    G = noisy(small()).eval()
    z = draw(4, 5)
    want = G(z)
    G.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert torch.allclose(G(z), want, atol=1e-4)
    with torch.autocast("cpu", torch.bfloat16):
        half = G(z)
    assert half.dtype == torch.bfloat16
    assert (half.float() - want).abs().mean() < 0.03


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_steps_of_the_trainer(precision: str) -> None:
    G = small(resolution=8)
    D = style.Discriminator(channels=4, resolution=8)
    data = (draw(32, 3, 8, 8) / 3).clamp(-1, 1)
    config = TrainConfig(loss="relativistic", r1=1.0, r2=1.0, batch_size=8, samples=4, precision=precision)
    trainer = Trainer(G, D, data, config)
    before = copy.deepcopy(G.state_dict())
    events = [next(trainer) for _ in range(3)]
    assert all(math.isfinite(event.g_loss + event.d_loss) for event in events)
    for name, tensor in trainer.G.state_dict().items():
        assert torch.equal(tensor, before[name]) == name.endswith("noise"), name
    for name, tensor in trainer.G_ema.state_dict().items():
        assert torch.equal(tensor, before[name]) == name.endswith("noise"), name
    images = latent.generate(trainer.G_ema, latent.sample(4, 5))
    assert images.shape == (4, 8, 8, 3)


def test_an_interrupted_training_goes_on_exactly() -> None:
    data = (draw(32, 3, 8, 8) / 3).clamp(-1, 1)

    def new() -> Trainer:
        torch.manual_seed(0)
        networks = small(resolution=8), style.Discriminator(channels=4, resolution=8)
        return Trainer(*networks, data, TrainConfig(batch_size=8))

    whole, first, second = new(), new(), new()
    [next(whole) for _ in range(4)]
    [next(first) for _ in range(2)]
    torch.rand(7)
    second.load_state(first.state())
    [next(second) for _ in range(2)]
    for a, b in zip(whole.G.state_dict().values(), second.G.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_export_gives_the_same_pictures() -> None:
    G = noisy(small(resolution=8)).eval()
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(G, (draw(2, 5),), dynamic_shapes=({0: batch},)).module()
    z = draw(3, 5, seed=1)
    assert torch.allclose(program(z), G(z), atol=1e-5)


@torch.no_grad()
def test_the_shipped_styles_act_where_the_course_says() -> None:
    G = checkpoints.load("faces_style").G
    assert isinstance(G, style.Generator)
    reader = readers.load("faces")
    a, b = G.map(draw(64, 64)), G.map(draw(64, 64, seed=1))

    def read(w: torch.Tensor) -> dict[str, torch.Tensor]:
        return {name: logits.argmax(1) for name, logits in reader(G.synthesise(w)).items()}

    before, whole = read(a), read(b)

    def shares(*sides: int) -> dict[str, float]:
        """How much of the change in each factor comes with the styles of the layers at these sides."""
        after = read(G.mix(a, b, [layer for layer, side in enumerate(G.sides) if side in sides]))
        changed = {name: (after[name] != before[name]).float().mean() for name in after}
        return {name: float(c / (whole[name] != before[name]).float().mean()) for name, c in changed.items()}

    coarse, middle, fine = shares(4, 8), shares(16, 32), shares(64)
    assert coarse["hair_style"] > 0.75 > 0.4 > fine["hair_style"]
    assert coarse["background"] < 0.35 < 0.45 < fine["background"]
    assert middle["skin"] > 0.7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(z_dim=0), "z_dim must be a whole number of at least 1, not 0"),
        (dict(widest=-1), "widest must be a whole number of at least 1, not -1"),
        (dict(mixing=1.5), "mixing must be a finite number of at least 0 and of at most 1, not 1.5"),
        (dict(resolution=30), "resolution: 30 is not"),
    ],
)
def test_bad_sizes_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**changes)


def test_bad_shapes_are_refused() -> None:
    G = small()
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 5\), got \(2, 4\)"):
        G(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"w: expected shape \(N, 6\) or \(N, 6, 6\), got \(2, 5\)"):
        G.synthesise(torch.zeros(2, 5))
    with pytest.raises(ValueError, match="layers: there is no layer 6; there are 0 to 5"):
        G.mix(torch.zeros(2, 6), torch.zeros(2, 6), [0, 6])
    with pytest.raises(ValueError, match="psi must be a finite number, not nan"):
        G.map(torch.zeros(2, 5), psi=float("nan"))
