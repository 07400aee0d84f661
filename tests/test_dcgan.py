"""Shapes, parameter counts by hand, and refusals of the DCGAN pair."""

from __future__ import annotations

import pytest
import torch

from ganwidgets.models import dcgan


@pytest.mark.parametrize(("resolution", "image_channels"), [(8, 1), (28, 1), (32, 3), (64, 3)])
@pytest.mark.parametrize("refine", [False, True])
def test_shapes_and_ranges(resolution: int, image_channels: int, refine: bool) -> None:
    G = dcgan.Generator(z_dim=5, channels=4, resolution=resolution, image_channels=image_channels, refine=refine)
    D = dcgan.Discriminator(channels=4, resolution=resolution, image_channels=image_channels)
    images = G(torch.randn(3, 5))
    assert images.shape == (3, image_channels, resolution, resolution)
    assert images.abs().max() <= 1
    assert D(images).shape == (3,)


def test_the_classical_generator_has_the_size_of_the_paper() -> None:
    # 100·512·16 + 512·256·16 + 256·128·16 + 128·64·16 + 64·3·16 weights, 3 biases, 2 a batch-norm channel.
    weights = 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 3
    norms = 2 * (512 + 256 + 128 + 64)
    G = dcgan.Generator()
    assert G.z_dim == 100
    assert sum(p.numel() for p in G.parameters()) == weights + norms
    assert G(torch.zeros(2, 100)).shape == (2, 3, 64, 64)


def test_a_logit_depends_on_its_own_image_only() -> None:
    D = dcgan.Discriminator(channels=4, resolution=8)
    x = torch.randn(4, 3, 8, 8)
    assert torch.allclose(D(x)[1:2], D(x[1:2]), atol=1e-6)


@pytest.mark.parametrize(("resolution", "want"), [(64, (4, 4)), (28, (7, 2)), (48, (6, 3)), (8, (4, 1))])
def test_stages(resolution: int, want: tuple[int, int]) -> None:
    assert dcgan.stages(resolution) == want


@pytest.mark.parametrize("resolution", [0, 4, 9, 30, 65])
def test_a_resolution_that_cannot_be_doubled_up_to_is_refused(resolution: int) -> None:
    with pytest.raises(ValueError, match=f"resolution.* {resolution}"):
        dcgan.Generator(resolution=resolution)


def test_bad_sizes_and_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="z_dim must be a whole number of at least 1, not 0"):
        dcgan.Generator(z_dim=0)
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 5\), got \(2, 4\)"):
        dcgan.Generator(z_dim=5, channels=2, resolution=8)(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 3, 8, 8\), got \(2, 1, 8, 8\)"):
        dcgan.Discriminator(channels=2, resolution=8)(torch.zeros(2, 1, 8, 8))


def test_a_packing_d_judges_neighbours_together() -> None:
    D = dcgan.Discriminator(channels=4, resolution=8, pack=2)
    x = torch.randn(6, 3, 8, 8)
    logits = D(x)
    assert logits.shape == (3,)
    assert torch.allclose(logits[1:2], D(x[2:4]), atol=1e-5)
    assert torch.allclose(logits, D(x.contiguous(memory_format=torch.channels_last)), atol=1e-5)
    plain = dcgan.Discriminator(channels=4, resolution=8, image_channels=6)
    plain.load_state_dict(D.state_dict())
    assert torch.allclose(logits, plain(torch.cat([x[::2], x[1::2]], dim=1)), atol=1e-5)
    with pytest.raises(ValueError, match="5 images do not divide into packs of 2"):
        D(x[:5])


def test_with_minibatch_deviation_d_sees_a_lack_of_variety() -> None:
    D = dcgan.Discriminator(channels=4, resolution=8, minibatch_std=True)
    x = torch.randn(4, 3, 8, 8)
    same = x[:1].repeat(4, 1, 1, 1)
    assert not torch.allclose(D(x)[:1], D(same)[:1], atol=1e-4)


def test_a_spectral_d_has_layers_of_norm_one() -> None:
    torch.manual_seed(0)
    D = dcgan.Discriminator(channels=4, resolution=8, spectral=True)
    for _ in range(30):  # a step of the power iteration each
        D(torch.randn(2, 3, 8, 8))
    for module in D.layers:
        if isinstance(module, torch.nn.Conv2d):
            assert torch.linalg.matrix_norm(module.weight.flatten(1), 2).item() == pytest.approx(1.0, abs=0.02)
    D.shift(2.0)
