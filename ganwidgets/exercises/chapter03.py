"""Exercises of chapter 03: two losses for G, their slopes, and which of them a training was made with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganwidgets.exercises.base import Answer, Exercise, Refused, require, solved

FloatArray = npt.NDArray[np.float64]


def g_losses(fake_logits: Tensor) -> tuple[Tensor, Tensor]:
    """The saturating loss, mean log(1 - D(G(z))), and the non-saturating one, mean -log D(G(z))."""
    return -softplus(fake_logits).mean(), softplus(-fake_logits).mean()


def _losses_swapped(fake_logits: Tensor) -> tuple[Tensor, Tensor]:
    return softplus(-fake_logits).mean(), -softplus(fake_logits).mean()


def _losses_with_the_sign_of_d(fake_logits: Tensor) -> tuple[Tensor, Tensor]:
    return softplus(fake_logits).mean(), softplus(-fake_logits).mean()


def _losses_by_sigmoid_and_log(fake_logits: Tensor) -> tuple[Tensor, Tensor]:
    scores = torch.sigmoid(fake_logits)
    return torch.log(1 - scores).mean(), -torch.log(scores).mean()


def check_g_losses(answer: Answer) -> None:
    """By hand at logits 0 and log 3; both fall as D believes more; both are finite at ±200."""
    logits = torch.tensor([0.0, float(np.log(3.0))])
    got = solved(answer(logits))
    pair = isinstance(got, tuple | list) and len(got) == 2 and all(isinstance(g, Tensor) and g.ndim == 0 for g in got)
    require(pair, "return two numbers, each a tensor of no dimension: the saturating loss first.")
    believed = answer(logits + 2)
    for name, before, after in zip(("saturating", "non-saturating"), got, believed, strict=True):
        require(
            float(after) < float(before),
            f"G minimises its loss, so the {name} one must fall when D believes the fakes more; yours rises from "
            f"{float(before):.3f} to {float(after):.3f}. Whose sign is that?",
        )
    # D(G(z)) is 1/2 and 3/4 there: log 1/2, log 1/4 and their like, worked out by hand.
    want = (float(np.log(1 / 8) / 2), float(-np.log(3 / 8) / 2))
    require(
        abs(float(got[0]) - want[0]) < 1e-4 and abs(float(got[1]) - want[1]) < 1e-4,
        f"for D(G(z)) = 1/2 and 3/4 the losses are {want[0]:.4f} and {want[1]:.4f}; you got {float(got[0]):.4f} and "
        f"{float(got[1]):.4f}. The saturating one comes first, and both are means.",
    )
    far = answer(torch.tensor([-200.0, 200.0]))
    require(
        all(bool(torch.isfinite(value)) for value in far),
        "with logits of -200 and 200 a loss is no longer finite: there the sigmoid rounds to 0 or 1, and its "
        "logarithm is lost. `softplus` computes log(1 + exp(x)) without that detour.",
    )


def slopes(score: float) -> tuple[float, float]:
    """By how much each loss changes with D's logit, where D(G(z)) is `score`."""
    return -score, -(1 - score)


def _slopes_by_the_score(score: float) -> tuple[float, float]:
    return -1 / (1 - score), -1 / score


def _slopes_without_a_sign(score: float) -> tuple[float, float]:
    return score, 1 - score


def _slopes_with_one_factor_left(score: float) -> tuple[float, float]:
    return -score * (1 - score), -score * (1 - score)


def check_slopes(answer: Answer) -> None:
    """Against finite differences of the losses."""
    for score in (0.01, 0.3, 0.5, 0.9):
        got = solved(answer(score))
        require(isinstance(got, tuple | list) and len(got) == 2, "return two numbers, the saturating slope first.")
        logit, step = float(np.log(score / (1 - score))), 1e-4
        above, below = (g_losses(torch.tensor([logit + way * step], dtype=torch.float64)) for way in (1, -1))
        want = [float(a - b) / (2 * step) for a, b in zip(above, below, strict=True)]
        for name, mine, theirs in zip(("saturating", "non-saturating"), got, want, strict=True):
            if abs(mine + theirs) < 1e-3:
                raise Refused(f"the size of the {name} slope is right, its sign is not: the loss falls as D believes.")
            require(
                abs(mine - theirs) < 1e-3,
                f"where D(G(z)) = {score}, the {name} loss changes by {theirs:.3f} for each unit of D's *logit*; you "
                f"got {mine:.3f}. The sigmoid's own slope, D(G(z)) · (1 − D(G(z))), is part of the chain.",
            )


def which_loss(scores: FloatArray, sizes: FloatArray) -> str:
    """ "saturating" or "non-saturating", from mean D(G(z)) and the size of G's gradient at some steps, in any order."""
    order = np.argsort(scores)
    trend = np.corrcoef(np.arange(len(order)), sizes[order])[0, 1]
    return "saturating" if trend > 0 else "non-saturating"


def _which_by_time(scores: FloatArray, sizes: FloatArray) -> str:
    return "saturating" if sizes[-1] > sizes[0] else "non-saturating"


def _which_by_size(scores: FloatArray, sizes: FloatArray) -> str:
    return "saturating" if sizes.mean() < 0.5 else "non-saturating"


def _which_turned_round(scores: FloatArray, sizes: FloatArray) -> str:
    return "non-saturating" if which_loss(scores, sizes) == "saturating" else "saturating"


def check_which_loss(answer: Answer) -> None:
    """Trainings of both kinds, in several orders, with gradients in several units."""
    scores = np.array([0.4, 0.2, 0.05, 0.01, 0.1, 0.3])
    for unit in (0.01, 1.0, 50.0):
        for order in (slice(None), slice(None, None, -1), [3, 0, 4, 1, 5, 2]):
            for name, sizes in (("saturating", scores), ("non-saturating", 1 - scores)):
                got = solved(answer(scores[order], unit * sizes[order]))
                require(
                    got == name,
                    f"scores {scores[order].tolist()} with gradients {(unit * sizes[order]).round(3).tolist()} came "
                    f"from the {name} loss; you said {got!r}. Only one thing tells them apart, whatever the unit and "
                    "the order: does the push grow or shrink as D believes more?",
                )


EXERCISES = (
    Exercise(
        id="03.1",
        title="two losses for G",
        minutes=8,
        check=check_g_losses,
        hints=(
            "Write both as functions of the logit l first: D(G(z)) = 1 / (1 + e^(−l)), so 1 − D(G(z)) = 1 / (1 + e^l).",
            "So log(1 − D(G(z))) = −log(1 + e^l), and −log D(G(z)) = log(1 + e^(−l)).",
            "`softplus(x)` is log(1 + e^x). Take the mean of each: -softplus(l) and softplus(-l).",
        ),
        reference=g_losses,
        wrong_answers={
            "the two are swapped": _losses_swapped,
            "the first has D's sign": _losses_with_the_sign_of_d,
            "sigmoid, then log": _losses_by_sigmoid_and_log,
        },
    ),
    Exercise(
        id="03.2",
        title="their slopes",
        minutes=6,
        check=check_slopes,
        hints=(
            "Two factors: the loss by the score, and the score by the logit. The second is D(G(z)) · (1 − D(G(z))).",
            "The first is −1 / (1 − D(G(z))) for the saturating loss, and −1 / D(G(z)) for the other.",
            "Multiply: in each product one factor cancels. What is left is −D(G(z)), and −(1 − D(G(z))).",
        ),
        reference=slopes,
        wrong_answers={
            "by the score, not by the logit": _slopes_by_the_score,
            "the sign is missing": _slopes_without_a_sign,
            "only the sigmoid's slope": _slopes_with_one_factor_left,
        },
    ),
    Exercise(
        id="03.3",
        title="which loss was it?",
        minutes=8,
        check=check_which_loss,
        hints=(
            "Look at 03.2: as D(G(z)) goes up, one of the slopes grows and the other one shrinks.",
            "The steps may come in any order, and the gradients in any unit: put them in order of the scores first.",
            "Do the sizes rise along the sorted scores? Then it was the saturating loss. `np.argsort`, `np.corrcoef`.",
        ),
        reference=which_loss,
        wrong_answers={
            "looks at the first and last step": _which_by_time,
            "looks at the size alone": _which_by_size,
            "the two are swapped": _which_turned_round,
        },
    ),
)
