"""What an exercise is: a check of behaviour, hints, a reference, and wrong answers that must be refused.

A check calls the learner's function and looks at what it does, never at its source. It raises `Refused` with a sentence
that helps. `use` always returns a function that works, so that a notebook runs from top to bottom with nothing solved.
"""

from __future__ import annotations

import inspect
import os
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganwidgets.exercises.progress import Mark, add_to_file
from ganwidgets.exercises.release import withheld

Answer = Callable[..., Any]


class Refused(Exception):
    """The answer is wrong; the message says what was seen and what to think about next."""


class Unsolved(Refused):
    """The stub still returns `...`."""


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    `id`: "05.2", chapter and number. `check(answer)` returns nothing or raises `Refused`. `hints`: three sentences,
    each giving away a little more. `reference`: a solution. `wrong_answers`: plausible mistakes, by what went wrong.
    """

    id: str
    title: str
    minutes: int
    check: Callable[[Answer], None]
    hints: tuple[str, ...]
    reference: Answer
    wrong_answers: Mapping[str, Answer]
    #: How far this kernel's learner got; `save_progress` writes it, and only when it is called.
    mark: Mark = field(default_factory=Mark, repr=False, compare=False)
    _shown: list[str] = field(default_factory=list, repr=False, compare=False)

    def verdict(self, answer: Answer) -> Refused | None:
        """None if `answer` passes, else why it does not. An error that the answer raises is a reason, too."""
        try:
            self.check(answer)
        except Refused as refused:
            return refused
        except Exception as error:
            return Refused(f"your function raised {type(error).__name__}: {error}")
        return None

    def judge(self, answer: Answer) -> Refused | None:
        """The `verdict` on a learner's answer, remembered in `mark`; a stub or the reference itself is no try."""
        refused = self.verdict(answer)
        if answer is not self.reference and not isinstance(refused, Unsolved):
            self.mark.tried = True
            self.mark.passed |= refused is None
        return refused

    def use(self, answer: Answer) -> Answer:
        """Check `answer`; return it if it passes, else the reference, and say which and why."""
        refused = self.judge(answer)
        if answer is self.reference:
            print(f"○ Exercise {self.id}: this is our solution, already in use. To try yours, run its cell again.")
        elif refused is None:
            print(f"✓ Exercise {self.id}: your function passes. The notebook goes on with yours.")
            return answer
        elif isinstance(refused, Unsolved):
            print(f"○ Exercise {self.id} is still open. Until you solve it, the notebook goes on with our solution.")
        else:
            print(f"✗ Exercise {self.id}: {refused}\n  The notebook goes on with our solution; try again any time.")
        return self.reference

    def withheld(self, kind: str) -> str | None:
        """Why the "hints" or the "solutions" must wait, while a teacher holds them back; else None."""
        return withheld(self.id, kind)

    def saw_hints(self, count: int) -> None:
        """Remember that `count` hints were shown, unless more were before."""
        self.mark.hints = max(self.mark.hints, count)

    def save(self, name: str, folder: str | os.PathLike[str] = ".") -> Path:
        """Add `mark` to the file of the learner called `name` in `folder`; return its path. Errors: `add_to_file`."""
        return add_to_file(name, folder, {self.id: self.mark})

    def hint(self) -> None:
        """Print the next hint; after the last one, all of them again."""
        if wait := self.withheld("hints"):
            print(wait)
            return
        if len(self._shown) == len(self.hints):
            self._shown.clear()
        self._shown.append(self.hints[len(self._shown)])
        self.saw_hints(len(self._shown))
        print(textwrap.fill(f"Hint {len(self._shown)} of {len(self.hints)}: {self._shown[-1]}", 100))

    def solution(self) -> None:
        """Print the source of the reference solution."""
        print(self.withheld("solutions") or self.source)

    @property
    def source(self) -> str:
        """The source of the reference solution."""
        return textwrap.dedent(inspect.getsource(self.reference))


def solved(value: Any) -> Any:
    """`value`, unless it is the stub's `...`, which raises `Unsolved`, or None, which raises `Refused`."""
    if value is ...:
        raise Unsolved("the function still returns `...`")
    if value is None:
        raise Refused("your function returned None. Is there a `return` at its end?")
    return value


def require(holds: bool, message: str) -> None:
    """Raise `Refused(message)` unless `holds`."""
    if not holds:
        raise Refused(message)
