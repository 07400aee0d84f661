"""Checks of arguments at the package's edge: each refuses with a ValueError that names the argument."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

# Any kind of real number.
NumberArray = npt.NDArray[Any]


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise ValueError, naming the argument, unless `value` is a whole number from `least` to `most`."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):  # type: ignore[operator]
        allowed = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number {allowed}, not {value!r}")


def check_sizes(**sizes: object) -> None:
    """Raise ValueError, naming the argument, unless each of `sizes` is a whole number of at least 1."""
    for name, size in sizes.items():
        check_whole(name, size, 1)


def check_number(
    name: str, value: object, least: float = -math.inf, most: float = math.inf, *, above: float = -math.inf,
    below: float = math.inf,
) -> None:  # fmt: skip
    """Raise ValueError, naming the argument, unless `value` is a finite number within the limits that are given.

    From `least` to `most`, both included; more than `above` and less than `below`.
    """
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    inside = number and math.isfinite(value) and least <= value <= most and above < value < below  # type: ignore
    if not inside:
        limits = {"of at least": least, "above": above, "of at most": most, "below": below}
        allowed = [f" {words} {limit:g}" for words, limit in limits.items() if math.isfinite(limit)]
        raise ValueError(f"{name} must be a finite number{' and'.join(allowed)}, not {value!r}")


def numbers(name: str, value: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> NumberArray:
    """`value` as an array of finite real numbers, of any shape and, where one is given, of that `dtype`."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name}: expected an array of numbers, got {type(value).__name__}: {error}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name}: expected an array of real numbers, got {array.dtype}")
    if dtype is not None:
        with np.errstate(over="ignore"):
            array = array.astype(dtype, copy=False)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = array.size - int(np.isfinite(array).sum())
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity in {bad} of {array.size}")
    return array
