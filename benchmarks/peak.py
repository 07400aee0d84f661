"""How much arithmetic a step is, and how much this machine could do at best: the two sides of an efficiency."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class _Counter(TorchDispatchMode):
    """Adds up torch's own formulas; its `FlopCounterMode` cannot look at gradients of gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> object:
        out = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            self.total += formula(*args, **(kwargs or {}), out_val=out)
        return out


def flops(step: Callable[[], object]) -> int:
    """Floating-point operations of one call, those of matrix products and convolutions, forward and backward."""
    with _Counter() as counter:
        step()
    return counter.total


def matmul_peak(dtype: torch.dtype, side: int = 2048, repeats: int = 8) -> float:
    """Operations per second of the quickest of `repeats` products of two square matrices of that `dtype`."""
    a, b = (torch.randn(side, side).to(dtype) for _ in range(2))
    a @ b
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds)
