"""How much memory each chapter asks for: its notebook is run in a learner's kernel on the hub of `deploy/`, one by one.

That says how much a hub must be ready to give each learner. The last column is time on this machine, alone on the hub.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import machine, report, room
from benchmarks.room import README, Hub, Learner

SECTION = "chapter memory"
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
HEAD = ("notebook", "kernel at its largest, MB", "seconds")


def measure(hub: Hub, names: Sequence[str]) -> list[list[str]]:
    """A row for each notebook."""
    made = []
    for number, name in enumerate(names):
        learner = Learner(hub, f"reader-{number}")
        learner.arrive()
        learner.run_all(learner.cells(name))
        made.append([name.removesuffix(".ipynb"), f"{int(learner.run(PEAK)) / 1024:.0f}", f"{learner.ran:.0f}"])
        print(made[-1], file=sys.stderr, flush=True)
        learner.leave()
    return made


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what is measured."""
    every = sorted(path.name for path in NOTEBOOKS.glob("[01]*.ipynb"))
    parser.add_argument("--notebooks", nargs="+", choices=every, default=every, metavar="NAME", help="default: all")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table as Markdown."""
    load = machine.load()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, room.hub(Path(folder), threads=1) as hub:
        return f"{machine.header(load)}\n\n{report.table(HEAD, measure(hub, args.notebooks))}"


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__, page=README)
