"""Conditional networks: labels matter, D's two kinds do what their papers say, and both learn through the Trainer."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwidgets import checkpoints, latent, readers
from ganwidgets.models import conditional
from ganwidgets.training import TrainConfig, Trainer

SIDE = 8


def pair(kind: str = "projection") -> tuple[conditional.Generator, conditional.Discriminator]:
    torch.manual_seed(0)
    G = conditional.Generator(z_dim=6, classes=3, channels=8, resolution=SIDE, image_channels=1, embedding=4)
    D = conditional.Discriminator(classes=3, channels=8, resolution=SIDE, image_channels=1, kind=kind, weight=0.5)
    torch.nn.init.normal_(D.V.weight, std=0.1)
    return G, D


def test_the_label_and_z_both_change_the_picture() -> None:
    G = pair()[0].eval()
    z = torch.randn(1, 6, generator=torch.Generator().manual_seed(1)).expand(4, 6)
    x = G(z, torch.tensor([0, 1, 2, 0]))
    assert x.shape == (4, 1, SIDE, SIDE) and x.abs().max() < 1
    torch.testing.assert_close(x[0], x[3])
    assert (x[0] - x[1]).abs().max() > 1e-3 and (x[1] - x[2]).abs().max() > 1e-3
    assert (G(-z[:1], torch.tensor([0])) - x[:1]).abs().max() > 1e-3


def test_a_projection_adds_the_row_of_the_label_to_the_logit() -> None:
    D = pair()[1]
    x = torch.rand(5, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(2)) * 2 - 1
    labels = torch.tensor([2, 0, 1, 1, 2])
    phi = F.leaky_relu(F.conv2d(x, D.judge.layers[0].weight, D.judge.layers[0].bias, 2, 1), 0.2)  # type: ignore[arg-type]
    psi = D.judge(x)
    by_hand = torch.stack([psi[i] + D.V.weight[labels[i]] @ phi[i].flatten() for i in range(5)])
    assert D.conditional
    torch.testing.assert_close(D(x, labels), by_hand)
    torch.testing.assert_close(D.class_logits(x), phi.flatten(1) @ D.V.weight.T)
    assert D.auxiliary_loss(x, labels).item() == 0
    with torch.no_grad():
        before = D(x, labels)
        D.shift(1.5)
    torch.testing.assert_close(D(x, labels), before + 1.5)


def test_a_new_projection_knows_no_classes_and_learns_them() -> None:
    D = conditional.Discriminator(classes=3, channels=4, resolution=SIDE, image_channels=1)
    x = torch.rand(6, 1, SIDE, SIDE) * 2 - 1
    assert torch.equal(D(x, torch.zeros(6, dtype=torch.int64)), D(x, torch.full((6,), 2)))
    D(x, torch.zeros(6, dtype=torch.int64)).sum().backward()
    gradient = D.V.weight.grad
    assert gradient is not None and gradient[0].abs().max() > 0 and gradient[1:].abs().max() == 0


def test_the_auxiliary_loss_is_the_weighted_cross_entropy() -> None:
    D = pair("auxiliary")[1]
    x, labels = torch.rand(4, 1, SIDE, SIDE) * 2 - 1, torch.tensor([0, 1, 2, 2])
    shares = torch.softmax(D.class_logits(x), dim=1).detach()
    by_hand = -0.5 * sum(math.log(float(shares[i, labels[i]])) for i in range(4)) / 4
    assert not D.conditional
    assert D.auxiliary_loss(x, labels).item() == pytest.approx(by_hand, rel=1e-5)
    torch.testing.assert_close(D(x), D.judge(x))
    torch.nn.init.zeros_(D.V.weight)  # a D that knows nothing guesses one of three
    assert D.auxiliary_loss(x, labels).item() == pytest.approx(0.5 * math.log(3), rel=1e-5)


def stripes(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Pictures of three classes: the upper rows are white, the lower ones, or the left columns; with noise."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (n,), generator=rng)
    masks = torch.full((3, 1, SIDE, SIDE), -0.8)
    masks[0, :, :4], masks[1, :, 4:], masks[2, :, :, :4] = 0.8, 0.8, 0.8
    return masks[labels] + 0.1 * torch.randn(n, 1, SIDE, SIDE, generator=rng), labels


@pytest.mark.parametrize("kind", conditional.KINDS)
def test_a_short_training_draws_the_class_that_is_asked_for(kind: str) -> None:
    G, D = pair(kind)
    config = TrainConfig(loss="relativistic", batch_size=32, lr_g=3e-3, lr_d=3e-3, r1=0.2, r2=0.2, betas=(0.0, 0.99),
                         ema=0.9)  # fmt: skip
    trainer = Trainer(G, D, stripes(256, seed=0), config)
    for _ in range(100):
        event = next(trainer)
    assert (event.auxiliary > 0) == (kind == "auxiliary")
    asked = np.arange(60) % 3
    images = latent.generate(trainer.G_ema, latent.sample(60, 6, seed=5), asked)[..., 0].astype(float)
    scores = np.stack([images[:, :4].mean((1, 2)), images[:, 4:].mean((1, 2)), images[:, :, :4].mean((1, 2))], axis=1)
    assert (scores.argmax(axis=1) == asked).mean() > 0.9
    assert (scores.argmax(axis=1) == (asked + 1) % 3).mean() < 0.1


def test_a_checkpoint_builds_both_kinds_again() -> None:
    for kind in conditional.KINDS:
        G, D = pair(kind)
        again_G, again_D = checkpoints.build({"family": "conditional", "G": G.config, "D": D.config})
        again_G.load_state_dict(G.state_dict())
        assert isinstance(again_D, conditional.Discriminator) and again_D.config == D.config
        z, labels = torch.zeros(2, 6), torch.tensor([1, 2])
        assert torch.equal(again_G.eval()(z, labels), G.eval()(z, labels))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (torch.tensor([0, 1]), r"got shape \(2,\) of torch.int64"),
        (torch.tensor([[0], [1], [2]]), r"got shape \(3, 1\)"),
        (torch.tensor([0.0, 1.0, 2.0]), r"got shape \(3,\) of torch.float32"),
        (torch.tensor([0, 3, 1]), "got 0 to 3"),
        (torch.tensor([0, -1, 1]), "got -1 to 1"),
        (None, "got NoneType"),
        ([0, 1, 2], "got list"),
    ],
)
def test_wrong_labels_are_refused(labels: Tensor, message: str) -> None:
    G, D = pair()
    allowed = "condition: expected 3 labels, int64 from 0 to 2, one for each sample; "
    x = torch.zeros(3, 1, SIDE, SIDE)
    for call in (lambda: G(torch.zeros(3, 6), labels), lambda: D(x, labels)):
        with pytest.raises(ValueError, match=allowed + message):
            call()
    with pytest.raises(ValueError, match=allowed + message):
        pair("auxiliary")[1].auxiliary_loss(x, labels)


def test_other_bad_arguments_are_refused() -> None:
    labels = torch.zeros(2, dtype=torch.int64)
    G, D = pair()
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 6\), got \(2, 5\)"):
        G(torch.zeros(2, 5), labels)
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 1, 8, 8\), got \(2, 3, 8, 8\)"):
        D(torch.zeros(2, 3, SIDE, SIDE), labels)
    with pytest.raises(ValueError, match="condition: a D of kind 'auxiliary' takes none"):
        pair("auxiliary")[1](torch.zeros(2, 1, SIDE, SIDE), labels)
    with pytest.raises(ValueError, match="kind: there is no 'both'; choose one of projection, auxiliary"):
        conditional.Discriminator(kind="both")
    with pytest.raises(ValueError, match="weight must be a finite number of at least 0, not -1"):
        conditional.Discriminator(kind="auxiliary", weight=-1)
    for make in (conditional.Generator, conditional.Discriminator):
        with pytest.raises(ValueError, match="classes must be a whole number of at least 2, not 1"):
            make(classes=1)
    with pytest.raises(ValueError, match="embedding must be a whole number of at least 1, not 0"):
        conditional.Generator(embedding=0)


def test_the_shipped_generator_draws_the_digit_that_is_asked_for() -> None:
    checkpoint, reader = checkpoints.load("digits_conditional"), readers.load("digits")
    asked = np.arange(300) % 10
    images = latent.generate(checkpoint.G, latent.sample(300, checkpoint.G.z_dim, seed=3), asked)  # type: ignore[arg-type]
    names = {"digit": np.array(reader.factors["digit"])[asked]}
    assert readers.accuracy(reader, images, names)["digit"] >= 0.95
    assert readers.accuracy(reader, images, {"digit": np.roll(names["digit"], 1)})["digit"] < 0.1
    assert images[asked == 7].std(axis=0).max() > 50  # and never twice the same
