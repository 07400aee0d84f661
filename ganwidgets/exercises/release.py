"""Hints and solutions that a teacher holds back and gives out, chapter by chapter.

A small JSON file says what is out. The kernel reads it each time that somebody asks, so a release needs no restart. It
lies beside the notebooks, or where the environment variable `GANWIDGETS_RELEASE` says; where there is none, everything
is open. This is a promise in a classroom and no lock: who reads the package's source finds the solutions in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ganwidgets.files import write_whole

FILE_NAME = "ganwidgets-release.json"
VARIABLE = "GANWIDGETS_RELEASE"
#: What can be held back.
KINDS = ("hints", "solutions")

#: For each kind the chapters ("05") and exercises ("05.2") that are out.
Released = Mapping[str, Iterable[str]]


def release_file() -> Path:
    """Where the kernel looks: at `GANWIDGETS_RELEASE` if it is set, else in the current folder, the notebook's."""
    return Path(os.environ.get(VARIABLE) or FILE_NAME)


def withheld(exercise_id: str, kind: str) -> str | None:
    """Why the learner must wait for the hints or the solution (`kind`) of an exercise; None if they are out.

    A file that cannot be read keeps everything back: the teacher wanted to hold something.
    """
    path = release_file()
    try:
        released = read(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return f"{path.name} cannot be read, so {kind} are held back. Please tell your teacher."
    if {exercise_id, exercise_id.partition(".")[0]} & released[kind]:
        return None
    return f"Your teacher will release the {kind if kind == 'hints' else 'solution'} of exercise {exercise_id}."


def read(path: Path) -> dict[str, set[str]]:
    """What is out, by kind; `OSError` if there is no such file, `ValueError` if it holds something else."""
    content = json.loads(path.read_text("utf-8"))
    if not isinstance(content, dict) or not all(isinstance(content.get(kind), list) for kind in KINDS):
        raise ValueError(f"{path.name} is no release file: it needs the lists {' and '.join(KINDS)}")
    return {kind: {str(name) for name in content[kind]} for kind in KINDS}


def write(path: Path, released: Released) -> None:
    """Write what is out, whole or not at all."""
    content = {kind: sorted(released[kind]) for kind in KINDS}
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())
