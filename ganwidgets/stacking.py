"""Many networks of one shape as one: their weights stacked, their batches one after the other.

A `Stacked` network takes the rows of all its members in one tensor, member by member, and so fits wherever one network
does: in an optimiser, in a moving average, behind a penalty. Networks that offer `compute` run as batched matrix
products, others through `torch.vmap`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ganwidgets.checks import check_whole


class Stacked(nn.Module):
    """S networks of one class and one shape: inputs `(S · N, ...)` to outputs `(S · M, ...)`, member by member.

    The parameters are those of the members, stacked along a new first dimension, under the members' own names.
    `z_dim` and `conditional` are the members'. `ValueError` for no network, for networks that differ in more than their
    weights, and for networks that keep state of their own in buffers or have an auxiliary loss.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        _check(networks)
        self.size = len(networks)
        self.template = copy.deepcopy(networks[0])
        for name, _ in networks[0].named_parameters():
            members = [network.get_parameter(name).detach() for network in networks]
            owner, _, last = name.rpartition(".")
            setattr(self.template.get_submodule(owner), last, nn.Parameter(torch.stack(members)))
        # `compute` asks its layers to work on any leading dimensions, which `_BatchedLinear` does.
        self._direct = bool(getattr(self.template, "stackable", False))
        self._checked = False
        if self._direct:
            _batch_linear(self.template)

    @property
    def z_dim(self) -> int:
        """The length of the members' latent vectors."""
        return int(self.template.z_dim)  # type: ignore[arg-type]

    @property
    def conditional(self) -> bool:
        """Whether the members take a condition."""
        return bool(getattr(self.template, "conditional", False))

    def member(self, index: int) -> nn.Module:
        """A copy of one network, as it is now. `ValueError` where there is none of that number."""
        check_whole("index", index, 0, self.size - 1)
        network = copy.deepcopy(self.template)
        for module in network.modules():
            if isinstance(module, nn.ReLU | nn.LeakyReLU):
                module.inplace = False
        for name, stacked in self.template.named_parameters():
            owner, _, last = name.rpartition(".")
            module = network.get_submodule(owner)
            if isinstance(module, _BatchedLinear):
                module.__class__ = nn.Linear  # type: ignore[assignment]
            setattr(module, last, nn.Parameter(stacked[index].detach().clone(), stacked.requires_grad))
        return network

    def forward(self, *inputs: Tensor) -> Tensor:
        for x in inputs:
            if len(x) % self.size:
                raise ValueError(f"inputs: {len(x)} rows do not divide among {self.size} networks")
        parts = [x.unflatten(0, (self.size, -1)) for x in inputs]  # (S · N, ...) -> (S, N, ...)
        if self._direct:
            if not self._checked:
                # `compute` checks nothing; a member's own `forward` says what is wrong with its input.
                with torch.no_grad():
                    self.member(0)(*(part[0] for part in parts))
                self._checked = True
            output: Tensor = self.template.compute(*parts)  # type: ignore[operator]
            return output.flatten(0, 1)

        def one(parameters: dict[str, Tensor], *own: Tensor) -> Tensor:
            result: Tensor = functional_call(self.template, parameters, own)
            return result

        return torch.vmap(one)(dict(self.template.named_parameters()), *parts).flatten(0, 1)


class _BatchedLinear(nn.Linear):
    """A linear layer whose weight `(S, out, in)` and bias `(S, out)` are those of S layers, for x `(S, N, in)`."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias[:, None], x, self.weight.transpose(1, 2))


def _batch_linear(network: nn.Module) -> None:
    for module in network.modules():
        if type(module) is nn.Linear:
            module.__class__ = _BatchedLinear
        elif isinstance(module, nn.ReLU | nn.LeakyReLU):
            # Nobody looks between these layers, and large batches cost memory traffic above all.
            module.inplace = True


def _check(networks: Sequence[nn.Module]) -> None:
    if not networks:
        raise ValueError("networks: got none; expected at least one")
    for network in networks:
        if not isinstance(network, nn.Module):
            raise ValueError(f"networks: expected networks, got {type(network).__name__}")
    first = _kind(networks[0])
    for network in networks:
        if _kind(network) != first:
            raise ValueError("networks: they differ in class, settings or parameters; only their weights may differ")
        if any(True for _ in network.buffers()) or any(isinstance(m, nn.Dropout) for m in network.modules()):
            raise ValueError(
                f"networks: {type(network).__name__} has batch statistics, spectral normalisation, dropout or other "
                "state that changes in a forward pass, which many networks at once cannot keep apart"
            )
        if hasattr(network, "auxiliary_loss"):
            raise ValueError(f"networks: {type(network).__name__} has an auxiliary loss, which cannot be stacked")


def _kind(network: nn.Module) -> tuple[object, ...]:
    shapes = {name: parameter.shape for name, parameter in network.named_parameters()}
    return type(network), getattr(network, "config", None), shapes
