"""Mode coverage, divergences and Wasserstein distances: by hand, by a property, and beside somebody else's code."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, hypergeom, wasserstein_distance, wasserstein_distance_nd

from ganwidgets import metrics, toys

CORNERS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
NAN = np.array([[0.0, np.nan], [1.0, 2.0]])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


# --- mode coverage


def test_mode_coverage_by_hand() -> None:
    # σ = 1. Two samples are within 3 of the first corner, one of the second; (10, 3.5) and (5, 5) are within 3 of none.
    # So 2 modes, 3/5 of high quality, and shares (2/3, 1/3, 0, 0): KL from (1/4, 1/4, 1/4, 1/4) is
    # 2/3 log(8/3) + 1/3 log(4/3) = 2/3 · 0.980829 + 1/3 · 0.287682 = 0.749780. The floor is (4 − 1) / (2 · 3) = 0.5.
    samples = np.array([[0, 0], [0, 2.9], [10, 0], [10, 3.5], [5, 5]])
    got = metrics.mode_coverage(samples, CORNERS, 1)
    assert got.modes_covered == 2
    assert got.high_quality == pytest.approx(0.6, abs=1e-12)
    assert got.reverse_kl == pytest.approx(0.749780, abs=1e-6)
    assert got.counts.tolist() == [2, 1, 0, 0]
    assert got.reverse_kl_floor == pytest.approx(0.5, abs=1e-12)


def test_one_mode_of_eight_is_log_eight_away() -> None:
    ring = toys.toy("ring", 10)
    assert ring.modes is not None and ring.sigma is not None
    got = metrics.mode_coverage(np.repeat(ring.modes[:1], 50, axis=0), ring.modes, ring.sigma)
    assert (got.modes_covered, got.high_quality) == (1, 1.0)
    assert got.reverse_kl == pytest.approx(math.log(8), abs=1e-12)


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25)])
def test_samples_of_the_truth_score_as_they_should(name: str, modes: int) -> None:
    # Within 3σ in the plane: 1 − exp(−4.5) = 0.98889, and 0.0021 is one standard error for 2,500 samples.
    data = toys.toy(name, 2500, seed=1)
    assert data.modes is not None and data.sigma is not None
    got = metrics.mode_coverage(data.points, data.modes, data.sigma)
    assert got.modes_covered == modes
    assert got.high_quality == pytest.approx(0.98889, abs=0.008)
    assert 0.2 * got.reverse_kl_floor < got.reverse_kl < 3 * got.reverse_kl_floor


def test_the_floor_of_the_reverse_kl_is_its_mean_for_the_truth(rng: np.random.Generator) -> None:
    modes = np.stack([np.arange(25.0), np.zeros(25)], axis=1)
    found = [metrics.mode_coverage(modes[rng.integers(25, size=2500)], modes, 0.1) for _ in range(100)]
    assert np.mean([f.reverse_kl for f in found]) == pytest.approx(found[0].reverse_kl_floor, rel=0.15)


def test_mode_coverage_does_not_change_when_everything_turns_and_moves(rng: np.random.Generator) -> None:
    samples = CORNERS[rng.integers(3, size=300)] + rng.normal(0, 1.5, (300, 2))
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    here, there = (metrics.mode_coverage(f(samples), f(CORNERS), 1) for f in (lambda x: x, lambda x: x @ turn + 7))
    assert 0.5 < here.high_quality < 0.95
    assert here.counts.tolist() == there.counts.tolist()
    assert here.reverse_kl == pytest.approx(there.reverse_kl, abs=1e-12)


def test_mode_coverage_agrees_with_a_loop(rng: np.random.Generator) -> None:
    samples = rng.normal(5, 5, (400, 2))
    counts = [0] * 4
    for x, y in samples:
        distances = [math.hypot(x - cx, y - cy) for cx, cy in CORNERS]
        if min(distances) <= 3 * 1.3:
            counts[distances.index(min(distances))] += 1
    got = metrics.mode_coverage(torch.from_numpy(samples), CORNERS, 1.3)
    assert got.counts.tolist() == counts
    assert got.high_quality == pytest.approx(sum(counts) / 400, abs=1e-12)
    assert got.reverse_kl == pytest.approx(entropy(counts, [1, 1, 1, 1]), abs=1e-12)


def test_without_a_good_sample_the_reverse_kl_is_unknown() -> None:
    got = metrics.mode_coverage([[100.0, 100.0]], CORNERS, 1)
    assert (got.modes_covered, got.high_quality) == (0, 0.0)
    assert math.isnan(got.reverse_kl) and math.isnan(got.reverse_kl_floor)


# --- divergences


def test_kl_and_js_by_hand() -> None:
    # KL: ½ log(½ / ¼) + ½ log(½ / ¾) = 0.346574 − 0.202733. JS: the middle of (½, ½) and (1, 0) is (¾, ¼), so
    # ½ (½ log ⅔ + ½ log 2) + ½ log(4/3) = 0.071921 + 0.143841.
    assert metrics.kl_divergence([1, 1], [1, 3]) == pytest.approx(0.143841, abs=1e-6)
    assert metrics.js_divergence([1, 1], [1, 0]) == pytest.approx(0.215762, abs=1e-6)


def test_kl_and_js_at_their_ends(rng: np.random.Generator) -> None:
    p = rng.random(7)
    assert metrics.kl_divergence(p, 3 * p) == pytest.approx(0, abs=1e-12)
    assert metrics.kl_divergence([1, 1], [1, 0]) == math.inf
    assert metrics.js_divergence([1, 0], [0, 1]) == pytest.approx(math.log(2), abs=1e-12)
    assert metrics.js_divergence(p, p[::-1]) == pytest.approx(metrics.js_divergence(p[::-1], p), abs=1e-12)


def test_kl_and_js_agree_with_scipy(rng: np.random.Generator) -> None:
    p, q = rng.random(50), rng.random(50)
    assert metrics.kl_divergence(p, q) == pytest.approx(entropy(p, q), rel=1e-12)
    assert metrics.js_divergence(p, q) == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-12)


def test_divergence_on_a_grid_by_hand() -> None:
    # Two cells hold (2, 2) of the reals and (3, 1) of the fakes. With halves added: (½, ½) and (0.7, 0.3), so KL =
    # ½ log(5/7) + ½ log(5/3) = −0.168236 + 0.255413. JS without: the middle of (½, ½) and (¾, ¼) is (⅝, ⅜), so
    # ½ (½ log 0.8 + ½ log 4/3) + ½ (¾ log 1.2 + ¼ log ⅔) = ½ · 0.032269 + ½ · 0.035375.
    got = metrics.grid_divergence([0.5, 0.6, 1.5, 9], [0.5, 0.2, -3, 1.1], bins=2, limits=(0, 2))
    assert got.kl == pytest.approx(0.087177, abs=1e-6)
    assert got.js == pytest.approx(0.033822, abs=1e-6)


def test_the_noise_floor_is_the_mean_over_all_splits() -> None:
    # The pool has 5 in one cell and 3 in the other; a split gives the first sample i of the 5 and 4 − i of the 3.
    got = metrics.grid_divergence([0.5, 0.6, 1.5, 1.6], [0.5, 0.2, 0.3, 1.1], bins=2, limits=(0, 2), repeats=4000)
    splits = [(i, 4 - i) for i in range(1, 5)]
    want = sum(hypergeom(8, 5, 4).pmf(i) * jensenshannon([i, j], [5 - i, 3 - j]) ** 2 for i, j in splits)
    assert got.js_floor == pytest.approx(want, rel=0.06)


def test_two_samples_of_one_distribution_lie_at_the_floor_and_others_above(rng: np.random.Generator) -> None:
    pairs = [(rng.normal(size=(500, 2)), rng.normal(size=(700, 2))) for _ in range(20)]
    same = [metrics.grid_divergence(a, b, limits=(-4, 4)) for a, b in pairs]
    floors = np.mean([(g.kl_floor, g.js_floor) for g in same], axis=0)
    assert np.mean([g.kl for g in same]) == pytest.approx(floors[0], rel=0.05)
    assert np.mean([g.js for g in same]) == pytest.approx(floors[1], rel=0.05)
    moved = metrics.grid_divergence(pairs[0][0], pairs[0][1] + 1, limits=(-4, 4))
    assert 1.5 * moved.js_floor < moved.js < math.log(2)
    more = metrics.grid_divergence(rng.normal(size=(20_000, 2)), rng.normal(size=(20_000, 2)), limits=(-4, 4))
    assert more.js_floor < 0.2 * floors[1]


def test_equal_samples_and_samples_far_apart(rng: np.random.Generator) -> None:
    points = rng.normal(size=(300, 2))
    equal = metrics.grid_divergence(points, points)
    assert (equal.kl, equal.js) == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12))
    assert metrics.grid_divergence(points, points + 1e6).js == pytest.approx(math.log(2), abs=1e-12)
    even = np.linspace(0, 1, 500)  # up to its very ends: what lies beyond must not share the outermost cells
    assert metrics.grid_divergence(even, even + 1e6).js == pytest.approx(math.log(2), abs=1e-12)


def test_the_noise_floor_knows_which_sample_is_the_small_one(rng: np.random.Generator) -> None:
    found = [metrics.grid_divergence(rng.random(40), rng.random(2000), 16, (0, 1)) for _ in range(60)]
    turned = metrics.grid_divergence(rng.random(2000), rng.random(40), 16, (0, 1), repeats=200)
    assert np.mean([f.kl for f in found]) == pytest.approx(np.mean([f.kl_floor for f in found]), rel=0.1)
    assert turned.kl_floor > 1.15 * np.mean([f.kl_floor for f in found])


def test_divergence_on_a_grid_agrees_with_numpys_histogram(rng: np.random.Generator) -> None:
    a, b = rng.uniform(0, 1, (800, 2)), rng.beta(2, 2, (600, 2))
    n, m = (np.histogram2d(x[:, 0], x[:, 1], bins=8, range=[[0, 1], [0, 1]])[0].ravel() for x in (a, b))
    got = metrics.grid_divergence(a, b, bins=8, limits=(0, 1))
    assert got.js == pytest.approx(jensenshannon(n, m) ** 2, rel=1e-9)
    assert got.kl == pytest.approx(entropy(n + 0.5, m + 0.5), rel=1e-9)  # every cell holds something
    assert got == metrics.grid_divergence(a, b, bins=8, limits=(0, 1))


# --- Wasserstein


def test_wasserstein_on_a_line_by_hand() -> None:
    # Half of the mass of the first is at 0 and half at 3, of the second two thirds and one third: a sixth moves by 3.
    assert metrics.wasserstein_1d([3, 0], [0, 3, 0]) == pytest.approx(0.5, abs=1e-12)
    assert metrics.wasserstein_1d([3, 0], [0, 3, 0], order=2) == pytest.approx(math.sqrt(9 / 6), abs=1e-12)


def test_wasserstein_on_a_line_agrees_with_scipy(rng: np.random.Generator) -> None:
    for n, m in ((50, 50), (50, 37), (1, 64)):
        a, b = rng.normal(size=n), rng.exponential(size=m)
        assert metrics.wasserstein_1d(a, b) == pytest.approx(wasserstein_distance(a, b), rel=1e-9)


@pytest.mark.parametrize("order", [1, 2])
def test_wasserstein_on_a_line_is_a_distance(order: int, rng: np.random.Generator) -> None:
    def measure(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
        return metrics.wasserstein_1d(first, second, order)

    a, b, c = rng.normal(size=30), rng.exponential(size=20), rng.uniform(size=30)
    assert measure(a, b) == pytest.approx(measure(b, a), rel=1e-12)
    assert measure(a, a[::-1]) == pytest.approx(0, abs=1e-12)
    assert measure(a, a - 3) == pytest.approx(3, rel=1e-12)
    assert 0 < measure(a, c) <= measure(a, b) + measure(b, c)


def test_exact_wasserstein_by_hand() -> None:
    # Straight: 3 and 5 long; crossed: 3 and 1, which is less. The means are 2 and, of the squares, (9 + 1) / 2.
    a, b = [[0, 0], [4, 0]], [[3, 0], [0, 3]]
    assert metrics.exact_wasserstein(a, b) == pytest.approx(2, abs=1e-12)
    assert metrics.exact_wasserstein(a, b, order=2) == pytest.approx(math.sqrt(5), abs=1e-12)


def test_exact_wasserstein_agrees_with_every_permutation_and_with_scipy(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(6, 2)), rng.normal(size=(6, 2)) + 1
    plans = itertools.permutations(range(6))
    want = min(sum(math.dist(a[i], b[j]) for i, j in enumerate(plan)) / 6 for plan in plans)
    assert metrics.exact_wasserstein(a, b) == pytest.approx(want, rel=1e-12)
    assert metrics.exact_wasserstein(a, b) == pytest.approx(wasserstein_distance_nd(a, b), rel=1e-6)


@pytest.mark.parametrize("measure", [metrics.exact_wasserstein, metrics.sliced_wasserstein])
@pytest.mark.parametrize("order", [1, 2])
def test_wasserstein_is_symmetric_and_zero_for_equals(
    measure: Callable[..., float], order: int, rng: np.random.Generator
) -> None:
    a, b = rng.normal(size=(40, 2)), rng.normal(size=(40, 2))
    assert measure(a, b, order=order) == pytest.approx(measure(b, a, order=order), rel=1e-12)
    assert measure(a, a[::-1], order=order) == pytest.approx(0, abs=1e-12)
    assert measure(3 * a, 3 * b, order=order) == pytest.approx(3 * measure(a, b, order=order), rel=1e-12)


def test_exact_wasserstein_of_a_shift_is_its_length_and_no_slice_sees_more(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(60, 2)), rng.normal(size=(60, 2))
    assert metrics.exact_wasserstein(a, a + np.array([3, 4]), order=2) == pytest.approx(5, rel=1e-9)
    for order in (1, 2):
        assert 0 < metrics.sliced_wasserstein(a, b, order=order) < metrics.exact_wasserstein(a, b, order=order)


def test_sliced_wasserstein_by_hand() -> None:
    # Seen from an angle θ, two points at distance 2 are 2 |cos θ| apart: 4/π on average, 2/√2 in the root mean square.
    a, b = [[0, 0]], [[2, 0]]
    assert metrics.sliced_wasserstein(a, b, 20_000) == pytest.approx(4 / math.pi, rel=0.015)
    assert metrics.sliced_wasserstein(a, b, 20_000, order=2) == pytest.approx(math.sqrt(2), rel=0.015)
    assert metrics.sliced_wasserstein([[1], [2]], [[3], [5]], 3) == pytest.approx(2.5, abs=1e-12)


def test_sliced_wasserstein_agrees_with_scipy_on_even_angles(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(50, 2)), rng.normal(size=(35, 2)) * np.array([2, 0.5])
    angles = np.linspace(0, np.pi, 180, endpoint=False)
    want = np.mean([wasserstein_distance(a @ u, b @ u) for u in np.stack([np.cos(angles), np.sin(angles)], axis=1)])
    got = metrics.sliced_wasserstein(a, b, 4000)
    assert got == pytest.approx(want, rel=0.03)
    assert got == metrics.sliced_wasserstein(a, b, 4000) != metrics.sliced_wasserstein(a, b, 4000, seed=1)


# --- bad input

TWO: npt.NDArray[np.float64] = np.array([[0.0, 1.0], [2.0, 3.0]])


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: metrics.mode_coverage(TWO[0], CORNERS, 1), r"samples: .*\(N, F\).*\(2,\)"),
        (lambda: metrics.mode_coverage(TWO[:0], CORNERS, 1), r"samples: .*at least 1.*\(0, 2\)"),
        (lambda: metrics.mode_coverage(TWO, CORNERS[:0], 1), r"modes: .*\(0, 2\)"),
        (lambda: metrics.mode_coverage(TWO, [[1.0]], 1), r"samples, modes: .*\(2, 2\) and \(1, 1\)"),
        (lambda: metrics.mode_coverage(NAN, CORNERS, 1), r"samples: .*NaN or infinity in 1 of 4"),
        (lambda: metrics.mode_coverage(TWO, NAN, 1), "modes: .*NaN"),
        (lambda: metrics.mode_coverage(TWO, CORNERS, -0.1), r"sigma must be .*above 0, not -0\.1"),
        (lambda: metrics.mode_coverage(TWO, CORNERS, 0), "sigma must be .*above 0, not 0"),
        (lambda: metrics.mode_coverage(TWO, CORNERS, math.nan), "sigma must be .*not nan"),
        (lambda: metrics.mode_coverage([["a", "b"]], CORNERS, 1), "samples: .*real numbers, got <U1"),
        (lambda: metrics.mode_coverage([[1, 2], [3]], CORNERS, 1), "samples: expected an array of numbers, got list"),
        (lambda: metrics.mode_coverage(torch.zeros(2, 2, requires_grad=True), CORNERS, 1), "samples: .*got Tensor"),
        (lambda: metrics.kl_divergence([1, -1], [1, 1]), "p: .*at least 0.*-1"),
        (lambda: metrics.kl_divergence([1, 1], [0, 0]), "q: .*not all 0"),
        (lambda: metrics.js_divergence([1, 1], [1, 1, 1]), "p, q: .*2 and 3"),
        (lambda: metrics.js_divergence([], []), r"p: .*\(0,\)"),
        (lambda: metrics.grid_divergence(np.zeros((5, 3)), np.zeros((5, 3))), r"real: .*\(N, 2\).*\(5, 3\)"),
        (lambda: metrics.grid_divergence(TWO, TWO[:0]), r"fake: .*\(0, 2\)"),
        (lambda: metrics.grid_divergence(TWO, TWO[:, 0]), "real, fake: .*one shape"),
        (lambda: metrics.grid_divergence(TWO, NAN), "fake: .*NaN"),
        (lambda: metrics.grid_divergence(TWO, TWO, bins=1), "bins must be .* from 2 to 1000, not 1"),
        (lambda: metrics.grid_divergence(TWO, TWO, limits=(1, 1)), "limits: .*low below high"),
        (lambda: metrics.grid_divergence(TWO, TWO, repeats=0), "repeats must be .*at least 1, not 0"),
        (lambda: metrics.wasserstein_1d(TWO, [1.0]), r"a: .*\(N,\).*\(2, 2\)"),
        (lambda: metrics.wasserstein_1d([1.0], []), r"b: .*\(0,\)"),
        (lambda: metrics.wasserstein_1d([1.0], [math.inf]), "b: .*infinity"),
        (lambda: metrics.wasserstein_1d([1.0], [1.0], order=3), "order must be .* from 1 to 2, not 3"),
        (lambda: metrics.exact_wasserstein(TWO, TWO[:1]), "a, b: .*2 and 1"),
        (lambda: metrics.exact_wasserstein(np.zeros((5001, 1)), np.zeros((5001, 1))), "at most 5000 points, got 5001"),
        (lambda: metrics.sliced_wasserstein(TWO, CORNERS[:, :1]), "a, b: .*one shape"),
        (lambda: metrics.sliced_wasserstein(TWO, NAN), "b: .*NaN"),
        (lambda: metrics.sliced_wasserstein(TWO, TWO, projections=0), "projections must be .*at least 1"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()
