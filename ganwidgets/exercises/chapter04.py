"""Exercises of chapter 04: the side of a transposed convolution's map, a way up from 4×4, and what a layer weighs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from ganwidgets.exercises.base import Answer, Exercise, require, solved

Settings = tuple[int, int, int]


def output_size(size: int, kernel: int, stride: int, padding: int) -> int:
    """Cells along a side of what a transposed convolution makes of `size` cells."""
    return (size - 1) * stride + kernel - 2 * padding


def _size_of_a_convolution(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


def _size_counts_every_patch(size: int, kernel: int, stride: int, padding: int) -> int:
    return size * stride + kernel - 2 * padding


def _size_cuts_one_end(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size - 1) * stride + kernel - padding


def _size_adds_the_padding(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size - 1) * stride + kernel + 2 * padding


def check_output_size(answer: Answer) -> None:
    """One cell alone first, then what each of stride and padding changes, then PyTorch's layers."""
    alone = solved(answer(1, 4, 2, 0))
    require(
        isinstance(alone, int) and not isinstance(alone, bool),
        f"the number of cells is a whole number; you returned {alone!r}. Do you divide where nothing is to be divided?",
    )
    require(
        alone == 4,
        f"a single cell writes a single patch: with kernel 4, stride 2 and padding 0 that makes 4 cells, not {alone}. "
        "How far is the way from the first patch to the last, when there is only one?",
    )
    for size, kernel, stride, padding in ((5, 4, 2, 0), (4, 3, 1, 0), (4, 4, 2, 1), (6, 5, 3, 2), (1, 4, 1, 0)):
        layer = nn.ConvTranspose2d(1, 1, kernel, stride, padding)
        want = int(layer(torch.zeros(1, 1, size, size)).shape[-1])
        got = answer(size, kernel, stride, padding)
        hint = (
            "Padding cuts that many cells off *both* ends."
            if padding
            else "The last patch begins (size − 1)·stride on."
        )
        require(
            got == want,
            f"PyTorch's layer with kernel {kernel}, stride {stride}, padding {padding} makes {want} cells of {size}; "
            f"you say {got}. {hint}",
        )


def ladder(target: int) -> list[Settings]:
    """Layers (kernel, stride, padding) from 4×4 to `target`×`target`, each of which doubles the side."""
    steps, size = [], 4
    while size < target:
        steps.append((4, 2, 1))
        size = output_size(size, 4, 2, 1)
    return steps


def _ladder_forgets_the_padding(target: int) -> list[Settings]:
    return [(4, 2, 0) for _ in ladder(target)]


def _ladder_with_a_checkerboard(target: int) -> list[Settings]:
    return [step for _ in ladder(target) for step in ((3, 2, 1), (2, 1, 0))]


def _ladder_always_to_64(target: int) -> list[Settings]:
    return [(4, 2, 1)] * 4


def _ladder_counts_from_one(target: int) -> list[Settings]:
    return [(4, 2, 1)] * (target.bit_length() - 1)


def check_ladder(answer: Answer) -> None:
    """Follow the side through the layers, for several targets; no layer may more than double it or write unevenly."""
    for target in (64, 8, 16, 128):
        steps = solved(answer(target))
        require(_are_settings(steps), "return a list of layers, each of them (kernel, stride, padding), whole numbers.")
        size, way = 4, "4"
        for kernel, stride, padding in steps:
            require(
                kernel % stride == 0,
                f"the layer {(kernel, stride, padding)} writes unevenly: its kernel is no multiple of its stride, so "
                "a checkerboard is waiting.",
            )
            before, size = size, output_size(size, kernel, stride, padding)
            way += f" → {size}"
            require(
                0 < size <= 2 * before,
                f"{(kernel, stride, padding)} takes {before} cells to {size}; one layer may double a side at most, "
                "and something must be left. How many cells must go at each end?",
            )
        require(
            size == target,
            f"for {target} your layers go {way}. The first one begins at 4, and each doubling counts: how many "
            f"doublings are there from 4 to {target}?",
        )


def _are_settings(steps: Any) -> bool:
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        return False
    triples = all(isinstance(step, tuple | list) and len(step) == 3 for step in steps)
    return triples and all(isinstance(n, int) for step in steps for n in step) and all(k > 0 < s for k, s, _ in steps)


def parameter_count(channels_in: int, channels_out: int, kernel: int, bias: bool, batch_norm: bool) -> int:
    """How many numbers a (transposed) convolution learns, with the batch norm after it."""
    weights = channels_in * channels_out * kernel * kernel
    return weights + bias * channels_out + batch_norm * 2 * channels_out


def _count_of_a_linear_layer(channels_in: int, channels_out: int, kernel: int, bias: bool, batch_norm: bool) -> int:
    return channels_in * channels_out * kernel + bias * channels_out + batch_norm * 2 * channels_out


def _count_bias_for_all_weights(channels_in: int, channels_out: int, kernel: int, bias: bool, batch_norm: bool) -> int:
    return channels_out * (channels_in * kernel * kernel + bias * channels_in) + batch_norm * 2 * channels_out


def _count_half_a_norm(channels_in: int, channels_out: int, kernel: int, bias: bool, batch_norm: bool) -> int:
    return channels_out * (channels_in * kernel * kernel + bias + batch_norm)


def check_parameter_count(answer: Answer) -> None:
    """Beside PyTorch's own layers: first the weights alone, then the bias, then the norm."""
    cases = (
        (3, 5, 4, False, False, "Every pair of an input and an output channel has a kernel of its own, k × k numbers."),
        (7, 2, 3, True, False, "A bias is one number for each *output* channel, wherever it is added."),
        (3, 5, 4, False, True, "A batch norm learns a scale and a shift for each channel."),
        (100, 512, 4, False, True, "Put the three parts together."),
        (64, 3, 4, True, False, "Put the three parts together."),
    )
    for channels_in, channels_out, kernel, bias, batch_norm, hint in cases:
        layer = nn.ConvTranspose2d(channels_in, channels_out, kernel, bias=bias)
        norm = nn.BatchNorm2d(channels_out) if batch_norm else nn.Identity()
        want = sum(p.numel() for module in (layer, norm) for p in module.parameters())
        got = solved(answer(channels_in, channels_out, kernel, bias, batch_norm))
        parts = f"{'a' if bias else 'no'} bias, {'a' if batch_norm else 'no'} batch norm"
        require(
            got == want,
            f"from {channels_in} to {channels_out} channels with kernel {kernel}, {parts}, PyTorch's layers have "
            f"{want:,} parameters; you count {got:,}. {hint}",
        )


EXERCISES = (
    Exercise(
        id="04.1",
        title="the side of a transposed convolution's map",
        minutes=6,
        check=check_output_size,
        hints=(
            "Where does the first patch begin, and where the last? There is one patch for each input cell.",
            "The last of `size` patches begins (size − 1)·stride cells after the first, and is `kernel` cells long.",
            "Then `padding` cells are cut off at both ends: (size − 1)·stride + kernel − 2·padding.",
        ),
        reference=output_size,
        wrong_answers={
            "the formula of the convolution": _size_of_a_convolution,
            "counts a stride too many": _size_counts_every_patch,
            "cuts one end only": _size_cuts_one_end,
            "adds the padding": _size_adds_the_padding,
        },
    ),
    Exercise(
        id="04.2",
        title="a way from 4×4 to the picture",
        minutes=8,
        check=check_ladder,
        hints=(
            "Find one layer that doubles: (n − 1)·stride + kernel − 2·padding = 2n. Which stride must it have?",
            "With stride 2 that leaves kernel − 2·padding = 2. Which padding fits a kernel of 4?",
            "(4, 2, 1), once for each doubling: append it while the size is below the target.",
        ),
        reference=ladder,
        wrong_answers={
            "forgets the padding": _ladder_forgets_the_padding,
            "kernel 3, stride 2": _ladder_with_a_checkerboard,
            "always four layers": _ladder_always_to_64,
            "counts doublings from 1": _ladder_counts_from_one,
        },
    ),
    Exercise(
        id="04.3",
        title="what a layer weighs",
        minutes=6,
        check=check_parameter_count,
        hints=(
            "Each output channel looks at every input channel, through a kernel of its own.",
            "So there are channels_in · channels_out kernels of kernel · kernel weights.",
            "Add channels_out for the bias, and 2 · channels_out for the batch norm: a scale and a shift each.",
        ),
        reference=parameter_count,
        wrong_answers={
            "kernel not squared": _count_of_a_linear_layer,
            "a bias for each pair of channels": _count_bias_for_all_weights,
            "the norm's shift is forgotten": _count_half_a_norm,
        },
    ),
)
