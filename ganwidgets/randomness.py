"""One generator for a batch, or several that each fill their own equal part of it, or a part of what one makes.

The second is what trainings of many seeds at once need: every seed sees the numbers that it would see alone. The third
is for one training in several processes: together they see the numbers that one would see alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Part:
    """A generator that `of` processes hold in the same state, and the one of them, from 0, that draws its rows."""

    whole: torch.Generator
    index: int
    of: int


Rng = torch.Generator | Sequence[torch.Generator] | Part


def rows(n: int, rng: Rng, make: Callable[[int, torch.Generator], Tensor]) -> Tensor:
    """`make(n, rng)`, a tensor `(n, ...)`; of several generators each makes an equal share of the rows, in turn.

    Of a `Part`, the rows at its place among the `of · n` that its generator makes.
    `ValueError` where n does not divide by the number of generators.
    """
    if isinstance(rng, torch.Generator):
        return make(n, rng)
    if isinstance(rng, Part):
        return make(n * rng.of, rng.whole)[rng.index * n : (rng.index + 1) * n]
    if not rng or n % len(rng):
        raise ValueError(f"n: {n} rows do not divide among {len(rng)} generators")
    return torch.cat([make(n // len(rng), one) for one in rng])
