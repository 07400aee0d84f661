"""Exercises of chapter 11: Fréchet distance on a line, precision by balls, the search for copies, and luck."""

from __future__ import annotations

from math import comb, erfc, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.exercises.base import Answer, Exercise, require, solved
from ganwidgets.metrics import nearest_neighbours

FloatArray = npt.NDArray[np.floating[Any]]


def frechet(a: FloatArray, b: FloatArray) -> float:
    """(difference of the means)² + (difference of the standard deviations)²."""
    return float((a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2)


def _frechet_of_variances(a: FloatArray, b: FloatArray) -> float:
    return float((a.mean() - b.mean()) ** 2 + (a.var(ddof=1) - b.var(ddof=1)) ** 2)


def _frechet_of_means(a: FloatArray, b: FloatArray) -> float:
    return float((a.mean() - b.mean()) ** 2)


def _frechet_root(a: FloatArray, b: FloatArray) -> float:
    return float(np.sqrt(frechet(a, b)))


def _frechet_without_squares(a: FloatArray, b: FloatArray) -> float:
    return float(abs(a.mean() - b.mean()) + abs(a.std(ddof=1) - b.std(ddof=1)))


def check_frechet(answer: Answer) -> None:
    """Long samples with known means and widths, so that dividing by n or n − 1 makes no difference."""
    base = np.tile([-1.0, 1.0], 5000)  # mean 0, standard deviation 1
    cases = (
        ("two samples with means 0 and 2, both of standard deviation 1", base, base + 2, 4.0),
        ("two samples with mean 0 and standard deviations 1 and 4", base, 4 * base, 9.0),
        ("means 1 and 4, standard deviations 3 and 1", 3 * base + 1, base + 4, 13.0),
        ("twice the same sample", base, base, 0.0),
    )
    for what, a, b, want in cases:
        got = float(solved(answer(a, b)))
        require(
            abs(got - want) < 0.01 * max(want, 1),
            f"for {what} it is {want:g}; you got {got:.3f}. Two squares are added: of the difference of the means, and "
            "of the difference of the standard deviations (not of the variances); no root is taken.",
        )


def precision(real: FloatArray, fake: FloatArray, k: int) -> float:
    """The share of fakes that lie in the ball of at least one real, whose radius reaches its k-th neighbour."""
    among = np.linalg.norm(real[:, None] - real, axis=2)  # (N, N), zeros on the diagonal
    radii = np.sort(among, axis=1)[:, k]  # place 0 is the point itself
    apart = np.linalg.norm(fake[:, None] - real, axis=2)  # (M, N)
    return float((apart <= radii).any(axis=1).mean())


def _precision_counts_itself(real: FloatArray, fake: FloatArray, k: int) -> float:
    radii = np.sort(np.linalg.norm(real[:, None] - real, axis=2), axis=1)[:, k - 1]
    return float((np.linalg.norm(fake[:, None] - real, axis=2) <= radii).any(axis=1).mean())


def _precision_is_recall(real: FloatArray, fake: FloatArray, k: int) -> float:
    return precision(fake, real, k)


def _precision_of_pairs(real: FloatArray, fake: FloatArray, k: int) -> float:
    radii = np.sort(np.linalg.norm(real[:, None] - real, axis=2), axis=1)[:, k]
    return float((np.linalg.norm(fake[:, None] - real, axis=2) <= radii).mean())


def _precision_in_all_balls(real: FloatArray, fake: FloatArray, k: int) -> float:
    radii = np.sort(np.linalg.norm(real[:, None] - real, axis=2), axis=1)[:, k]
    return float((np.linalg.norm(fake[:, None] - real, axis=2) <= radii).all(axis=1).mean())


def _precision_one_radius(real: FloatArray, fake: FloatArray, k: int) -> float:
    radii = np.sort(np.linalg.norm(real[:, None] - real, axis=2), axis=1)[:, k]
    return float((np.linalg.norm(fake[:, None] - real, axis=2) <= radii.mean()).any(axis=1).mean())


def check_precision(answer: Answer) -> None:
    """On a line by hand: reals at 0, 1, 3 and 10, so the balls for k = 1 have the radii 1, 1, 2 and 7."""
    real = np.array([[0.0], [1.0], [3.0], [10.0]])
    cases = (
        (1, [0.5, -2.0], 0.5, "0.5 lies in two balls, −2 in none"),
        (1, [16.0, 18.0, 4.5], 2 / 3, "16 is within 7 of 10, 4.5 within 2 of 3, and 18 is out"),
        (2, [-2.5, 21.0, 12.0, 8.0], 0.75, "for k = 2 the radii are 3, 2, 3 and 9: only 21 is out"),
        (1, [5.0, 5.0, 5.0], 1.0, "5 is within 2 of 3, however often"),
    )
    for k, places, want, why in cases:
        got = float(solved(answer(real, np.array(places)[:, None], k)))
        require(
            abs(got - want) < 1e-6,
            f"reals at 0, 1, 3 and 10, fakes at {', '.join(f'{p:g}' for p in places)}, k = {k}: it is {want:.2f} "
            f"({why}); you got {got:.2f}. A real's ball reaches to its k-th nearest among the *other* reals, each has "
            "its own, and a fake counts once if it lies in any of them.",
        )
    rng = np.random.default_rng(0)
    cloud, other = rng.normal(size=(40, 3)), rng.normal(0.5, 1.2, size=(25, 3))
    got, want = float(answer(cloud, other, 3)), precision(cloud, other, 3)
    require(abs(got - want) < 1e-6, f"it is right on a line; for 40 and 25 points in space {want:.2f}, not {got:.2f}.")


def nearer_to_train(samples: FloatArray, train: FloatArray, held_out: FloatArray) -> float:
    """The share of samples that are nearer to their nearest row of `train` than to their nearest of `held_out`."""
    to_train = nearest_neighbours(samples, train).distances[:, 0]
    to_held_out = nearest_neighbours(samples, held_out).distances[:, 0]
    return float((to_train < to_held_out).mean())


def _nearer_by_means(samples: FloatArray, train: FloatArray, held_out: FloatArray) -> float:
    means = [nearest_neighbours(samples, rows).distances.mean() for rows in (train, held_out)]
    return float(means[0] < means[1])


def _nearer_to_held_out(samples: FloatArray, train: FloatArray, held_out: FloatArray) -> float:
    return nearer_to_train(samples, held_out, train)


def _nearer_asked_of_the_train(samples: FloatArray, train: FloatArray, held_out: FloatArray) -> float:
    to_samples = [nearest_neighbours(rows, samples).distances[:, 0] for rows in (train, held_out)]
    return float((to_samples[0] < to_samples[1].mean()).mean())


def _nearer_to_the_middle(samples: FloatArray, train: FloatArray, held_out: FloatArray) -> float:
    apart = [np.linalg.norm(samples - rows.mean(axis=0), axis=1) for rows in (train, held_out)]
    return float((apart[0] < apart[1]).mean())


def check_nearer(answer: Answer) -> None:
    """By hand on a line, with one set far larger than the reach of the other, then copies in space."""
    train, held_out = np.array([[0.0], [10.0], [90.0]]), np.array([[4.0], [6.0], [50.0]])
    samples = np.array([[1.0], [5.5], [9.0], [40.0]])
    got = float(solved(answer(samples, train, held_out)))
    require(
        abs(got - 0.5) < 1e-6,
        "samples at 1, 5.5, 9 and 40, training rows at 0, 10 and 90, held-out ones at 4, 6 and 50: the first and the "
        f"third are nearer to a training row, so 0.50; you got {got:.2f}. Each sample is asked: which of the two sets "
        "holds your nearest?",
    )
    got = float(answer(samples[:1], train, held_out))
    require(
        abs(got - 1) < 1e-6, f"the sample at 1 alone has its nearest, 0, in the training rows: 1.00, not {got:.2f}."
    )
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(300, 5))
    copies = np.concatenate([cloud[:30], cloud[150:160]])
    got = float(answer(copies, cloud[:150], cloud[150:]))
    require(abs(got - 0.75) < 1e-6, f"30 copies of training rows and 10 of held-out ones: 0.75; you got {got:.2f}.")


def luck(hits: int, rounds: int) -> float:
    """The probability that a coin is right in `hits` or more of `rounds`."""
    return sum(comb(rounds, k) for k in range(hits, rounds + 1)) / 2**rounds


def _luck_of_exactly(hits: int, rounds: int) -> float:
    return comb(rounds, hits) / 2**rounds


def _luck_of_more(hits: int, rounds: int) -> float:
    return luck(hits + 1, rounds)


def _luck_of_at_most(hits: int, rounds: int) -> float:
    return sum(comb(rounds, k) for k in range(hits + 1)) / 2**rounds


def _luck_by_the_bell_curve(hits: int, rounds: int) -> float:
    return erfc((hits - rounds / 2) / sqrt(rounds / 4) / sqrt(2)) / 2


def check_luck(answer: Answer) -> None:
    """By hand for two and three tosses, then a long game."""
    cases = (
        (2, 2, 0.25, "both tosses must be right: ½ · ½"),
        (1, 2, 0.75, "all but the one way to be wrong twice"),
        (2, 3, 0.5, "three ways to be right twice and one to be right thrice, of eight"),
        (0, 5, 1.0, "none or more is certain"),
        (60, 100, 0.0284439668, "the sum of C(100, k) / 2¹⁰⁰ for k from 60 to 100"),
    )
    for hits, rounds, want, why in cases:
        got = float(solved(answer(hits, rounds)))
        require(
            abs(got - want) < 1e-6,
            f"{hits} or more of {rounds}: {want:.4f} ({why}); you got {got:.4f}. Add up the probabilities of exactly "
            f"k right, C(rounds, k) / 2^rounds, from k = hits to rounds, both ends included.",
        )


EXERCISES = (
    Exercise(
        id="11.1",
        title="Fréchet distance on a line",
        minutes=5,
        check=check_frechet,
        hints=(
            "You need four numbers: the mean and the standard deviation of either sample.",
            "`a.mean()` and `a.std(ddof=1)`. Which two differences are squared?",
            "(a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2",
        ),
        reference=frechet,
        wrong_answers={
            "variances in place of standard deviations": _frechet_of_variances,
            "means only": _frechet_of_means,
            "takes the root": _frechet_root,
            "differences not squared": _frechet_without_squares,
        },
    ),
    Exercise(
        id="11.2",
        title="Precision by balls",
        minutes=8,
        check=check_precision,
        hints=(
            "First the radii: make the table of all distances among the reals, and sort each row. Which place holds "
            "the k-th nearest, when place 0 holds the point itself?",
            "`np.linalg.norm(real[:, None] - real, axis=2)` is that table; the same with `fake[:, None]` has a row for "
            "each fake and a column for each real.",
            "radii = np.sort(among, axis=1)[:, k]; then the mean of (apart <= radii).any(axis=1).",
        ),
        reference=precision,
        wrong_answers={
            "counts itself as the first neighbour": _precision_counts_itself,
            "recall": _precision_is_recall,
            "mean over all pairs": _precision_of_pairs,
            "must lie in every ball": _precision_in_all_balls,
            "one radius for all": _precision_one_radius,
        },
    ),
    Exercise(
        id="11.3",
        title="Nearer to the training set?",
        minutes=6,
        check=check_nearer,
        hints=(
            "For each sample you need two numbers: the distance to its nearest training row, and to its nearest "
            "held-out row.",
            "`metrics.nearest_neighbours(samples, train).distances[:, 0]` are the first of them.",
            "Compare the two arrays element by element, and take the mean of the booleans.",
        ),
        reference=nearer_to_train,
        wrong_answers={
            "compares two means": _nearer_by_means,
            "the share nearer to the held-out rows": _nearer_to_held_out,
            "asks the training rows": _nearer_asked_of_the_train,
            "distance to the middle of a set": _nearer_to_the_middle,
        },
    ),
    Exercise(
        id="11.4",
        title="How lucky must a coin be?",
        minutes=6,
        check=check_luck,
        hints=(
            "There are 2 to the power of `rounds` ways in which the tosses can fall, all equally likely.",
            "`math.comb(rounds, k)` of them have exactly k right. Which k count?",
            "sum(comb(rounds, k) for k in range(hits, rounds + 1)) / 2**rounds",
        ),
        reference=luck,
        wrong_answers={
            "exactly so many": _luck_of_exactly,
            "more, not at least": _luck_of_more,
            "at most": _luck_of_at_most,
            "the bell curve": _luck_by_the_bell_curve,
        },
    ),
)
