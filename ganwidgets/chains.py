"""A `Chain` is z through G, and what G made through D, with everything on the way open to view.

It takes the learner's own networks as well: z may want to be `(n, z_dim)` or `(n, z_dim, 1, 1)`, and D may want packs
of images or the condition. Left out: training, and who draws it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import checkpoints
from ganwidgets.anatomy import Anatomy, FloatArray, Layer
from ganwidgets.checks import check_whole
from ganwidgets.models import dcgan

#: So many z give a batch norm that has never seen a batch its mean and variance.
_FIRST_BATCH = 32
_PACKS = (1, 2, 4, 3, 8)
_SIGMOIDS = ("Sigmoid", "sigmoid")

Form = Callable[[Tensor], list[Tensor]]
Networks = tuple[nn.Module | None, nn.Module | None]


@dataclass(frozen=True)
class Part:
    """One of the two networks. `name`: "G" or "D". `layers`: without D's input, which is G's output. `parameters`: of
    all of it; `elsewhere`: those that are in none of its layers."""

    name: str
    layers: tuple[Layer, ...]
    parameters: int
    elsewhere: int


@dataclass(frozen=True, eq=False)
class Flow:
    """What one z gave rise to. `maps`: one array for every layer of the parts, in their order, without the batch.

    `x`: what D was given, `(C, ...)`, images in [-1, 1]. `score`: D's logit, or its probability where it ends in a
    sigmoid (`is_probability`); the mean where it judges patches; None without D.
    """

    maps: tuple[FloatArray, ...]
    x: FloatArray
    score: float | None
    is_probability: bool = False


class Chain:
    """Copies of `G` and `D`, either of which may be None, as they are now, in eval mode.

    `z_dim`: needed only where G has none of its own and its first layer does not tell. `condition`: one label, or one
    picture `(H, W, C)` uint8, for networks that want one. A batch norm that has seen no batch yet would leave its maps
    as they are: it gets the statistics of 32 random z. `ValueError` where G takes no z, or D not what G makes.
    """

    def __init__(
        self,
        G: nn.Module | None,
        D: nn.Module | None = None,
        *,
        z_dim: int | None = None,
        condition: Any = None,
        x: npt.NDArray[np.uint8] | None = None,
    ) -> None:
        _check_network("G", G)
        _check_network("D", D)
        if z_dim is not None:
            check_whole("z_dim", z_dim, 0)
        if G is None and (D is None or x is None):
            raise ValueError("G: without one, D is needed and real pictures to show it")
        #: What G and D are called with for z and for x: the first form that each has taken.
        self._G_inputs: Form = lambda z: [z]
        self._D_inputs: Form = lambda x: [x]
        self._condition = None if condition is None else _tensor(condition)
        self.z_dim = 0 if G is None else _z_dim(G, z_dim)
        self._G = None if G is None else self._open_G(G)
        made = _tensor(x) if self._G is None else self._made(self._batch(1))
        if D is not None and x is not None and _tensor(x).shape != made.shape:
            raise ValueError(f"real: got pictures (H, W, C) of {x.shape}; G makes (C, H, W) of {tuple(made.shape[1:])}")
        self._D = None if D is None else self._open_D(D, made)

    @property
    def parts(self) -> tuple[Part, ...]:
        """G and D, as far as they are there."""
        parts = []
        for name, anatomy in (("G", self._G), ("D", self._D)):
            if anatomy is not None:
                layers = anatomy.layers if name == "G" else anatomy.layers[1:]
                parts.append(Part(name, layers, anatomy.parameters, anatomy.elsewhere))
        return tuple(parts)

    @torch.no_grad()
    def run(self, z: npt.ArrayLike, x: npt.NDArray[np.uint8] | None = None) -> Flow:
        """Follow z `(z_dim,)` through G and on through D; with `x` `(H, W, C)` uint8, D is given that instead."""
        maps: list[FloatArray] = []
        given = None if x is None else _tensor(x)
        if self._G is not None:
            latents = torch.from_numpy(np.array(z, dtype=np.float32)[None])
            arrays, made = self._G.run(*self._G_inputs(latents))
            maps += arrays
            given = made if given is None else given
        assert given is not None
        score = None
        if self._D is not None:
            arrays, out = self._D.run(*self._D_inputs(given))
            maps += arrays[1:]
            score = float(out.float().mean())
        return Flow(tuple(maps), given[0].float().cpu().numpy(), score, self._ends_in_sigmoid())

    def _ends_in_sigmoid(self) -> bool:
        if self._D is None:
            return False
        last = self._D.layers[-1]
        return (last.then[-1] if last.then else last.kind) in _SIGMOIDS

    def _batch(self, n: int) -> Tensor:
        return torch.randn(n, self.z_dim, generator=torch.Generator().manual_seed(0))

    def _made(self, z: Tensor) -> Tensor:
        assert self._G is not None
        with torch.no_grad():
            made: Tensor = self._G.network(*self._G_inputs(z))
        return made

    def _open_G(self, G: nn.Module) -> Anatomy:
        def flat(z: Tensor) -> list[Tensor]:
            return [z, *self._conditions(len(z))]

        def maps(z: Tensor) -> list[Tensor]:
            return [z[:, :, None, None], *self._conditions(len(z))]

        def alone(z: Tensor) -> list[Tensor]:
            return [z]

        network, forms = copy.deepcopy(G), [flat, maps, *([alone] if self._condition is not None else [])]
        label = "z" if self.z_dim else "condition"
        what = f"G: it does not take z of shape (n, {self.z_dim})"
        anatomy, form = _open(network, forms, [self._batch(1)], self._batch(_FIRST_BATCH), label, what)
        self._G_inputs = form
        return anatomy

    def _open_D(self, D: nn.Module, made: Tensor) -> Anatomy:
        def packed(times: int, told: bool) -> Form:
            def form(x: Tensor) -> list[Tensor]:
                many = x.repeat_interleave(times, 0)
                return [many, *(self._conditions(len(many)) if told else [])]

            return form

        told = [False] if self._condition is None else [True, False]
        forms = [packed(times, with_it) for with_it in told for times in _PACKS]
        what = f"D: it does not take what G makes, of shape {tuple(made.shape)}"
        many = made if self._G is None else self._made(self._batch(_FIRST_BATCH))
        anatomy, form = _open(copy.deepcopy(D), forms, [made], many, "x", what)
        self._D_inputs = form
        return anatomy

    def _conditions(self, n: int) -> list[Tensor]:
        if self._condition is None:
            return []
        return [self._condition.repeat_interleave(n, 0)]


def faces() -> tuple[Networks, Networks]:
    """The trained faces `(G, D)`, and a pair of the same build that has learned nothing. `ValueError` without them."""
    pair = checkpoints.load("faces")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        fresh = checkpoints.build(pair.config)
    return (pair.G, pair.D), fresh


def classical() -> Networks:
    """The DCGAN of the paper, untrained: z of 100 numbers to 64×64×3, and back to one logit."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return dcgan.Generator(), dcgan.Discriminator()


def _check_network(name: str, network: object) -> None:
    if network is not None and not isinstance(network, nn.Module):
        what = network.__name__ if isinstance(network, type) else type(network).__name__
        raise ValueError(f"{name}: got {what}; allowed is a network, an nn.Module")


def _open(
    network: nn.Module,
    forms: Sequence[Form],
    one: Sequence[Tensor],
    many: Tensor,
    label: str,
    what: str,
) -> tuple[Anatomy, Form]:
    """The anatomy of `network` for the first of the `forms` of its input that it takes, and that form."""
    failed: Exception | None = None
    network.eval()
    for form in forms:
        try:
            with torch.no_grad():
                network(*form(one[0]))
        except Exception as error:
            failed = failed or error
            continue
        _warm(network, form(many))
        return Anatomy(network, *form(one[0]), label=label), form
    raise ValueError(f"{what}: {failed}") from failed


@torch.no_grad()
def _warm(network: nn.Module, inputs: Sequence[Tensor]) -> None:
    """Give every batch norm that has seen no batch the statistics of this one."""
    norms = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm) and _is_new(m)]
    if not norms:
        return
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = None
    try:
        network(*inputs)
    finally:
        for norm, momentum in zip(norms, kept, strict=True):
            norm.momentum = momentum
            norm.eval()


def _is_new(norm: nn.modules.batchnorm._BatchNorm) -> bool:
    mean, variance = norm.running_mean, norm.running_var
    return mean is not None and variance is not None and bool((mean == 0).all() and (variance == 1).all())


def _z_dim(G: nn.Module, z_dim: int | None) -> int:
    """What is asked for, what G says of itself, or what its first layer with weights takes."""
    said = z_dim if z_dim is not None else getattr(G, "z_dim", None)
    if isinstance(said, int | np.integer) and said >= 0:
        return int(said)
    for module in G.modules():
        for name in ("in_features", "in_channels"):
            if isinstance(size := getattr(module, name, None), int):
                return size
    raise ValueError(f"z_dim: got {said!r}, and G does not tell; give the number of latents")


def _tensor(value: Any) -> Tensor:
    """A label as `(1,)` int64, a picture `(H, W, C)` uint8 as `(1, C, H, W)` in [-1, 1], others as they are."""
    array = np.asarray(value)
    if array.dtype == np.uint8 and array.ndim == 3:
        return torch.from_numpy(array.copy()).movedim(-1, 0)[None].float() / 127.5 - 1
    if array.ndim == 0 and array.dtype.kind in "iu":
        return torch.tensor([int(array)], dtype=torch.int64)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"condition: expected a label or a picture (H, W, C) uint8, got {array.dtype} {array.shape}")
    return torch.from_numpy(array.astype(np.float32))[None]
