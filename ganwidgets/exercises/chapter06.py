"""Exercises of chapter 06: the arc between two z, a direction from two groups, truncation towards a centre."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.exercises.base import Answer, Exercise, require, solved

FloatArray = npt.NDArray[np.floating[Any]]
BoolArray = npt.NDArray[np.bool_]


def slerp(a: FloatArray, b: FloatArray, t: float) -> FloatArray:
    """The point at the share t of the arc from a to b."""
    cosine = np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1)
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-4:  # the same way or opposite ways: no arc is marked out
        return (1 - t) * a + t * b
    result: FloatArray = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    return result


def _slerp_is_lerp(a: FloatArray, b: FloatArray, t: float) -> FloatArray:
    return (1 - t) * a + t * b


def _slerp_scaled_lerp(a: FloatArray, b: FloatArray, t: float) -> FloatArray:
    straight = (1 - t) * a + t * b
    length = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    scaled: FloatArray = straight / np.linalg.norm(straight) * length
    return scaled


def _slerp_without_lengths(a: FloatArray, b: FloatArray, t: float) -> FloatArray:
    angle = np.arccos(np.clip(a @ b, -1, 1))
    result: FloatArray = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / max(float(np.sin(angle)), 1e-9)
    return result


def _slerp_backwards(a: FloatArray, b: FloatArray, t: float) -> FloatArray:
    return slerp(b, a, t)


def check_slerp(answer: Answer) -> None:
    """By hand in the plane: angles of 120° and 60°, lengths of 1 and of 8; then two z of one length."""
    a, b = np.array([1.0, 0.0]), np.array([-0.5, np.sqrt(0.75)])
    first = _vector(answer(a, b, 0.0), (2,))
    require(
        _close(first, a) and _close(answer(a, b, 1.0), b), "the arc must begin at a for t = 0 and end at b for t = 1."
    )
    middle = np.asarray(answer(a, b, 0.5))
    require(
        abs(float(np.linalg.norm(middle)) - 1) < 1e-3,
        f"a and b have length 1, so the middle of the arc has length 1 too; yours has {np.linalg.norm(middle):.3f}. "
        "Is that the straight path? On the arc the weights are sines of angles.",
    )
    quarter = np.asarray(answer(a, b, 0.25))
    degrees = float(np.degrees(np.arctan2(quarter[1], quarter[0])))
    require(
        abs(degrees - 30) < 0.1,
        f"a and b are 120 degrees apart, so a quarter of the way is 30 degrees; yours is {degrees:.1f}. Lengthening "
        "the straight path keeps to the arc, but does not go along it at an even pace.",
    )
    far = np.asarray(answer(8 * a, 8 * b, 0.25))
    require(
        _close(far, 8 * quarter, 1e-3),
        "with a and b eight times as long, the point should be eight times as far out, at the same angle; yours is "
        "not. The cosine of the angle is a·b divided by both lengths.",
    )
    z = np.random.default_rng(0).normal(size=(2, 64))
    z *= 8 / np.linalg.norm(z, axis=1, keepdims=True)
    require(
        _close(answer(z[0], z[1], 0.3), slerp(z[0], z[1], 0.3), 1e-3), "it works in the plane, but not for 64 numbers."
    )


def direction(z: FloatArray, has: BoolArray) -> FloatArray:
    """The way, of length 1, from the mean z of the pictures without the thing to the mean z of those with it."""
    way = z[has].mean(axis=0) - z[~has].mean(axis=0)
    unit: FloatArray = way / np.linalg.norm(way)
    return unit


def _direction_to_without(z: FloatArray, has: BoolArray) -> FloatArray:
    return direction(z, ~has)


def _direction_of_any_length(z: FloatArray, has: BoolArray) -> FloatArray:
    way: FloatArray = z[has].mean(axis=0) - z[~has].mean(axis=0)
    return way


def _direction_of_sums(z: FloatArray, has: BoolArray) -> FloatArray:
    way = z[has].sum(axis=0) - z[~has].sum(axis=0)
    unit: FloatArray = way / np.linalg.norm(way)
    return unit


def _direction_of_one_group(z: FloatArray, has: BoolArray) -> FloatArray:
    way = z[has].mean(axis=0)
    unit: FloatArray = way / np.linalg.norm(way)
    return unit


def check_direction(answer: Answer) -> None:
    """Four z in the plane, one of them with the thing: from (1, 1) to (4, 5), so (0.6, 0.8)."""
    z = np.array([[4.0, 5.0], [0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    has = np.array([True, False, False, False])
    got, want = _vector(answer(z, has), (2,)), np.array([0.6, 0.8])
    length = float(np.linalg.norm(got))
    require(length > 1e-6, "your direction has length 0.")
    require(
        not _close(got / length, -want, 1e-3),
        "this is the way from the pictures with the thing to those without it: turn it round.",
    )
    require(
        _close(got / length, want, 1e-3),
        f"the mean z with the thing is (4, 5), without it (1, 1), so the way between them is (3, 4), shortened to "
        f"{want.tolist()}; you got {np.round(got, 3).tolist()}. Both groups count, each with its mean: the groups need "
        "not be of one size, nor centred at 0.",
    )
    require(abs(length - 1) < 1e-3, f"the way is right, but its length is {length:.3f}: divide by it to make it 1.")


def truncate(z: FloatArray, psi: float, centre: FloatArray) -> FloatArray:
    """z pulled towards the centre: psi 1 leaves it alone, psi 0 takes it all the way."""
    return centre + psi * (z - centre)


def _truncate_towards_zero(z: FloatArray, psi: float, centre: FloatArray) -> FloatArray:
    return psi * z


def _truncate_other_way(z: FloatArray, psi: float, centre: FloatArray) -> FloatArray:
    return z + psi * (centre - z)


def _truncate_forgets_to_return(z: FloatArray, psi: float, centre: FloatArray) -> FloatArray:
    return psi * (z - centre)


def check_truncate(answer: Answer) -> None:
    """Two z and a centre in the plane, at psi = 1, 0 and a quarter."""
    z, centre = np.array([[5.0, 2.0], [-3.0, 6.0]]), np.array([1.0, 2.0])
    whole = _vector(answer(z, 1.0, centre), (2, 2))
    if _close(whole, np.stack([centre, centre])):
        require(
            False, "with psi = 1 every z lands on the centre; it should stay where it is. Which way does psi count?"
        )
    require(
        _close(whole, z),
        "with psi = 1 every z should stay where it is; yours moved. After shortening z − centre, is the centre added "
        "again?",
    )
    nothing = np.asarray(answer(z, 0.0, centre))
    require(
        _close(nothing, np.stack([centre, centre])),
        f"with psi = 0 every z should land on the centre, {centre.tolist()}; the first of yours lands on "
        f"{np.round(nothing[0], 3).tolist()}. What is to be shortened is the way from the centre to z.",
    )
    quarter = np.asarray(answer(z, 0.25, centre))
    require(
        _close(quarter, truncate(z, 0.25, centre)),
        f"from the centre {centre.tolist()} to z = {z[0].tolist()} a quarter of the way leads to [2.0, 2.0]; you got "
        f"{np.round(quarter[0], 3).tolist()}.",
    )


def _vector(value: Any, shape: tuple[int, ...]) -> FloatArray:
    """`value` as an array of this shape, or a refusal."""
    got = np.asarray(solved(value), dtype=np.float64)
    require(got.shape == shape, f"return an array of shape {shape}; yours has {got.shape}.")
    require(bool(np.isfinite(got).all()), "your result holds numbers that are not finite. Is something divided by 0?")
    return got


def _close(got: Any, want: FloatArray, most: float = 1e-4) -> bool:
    array = np.asarray(got, dtype=np.float64)
    return array.shape == want.shape and bool((np.abs(array - want) < most).all())


EXERCISES = (
    Exercise(
        id="06.1",
        title="The arc between two z",
        minutes=8,
        check=check_slerp,
        hints=(
            "First the angle between a and b: its cosine is a·b divided by the length of a and the length of b.",
            "np.arccos gives the angle ω. The weight of a is sin((1 − t) ω) / sin ω; which is that of b?",
            "(np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)",
        ),
        reference=slerp,
        wrong_answers={
            "the straight path": _slerp_is_lerp,
            "the straight path made longer": _slerp_scaled_lerp,
            "angle without the lengths": _slerp_without_lengths,
            "backwards": _slerp_backwards,
        },
    ),
    Exercise(
        id="06.2",
        title="A direction from two groups",
        minutes=6,
        check=check_direction,
        hints=(
            "Split z in two with the array of booleans: z[has] and z[~has]. Where is the middle of each group?",
            "The way from a point p to a point q is q − p. Here p is the mean of those without, q of those with.",
            "way = z[has].mean(axis=0) - z[~has].mean(axis=0); then divide it by np.linalg.norm(way).",
        ),
        reference=direction,
        wrong_answers={
            "towards those without": _direction_to_without,
            "not of length 1": _direction_of_any_length,
            "sums in place of means": _direction_of_sums,
            "one group only": _direction_of_one_group,
        },
    ),
    Exercise(
        id="06.3",
        title="Truncation",
        minutes=5,
        check=check_truncate,
        hints=(
            "Think of the arrow from the centre to z. Truncation shortens it to the share psi of its length.",
            "The arrow is z − centre. Shorten it, then start at the centre again.",
            "return centre + psi * (z - centre)",
        ),
        reference=truncate,
        wrong_answers={
            "always towards 0": _truncate_towards_zero,
            "psi the wrong way round": _truncate_other_way,
            "forgets to add the centre": _truncate_forgets_to_return,
        },
    ),
)
