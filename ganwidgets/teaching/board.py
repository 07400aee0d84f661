"""The progress page: who got how far, from the files that learners chose to save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganwidgets.exercises import Exercise, all_exercises
from ganwidgets.exercises.progress import SUFFIX, Mark, Progress, read_progress
from ganwidgets.files import write_whole
from ganwidgets.teaching.pages import template_environment

PAGE = "progress.html"


@dataclass(frozen=True)
class Board:
    """The learners by name, and the files that could not be read, with the reason."""

    learners: list[Progress]
    unreadable: dict[str, str]


def read_board(folder: Path) -> Board:
    """Every learner's file in `folder` and below; `ValueError` if there is no such folder."""
    if not folder.is_dir():
        raise ValueError(f"folder: {folder} is no folder")
    board = Board([], {})
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        try:
            board.learners.append(read_progress(path))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            board.unreadable[path.relative_to(folder).as_posix()] = reason or "cannot be opened"
    board.learners.sort(key=lambda each: each.name.casefold())
    return board


def write_board(folder: Path) -> tuple[Path, Board]:
    """Write `progress.html` into `folder`, of the files in it; `ValueError` if there is none or writing fails."""
    board = read_board(folder)
    if not board.learners and not board.unreadable:
        raise ValueError(
            f"folder: no learner has saved progress in {folder}; in a notebook they call "
            'ganwidgets.exercises.save_progress("their name", "this folder")'
        )
    exercises = list(all_exercises().values())
    passed = {each.id: sum(who.marks.get(each.id, Mark()).passed for who in board.learners) for each in exercises}
    page = (
        template_environment()
        .get_template(PAGE)
        .render(board=board, exercises=exercises, chapters=_chapters(exercises), passed=passed, untouched=Mark())
    )
    try:
        write_whole(folder / PAGE, page.encode())
    except OSError as error:
        raise ValueError(f"folder: cannot write to {folder}: {error.strerror or error}") from error
    return folder / PAGE, board


def _chapters(exercises: Sequence[Exercise]) -> dict[str, int]:
    """How many exercises each chapter has, in their order."""
    counts: dict[str, int] = {}
    for each in exercises:
        number = each.id.partition(".")[0]
        counts[number] = counts.get(number, 0) + 1
    return counts
