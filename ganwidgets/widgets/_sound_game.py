"""Two sounds, one real and one generated: which one is real? The answer stays here until it was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
MOST_SAMPLES = 2**22


class SoundGame:
    """`real`: waves `(N, L)`; `fake(number)`: another generated one `(L,)` for every number. `seed`: of the pairs."""

    def __init__(self, real: FloatArray, fake: Callable[[int], FloatArray], seed: int = 0) -> None:
        self._real, self._fake = real, fake
        self._random = np.random.default_rng([seed, 7])
        self._order: list[int] = []
        self._side: int | None = None
        self._told = True
        self.hits = self.played = 0
        self.words = ""

    @property
    def real_side(self) -> int:
        """The side, 0 or 1, of the real one; `ValueError` before the guess."""
        if self._side is None or not self._told:
            raise ValueError("side: guess first")
        return self._side

    def pair(self) -> tuple[FloatArray, FloatArray]:
        """Two new sounds `(L,)`. A pair that was not answered does not count."""
        if not self._order:
            self._order = self._random.permutation(len(self._real)).tolist()
        real, fake = self._real[self._order.pop()], self._fake(int(self._random.integers(2**31)))
        self._side, self._told = int(self._random.integers(2)), False
        self.words = "Listen to both, then choose the real one."
        return (real, fake) if self._side == 0 else (fake, real)

    def guess(self, side: int) -> bool:
        """Say that the sound of this `side`, 0 or 1, is real; whether it was. `ValueError` without an open pair."""
        if side not in (0, 1):
            raise ValueError(f"side: expected 0 or 1; got {side!r}")
        if self._side is None or self._told:
            raise ValueError("side: there is no open pair; pair() gives one")
        self._told = True
        right = side == self._side
        self.played += 1
        self.hits += right
        self.words = (
            f"{'Right' if right else 'Wrong'}: sound {self._side + 1} is real. {self.hits} of {self.played} found."
        )
        return right


def as_waves(waves: Any, name: str, length: int | None) -> FloatArray:
    """`waves` as a new `(N, L)` float32 in [-1, 1]; `(N, 1, L)` will do. `ValueError` says what is wrong."""
    array = np.asarray(waves.detach().cpu() if hasattr(waves, "detach") else waves)
    shape = array.shape
    array = array[:, 0] if array.ndim == 3 and shape[1] == 1 else array
    if array.dtype.kind != "f" or array.ndim != 2 or array.shape[1] < 2 or not 1 <= array.size <= MOST_SAMPLES:
        raise ValueError(f"{name}: expected waves (N, L) of floats in [-1, 1], got {array.dtype} {shape}")
    if length is not None and array.shape[1] != length:
        raise ValueError(f"{name}: expected waves of {length} samples, as render makes them; got {array.shape[1]}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: got NaN or infinity in {int((~np.isfinite(array)).sum())} of {array.size} samples")
    loudest = float(np.abs(array).max())
    if loudest > 1 + 1e-3:
        raise ValueError(f"{name}: expected samples in [-1, 1], got up to {loudest:.3g}")
    return np.clip(array, -1, 1).astype(np.float32)
