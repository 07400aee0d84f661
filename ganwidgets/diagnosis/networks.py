"""What the networks themselves show: layers that learn nothing, and first weights that cannot work.

Each check gives the evidence in words, or None. It works on copies: the networks are as they were.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from ganwidgets import latent
from ganwidgets.diagnosis.findings import Thresholds
from ganwidgets.probes import gradient_norms

_N = 64


def dead_gradients(G: nn.Module, D: nn.Module, limits: Thresholds) -> str | None:
    """Weights without a gradient, or with one of length zero, after a step; ReLU units that are never above zero."""
    for letter, network in (("G", G), ("D", D)):
        weights = {name for name, p in network.named_parameters() if p.ndim > 1 and p.requires_grad}
        norms = {name: norm for name, norm in gradient_norms(network).items() if name in weights}
        missing = [name for name, norm in norms.items() if math.isnan(norm)]
        zero = [name for name, norm in norms.items() if norm < limits.zero_gradient]
        # Networks that were never trained here have no gradients at all, which says nothing.
        if zero or 0 < len(missing) < len(norms):
            what = f"gradients of length 0 in {_listed(zero)}" if zero else f"no gradient at all for {_listed(missing)}"
            return f"After a step, {letter} has {what} ({len(zero or missing)} of {len(norms)} weights)."
    return dead_units(G, D, limits)


@torch.no_grad()
def dead_units(G: nn.Module, D: nn.Module, limits: Thresholds) -> str | None:
    """ReLU layers nearly all of whose units are zero for 64 fakes."""
    if conditional(G, D):
        return None
    fakes, silent = _watched(G, _z(G, int(getattr(D, "pack", 1))))
    silent = {f"G.{name}": share for name, share in silent.items()}
    silent |= {f"D.{name}": share for name, share in _watched(D, fakes)[1].items()}
    found = {name: share for name, share in silent.items() if share >= limits.dead_units}
    if not found:
        return None
    name, share = max(found.items(), key=lambda item: item[1])
    return f"{share:.0%} of the units of the ReLU {name} are 0 for all of {_N} samples, so no gradient passes them."


@torch.no_grad()
def initialisation(G: nn.Module, D: nn.Module, limits: Thresholds, early: bool) -> str | None:
    """Units that are copies of each other; and, `early` in a training, a G that hardly looks at z or only saturates."""
    for letter, network in (("G", G), ("D", D)):
        weights = [p for p in network.parameters() if p.ndim > 1 and len(p) > 1]
        copies = [p for p in weights if bool((p - p[:1]).abs().max() <= 1e-6 * p.abs().max())]
        # A layer of zeros here and there is meant: some networks begin with silent branches.
        if 2 * len(copies) >= len(weights) > 0:
            value = float(copies[0].flatten()[0])
            alike = f"all its weights are {value:.3g}" if len(set(copies[0].flatten().tolist())) == 1 else "alike"
            return (
                f"In {len(copies)} of {letter}'s {len(weights)} weight matrices all units are copies of each other "
                f"({alike}); they get the same gradients and never become different."
            )
    return _first_samples(G, D, limits) if early and not conditional(G, D) else None


def _first_samples(G: nn.Module, D: nn.Module, limits: Thresholds) -> str | None:
    x, _ = _watched(G, _z(G))
    spread = float(x.std(dim=0).mean())
    if spread < limits.small_spread:
        return f"Untrained, G makes nearly the same of every z: samples differ by {spread:.1e}."
    ends = float((x.abs() > 0.99).float().mean())
    if x.ndim > 2 and float(x.abs().max()) <= 1 and ends > limits.saturated_pixels:
        return f"Untrained, G makes {ends:.0%} of its values -1 or 1, the ends of Tanh, where its slope is 0."
    return None


def conditional(*networks: nn.Module) -> bool:
    """Whether one of them wants to be told more than z or x."""
    return any(bool(getattr(network, "conditional", False)) for network in networks)


def _z(G: nn.Module, pack: int = 1) -> Tensor:
    z_dim = latent.z_dim_of(G)
    n = max(_N // pack, 1) * pack
    return torch.from_numpy(latent.sample(n, z_dim, seed=0)).to(next(G.parameters()).device)


def _watched(network: nn.Module, x: Tensor) -> tuple[Tensor, dict[str, float]]:
    """What a copy in training mode, as a step would run it, makes of x; and the share of silent units by ReLU layer."""
    twin, silent = copy.deepcopy(network).train(), dict[str, float]()

    def hook(name: str) -> Callable[[nn.Module, tuple[Tensor], Tensor], None]:
        def keep(module: nn.Module, given: tuple[Tensor], made: Tensor) -> None:
            silent[name] = float((made.transpose(0, 1).flatten(1) <= 0).all(dim=1).float().mean())

        return keep

    for name, module in _relus(twin):
        module.register_forward_hook(hook(name))
    with torch.random.fork_rng(devices=[]):
        output: Tensor = twin(x)
    return output.float(), silent


def _relus(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return ((name, module) for name, module in network.named_modules() if isinstance(module, nn.ReLU))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
