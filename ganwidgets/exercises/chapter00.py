"""Exercises of chapter 00: score a critic, walk from one face to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganwidgets.exercises.base import Answer, Exercise, require, solved


def critic_accuracy(real_scores: Any, fake_scores: Any) -> float:
    """The share of pictures that the critic judged right."""
    right = (real_scores > 0.5).sum() + (fake_scores < 0.5).sum()
    return float(right / (len(real_scores) + len(fake_scores)))


def _only_reals(real_scores: Any, fake_scores: Any) -> float:
    return float((real_scores > 0.5).mean())


def _fakes_upside_down(real_scores: Any, fake_scores: Any) -> float:
    right = (real_scores > 0.5).sum() + (fake_scores > 0.5).sum()
    return float(right / (len(real_scores) + len(fake_scores)))


def _mean_of_scores(real_scores: Any, fake_scores: Any) -> float:
    return float((real_scores.mean() + (1 - fake_scores).mean()) / 2)


def check_critic_accuracy(answer: Answer) -> None:
    """Four hand-made cases; each catches one mistake."""
    real, fake = np.array([0.9, 0.8, 0.6, 0.2]), np.array([0.1, 0.7])
    got = float(solved(answer(real.copy(), fake.copy())))
    require(0 <= got <= 1, f"you returned {got:.3g}, but a share lies between 0 and 1. Did you divide by the number?")
    sharp = float(answer(np.array([0.9, 0.9]), np.array([0.1, 0.1])))
    require(
        sharp == 1,
        f"a critic that gives all reals 0.9 and all fakes 0.1 is always right, but you returned {sharp:.3g}. "
        "A picture is judged right or wrong; how sure the critic was does not count.",
    )
    fooled = float(answer(np.array([0.9, 0.9]), np.array([0.9, 0.9])))
    require(
        abs(fooled - 0.5) < 1e-9,
        f"a critic that says 'real' to everything is right on the reals and wrong on the fakes: 0.5, not {fooled:.3g}.",
    )
    require(
        abs(got - 4 / 6) < 1e-6,
        f"with 3 of 4 reals and 1 of 2 fakes judged right the answer is 4/6 = 0.667, but you returned {got:.3g}.",
    )


def walk(z_a: Any, z_b: Any, n: int) -> Any:
    """n points on the straight line from z_a to z_b, both ends included."""
    t = np.linspace(0, 1, n)[:, None]  # (n, 1), so that it multiplies each row
    return (1 - t) * z_a + t * z_b


def _backwards(z_a: Any, z_b: Any, n: int) -> Any:
    t = np.linspace(0, 1, n)[:, None]
    return t * z_a + (1 - t) * z_b


def _never_arrives(z_a: Any, z_b: Any, n: int) -> Any:
    t = (np.arange(n) / n)[:, None]
    return (1 - t) * z_a + t * z_b


def _only_the_middle(z_a: Any, z_b: Any, n: int) -> Any:
    return np.stack([(z_a + z_b) / 2] * n)


def check_walk(answer: Answer) -> None:
    """Shape, both ends, and equal steps between them."""
    rng = np.random.default_rng(0)
    z_a, z_b = rng.normal(size=(2, 5)).astype(np.float32)
    path = solved(answer(z_a.copy(), z_b.copy(), 4))
    require(isinstance(path, np.ndarray), f"return one array, not {type(path).__name__}; np.stack makes one of rows.")
    require(
        path.shape == (4, 5),
        f"for n = 4 and vectors of 5 numbers the path has shape (4, 5), one row a point; yours has {path.shape}.",
    )
    require(
        bool(np.allclose(path[0], z_a, atol=1e-5)),
        "the first row should be z_a itself" + (", but it is z_b." if np.allclose(path[0], z_b, atol=1e-5) else "."),
    )
    require(
        bool(np.allclose(path[-1], z_b, atol=1e-5)),
        "the last row should be z_b itself. Does t end at 1, neither before nor beyond?",
    )
    steps = np.diff(path, axis=0)
    require(bool(np.allclose(steps, steps[0], atol=1e-5)), "the steps between neighbours should all be equal.")
    longer = np.asarray(answer(z_a.copy(), z_b.copy(), 7))
    require(longer.shape == (7, 5), f"for n = 7 the path should have 7 rows; its shape is {longer.shape}.")


EXERCISES = (
    Exercise(
        id="00.1",
        title="How good is a critic?",
        minutes=5,
        check=check_critic_accuracy,
        hints=(
            "A real picture is judged right when its score is above 0.5. When is a fake judged right?",
            "`real_scores > 0.5` is an array of True and False, and `.sum()` counts the True ones.",
            "Add the two counts of right judgements and divide by len(real_scores) + len(fake_scores).",
        ),
        reference=critic_accuracy,
        wrong_answers={
            "looks at the reals only": _only_reals,
            "counts fooled fakes as right": _fakes_upside_down,
            "averages how sure the critic was": _mean_of_scores,
        },
    ),
    Exercise(
        id="00.2",
        title="Walk from one face to another",
        minutes=8,
        check=check_walk,
        hints=(
            "A point between z_a and z_b is a mixture: so much of z_a, the rest of z_b.",
            "The mixture is (1 - t) * z_a + t * z_b. At t = 0 it is z_a, at t = 1 it is z_b.",
            "np.linspace(0, 1, n) gives the n values of t; add [:, None] so that each multiplies a whole row.",
        ),
        reference=walk,
        wrong_answers={
            "walks backwards": _backwards,
            "never arrives at z_b": _never_arrives,
            "stays in the middle": _only_the_middle,
        },
    ),
)
