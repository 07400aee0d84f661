"""Metrics over features: by hand, by a property, and beside scipy, scikit-learn or a plain loop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.stats import ortho_group
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors

from ganwidgets import metrics
from ganwidgets.metrics import distances

# One to a real; the balls with k = 1 reach 1, 1, 1 and 8 far for the reals, 4.5, 4.5, 1 and 1 for the fakes.
REAL = np.array([[0.0], [1.0], [2.0], [10.0]])
FAKE = np.array([[0.5], [5.0], [30.0], [31.0]])
Array = npt.NDArray[np.float64]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def clouds(rng: np.random.Generator, n: int, m: int, features: int) -> tuple[Array, Array]:
    return rng.normal(size=(n, features)), rng.normal(0.3, 1.2, size=(m, features))


# --- Fréchet distance


def test_frechet_distance_by_hand() -> None:
    # Means 1 and 2; variances (1 + 1) / 1 = 2 and (4 + 4) / 1 = 8: 1² + 2 + 8 − 2 √(2 · 8) = 3.
    assert metrics.frechet_distance([[0], [2]], [[0], [4]]) == pytest.approx(3, abs=1e-12)


def test_frechet_distance_agrees_with_the_matrix_square_root(rng: np.random.Generator) -> None:
    a, b = clouds(rng, 200, 150, 12)
    b = b @ rng.normal(size=(12, 12))
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    want = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s + t - 2 * sqrtm(s @ t).real)
    assert metrics.frechet_distance(a, b) == pytest.approx(want, rel=1e-8)
    assert metrics.frechet_distance(torch.from_numpy(a), b) == metrics.frechet_distance(a, b)


def test_frechet_distance_is_symmetric_turns_with_the_features_and_adds_a_shift(rng: np.random.Generator) -> None:
    a, b = clouds(rng, 100, 80, 6)
    here = metrics.frechet_distance(a, b)
    turn = ortho_group.rvs(6, random_state=0)
    assert metrics.frechet_distance(b, a) == pytest.approx(here, rel=1e-9)
    assert metrics.frechet_distance(a @ turn, b @ turn) == pytest.approx(here, rel=1e-9)
    assert metrics.frechet_distance(a, a + 2) == pytest.approx(6 * 4, rel=1e-9)


def test_frechet_distance_of_equals_is_zero_also_with_fewer_rows_than_features(rng: np.random.Generator) -> None:
    few = rng.normal(size=(5, 40))
    assert metrics.frechet_distance(few, few[::-1]) == pytest.approx(0, abs=1e-9)
    assert metrics.frechet_distance(few, few + 1) == pytest.approx(40, rel=1e-9)


# --- kernel distance


def test_kernel_distance_by_hand() -> None:
    # k(x, y) = (xy + 1)³. Within a: k(0, 1) = 1; within b: k(1, 2) = 27; between: 1, 1, 8 and 27, 9.25 on average.
    # 1 + 27 − 2 · 9.25 = 9.5.
    assert metrics.kernel_distance([[0], [1]], [[1], [2]]) == pytest.approx(9.5, abs=1e-12)


def test_kernel_distance_agrees_with_scikit_learns_kernel(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr("ganwidgets.metrics.features.CHUNK", 7)
    a, b = clouds(rng, 60, 45, 9)
    xx, yy, xy = (polynomial_kernel(p, q, degree=3, coef0=1) for p, q in ((a, a), (b, b), (a, b)))
    want = xx[~np.eye(60, dtype=bool)].mean() + yy[~np.eye(45, dtype=bool)].mean() - 2 * xy.mean()
    assert metrics.kernel_distance(a, b) == pytest.approx(want, rel=1e-9)


def test_kernel_distance_has_no_bias_where_the_frechet_distance_has(rng: np.random.Generator) -> None:
    pairs = [(rng.normal(size=(30, 8)), rng.normal(size=(20, 8))) for _ in range(200)]
    kernel = np.array([metrics.kernel_distance(a, b) for a, b in pairs])
    assert abs(kernel.mean()) < 3 * kernel.std() / np.sqrt(200)
    assert 0.3 < (kernel < 0).mean() < 0.8
    assert min(metrics.frechet_distance(a, b) for a, b in pairs[:20]) > 0.5
    assert metrics.kernel_distance(*pairs[0]) == pytest.approx(metrics.kernel_distance(*pairs[0][::-1]), rel=1e-9)


# --- precision and recall, density and coverage


def test_precision_and_recall_by_hand() -> None:
    # 0.5 lies in the balls of 0 and 1, 5 in that of 10, 30 and 31 in none: 2/4. 0, 1 and 2 lie in the ball of 0.5;
    # 10 is 5 from the nearest fake, whose ball reaches 4.5: 3/4.
    got = metrics.precision_recall(REAL, FAKE, k=1)
    assert (got.precision, got.recall) == (0.5, 0.75)
    # The edge counts: 2 is 1 from the real 1, whose ball reaches 1; 0 is 2 from the fake 2, whose ball reaches 2.
    assert metrics.precision_recall([[0], [1]], [[2], [4]], k=1) == metrics.PrecisionRecall(0.5, 1.0)


def test_density_and_coverage_by_hand() -> None:
    # 0.5 lies in two balls, 5 in one: 3 / (1 · 4). The balls of 0, 1 and 10 hold a fake, that of 2 holds none: 3/4.
    got = metrics.density_coverage(REAL, FAKE, k=1)
    assert (got.density, got.coverage) == (0.75, 0.75)


@pytest.mark.parametrize("features", [3, 24])
def test_the_four_agree_with_scikit_learns_neighbours(
    features: int, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(distances, "TILE_ROWS", 17)
    monkeypatch.setattr(distances, "TILE_COLUMNS", 23)
    real, fake = clouds(rng, 120, 90, features)
    k = 4
    real_radii, fake_radii = (NearestNeighbors(n_neighbors=k).fit(x).kneighbors()[0][:, -1] for x in (real, fake))
    apart = np.linalg.norm(real[:, None] - fake[None], axis=2)  # (120, 90)
    in_real, in_fake = apart <= real_radii[:, None], apart <= fake_radii
    got, dc = metrics.precision_recall(real, fake, k), metrics.density_coverage(real, fake, k)
    assert 0.1 < got.precision < 1 and 0.1 < dc.coverage < 1
    assert got.precision == pytest.approx(in_real.any(axis=0).mean(), abs=1e-12)
    assert got.recall == pytest.approx(in_fake.any(axis=1).mean(), abs=1e-12)
    assert dc.density == pytest.approx(in_real.sum() / (k * 90), abs=1e-12)
    assert dc.coverage == pytest.approx(in_real.any(axis=1).mean(), abs=1e-12)


def test_precision_and_recall_change_places_with_the_samples_and_see_collapse(rng: np.random.Generator) -> None:
    real, fake = clouds(rng, 100, 100, 5)
    one, other = metrics.precision_recall(real, fake, 3), metrics.precision_recall(fake, real, 3)
    assert (one.precision, one.recall) == (other.recall, other.precision)
    assert metrics.precision_recall(3 * real + 1, 3 * fake + 1, 3) == one
    collapsed = real[:1] + rng.normal(0, 0.01, (100, 5))
    got = metrics.precision_recall(real, collapsed, 3)
    assert got.precision > 0.95 and got.recall < 0.05


def test_density_is_one_for_equals_and_an_outlier_moves_it_less_than_recall(rng: np.random.Generator) -> None:
    real = rng.normal(size=(100, 4))
    assert metrics.density_coverage(real, real, 5) == metrics.DensityCoverage(1.0, 1.0)
    wide = np.concatenate([real[:5], rng.normal(0, 100, (5, 4))])  # a few fakes far out: their balls hold everything
    assert metrics.precision_recall(real, wide, 5).recall > 0.95
    assert metrics.density_coverage(real, wide, 5).coverage < 0.5


# --- nearest neighbours


def test_nearest_neighbours_by_hand() -> None:
    got = metrics.nearest_neighbours([[0.0, 0.0], [6.0, 8.0]], [[3.0, 4.0], [6.0, 8.0], [0.0, 1.0]], k=2)
    assert got.indices.tolist() == [[2, 0], [1, 0]]
    assert got.distances.tolist() == [[1, 5], [0, 5]]


def test_nearest_neighbours_find_copies_among_images(rng: np.random.Generator) -> None:
    train = rng.integers(0, 256, (50, 8, 8, 3), dtype=np.uint8)
    black = np.zeros((1, 8, 8, 3), dtype=np.uint8)
    got = metrics.nearest_neighbours(train[[7, 31]], np.concatenate([train, black]))
    assert got.indices[:, 0].tolist() == [7, 31]
    assert got.distances[:, 0].tolist() == [0, 0]
    # 192 numbers that are 255 apart: uint8 arithmetic would have wrapped around.
    white = metrics.nearest_neighbours(np.full_like(black, 255), black)
    assert white.distances[0, 0] == pytest.approx(255 * np.sqrt(192), rel=1e-12)


@pytest.mark.parametrize("features", [2, 40])
def test_nearest_neighbours_agree_with_scikit_learn(
    features: int, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(distances, "TILE_ROWS", 16)
    monkeypatch.setattr(distances, "TILE_COLUMNS", 9)
    samples, reference = clouds(rng, 50, 70, features)
    want, places = NearestNeighbors(n_neighbors=12, algorithm="brute").fit(reference).kneighbors(samples)
    got = metrics.nearest_neighbours(samples, reference, k=12)
    assert np.array_equal(got.indices, places)
    assert np.allclose(got.distances, want, rtol=1e-6, atol=0)
    assert (np.diff(got.distances, axis=1) >= 0).all()


def test_a_reference_that_grows_brings_neighbours_nearer_only(rng: np.random.Generator) -> None:
    samples, reference = clouds(rng, 40, 200, 5)
    some, more = (metrics.nearest_neighbours(samples, reference[:n], 3).distances for n in (100, 200))
    assert (more <= some).all() and (more < some).any()


def test_no_tile_grows_with_the_samples() -> None:
    a, b = np.zeros((2000, 1), np.float32), np.zeros((9000, 1), np.float32)
    sizes = [tile.size for _, _, tile in distances.tiles(a, b)]
    assert sum(sizes) == 2000 * 9000
    assert max(sizes) <= 2**22
    wide = np.zeros((200, 10**6), np.uint8)
    i, j, _ = next(distances.tiles(wide[:1], wide))
    assert (i.stop - i.start, j.stop - j.start) == (1, 8)


# --- bad input

BOTH: list[Callable[..., object]] = [metrics.frechet_distance, metrics.kernel_distance]
BALLS: list[Callable[..., object]] = [metrics.precision_recall, metrics.density_coverage]


@pytest.mark.parametrize("measure", [*BOTH, *BALLS])
def test_bad_features_are_refused(measure: Callable[..., object], rng: np.random.Generator) -> None:
    good = rng.normal(size=(8, 3))
    with pytest.raises(ValueError, match=r"(a|real): expected shape \(N, F\).*\(8, 3, 1\)"):
        measure(good[..., None], good)
    with pytest.raises(ValueError, match=r"(b|fake): .*at least \d.*\(0, 3\)"):
        measure(good, good[:0])
    with pytest.raises(ValueError, match=r"(a, b|real, fake): .*\(8, 3\) and \(8, 2\)"):
        measure(good, good[:, :2])
    with pytest.raises(ValueError, match=r"(b|fake): .*NaN or infinity in 24 of 24"):
        measure(good, good * np.nan)
    with pytest.raises(ValueError, match=r"(a|real): .*got Tensor"):
        measure(torch.zeros(8, 3, requires_grad=True), good)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: metrics.frechet_distance(REAL[:1], REAL), r"a: .*at least 2.*\(1, 1\)"),
        (lambda: metrics.kernel_distance(REAL, REAL[:1]), r"b: .*at least 2.*\(1, 1\)"),
        (lambda: metrics.kernel_distance(REAL, REAL, degree=0), "degree must be .* from 1 to 10, not 0"),
        (lambda: metrics.precision_recall(REAL, FAKE, 4), r"real: .*at least 5.*\(4, 1\)"),
        (lambda: metrics.precision_recall(REAL, FAKE[:3], 3), r"fake: .*at least 4.*\(3, 1\)"),
        (lambda: metrics.precision_recall(REAL, FAKE, 0), "k must be .*at least 1, not 0"),
        (lambda: metrics.density_coverage(REAL, FAKE, 4), r"real: .*k \+ 1 = 5 rows, got 4"),
        (lambda: metrics.density_coverage(REAL, FAKE, 1.5), "k must be a whole number .*1.5"),  # type: ignore[arg-type]
        (lambda: metrics.nearest_neighbours(REAL, FAKE, 5), r"reference: .*at least 5.*\(4, 1\)"),
        (lambda: metrics.nearest_neighbours(REAL, FAKE, -1), "k must be .*-1"),
        (lambda: metrics.nearest_neighbours(REAL[:0], FAKE), r"samples: .*\(0, 1\)"),
        (lambda: metrics.nearest_neighbours(np.zeros((2, 4, 4)), np.zeros((2, 16))), "samples, reference: .*one shape"),
        (lambda: metrics.nearest_neighbours([[np.inf]], FAKE), "samples: .*NaN or infinity"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()
