"""Exercises of chapter 12: weights modulated by a style, styles mixed by side, truncation in w for some layers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganwidgets.exercises.base import Answer, Exercise, require, solved

FloatArray = npt.NDArray[np.floating[Any]]


def modulate(weight: Tensor, style: Tensor) -> Tensor:
    """The weights times the style of their input, then each output's weights brought to length 1."""
    scaled = weight * style[:, None, None]
    length = (scaled.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
    return scaled / length


def _modulate_only(weight: Tensor, style: Tensor) -> Tensor:
    return weight * style[:, None, None]


def _modulate_by_output(weight: Tensor, style: Tensor) -> Tensor:
    scaled = weight * style[: len(weight), None, None, None]
    return scaled / (scaled.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()


def _modulate_over_everything(weight: Tensor, style: Tensor) -> Tensor:
    scaled = weight * style[:, None, None]
    return scaled / (scaled.square().sum() + 1e-8).sqrt()


def _modulate_place_by_place(weight: Tensor, style: Tensor) -> Tensor:
    scaled = weight * style[:, None, None]
    return scaled / (scaled.square().sum(1, keepdim=True) + 1e-8).sqrt()


def _modulate_without_root(weight: Tensor, style: Tensor) -> Tensor:
    scaled = weight * style[:, None, None]
    return scaled / (scaled.square().sum((1, 2, 3), keepdim=True) + 1e-8)


def _modulate_after(weight: Tensor, style: Tensor) -> Tensor:
    return weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt() * style[:, None, None]


def check_modulate(answer: Answer) -> None:
    """By hand: 3 and 4 under styles (1, 1), (2, 0.5) and ten times that; then two outputs, three inputs, 3×3."""
    pair = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    even = _weights(answer(pair, torch.ones(2)), pair)
    require(
        _close(even, [0.6, 0.8]),
        "with the weights (3, 4) and the style (1, 1), the length of the weights is 5, so they become (0.6, 0.8); you "
        f"got {_told(even)}. Divide by the root of the sum of squares.",
    )
    bent = _weights(answer(pair, torch.tensor([2.0, 0.5])), pair)
    require(
        _close(bent, [0.9487, 0.3162]),
        "with the weights (3, 4) and the style (2, 0.5) the products are (6, 2), of length √40, so (0.949, 0.316); you "
        f"got {_told(bent)}. Style first, then the division.",
    )
    require(
        _close(_weights(answer(pair, torch.tensor([20.0, 5.0])), pair), bent),
        "ten times the style should give the same weights, since the length grows ten times as well; yours differ.",
    )
    rng = torch.Generator().manual_seed(0)
    weight = torch.randn(2, 3, 3, 3, generator=rng)
    got = _weights(answer(weight, torch.tensor([1.0, 2.0, 0.1])), weight)
    lengths = got.square().sum((1, 2, 3)).sqrt()
    require(
        _close(lengths, [1.0, 1.0]),
        "two outputs, three inputs, 3×3: all 27 weights of *one output* together should have the length 1; yours have "
        f"{_told(lengths)}. Over which axes of (outputs, inputs, k, k) do you sum?",
    )
    want = modulate(weight, torch.tensor([1.0, 2.0, 0.1]))
    require(_close(got, want), "the lengths are right, but the weights are not: which axis belongs to the inputs?")


def mix(a: FloatArray, b: FloatArray, sides: Sequence[int], from_b: Collection[int]) -> FloatArray:
    """The styles of b in the layers that work at a side of `from_b`, those of a in the rest."""
    chosen = np.isin(sides, list(from_b))
    mixed: FloatArray = np.where(chosen[:, None], b, a)
    return mixed


def _mix_the_other_way(a: FloatArray, b: FloatArray, sides: Sequence[int], from_b: Collection[int]) -> FloatArray:
    return mix(b, a, sides, from_b)


def _mix_one_layer_a_side(a: FloatArray, b: FloatArray, sides: Sequence[int], from_b: Collection[int]) -> FloatArray:
    mixed = a.copy()
    for side in from_b:
        mixed[:, list(sides).index(side)] = b[:, list(sides).index(side)]
    return mixed


def _mix_in_place(a: FloatArray, b: FloatArray, sides: Sequence[int], from_b: Collection[int]) -> FloatArray:
    a[:, np.isin(sides, list(from_b))] = b[:, np.isin(sides, list(from_b))]
    return a


def _mix_halfway(a: FloatArray, b: FloatArray, sides: Sequence[int], from_b: Collection[int]) -> FloatArray:
    mixed: FloatArray = np.where(np.isin(sides, list(from_b))[:, None], (a + b) / 2, a)
    return mixed


def check_mix(answer: Answer) -> None:
    """Two faces of 0 against two of 1, in four layers, two of which work at 8 pixels."""
    sides = (4, 8, 8, 16)
    for from_b, want in (((), [0, 0, 0, 0]), ((16,), [0, 0, 0, 1]), ((8,), [0, 1, 1, 0]), ((4, 16), [1, 0, 0, 1])):
        a, b = np.zeros((2, 4, 3)), np.ones((2, 4, 3))
        got = np.asarray(solved(answer(a, b, sides, from_b)), dtype=np.float64)
        require(
            got.shape == a.shape, f"return styles of the shape of a, here {a.shape}; yours have the shape {got.shape}."
        )
        require(
            bool((got == got[:1, :, :1]).all() and got[0, :, 0].tolist() == want),
            f"a is all 0 and b all 1, the layers work at {sides} pixels. If b gives {from_b or 'nothing'}, the layers "
            f"should hold {want}; yours hold {got[0, :, 0].round(2).tolist()}. Two layers can work at one side.",
        )
        require(
            not a.any(), "the mix is right, but your function has changed a itself; the next mix would start wrong."
        )


def truncate(w: FloatArray, psi: float, w_mean: FloatArray, sides: Sequence[int], up_to: int) -> FloatArray:
    """One style a layer: pulled towards the mean w in layers of a side up to `up_to`, w as it is in the others."""
    pulled = w_mean + psi * (w - w_mean)
    coarse = np.asarray(sides) <= up_to
    styles: FloatArray = np.where(coarse[:, None], pulled[:, None], w[:, None])
    return styles


def _truncate_to_zero(w: FloatArray, psi: float, w_mean: FloatArray, sides: Sequence[int], up_to: int) -> FloatArray:
    return truncate(w, psi, np.zeros_like(w_mean), sides, up_to)


def _truncate_every_layer(
    w: FloatArray, psi: float, w_mean: FloatArray, sides: Sequence[int], up_to: int
) -> FloatArray:
    return truncate(w, psi, w_mean, sides, max(sides))


def _truncate_fine_layers(
    w: FloatArray, psi: float, w_mean: FloatArray, sides: Sequence[int], up_to: int
) -> FloatArray:
    fine = np.asarray(sides) > up_to
    styles: FloatArray = np.where(fine[:, None], (w_mean + psi * (w - w_mean))[:, None], w[:, None])
    return styles


def _truncate_below_only(w: FloatArray, psi: float, w_mean: FloatArray, sides: Sequence[int], up_to: int) -> FloatArray:
    return truncate(w, psi, w_mean, sides, up_to - 1)


def check_truncate(answer: Answer) -> None:
    """Two w and a mean in the plane, four layers, at psi 1, 0 and a quarter."""
    w, mean, sides = np.array([[5.0, 2.0], [-3.0, 6.0]]), np.array([1.0, 2.0]), (4, 8, 8, 16)
    alone = _styles(answer(w, 1.0, mean, sides, 16), (2, 4, 2))
    require(
        bool(np.allclose(alone, w[:, None])), "with psi = 1 every layer should get w as it is; yours differ from it."
    )
    nothing = _styles(answer(w, 0.0, mean, sides, 16), (2, 4, 2))
    require(
        bool(np.allclose(nothing, mean)),
        f"with psi = 0 in all layers every style should be the mean w, {mean.tolist()}; the first of yours is "
        f"{nothing[0, 0].round(2).tolist()}. What is shortened is the way from the mean to w.",
    )
    some = _styles(answer(w, 0.0, mean, sides, 8), (2, 4, 2))
    pulled = [bool(np.allclose(some[:, layer], mean)) for layer in range(4)]
    require(
        pulled == [True, True, True, False],
        f"the layers work at {sides} pixels. With psi = 0 and up_to = 8 the first three should hold the mean and the "
        f"last one w; at yours the mean is in {pulled}. Sides equal to up_to count as well.",
    )
    require(
        bool(np.allclose(some[:, 3], w)), "the layers finer than up_to should get w as it is; yours differ from it."
    )
    quarter = _styles(answer(w, 0.25, mean, sides, 4), (2, 4, 2))[0, 0]
    require(
        bool(np.allclose(quarter, [2.0, 2.0])),
        f"from the mean {mean.tolist()} to w = {w[0].tolist()}, a quarter of the way leads to [2.0, 2.0]; you got "
        f"{quarter.round(2).tolist()}.",
    )


def _weights(value: Any, like: Tensor) -> Tensor:
    got = torch.as_tensor(solved(value)).float()
    require(got.shape == like.shape, f"return weights of the shape {tuple(like.shape)}; yours: {tuple(got.shape)}.")
    return got


def _styles(value: Any, shape: tuple[int, ...]) -> FloatArray:
    got = np.asarray(solved(value), dtype=np.float64)
    require(
        got.shape == shape,
        f"for 2 faces, 4 layers and w of 2 numbers, return an array of shape {shape}; yours has {got.shape}. A w "
        "(n, w_dim) becomes one style for each layer with w[:, None].",
    )
    return got


def _close(got: Tensor, want: Any) -> bool:
    return bool(torch.allclose(got.flatten(), torch.as_tensor(want).float().flatten(), atol=2e-4))


def _told(values: Tensor) -> list[float]:
    return [round(float(value), 3) for value in values.flatten()]


EXERCISES = (
    Exercise(
        id="12.1",
        title="Modulate and demodulate",
        minutes=8,
        check=check_modulate,
        hints=(
            "The weights have the axes (outputs, inputs, k, k). The style has one number for each input.",
            "style[:, None, None] has the shape (inputs, 1, 1), so it meets the axis of the inputs. For the length, "
            "sum the squares over all axes but the first.",
            "scaled = weight * style[:, None, None]; divide it by "
            "(scaled.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()",
        ),
        reference=modulate,
        wrong_answers={
            "no demodulation": _modulate_only,
            "style on the outputs": _modulate_by_output,
            "one length for all outputs": _modulate_over_everything,
            "a length at every place of the kernel": _modulate_place_by_place,
            "no root": _modulate_without_root,
            "demodulated before the style": _modulate_after,
        },
    ),
    Exercise(
        id="12.2",
        title="Mix styles",
        minutes=5,
        check=check_mix,
        hints=(
            "First find out layer by layer whether its side is one that b gives: an array of booleans (layers,).",
            "np.isin(sides, list(from_b)) is that array. np.where(condition, x, y) chooses; the condition must have an "
            "axis for w_dim.",
            "return np.where(np.isin(sides, list(from_b))[:, None], b, a)",
        ),
        reference=mix,
        wrong_answers={
            "a and b exchanged": _mix_the_other_way,
            "only the first layer of a side": _mix_one_layer_a_side,
            "written into a": _mix_in_place,
            "half of each": _mix_halfway,
        },
    ),
    Exercise(
        id="12.3",
        title="Truncation for some layers",
        minutes=6,
        check=check_truncate,
        hints=(
            "Begin with exercise 06.3: w pulled towards the mean is w_mean + psi * (w - w_mean), for every face.",
            "np.asarray(sides) <= up_to says which layers are pulled. Give w and the pulled w an axis for the layers: "
            "w[:, None].",
            "return np.where((np.asarray(sides) <= up_to)[:, None], pulled[:, None], w[:, None])",
        ),
        reference=truncate,
        wrong_answers={
            "towards 0": _truncate_to_zero,
            "every layer": _truncate_every_layer,
            "the fine layers": _truncate_fine_layers,
            "without the side itself": _truncate_below_only,
        },
    ),
)
