"""The exact state of a training as one flat dictionary of tensors: read and checked whole, before anything changes.

Left out: writing it (`stream.Stream.state`), keeping it in files (see `checkpoints`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_number, check_whole


@dataclass(frozen=True, eq=False)
class State:
    """`networks`, `optimisers`: what each of that name can load. `rng`: of the generator. `step`, `seconds`: so far."""

    networks: dict[str, dict[str, Tensor]]
    optimisers: dict[str, dict[str, Any]]
    rng: Tensor
    step: int
    seconds: float


def read(
    tensors: Mapping[str, Tensor],
    networks: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
    slots: frozenset[str],
) -> State:
    """What `stream.Stream.state` wrote, for these networks and optimisers; `ValueError` if it does not fit them.

    `slots`: what an optimiser keeps of each parameter; what another kind of optimiser kept is left out.
    """
    try:
        groups: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            prefix, _, name = key.partition(".")
            groups.setdefault(prefix, {})[name] = tensor
        for prefix, network in networks.items():
            _check_same(prefix, network.state_dict(), groups[prefix])
        kept = {
            name: _optimiser_state(optimiser, groups.get(f"opt_{name.lower()}", {}), slots)
            for name, optimiser in optimisers.items()
        }
        rng, (step, seconds) = groups["rng"][""], groups["clock"][""].tolist()
        torch.Generator().set_state(rng)
        check_whole("step", int(step), 0)
        check_number("seconds", seconds, 0)
    except (AttributeError, KeyError, OverflowError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"tensors: this state is broken or belongs to other networks: {error}") from error
    return State({prefix: groups[prefix] for prefix in networks}, kept, rng, int(step), seconds)


def _check_same(name: str, own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    """`ValueError` unless both have tensors of the same names, shapes and types."""
    for key in own.keys() ^ given.keys():
        raise ValueError(f"{name}.{key} is in one of the two only")
    for key, tensor in own.items():
        if (tensor.shape, tensor.dtype) != (given[key].shape, given[key].dtype):
            was, now = (f"{one.dtype} {tuple(one.shape)}" for one in (given[key], tensor))
            raise ValueError(f"{name}.{key} is {was}, not {now}")


def _optimiser_state(
    optimiser: torch.optim.Optimizer, flat: Mapping[str, Tensor], slots: frozenset[str]
) -> dict[str, Any]:
    """What `optimiser` can load: for each parameter all of its `slots` from `flat`, or none. `ValueError`."""
    kept: dict[int, dict[str, Tensor]] = {}
    for index, parameter in enumerate(p for group in optimiser.param_groups for p in group["params"]):
        own = {slot: flat[f"{index}.{slot}"] for slot in slots if f"{index}.{slot}" in flat}
        for slot, tensor in own.items():
            if own.keys() != slots or tensor.shape != (() if slot == "step" else parameter.shape):
                raise ValueError(f"what its optimiser kept of parameter {index} does not fit")
            # Copies, since Adam counts on in what it is given; fused Adam walks through memory, so moments must lie
            # there in their parameter's order.
            own[slot] = torch.empty_like(parameter).copy_(tensor) if tensor.ndim else tensor.clone()
        if own:
            kept[index] = own
    return {"state": kept, "param_groups": optimiser.state_dict()["param_groups"]}
