"""The clips' networks: shapes, one person a content code, one motion a motion code, and a training that learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from ganwidgets import clips, latent
from ganwidgets.models import video
from ganwidgets.train_config import TrainConfig
from ganwidgets.training import Trainer


def generator(**changes: int) -> video.Generator:
    torch.manual_seed(0)
    sizes = dict(z_content=5, z_motion=3, channels=4, frames=8, resolution=16, motion=8)
    return video.Generator(**(sizes | changes)).eval()


@pytest.mark.parametrize(("resolution", "image_channels", "frames"), [(16, 1, 4), (32, 3, 16), (28, 1, 12)])
def test_shapes_and_ranges(resolution: int, image_channels: int, frames: int) -> None:
    G = generator(resolution=resolution, image_channels=image_channels, frames=frames)
    D = video.Discriminator(channels=4, frames=frames, resolution=resolution, image_channels=image_channels)
    made = G(torch.randn(3, 8))
    assert G.z_dim == 8 and (G.z_content, G.z_motion) == (5, 3)
    assert made.shape == (3, image_channels, frames, resolution, resolution)
    assert made.abs().max() <= 1 and D(made).shape == (3,)
    assert latent.generate(G, np.zeros((2, 8))).shape == (2, frames, resolution, resolution, image_channels)


def test_the_arguments_come_back() -> None:
    G, D = generator(), video.Discriminator(channels=4, frames=8, resolution=16)
    assert sum(p.numel() for p in video.Generator(**G.config).parameters()) == sum(p.numel() for p in G.parameters())
    assert video.Discriminator(**D.config).config == D.config
    assert not any("grid" in name for name in G.state_dict())


def layer(found: torch.nn.Module) -> tuple[Tensor, Tensor]:
    """The weight and the bias of a convolution."""
    weight, bias = found.weight, found.bias
    assert isinstance(weight, Tensor) and isinstance(bias, Tensor)
    return weight, bias


@torch.no_grad()
def still(G: video.Generator) -> video.Generator:
    """The same generator with nothing moved and nothing laid over."""
    for parameter in (*layer(G.change.shifts), *layer(G.change.cover)):
        parameter.zero_()
    layer(G.change.cover)[1][0] = -20.0
    return G


def test_without_a_change_every_frame_is_the_persons_picture() -> None:
    G, z = still(generator()), torch.randn(2, 8)
    made = G(z)
    assert (made[:, :, 1:] == made[:, :, :1]).all()
    picture = G.picture(G.person(z[:, :5, None, None]))
    assert torch.allclose(made[:, :, 3], picture, atol=1e-4)
    # What is done cannot change who is seen.
    assert torch.equal(G(torch.cat([z[:, :5], z[:, 5:] + 1], dim=1)), made)


@torch.no_grad()
def test_a_shift_moves_the_picture_and_a_mask_covers_it() -> None:
    G, z = still(generator()), torch.randn(2, 8)
    picture = G(z)[:, :, 0]
    layer(G.change.shifts)[1][0] = np.arctanh(2 / 16 / video.REACH)  # one pixel is 2/16 of the half side
    assert torch.allclose(G(z)[:, :, 0, :, :-1], picture[..., 1:], atol=1e-4)
    cover = layer(G.change.cover)[1]
    cover[0], cover[1] = 20.0, np.arctanh(0.5)
    assert torch.allclose(G(z)[:, 0], torch.tensor(0.5), atol=1e-4)


def test_the_two_codes_do_different_things() -> None:
    G, z = generator(), torch.randn(4, 8)
    other = torch.cat([z[:, :5], torch.randn(4, 3)], dim=1)
    codes, others = G.path(z[:, 5:]), G.path(other[:, 5:])
    assert codes.shape == (4, 8, 8) and not torch.allclose(codes, others)
    assert torch.equal(G.person(z[:, :5, None, None]), G.person(other[:, :5, None, None]))
    assert not torch.allclose(G(z), G(other))


def test_a_logit_depends_on_its_own_clip_and_on_the_order_of_its_frames() -> None:
    torch.manual_seed(1)
    D, x = video.Discriminator(channels=4, frames=8, resolution=16), torch.rand(3, 3, 8, 16, 16)
    logits: Tensor = D(x)
    assert torch.allclose(D(x[1:2]), logits[1:2], atol=1e-6)
    assert not torch.allclose(D(x.flip(2)), logits, atol=1e-3)
    D.shift(2.0)
    assert torch.allclose(D(x), logits + 2, atol=1e-5)


def test_a_training_on_clips_learns_and_repeats() -> None:
    data = clips.draw(40, seed=2, frames=8, size=16, progress=False)
    config = TrainConfig(
        loss="relativistic", r1=1.0, r2=1.0, penalty_every=4, betas=(0.0, 0.99), lr_g=2e-3, lr_d=2e-3, ema=0.5,
        batch_size=8, steps=16, samples=16,
    )  # fmt: skip

    def run() -> tuple[Trainer, float]:
        G = generator(channels=8).train()
        torch.manual_seed(3)
        trainer = Trainer(G, video.Discriminator(channels=8, frames=8, resolution=16), data, config)
        margins = [float(event.real_logits.mean() - event.fake_logits.mean()) for event in trainer]
        return trainer, margins[-1] - margins[0]

    trainer, gained = run()
    samples = trainer.samples()
    assert samples.shape == (16, 8, 16, 16, 3) and samples.dtype == np.uint8
    assert gained > 1
    again, _ = run()
    np.testing.assert_array_equal(samples, again.samples())
    assert (samples != latent.generate(generator(channels=8), latent.sample(16, 8))).mean() > 0.5


def test_bad_sizes_and_shapes_are_refused() -> None:
    for changes, message in (
        ({"frames": 6}, "frames: expected a multiple of 4, got 6"),
        ({"z_motion": 0}, "z_motion must be a whole number of at least 1, not 0"),
        ({"resolution": 30}, "resolution: 30 is not"),
        ({"resolution": 8}, "resolution: expected 16 or more, got 8"),
    ):
        with pytest.raises(ValueError, match=message):
            generator(**changes)
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 8\), got \(2, 7\)"):
        generator()(torch.zeros(2, 7))
    D = video.Discriminator(channels=4, frames=8, resolution=16)
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 3, 8, 16, 16\), got \(2, 8, 3, 16, 16\)"):
        D(torch.zeros(2, 8, 3, 16, 16))
    with pytest.raises(ValueError, match="channels must be"):
        video.Discriminator(channels=0)
