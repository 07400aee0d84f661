"""One generator for a batch, or several that each fill their own equal part of it.

The second is what trainings of many seeds at once need: every seed sees the numbers that it would see alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Rng = torch.Generator | Sequence[torch.Generator]


def rows(n: int, rng: Rng, make: Callable[[int, torch.Generator], Tensor]) -> Tensor:
    """`make(n, rng)`, a tensor `(n, ...)`; of several generators each makes an equal share of the rows, in turn.

    `ValueError` where n does not divide by the number of generators.
    """
    if isinstance(rng, torch.Generator):
        return make(n, rng)
    if not rng or n % len(rng):
        raise ValueError(f"n: {n} rows do not divide among {len(rng)} generators")
    return torch.cat([make(n // len(rng), one) for one in rng])
