"""`ExerciseCard`: an exercise on the page: the verdict on your answer, hints one at a time, the solution on request."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets

from ganwidgets.exercises.base import Answer, Exercise, Refused, Unsolved

from ._parts import Panel, Words

_STATES = {
    "passed": ("✓", "--jp-success-color1"),
    "open": ("○", "--jp-ui-font-color2"),
    "refused": ("✗", "--jp-error-color1"),
}


class ExerciseCard(Panel):
    """Shows `exercise` and what its check says of `answer`, the learner's function.

    `function` is what the notebook goes on with: the answer if it passes, else the reference. `check(answer)` looks at
    another answer; `hint()`, `solution()` and `save(name)` do what the buttons do. Nothing is revealed, and nothing
    saved, that was not asked for.
    """

    def __init__(self, exercise: Exercise, answer: Answer) -> None:
        if not isinstance(exercise, Exercise):
            raise ValueError(f'exercise: got {exercise!r}; allowed is an exercise, such as exercise("05.1") gives')
        self._exercise = exercise
        self._refused: Refused | None = None
        self._answer = answer
        self._verdict, self._hints, self._solution = (ipywidgets.HTML() for _ in range(3))
        self._hint_button = self._button("Hint", self.hint)
        self._solution_button = self._button("Show the solution", self.solution)
        self._save_button = self._button("Save my progress", self._press_save)
        self._name = ipywidgets.Text(
            description="Your name",
            style={"description_width": "auto"},
            layout={"width": "260px", "max_width": "calc(100% - 4px)", "display": "none"},
        )
        self._name.on_msg(self._typed)
        self._note = Words()
        head = ipywidgets.HTML(
            f'<div style="line-height: 1.4"><b>Exercise {escape(exercise.id)}: {escape(exercise.title)}</b> '
            f'<span style="color: var(--jp-ui-font-color2)">about {exercise.minutes} minutes</span></div>'
        )
        buttons = [self._hint_button, self._solution_button, self._name, self._save_button]
        row = ipywidgets.HBox(buttons, layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__(
            [head, self._verdict, row, self._note, self._hints, self._solution],
            layout=ipywidgets.Layout(
                max_width="720px", padding="8px 12px", border_left="3px solid var(--jp-border-color1, #bdbdbd)"
            ),
        )
        self.revealed = 0
        self._asked = False
        self.check(answer)

    @property
    def function(self) -> Answer:
        """The answer if it passes, else the reference."""
        return self._answer if self._refused is None else self._exercise.reference

    @property
    def state(self) -> str:
        """ "passed", "open" (the stub still returns `...`) or "refused"."""
        if self._refused is None:
            return "passed"
        return "open" if isinstance(self._refused, Unsolved) else "refused"

    def check(self, answer: Answer) -> Answer:
        """Judge `answer`, show the verdict, and return what `function` is now."""
        self._answer, self._refused = answer, self._exercise.judge(answer)
        why = str(self._refused)
        words = {
            "passed": "your function passes. The notebook goes on with yours.",
            "open": "still open. Until you solve it, the notebook goes on with our solution.",
            "refused": f"{why}{'' if why.endswith(('.', '?', '!')) else '.'} The notebook goes on with our solution; "
            "try again any time.",
        }[self.state]
        sign, colour = _STATES[self.state]
        verdict = f'<span style="color: var({colour})">{sign}</span> {escape(words)}'
        self._verdict.value = f'<div style="line-height: 1.4; margin: 4px 0">{verdict}</div>'
        self._say_what_is_saved()
        return self.function

    def hint(self) -> None:
        """Reveal the next hint, or say that the teacher holds it back."""
        if wait := self._exercise.withheld("hints"):
            self._hints.value = escape(wait)
            return
        hints = self._exercise.hints
        self.revealed = min(self.revealed + 1, len(hints))
        self._exercise.saw_hints(self.revealed)
        items = "".join(f"<li>{escape(hint)}</li>" for hint in hints[: self.revealed])
        self._hints.value = f'<ol style="margin: 4px 0; line-height: 1.4">{items}</ol>'
        if self.revealed < len(hints):
            self._hint_button.description = "Next hint"
        else:
            self._spend(self._hint_button, "No more hints")
        self._say_what_is_saved()

    def solution(self) -> None:
        """Reveal the reference; asks once more first while there are hints left. Says so if the teacher holds it."""
        if wait := self._exercise.withheld("solutions"):
            self._solution.value = escape(wait)
            return
        if self.revealed < len(self._exercise.hints) and not self._asked and self.state != "passed":
            self._asked = True
            self._solution_button.description = "Really show it?"
            return
        # No wider than the card: long lines are scrolled to, not broken in the middle of a word.
        style = "margin: 4px 0; width: 0; min-width: 100%; overflow: auto; white-space: pre; word-break: normal"
        self._solution.value = f'<pre style="{style}">{escape(self._exercise.source)}</pre>'
        self._spend(self._solution_button, "The solution")

    def save(self, name: str, folder: str | os.PathLike[str] = ".") -> Path:
        """Save how far you got with this exercise in your file; see `ganwidgets.exercises.save_progress`."""
        path = self._exercise.save(name, folder)
        self._note.say(f"Saved in {path}.")
        return path

    def _press_save(self) -> None:
        """The first press says what would be saved and asks for a name; the next one saves."""
        if self._name.layout.display == "none":
            self._name.layout.display, self._save_button.description = None, "Save this"
            self._say_what_is_saved()
            return
        try:
            self.save(self._name.value)
        except ValueError as error:
            self._note.say(str(error))

    def _typed(self, _widget: ipywidgets.Text, content: dict[str, Any], _buffers: object) -> None:
        """Enter in the name does what the button does."""
        if content.get("event") == "submit":
            self._press_save()

    def _say_what_is_saved(self) -> None:
        if self._name.layout.display == "none":
            return
        mark, hints = self._exercise.mark, len(self._exercise.hints)
        far = "passed" if mark.passed else "tried, not passed" if mark.tried else "not tried yet"
        self._note.say(
            "What is saved, in a file beside this notebook for you to hand on: your name; "
            f"exercise {self._exercise.id}: {far}, {mark.hints} of {hints} hints seen. No answers, no times."
        )

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The card in words."""
        return f"Exercise {self._exercise.id}: {self._exercise.title}; {self.state}"

    def still(self) -> bytes:
        """Nothing: the verdict is text, and stands in the notebook as such."""
        return b""

    def _spend(self, button: ipywidgets.Button, label: str) -> None:
        """Grey out a button that has nothing left to do; a disabled one would lose the focus."""
        button.description, button.style.text_color = label, "var(--jp-ui-font-color3)"

    def _button(self, label: str, do: object) -> ipywidgets.Button:
        button = ipywidgets.Button(description=label, layout=ipywidgets.Layout(width="auto"))
        button.on_click(lambda _: do())  # type: ignore[operator]
        return button
