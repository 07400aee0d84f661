"""Loss curves: values by hand, slopes against finite differences, and what the course says of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganwidgets import curves, losses


def test_values_by_hand_at_one_half() -> None:
    middle = {name: curves.generator_curve(name, 201).values[100] for name in losses.LOSSES}
    want = {
        "minimax": -math.log(2), "non_saturating": math.log(2), "least_squares": 0.5, "hinge": 0.0, "wasserstein": 0.0,
        "relativistic": math.log(2),
    }  # fmt: skip
    assert middle == pytest.approx(want, abs=1e-6)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_slopes_are_those_of_the_values(name: str) -> None:
    curve = curves.generator_curve(name, 2001)
    by_differences = np.gradient(curve.values.astype(float), curve.logits.astype(float))
    assert np.allclose(curve.slopes[5:-5], by_differences[5:-5], atol=5e-3)


def test_the_saturating_slope_dies_where_d_is_sure_and_the_other_does_not() -> None:
    dying, living = (curves.generator_curve(name).slopes[0] for name in ("minimax", "non_saturating"))
    assert dying == pytest.approx(-1 / (1 + math.exp(8)), rel=1e-3) and living == pytest.approx(-1, abs=1e-3)


def test_only_a_loss_that_compares_looks_at_the_real() -> None:
    for name in losses.LOSSES:
        one, other = (curves.generator_curve(name, real_logit=r).values for r in (0.0, 2.0))
        assert np.array_equal(one, other) != losses.LOSSES[name].uses_real_in_g


def test_scores_are_the_logits_probabilities() -> None:
    curve = curves.generator_curve("hinge", 5, reach=2.0)
    assert curve.scores == pytest.approx([1 / (1 + math.exp(-t)) for t in (-2, -1, 0, 1, 2)], abs=1e-6)


def test_bad_numbers_are_refused() -> None:
    for message, settings in (
        ("no 'hing'", {"name": "hing"}), ("n must be a whole number", {"name": "hinge", "n": 1}),
        ("reach: got 0", {"name": "hinge", "reach": 0}),
        ("real_logit: got nan", {"name": "hinge", "real_logit": math.nan}),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            curves.generator_curve(**settings)  # type: ignore[arg-type]
