"""Arguments of the metrics, checked: each function gives a clean array or a ValueError that names the argument."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ganwidgets import checks
from ganwidgets.checks import NumberArray

Float64Array = npt.NDArray[np.float64]
LARGEST = 1e50


def numbers(name: str, value: npt.ArrayLike) -> NumberArray:
    """`value` as an array of finite real numbers, of any shape, none so large that its powers would overflow."""
    array = checks.numbers(name, value)
    if array.dtype.kind == "f" and array.size and (largest := float(np.abs(array).max())) > LARGEST:
        raise ValueError(f"{name}: expected numbers of at most {LARGEST:g}, got {largest:g}")
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


def positive(name: str, value: float) -> float:
    """`value` as a finite number above 0."""
    checks.check_number(name, value, above=0)
    return float(value)
