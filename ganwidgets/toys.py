"""Point clouds in the plane whose truth is known: modes where there are any, the density where it is known."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_number, check_whole, numbers

FloatArray = npt.NDArray[np.float32]
LogDensity = Callable[[npt.ArrayLike], npt.NDArray[np.float64]]


@dataclass(frozen=True, eq=False, repr=False)
class PointData:
    """Points in the plane.

    `points`: `(N, 2)` float32. `modes`: the means `(K, 2)` float32 of a mixture of Gaussians with equal shares and
    the standard deviation `sigma` in both directions; both None where the data has no such modes. Read-only.
    """

    points: FloatArray
    modes: FloatArray | None
    sigma: float | None
    name: str

    def __post_init__(self) -> None:
        if (self.modes is None) != (self.sigma is None):
            raise ValueError("modes, sigma: expected both, or None for both")
        if self.sigma is not None:
            check_number("sigma", self.sigma, above=0)
        for name, array in (("points", self.points), ("modes", self.modes)):
            if array is not None:
                if numbers(name, array).ndim != 2 or array.shape[1] != 2:
                    raise ValueError(f"{name}: expected shape (N, 2), got {array.shape}")
                array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.points)

    def arrays(self) -> tuple[FloatArray, None]:
        """What a training takes: the points; they have no conditions."""
        return self.points, None

    def __repr__(self) -> str:
        modes = "" if self.modes is None else f", {len(self.modes)} modes with sigma {self.sigma:g}"
        return f"PointData({self.name!r}: {len(self)} points{modes})"

    @property
    def log_density(self) -> LogDensity | None:
        """The function `(M, 2) -> (M,)` float64 that gives the true log density, or None where it is not known."""
        if self.modes is None or self.sigma is None:
            return None
        return partial(_mixture_log_density, self.modes, self.sigma)


def toy(name: str, n: int = 1000, seed: int = 0, **options: float) -> PointData:
    """Draw `n` points of the toy data set `name`, one of `TOYS`.

    The same name, n, seed and options give the same points. Options and their defaults: `ring` (modes=8, radius=1,
    sigma=0.01, as in the papers), `ring_wide` (modes=8, radius=2, sigma=0.05, easier to watch and to learn), `grid`
    (side=5, spacing=2, sigma=0.05), `two_moons`, `spiral`, `swiss_roll` and `line` (noise=0.05).
    Raises ValueError for an unknown name or option, n < 1, a negative seed, or an option out of its range.
    """
    if name not in _MAKERS:
        raise ValueError(f"name: there is no toy data set {name!r}; there are {', '.join(TOYS)}")
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    known = [option for option in inspect.signature(_MAKERS[name]).parameters if option not in ("rng", "n")]
    for option, value in options.items():
        if option not in known:
            raise ValueError(f"{name} has no option {option!r}; it has {', '.join(known)}")
        _CHECKS[option](option, value)
    points, modes, sigma = _MAKERS[name](rng=np.random.default_rng(seed), n=int(n), **options)
    return PointData(points.astype(np.float32), None if modes is None else modes.astype(np.float32), sigma, name)


def from_points(points: npt.ArrayLike, name: str = "drawn") -> PointData:
    """Point data from your own `(N, 2)` finite numbers, N ≥ 2, for instance points drawn by hand.

    Raises ValueError for another shape, fewer than two points, or numbers that are not finite.
    """
    array = numbers("points", points, np.float32).copy()
    if array.ndim != 2 or array.shape[1] != 2 or len(array) < 2:
        raise ValueError(f"points must have shape (N, 2) with N of at least 2, not {array.shape}")
    return PointData(array, None, None, name)


_CHECKS: dict[str, Callable[[str, object], None]] = {
    "modes": partial(check_whole, least=1, most=1000),
    "side": partial(check_whole, least=1, most=100),
    "radius": partial(check_number, above=0),
    "spacing": partial(check_number, above=0),
    "sigma": partial(check_number, above=0),
    "noise": partial(check_number, least=0),
}

Made = tuple[npt.NDArray[np.floating], npt.NDArray[np.floating] | None, float | None]


def _mixture(rng: np.random.Generator, n: int, means: npt.NDArray[np.float64], sigma: float) -> Made:
    chosen = rng.integers(len(means), size=n)
    return means[chosen] + sigma * rng.standard_normal((n, 2)), means, float(sigma)


def _mixture_log_density(modes: FloatArray, sigma: float, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
    x = numbers("points", points, np.float64)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"points must have shape (M, 2), not {x.shape}")
    squares = ((x[:, None] - modes[None].astype(np.float64)) ** 2).sum(axis=2) / (2 * sigma**2)
    nearest = squares.min(axis=1)
    shares = np.log(np.exp(nearest[:, None] - squares).mean(axis=1))
    density: npt.NDArray[np.float64] = shares - nearest - math.log(2 * math.pi * sigma**2)
    return density


def _ring(rng: np.random.Generator, n: int, modes: int = 8, radius: float = 1.0, sigma: float = 0.01) -> Made:
    angles = 2 * np.pi * np.arange(modes) / modes
    return _mixture(rng, n, radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), sigma)


def _ring_wide(rng: np.random.Generator, n: int, modes: int = 8, radius: float = 2.0, sigma: float = 0.05) -> Made:
    return _ring(rng, n, modes, radius, sigma)


def _grid(rng: np.random.Generator, n: int, side: int = 5, spacing: float = 2.0, sigma: float = 0.05) -> Made:
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return _mixture(rng, n, np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2), sigma)


def _along(rng: np.random.Generator, x: npt.ArrayLike, y: npt.ArrayLike, noise: float) -> Made:
    curve = np.stack([x, y], axis=1)
    return curve + noise * rng.standard_normal(curve.shape), None, None


def _two_moons(rng: np.random.Generator, n: int, noise: float = 0.05) -> Made:
    angle, side = np.pi * rng.random(n), rng.choice([-1.0, 1.0], n)
    return _along(rng, side * (np.cos(angle) - 0.5), side * (np.sin(angle) - 0.25), noise)


def _spiral(rng: np.random.Generator, n: int, noise: float = 0.05) -> Made:
    """Two arms of one turn and a half; the root spreads the points evenly along them."""
    reach, side = np.sqrt(rng.random(n)), rng.choice([-1.0, 1.0], n)
    angle = 3 * np.pi * reach
    return _along(rng, side * 2 * reach * np.cos(angle), side * 2 * reach * np.sin(angle), noise)


def _swiss_roll(rng: np.random.Generator, n: int, noise: float = 0.05) -> Made:
    """The roll of scikit-learn's `make_swiss_roll` seen from its side, at a seventh of its size."""
    angle = 1.5 * np.pi * (1 + 2 * rng.random(n))
    return _along(rng, angle * np.cos(angle) / 7, angle * np.sin(angle) / 7, noise)


def _line(rng: np.random.Generator, n: int, noise: float = 0.05) -> Made:
    x = 4 * rng.random(n) - 2
    return _along(rng, x, x / 2, noise)


_MAKERS: dict[str, Callable[..., Made]] = {
    "ring": _ring,
    "ring_wide": _ring_wide,
    "grid": _grid,
    "two_moons": _two_moons,
    "spiral": _spiral,
    "swiss_roll": _swiss_roll,
    "line": _line,
}
TOYS: tuple[str, ...] = tuple(_MAKERS)
"""The names that `toy` knows."""
