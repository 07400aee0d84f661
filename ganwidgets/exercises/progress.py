"""What a learner chooses to save of their work: which exercises passed, which were tried, how many hints were seen.

Nothing is written unless `save_progress` is called, and nothing else is in the file: no answers, no times.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ganwidgets.files import write_whole

SUFFIX = ".progress.json"
MAX_NAME = 60
# A learner's file has a line for each exercise; what is much larger is something else.
MAX_BYTES = 100_000


@dataclass
class Mark:
    """How far somebody got with one exercise; `hints`: how many they have seen, 0 to 3."""

    passed: bool = False
    tried: bool = False
    hints: int = 0

    def joined(self, other: Mark) -> Mark:
        """The best of both: what was passed once stays passed."""
        return Mark(self.passed or other.passed, self.tried or other.tried, max(self.hints, other.hints))


@dataclass(frozen=True)
class Progress:
    """What one file says: the name that the learner chose, and a mark for each exercise that they touched."""

    name: str
    marks: Mapping[str, Mark]


def progress_file(name: str, folder: str | os.PathLike[str]) -> Path:
    """The file of the learner called `name` in `folder`; another name has another file, whatever its letters."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30] or "learner"
    return Path(folder) / f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}{SUFFIX}"


def read_progress(path: Path) -> Progress:
    """What `path` holds; `ValueError` says what is wrong with it, `OSError` that it cannot be opened."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES:,} bytes")
    try:
        content = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise ValueError("is no JSON; half-written, perhaps") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(content, dict) or not isinstance(content.get("exercises"), dict):
        raise ValueError("is JSON, but no progress of a learner")
    marks = {id: _mark(id, value) for id, value in content["exercises"].items()}
    return Progress(_checked_name(content.get("name")), marks)


def add_to_file(name: str, folder: str | os.PathLike[str], marks: Mapping[str, Mark]) -> Path:
    """Write `marks` beside those that the learner's file has already; return its path.

    `ValueError` if the name is not allowed, if the file is there and cannot be read, or if it cannot be written. What
    was there is then as it was.
    """
    name = unicodedata.normalize("NFC", _checked_name(name))
    path = progress_file(name, folder)
    try:
        before = read_progress(path).marks if path.exists() else {}
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} {error}. Nothing was written; move that file away and save again") from error
    joined = {**before, **{id: mark.joined(before.get(id, Mark())) for id, mark in marks.items()}}
    content = {"name": name, "exercises": {id: asdict(joined[id]) for id in sorted(joined)}}
    try:
        write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise ValueError(f"folder: cannot write to {Path(folder)}: {error.strerror or error}") from error
    return path


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise ValueError(f"name: 1 to {MAX_NAME} letters on one line, not {str(name)[: MAX_NAME + 20]!r}")
    return name


def _mark(exercise_id: str, value: Any) -> Mark:
    fields = value if isinstance(value, dict) else {}
    passed, tried, hints = fields.get("passed"), fields.get("tried"), fields.get("hints")
    if not (isinstance(passed, bool) and isinstance(tried, bool) and type(hints) is int and 0 <= hints <= 9):
        raise ValueError(f"has no proper mark for exercise {exercise_id[:20]!r}")
    return Mark(passed, tried, hints)
