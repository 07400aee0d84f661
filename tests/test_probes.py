"""What D says of pictures, in batches and without a trace."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganwidgets import probes
from ganwidgets.models import dcgan


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
