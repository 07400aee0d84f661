"""What the `ArchitectureExplorer` says of networks and layers, and how large their blocks are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ganwidgets.anatomy import Layer
from ganwidgets.chains import Part
from ganwidgets.layer_words import Shape, shape_words
from ganwidgets.views.architecture import BlockSpec, PartSpec

_TITLES = {"G": ("G, the generator", "fake"), "D": ("D, the discriminator", "discriminator")}
_GIVEN = ("z", "x", "condition")
_INPUT = "All that this picture can differ in from others: G turns {0:,} number{1} into {2:,}."


def part_specs(parts: Sequence[Part]) -> list[PartSpec]:
    """The blocks of the networks, all on one scale, so that G and D can be compared."""
    shapes = [layer.output for part in parts for layer in part.layers]
    highest = max(_side(shape) for shape in shapes)
    # Beside the 4096 samples of a sound nothing else would be seen.
    power = 0.5 if highest > 256 else 1.0
    maps = [_channels(shape) for shape in shapes if len(shape) > 1] or [_channels(shape) for shape in shapes]
    return [_part_spec(part, lambda shape: _height(shape, highest) ** power, max(maps)) for part in parts]


def title(part: Part, index: int) -> str:
    """The heading of layer `index` of `part`."""
    layer, first = part.layers[index], int(part.layers[0].kind in _GIVEN)
    if first and not index:
        return f"{layer.kind}, what {part.name} is given"
    return f"{part.name}, layer {index + 1 - first} of {len(part.layers) - first}: {layer.kind}"


def facts(part: Part, index: int) -> tuple[tuple[str, str], ...]:
    """`(term, text)` of the layer; terms without anything to say are left out."""
    layer = part.layers[index]
    if layer.kind in _GIVEN and index == 0:
        return (("is", shape_words((math.prod(layer.output),))), ("does", _given_meaning(part)))
    share = f" ({percent(layer.parameters / part.parameters)} of {part.name})" if layer.parameters else ""
    sums = layer.parameter_sum.replace(" = ", " =\u00a0")
    found = (
        ("comes in", "; ".join(shape_words(shape) for shape in layer.inputs).replace("number", _noun(layer))),
        ("goes out", shape_words(layer.output) + _change(layer)),
        ("then", ", ".join(layer.then)),
        ("kernel", layer.settings.removeprefix("kernel ")),
        ("does", layer.meaning),
        ("side", "; ".join(layer.size_sums)),
        ("parameters", f"{sums}{share}" if layer.parameters else _none(layer)),
    )
    return tuple((term, text) for term, text in found if text)


def percent(share: float) -> str:
    """`58 %`; what is less than one is said to be."""
    return "0 %" if share <= 0 else "< 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _part_spec(part: Part, height: Callable[[Shape], float], widest: int) -> PartSpec:
    heading, colour = _TITLES[part.name]
    outside = f", {part.elsewhere:,} of them outside its layers" if part.elsewhere > 0 else ""
    blocks = []
    for index, layer in enumerate(part.layers):
        shape, share = layer.output, layer.parameters / max(part.parameters, 1)
        name = f"{title(part, index)}, {shape_words(shape)}, {percent(share)} of the parameters"
        width = min(1.0, _channels(shape) / widest)
        blocks.append(BlockSpec(_label(layer), name, width, height(shape), share, percent(share)))
    return PartSpec(f"{heading}: {part.parameters:,} parameters{outside}", colour, tuple(blocks))


def _label(layer: Layer) -> tuple[str, ...]:
    shape = layer.output
    first = [layer.kind] if layer.kind in _GIVEN else []
    count = f"{_channels(shape):,}" if math.prod(shape) != 1 else "1"
    inside = "×".join(map(str, shape[1:])) if len(shape) > 1 and math.prod(shape[1:]) > 1 else ""
    lines = [*first, count, inside]
    return tuple(line for line in lines if line)


def _channels(shape: Shape) -> int:
    return shape[0] if shape else 1


def _height(shape: Shape, highest: int) -> float:
    return _side(shape) / highest if highest > 1 else 0.05


def _side(shape: Shape) -> int:
    return shape[-1] if len(shape) > 1 else 1


def _change(layer: Layer) -> str:
    """How sides and channels have changed, where it is by a whole number."""
    if not layer.inputs or len(layer.inputs[0]) != len(layer.output) or len(layer.output) < 2:
        return ""
    before, after = layer.inputs[0], layer.output
    found = [("side", before[-1], after[-1]), ("channels", before[0], after[0])]
    said = []
    for name, old, new in found:
        if new > old > 0 and new % old == 0:
            said.append(f"{name} × {new // old}")
        elif old > new > 0 and old % new == 0:
            said.append(f"{name} ÷ {old // new}")
    return f" ({', '.join(said)})" if said else ""


def _given_meaning(part: Part) -> str:
    given, made = math.prod(part.layers[0].output), math.prod(part.layers[-1].output)
    return _INPUT.format(given, "" if given == 1 else "s", made) if part.name == "G" else ""


def _noun(layer: Layer) -> str:
    return "label" if layer.kind == "Embedding" else "number"


def _none(layer: Layer) -> str:
    if layer.use > 1:
        return f"none new: this is use {layer.use} of {layer.uses} of the same layer"
    return "none: nothing is learned here"
