"""Networks that translate pictures: shapes, losses by hand, who sees what, and that both kinds learn."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganwidgets import checkpoints, faces, pairs, readers
from ganwidgets.models import translation
from ganwidgets.training import TrainConfig, Trainer

SMALL = dict(channels=4, resolution=16)


def generator(kind: str, **arguments: float | bool) -> translation.Generator:
    torch.manual_seed(0)
    return translation.Generator(kind, **(SMALL | arguments))  # type: ignore[arg-type]


def pictures(n: int, channels: int = 3, seed: int = 0) -> Tensor:
    return torch.rand(n, channels, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1


class Affine(nn.Module):
    """x to a · x + b, in place of a network whose losses are to be worked out by hand."""

    def __init__(self, a: float, b: float) -> None:
        super().__init__()
        self.a, self.b = a, b

    def forward(self, x: Tensor) -> Tensor:
        return self.a * x + self.b


@pytest.mark.parametrize("blend", [False, True])
@pytest.mark.parametrize(("kind", "stacked"), [("paired", 3), ("cycle", 6)])
def test_shapes_and_ranges(kind: str, stacked: int, blend: bool) -> None:
    G, D = generator(kind, blend=blend), translation.Discriminator(kind, **SMALL)
    condition = pictures(5, stacked)
    x_fake = G(torch.empty(5, 0), condition)
    assert x_fake.shape == (5, stacked, 16, 16)
    assert x_fake.abs().max() <= 1
    logits = D(x_fake, condition) if D.conditional else D(x_fake)
    assert logits.shape == (5 * (2 * 2) * (stacked // 3),)  # an eighth of 16 is 2 patches a side
    assert (G.conditional, G.z_dim) == (True, 0)


@pytest.mark.parametrize("resolution", [28, 32, 64])
def test_other_resolutions(resolution: int) -> None:
    G = translation.Generator("paired", channels=2, resolution=resolution, image_channels=1)
    assert G.forth(torch.zeros(2, 1, resolution, resolution)).shape == (2, 1, resolution, resolution)


def test_a_cycle_takes_each_half_to_the_other_domain() -> None:
    G = generator("cycle").eval()
    a, b = pictures(3), pictures(3, seed=1)
    x_fake = G(torch.empty(3, 0), torch.cat([a, b], dim=1))
    assert torch.allclose(x_fake[:, :3], G.back(b), atol=1e-6)
    assert torch.allclose(x_fake[:, 3:], G.forth(a), atol=1e-6)
    assert not torch.allclose(G.forth(a), G.back(a), atol=1e-2)


def test_a_paired_judge_sees_the_source() -> None:
    D = translation.Discriminator("paired", **SMALL)
    x, source = pictures(2), pictures(2, seed=1)
    assert not torch.allclose(D(x, source), D(x, source.flip(0)))
    # The logits of one picture lie together and depend on no other.
    assert torch.allclose(D(x, source)[4:], D(x[1:], source[1:]), atol=1e-6)


def test_the_judges_of_a_cycle_see_one_domain_each() -> None:
    D = translation.Discriminator("cycle", **SMALL)
    x = pictures(2, 6)
    changed = x.clone()
    changed[:, 3:] = 0
    same = (D(x) == D(changed)).reshape(2, 2, 4)
    assert same[:, 0].all() and not same[:, 1].any()


def test_shifting_moves_every_logit() -> None:
    for kind, condition in (("paired", pictures(2, seed=1)), ("cycle", None)):
        D = translation.Discriminator(kind, **SMALL)
        x = pictures(2, 3 if condition is not None else 6)
        before = D(x, condition)
        D.shift(1.5)
        assert torch.allclose(D(x, condition), before + 1.5, atol=1e-5)


def test_the_paired_loss_by_hand() -> None:
    G = generator("paired", weight=10)
    x_real = torch.zeros(2, 3, 16, 16)
    x_fake = torch.full_like(x_real, 0.25)
    x_fake[0] = -0.75
    assert G.auxiliary_loss(x_fake, x_real, x_real).item() == pytest.approx(10 * 0.5)


@pytest.mark.parametrize(
    ("identity", "stay", "want"),
    # There and back is a ↦ 2a + 1 ↦ (2a + 1 − 2) / 2 = a − ½ on both sides; b ↦ (b − 2) / 2 ↦ b − 1.
    [
        (0.0, 0.0, 10 * (0.5 + 1.0)),
        # What is at home already: back(a) = a/2 − 1 at a = 0.2, forth(b) = 2b + 1 at b = 0.4.
        (0.5, 0.0, 10 * (1.5 + 0.5 * (1.1 + 1.4))),
        # back(b) = −0.8 beside b = 0.4, and forth(a) = 1.4 beside a = 0.2.
        (0.0, 0.1, 10 * (1.5 + 0.1 * (1.2 + 1.2))),
    ],
)
def test_the_cycle_loss_by_hand(identity: float, stay: float, want: float) -> None:
    G = generator("cycle", identity=identity, stay=stay)
    G.there, G.back_again = Affine(2, 1), Affine(0.5, -1)  # type: ignore[assignment]
    x_real = torch.cat([torch.full((2, 3, 16, 16), 0.2), torch.full((2, 3, 16, 16), 0.4)], dim=1)
    x_fake = G(torch.empty(2, 0), x_real)
    assert G.auxiliary_loss(x_fake, x_real, x_real).item() == pytest.approx(want, rel=1e-5)


def test_a_journey_that_changes_nothing_costs_nothing() -> None:
    G = generator("cycle", identity=0)
    G.there, G.back_again = Affine(-1, 0), Affine(-1, 0)  # type: ignore[assignment]
    x_real = pictures(2, 6)
    assert G.auxiliary_loss(G(torch.empty(2, 0), x_real), x_real, x_real).item() == 0


def test_blending_starts_close_to_the_picture() -> None:
    x = pictures(4)
    gaps = [(generator("paired", blend=blend).eval().forth(x) - x).abs().mean() for blend in (True, False)]
    assert gaps[0] < 0.5 * gaps[1]


def distance(G: nn.Module, data: pairs.ImagePairs) -> float:
    made = translation.translate(G, data.sources).astype(float)
    return float(np.abs(made - data.targets).mean())


def test_a_paired_training_learns_its_task() -> None:
    data, held_out = (pairs.draw("glasses", 48, seed, size=16) for seed in (0, 1))
    # Told to see the negative: far from what an untrained or an idle network gives.
    data, held_out = (pairs.ImagePairs(d.sources, 255 - d.sources, paired=True) for d in (data, held_out))
    G, D = generator("paired", weight=50), translation.Discriminator("paired", **SMALL)
    before = distance(G, held_out)
    config = TrainConfig(loss="least_squares", batch_size=8, lr_g=5e-3, betas=(0.5, 0.99), ema=0.9)
    trainer = Trainer(G, D, data, config)
    events = list(islice(trainer, 100))
    assert distance(trainer.G_ema, held_out) < 0.35 * before
    assert events[-1].auxiliary < 0.5 * events[0].auxiliary
    assert all(np.isfinite([e.d_loss, e.g_loss, e.auxiliary]).all() for e in events)


def test_an_unpaired_training_never_needs_to_know_who_belongs_to_whom() -> None:
    rng = np.random.default_rng(0)
    dark, light = (rng.integers(low, low + 60, (64, 16, 16, 3)).astype(np.uint8) for low in (20, 170))
    data = pairs.ImagePairs(dark, light, paired=False)
    G, D = generator("cycle", identity=0, weight=2), translation.Discriminator("cycle", **SMALL)
    config = TrainConfig(loss="least_squares", batch_size=8, lr_g=4e-3, lr_d=2e-3, betas=(0.5, 0.99), ema=0.9)
    trainer = Trainer(G, D, data, config)
    events = list(islice(trainer, 110))
    forth = translation.translate(trainer.G_ema, dark)
    back = translation.translate(trainer.G_ema, light, back=True)
    assert forth.mean() > 160 and back.mean() < 95
    assert events[-1].auxiliary < events[0].auxiliary


def test_the_shipped_painter_paints_sketches_that_it_never_saw() -> None:
    G = checkpoints.load("sketch_paired").G
    drawn = pairs.draw("sketch", 48, seed=9)
    gap = np.abs(translation.translate(G, drawn.sources).astype(float) - drawn.targets).mean(axis=(1, 2, 3))
    idle = np.abs(drawn.sources.astype(float) - drawn.targets).mean(axis=(1, 2, 3))
    assert gap.mean() < 0.15 * idle.mean()
    assert gap.max() < 20  # of 255, in the worst of them


def test_the_shipped_cycle_puts_glasses_on_and_takes_them_off_and_leaves_the_rest() -> None:
    G = checkpoints.load("glasses_unpaired").G
    drawn = pairs.draw("glasses", 48, seed=9)
    reader, none = readers.load("faces"), faces.ATTRIBUTES["glasses"].index("none")
    ways = ((drawn.sources, drawn.targets, False), (drawn.targets, drawn.sources, True))
    for start, true, back in ways:
        made = translation.translate(G, start, back=back)
        read, want = (readers.read(reader, images) for images in (made, true))
        assert ((read["glasses"].argmax(axis=1) == none) == back).mean() > 0.95
        same = [(read[factor].argmax(axis=1) == want[factor].argmax(axis=1)).mean() for factor in faces.ATTRIBUTES]
        assert np.mean(same) > 0.98
        gaps = [np.abs(images.astype(float) - true).mean() for images in (made, start)]
        assert gaps[0] < 0.5 * gaps[1]  # nearer to the truth than a picture left as it is


def test_translating_arrays_leaves_the_network_as_it_was() -> None:
    G = generator("cycle")
    G.forth(pictures(8))  # a training pass, so that there are running statistics
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    made = translation.translate(G, images, batch_size=2)
    assert made.shape == images.shape and made.dtype == np.uint8
    assert G.training
    x = torch.from_numpy(images).permute(0, 3, 1, 2) / 127.5 - 1
    want = (G.eval().forth(x) + 1) * 127.5
    assert np.abs(made - want.permute(0, 2, 3, 1).detach().numpy()).max() <= 0.51
    assert not np.array_equal(made, translation.translate(G, images, back=True))


def test_the_config_builds_the_same_networks() -> None:
    for kind in translation.KINDS:
        G = translation.Generator(kind, channels=6, resolution=32, image_channels=1, blend=True, weight=7, identity=0)
        again = translation.Generator(**G.config)  # type: ignore[arg-type]
        assert again.config == G.config
        again.load_state_dict(G.state_dict())
        D = translation.Discriminator(kind, channels=6, resolution=32, image_channels=1)
        translation.Discriminator(**D.config).load_state_dict(D.state_dict())  # type: ignore[arg-type]
    assert generator("paired").weight == 100
    assert generator("cycle").weight == 10


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="kind: there is no 'single'; choose one of paired, cycle"):
        translation.Generator("single")
    with pytest.raises(ValueError, match="kind: there is no"):
        translation.Discriminator("single")
    for name in ("weight", "identity", "stay"):
        with pytest.raises(ValueError, match=f"{name} must be a finite number of at least 0, not -1"):
            generator("cycle", **{name: -1})
    with pytest.raises(ValueError, match="channels must be a whole number"):
        translation.Generator(channels=0)
    with pytest.raises(ValueError, match="resolution: 30 is not"):
        translation.Discriminator(resolution=30)


def test_bad_pictures_are_refused() -> None:
    G, D = generator("paired"), translation.Discriminator("paired", **SMALL)
    with pytest.raises(ValueError, match=r"condition: expected shape \(N, 3, 16, 16\), got \(2, 6, 16, 16\)"):
        G(torch.empty(2, 0), pictures(2, 6))
    with pytest.raises(ValueError, match="kind: a paired translation has no way back"):
        G.back(pictures(2))
    with pytest.raises(ValueError, match="condition: a paired D judges a picture together with its source"):
        D(pictures(2))
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 6, 16, 16\), got \(2, 3, 16, 16\)"):
        translation.Discriminator("cycle", **SMALL)(pictures(2))
    with pytest.raises(ValueError, match="images: expected"):
        translation.translate(G, np.zeros((2, 16, 16, 3)))
    with pytest.raises(ValueError, match="x: expected shape"):
        translation.translate(G, np.zeros((2, 8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match=r"G: expected a translation\.Generator, got Linear"):
        translation.translate(nn.Linear(2, 2), np.zeros((2, 16, 16, 3), np.uint8))
