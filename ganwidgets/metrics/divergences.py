"""KL and Jensen–Shannon divergence: of known shares, and of samples counted on a grid, beside their noise floor.

All in nats. Divergences of samples are estimates, and two samples of the very same distribution differ by chance: read
a number from `grid_divergence` only beside its floor. Sources: Kullback and Leibler 1951; Lin 1991 for Jensen–Shannon;
Goodfellow et al. 2014 (arXiv:1406.2661), theorem 1, for what it has to do with GANs; the half added to each count is
that of Krichevsky and Trofimov 1981.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr

from ganwidgets.checks import check_whole
from ganwidgets.metrics.inputs import Float64Array, numbers, same_columns, vector

MARGIN = 0.1
ADDED = 0.5


@dataclass(frozen=True)
class GridDivergence:
    """In nats: `kl` = KL(real ‖ fake) ≥ 0, `js` from 0 to log 2, and beside each what chance alone gives.

    `kl_floor`, `js_floor`: the mean of the same estimate for two samples of one distribution, of these sizes.
    """

    kl: float
    js: float
    kl_floor: float
    js_floor: float


def kl_divergence(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """KL(p ‖ q) = Σ p log(p / q) in nats, 0 or more; infinite where q is 0 and p is not.

    `p`, `q`: `(K,)` counts or weights, none negative, not all 0; each is divided by its sum.
    """
    return float(_kl(*_shares(p, q)))


def js_divergence(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """The mean KL of `p` and of `q` from their average, in nats: 0 for equals, log 2 where they share nothing.

    `p`, `q`: as in `kl_divergence`.
    """
    return float(_js(*_shares(p, q)))


def grid_divergence(
    real: npt.ArrayLike,
    fake: npt.ArrayLike,
    bins: int = 32,
    limits: tuple[float, float] | None = None,
    repeats: int = 20,
    seed: int = 0,
) -> GridDivergence:
    """KL and JS of `real` and `fake` points, counted on a grid of `bins` cells a side, with their noise floors.

    `real`: `(N,)`, `(N, 1)` or `(N, 2)`; `fake` likewise with M. The grid goes from `limits[0]` to `limits[1]` along
    every axis; by default it spans the real points and a tenth more on each side. What lies beyond counts in the
    outermost cells. KL adds ½ to both counts of every cell that holds anything, for it would be infinite otherwise.
    The floor pools both samples and splits them at random into N and M, `repeats` times, from `seed`.
    `ValueError`: other shapes, no points, numbers that are not finite, limits that do not grow, bins below 2 or above
    1000, repeats below 1.
    """
    check_whole("bins", bins, 2, 1000)
    check_whole("repeats", repeats, 1)
    check_whole("seed", seed, 0)
    x, y = _points("real", real), _points("fake", fake)
    same_columns(("real", "fake"), x, y)
    low, high = _span(x) if limits is None else _limits(limits)
    size = bins ** x.shape[1]
    n, m = (np.bincount(_cells(points, low, high, bins), minlength=size) for points in (x, y))
    filled = (n + m) > 0
    n, m = n[filled], m[filled]
    rng = np.random.default_rng(seed)
    splits = rng.multivariate_hypergeometric(n + m, len(x), size=repeats, method="marginals")
    estimates, floors = _estimates(n, m), _estimates(splits, n + m - splits)
    return GridDivergence(*map(float, estimates), *(float(floor.mean()) for floor in floors))


def _estimates(n: npt.NDArray[np.int64], m: npt.NDArray[np.int64]) -> tuple[Float64Array, Float64Array]:
    """KL with the added halves, and JS, of lists of counts `(..., K)`: `(...)` each."""
    kl = _kl(*((counts + ADDED) / (counts + ADDED).sum(axis=-1, keepdims=True) for counts in (n, m)))
    return kl, _js(*(counts / counts.sum(axis=-1, keepdims=True) for counts in (n, m)))


def _kl(p: Float64Array, q: Float64Array) -> Float64Array:
    # Rounding can leave a small negative number for equals.
    total: Float64Array = np.maximum(rel_entr(p, q).sum(axis=-1), 0.0)
    return total


def _js(p: Float64Array, q: Float64Array) -> Float64Array:
    middle = (p + q) / 2
    return (_kl(p, middle) + _kl(q, middle)) / 2


def _shares(p: npt.ArrayLike, q: npt.ArrayLike) -> tuple[Float64Array, Float64Array]:
    a, b = vector("p", p), vector("q", q)
    if len(a) != len(b):
        raise ValueError(f"p, q: expected two of one length, got {len(a)} and {len(b)}")
    for name, weights in (("p", a), ("q", b)):
        if weights.min() < 0 or weights.sum() <= 0:
            raise ValueError(f"{name}: expected weights of at least 0, not all 0, got {weights.min():g} as the least")
    return a / a.sum(), b / b.sum()


def _points(name: str, value: npt.ArrayLike) -> Float64Array:
    array = numbers(name, value)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] not in (1, 2) or not len(array):
        raise ValueError(f"{name}: expected shape (N,), (N, 1) or (N, 2) with N of at least 1, got {array.shape}")
    return array.astype(np.float64)


def _span(points: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The range of the points and a margin, so that what lies far outside does not share cells with them."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * np.where(high > low, high - low, 1.0)
    return low - margin, high + margin


def _limits(limits: tuple[float, float]) -> tuple[Float64Array, Float64Array]:
    ends = vector("limits", limits)
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise ValueError(f"limits: expected (low, high) with low below high, got {limits!r}")
    return ends[:1], ends[1:]


def _cells(points: Float64Array, low: Float64Array, high: Float64Array, bins: int) -> npt.NDArray[np.int64]:
    """The number of each point's cell, `(N,)` from 0 to bins^D − 1."""
    steps = np.clip(np.floor((points - low) / (high - low) * bins), 0, bins - 1).astype(np.int64)  # (N, D)
    cells: npt.NDArray[np.int64] = steps[:, 0] if steps.shape[1] == 1 else steps[:, 0] * bins + steps[:, 1]
    return cells
