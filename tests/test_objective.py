"""The value function on finite sets: by hand, by theorem, and against a search for the best D."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon

from ganwidgets import objective

RNG = np.random.default_rng(0)


def test_by_hand() -> None:
    # p = (1, 0), q = (1/2, 1/2): D* = (2/3, 0), V = log 2/3 + ½ log 1/3 + ½ log 1.
    p, q = [2, 0], [1, 1]
    D = objective.optimal_discriminator(p, q)
    assert pytest.approx([2 / 3, 0]) == D
    assert objective.value(p, q, D) == pytest.approx(math.log(2 / 3) + 0.5 * math.log(1 / 3))
    assert objective.value(p, q, [0.5, 0.5]) == pytest.approx(-math.log(4))


def test_equals_meet_at_minus_log_four_and_strangers_at_zero() -> None:
    p = RNG.random(7)
    assert objective.best_value(p, 3 * p) == pytest.approx(-math.log(4), abs=1e-12)
    assert objective.optimal_discriminator(p, p) == pytest.approx(np.full(7, 0.5))
    assert objective.best_value([1, 0], [0, 1]) == pytest.approx(0.0, abs=1e-12)


def test_v_at_the_best_d_is_the_theorems() -> None:
    for _ in range(20):
        p, q = RNG.random((2, 9)) * (RNG.random((2, 9)) > 0.2) + np.eye(9)[0]
        D = objective.optimal_discriminator(p, q)
        js = float(jensenshannon(p, q)) ** 2
        assert objective.value(p, q, D) == pytest.approx(-math.log(4) + 2 * js, abs=1e-9)
        assert objective.best_value(p, q) == pytest.approx(objective.value(p, q, D), abs=1e-9)


def test_no_other_d_does_better() -> None:
    p, q = [0.7, 0.3], [0.2, 0.8]
    best = objective.optimal_discriminator(p, q)
    for place in (0, 1):

        def loss(d: float, place: int = place) -> float:
            return -objective.value(p, q, np.where(np.arange(2) == place, d, best))

        assert minimize_scalar(loss, bounds=(1e-6, 1 - 1e-6), method="bounded").x == pytest.approx(
            best[place], abs=1e-4
        )


def test_places_that_nobody_visits_and_certain_errors() -> None:
    assert objective.optimal_discriminator([1, 0, 1], [1, 0, 3])[1] == 0.5
    assert objective.value([1, 1], [1, 1], [0.0, 0.5]) == -math.inf


def test_bad_weights_are_refused() -> None:
    for message, p, q in (
        ("p_data: expected weights", [0, 0], [1, 1]),
        ("p_g: expected weights", [1, 1], [1, -1]),
        ("p_data: expected weights", [[1]], [1]),
        ("as many places", [1, 1], [1]),
    ):
        with pytest.raises(ValueError, match=message):
            objective.optimal_discriminator(p, q)
    with pytest.raises(ValueError, match="D: expected 2 probabilities"):
        objective.value([1, 1], [1, 1], [0.5, 1.5])
