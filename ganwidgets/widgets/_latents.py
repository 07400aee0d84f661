"""The arithmetic of latent sliders, in numpy: places, axes, locks, paths. Nothing here draws or sends.

A slider stands for an axis of latent space: a unit vector. Its value is the coordinate of z along it, so it needs no
memory: whoever sets z, the sliders follow. Axes that are not at right angles share some of their movement, and this
shows; locking one takes its share out of the others' steps (as in InterFaceGAN, arXiv:1907.10786).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import numbers

FloatArray = npt.NDArray[np.float32]
#: How the numbers of a prior are drawn, as a method of `numpy.random.Generator` and as code, and the sliders' range.
PRIORS: dict[str, tuple[str, float]] = {
    "normal": ("standard_normal({shape}, dtype=np.float32)", 3.0),
    "uniform": ("uniform(-1, 1, {shape}).astype(np.float32)", 1.0),
}
#: Below this share of its length left, an axis counts as held fast by the locked ones.
FREE_SHARE = 0.1
#: Below this truncation nothing is left of z that could be scaled back.
LEAST_PSI = 0.05


@dataclass(frozen=True, eq=False)
class Place:
    """Where the pictures are: `z` `(n, z_dim)`, and `wide`, what z would be without truncation by `psi` (0 to 1)."""

    z: FloatArray
    wide: FloatArray
    psi: float = 1.0

    @classmethod
    def at(cls, wide: npt.ArrayLike, psi: float = 1.0) -> Place:
        """The place `psi · wide`."""
        wide = _frozen(np.array(wide, dtype=np.float32))
        return cls(wide if psi == 1 else _frozen(np.float32(psi) * wide), wide, psi)

    def moved(self, z: FloatArray) -> Place:
        """The place `z` under the same truncation."""
        if self.psi == 1:
            return Place.at(z)
        back = 1.0 / self.psi if self.psi >= LEAST_PSI else 1.0
        return Place(_frozen(z), _frozen(self.wide + (z - self.z) * np.float32(back)), self.psi)


@dataclass(frozen=True, eq=False)
class Axes:
    """Named sliders: `vectors` `(m, z_dim)`, unit rows, or None for the latents themselves."""

    names: tuple[str, ...]
    vectors: FloatArray | None = None

    def row(self, index: int, z_dim: int) -> FloatArray:
        """The unit vector `(z_dim,)` of slider `index`."""
        if self.vectors is not None:
            return self.vectors[index]
        unit = np.zeros(z_dim, np.float32)
        unit[index] = 1
        return unit

    def coordinates(self, z: FloatArray) -> FloatArray:
        """`(n, m)`: each z's coordinate along each axis."""
        return z if self.vectors is None else z @ self.vectors.T


def latent_axes(z_dim: int, labels: Sequence[str] | Mapping[int, str] | None) -> Axes:
    """The latents as sliders, called `latent 0`, `latent 1`, … where `labels` does not name them."""
    names = [f"latent {i}" for i in range(z_dim)]
    if labels is None:
        return Axes(tuple(names))
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise ValueError(f"labels: got {type(labels).__name__}; allowed is a list of names, or a dict")
    given = dict(labels) if isinstance(labels, Mapping) else dict(enumerate(labels))
    if not isinstance(labels, Mapping) and len(given) != z_dim:
        raise ValueError(f"labels: got {len(given)} names; allowed is one for each of the {z_dim} latents, or a dict")
    for index, name in given.items():
        if not isinstance(index, int | np.integer) or not 0 <= index < z_dim:
            raise ValueError(f"labels: got a name for latent {index!r}; allowed is 0 to {z_dim - 1}")
        names[index] = str(name)
    return Axes(tuple(names))


def direction_axes(directions: Mapping[str, npt.ArrayLike] | None, z_dim: int) -> Axes:
    """Named directions `(z_dim,)` as sliders, each brought to length 1."""
    if not isinstance(directions, Mapping | None):
        raise ValueError(f"directions: got {type(directions).__name__}; allowed is a dict of vectors by name")
    rows = []
    for name, direction in (directions or {}).items():
        vector = np.asarray(numbers(f"directions[{name!r}]", direction), np.float32)
        if vector.shape != (z_dim,):
            raise ValueError(f"directions[{name!r}]: got shape {vector.shape}; allowed is ({z_dim},)")
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0:
            raise ValueError(f"directions[{name!r}]: got a vector of length {length}; it must be finite and not zero")
        rows.append(vector / np.float32(length))
    return Axes(tuple(str(name) for name in directions or {}), np.array(rows, np.float32).reshape(-1, z_dim))


def check_z(z: Any, n: int, z_dim: int) -> FloatArray:
    """`z` as a new `(n, z_dim)` float32 array; `(z_dim,)` will do for one picture. `ValueError` says what is wrong."""
    try:
        array = np.array(z, dtype=np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"z: got {type(z).__name__} that is no array of numbers; allowed is ({n}, {z_dim})") from None
    if n == 1 and array.shape == (z_dim,):
        array = array[None]
    if array.shape != (n, z_dim):
        also = f" or ({z_dim},)" if n == 1 else ""
        raise ValueError(f"z: got shape {array.shape}; allowed is ({n}, {z_dim}){also}")
    if not np.isfinite(array).all():
        raise ValueError(f"z: got {int((~np.isfinite(array)).sum())} values of NaN or infinity; all must be finite")
    return array


def draw(key: int | Sequence[int], n: int, z_dim: int, prior: str) -> FloatArray:
    """`(n, z_dim)` float32 from the prior; `key` is what `numpy.random.default_rng` takes."""
    rng = np.random.default_rng(key)
    if prior == "uniform":
        return rng.uniform(-1, 1, (n, z_dim)).astype(np.float32)
    return rng.standard_normal((n, z_dim), dtype=np.float32)


def steer(z: FloatArray, rows: FloatArray, targets: npt.ArrayLike, locked: FloatArray) -> FloatArray:
    """Bring the mean coordinates of `z` along the unit `rows` to `targets`, all of `z` by one and the same step.

    `z` `(k, z_dim)`, `rows` `(m, z_dim)`, `targets` `(m,)`; `locked` `(l, z_dim)`: unit rows whose coordinates stay.
    """
    free = rows - rows @ projector(locked) if len(locked) else rows
    if np.linalg.svd(free, compute_uv=False)[-1] < FREE_SHARE:
        raise ValueError("this slider cannot move: the locked ones, or the other one of the pad, hold it")
    change = np.asarray(targets, np.float32) - (z @ rows.T).mean(axis=0)  # (m,)
    return (z + change @ np.linalg.pinv(free).T).astype(np.float32)


def projector(rows: FloatArray) -> FloatArray:
    """`(z_dim, z_dim)`: the projection onto the span of `rows`, for `z @ projector`.

    What float32 leaves of a row that lies in the span of the others counts as nothing.
    """
    exact = rows.astype(np.float64)
    return (np.linalg.pinv(exact, rcond=1e-6) @ exact).astype(np.float32)


def slerp(a: FloatArray, b: FloatArray, t: float) -> FloatArray:
    """Row by row from `a` to `b` `(n, z_dim)` along the arc, the length changing evenly; straight where there is none.

    White 2016, arXiv:1609.04468.
    """
    # In float32 the cosine of opposite z is off by so much that they seem to span an arc.
    start, end = a.astype(np.float64), b.astype(np.float64)
    lengths_a, lengths_b = (np.linalg.norm(x, axis=1, keepdims=True) for x in (start, end))
    u, v = (x / np.maximum(length, 1e-12) for x, length in ((start, lengths_a), (end, lengths_b)))
    angle = np.arccos(np.clip((u * v).sum(axis=1, keepdims=True), -1, 1))
    straight = (np.sin(angle) < 1e-4) | (lengths_a == 0) | (lengths_b == 0)
    sine = np.where(straight, 1, np.sin(angle))
    arc = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / sine * ((1 - t) * lengths_a + t * lengths_b)
    return np.where(straight, (1 - t) * a + t * b, arc).astype(np.float32)


def _frozen(array: FloatArray) -> FloatArray:
    array.flags.writeable = False
    return array
