"""What a layer of a network does, in words and sums: its settings, the side of its maps, its parameters.

Sums are only given where they come out at what the network really made. The arithmetic of convolutions is that of
PyTorch's own documentation; Dumoulin and Visin 2016 (arXiv:1603.07285) derive it with pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

from torch import nn

Shape = tuple[int, ...]

_CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_POOL = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_KNOWN = (*_CONV, *_TRANSPOSED, *_POOL, nn.Linear, nn.Embedding)


def kind_of(module: nn.Module) -> str:
    """The name of the module's class; a parametrised layer goes by the class that it was."""
    return next((known.__name__ for known in _KNOWN if isinstance(module, known)), type(module).__name__)


def is_known(module: nn.Module) -> bool:
    """Whether it is one of PyTorch's layers with weights, whatever has been hung into it."""
    return isinstance(module, _KNOWN)


def shape_words(shape: Shape) -> str:
    """A shape without the batch: `512 channels of 4×4`, `100 numbers`."""
    if len(shape) < 2:
        count = math.prod(shape)
        return f"{count:,} number{'' if count == 1 else 's'}"
    return f"{shape[0]:,} channel{'' if shape[0] == 1 else 's'} of {'×'.join(map(str, shape[1:]))}"


def settings(module: nn.Module) -> str:
    """Kernel, stride, padding and what else is not as usual: `kernel 4×4, stride 2, padding 1`; empty for others."""
    if not isinstance(module, (*_CONV, *_TRANSPOSED, *_POOL)):
        return ""
    rank = _rank(module)
    usual = {"dilation": 1, "groups": 1, "output_padding": 0}
    said = [f"kernel {'×'.join(map(str, _each(module.kernel_size, rank)))}"]
    for name in ("stride", "padding", *usual):
        value = getattr(module, name, usual.get(name))
        if value is not None and (name not in usual or set(_each(value, rank)) != {usual[name]}):
            said.append(f"{name.replace('_', ' ')} {_short(value)}")
    mode = getattr(module, "padding_mode", "zeros")
    return ", ".join(said if mode == "zeros" else [*said, f"the rim is {mode}"])


def meaning(module: nn.Module) -> str:
    """What it does with numbers, in a sentence: ours, or else the first of its class's own docstring, if it has one."""
    for kinds, say in _MEANINGS:
        if isinstance(module, kinds):
            return say(module)
    lines = (type(module).__doc__ or "").strip().splitlines()
    first = lines[0].replace("`", "") if lines else ""
    return "" if ":math:" in first or len(first) > 200 else first


def size_sums(module: nn.Module, given: Shape, made: Shape) -> tuple[str, ...]:
    """How each side comes about, `(4 − 1)·2 − 2·1 + 4 = 8`; equal ones once, none that does not hold.

    `given`, `made`: the shapes that go in and come out, without the batch.
    """
    rule = next((rule for kinds, rule in _RULES if isinstance(module, kinds)), None)
    if rule is None or len(given) != len(made) or len(made) < 2:
        return ()
    rank = len(made) - 1
    found = [rule(module, axis, rank, given[axis + 1]) for axis in range(rank)]
    if any(size != made[axis + 1] for axis, (_, size) in enumerate(found)):
        return ()
    return tuple(dict.fromkeys(f"{text} = {size}" for text, size in found))


def parameter_sum(module: nn.Module, seen: Collection[int]) -> tuple[str, int]:
    """`512·256·4·4 + 256 = 2,097,408` and its result, without the tensors whose ids have been `seen`."""
    shapes = [tuple(p.shape) for p in module.parameters() if id(p) not in seen]
    shapes.sort(key=len, reverse=True)
    total = sum(math.prod(shape) for shape in shapes)
    terms = ["·".join(map(str, shape)) or "1" for shape in shapes]
    text = " + ".join(terms)
    plain = len(terms) == 1 and "·" not in text
    return (f"{total:,}" if plain or len(terms) > 6 or not terms else f"{text} = {total:,}"), total


def _rank(module: nn.Module) -> int:
    return int(type(module).__name__[-2]) if not is_known(module) else int(kind_of(module)[-2])


def _each(value: Any, rank: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * rank


def _short(value: Any) -> str:
    parts = _each(value, 1)
    return str(parts[0]) if len(set(parts)) == 1 else "×".join(map(str, parts))


def _transposed_rule(module: Any, axis: int, rank: int, size: int) -> tuple[str, int]:
    k, s, p, d, extra = (
        int(_each(value, rank)[axis])
        for value in (module.kernel_size, module.stride, module.padding, module.dilation, module.output_padding)
    )
    reach = f"{d}·({k} − 1) + 1" if d > 1 else f"{k}"
    text = f"({size} − 1)·{s} − 2·{p} + {reach}" + (f" + {extra}" if extra else "")
    return text, (size - 1) * s - 2 * p + d * (k - 1) + 1 + extra


def _conv_rule(module: Any, axis: int, rank: int, size: int) -> tuple[str, int]:
    if module.padding == "same":
        return f"{size}, padded so that it stays", size
    padding = 0 if module.padding == "valid" else module.padding
    k, s, p, d = (
        int(_each(value, rank)[axis])
        for value in (module.kernel_size, module.stride, padding, getattr(module, "dilation", 1))
    )
    reach = f"{d}·({k} − 1) − 1" if d > 1 else f"{k}"
    room = size + 2 * p - d * (k - 1) - 1
    if s == 1:
        return f"{size} + 2·{p} − {reach} + 1", room + 1
    exact = room % s == 0
    text = f"({size} + 2·{p} − {reach})/{s}"
    return (text if exact else f"⌊{text}⌋") + " + 1", room // s + 1


def _upsample_rule(module: Any, axis: int, rank: int, size: int) -> tuple[str, int]:
    if module.scale_factor is None:
        wanted = int(_each(module.size, rank)[axis])
        return f"{wanted}, as asked for,", wanted
    factor = float(_each(module.scale_factor, rank)[axis])
    return f"{size}·{factor:g}", math.floor(size * factor)


_RULES: Sequence[tuple[Any, Callable[[Any, int, int, int], tuple[str, int]]]] = (
    (_TRANSPOSED, _transposed_rule),
    ((*_CONV, *_POOL), _conv_rule),
    (nn.Upsample, _upsample_rule),
)


def _patch(module: Any) -> tuple[str, str]:
    kernel, stride = _each(module.kernel_size, _rank(module)), set(_each(module.stride, _rank(module)))
    apart = f"{_short(module.stride)} cell{'' if stride == {1} else 's'} apart"
    return "×".join(map(str, kernel)), apart


def _rim(module: Any, words: str) -> str:
    """`words` with the padding's cells in it, or nothing."""
    return "" if _short(module.padding) in ("0", "valid") else "; " + words.format(_short(module.padding))


_MEANINGS: Sequence[tuple[Any, Callable[[Any], str]]] = (
    (
        _TRANSPOSED,
        lambda m: (
            "Every cell that comes in writes a patch of {} cells; the patches begin {}".format(*_patch(m))
            + _rim(m, "of the rim, {} deep, nothing is kept")
            + "."
        ),
    ),
    (
        _CONV,
        lambda m: (
            "Every cell that goes out is a weighted sum over a patch of {} cells in all channels; the patches begin {}"
            "".format(*_patch(m))
            + _rim(m, "there is a rim of zeros, {} deep, around the map")
            + "."
        ),
    ),
    (_POOL, lambda m: "Every cell that goes out sums up a patch of {} cells of its channel.".format(*_patch(m))),
    (nn.Linear, lambda m: "Every number that goes out is a weighted sum of all numbers that come in."),
    (nn.Embedding, lambda m: f"A learned row of {m.embedding_dim} numbers for each of {m.num_embeddings} labels."),
    (nn.Upsample, lambda m: "Every map gets larger; nothing is learned here."),
)
