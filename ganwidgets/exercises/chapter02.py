"""Exercises of chapter 02: the value of the game, the best discriminator, and minimax on a tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets import game_trees
from ganwidgets.exercises.base import Answer, Exercise, require, solved

FloatArray = npt.NDArray[np.float64]


def value(real_scores: FloatArray, fake_scores: FloatArray) -> float:
    """V(D, G) from D's scores of reals and fakes."""
    return float(np.log(real_scores).mean() + np.log(1 - fake_scores).mean())


def _value_as_d_loss(real_scores: FloatArray, fake_scores: FloatArray) -> float:
    return -value(real_scores, fake_scores)


def _value_of_all_at_once(real_scores: FloatArray, fake_scores: FloatArray) -> float:
    return float(np.concatenate([np.log(real_scores), np.log(1 - fake_scores)]).mean())


def _value_without_one_minus(real_scores: FloatArray, fake_scores: FloatArray) -> float:
    return float(np.log(real_scores).mean() + np.log(fake_scores).mean())


def _value_of_the_mean(real_scores: FloatArray, fake_scores: FloatArray) -> float:
    return float(np.log(real_scores.mean()) + np.log(1 - fake_scores.mean()))


def check_value(answer: Answer) -> None:
    """At scores of ½, −log 4; larger for a better D; means of logarithms, each set by itself."""
    half = np.full(4, 0.5)
    got = float(solved(answer(half, half)))
    require(
        abs(got + np.log(4)) < 1e-6,
        f"a D that says ½ to everything has V = log ½ + log ½ = −1.386; you got {got:.3f}. V is not a loss: D makes "
        "it large, and it is the sum of two means.",
    )
    good, bad = float(answer(half + 0.4, half - 0.4)), float(answer(half - 0.4, half + 0.4))
    require(
        good > bad,
        f"a D that is right gets {good:.3f}, one that is wrong {bad:.3f}; V must be larger for the one that is right. "
        "What does the second term take the logarithm of?",
    )
    real, fake = np.array([0.9, 0.6, 0.8]), np.array([0.2, 0.1])
    got, want = float(answer(real, fake)), value(real, fake)
    require(
        abs(got - want) < 1e-6,
        f"for scores {real.tolist()} and {fake.tolist()} V is {want:.4f}; you got {got:.4f}. First the logarithms, "
        "then the mean of each set by itself, then their sum.",
    )


def best_discriminator(p_data: FloatArray, p_g: FloatArray) -> FloatArray:
    """D* at every place."""
    return np.asarray(p_data / (p_data + p_g))


def _best_for_fakes(p_data: FloatArray, p_g: FloatArray) -> FloatArray:
    return np.asarray(p_g / (p_data + p_g))


def _best_as_ratio(p_data: FloatArray, p_g: FloatArray) -> FloatArray:
    return np.asarray(p_data / p_g)


def _best_as_verdict(p_data: FloatArray, p_g: FloatArray) -> FloatArray:
    return (p_data > p_g).astype(np.float64)


def check_best_discriminator(answer: Answer) -> None:
    """No other D has a larger V at any place."""
    p_data, p_g = np.array([0.5, 0.3, 0.15, 0.05]), np.array([0.1, 0.3, 0.15, 0.45])
    got = np.asarray(solved(answer(p_data, p_g)), dtype=np.float64)
    require(got.shape == p_data.shape, f"return one number for each place, shape (4,); yours has shape {got.shape}.")
    require(
        bool((got >= 0).all() and (got <= 1).all()),
        f"D's answers lie between 0 and 1; yours are {got.round(2).tolist()}.",
    )
    require(
        bool(got[0] > got[3]),
        "the first place is five times as likely under the data as under G, the last one is much likelier under G: D "
        "must be surer of 'real' at the first.",
    )
    inside = np.clip(got, 1e-12, 1 - 1e-12)
    mine = p_data * np.log(inside) + p_g * np.log(1 - inside)
    best = best_discriminator(p_data, p_g)
    most = p_data * np.log(best) + p_g * np.log(1 - best)
    worst = int((most - mine).argmax())
    require(
        bool((most - mine).max() < 1e-6),
        f"at place {worst}, with p_data = {p_data[worst]} and p_G = {p_g[worst]}, another answer than your "
        f"{got[worst]:.2f} has a larger a·log y + b·log(1 − y). A D that is sure loses much where it errs.",
    )


def minimax(tree: Any, maximising: bool) -> float:
    """What the tree is worth when both play their best."""
    if not isinstance(tree, list):
        return float(tree)
    values = [minimax(move, not maximising) for move in tree]
    return max(values) if maximising else min(values)


def _minimax_forgets_to_switch(tree: Any, maximising: bool) -> float:
    if not isinstance(tree, list):
        return float(tree)
    values = [_minimax_forgets_to_switch(move, maximising) for move in tree]
    return max(values) if maximising else min(values)


def _minimax_turned_round(tree: Any, maximising: bool) -> float:
    return minimax(tree, not maximising)


def _minimax_of_means(tree: Any, maximising: bool) -> float:
    if not isinstance(tree, list):
        return float(tree)
    if not isinstance(tree[0], list):
        return float(np.mean(tree))
    values = [_minimax_of_means(move, not maximising) for move in tree]
    return max(values) if maximising else min(values)


def check_minimax(answer: Answer) -> None:
    """Leaves, one level, two levels by hand, and an uneven tree."""
    require(float(solved(answer(7, True))) == 7, "a leaf, such as 7, is worth its number, whoever is to move.")
    got = float(answer([2, 9, 4], True))
    require(got == 9, f"who maximises takes the 9 of [2, 9, 4]; you got {got:g}.")
    tree = [[5, 8, 6], [3, 9, 7], [4, 1, 2]]
    got = float(answer(tree, True))
    require(
        got == 5,
        f"in {tree} the one who maximises moves first, then the other: the three branches are worth 5, 3 and 1, so "
        f"the whole is worth 5; you got {got:g}. Who is to move in the branches?",
    )
    uneven: game_trees.Tree = [[3, [6, 1]], 2, [[4, 8], [5, 0], 7]]
    for first in (True, False):
        want, got = game_trees.search(uneven, maximising=first).value, float(answer(uneven, first))
        require(
            got == want,
            f"with maximising={first}, {uneven} is worth {want:g}; you got {got:g}. Branches may end early, and every "
            "level turns the roles round.",
        )


EXERCISES = (
    Exercise(
        id="02.1",
        title="the value of the game",
        minutes=6,
        check=check_value,
        hints=(
            "An expectation over the data is a mean over real samples; the other is a mean over fakes.",
            "The first term is the mean of log D(x), the second the mean of log(1 − D(G(z))).",
            "`np.log(real_scores).mean() + np.log(1 - fake_scores).mean()`. No minus sign: D makes V large.",
        ),
        reference=value,
        wrong_answers={
            "D's loss": _value_as_d_loss,
            "one mean over everything": _value_of_all_at_once,
            "fakes without 1 −": _value_without_one_minus,
            "the logarithm of the mean": _value_of_the_mean,
        },
    ),
    Exercise(
        id="02.2",
        title="the best discriminator",
        minutes=8,
        check=check_best_discriminator,
        hints=(
            "Take one place and call the two shares a and b. Which y makes a·log y + b·log(1 − y) largest?",
            "Set the slope to zero: a / y − b / (1 − y) = 0. So a·(1 − y) = b·y.",
            "y = a / (a + b), at every place: p_data / (p_data + p_g).",
        ),
        reference=best_discriminator,
        wrong_answers={
            "sure of fakes": _best_for_fakes,
            "the ratio": _best_as_ratio,
            "a verdict in place of a chance": _best_as_verdict,
        },
    ),
    Exercise(
        id="02.3",
        title="minimax on a tree",
        minutes=10,
        check=check_minimax,
        hints=(
            "A leaf is a number: return it. A list is a position: look at what each of its moves is worth.",
            "What a move is worth is again minimax, of the smaller tree, with the other player to move.",
            "`values = [minimax(move, not maximising) for move in tree]`, then the largest or the smallest of them.",
        ),
        reference=minimax,
        wrong_answers={
            "the roles never change": _minimax_forgets_to_switch,
            "the roles are swapped": _minimax_turned_round,
            "a mean in place of the worst": _minimax_of_means,
        },
    ),
)
