"""Measures by nearest neighbours: fidelity and diversity apart from each other, and the search for copies.

Sources: precision and recall: Kynkäänniemi et al. 2019 (arXiv:1904.06991); density and coverage: Naeem et al. 2020
(arXiv:2002.09797). A sample's ball has the distance to its k-th nearest neighbour, itself not counted, as its radius.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import NumberArray, check_whole
from ganwidgets.metrics.distances import kth_nearest, smallest, tiles
from ganwidgets.metrics.inputs import Float64Array, numbers, pair, same_columns


@dataclass(frozen=True)
class PrecisionRecall:
    """Two shares from 0 to 1: of the fakes that look real, and of the reals that the fakes could stand for."""

    precision: float
    recall: float


@dataclass(frozen=True)
class DensityCoverage:
    """`density` ≥ 0, about 1 for two samples of one distribution; `coverage`: a share from 0 to 1."""

    density: float
    coverage: float


@dataclass(frozen=True, eq=False)
class Neighbours:
    """`indices` `(N, k)` int64, rows of the reference, nearest first; `distances` `(N, k)` float64, Euclidean."""

    indices: npt.NDArray[np.int64]
    distances: Float64Array


def precision_recall(real: npt.ArrayLike, fake: npt.ArrayLike, k: int = 3) -> PrecisionRecall:
    """Precision and recall of features `real` `(N, F)` and `fake` `(M, F)`; both more than `k` rows.

    Precision is the share of fakes that lie in the ball of at least one real, its edge included; recall is the same
    with the two exchanged (equations 1 and 2 of the paper). Swapping `real` and `fake` swaps the two numbers.
    `ValueError`: `k` below 1, too few rows, different F, or numbers that are not finite.
    """
    check_whole("k", k, 1)
    x_real, x_fake = pair(("real", "fake"), real, fake, least=k + 1)
    real_radii, fake_radii = kth_nearest(x_real, k), kth_nearest(x_fake, k)
    good, found = np.zeros(len(x_fake), dtype=bool), np.zeros(len(x_real), dtype=bool)
    for i, j, squares in tiles(x_real, x_fake):
        good[j] |= (squares <= real_radii[i, None]).any(axis=0)
        found[i] |= (squares <= fake_radii[j]).any(axis=1)
    return PrecisionRecall(float(good.mean()), float(found.mean()))


def density_coverage(real: npt.ArrayLike, fake: npt.ArrayLike, k: int = 5) -> DensityCoverage:
    """Density and coverage of features `real` `(N, F)`, N above `k`, and `fake` `(M, F)`, M at least 1.

    Density: in how many real balls a fake lies on average, divided by `k`. Coverage: the share of real balls that hold
    at least one fake (equations 3 and 4 of the paper). The edge of a ball does not belong to it, as in the authors'
    code. A few outliers, real or fake, move neither much, which cannot be said of precision and recall. Errors as in
    `precision_recall`.
    """
    check_whole("k", k, 1)
    x_real, x_fake = pair(("real", "fake"), real, fake)
    if len(x_real) <= k:
        raise ValueError(f"real: expected at least k + 1 = {k + 1} rows, got {len(x_real)}")
    radii = kth_nearest(x_real, k)
    held = np.zeros(len(x_real), dtype=np.int64)  # (N,): the fakes in each ball
    for balls, _, squares in tiles(x_real, x_fake):
        held[balls] += (squares < radii[balls, None]).sum(axis=1)
    return DensityCoverage(float(held.sum() / (k * len(x_fake))), float((held > 0).mean()))


def nearest_neighbours(samples: npt.ArrayLike, reference: npt.ArrayLike, k: int = 1) -> Neighbours:
    """The `k` rows of `reference` nearest to each of `samples`, to look for copies of the training set.

    `samples`: `(N, ...)` and `reference`: `(M, ...)`, M at least `k`, features or whole images with rows of one shape;
    distances are Euclidean over all numbers of a row, in their own unit. A generator that memorises is nearer to the
    training set than held-out real images are: compare `nearest_neighbours(fake, train)` with
    `nearest_neighbours(test, train)`.
    `ValueError`: `k` below 1 or above M, rows of different shapes, nothing to compare, or numbers that are not finite.
    """
    check_whole("k", k, 1)
    x, ref = _flat("samples", samples, 1), _flat("reference", reference, k)
    same_columns(("samples", "reference"), x, ref)
    x, ref = x.reshape(len(x), -1), ref.reshape(len(ref), -1)
    indices = smallest(x, ref, k)[1]
    distances = np.array([_distances(row, ref[near]) for row, near in zip(x, indices, strict=True)])  # (N, k)
    order = np.lexsort((indices, distances), axis=1)
    return Neighbours(np.take_along_axis(indices, order, axis=1), np.take_along_axis(distances, order, axis=1))


def _flat(name: str, value: npt.ArrayLike, least: int) -> NumberArray:
    array = numbers(name, value)
    if array.ndim < 2 or len(array) < least or not array.size:
        raise ValueError(f"{name}: expected shape (N, ...) with N of at least {least}, got {array.shape}")
    return array


def _distances(row: NumberArray, others: NumberArray) -> Float64Array:
    """`(k,)`, by subtraction: a copy is at exactly 0, which the fast formula for many features cannot promise."""
    distances: Float64Array = np.linalg.norm(others.astype(np.float64) - row, axis=1)
    return distances
