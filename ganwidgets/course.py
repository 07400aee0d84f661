"""The folder that a learner works in: where it is, and how a packaged course gets there without touching their work.

A file that is there already is kept whatever it holds. If the package has another version of it than the one that was
copied before, or if what is there is no notebook any more, the packaged one is laid beside it under a name of its own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganwidgets import __version__
from ganwidgets.files import notebooks_path, write_whole

COPY_NAME = "ganwidgets-course"
#: What was copied, by path: the checksum that it had in the package.
RECORD = ".ganwidgets.json"
_PACKAGE = Path(__file__).resolve().parent


@dataclass
class Copied:
    """Paths from the folder on: `new` ones, those `kept` as they were, and `beside`: from a kept one to its new one."""

    new: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)


def course_folder(package: Path = _PACKAGE, here: Path | None = None) -> Path:
    """The folder with the notebooks to work in: the checkout's, or a copy of the packaged ones under `here`.

    `package`: the folder of the installed package. `here`: default the current folder. `ValueError` if the copy cannot
    be written; what was there is as it was.
    """
    own = notebooks_path(package)
    if own.parent != package:
        return own
    target = (here or Path.cwd()) / COPY_NAME
    copied = copy_course(own, target)
    print(f"The course is in {target}: {len(copied.new)} files copied, {len(copied.kept)} kept as they are.")
    for kept, new in copied.beside.items():
        print(f"  {kept} is yours and stays; the course's own is beside it: {new}")
    return target


def copy_course(source: Path, target: Path, version: str = __version__) -> Copied:
    """Copy the files under `source` to `target` as the module says; `ValueError` if one cannot be written."""
    copied, record = Copied(), _record(target)
    try:
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            if ".ipynb_checkpoints" not in file.parts:
                _lay(file, target, file.relative_to(source).as_posix(), version, record, copied)
        write_whole(target / RECORD, json.dumps(record, indent=1, sort_keys=True).encode())
    except OSError as error:
        raise ValueError(
            f"cannot write the course to {target}: {error.strerror or error}. What was there is as it was; free some "
            "space or change to a folder that you may write to, and call it again"
        ) from error
    return copied


def read_notebook(path: Path) -> Any:
    """The notebook in the file `path`; `ValueError` if it cannot be read as one."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat has no one class for what may be wrong with a file
        raise ValueError(f"notebooks: {path.name} cannot be read as a notebook ({type(error).__name__})") from error


def _lay(file: Path, target: Path, name: str, version: str, record: dict[str, str], copied: Copied) -> None:
    content, place = file.read_bytes(), target / name
    checksum = hashlib.sha256(content).hexdigest()
    if not place.exists():
        write_whole(place, content)
        copied.new.append(name)
    elif (same := place.read_bytes() == content) or (record.get(name) == checksum and _readable(place)):
        copied.kept.append(name)
        if not same:
            return
    else:
        beside = place.with_stem(f"{place.stem}.{version}")
        if not beside.exists():
            write_whole(beside, content)
        copied.kept.append(name)
        copied.beside[name] = beside.relative_to(target).as_posix()
    record[name] = checksum


def _readable(path: Path) -> bool:
    """Whether a notebook can be opened: a half-written one cannot. Other files always can."""
    if path.suffix != ".ipynb":
        return True
    try:
        return "cells" in json.loads(path.read_bytes())
    except (ValueError, TypeError):
        return False


def _record(target: Path) -> dict[str, str]:
    try:
        content = json.loads((target / RECORD).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(name): str(checksum) for name, checksum in content.items()} if isinstance(content, dict) else {}
