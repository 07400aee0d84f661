"""Spoils a set of real samples in known ways, so that one can see which measure notices what. Numpy only.

Which samples become copies or noise, and the noise itself, are fixed by the seed: more of one thing adds to what is
there, and the first samples look the same whether ten or a thousand are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.views.samples import as_points

Array = npt.NDArray[Any]

# Turns by these shares of a circle spread evenly over any number of samples, and the two do not fall together.
_TURNS = (0.5 * (5**0.5 - 1), 2**0.5 - 1)


@dataclass(frozen=True)
class Spoiling:
    """`n`: how many samples. `blur`: σ in pixels; `noise`: σ as a share of the range; `dropped`: how many classes are
    left out; `copies`, `junk`: the shares that are training samples, and nothing but noise."""

    n: int
    blur: float = 0.0
    noise: float = 0.0
    dropped: int = 0
    copies: float = 0.0
    junk: float = 0.0


class Supply:
    """Real samples to spoil: `train` and `others`, both `(N, H, W, C)` uint8 or `(N, 2)` float32; `labels` of `others`.

    Classes are left out from the last to the first.
    """

    def __init__(self, train: Array, others: Array, labels: Array | None, seed: int) -> None:
        self.train, self.others, self._seed = train, others, seed
        self._order = np.random.default_rng([seed, 0]).permutation(len(others))
        self._ranks = None if labels is None else np.unique(labels, return_inverse=True)[1]

    @property
    def classes(self) -> int:
        """How many classes there are; 1 without labels."""
        return 1 if self._ranks is None else int(self._ranks.max()) + 1

    @property
    def points(self) -> bool:
        """Whether the samples are points."""
        return self.train.ndim == 2

    def make(self, spoiling: Spoiling, count: int | None = None, draw: int = 0) -> Array:
        """The first `count` (default: all n) of the spoilt samples; `draw`: other real ones to begin with."""
        count = spoiling.n if count is None else min(count, spoiling.n)
        samples = self.others[self._rows(spoiling.dropped, count, draw * spoiling.n)]
        order = np.random.default_rng([self._seed, 1]).permutation(len(self.train))
        places = np.arange(count)
        shares = (spoiling.copies, spoiling.junk)
        copied, drowned = ((places * turn + 0.5) % 1 < share for turn, share in zip(_TURNS, shares, strict=True))
        samples[copied] = self.train[order[places[copied] % len(order)]]
        shape = samples.shape
        noise, junk = (np.random.default_rng([self._seed, number]) for number in (2, 3))
        if self.points:
            reach = float(np.abs(self.train).max())
            moved = samples + spoiling.noise * reach * noise.standard_normal(shape)
            return np.where(drowned[:, None], junk.uniform(-1.1 * reach, 1.1 * reach, shape), moved).astype(np.float32)
        if not (spoiling.blur or spoiling.noise or drowned.any()):
            return samples
        pixels = blurred(samples.astype(np.float32), spoiling.blur)
        if spoiling.noise:
            pixels += 255 * spoiling.noise * noise.standard_normal(shape, dtype=np.float32)
        if drowned.any():
            pixels[drowned] = 255 * junk.random(shape, dtype=np.float32)[drowned]
        return np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)

    def _rows(self, dropped: int, count: int, start: int) -> Array:
        """The positions `(count,)` in `others`; where there are too few they come again."""
        order = self._order
        if dropped and self._ranks is not None:
            order = order[self._ranks[order] < self.classes - dropped]
        return order[(start + np.arange(count)) % len(order)]


def blurred(images: Array, sigma: float) -> Array:
    """Images `(N, H, W, C)` float32 under a Gaussian of `sigma` pixels; at the edges it is cut and weighed up again."""
    if not sigma:
        return images
    across, down = (_kernel(side, sigma) for side in (images.shape[2], images.shape[1]))
    rows = np.einsum("vw,nhwc->nhvc", across, images, optimize=True)
    smooth: Array = np.einsum("gh,nhwc->ngwc", down, rows, optimize=True)
    return smooth


def _kernel(side: int, sigma: float) -> Array:
    """`(side, side)`: the weights of every pixel of a line for every other, each row summing to 1."""
    apart = np.subtract.outer(np.arange(side), np.arange(side)) / sigma
    weights = np.exp(-(apart**2) / 2)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def as_sets(train: Any, others: Any, labels: Any) -> tuple[Array, Array, Array | None]:
    """Checked sets of samples and their labels; `ValueError` names the one that is wrong."""
    sets = [_as_samples(samples, name) for samples, name in ((train, "train"), (others, "others"))]
    if sets[0].shape[1:] != sets[1].shape[1:]:
        raise ValueError(f"others: expected samples like train's, {sets[0].shape[1:]}; got {sets[1].shape[1:]}")
    if labels is None:
        return sets[0], sets[1], None
    classes = np.asarray(labels)
    if classes.shape != (len(sets[1]),):
        raise ValueError(f"labels: expected one for each of the {len(sets[1])} others; got shape {classes.shape}")
    return sets[0], sets[1], classes


def _as_samples(samples: Any, name: str) -> Array:
    array = np.asarray(samples)
    if array.ndim == 2 and array.shape[1] == 2:
        return as_points(array, name)
    array = array[..., None] if array.ndim == 3 else array
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[3] not in (1, 3):
        raise ValueError(
            f"{name}: expected pictures (N, H, W, C) uint8, C 1 or 3, or points (N, 2); got {array.dtype} {array.shape}"
        )
    return array
