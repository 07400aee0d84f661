"""The course's exercises: `exercise("05.2").use(my_function)`, `.hint()`, `.solution()`, and `save_progress(name)`."""

from __future__ import annotations

import importlib
import os
import pkgutil
from functools import cache

from ganwidgets.exercises.base import Exercise
from ganwidgets.exercises.progress import Mark, add_to_file

__all__ = ["Exercise", "all_exercises", "exercise", "save_progress"]


@cache
def all_exercises() -> dict[str, Exercise]:
    """Every exercise by its id, in the order of the chapters."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("chapter"))
    chapters = [importlib.import_module(f"{__name__}.{name}").EXERCISES for name in modules]
    return {each.id: each for chapter in chapters for each in chapter}


def exercise(id: str) -> Exercise:
    """The exercise called `id`; `ValueError` with the list of ids when there is none."""
    if id not in all_exercises():
        raise ValueError(f"id: there is no exercise {id!r}; there are {', '.join(all_exercises())}")
    return all_exercises()[id]


def save_progress(name: str, folder: str | os.PathLike[str] = ".") -> None:
    """Save how far you got, for whoever gets the file: your exercises passed and tried, and hints seen; nothing else.

    `name`: what you want to be called, 1 to 60 letters. `folder`: where the file goes, made if need be; default the
    notebook's. What you saved before, from other notebooks too, stays in it. `ValueError` if the name is not allowed,
    or the file cannot be read or written.
    """
    marks = {each.id: each.mark for each in all_exercises().values() if each.mark != Mark()}
    path = add_to_file(name, folder, marks)
    passed, tried = (sum(getattr(mark, field) for mark in marks.values()) for field in ("passed", "tried"))
    print(f"Saved {path}: in this notebook {passed} passed of {tried} tried. It holds no answers and no times.")
