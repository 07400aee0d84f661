"""Every reference passes its check, every wrong answer is refused with words that help."""

from __future__ import annotations

import pytest

from ganwidgets.exercises import Exercise, all_exercises, exercise

EVERY = all_exercises().values()
WRONG = [(each, name) for each in EVERY for name in each.wrong_answers]


@pytest.mark.parametrize("each", EVERY, ids=lambda e: e.id)
def test_the_reference_passes(each: Exercise) -> None:
    assert each.verdict(each.reference) is None


@pytest.mark.parametrize(("each", "name"), WRONG, ids=[f"{e.id} {name}" for e, name in WRONG])
def test_a_wrong_answer_is_refused_with_a_reason(each: Exercise, name: str) -> None:
    refused = each.verdict(each.wrong_answers[name])
    assert refused is not None
    assert len(str(refused)) > 30 and "raised" not in str(refused)


@pytest.mark.parametrize("each", EVERY, ids=lambda e: e.id)
def test_a_stub_is_open_not_wrong_and_the_notebook_goes_on(each: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    assert each.use(lambda *args: ...) is each.reference
    assert "still open" in capsys.readouterr().out


@pytest.mark.parametrize("each", EVERY, ids=lambda e: e.id)
def test_each_exercise_has_three_hints_and_two_wrong_answers(each: Exercise) -> None:
    assert len(each.hints) == 3
    assert len(each.wrong_answers) >= 2
    assert 1 <= each.minutes <= 30


def test_an_answer_that_raises_or_returns_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    each = exercise("05.2")
    assert each.use(lambda logits: 1 / 0) is each.reference
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert each.use(lambda logits: None) is each.reference
    assert "returned None" in capsys.readouterr().out


def test_a_right_answer_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    def mine(logits):  # type: ignore[no-untyped-def]
        return (1 + (-logits).exp()).log().mean()

    assert exercise("05.2").use(mine) is mine
    assert "passes" in capsys.readouterr().out


def test_our_own_solution_is_called_that_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    each = exercise("05.2")
    assert each.use(each.reference) is each.reference
    told = capsys.readouterr().out
    assert "our solution, already in use" in told and "✗" not in told and "✓" not in told


def test_hints_come_one_at_a_time_and_start_again(capsys: pytest.CaptureFixture[str]) -> None:
    each = exercise("00.1")
    each._shown.clear()
    for number in (1, 2, 3, 1):
        each.hint()
        assert f"Hint {number} of 3" in capsys.readouterr().out
    each.solution()
    assert "def critic_accuracy" in capsys.readouterr().out


def test_an_unknown_exercise_lists_what_exists() -> None:
    with pytest.raises(ValueError, match=r"no exercise '99\.9'.*00\.1"):
        exercise("99.9")
