"""Wasserstein distances: the least work that moves one sample onto the other.

Order p: the p-th root of the mean p-th power of the way that a grain of mass goes. Sources: Villani 2009, chapter 6;
sliced: Rabin et al. 2011, Bonneel et al. 2015; in GANs: Arjovsky et al. 2017 (arXiv:1701.07875). Left out: entropic
regularisation, and samples of different sizes in more than one dimension.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from ganwidgets.checks import check_whole
from ganwidgets.metrics.inputs import Float64Array, pair, vector

MOST_ASSIGNED = 5000


def wasserstein_1d(a: npt.ArrayLike, b: npt.ArrayLike, order: int = 1) -> float:
    """The exact distance of two samples on a line, `a` `(N,)` and `b` `(M,)`; 0 or more, in their unit.

    In one dimension the best plan keeps the order: the k-th smallest goes to the k-th smallest. `order`: 1 or 2.
    `ValueError`: other shapes, no numbers, numbers that are not finite, another order.
    """
    check_whole("order", order, 1, 2)
    costs = _sorted_costs(vector("a", a)[:, None], vector("b", b)[:, None], order)
    return float(costs[0] ** (1 / order))


def exact_wasserstein(a: npt.ArrayLike, b: npt.ArrayLike, order: int = 1) -> float:
    """The exact distance of two samples of one size, `a` and `b` both `(N, D)`, by linear assignment; 0 or more.

    Takes N² memory and up to N³ time: at most 5,000 points (see `sliced_wasserstein` for more). `order`: 1 or 2.
    `ValueError`: other shapes, different sizes, more points, numbers that are not finite, another order.
    """
    check_whole("order", order, 1, 2)
    x, y = pair(("a", "b"), a, b)
    if len(x) != len(y):
        raise ValueError(f"a, b: expected as many points in each, got {len(x)} and {len(y)}")
    if len(x) > MOST_ASSIGNED:
        raise ValueError(f"a, b: expected at most {MOST_ASSIGNED} points, got {len(x)}; sliced_wasserstein takes more")
    work = cdist(x.astype(np.float64), y.astype(np.float64), "euclidean" if order == 1 else "sqeuclidean")
    from_a, to_b = linear_sum_assignment(work)
    return float(work[from_a, to_b].mean() ** (1 / order))


def sliced_wasserstein(
    a: npt.ArrayLike, b: npt.ArrayLike, projections: int = 128, seed: int = 0, order: int = 1
) -> float:
    """The distance seen along random directions: 0 or more, never above `exact_wasserstein`.

    `a`: `(N, D)`, `b`: `(M, D)`. Both are projected on `projections` directions drawn evenly from the sphere by `seed`;
    the p-th powers of their exact distances on these lines are averaged. `order`: 1 or 2. For two points at distance d
    in the plane it tends to 2d/π (order 1) or d/√2 (order 2). Numbers of different D or seed do not compare.
    `ValueError`: other shapes, no points, numbers that are not finite, projections below 1, another order.
    """
    check_whole("projections", projections, 1)
    check_whole("seed", seed, 0)
    check_whole("order", order, 1, 2)
    x, y = pair(("a", "b"), a, b)
    directions = np.random.default_rng(seed).standard_normal((x.shape[1], projections))
    directions /= np.linalg.norm(directions, axis=0)
    costs = _sorted_costs(x.astype(np.float64) @ directions, y.astype(np.float64) @ directions, order)
    return float(costs.mean() ** (1 / order))


def _sorted_costs(a: Float64Array, b: Float64Array, order: int) -> Float64Array:
    """The mean p-th power of the moves, `(L,)`, for L pairs of samples on lines: `a` `(N, L)` and `b` `(M, L)`."""
    n, m = len(a), len(b)
    a, b = np.sort(a, axis=0), np.sort(b, axis=0)
    # The mass in units of 1/(NM): each piece between two cuts goes whole from one point of `a` to one of `b`.
    cuts = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    pieces = np.diff(cuts) / (n * m)
    moves = np.abs(a[cuts[:-1] // m] - b[cuts[:-1] // n])  # (pieces, L)
    costs: Float64Array = pieces @ moves**order
    return costs
