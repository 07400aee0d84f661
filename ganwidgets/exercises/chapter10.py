"""Exercises of chapter 10: a label beside the input, the targets of a multi-class D, the logit of a projection D."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwidgets.exercises.base import Answer, Exercise, Refused, require, solved

Targets = tuple[Tensor, Tensor, Tensor]


def with_label(x: Tensor, labels: Tensor, classes: int) -> Tensor:
    """x `(N, F)` and, to its right, the one-hot code of each label: `(N, F + classes)`."""
    return torch.cat([x, F.one_hot(labels, classes).to(x.dtype)], dim=1)


def _label_as_a_number(x: Tensor, labels: Tensor, classes: int) -> Tensor:
    return torch.cat([x, labels[:, None].to(x.dtype)], dim=1)


def _as_many_columns_as_seen(x: Tensor, labels: Tensor, classes: int) -> Tensor:
    return torch.cat([x, F.one_hot(labels).to(x.dtype)], dim=1)


def _one_label_for_all(x: Tensor, labels: Tensor, classes: int) -> Tensor:
    return torch.cat([x, F.one_hot(labels[:1], classes).to(x.dtype).expand(len(x), -1)], dim=1)


def _below_each_other(x: Tensor, labels: Tensor, classes: int) -> Tensor:
    return torch.cat([x, F.pad(F.one_hot(labels, classes).to(x.dtype), (0, x.shape[1]))[:, : x.shape[1]]], dim=0)


def check_with_label(answer: Answer) -> None:
    """Three points under labels of four classes, the last of which does not occur."""
    x, labels, classes = torch.tensor([[0.5, -1.0], [2.0, 3.0], [7.0, 8.0]]), torch.tensor([2, 0, 1]), 4
    got = _tensor(answer(x, labels, classes), (3, 6))
    require(
        torch.equal(got[:, :2], x),
        f"the first {x.shape[1]} columns should be x as it was; the first row of yours begins with "
        f"{got[0, :2].tolist()}, that of x with {x[0].tolist()}.",
    )
    code = got[:, 2:]
    require(
        bool(((code == 0) | (code == 1)).all()) and code.sum(1).tolist() == [1, 1, 1],
        f"the four new columns of a row should hold a single 1 and three 0; yours hold {code.tolist()}.",
    )
    require(
        code.argmax(1).tolist() == labels.tolist(),
        f"the labels are {labels.tolist()}, so the 1 stands in these columns; yours stands in "
        f"{code.argmax(1).tolist()}. Each row has its own label.",
    )
    require(got.dtype == x.dtype, f"the result is {got.dtype}; a network wants it in x's own type, {x.dtype}.")


def targets(real_labels: Tensor, asked: Tensor, classes: int) -> Targets:
    """Of a D with `classes` + 1 outputs: at reals and at fakes in D's step, and at fakes in G's step; `(N,)` each."""
    return real_labels, torch.full_like(asked, classes), asked


def _fake_is_class_zero(real_labels: Tensor, asked: Tensor, classes: int) -> Targets:
    return real_labels, torch.zeros_like(asked), asked


def _fakes_keep_their_class(real_labels: Tensor, asked: Tensor, classes: int) -> Targets:
    return real_labels, asked, asked


def _g_wants_to_be_fake(real_labels: Tensor, asked: Tensor, classes: int) -> Targets:
    return real_labels, torch.full_like(asked, classes), torch.full_like(asked, classes)


def _ones_and_zeros(real_labels: Tensor, asked: Tensor, classes: int) -> Targets:
    return torch.ones_like(real_labels), torch.zeros_like(asked), torch.ones_like(asked)


def _one_too_far(real_labels: Tensor, asked: Tensor, classes: int) -> Targets:
    return real_labels, torch.full_like(asked, classes + 1), asked


def check_targets(answer: Answer) -> None:
    """Three classes, reals of 2, 0, 1 and 1, fakes asked for as 0, 2 and 2."""
    real_labels, asked, classes = torch.tensor([2, 0, 1, 1]), torch.tensor([0, 2, 2]), 3
    got = solved(answer(real_labels, asked, classes))
    if not isinstance(got, tuple | list) or len(got) != 3:
        raise Refused("return three tensors: D's targets at reals, D's targets at fakes, G's targets at fakes.")
    at_real, at_fake, for_g = (
        _whole(value, n, name)
        for value, n, name in zip(got, (4, 3, 3), ("D's at reals", "D's at fakes", "G's at fakes"), strict=True)
    )
    require(
        at_real == real_labels.tolist(),
        f"in D's step a real digit should be called what it is, {real_labels.tolist()}; your targets are {at_real}. "
        "This D has an output for every class, not one for real and one for fake.",
    )
    require(
        max(at_fake) <= classes,
        f"with {classes} classes and one output for fakes there are {classes + 1} outputs, numbered 0 to {classes}; "
        f"you ask for number {max(at_fake)}.",
    )
    require(
        at_fake == [classes] * 3,
        f"in D's step all fakes belong to the extra class, number {classes}, whatever was asked for; your targets are "
        f"{at_fake}.",
    )
    require(
        for_g == asked.tolist(),
        f"in G's step a fake should pass for a real one of the class that was asked for, {asked.tolist()}; your "
        f"targets are {for_g}. What does G want D to say?",
    )


def projection_logit(features: Tensor, labels: Tensor, psi: Tensor, V: Tensor) -> Tensor:
    """ψ·φ(x) + V[y]·φ(x), `(N,)`: features `(N, F)`, labels `(N,)`, psi `(F,)`, V `(classes, F)`."""
    return features @ psi + (features * V[labels]).sum(dim=1)


def _without_psi(features: Tensor, labels: Tensor, psi: Tensor, V: Tensor) -> Tensor:
    return (features * V[labels]).sum(dim=1)


def _all_classes(features: Tensor, labels: Tensor, psi: Tensor, V: Tensor) -> Tensor:
    return features @ psi + (features @ V.T).sum(dim=1)


def _each_with_each(features: Tensor, labels: Tensor, psi: Tensor, V: Tensor) -> Tensor:
    return features @ psi + features @ V[labels].T


def _the_best_class(features: Tensor, labels: Tensor, psi: Tensor, V: Tensor) -> Tensor:
    best: Tensor = (features @ V.T).max(dim=1).values
    return features @ psi + best


def _the_class_alone(features: Tensor, labels: Tensor, psi: Tensor, V: Tensor) -> Tensor:
    return features @ psi + V[labels].sum(dim=1)


def check_projection_logit(answer: Answer) -> None:
    """By hand for two numbers and three classes; a picture whose class part favours another class; no class part."""
    psi, V = torch.tensor([1.0, 10.0]), torch.tensor([[100.0, 0.0], [0.0, 1000.0], [5.0, -5.0]])
    features, labels = torch.tensor([[2.0, 3.0], [2.0, 3.0], [4.0, 1.0]]), torch.tensor([0, 1, 2])
    got = _tensor(answer(features, labels, psi, V), (3,))
    empty = _tensor(answer(features, labels, psi, torch.zeros_like(V)), (3,))
    require(
        torch.allclose(empty, torch.tensor([32.0, 32.0, 14.0])),
        "if all of V is 0, what is left is ψ·φ(x): for φ = [2, 3] and ψ = [1, 10] that is 2 + 30 = 32; you got "
        f"{empty[0].item():g}.",
    )
    require(
        torch.allclose(got, torch.tensor([232.0, 3032.0, 29.0])),
        "for φ = [2, 3], ψ = [1, 10] and the label 0, whose row of V is [100, 0], the logit is 2 + 30 + 200 = 232, "
        f"for the label 1, row [0, 1000], 2 + 30 + 3000 = 3032; you got {got[0].item():g} and {got[1].item():g}. "
        "Each picture meets the row of its own label, number by number, and the products are summed.",
    )


def _tensor(value: object, shape: tuple[int, ...]) -> Tensor:
    got = solved(value)
    if not isinstance(got, Tensor):
        raise Refused(f"return a tensor of shape {shape}; yours is a {type(got).__name__}.")
    require(tuple(got.shape) == shape, f"the result should have the shape {shape}; yours has {tuple(got.shape)}.")
    return got


def _whole(value: object, n: int, name: str) -> list[int]:
    got = solved(value)
    if not isinstance(got, Tensor) or tuple(got.shape) != (n,):
        shape = tuple(got.shape) if isinstance(got, Tensor) else type(got).__name__
        raise Refused(f"{name}: expected a tensor of shape {(n,)}, a target for each sample; got {shape}.")
    require(
        not got.is_floating_point(),
        f"{name}: cross-entropy wants the numbers of classes, so whole numbers; yours are {got.dtype}.",
    )
    return [int(each) for each in got]


EXERCISES = (
    Exercise(
        id="10.1",
        title="A label beside the input",
        minutes=5,
        check=check_with_label,
        hints=(
            "`torch.nn.functional.one_hot(labels, classes)` makes a row of 0 with a single 1 for each label.",
            "It gives whole numbers. `.float()` makes them fit x; then put the two side by side.",
            "`torch.cat([x, one_hot(labels, classes).float()], dim=1)`.",
        ),
        reference=with_label,
        wrong_answers={
            "the label as one number": _label_as_a_number,
            "as many columns as labels were seen": _as_many_columns_as_seen,
            "one label for all": _one_label_for_all,
            "below each other": _below_each_other,
        },
    ),
    Exercise(
        id="10.2",
        title="The targets of a multi-class D",
        minutes=6,
        check=check_targets,
        hints=(
            "With K classes D has K + 1 outputs, numbered 0 to K. Number K means fake.",
            "D's step: what is each real digit, and what is each fake? G's step: what should D say of the fakes?",
            "The second one is `torch.full_like(asked, classes)`; the other two you were given.",
        ),
        reference=targets,
        wrong_answers={
            "class 0 means fake": _fake_is_class_zero,
            "fakes keep their class": _fakes_keep_their_class,
            "G wants to be called fake": _g_wants_to_be_fake,
            "1 for real, 0 for fake": _ones_and_zeros,
            "one class too far": _one_too_far,
        },
    ),
    Exercise(
        id="10.3",
        title="The logit of a projection D",
        minutes=8,
        check=check_projection_logit,
        hints=(
            "The first part knows no classes: the inner product of each row of features with psi, `features @ psi`.",
            "`V[labels]` picks the row of V for each picture: `(N, F)`, as many as there are features.",
            "`features @ psi + (features * V[labels]).sum(dim=1)`.",
        ),
        reference=projection_logit,
        wrong_answers={
            "without the first part": _without_psi,
            "summed over all classes": _all_classes,
            "each picture with each label": _each_with_each,
            "the best class in place of the label's": _the_best_class,
            "the class without the picture": _the_class_alone,
        },
    ),
)
