"""Exercises of chapter 01: functions of noise, and the densities that they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.exercises.base import Answer, Exercise, Refused, require, solved

FloatArray = npt.NDArray[np.float64]

_N = 20_000
EVEN = (np.arange(_N) + 0.5) / _N
"""Stands for uniform draws from [0, 1), with nothing left to chance."""


def exponential(z: FloatArray, rate: float) -> FloatArray:
    """A G that makes the exponential distribution with this rate from z, uniform in [0, 1)."""
    return -np.log(1 - z) / rate


def _the_density_for_g(z: FloatArray, rate: float) -> FloatArray:
    return rate * np.exp(-rate * z)


def _times_the_rate(z: FloatArray, rate: float) -> FloatArray:
    return -np.log(1 - z) * rate


def _minus_forgotten(z: FloatArray, rate: float) -> FloatArray:
    return np.log(1 - z) / rate


def _logarithm_of_nought(z: FloatArray, rate: float) -> FloatArray:
    with np.errstate(divide="ignore"):
        return -np.log(z) / rate


def check_exponential(answer: Answer) -> None:
    """Half, nine tenths, ninety-nine hundredths of the draws lie where they should; z = 0 gives a number."""
    for rate in (1.0, 2.0, 0.5):
        x = _numbers(answer(EVEN.copy(), rate), (_N,))
        require(bool(np.isfinite(x).all()), "some of your numbers are not finite.")
        require(
            x.min() >= 0,
            f"the exponential distribution has no negative numbers; your smallest is {x.min():.2f}. The logarithm of "
            "a number below 1 is negative.",
        )
        for share in (0.5, 0.9, 0.99):
            got, want = float(np.quantile(x, share)), -np.log(1 - share) / rate
            require(
                abs(got - want) < 0.01 * want + 1e-3,
                f"with rate {rate:g}, {share:.0%} of the draws should lie below {want:.3f}; of yours they lie below "
                f"{got:.3f}. Set z = 1 − exp(−rate · x), the share below x, and solve for x.",
            )
    require(
        bool(np.isfinite(np.asarray(answer(np.array([0.0]), 1.0))).all()),
        "z is drawn from [0, 1): it may be exactly 0, and there your G is not finite. 1 − z is never 0, and it is "
        "as uniform as z.",
    )


def power_density(x: FloatArray, k: float) -> FloatArray:
    """The density of G(z) = z^k for z uniform in [0, 1), at x between 0 and 1."""
    return x ** (1 / k - 1) / k


def _the_curve_itself(x: FloatArray, k: float) -> FloatArray:
    return x**k


def _the_share_below(x: FloatArray, k: float) -> FloatArray:
    return x ** (1 / k)


def _slope_at_x(x: FloatArray, k: float) -> FloatArray:
    return 1 / (k * x ** (k - 1))


def _slope_not_divided(x: FloatArray, k: float) -> FloatArray:
    return k * x ** (1 - 1 / k)


def check_power_density(answer: Answer) -> None:
    """The density is the slope of the share below x, which is x^(1/k); by finite differences."""
    x, step = np.array([0.04, 0.25, 0.5, 0.9]), 1e-6
    for k in (1.0, 2.0, 3.0, 0.5):
        got = _numbers(answer(x.copy(), k), x.shape)
        want = ((x + step) ** (1 / k) - (x - step) ** (1 / k)) / (2 * step)
        if np.allclose(got, want, rtol=1e-3):
            continue
        hint = "G(z) ≤ x exactly where z ≤ x^(1/k), so that is the share below x. How fast does it rise?"
        if np.allclose(got, x ** (1 / k), rtol=1e-3):
            hint = "You have the share of the draws below x. The density is its slope."
        elif np.allclose(got, 1 / (k * x ** (k - 1)), rtol=1e-3):
            hint = "You took G's slope at x. It is wanted at the z that lands on x, z = x^(1/k)."
        elif np.allclose(got * want, 1, rtol=1e-3):
            hint = "You have one over the density: where G is steep it thins the draws out, so its slope divides."
        raise Refused(f"for k = {k:g} the density at x = {x[1]} is {want[1]:.3f}; you got {got[1]:.3f}. {hint}")


def triangle(z: FloatArray) -> FloatArray:
    """A G that makes the triangle on [-1, 1] from two uniform numbers."""
    return z[:, 0] - z[:, 1]


def _mean_of_both(z: FloatArray) -> FloatArray:
    return z.mean(axis=1)


def _sum_of_both(z: FloatArray) -> FloatArray:
    return z.sum(axis=1)


def _one_of_them_stretched(z: FloatArray) -> FloatArray:
    return 2 * z[:, 0] - 1


def _product(z: FloatArray) -> FloatArray:
    return (2 * z[:, 0] - 1) * (2 * z[:, 1] - 1)


def check_triangle(answer: Answer) -> None:
    """Ends, middle and quarters of the triangle, on an even grid of z; any G that gets them will do."""
    side = (np.arange(200) + 0.5) / 200
    z = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    x = _numbers(answer(z.copy()), (len(z),))
    ends = float(x.min()), float(x.max())
    require(
        abs(ends[0] + 1) < 0.05 and abs(ends[1] - 1) < 0.05,
        f"the triangle reaches from −1 to 1; your numbers reach from {ends[0]:.2f} to {ends[1]:.2f}.",
    )
    for place in (-0.5, -0.2, 0.0, 0.4, 0.8):
        want = (1 + place) ** 2 / 2 if place < 0 else 1 - (1 - place) ** 2 / 2
        got = float((x < place).mean() + (x == place).mean() / 2)
        require(
            abs(got - want) < 0.01,
            f"of the triangle, the share {want:.3f} lies below {place:g}; of yours {got:.3f}. Two dice make a "
            "triangle, too: middling results come about in many ways, extreme ones in a single way.",
        )


def _numbers(got: Any, shape: tuple[int, ...]) -> FloatArray:
    array = np.asarray(solved(got), dtype=np.float64)
    require(array.shape == shape, f"return one number for each that comes in: shape {shape}, not {array.shape}.")
    return array


_exponential_wrong: dict[str, Callable[..., FloatArray]] = {
    "takes the density for G": _the_density_for_g,
    "times the rate": _times_the_rate,
    "the minus is missing": _minus_forgotten,
    "breaks at z = 0": _logarithm_of_nought,
}

EXERCISES = (
    Exercise(
        id="01.1",
        title="the density of a power",
        minutes=8,
        check=check_power_density,
        hints=(
            "As above, with k in place of 2: which z are carried below x, and what share of all z is that?",
            "G(z) ≤ x where z ≤ x^(1/k), so the share below x is x^(1/k). The density is its slope.",
            "The slope of x^p is p · x^(p − 1), here with p = 1/k: x ** (1 / k - 1) / k.",
        ),
        reference=power_density,
        wrong_answers={
            "the curve of G itself": _the_curve_itself,
            "the share below, not its slope": _the_share_below,
            "G's slope at x in place of z": _slope_at_x,
            "multiplies by the slope": _slope_not_divided,
        },
    ),
    Exercise(
        id="01.2",
        title="make an exponential",
        minutes=8,
        check=check_exponential,
        hints=(
            "A share z of all draws is to lie below G(z). Of the exponential, 1 − exp(−rate · x) lies below x.",
            "So solve z = 1 − exp(−rate · x) for x: first exp(−rate · x) = 1 − z, then the logarithm of both sides.",
            "x = −log(1 − z) / rate.",
        ),
        reference=exponential,
        wrong_answers=_exponential_wrong,
    ),
    Exercise(
        id="01.3",
        title="make a triangle",
        minutes=6,
        check=check_triangle,
        hints=(
            "Throw two dice and add them: 7 comes up most, 2 and 12 least, and the histogram is a triangle.",
            "The sum of the two numbers is a triangle from 0 to 2, with its top at 1. It must be moved.",
            "z[:, 0] + z[:, 1] - 1, or, as 1 − z is as uniform as z, the difference z[:, 0] - z[:, 1].",
        ),
        reference=triangle,
        wrong_answers={
            "the mean of both": _mean_of_both,
            "the sum, not moved": _sum_of_both,
            "one of them stretched": _one_of_them_stretched,
            "their product": _product,
        },
    ),
)
