"""The portraits: what was asked for is what is drawn, always the same, and nothing hides the face."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganwidgets import faces, portrait

FACTORS = list(faces.ATTRIBUTES)


def test_draw_returns_images_and_a_known_value_for_every_factor() -> None:
    images, attributes = faces.draw(12, seed=4)
    assert images.shape == (12, 64, 64, 3)
    assert images.dtype == np.uint8
    assert list(attributes) == FACTORS
    assert len(FACTORS) == 13
    for factor, values in attributes.items():
        assert values.shape == (12,)
        assert set(values) <= set(faces.ATTRIBUTES[factor])


def test_a_face_depends_on_the_seed_and_its_place_alone() -> None:
    long, names = faces.draw(30, seed=4)
    short, fewer = faces.draw(7, seed=4)
    np.testing.assert_array_equal(long[:7], short)
    assert all((names[factor][:7] == fewer[factor]).all() for factor in FACTORS)
    other, _ = faces.draw(7, seed=5)
    assert (short != other).any(axis=(1, 2, 3)).all()


def test_processes_do_not_change_the_faces() -> None:
    alone, names = faces.draw(520, seed=2, size=16, processes=1)
    together, same = faces.draw(520, seed=2, size=16, processes=2)
    np.testing.assert_array_equal(alone, together)
    assert all((names[factor] == same[factor]).all() for factor in FACTORS)


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from ganwidgets import faces\nprint(len(faces.draw(1600, size=16)[0]), flush=True)\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(faces.__file__).parents[1])}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, env=environment)
    assert (done.stdout, done.returncode) == ("1600\n", 0), done.stderr


def test_portrait_draws_what_draw_drew() -> None:
    images, attributes = faces.draw(1, seed=11)
    chosen = {factor: str(values[0]) for factor, values in attributes.items()}
    np.testing.assert_array_equal(faces.portrait(chosen, seed=11), images[0])


@pytest.mark.parametrize("factor", FACTORS)
def test_every_value_shows(factor: str) -> None:
    drawn = {value: faces.portrait({factor: value}).astype(int) for value in faces.ATTRIBUTES[factor]}
    for value, image in drawn.items():
        for other, another in drawn.items():
            if value < other:
                changed = (np.abs(image - another).max(axis=-1) > 24).sum()
                assert changed >= 12, f"{factor}: {value} and {other} differ in {changed} pixels"


@pytest.mark.parametrize("name", faces.ATTRIBUTES["background"])
def test_the_corner_has_the_backgrounds_colour(name: str) -> None:
    np.testing.assert_array_equal(faces.portrait({"background": name})[0, 0], portrait.BACKGROUNDS[name])


@pytest.mark.parametrize("name", faces.ATTRIBUTES["skin"])
def test_the_forehead_has_the_skins_colour(name: str) -> None:
    np.testing.assert_array_equal(faces.portrait({"skin": name, "hair_style": "bald"})[23, 32], portrait.SKINS[name])


@pytest.mark.parametrize("hat", faces.ATTRIBUTES["hat"][1:])
@pytest.mark.parametrize("style", faces.ATTRIBUTES["hair_style"])
def test_hats_leave_eyes_and_mouth_free(hat: str, style: str) -> None:
    eyes, mouth = (slice(27, 38), slice(20, 44)), (slice(39, 47), slice(26, 37))
    bare, covered = (faces.portrait({"hair_style": style, "hat": value}) for value in ("none", hat))
    np.testing.assert_array_equal(bare[eyes], covered[eyes])
    np.testing.assert_array_equal(bare[mouth], covered[mouth])
    assert (bare[:24] != covered[:24]).any()


def test_every_value_is_common_enough_to_be_learnt() -> None:
    _, attributes = faces.draw(3000, seed=1, size=16, processes=1, progress=False)
    for factor, shares in faces.SHARES.items():
        assert sum(shares.values()) == pytest.approx(1)
        for value, share in shares.items():
            assert share >= 0.03
            # Five standard deviations.
            assert abs((attributes[factor] == value).mean() - share) < 5 * (share * (1 - share) / 3000) ** 0.5


def test_factors_are_independent() -> None:
    _, attributes = faces.draw(3000, seed=1, size=16, processes=1, progress=False)
    long, beard = attributes["hair_style"] == "long", attributes["beard"] == "full"
    assert abs(np.corrcoef(long, beard)[0, 1]) < 5 / 3000**0.5


def test_sizes_show_the_same_face() -> None:
    large = faces.portrait({"glasses": "round"}, seed=3, size=128).reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(large - faces.portrait({"glasses": "round"}, seed=3)).mean() < 2


def test_the_seed_moves_a_portrait_only_a_little() -> None:
    one, other = (faces.portrait({}, seed=seed).astype(int) for seed in (0, 1))
    assert 0 < np.abs(one - other).mean() < 20


def test_portrait_lists_what_exists() -> None:
    with pytest.raises(ValueError, match=r"no factor 'nose'; there are background, skin, .*earrings"):
        faces.portrait({"nose": "big"})
    with pytest.raises(ValueError, match=r"glasses cannot be 'monocle'; it can be none, round, square, sun"):
        faces.portrait({"glasses": "monocle"})


@pytest.mark.parametrize(
    ("argument", "value"),
    [("n", 0), ("n", 2.5), ("n", True), ("seed", -1), ("size", 8), ("size", 5000), ("processes", 0)],
)
def test_arguments_out_of_range_are_refused(argument: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{argument} must be a whole number .*not {value!r}"):
        faces.draw(**{"n": 2, argument: value})  # type: ignore[arg-type]


def test_the_fingerprint_stays_while_the_code_does() -> None:
    assert faces.fingerprint() == faces.fingerprint()
    assert len(faces.fingerprint()) == 12
