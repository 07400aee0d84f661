"""Distances between two clouds of features, by their moments (Fréchet) and by a kernel.

Sources: Heusel et al. 2017 (arXiv:1706.08500), equation 6: with Inception's features this is FID; Bińkowski et al. 2018
(arXiv:1801.01401): with Inception's features this is KID. Numbers compare only within one feature net; the Fréchet
distance also only within one sample size, for its bias shrinks with it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole
from ganwidgets.metrics.inputs import Float64Array, pair

CHUNK = 256


def frechet_distance(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """|μ_a − μ_b|² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½) of features `a` `(N, F)` and `b` `(M, F)`; 0 or more.

    This is the squared 2-Wasserstein distance of the two Gaussians with these means and (unbiased) covariances, squared
    as FID is. Small samples make it too large, and fewer rows than features much more so.
    `ValueError`: other shapes, fewer than 2 rows, different F, or numbers that are not finite.
    """
    x, y = (array.astype(np.float64) for array in pair(("a", "b"), a, b, least=2))
    roots = [_covariance_root(array) for array in (x, y)]
    # tr (Σ_a Σ_b)^½ is the sum of the singular values of L_aᵀ L_b where Σ = L Lᵀ; this holds for singular Σ too, and
    # spares the square root of a matrix whose rounding errors may be negative.
    shared = np.linalg.svd(roots[0].T @ roots[1], compute_uv=False).sum()
    spread = np.square(roots[0]).sum() + np.square(roots[1]).sum()
    apart = np.square(x.mean(axis=0) - y.mean(axis=0)).sum()
    return max(float(apart + spread - 2 * shared), 0.0)


def kernel_distance(a: npt.ArrayLike, b: npt.ArrayLike, degree: int = 3) -> float:
    """The unbiased squared maximum mean discrepancy of `a` `(N, F)` and `b` `(M, F)`, kernel (x·y / F + 1)^degree.

    About 0 for two samples of one distribution whatever their sizes, and as often below 0 as above. All pairs are used,
    where KID averages over subsets. `degree`: 1 to 10; KID's is 3.
    `ValueError`: other shapes, fewer than 2 rows, different F, or numbers that are not finite, another degree.
    """
    check_whole("degree", degree, 1, 10)
    x, y = (array.astype(np.float64) for array in pair(("a", "b"), a, b, least=2))
    within_x, within_y = (_kernel_sum(z, z, degree) - _kernel_diagonal(z, degree) for z in (x, y))
    n, m = len(x), len(y)
    return float(within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * _kernel_sum(x, y, degree) / (n * m))


def _covariance_root(x: Float64Array) -> Float64Array:
    """L `(F, F)` with L Lᵀ the unbiased covariance of the rows of `x`."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(x, rowvar=False)))
    root: Float64Array = vectors * np.sqrt(np.maximum(values, 0))
    return root


def _kernel_sum(x: Float64Array, y: Float64Array, degree: int) -> float:
    """The sum of the kernel over all pairs, a few rows at a time."""
    chunks = (x[i : i + CHUNK] @ y.T for i in range(0, len(x), CHUNK))
    return float(sum(_kernel(products, x.shape[1], degree).sum() for products in chunks))


def _kernel_diagonal(x: Float64Array, degree: int) -> float:
    """The sum of the kernel over the pairs of each row with itself."""
    return float(_kernel(np.square(x).sum(axis=1), x.shape[1], degree).sum())


def _kernel(products: Float64Array, features: int, degree: int) -> Float64Array:
    base = products / features + 1
    value = base.copy()
    for _ in range(degree - 1):  # a general power is some twenty times slower
        value *= base
    return value
