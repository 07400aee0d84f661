"""One training in several processes, on one GPU or CPU core each: every process takes its part of the same batches.

The processes are joined by Hugging Face Accelerate (the optional extra `multi`), which picks backend and device and
carries tensors between them, while gradients are averaged here, after the backward pass, instead of by wrapping the
networks in DistributedDataParallel. That wrapper, which Lightning Fabric's `setup` and Accelerate's `prepare` put
around every network and torchrun leaves to us, has averaged wrongly under gradient penalties (pytorch issue 47562),
fails when a D with batch normalisation is asked twice before one backward pass (175024), and must be told of networks
that a step leaves out (Lightning issue 20866).

All processes draw the same indices and the same z and each keeps its own rows. Averaged over equal parts, gradients are
those of the whole batch: N processes give what one gives, up to rounding, for networks without batch statistics and
losses that draw no random numbers of their own, as a VAE's does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from torch import Tensor

from ganwidgets.checks import check_whole
from ganwidgets.randomness import Part, Rng


@dataclass(frozen=True)
class Share:
    """The part that one of `processes` takes, by its `rank` from 0. This class is for one that is alone."""

    rank: int = 0
    processes: int = 1

    def rows(self, batch: Tensor, groups: int = 1) -> Tensor:
        """This process's rows of `batch` `(M, ...)`, the same in all: of each of `groups` equal groups one part."""
        if self.processes == 1:
            return batch
        parts = batch.unflatten(0, (groups, self.processes, -1))
        return parts[:, self.rank].flatten(0, 1)

    def rng(self, rng: torch.Generator) -> Rng:
        """What draws this process's rows of a batch from a generator that is the same in all."""
        return rng if self.processes == 1 else Part(rng, self.rank, self.processes)

    def own_rng(self, rng: torch.Generator) -> torch.Generator:
        """A generator for what processes should draw apart; alone it is `rng`, else it is seeded by it."""
        if self.processes == 1:
            return rng
        seeds = torch.randint(2**62, (self.processes,), generator=rng)
        return torch.Generator().manual_seed(int(seeds[self.rank]))

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Put in each tensor's place its mean over the processes."""

    def copy_first(self, tensors: Iterable[Tensor]) -> None:
        """Put in each tensor's place that of process 0."""

    def collect(self, numbers: dict[str, float | np.ndarray]) -> dict[str, float | np.ndarray]:
        """For each number its mean over the processes, for each array `(n,)` all of them, one after the other."""
        return numbers

    def agree(self, wish: bool) -> bool:
        """Whether any process wishes it."""
        return wish

    def leave(self) -> None:
        """Part from the other processes, at the end."""


ALONE = Share()


class Accelerated(Share):
    """One of several processes that were started together, with Accelerate's collective operations between them.

    `device`: where this process is to train. Every method must be called by all processes, in the same order.
    """

    def __init__(self, cpu: bool) -> None:
        from accelerate import PartialState

        state = PartialState(cpu=cpu, **({"backend": "gloo"} if cpu else {}))
        super().__init__(rank=state.process_index, processes=state.num_processes)
        object.__setattr__(self, "device", state.device)

    device: torch.device

    def average(self, tensors: Iterable[Tensor]) -> None:
        from accelerate.utils import reduce

        for group in _by_type(tensors):
            _unpack(reduce(_pack(group), reduction="mean"), group)

    def copy_first(self, tensors: Iterable[Tensor]) -> None:
        from accelerate.utils import broadcast

        for group in _by_type(tensors):
            _unpack(broadcast(_pack(group), from_process=0), group)

    def collect(self, numbers: dict[str, float | np.ndarray]) -> dict[str, float | np.ndarray]:
        from accelerate.utils import gather

        flat = np.concatenate([np.atleast_1d(value) for value in numbers.values()]).astype(np.float32)
        every = gather(torch.from_numpy(flat).to(self.device)).cpu().numpy().reshape(self.processes, -1)
        found: dict[str, float | np.ndarray] = {}
        start = 0
        for name, value in numbers.items():
            size = np.size(value)
            columns = every[:, start : start + size]
            found[name] = columns.flatten() if isinstance(value, np.ndarray) else float(columns.mean())
            start += size
        return found

    def agree(self, wish: bool) -> bool:
        from accelerate.utils import reduce

        return bool(reduce(torch.tensor([float(wish)], device=self.device), reduction="sum").item())

    def leave(self) -> None:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def join(device: str | torch.device = "cpu") -> tuple[Share, str | torch.device]:
    """The share of this process and its device, where it was started as one of several; else `ALONE` and `device`.

    Processes are started by `ganwidgets train --processes N`, by `accelerate launch`, or by `torchrun`; all set the
    environment variable WORLD_SIZE. "cuda" gives every process a GPU of its own. `ValueError` without the extra
    `multi`, or for a device other than "cpu" and "cuda".
    """
    if not started():
        return ALONE, device
    require(device)
    share = Accelerated(cpu=torch.device(device).type == "cpu")
    return share, share.device


def started() -> bool:
    """Whether this process was started as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def require(device: str | torch.device = "cpu", processes: int = 1) -> None:
    """`ValueError` where `processes` on this machine cannot be had: no package Accelerate, or too few devices."""
    if find_spec("accelerate") is None:
        raise ValueError("processes: several need the package Accelerate: pip install 'ganwidgets[multi]'")
    kind = _device(device).type
    if kind not in ("cpu", "cuda"):
        raise ValueError(f"device: {str(device)!r} cannot be shared by several processes; choose cpu or cuda")
    if kind == "cuda" and torch.cuda.device_count() < processes:
        raise ValueError(f"processes: got {processes}, and this machine has {torch.cuda.device_count()} GPUs")


def part_of(batch_size: int, processes: int) -> int:
    """How many rows of a batch each process takes; `ValueError` where they do not divide."""
    check_whole("processes", processes, 1)
    if batch_size % processes:
        raise ValueError(f"batch_size: {batch_size} does not divide by {processes} processes")
    return batch_size // processes


def _device(device: str | torch.device) -> torch.device:
    try:
        return torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device: there is no {device!r}; choose cpu, cuda, mps …") from error


def _by_type(tensors: Iterable[Tensor]) -> list[list[Tensor]]:
    groups: dict[torch.dtype, list[Tensor]] = {}
    for tensor in tensors:
        groups.setdefault(tensor.dtype, []).append(tensor)
    return list(groups.values())


def _pack(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


@torch.no_grad()
def _unpack(flat: Tensor, tensors: Sequence[Tensor]) -> None:
    sizes = [tensor.numel() for tensor in tensors]
    for tensor, values in zip(tensors, flat.split(sizes), strict=True):
        tensor.copy_(values.view(tensor.shape))
