"""The course's exercises: `exercise("05.2").use(my_function)`, `.hint()`, `.solution()`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ganwidgets.exercises.base import Exercise

__all__ = ["Exercise", "all_exercises", "exercise"]


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
