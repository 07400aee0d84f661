"""Exercises of chapter 15: pictures for a network, a plan for the time at hand, and how much D knows by heart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganwidgets.exercises.base import Answer, Exercise, require, solved

FloatArray = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]


def prepare(images: Pixels) -> Tensor:
    """Pictures as files have them, to pictures as networks want them: channels first, float32 in [-1, 1]."""
    return torch.from_numpy(images.copy()).permute(0, 3, 1, 2) / 127.5 - 1  # (N, H, W, C) -> (N, C, H, W)


def _prepare_by_reshape(images: Pixels) -> Tensor:
    n, height, width, channels = images.shape
    return torch.from_numpy(images.copy()).reshape(n, channels, height, width) / 127.5 - 1


def _prepare_to_one(images: Pixels) -> Tensor:
    return torch.from_numpy(images.copy()).permute(0, 3, 1, 2) / 255


def _prepare_in_uint8(images: Pixels) -> Tensor:
    return torch.from_numpy((images // 127 - 1).astype(np.float32)).permute(0, 3, 1, 2)


def _prepare_channels_last(images: Pixels) -> Tensor:
    return torch.from_numpy(images.copy()) / 127.5 - 1


def _prepare_transposed(images: Pixels) -> Tensor:
    return torch.from_numpy(images.copy()).permute(0, 3, 2, 1) / 127.5 - 1


def check_prepare(answer: Answer) -> None:
    """One small picture, no two pixels alike: shape, type, range, and every pixel in its place."""
    images = np.linspace(0, 255, 2 * 4 * 5 * 3).round().astype(np.uint8).reshape(2, 4, 5, 3)
    kept = images.copy()
    got = solved(answer(images))
    require(bool((images == kept).all()), "the pictures that came in have changed. Work on a copy.")
    shape = tuple(got.shape) if isinstance(got, Tensor) else type(got).__name__
    require(
        shape == (2, 3, 4, 5),
        f"two pictures of 4 × 5 pixels with 3 channels make a tensor (2, 3, 4, 5): the channels move to the second "
        f"place. You returned {shape}.",
    )
    require(
        got.dtype == torch.float32, f"a network's weights are float32, and its input should be so too, not {got.dtype}."
    )
    low, high = float(got.min()), float(got.max())
    require(
        abs(low + 1) < 1e-5 and abs(high - 1) < 1e-5,
        f"black, 0, should become -1 and white, 255, should become 1; yours run from {low:.3g} to {high:.3g}. G's tanh "
        "makes pixels from -1 to 1, and D should not tell reals from fakes by their range.",
    )
    want = prepare(images)
    require(
        float((got - want).abs().max()) < 1e-4,
        "shape and range are right, but not every pixel is where it was, or what it was. Move the channels with "
        "`permute`; a reshape only deals the same row of numbers out anew. And divide before anything is rounded.",
    )


def plan(pictures: int, batch_size: int, seconds_per_step: float, minutes: float) -> tuple[int, float]:
    """How many whole steps fit into the time, and how often each picture is then shown on average."""
    steps = math.floor(60 * minutes / seconds_per_step)
    return steps, steps * batch_size / pictures


def _plan_counts_epochs(pictures: int, batch_size: int, seconds_per_step: float, minutes: float) -> tuple[int, float]:
    steps = math.floor(60 * minutes / seconds_per_step)
    return steps, steps / pictures


def _plan_in_minutes(pictures: int, batch_size: int, seconds_per_step: float, minutes: float) -> tuple[int, float]:
    steps = math.floor(minutes / seconds_per_step)
    return steps, steps * batch_size / pictures


def _plan_multiplies(pictures: int, batch_size: int, seconds_per_step: float, minutes: float) -> tuple[int, float]:
    steps = math.floor(60 * minutes * seconds_per_step)
    return steps, steps * batch_size / pictures


def _plan_rounds_up(pictures: int, batch_size: int, seconds_per_step: float, minutes: float) -> tuple[int, float]:
    steps = math.ceil(60 * minutes / seconds_per_step)
    return steps, steps * batch_size / pictures


def check_plan(answer: Answer) -> None:
    """By hand: a minute, a step that does not fit whole, a night."""
    cases = (
        (100, 10, 0.5, 1.0, 120, 12.0),
        (50, 32, 0.7, 1.0, 85, 54.4),
        (2000, 64, 0.04, 600.0, 900_000, 28_800.0),
    )
    for pictures, batch_size, seconds, minutes, steps, shown in cases:
        got = solved(answer(pictures, batch_size, seconds, minutes))
        require(isinstance(got, tuple | list) and len(got) == 2, "return two things: the steps, and the times shown.")
        require(
            abs(got[0] - steps) < (0.5 if steps < 1000 else 1.5),
            f"{minutes:g} minutes are {60 * minutes:g} seconds. With {seconds:g} seconds a step, {steps} whole steps "
            f"fit into them; you got {got[0]}.",
        )
        require(
            abs(float(got[1]) - shown) < 0.01 * shown,
            f"{steps} steps show D {steps} times {batch_size} reals. Shared by {pictures} pictures, each is shown "
            f"{shown:g} times; you got {float(got[1]):g}.",
        )


def learned_by_heart(train: FloatArray, held_out: FloatArray, fake: FloatArray) -> float:
    """0 where D treats held-out reals as it treats those of the training, 1 where it takes them for fakes."""
    return float((train.mean() - held_out.mean()) / (train.mean() - fake.mean()))


def _heart_upside_down(train: FloatArray, held_out: FloatArray, fake: FloatArray) -> float:
    return float((train.mean() - fake.mean()) / (train.mean() - held_out.mean()))


def _heart_from_the_fakes(train: FloatArray, held_out: FloatArray, fake: FloatArray) -> float:
    return float((held_out.mean() - fake.mean()) / (train.mean() - fake.mean()))


def _heart_without_a_unit(train: FloatArray, held_out: FloatArray, fake: FloatArray) -> float:
    return float(train.mean() - held_out.mean())


def _heart_of_scores(train: FloatArray, held_out: FloatArray, fake: FloatArray) -> float:
    a, b, c = (float((1 / (1 + np.exp(-logits))).mean()) for logits in (train, held_out, fake))
    return (a - b) / (a - c)


def _heart_of_sums(train: FloatArray, held_out: FloatArray, fake: FloatArray) -> float:
    return float((train.sum() - held_out.sum()) / (train.sum() - fake.sum()))


def check_learned_by_heart(answer: Answer) -> None:
    """By hand: none, all, half, a quarter; groups of different size, shifted and stretched logits."""
    train, fake = np.array([2.0, 4.0, 3.0, 3.0]), np.array([-2.0, 0.0])
    cases = (
        ("held-out reals lie half-way", np.array([0.0, 2.0]), 0.5),
        ("held-out reals get the same logits as those of the training", np.array([3.0]), 0.0),
        ("held-out reals get the logits of fakes", np.array([-1.0, -2.0, 0.0]), 1.0),
        ("held-out reals have gone a quarter of the way", np.array([1.5, 2.5, 2.0]), 0.25),
    )
    for what, held_out, want in cases:
        got = _number(answer(train, held_out, fake))
        require(
            abs(got - want) < 1e-6,
            f"the means are {train.mean():g} for the training's reals and {fake.mean():g} for fakes. Where {what} "
            f"(mean {held_out.mean():g}), the share is {want:g}; you got {got:.3g}. How far did the held-out ones move "
            "away from the training's, as a share of the whole way to the fakes?",
        )
    moved = _number(answer(5 * train - 40, 5 * cases[-1][1] - 40, 5 * fake - 40))
    require(
        abs(moved - 0.25) < 1e-6,
        f"with all logits stretched by 5 and lowered by 40 the share is the same, 0.25; you got {moved:.3g}.",
    )


def _number(value: Any) -> float:
    got = solved(value)
    require(np.ndim(got) == 0, f"return one number, not {np.shape(got)} of them.")
    return float(got)


EXERCISES = (
    Exercise(
        id="15.1",
        title="pictures for a network",
        minutes=6,
        check=check_prepare,
        hints=(
            "Three things change: where the channels stand, the type, and the range. Do one after the other.",
            "`permute(0, 3, 1, 2)` brings (N, H, W, C) to (N, C, H, W). Which number divides 0 to 255 into 0 to 2?",
            "torch.from_numpy(images.copy()).permute(0, 3, 1, 2) / 127.5 - 1",
        ),
        reference=prepare,
        wrong_answers={
            "reshape in place of permute": _prepare_by_reshape,
            "from 0 to 1": _prepare_to_one,
            "rounded before it is scaled": _prepare_in_uint8,
            "channels left in the last place": _prepare_channels_last,
            "rows and columns exchanged": _prepare_transposed,
        },
    ),
    Exercise(
        id="15.2",
        title="a plan",
        minutes=5,
        check=check_plan,
        hints=(
            "First the steps: how many seconds are there, and how many does a step take?",
            "Each step shows D `batch_size` reals. How many are that in all, and how many pictures share them?",
            "steps = math.floor(60 * minutes / seconds_per_step); then steps * batch_size / pictures",
        ),
        reference=plan,
        wrong_answers={
            "the batch is forgotten": _plan_counts_epochs,
            "minutes taken for seconds": _plan_in_minutes,
            "times in place of divided by": _plan_multiplies,
            "a step that does not fit": _plan_rounds_up,
        },
    ),
    Exercise(
        id="15.3",
        title="what D knows by heart",
        minutes=6,
        check=check_learned_by_heart,
        hints=(
            "Take the mean of each of the three groups of logits. Draw them on a line.",
            "The whole way leads from the training's mean to the fakes' mean. How much of it did the held-out go?",
            "(train.mean() - held_out.mean()) / (train.mean() - fake.mean())",
        ),
        reference=learned_by_heart,
        wrong_answers={
            "upside down": _heart_upside_down,
            "counted from the fakes": _heart_from_the_fakes,
            "without a unit": _heart_without_a_unit,
            "of scores": _heart_of_scores,
            "sums in place of means": _heart_of_sums,
        },
    ),
)
