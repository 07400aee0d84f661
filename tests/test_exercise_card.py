"""`ExerciseCard`: verdicts, hints one at a time, the solution on request, and nothing that could be markup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ganwidgets.exercises.base import Exercise, require, solved
from ganwidgets.widgets import ExerciseCard


def double(x: int) -> int:
    return 2 * x


def check(answer: Callable[..., Any]) -> None:
    value = solved(answer(3))
    require(value == 6, f"f(3) was {value}; is <b>twice</b> three not six?")


TASK = Exercise(
    id="99.1", title="Double <script>alert(1)</script>", minutes=3, check=check,
    hints=("Add.", "Add it to itself.", "x + x"), reference=double, wrong_answers={"squares": lambda x: x * x},
)  # fmt: skip


def text(card: ExerciseCard) -> str:
    return " ".join(child.value for child in card.children if hasattr(child, "value"))


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (lambda x: x + x, "passed", "your function passes"),
        (lambda x: ..., "open", "still open"),
        (lambda x: x * x, "refused", "f(3) was 9"),
        (lambda x: x.nothing, "refused", "your function raised AttributeError"),
    ],
)
def test_the_verdict_and_what_the_notebook_goes_on_with(answer: Any, state: str, words: str) -> None:
    card = ExerciseCard(TASK, answer)
    assert card.state == state and words in text(card) and state in card.alt
    assert card.function is (answer if state == "passed" else double)


def test_another_answer_can_be_checked() -> None:
    card = ExerciseCard(TASK, lambda x: ...)
    better = lambda x: x << 1  # noqa: E731
    assert card.check(better) is better and card.state == "passed"


def test_hints_come_one_at_a_time_and_the_solution_is_asked_for_twice() -> None:
    card = ExerciseCard(TASK, lambda x: ...)
    assert "Add." not in text(card) and "2 * x" not in text(card)
    card._solution_button.click()
    assert "2 * x" not in text(card) and card._solution_button.description == "Really show it?"
    for count, hint in enumerate(TASK.hints, start=1):
        card._hint_button.click()
        assert card.revealed == count and hint in text(card)
    assert card._hint_button.disabled
    card._solution_button.click()
    assert "return 2 * x" in text(card)


def test_nothing_becomes_markup() -> None:
    card = ExerciseCard(TASK, lambda x: x * x)
    assert "<script>" not in text(card) and "<b>twice" not in text(card)
    assert "&lt;script&gt;" in text(card) and "&lt;b&gt;twice" in text(card)
