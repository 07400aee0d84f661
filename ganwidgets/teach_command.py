"""`ganwidgets teach FOLDER`: the teacher's pages; hints and solutions held back and released; the progress page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ganwidgets.exercises import all_exercises
from ganwidgets.exercises.release import FILE_NAME, KINDS, VARIABLE, read, write

ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets teach`."""
    parser.epilog = (
        "Without an option, FOLDER gets the teacher's pages: one HTML page a chapter, to print, with timings, answers "
        "and solutions. With --hold or --release, FOLDER is the one with the learners' notebooks."
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder to write to or to look in")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--hold", action="store_true", help=f"hold back hints and solutions: write {FILE_NAME}")
    action.add_argument(
        "--release",
        action="append",
        metavar="05",
        help="give out a chapter (05), an exercise (05.2) or all; repeatable",
    )
    action.add_argument("--progress", action="store_true", help="one page of the progress files that learners saved")
    parser.add_argument("--only", choices=KINDS, help="with --hold or --release: this kind and not the other")
    parser.add_argument("--notebooks", type=Path, metavar="FOLDER", help="your own version of the course")


def run(args: argparse.Namespace) -> int:
    """Do what the options say; `ValueError` for what cannot be done. What was there is then as it was."""
    if args.only and not (args.hold or args.release):
        raise ValueError("--only: goes with --hold or --release")
    if args.notebooks and (args.hold or args.release or args.progress):
        raise ValueError("--notebooks: goes with the pages only")
    if args.hold or args.release:
        return _set_release(args.folder.resolve() / FILE_NAME, args.release, [args.only] if args.only else KINDS)
    return _progress(args.folder) if args.progress else _pages(args.folder, args.notebooks)


def _pages(folder: Path, notebooks: Path | None) -> int:
    from ganwidgets.teaching.pages import INDEX, write_pages

    pages = write_pages(folder, notebooks)
    print(f"Wrote {len(pages)} pages. Open {folder / INDEX} in a browser and print what you need.")
    return 0


def _progress(folder: Path) -> int:
    from ganwidgets.teaching.board import write_board

    path, board = write_board(folder)
    for name, reason in board.unreadable.items():
        print(f"Left out: {name} {reason}")
    print(f"Wrote {path}: {len(board.learners)} of {len(board.learners) + len(board.unreadable)} files.")
    return 0


def _set_release(path: Path, names: Sequence[str] | None, kinds: Sequence[str]) -> int:
    """Hold everything of `kinds` back, or give `names` out, and say what is out now."""
    if not path.parent.is_dir():
        raise ValueError(f"FOLDER: {path.parent} is no folder")
    released = _released(path, holding=names is None)
    for kind in kinds:
        released[kind] = released[kind] | _ids(names) if names else set()
    try:
        write(path, released)
    except OSError as error:
        raise ValueError(f"FOLDER: cannot write to {path.parent}: {error.strerror or error}") from error
    for kind in KINDS:
        print(f"{kind}: {_words(released[kind])}")
    print(f"Written to {path}. Notebooks beside it notice at once; others, where {VARIABLE} is set to its path.")
    return 0


def _released(path: Path, holding: bool) -> dict[str, set[str]]:
    """What is out before; with no file everything is, and there is nothing to release."""
    try:
        return read(path)
    except FileNotFoundError:
        if holding:
            return {kind: _ids([ALL]) for kind in KINDS}
        raise ValueError(
            f"--release: everything in {path.parent} is open; there is no {path.name} (--hold makes it)"
        ) from None
    except (OSError, ValueError) as error:
        if holding:
            return {kind: set() for kind in KINDS}
        raise ValueError(f"{path} cannot be read ({error}); --hold writes it anew") from error


def _ids(names: Sequence[str]) -> set[str]:
    """The chapters and exercises that `names` stand for; `ValueError` for one that does not exist."""
    chapters = {id.partition(".")[0] for id in all_exercises()}
    for name in names:
        if name not in chapters | {ALL} and name not in all_exercises():
            raise ValueError(f"--release: no chapter or exercise {name!r}; give 00 to {max(chapters)}, 05.2 or {ALL}")
    return chapters if ALL in names else set(names)


def _words(released: set[str]) -> str:
    chapters = {id.partition(".")[0] for id in all_exercises()}
    if not released:
        return "all held back"
    return "all open" if chapters <= released else f"open for {', '.join(sorted(released))}; the others held back"
