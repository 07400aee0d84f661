"""Directions in the latent space that have names: the way to glasses, to a hat, to longer hair.

Nobody told the generator where to keep these things. One draws many z, has the pictures read by a network that knows
the attributes, and fits each reading with a plane over z: the plane's slope is the direction (InterFaceGAN, Shen et al.
2020, arXiv:1907.10786, does it with a separating plane). Nothing here knows a generator's insides: `render` is any
function from z to pictures, `read` any function from pictures to probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganwidgets import latent
from ganwidgets.checks import check_number, check_whole, numbers

FloatArray = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]
Answers = Mapping[str, npt.NDArray[np.float32]]
Read = Callable[[npt.NDArray[np.uint8]], Answers]
Factors = Mapping[str, Sequence[str]]

STEPS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
BATCH = 250


@dataclass(frozen=True)
class Target:
    """What a direction is to raise: the sum of weight × probability over the values of `factor`.

    Values that `weights` leaves out weigh nothing, so that `{"glasses": …}` of 1 each is the chance of that value.
    """

    factor: str
    weights: Mapping[str, float]


def _any(factor: str, *values: str) -> Target:
    return Target(factor, dict.fromkeys(values, 1.0))


TARGETS: dict[str, Target] = {
    "glasses": _any("glasses", "round", "square", "sun"),
    "hat": _any("hat", "red_cap", "blue_cap", "green_beanie", "yellow_beanie", "straw_hat"),
    "smile": _any("mouth", "smile", "grin", "laugh"),
    "beard": _any("beard", "full", "moustache", "stubble"),
    "long hair": _any("hair_style", "long", "bob", "pigtails"),
    "curly hair": _any("hair_style", "afro"),
    "dark hair": Target("hair_colour", {"black": 1.0, "brown": 0.75, "ginger": 0.5, "teal": 0.5, "pink": 0.25}),
    "dark skin": Target("skin", {"light": 0.25, "tan": 0.5, "brown": 0.75, "dark": 1.0}),
    "happy eyes": _any("eyes", "happy"),
    "open mouth": _any("mouth", "grin", "laugh", "surprised"),
    "striped shirt": _any("shirt", "striped"),
}
"""The directions that are looked for in a generator of faces, in the order of their sliders.

Their opposites need none of their own: against "dark hair" lies blond, against "happy eyes" wide ones, and a long way
towards "glasses" lie dark ones.
"""


@dataclass(frozen=True)
class Effect:
    """What a direction does. `scores[i]`: the target's mean when z's coordinate along it is `steps[i]`.

    `disturbed`: by factor that was not meant to move, the share of its reading that changes from the middle to either
    end (total variation, 0 to 1).
    """

    name: str
    steps: tuple[float, ...]
    scores: tuple[float, ...]
    disturbed: dict[str, float]

    @property
    def rise(self) -> float:
        """How far the target rises from one end to the other."""
        return self.scores[-1] - self.scores[0]

    @property
    def others(self) -> float:
        """The mean of `disturbed`."""
        return float(np.mean(list(self.disturbed.values()))) if self.disturbed else 0.0


def attribute_directions(
    render: latent.Render,
    z_dim: int,
    read: Read,
    factors: Factors,
    targets: Mapping[str, Target] = TARGETS,
    n: int = 10_000,
    seed: int = 0,
    prior: str = "normal",
    separation: float = 200.0,
) -> dict[str, FloatArray]:
    """The direction `(z_dim,)` of length 1 that raises each target and moves everything else as little as it can.

    `render`: z `(B, z_dim)` to images `(B, H, W, C)` uint8. `read`: images to `{factor: (B, values)}`, probabilities in
    the order of `factors[factor]`. `n` z are drawn. The same arguments give the same directions.

    Every probability is fitted by least squares as `p ≈ c + w·z`; for Gaussian z its slope w points, but for chance,
    from the mean z of the pictures without the thing to the mean z of those with it. A step d moves each reading by
    about `w·d`. With the slopes of all the *other* factors as the columns of W, the direction
    `d ∝ (I + separation · W Wᵀ)⁻¹ w` makes `(w·d)² / (|d|² + separation · |Wᵀd|²)` as large as it gets: 0 follows the
    slope alone, a large value stays at right angles to all others, as InterFaceGAN's conditional directions do. On the
    shipped faces 200 disturbs the others a quarter less than 0 does, and the targets rise nearly as far.

    A target that never changes in the pictures is left out. `ValueError` for a target that the reader does not know,
    for fewer than 4 z a dimension, a negative `separation`, and for readings of another shape.
    """
    check_whole("z_dim", z_dim, 1)
    check_whole("n", n, 4 * z_dim)
    check_number("separation", separation, 0)
    weights = {name: _weights(target, factors) for name, target in targets.items()}
    z = latent.sample(n, z_dim, seed, prior)
    slopes = _slopes(z, answers(render, read, factors, z))
    found = {}
    for name, target in targets.items():
        slope = slopes[target.factor] @ weights[name]
        others = [slopes[factor] for factor in factors if factor != target.factor]
        direction = _separate(slope, np.concatenate(others, axis=1) if others else slope[:, None] * 0, separation)
        length = np.linalg.norm(direction)
        if length > 1e-6:
            found[name] = (direction / length).astype(np.float32)
    return found


def measure(
    render: latent.Render,
    read: Read,
    factors: Factors,
    directions: Mapping[str, npt.ArrayLike],
    z: FloatArray,
    targets: Mapping[str, Target] = TARGETS,
    steps: Sequence[float] = STEPS,
) -> Iterator[Effect]:
    """What each direction does to the pictures of z `(n, z_dim)`, one `Effect` after the other.

    `steps`: where z's coordinate along the direction is put, rising, with 0 among them. A direction whose name is not
    in `targets` is a `ValueError`.
    """
    for name in directions:
        if name not in targets:
            raise ValueError(f"directions: there is no target {name!r}; there are {', '.join(targets)}")
    if 0 not in steps or list(steps) != sorted(steps):
        raise ValueError(f"steps: got {tuple(steps)}; expected rising numbers with 0 among them")
    for name, direction in directions.items():
        target = targets[name]
        seen = [answers(render, read, factors, place(z, direction, step)) for step in steps]
        scores = tuple(float((one[target.factor] @ _weights(target, factors)).mean()) for one in seen)
        middle, ends = seen[list(steps).index(0)], (seen[0], seen[-1])
        disturbed = {
            factor: float(np.mean([np.abs(end[factor] - middle[factor]).sum(axis=1).mean() / 2 for end in ends]))
            for factor in factors
            if factor != target.factor
        }
        yield Effect(name, tuple(steps), scores, disturbed)


def place(z: npt.ArrayLike, direction: npt.ArrayLike, value: float) -> FloatArray:
    """z `(n, z_dim)` with its coordinate along `direction` `(z_dim,)` put to `value`, and nothing else changed."""
    start, way = numbers("z", z, np.float32), numbers("direction", direction, np.float32)
    check_number("value", value)
    if start.ndim != 2 or way.shape != start.shape[1:]:
        raise ValueError(f"z, direction: expected shapes (n, z_dim) and (z_dim,), got {start.shape} and {way.shape}")
    if not way.any():
        raise ValueError("direction: it is zero, so it points nowhere")
    unit = way / np.linalg.norm(way)
    return (start + np.outer(value - start @ unit, unit)).astype(np.float32)


def answers(render: latent.Render, read: Read, factors: Factors, z: FloatArray) -> dict[str, FloatArray]:
    """What `read` says of the pictures of z `(n, z_dim)`: `{factor: (n, values)}`, rendered a few at a time."""
    parts = [read(render(z[start : start + BATCH])) for start in range(0, len(z), BATCH)]
    joined = {}
    for factor, values in factors.items():
        missing = [part for part in parts if factor not in part]
        if missing:
            raise ValueError(f"read: its answer has no factor {factor!r}; it has {', '.join(missing[0]) or 'none'}")
        joined[factor] = numbers("read", np.concatenate([part[factor] for part in parts]))
        if joined[factor].shape != (len(z), len(values)):
            raise ValueError(
                f"read: expected shape {(len(z), len(values))} for factor {factor!r}, got {joined[factor].shape}"
            )
    return joined


def _weights(target: Target, factors: Factors) -> FloatArray:
    if target.factor not in factors:
        raise ValueError(f"targets: there is no factor {target.factor!r}; there are {', '.join(factors)}")
    values = factors[target.factor]
    for value, weight in target.weights.items():
        check_number("targets", weight)
        if value not in values:
            raise ValueError(f"targets: {target.factor} cannot be {value!r}; it can be {', '.join(values)}")
    return np.array([target.weights.get(value, 0.0) for value in values], np.float32)


def _slopes(z: FloatArray, readings: Mapping[str, FloatArray]) -> dict[str, Matrix]:
    """The slopes `(z_dim, values)` of the least-squares planes through every factor's probabilities."""
    centred = z.astype(np.float64) - z.mean(axis=0)
    joint = np.concatenate([p - p.mean(axis=0) for p in readings.values()], axis=1)
    fitted = np.linalg.lstsq(centred, joint, rcond=None)[0]
    ends = np.cumsum([p.shape[1] for p in readings.values()])[:-1]
    return dict(zip(readings, np.split(fitted, ends, axis=1), strict=True))


def _separate(slope: Matrix, others: Matrix, separation: float) -> Matrix:
    return np.asarray(np.linalg.solve(np.eye(len(slope)) + separation * others @ others.T, slope), np.float64)
