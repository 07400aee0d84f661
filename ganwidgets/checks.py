"""Checks of arguments at the package's edge."""

from __future__ import annotations

import numpy as np


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
