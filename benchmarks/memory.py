"""Does memory stay flat? Page and kernel after many slider events, and while a training runs live, in real JupyterLab.

Three numbers, read after garbage was collected: the JavaScript heap of the page, the resident memory of the page's
process (with canvases, pictures and buffers, which the heap does not count), and that of the kernel. The beginning is
left out: it is read after a warm-up, when networks, fonts and caches are there. The browser is not Playwright's, see
`quiet_page.py`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks import machine, report
from benchmarks.laboratory import laboratory
from benchmarks.quiet_page import QuietPage, quiet_page
from tests.browser.lab import Lab

SECTION = "memory"
MB = 2**20
WARM_EVENTS, WARM_SECONDS = 500, 30.0
READINGS = 10

EXPLORER = (
    "from benchmarks import scene\nrenders, z_dim = scene.renders()",
    "scene.LatentExplorer(renders['free'], z_dim, n=16)",
)
PLAYGROUND = ("from ganwidgets.widgets import Playground", "playground = Playground()\nplayground")

#: So many movements of the first slider, one every four milliseconds.
MOVE = """
async ([first, count]) => {
  const slider = document.querySelector(".gw-explorer input[type=range]");
  const [low, high] = [Number(slider.min), Number(slider.max)];
  for (let k = first; k < first + count; k++) {
    slider.value = low + (high - low) * (0.5 + 0.5 * Math.sin(k / 40));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
}
"""
PAINTED = "() => document.querySelector('.gw-explorer').dataset.painted"
RESIDENT = "(__import__('gc').collect(), __import__('psutil').Process().memory_info().rss)[1]"


@dataclass(frozen=True)
class Reading:
    """`at`: events or minutes so far; `done`: pictures painted or steps trained; the rest in MB."""

    at: float
    done: int
    heap: float
    page: float
    kernel: float


def read(page: QuietPage, at: float, done: int) -> Reading:
    """What page and kernel hold now, after garbage was collected on both sides."""
    page.collect_garbage()
    heap, resident, kernel = page.heap(), page.resident(), int(page.ask(RESIDENT))
    return Reading(at, done, heap / MB, resident / MB, kernel / MB)


def slider_events(lab: Lab, events: int) -> Iterator[Reading]:
    """Move a slider of a `LatentExplorer` `events` times; readings on the way."""
    with quiet_page(lab.address(lab.write("explorer.ipynb", EXPLORER))) as page:
        page.run_all()
        page.wait_for("() => Number(document.querySelector('.gw-explorer')?.dataset.painted) > 0")
        page.evaluate(MOVE, [0, WARM_EVENTS])
        for first in np.linspace(0, events, READINGS + 1).astype(int):
            page.wait_for("() => document.querySelector('.gw-explorer').dataset.idle === 'true'")
            yield read(page, int(first), int(page.evaluate(PAINTED)))
            if first < events:
                page.evaluate(MOVE, [int(first), -(-events // READINGS)])


def live_training(lab: Lab, minutes: float) -> Iterator[Reading]:
    """Let a `Playground` play for so many minutes; readings on the way."""
    with quiet_page(lab.address(lab.write("playground.ipynb", PLAYGROUND)), height=1400) as page:
        page.run_all()
        page.wait_for("() => Boolean(document.querySelector('.gw-player'))")
        page.ask("playground.play()")
        time.sleep(min(WARM_SECONDS, 60 * minutes))
        start = time.monotonic()
        for due in np.linspace(0, 60 * minutes, READINGS + 1):
            time.sleep(max(0.0, start + due - time.monotonic()))
            yield read(page, (time.monotonic() - start) / 60, int(page.ask("playground.steps")))
        page.ask("playground.pause()")


HEAD = ("MB", "first", "after a half", "last", "second half, MB", "least to most")
KINDS = {"heap": "JavaScript heap", "page": "the page's process", "kernel": "the kernel"}


def rows(what: str, readings: list[Reading]) -> list[list[str]]:
    """One row for each kind of memory."""
    made = []
    for kind, name in KINDS.items():
        values = np.array([getattr(reading, kind) for reading in readings])
        first, middle, last = values[0], values[len(values) // 2], values[-1]
        numbers = [f"{value:.1f}" for value in (first, middle, last)]
        made.append([f"{what}: {name}", *numbers, f"{last - middle:+.1f}", f"{values.min():.1f} to {values.max():.1f}"])
    return made


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--minutes", type=float, default=20.0, help="of live training (default: 20; 0: none)")
    parser.add_argument("--events", type=int, default=10_000, help="of a slider (default: 10,000; 0: none)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    load, table, said = machine.load(), [], []
    with laboratory() as lab:  # for its server; the pages are opened in browsers of their own
        if args.events:
            found = _collected(slider_events(lab, args.events))
            table += rows(f"{args.events:,} slider events", found)
            said.append(f"{found[-1].done - found[0].done:,} pictures of 16 faces painted in answer to the events")
        if args.minutes:
            found = _collected(live_training(lab, args.minutes))
            table += rows(f"{args.minutes:g} minutes of training", found)
            said.append(f"{found[-1].done - found[0].done:,} steps trained in {args.minutes:g} minutes, all live")
    note = f"{'; '.join(said)}. {READINGS + 1} readings each, after a warm-up."
    return "\n\n".join([machine.header(load), note, report.table(HEAD, table)])


def _collected(readings: Iterator[Reading]) -> list[Reading]:
    """All of them; each is told when it is made, so that a run that is broken off has said something."""
    made = []
    for reading in readings:
        print(reading, file=sys.stderr, flush=True)
        made.append(reading)
    return made


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
