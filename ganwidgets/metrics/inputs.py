"""Arguments of the metrics, checked: each function gives a clean array or a ValueError that names the argument."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

# Any kind of real number: pictures stay uint8 until a tile of them is needed as floats.
NumberArray = npt.NDArray[Any]
Float64Array = npt.NDArray[np.float64]


def numbers(name: str, value: npt.ArrayLike) -> NumberArray:
    """`value` as an array of finite real numbers, of any shape."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name}: expected an array of numbers, got {type(value).__name__}: {error}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name}: expected an array of real numbers, got {array.dtype}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = array.size - int(np.isfinite(array).sum())
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity in {bad} of {array.size}")
    return array


def vector(name: str, value: npt.ArrayLike, least: int = 1) -> Float64Array:
    """`value` as float64 of shape `(N,)`, `N` of at least `least`."""
    array = numbers(name, value)
    if array.ndim != 1 or len(array) < least:
        raise ValueError(f"{name}: expected shape (N,) with N of at least {least}, got {array.shape}")
    return array.astype(np.float64)


def rows(name: str, value: npt.ArrayLike, least: int = 1) -> NumberArray:
    """`value` of shape `(N, F)`, `N` of at least `least`, in the type that it came in."""
    array = numbers(name, value)
    if array.ndim != 2 or len(array) < least or not array.shape[1]:
        raise ValueError(f"{name}: expected shape (N, F), N at least {least} and F at least 1, got {array.shape}")
    return array


def same_columns(names: tuple[str, str], a: NumberArray, b: NumberArray) -> None:
    """Refuse two arrays whose rows have different lengths."""
    if a.shape[1:] != b.shape[1:]:
        raise ValueError(f"{names[0]}, {names[1]}: expected rows of one shape, got shapes {a.shape} and {b.shape}")


def pair(names: tuple[str, str], a: npt.ArrayLike, b: npt.ArrayLike, least: int = 1) -> tuple[NumberArray, NumberArray]:
    """Two arrays `(N, F)` and `(M, F)`, each of at least `least` rows."""
    first, second = rows(names[0], a, least), rows(names[1], b, least)
    same_columns(names, first, second)
    return first, second


def positive(name: str, value: object) -> float:
    """`value` as a finite number above 0."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value <= 0:  # type: ignore[arg-type,operator]
        raise ValueError(f"{name}: expected a finite number above 0, got {value!r}")
    return float(value)  # type: ignore[arg-type]
