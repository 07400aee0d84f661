"""Arrays worth looking at, from a G or a D as it stands: so far, what D says of pictures.

Probes look and change nothing: no gradients are left, the mode of a network is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets.events import FloatArray, sigmoid


def batches(images: npt.NDArray[np.uint8], size: int, device: torch.device) -> Iterator[Tensor]:
    """Images `(N, H, W, C)` uint8 as a network wants them: `(n, C, H, W)` float32 in [-1, 1], `size` at a time."""
    for start in range(0, len(images), size):
        pixels = torch.from_numpy(images[start : start + size].copy()).to(device)
        yield pixels.permute(0, 3, 1, 2).float() / 127.5 - 1  # (n, H, W, C) -> (n, C, H, W)


@torch.inference_mode()
def logits(D: nn.Module, images: npt.NDArray[np.uint8], batch_size: int = 256) -> FloatArray:
    """D's logits `(N,)` float32 for images `(N, H, W, C)` uint8; `ValueError` for any other kind of array."""
    if images.ndim != 4 or images.dtype != np.uint8 or len(images) == 0:
        raise ValueError(f"images: expected (N, H, W, C) uint8 with N ≥ 1, got {images.shape} {images.dtype}")
    device = next(D.parameters()).device
    was_training = D.training
    D.eval()
    try:
        return np.concatenate([D(x).float().cpu().numpy() for x in batches(images, batch_size, device)])
    finally:
        D.train(was_training)


def scores(D: nn.Module, images: npt.NDArray[np.uint8], batch_size: int = 256) -> FloatArray:
    """D(x) as probabilities `(N,)` in [0, 1] that the images `(N, H, W, C)` uint8 are real."""
    return sigmoid(logits(D, images, batch_size))
