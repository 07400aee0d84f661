"""Slant, thickness, width and height of written digits, and the directions of latent space along which they grow.

The measures are moments of the ink; a direction is the least-squares slope of a measure over z, the classes' own means
taken out, so that it says what a hand does to every digit. Left out: anything that needs a trained network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets import latent, steering
from ganwidgets.checks import check_whole

Array = npt.NDArray[np.float64]
MEASURES = ("slant", "thickness", "width", "height")


def measure(images: npt.ArrayLike) -> dict[str, Array]:
    """By name in `MEASURES`, `(N,)` each, of light ink on dark ground `(N, H, W)` or `(N, H, W, 1)` uint8.

    "slant": how far right the ink goes for each pixel up, 0 for an upright 1. "thickness" of the stroke, "width"
    without the slant and "height": in pixels; the last two are standard deviations of the ink's place. A picture
    without ink has zeros. `ValueError` for arrays of another kind.
    """
    pixels = np.asarray(images)
    pixels = pixels[..., 0] if pixels.ndim == 4 and pixels.shape[3] == 1 else pixels
    if pixels.ndim != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise ValueError(f"images: expected (N, H, W) or (N, H, W, 1) uint8, got {np.shape(images)} {pixels.dtype}")
    ink = pixels / 255
    amount = np.maximum(ink.sum((1, 2)), 1e-9)
    rows, columns = np.mgrid[: ink.shape[1], : ink.shape[2]]

    def mean(values: Any) -> Array:
        """Over the ink of each picture."""
        return np.asarray((ink * values).sum((1, 2)) / amount)

    down, right = rows - mean(rows)[:, None, None], columns - mean(columns)[:, None, None]
    high, across, both = mean(down**2), mean(right**2), mean(down * right)
    lean = np.divide(-both, high, out=np.zeros_like(high), where=high > 1e-9)
    edge = sum(np.abs(np.diff(np.pad(ink, ((0, 0), (1, 1), (1, 1))), axis=axis)).sum((1, 2)) for axis in (1, 2))
    return {
        "slant": lean,
        # A long stroke of thickness t has edges of twice its length, and t times its length of ink.
        "thickness": np.divide(2 * amount, edge, out=np.zeros_like(amount), where=np.asarray(edge) > 1e-9),
        "width": np.sqrt(np.maximum(across + lean * both, 0)),
        "height": np.sqrt(high),
    }


def directions(classes: steering.Classes, n: int = 1000, seed: int = 0) -> dict[str, npt.NDArray[np.float32]]:
    """`(z_dim,)` of length 1 by name in `MEASURES`: along it, the measure grows under every class.

    `n`: pictures to look at, at least 20 for each number of z.
    """
    check_whole("n", n, max(20 * classes.z_dim, classes.classes))
    z, labels = latent.sample(n, classes.z_dim, seed), np.arange(n) % classes.classes
    found = {}
    for name, values in measure(classes.render(z, labels)).items():
        own = np.array([values[labels == label].mean() for label in range(classes.classes)])
        slope, *_ = np.linalg.lstsq(z.astype(np.float64), values - own[labels], rcond=None)
        length = float(np.linalg.norm(slope))
        if length < 1e-9:
            raise ValueError(f"classes: z does not change the {name} of its pictures, so it has no direction")
        found[name] = (slope / length).astype(np.float32)
    return found
