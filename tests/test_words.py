"""Palindromes: the rule, its share by chance, what a network is shown, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from ganwidgets import words


def test_drawn_words_keep_the_rule_and_use_every_word() -> None:
    data = words.palindromes(4000, seed=1)
    assert data.codes.shape == (4000, 6) and words.keeps_rule(data.codes).all()
    assert len(np.unique(data.codes, axis=0)) == 5**3
    shares = np.bincount(data.codes[:, 0], minlength=5) / 4000
    assert abs(shares - 0.2).max() < 0.03
    assert repr(data) == "WordData(4000 words of 6 letters from 'abcde')"


def test_an_odd_length_has_a_free_middle() -> None:
    data = words.palindromes(500, length=3, letters="xy")
    assert words.keeps_rule(data.codes).all()
    assert set(words.spell(data.codes, "xy")) == {"xxx", "xyx", "yxy", "yyy"}


def test_the_rule_and_the_spelling_by_hand() -> None:
    codes = [[0, 1, 2, 2, 1, 0], [0, 1, 2, 2, 1, 1], [4, 4, 4, 4, 4, 4]]
    assert words.keeps_rule(codes).tolist() == [True, False, True]
    assert words.spell(codes) == ["abccba", "abccbb", "eeeeee"]


def test_chance_keeps_the_rule_once_in_125() -> None:
    codes = np.random.default_rng(0).integers(5, size=(50_000, 6))
    assert abs(words.keeps_rule(codes).mean() - 1 / 125) < 0.002


def test_seeds_and_read_only_arrays() -> None:
    first, again, other = words.palindromes(50, 3), words.palindromes(50, 3), words.palindromes(50, 4)
    assert (first.codes == again.codes).all() and (first.codes != other.codes).any()
    with pytest.raises(ValueError, match="read-only"):
        first.codes[0, 0] = 1


def test_a_network_is_shown_one_hot_rows() -> None:
    data = words.palindromes(20)
    rows, condition = data.arrays()
    assert rows.shape == (20, 6, 5) and rows.dtype == np.float32 and condition is None
    assert (rows.sum(axis=2) == 1).all() and (rows.argmax(axis=2) == data.codes).all()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"n": 0}, "n must be"),
        ({"seed": -1}, "seed must be"),
        ({"length": 1}, "length must be"),
        ({"letters": "a"}, "letters: expected two"),
        ({"letters": "aba"}, "letters: expected two"),
    ],
)
def test_impossible_words_are_refused(arguments: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        words.palindromes(**({"n": 3} | arguments))  # type: ignore[arg-type]


def test_what_is_no_code_is_refused() -> None:
    with pytest.raises(ValueError, match="codes: expected whole numbers"):
        words.keeps_rule([0.5, 1.0])
    with pytest.raises(ValueError, match="codes: expected 0 to 4, got 0 to 5"):
        words.spell([[0, 5]])
