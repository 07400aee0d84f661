"""`SpotTheFake`: the game's rules, the score beside D's, and that nothing gives the answer away."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ganwidgets.widgets.spot_the_fake import SIDES, SpotTheFake, wilson_interval

REAL = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((12, 6, 5, 3), np.uint8)
FAKE = 100 + REAL


def game(**settings: Any) -> SpotTheFake:
    return SpotTheFake(REAL, FAKE, **{"rounds": 4, **settings})


def fake_side(spot: SpotTheFake) -> str:
    """The truth, read off the pictures: fakes are the brighter ones."""
    pictures = spot._pictures()
    return SIDES[int(pictures[1].mean() > pictures[0].mean())]


def play(spot: SpotTheFake, right: list[bool]) -> None:
    for good in right:
        truth = fake_side(spot)
        other = SIDES[1 - SIDES.index(truth)]
        assert spot.guess(truth if good else other) is good
        spot.next()


def test_score_counts_the_fakes_that_were_found() -> None:
    spot = game()
    play(spot, [True, False, True, True])
    assert (spot.score, spot.played, spot.finished, spot.d_score) == (3, 4, True, None)
    assert len(spot.fooled_by) == 1
    assert spot.fooled_by.min() >= 100
    with pytest.raises(ValueError, match="the game is over"):
        spot.guess("left")
    spot.reset()
    assert (spot.score, spot.played, spot.finished) == (0, 0, False)


def test_guess_goes_on_by_itself_and_each_pair_counts_once() -> None:
    spot = game()
    for _ in range(4):
        spot.guess("left")
    assert spot.played == 4
    spot = game()
    spot._choose(0)
    spot._choose(1)
    spot.next()
    spot.next()
    assert (spot.played, spot._game.at) == (1, 1)


def test_d_plays_the_same_pairs_and_a_tie_is_half() -> None:
    perfect = game(d_scores=(np.full(12, 0.9), np.full(12, 0.1)))
    fooled = game(d_scores=(np.full(12, 0.1), np.full(12, 0.9)))
    tied = game(d_scores=(np.full(12, 0.5), np.full(12, 0.5)))
    for spot in (perfect, fooled, tied):
        play(spot, [True] * 3)
    assert [spot.d_score for spot in (perfect, fooled, tied)] == [3.0, 0.0, 1.5]


def test_pairs_depend_on_the_seed_alone_and_sides_are_mixed() -> None:
    def sides(seed: int) -> list[int]:
        return [pair.fake_side for pair in game(seed=seed, rounds=12)._game.rounds]

    assert sides(3) == sides(3)
    assert sides(3) != sides(4)
    assert 0 < sum(sides(3)) < 12


def test_nothing_tells_the_answer_before_it_is_given() -> None:
    for seed in range(8):
        spot = game(seed=seed, d_scores=(np.full(12, 0.9), np.full(12, 0.1)))
        meta, _ = spot._view._flow._newest  # type: ignore[misc]
        assert meta["captions"] is None
        assert json.dumps({k: v for k, v in meta.items() if k != "question"}).lower().count("fake") == 0
        assert meta["sheets"][0] == meta["sheets"][1]
        assert "fake" not in spot.alt.lower().replace("which one is the fake?", "")


def test_verdict_names_the_side_and_what_d_said() -> None:
    spot = game(d_scores=(np.full(12, 0.9), np.full(12, 0.2)))
    truth = fake_side(spot)
    spot.guess(truth)
    meta, _ = spot._view._flow._newest  # type: ignore[misc]
    assert meta["words"] == f"Right: the {truth} one is the fake. D found it."
    assert meta["captions"][SIDES.index(truth)] == ("fake", "fake · D: 20 % real")
    assert meta["phase"] == "told"


def test_result_has_both_rates_with_intervals() -> None:
    spot = game(d_scores=(np.full(12, 0.9), np.full(12, 0.2)))
    play(spot, [True, True, False, False])
    meta, buffers = spot._view._flow._newest  # type: ignore[misc]
    assert [row["words"] for row in meta["rows"]] == [
        "2 of 4: 50 % (95 % interval 15 to 85 %)",
        "4 of 4: 100 % (95 % interval 51 to 100 %)",
    ]
    assert (meta["phase"], meta["sheets"][2]["count"], len(buffers)) == ("over", 2, 3)
    assert meta["words"] == "Guessing gives 50 %, the line in the middle: with 4 pairs, yours could be luck."


@pytest.mark.parametrize(
    ("right", "words"), [(True, "yours is more than luck"), (False, "the fakes for the real ones")]
)
def test_six_of_six_is_more_than_guessing(right: bool, words: str) -> None:
    spot = game(rounds=6)
    play(spot, [right] * 6)
    meta, _ = spot._view._flow._newest  # type: ignore[misc]
    assert words in meta["words"]


def test_the_score_so_far_stands_beside_ds() -> None:
    spot = game(d_scores=(np.full(12, 0.9), np.full(12, 0.9)))
    play(spot, [True, False])
    meta, _ = spot._view._flow._newest  # type: ignore[misc]
    assert meta["progress"] == "pair 3 of 4 · found: you 1, D 1"


def test_stills_for_each_phase() -> None:
    spot = game()
    first = spot.still()
    play(spot, [False] * 4)
    assert first.startswith(b"\x89PNG")
    assert spot.still().startswith(b"\x89PNG")
    assert spot.still() != first


def test_grey_pictures_without_a_channel_are_welcome() -> None:
    assert SpotTheFake(REAL[..., 0], FAKE[..., 0], rounds=1).guess("left") in (True, False)


def test_wilson_interval_by_published_values() -> None:
    # Newcombe 1998, table I: 81 of 263 and 0 of 20.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    with pytest.raises(ValueError, match="hits"):
        wilson_interval(3, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"real": REAL.astype(float)}, "real: expected pictures.*got float64"),
        ({"fake": FAKE[:, :4]}, r"fake: expected pictures of real's size \(6, 5, 3\); got \(4, 5, 3\)"),
        ({"rounds": 13}, "rounds: expected 1 to 12"),
        ({"rounds": 0}, "rounds: expected 1 to 12"),
        ({"d_scores": (np.zeros(3), np.zeros(12))}, "d_scores: expected 12 and 12, one a picture; got 3 and 12"),
        ({"seed": "a"}, "seed must be a whole number of at least 0, not 'a'"),
        ({"d_scores": ("a", "b")}, "d_scores: expected an array of real numbers"),
        ({"d_scores": (np.full(12, 4.0), np.zeros(12))}, r"d_scores: expected probabilities.*logits"),
        ({"d_scores": np.zeros(12)}, "d_scores: expected a pair"),
    ],
)
def test_wrong_input_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpotTheFake(**{"real": REAL, "fake": FAKE, **settings})


def test_side_must_be_left_or_right() -> None:
    with pytest.raises(ValueError, match='side: expected "left" or "right"; got 0'):
        game().guess(0)  # type: ignore[arg-type]
