"""The value function of the GAN game where everything can be summed: two distributions over the same K places.

Goodfellow et al. 2014 (arXiv:1406.2661): equation 1 is V, proposition 1 the best D for a given G, theorem 1 that V then
is −log 4 + 2 · JS. All logarithms are natural.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ganwidgets.metrics import js_divergence

Array = npt.NDArray[np.float64]

AT_BEST = -math.log(4)
"""V where p_G = p_data and D = 1/2 everywhere."""


def optimal_discriminator(p_data: npt.ArrayLike, p_g: npt.ArrayLike) -> Array:
    """D* = p_data / (p_data + p_G): `(K,)` in [0, 1]; 1/2 where both are 0, since there nothing is ever seen.

    `p_data`, `p_g`: `(K,)` weights, none negative, not all 0; each is divided by its sum. `ValueError` for others.
    """
    p, q = _shares(p_data, p_g)
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)


def value(p_data: npt.ArrayLike, p_g: npt.ArrayLike, D: npt.ArrayLike) -> float:
    """V(D, G) = Σ p_data log D + Σ p_G log(1 − D), at most 0; −∞ where D is sure of a wrong thing.

    `p_data`, `p_g`: as above. `D`: `(K,)` probabilities. `ValueError` for others.
    """
    p, q = _shares(p_data, p_g)
    scores = np.asarray(D, dtype=np.float64)
    if scores.shape != p.shape or not np.isfinite(scores).all() or scores.min() < 0 or scores.max() > 1:
        raise ValueError(f"D: expected {len(p)} probabilities in [0, 1], got {D!r}")
    with np.errstate(divide="ignore"):
        real = p[p > 0] * np.log(scores[p > 0])
        fake = q[q > 0] * np.log(1 - scores[q > 0])
    return float(real.sum() + fake.sum())


def best_value(p_data: npt.ArrayLike, p_g: npt.ArrayLike) -> float:
    """V(D*, G) = −log 4 + 2 · JS(p_data, p_G), from −log 4 to 0."""
    return AT_BEST + 2 * js_divergence(p_data, p_g)


def _shares(p_data: npt.ArrayLike, p_g: npt.ArrayLike) -> tuple[Array, Array]:
    pair = []
    for name, weights in (("p_data", p_data), ("p_g", p_g)):
        array = np.asarray(weights, dtype=np.float64)
        if array.ndim != 1 or not array.size or not np.isfinite(array).all() or array.min() < 0 or array.sum() == 0:
            raise ValueError(f"{name}: expected weights (K,), finite, none negative, not all 0, got {weights!r}")
        pair.append(array / array.sum())
    if len(pair[0]) != len(pair[1]):
        raise ValueError(f"p_data, p_g: expected as many places in both, got {len(pair[0])} and {len(pair[1])}")
    return pair[0], pair[1]
