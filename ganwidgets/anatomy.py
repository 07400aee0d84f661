"""What happens inside a network, layer by layer: shapes, sums, parameters, and the maps that one z gives rise to.

`Anatomy` runs any `nn.Module` with hooks and notes what every layer was given and made. It knows no names: a layer is a
module without modules in it, or one that has weights of its own beside the modules in it. What follows without changing
the shape (normalisation, activations, sums with an earlier map) belongs to the layer before it, and so do functions:
`F.relu(x)` counts like `nn.ReLU`. `Chain` puts G and D one behind the other. Everything given out is numpy.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ganwidgets import layer_words as words

FloatArray = npt.NDArray[np.float32]
Shape = words.Shape

#: A module that is used more often is shown this many times; in a network of more layers than `MANY`, once.
MOST_USES = 2
MANY = 48

_NORMS = (
    nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm, nn.RMSNorm,
)  # fmt: skip
_QUIET = (nn.Identity, nn.modules.dropout._DropoutNd)
_RESHAPES = (nn.Flatten, nn.Unflatten)
_FUNCTIONS = {
    "relu": "ReLU", "leaky_relu": "LeakyReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", "elu": "ELU", "selu": "SELU",
    "gelu": "GELU", "silu": "SiLU", "softplus": "Softplus", "prelu": "PReLU", "softmax": "Softmax", "sin": "sine",
    "batch_norm": "batch norm", "instance_norm": "instance norm", "group_norm": "group norm",
    "layer_norm": "layer norm", "normalize": "normalised", "clamp": "clamped", "hardtanh": "Hardtanh",
}  # fmt: skip
_SUMS = {"add", "iadd", "radd", "add_"}
_JOINS = {"cat", "concat", "concatenate", "hstack"}
_RESIZES = {"interpolate", "upsample", "pad", "pixel_shuffle", "linear", "matmul", "bmm", "einsum", "embedding"}
_RESIZES |= {f"{kind}{rank}d" for kind in ("conv", "conv_transpose") for rank in (1, 2, 3)}
_RESIZES |= {f"{kind}_pool{rank}d" for kind in ("avg", "max", "adaptive_avg", "adaptive_max") for rank in (1, 2, 3)}


@dataclass(frozen=True)
class Layer:
    """One layer of a forward pass. Shapes are without the batch.

    `name`: the module's place in the network, or "". `kind`: its class, or the function. `then`: what follows before
    the next layer. `inputs`: the shape of everything that it was given; `output`: what leaves it, after `then`.
    `settings`, `meaning`, `size_sums`: see `layer_words`. `parameters`: how many of its own, with those of `then`;
    those that an earlier layer has had are not counted twice. `use`: the how-manieth of `uses` of this module.
    """

    name: str
    kind: str
    then: tuple[str, ...] = ()
    inputs: tuple[Shape, ...] = ()
    output: Shape = ()
    settings: str = ""
    meaning: str = ""
    size_sums: tuple[str, ...] = ()
    parameters: int = 0
    parameter_sum: str = ""
    use: int = 1
    uses: int = 1


@dataclass(eq=False)
class _Block:
    """A layer while the network runs: `current` is the tensor that a next one must take to belong to it."""

    name: str
    kind: str
    current: Tensor
    out: Tensor
    module: nn.Module | None = None
    inputs: list[Shape] = field(default_factory=list)
    first: Shape = ()
    then: list[str] = field(default_factory=list)
    modules: list[nn.Module] = field(default_factory=list)
    use: int = 1

    def go_on(self, out: Tensor, note: str = "") -> None:
        """`out` was made of this layer's map alone."""
        if out.numel() == self.out.numel() and out.ndim <= self.out.ndim:
            self.out = out.detach().clone().reshape(self.out.shape)  # flattened: still worth seeing as maps
        else:
            self.out = out.detach().clone()
        self.current = out
        if note:
            self.then.append(note)


class _Recorder(TorchFunctionMode):
    """Notes the layers of one forward pass in `blocks`, from the modules' hooks and the functions between them."""

    def __init__(self, label: str, given: Tensor) -> None:
        super().__init__()
        self.blocks = [_Block("", label, given, given.detach().clone(), first=_own(given))]
        self.uses: dict[str, int] = {}
        self._depth = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if self._depth == 0 and isinstance(out, Tensor):
            self._function(getattr(func, "__name__", "").strip("_"), list(_tensors((args, kwargs))), out)
        return out

    def enter(self) -> None:
        self._depth += 1

    def leave(self, name: str, module: nn.Module, given: Any, made: Any) -> None:
        out = next(_tensors(made), None)
        if self._depth == 1 and out is not None:
            self._module(name, module, list(_tensors(given)), out)
        self._depth -= 1  # only now: what the notes take is no part of the network

    def _module(self, name: str, module: nn.Module, given: list[Tensor], out: Tensor) -> None:
        block = self.blocks[-1]
        if given and _same(given[0], block.current):
            if isinstance(module, (*_QUIET, *_RESHAPES)):
                return self._reshaped(block, out)
            if out.shape == block.current.shape and _follows(module):
                block.modules.append(module)
                return block.go_on(out, words.kind_of(module))
        self.uses[name] = self.uses.get(name, 0) + 1
        if self.uses[name] <= MOST_USES:
            shapes = [_own(t) for t in given]
            new = _Block(name, words.kind_of(module), out, out.detach().clone(), module, shapes, _own(out))
            new.modules, new.use = [module], self.uses[name]
            self.blocks.append(new)

    def _function(self, name: str, given: list[Tensor], out: Tensor) -> None:
        block = self.blocks[-1]
        if not any(_same(tensor, block.current) for tensor in given):
            return
        others = [t for t in given if not _same(t, block.current) and not isinstance(t, nn.Parameter)]
        if name in _JOINS:
            more = sum(t.shape[1] for t in others if t.ndim > 1)
            block.go_on(out, f"joined with {more} earlier" if more else "")
        elif out.shape == block.current.shape:
            added = name in _SUMS and any(t.shape == out.shape for t in others)
            block.go_on(out, "plus another map" if added else _FUNCTIONS.get(name, ""))
        elif out.numel() == block.current.numel():
            self._reshaped(block, out)
        elif name in _RESIZES:
            new = _Block("", name, out, out.detach().clone(), None, [_own(t) for t in given], _own(out))
            self.blocks.append(new)

    def _reshaped(self, block: _Block, out: Tensor) -> None:
        """The same numbers in another shape: vectors that become maps are shown as maps, but not the other way."""
        if out.ndim > block.out.ndim and not _one_row(out, block.out):
            block.go_on(out, f"read as {'×'.join(map(str, out.shape[1:]))}")
        else:
            block.current = out


class Anatomy:
    """The layers of `network`, found by running a copy of it in eval mode on `inputs`.

    `inputs`: tensors with a batch in front, of which the first sample is looked at. `label`: what to call the first
    input. `layers[0]` is that input itself. `parameters`: of the whole network; `elsewhere`: those that no layer has.
    """

    def __init__(self, network: nn.Module, *inputs: Tensor, label: str = "input") -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._label = label
        self._units = list(_units(self.network))
        recorder = self._record(inputs)[0]
        self._count = len(recorder.blocks)
        seen: set[int] = set()
        self.layers = tuple(_layer(block, recorder.uses, seen) for block in self._shown(recorder.blocks))
        self.parameters = sum(p.numel() for p in self.network.parameters())
        self.elsewhere = self.parameters - sum(layer.parameters for layer in self.layers)

    def run(self, *inputs: Tensor) -> tuple[tuple[FloatArray, ...], Tensor]:
        """What leaves each of the layers for the first sample, without the batch, and all of what the network gives.

        `ValueError` if this input has taken another way through the network than the first one.
        """
        recorder, out = self._record(inputs)
        if len(recorder.blocks) != self._count:
            raise ValueError(
                f"network: this input went through {len(recorder.blocks)} layers, the first one through {self._count}; "
                "a network that changes its way cannot be followed"
            )
        return tuple(_array(block.out) for block in self._shown(recorder.blocks)), out

    def _shown(self, blocks: Sequence[_Block]) -> list[_Block]:
        return [block for block in blocks if block.use == 1 or len(blocks) <= MANY]

    @torch.no_grad()
    def _record(self, inputs: Sequence[Tensor]) -> tuple[_Recorder, Tensor]:
        place = next((p.device for p in self.network.parameters()), torch.device("cpu"))
        moved = [tensor.to(place) for tensor in inputs]
        recorder = _Recorder(self._label, next(t for t in moved if t.numel()))
        with _hooked(self._units, recorder), recorder:
            made = self.network(*moved)
        out = next(_tensors(made), None)
        if out is None:
            raise ValueError(f"network: expected tensors from it, got {type(made).__name__}")
        last = recorder.blocks[-1]
        if _same(out, last.current):
            last.out = out.detach().clone() if _one_row(out, last.out) else last.out
        else:
            recorder.blocks.append(_Block("", "output", out, out.detach().clone(), first=_own(out)))
        return recorder, out


@contextmanager
def _hooked(units: Sequence[tuple[str, nn.Module]], recorder: _Recorder) -> Iterator[None]:
    handles = []
    for name, module in units:
        handles.append(module.register_forward_pre_hook(lambda *_: recorder.enter()))
        handles.append(
            module.register_forward_hook(
                lambda module, args, kwargs, out, name=name: recorder.leave(name, module, (args, kwargs), out),
                with_kwargs=True,
            )
        )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _units(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules that count as layers. What is inside of one is its own affair."""
    for name, module in network.named_modules():
        inner = list(module.children())
        own = any(True for _ in module.parameters(recurse=False))
        one = own and name != "" and all(not list(child.children()) for child in inner)
        if words.is_known(module) or not inner or one:
            yield name, module


def _follows(module: nn.Module) -> bool:
    """Whether it belongs to the layer before it: normalisation, and whatever learns no matrix."""
    learned = [p for p in module.parameters() if p.ndim > 1]
    return isinstance(module, _NORMS) or (not learned and not words.is_known(module))


def _layer(block: _Block, uses: dict[str, int], seen: set[int]) -> Layer:
    sums = []
    parameters = 0
    for module in block.modules:
        text, count = words.parameter_sum(module, seen)
        seen.update(id(p) for p in module.parameters())
        parameters += count
        if count:
            sums.append(text if module is block.module else f"{words.kind_of(module)}: {text}")
    size_sums: tuple[str, ...] = ()
    if block.module is not None and block.inputs:
        size_sums = words.size_sums(block.module, block.inputs[0], block.first)
    return Layer(
        block.name, block.kind, tuple(block.then), tuple(block.inputs), _own(block.out),
        "" if block.module is None else words.settings(block.module),
        "" if block.module is None else words.meaning(block.module),
        size_sums, parameters, "; ".join(sums), block.use, uses.get(block.name, 1),
    )  # fmt: skip


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and dictionaries."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)


def _same(a: Tensor, b: Tensor) -> bool:
    """Whether these are the same numbers, at most in another shape."""
    return a is b or (a.numel() == b.numel() and a.data_ptr() == b.data_ptr())


def _one_row(out: Tensor, before: Tensor) -> bool:
    """Whether a vector has only got one more dimension, of one. At the end it means something: one channel."""
    return before.ndim == 2 and out.shape[1:2] == (1,) and out.numel() > len(out)


def _own(tensor: Tensor) -> Shape:
    return tuple(tensor.shape[1:])


def _array(out: Tensor) -> FloatArray:
    array: FloatArray = (out[0] if out.ndim else out).float().cpu().numpy()
    return array
