"""Stacked digits: three digits in one picture, as its red, green and blue, which makes 1000 modes that can be counted.

The test of mode collapse of Metz et al. 2017 (arXiv:1611.02163), as in PacGAN (Lin et al. 2018, arXiv:1712.04086,
section 4.2): make 26,000 samples, let a classifier read their three digits, count the numbers from 0 to 999 that occur
and how far their shares are from even. Left out: the reader itself (see `readers`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import datasets, metrics
from ganwidgets.checks import check_whole

MODES = 1000
SIDE = 28
SAMPLES = 26_000
"""How many samples the published tables count."""

BATCH = 512


@dataclass(frozen=True, eq=False)
class NumberCount:
    """How samples fall on the numbers 0 to 999.

    `modes`: numbers that occur, 0 to 1000. `reverse_kl`: KL(samples over numbers ‖ uniform) in nats, 0 to log 1000.
    `counts`: `(1000,)` int64. `reverse_kl_floor`: about what `reverse_kl` would be for as many samples of the truth,
    999 / 2n for n samples, where n is some thousands or more.
    """

    modes: int
    reverse_kl: float
    counts: npt.NDArray[np.int64]

    @property
    def reverse_kl_floor(self) -> float:
        return (MODES - 1) / (2 * int(self.counts.sum()))


def digits(n: int = 128_000, seed: int = 0, split: str = "train", margin: int = 0) -> datasets.ImageData:
    """`n` pictures `(n, 28, 28, 3)` of three digits drawn with replacement; labels `(n,)` are their numbers 0 to 999.

    The first digit of the number is red, the second green, the third blue. PacGAN trains on 128,000 of them.
    `margin`: so many black pixels more on every side; 2 makes the side 32, which can be halved more often than 28.
    `ValueError` for fewer than 1, a negative seed or margin, or an unknown split.
    """
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    check_whole("margin", margin, 0)
    single = datasets.load("digits", split)
    assert single.labels is not None
    chosen = np.random.default_rng(seed).integers(0, len(single), (n, 3))
    images = np.zeros((n, SIDE + 2 * margin, SIDE + 2 * margin, 3), np.uint8)
    inside = slice(margin, margin + SIDE)
    for channel in range(3):
        images[:, inside, inside, channel] = single.images[chosen[:, channel], ..., 0]
    labels = single.labels[chosen] @ np.array([100, 10, 1])
    return datasets.ImageData(images, labels, "stacked", classes=tuple(f"{k:03}" for k in range(MODES)))


def read_numbers(reader: nn.Module, images: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """The numbers `(N,)`, 0 to 999, that `reader` sees in images `(N, 28, 28, 3)` uint8, red digit first.

    `reader`: maps single digits `(N, 1, 28, 28)` in [-1, 1] to `{"digit": logits (N, 10)}`, as `readers.load("digits")`
    does. An even number of pixels above 28 on a side is taken for a margin and left out. `ValueError` for other images.
    """
    pixels = np.asarray(images)
    margin, odd = divmod(pixels.shape[1] - SIDE, 2) if pixels.ndim == 4 else (0, 0)
    square = pixels.ndim == 4 and pixels.shape[1] == pixels.shape[2] and pixels.shape[3] == 3
    if not square or margin < 0 or odd or pixels.dtype != np.uint8 or not len(pixels):
        raise ValueError(
            "images: expected shape (N, 28, 28, 3) of uint8, N at least 1, or so with an even margin, "
            f"got {pixels.shape} of {pixels.dtype}"
        )
    inside = slice(margin, margin + SIDE)
    parts = [pixels[start : start + BATCH, inside, inside] for start in range(0, len(pixels), BATCH)]
    read = np.concatenate([_read_three(reader, part) for part in parts])
    numbers: npt.NDArray[np.int64] = read @ np.array([100, 10, 1])
    return numbers


def count_modes(reader: nn.Module, images: npt.ArrayLike) -> NumberCount:
    """Read the numbers in `images` `(N, 28, 28, 3)` uint8 and count them; arguments as in `read_numbers`."""
    return count_numbers(read_numbers(reader, images))


def count_numbers(numbers: npt.ArrayLike) -> NumberCount:
    """Count numbers `(N,)` from 0 to 999 that were read already; `ValueError` for others and for none."""
    values = np.asarray(numbers)
    if values.ndim != 1 or not len(values) or values.dtype.kind not in "iu":
        raise ValueError(
            f"numbers: expected shape (N,) of whole numbers, N at least 1, got {values.shape} of {values.dtype}"
        )
    if values.min() < 0 or values.max() >= MODES:
        raise ValueError(f"numbers: allowed are 0 to {MODES - 1}, got {values.min()} to {values.max()}")
    counts = np.bincount(values, minlength=MODES)
    return NumberCount(int((counts > 0).sum()), metrics.kl_divergence(counts, np.ones(MODES)), counts)


@torch.inference_mode()
def _read_three(reader: nn.Module, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """The three digits `(n, 3)` of each picture."""
    singles = torch.from_numpy(np.array(pixels)).permute(0, 3, 1, 2)  # (n, H, W, 3) -> (n, 3, H, W)
    x = singles.reshape(-1, 1, *singles.shape[2:]).float() / 127.5 - 1
    logits: Tensor = reader(x.to(next(reader.parameters()).device))["digit"]
    read: npt.NDArray[np.int64] = logits.argmax(dim=1).reshape(-1, 3).cpu().numpy()
    return read
