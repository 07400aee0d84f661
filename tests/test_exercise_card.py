"""`ExerciseCard`: verdicts, hints one at a time, the solution on request, and nothing that could be markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganwidgets.exercises.base import Exercise, require, solved
from ganwidgets.exercises.progress import Mark, progress_file, read_progress
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
        (lambda x: 1 / 0, "refused", "division by zero. The notebook"),
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
    assert card._hint_button.description == "No more hints" and not card._hint_button.disabled  # it keeps the focus
    card._hint_button.click()
    assert card.revealed == 3
    card._solution_button.click()
    assert "return 2 * x" in text(card) and not card._solution_button.disabled


def test_nothing_becomes_markup() -> None:
    card = ExerciseCard(TASK, lambda x: x * x)
    assert "<script>" not in text(card) and "<b>twice" not in text(card)
    assert "&lt;script&gt;" in text(card) and "&lt;b&gt;twice" in text(card)


def test_progress_is_saved_when_it_was_said_what_and_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    card = ExerciseCard(replace(TASK, mark=Mark()), lambda x: x * x)
    button, name = card._save_button, card._name
    button.click()
    assert "your name; exercise 99.1: tried, not passed, 0 of 3 hints seen. No answers" in text(card)
    card.hint()
    assert "1 of 3 hints seen" in text(card)
    button.click()
    assert "name: 1 to 60 letters" in text(card) and list(tmp_path.iterdir()) == []
    name.value = "Ada <b>"
    button.click()
    saved = read_progress(progress_file("Ada <b>", tmp_path))
    assert saved.name == "Ada <b>" and saved.marks == {"99.1": Mark(tried=True, hints=1)}
    assert f"Saved in {progress_file('Ada <b>', '.')}" in text(card)
    card.check(lambda x: x << 1)
    assert "exercise 99.1: passed, 1 of 3" in text(card)


def test_enter_in_the_name_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    card = ExerciseCard(TASK, lambda x: ...)
    card._save_button.click()
    card._name.value = "Ada"
    card._name._handle_custom_msg({"event": "submit"}, [])
    assert progress_file("Ada", tmp_path).exists()


def test_an_id_is_no_exercise() -> None:
    with pytest.raises(ValueError, match=r"exercise: got '05\.1'; allowed is an exercise"):
        ExerciseCard("05.1", double)  # type: ignore[arg-type]


def test_a_file_that_cannot_be_written_is_said_on_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    progress_file("Ada", ".").write_text("{")
    card = ExerciseCard(TASK, lambda x: ...)
    with pytest.raises(ValueError, match="half-written"):
        card.save("Ada")
    card._save_button.click()
    card._name.value = "Ada"
    card._save_button.click()
    assert "half-written, perhaps. Nothing was written" in text(card)
    assert progress_file("Ada", ".").read_text() == "{"
