"""Words over a few letters that keep one rule: they read the same backwards. So one can count how many are right.

A word is a row of codes, positions in the alphabet. What a network sees is one-hot: for each place a row of zeros with
a single 1. Chance alone keeps the rule once in `letters^(length // 2)` words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole

LETTERS = "abcde"

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class WordData:
    """`codes`: `(N, length)` int64, read-only, positions in `letters`."""

    codes: Codes
    letters: str = LETTERS

    def __post_init__(self) -> None:
        self.codes.flags.writeable = False

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"WordData({len(self)} words of {self.codes.shape[1]} letters from {self.letters!r})"

    def arrays(self) -> tuple[npt.NDArray[np.float32], None]:
        """What a training takes: the words one-hot, `(N, length, letters)` float32, and no conditions."""
        return np.eye(len(self.letters), dtype=np.float32)[self.codes], None


def palindromes(n: int, seed: int = 0, length: int = 6, letters: str = LETTERS) -> WordData:
    """`n` words of `length` letters that read the same backwards, each equally likely; the same for the same seed.

    `ValueError` for n below 1, a negative seed, a length below 2, fewer than two letters, and letters given twice.
    """
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    check_whole("length", length, 2)
    if not isinstance(letters, str) or len(letters) < 2 or len(set(letters)) < len(letters):
        raise ValueError(f"letters: expected two or more different ones, got {letters!r}")
    half = np.random.default_rng(seed).integers(len(letters), size=(n, (length + 1) // 2))
    return WordData(np.concatenate([half, half[:, : length // 2][:, ::-1]], axis=1), letters)


def keeps_rule(codes: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether each word reads the same backwards: `(N, length)` codes to `(N,)`."""
    words = _codes(codes)
    kept: npt.NDArray[np.bool_] = (words == words[:, ::-1]).all(axis=1)
    return kept


def spell(codes: npt.ArrayLike, letters: str = LETTERS) -> list[str]:
    """Codes `(N, length)` as text; `ValueError` for a code that the alphabet does not have."""
    words = _codes(codes)
    if words.size and not 0 <= words.min() <= words.max() < len(letters):
        raise ValueError(f"codes: expected 0 to {len(letters) - 1}, got {words.min()} to {words.max()}")
    return ["".join(letters[code] for code in word) for word in words]


def _codes(codes: Any) -> Codes:
    words = np.asarray(codes)
    if words.ndim != 2 or not np.issubdtype(words.dtype, np.integer):
        raise ValueError(f"codes: expected whole numbers (N, length), got {words.dtype} {words.shape}")
    return words.astype(np.int64)
