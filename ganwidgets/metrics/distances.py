"""Euclidean distances between many rows, a tile at a time, so that no N × M matrix is ever held."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from ganwidgets.checks import NumberArray
from ganwidgets.metrics.inputs import Float64Array

TILE_ROWS = 1024
TILE_COLUMNS = 4096
TILE_NUMBERS = 2**23  # what a slice of either array may take as float64: 64 MB
FEW_FEATURES = 16


def squared_distances(a: Float64Array, b: Float64Array) -> Float64Array:
    """The squared distances `(N, M)` of every row of `a` `(N, F)` from every row of `b` `(M, F)`.

    Few features are subtracted, which is exact where numbers are; many go through `|a|² − 2ab + |b|²`, ten times
    faster and off by some 1e-16 of the squared lengths.
    """
    if a.shape[1] <= FEW_FEATURES:
        exact: Float64Array = cdist(a, b, "sqeuclidean")
        return exact
    squares = a @ b.T
    squares *= -2
    squares += np.einsum("nf,nf->n", a, a)[:, None]
    squares += np.einsum("mf,mf->m", b, b)
    return np.maximum(squares, 0, out=squares)


def tiles(a: NumberArray, b: NumberArray) -> Iterator[tuple[slice, slice, Float64Array]]:
    """All of `squared_distances(a, b)` in tiles: `(rows of a, rows of b, squared distances)`."""
    most = max(1, TILE_NUMBERS // a.shape[1])
    for i in _slices(len(a), min(most, TILE_ROWS)):
        part = a[i].astype(np.float64)
        for j in _slices(len(b), min(most, TILE_COLUMNS)):
            yield i, j, squared_distances(part, b[j].astype(np.float64))


def smallest(a: NumberArray, b: NumberArray, k: int) -> tuple[Float64Array, npt.NDArray[np.int64]]:
    """For each row of `a` the `k` nearest rows of `b`, nearest first: squared distances and positions, `(N, k)` each.

    `k` must not exceed the number of rows in `b`.
    """
    squares = np.full((len(a), k), np.inf)
    positions = np.full((len(a), k), len(b), dtype=np.int64)
    for i, j, tile in tiles(a, b):
        near = np.argpartition(tile, k - 1, axis=1)[:, :k] if k < tile.shape[1] else np.arange(tile.shape[1])[None]
        near = np.broadcast_to(near, (len(tile), near.shape[1]))
        candidates = np.concatenate([squares[i], np.take_along_axis(tile, near, axis=1)], axis=1)
        places = np.concatenate([positions[i], near + j.start], axis=1)
        best = np.lexsort((places, candidates), axis=1)[:, :k]
        squares[i], positions[i] = (np.take_along_axis(x, best, axis=1) for x in (candidates, places))
    return squares, positions


def kth_nearest(a: NumberArray, k: int) -> Float64Array:
    """The squared distance `(N,)` of each row of `a` from its k-th nearest among the others."""
    return smallest(a, a, k + 1)[0][:, k]


def _slices(length: int, size: int) -> Iterator[slice]:
    yield from (slice(start, min(start + size, length)) for start in range(0, length, size))
