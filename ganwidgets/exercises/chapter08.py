"""Exercises of chapter 08: a step of the Dirac-GAN, the largest eigenvalue, naming bugs, and mending them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt

from ganwidgets.clinic import BUGS, DISEASES, PATIENTS, Chart
from ganwidgets.exercises.base import Answer, Exercise, Refused, require, solved
from ganwidgets.games import DiracGame

FloatArray = npt.NDArray[np.float64]

HEALTHY = Chart()


def simultaneous_step(theta: float, psi: float, rate: float) -> tuple[float, float]:
    """Both players move at once, from where they stand."""
    return theta + rate * psi, psi - rate * theta


def _one_after_the_other(theta: float, psi: float, rate: float) -> tuple[float, float]:
    psi = psi - rate * theta
    return theta + rate * psi, psi


def _signs_swapped(theta: float, psi: float, rate: float) -> tuple[float, float]:
    return theta - rate * psi, psi + rate * theta


def _both_downhill_in_v(theta: float, psi: float, rate: float) -> tuple[float, float]:
    return theta + rate * psi, psi + rate * theta


def check_simultaneous_step(answer: Answer) -> None:
    """Against the exact game, at a few places."""
    game = DiracGame("wasserstein", rate=0.1)
    for theta, psi in ((1.0, 0.0), (0.0, 1.0), (0.5, -1.5)):
        got = solved(answer(theta, psi, 0.1))
        require(isinstance(got, tuple | list) and len(got) == 2, "return two numbers: the new θ, then the new ψ.")
        want = game.step(theta, psi)
        after = (theta + 0.1 * (psi - 0.1 * theta), psi - 0.1 * theta)
        if np.allclose(got, after) and not np.allclose(got, want):
            raise Refused("G has already seen D's new ψ: that is an alternating step. Compute both from the old pair.")
        require(
            bool(np.allclose(got, want)),
            f"from (θ, ψ) = ({theta:g}, {psi:g}) with rate 0.1 the step leads to ({want[0]:.3f}, {want[1]:.3f}); you "
            f"went to ({float(got[0]):.3f}, {float(got[1]):.3f}). Each player goes *down* its own loss: new = old − "
            "rate · slope. The slopes are −ψ for G's θ and θ for D's ψ.",
        )


def largest_eigenvalue(jacobian: FloatArray) -> float:
    """The length of the longest eigenvalue of a 2×2 matrix, from its trace and its determinant."""
    (a, b), (c, d) = jacobian
    half, determinant = (a + d) / 2, a * d - b * c
    root = complex(half**2 - determinant) ** 0.5
    return max(abs(half + root), abs(half - root))


def _largest_real_part(jacobian: FloatArray) -> float:
    return float(np.linalg.eigvals(jacobian).real.max())


def _largest_stretch(jacobian: FloatArray) -> float:
    return float(np.linalg.norm(jacobian, 2))


def _largest_number(jacobian: FloatArray) -> float:
    (a, b), (c, d) = jacobian
    return float((a + d) / 2 + math.sqrt(max((a + d) ** 2 / 4 - (a * d - b * c), 0.0)))


def check_largest_eigenvalue(answer: Answer) -> None:
    """A rotation, a flip, a shear, and the game's own Jacobian."""
    cases = {
        "it turns and stretches by √1.01; the eigenvalues 1 ± 0.1i are complex": (
            [[1.0, 0.1], [-0.1, 1.0]],
            1.01**0.5,
        ),
        "eigenvalues −1.5 and 0.5; their length counts, not their sign": ([[-1.5, 0.0], [0.0, 0.5]], 1.5),
        "a shear: both eigenvalues are 0.9, although it stretches some arrows by more": ([[0.9, 2.0], [0.0, 0.9]], 0.9),
        "the Dirac-GAN with R1, γ = 0.5 and rate 0.1": ([[1.0, 0.05], [-0.05, 0.95]], 0.9525**0.5),
    }
    for words, (matrix, want) in cases.items():
        got = solved(answer(np.array(matrix)))
        require(
            not isinstance(got, complex) and np.ndim(got) == 0,
            "return one real number: the length |λ| of the longest eigenvalue. `abs` of a complex number gives it.",
        )
        require(
            abs(float(got) - want) < 1e-4,
            f"for {matrix} the answer is {want:.4f}, you got {float(got):.4f}: {words}.",
        )


def name_the_bugs() -> dict[int, str]:
    """What each patient suffers from."""
    return {
        1: "wrong label",
        2: "sigmoid twice",
        3: "learning rate too high",
        4: "missing initialisation",
        5: "D too strong",
        6: "forgotten detach",
    }


_LOOK_AT = {
    1: "Both losses fall to 0. In a game with two sides, can both be content?",
    2: "Where in the histogram are all the scores? Which scores are missing altogether?",
    3: "Look at the scale of the losses, and at how far off the samples are.",
    4: "D's loss is 1.386 at every step, and each score is ½. A draw, or a D that has never learned anything?",
    5: "D's loss is 0 and G's is large and grows. Have the samples left the place where they began?",
    6: "Nothing is flat and nothing explodes; G learned at first, and then its fakes stay where D half believes them. "
    "What is left when you cross out the other five?",
}


def _names(**changed: str) -> Answer:
    """The right names but for some, by patient: `p5="..."`."""
    return lambda: name_the_bugs() | {int(patient[1:]): bug for patient, bug in changed.items()}


def check_names(answer: Answer) -> None:
    """Each patient's bug; says where to look, not what it is."""
    got = solved(answer())
    require(
        isinstance(got, Mapping) and set(got) == set(DISEASES),
        "return a dictionary with the patients' numbers, 1 to 6, as its keys.",
    )
    unknown = [name for name in got.values() if name not in BUGS]
    require(not unknown, f"there is no bug called {unknown[:1]}; the names are in clinic.BUGS: {', '.join(BUGS)}.")
    wrong = [patient for patient, bug in DISEASES.items() if got[patient] != bug]
    require(
        not wrong,
        f"{len(DISEASES) - len(wrong)} of 6 are right. Look at patient {wrong[0] if wrong else 0} again: it is not "
        f"“{got.get(wrong[0] if wrong else 1)}”. {_LOOK_AT[wrong[0] if wrong else 1]}",
    )


def mend(chart: Chart) -> Chart:
    """The chart with the one thing put right that is wrong with it."""
    chart = replace(chart, d_weights="random", d_ends_in="linear", detach=True, g_label=1.0)
    if max(chart.lr_d, chart.lr_g) > 0.05:
        return replace(chart, lr_d=4e-3, lr_g=1e-3)
    return replace(chart, lr_g=chart.lr_d / 4) if chart.lr_d > 20 * chart.lr_g else chart


def _a_new_patient(chart: Chart) -> Chart:
    return Chart()


def _rates_only(chart: Chart) -> Chart:
    return replace(chart, lr_d=4e-3, lr_g=1e-3)


def _all_but_the_rates(chart: Chart) -> Chart:
    return replace(chart, d_weights="random", d_ends_in="linear", detach=True, g_label=1.0)


def check_mend(answer: Answer) -> None:
    """Every bug is gone, alone, and what was healthy is as it was."""
    for patient, sick in PATIENTS.items():
        chart = replace(sick, seed=7)
        got = solved(answer(chart))
        require(isinstance(got, Chart), f"return a Chart, not {type(got).__name__}; `replace(chart, ...)` makes one.")
        require(got.seed == 7, "the patient's own seed is lost. Change what is sick, and leave the rest as it was.")
        for field in fields(Chart):
            value, healthy = getattr(got, field.name), getattr(HEALTHY, field.name)
            if field.name in ("lr_d", "lr_g", "seed"):
                continue
            require(
                value == healthy,
                f"patient {patient} is still sick: {field.name} is {value!r}. What is it in a healthy chart?",
            )
        within = all(0.25 <= rate / healthy <= 4 for rate, healthy in ((got.lr_d, 4e-3), (got.lr_g, 1e-3)))
        require(
            within and got.lr_d / got.lr_g < 20,
            f"patient {patient} leaves with lr_d = {got.lr_d:g} and lr_g = {got.lr_g:g}. In a healthy chart they are "
            "0.004 and 0.001: much larger steps explode, and a G that is far slower than D is left behind.",
        )
    well = replace(HEALTHY, seed=3)
    require(answer(well) == well, "you changed a chart that was healthy.")


EXERCISES = (
    Exercise(
        id="08.1",
        title="A simultaneous step of the Dirac-GAN",
        minutes=6,
        check=check_simultaneous_step,
        hints=(
            "Gradient descent: new = old − rate · slope, once for each player, with the player's own loss.",
            "The slope of −ψθ by θ is −ψ; the slope of ψθ by ψ is θ.",
            "return theta + rate * psi, psi - rate * theta",
        ),
        reference=simultaneous_step,
        wrong_answers={
            "G sees D's new ψ": _one_after_the_other,
            "uphill in place of downhill": _signs_swapped,
            "D and G on the same side": _both_downhill_in_v,
        },
    ),
    Exercise(
        id="08.2",
        title="The largest eigenvalue",
        minutes=8,
        check=check_largest_eigenvalue,
        hints=(
            "The eigenvalues are the two solutions of λ² − (a + d)·λ + (ad − bc) = 0; they may be complex.",
            "np.linalg.eigvals(jacobian) finds them, too. What counts is how long they are.",
            "return float(np.abs(np.linalg.eigvals(jacobian)).max())",
        ),
        reference=largest_eigenvalue,
        wrong_answers={
            "the largest real part": _largest_real_part,
            "the largest stretch": _largest_stretch,
            "real solutions only": _largest_number,
        },
    ),
    Exercise(
        id="08.3",
        title="Name the bugs",
        minutes=12,
        check=check_names,
        hints=(
            "Three give themselves away: one by the scale of its losses, one by scores that can't occur, one by a loss "
            "that never moves.",
            "Of the two whose D is sure of everything, one has a content G (loss near 0) and one a desperate G.",
            "The one that looks least sick is the forgotten detach.",
        ),
        reference=name_the_bugs,
        wrong_answers={
            "wrong label and strong D confused": _names(p1="D too strong", p5="wrong label"),
            "takes the flat line for a sigmoid": _names(p2="missing initialisation", p4="sigmoid twice"),
            "a name that is not in the list": _names(p3="it exploded"),
        },
    ),
    Exercise(
        id="08.4",
        title="Mend them",
        minutes=10,
        check=check_mend,
        hints=(
            "Four of the six need one field put to its healthy value, whatever it was before.",
            "For the two others, look at lr_d and lr_g: are both far too high, or is G far slower than D?",
            "replace(chart, detach=True, g_label=1.0, ...) for the four; then an `if` for each of the other two.",
        ),
        reference=mend,
        wrong_answers={
            "a new patient in the old one's place": _a_new_patient,
            "changes only the rates": _rates_only,
            "leaves the rates": _all_but_the_rates,
        },
    ),
)
