"""From a slider to changed pixels in a real JupyterLab in Chromium: our explorer beside four usual ways to do it.

All do the same job in one notebook (see `scene.py`), and take turns: some presses of an arrow key, then a drag at 58
events a second, then the next side. One probe in the page reads from the pixels which slider value they show (see
`probe.js`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page

from benchmarks import machine, report, scene, traces
from benchmarks.laboratory import laboratory
from tests.browser.lab import Lab, NotebookPage

SECTION = "slider latency"
PROBE = Path(__file__).with_name("probe.js")
CASES = tuple((model, n) for n in (64, 1) for model in ("free", "faces"))
NAMES = {
    "ours": "LatentExplorer",
    "page": "LatentExplorer, in the page",
    "interact": "interact + matplotlib",
    "ipympl": "ipympl",
    "png": "Image, PNG",
    "jpeg": "Image, JPEG",
}
IN_PAGE = ("faces", 1)  # a table cannot be exported, and of many pictures the kernel draws most
PEER = "interact"  # the one that all are compared with
MODELS = {"free": "a table look-up", "faces": "the faces generator"}
EVENTS_PER_SECOND = 58
DRAG_SECONDS = 2.0
#: After a key, wait at least so long before the next, and at most; ms. The least lets a late second frame come.
QUIET, PATIENCE = 300, 8000


@dataclass
class Findings:
    """All presses and drags of one side in one case; `lost`: presses that the picture didn't follow."""

    presses: list[traces.Press] = field(default_factory=list)
    drags: list[traces.Drag] = field(default_factory=list)
    lost: int = 0


@dataclass(frozen=True)
class Side:
    """One of those on the page: does things to its slider and hands back what the probe saw."""

    page: Page
    name: str
    n: int
    log: Path

    def prepare(self) -> None:
        """Slider to its least value, with the focus, in view."""
        self.page.evaluate("bench.scroll()")
        self.page.evaluate("bench.focus()")
        self.page.keyboard.press("Home")
        self._settle()

    def observe(self, act: Callable[[], None]) -> traces.Record:
        """Carry out `act` while the probe watches."""
        self.page.evaluate("([side, n]) => bench.start(side, n)", [self.name, self.n])
        self.page.evaluate("bench.settled(0, 1000)")
        act()
        self._settle()
        record: traces.Record = self.page.evaluate("bench.stop()")
        return record

    def press(self) -> traces.Press | None:
        """One arrow key."""
        calls = len(self._calls())
        found = traces.press(self.observe(lambda: self.page.keyboard.press("ArrowRight")))
        if self.name == "page":
            return found and replace(found, rendered=self.n)
        made = self._calls()[calls:]
        if found is None or not made:
            return None
        (first, count), total = made[0], sum(seconds for seconds, _ in made)
        return replace(found, render_first=1000 * first, render_all=1000 * total, rendered=count)

    def drag(self) -> traces.Drag:
        """From the least value to the greatest, evenly."""
        return traces.drag(self.observe(self._sweep))

    def _sweep(self) -> None:
        grip = self.page.evaluate("bench.grip()")
        left = grip["left"] + (8 if grip["native"] else 0)
        mouse = self.page.mouse
        mouse.move(left, grip["y"])
        mouse.down()
        start, share, moves = time.perf_counter(), 0.0, 0
        while share < 1:
            moves += 1
            time.sleep(max(0.0, start + moves / EVENTS_PER_SECOND - time.perf_counter()))
            # By the clock, so that a busy page gets fewer events, not a longer drag.
            share = min(1.0, (time.perf_counter() - start) / DRAG_SECONDS)
            mouse.move(left + (grip["right"] - left) * share, grip["y"])
        mouse.up()

    def _settle(self) -> None:
        self.page.evaluate(f"bench.settled({QUIET}, {PATIENCE})")

    def _calls(self) -> list[tuple[float, int]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(float(seconds), int(count)) for seconds, count in (line.split() for line in lines)]


def measure(notebook: NotebookPage, n: int, logs: dict[str, Path], rounds: int, keys: int) -> dict[str, Findings]:
    """All sides of an open notebook in turns. The first turn of each warms up and is not counted."""
    notebook.run_all()
    notebook.root()
    notebook.page.add_script_tag(content=PROBE.read_text(encoding="utf-8"))
    found = {name: Findings() for name in logs}
    for name in found:
        notebook.page.wait_for_function("name => bench.there(name)", arg=name)
    for turn in range(rounds + 1):
        for name in found:
            side = Side(notebook.page, name, n, logs[name])
            made = take_turn(side, keys if turn else 2, drags=min(turn, 1))
            if turn:
                found[name].presses += made.presses
                found[name].drags += made.drags
                found[name].lost += made.lost
    return found


def take_turn(side: Side, keys: int, drags: int) -> Findings:
    """`keys` presses and then `drags` drags of one side."""
    side.observe(side.prepare)
    presses = [side.press() for _ in range(keys)]
    made = [one for one in presses if one is not None]
    sweeps = []
    for _ in range(drags):
        side.observe(side.prepare)
        sweeps.append(side.drag())
    return Findings(made, sweeps, len(presses) - len(made))


def measure_case(lab: Lab, model: str, n: int, args: argparse.Namespace) -> dict[str, Findings]:
    """One model and number of pictures, in a notebook of its own."""
    names = [name for name in NAMES if args.sides is None or name in ("ours", PEER, *args.sides)]
    names = [name for name in names if name != "page" or (model, n) == IN_PAGE]
    logs = {name: lab.folder / f"{model}-{n}-{name}.log" for name in names}
    name = lab.write(f"{model}-{n}.ipynb", scene.cells(model, n, logs, args.slider_threads, args.checkpoint))
    with lab.open(name, height=700 * len(logs)) as notebook:  # what is out of sight is not in the page
        found = measure(notebook, n, logs, args.slider_rounds, args.keys)
        if notebook.errors:
            raise RuntimeError(f"the page of {name} complained: {notebook.errors}")
    return found


def key_rows(model: str, n: int, found: dict[str, Findings]) -> list[list[str]]:
    """One row for each side; how many times faster than `PEER` is said with the model's time taken out on both."""
    first = {name: np.array([p.first - p.render_first for p in one.presses]) for name, one in found.items()}
    whole = {name: np.array([p.whole - p.render_all for p in one.presses]) for name, one in found.items()}
    rows = []
    for name, one in found.items():
        drawn, cost = [p.rendered for p in one.presses], [p.render_first for p in one.presses]
        rows.append([
            f"{n} × {MODELS[model]}: {NAMES[name]}", report.tail([p.first for p in one.presses]),
            f"{report.median(drawn)} of {n}",
            "–" if name == "page" else report.median(cost, 1),  # not known in the page: there it stays in
            report.tail(first[name]),
            report.ratio(first[PEER], first[name]), report.tail([p.whole for p in one.presses]),
            report.ratio(whole[PEER], whole[name]), str(one.lost),
        ])  # fmt: skip
    return rows


def drag_rows(model: str, n: int, found: dict[str, Findings]) -> list[list[str]]:
    """One row for each side."""
    return [
        [
            f"{n} × {MODELS[model]}: {NAMES[name]}", report.median([d.events for d in one.drags]),
            report.median([d.updates for d in one.drags], 1), report.tail([lag for d in one.drags for lag in d.lags]),
            f"{report.median([k for d in one.drags for k in d.tiles])} of {n}",
            report.spread([d.settled for d in one.drags], 0),
            f"{sum(d.stale for d in one.drags)} of {len(one.drags)}",
        ]
        for name, one in found.items()
    ]  # fmt: skip


KEY_HEAD = ("an arrow key; ms, median / p95", "first pixels", "pictures in them", "model's share", "without it",
            "× faster", "every picture", "× faster", "lost")  # fmt: skip
DRAG_HEAD = (f"a drag, {EVENTS_PER_SECOND} events/s sent", "events/s", "updates/s", "lag, ms", "new in an update",
             "right after release, ms", f"stale {traces.GRACE:.0f} ms after")  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    names = [f"{model}:{n}" for model, n in CASES]
    parser.add_argument("--slider-rounds", type=int, default=3, help="turns of each side (default: 3)")
    parser.add_argument("--keys", type=int, default=8, help="key presses in a turn (default: 8)")
    parser.add_argument("--case", dest="cases", action="append", choices=names, help="only this; may be repeated")
    parser.add_argument("--side", dest="sides", action="append", choices=list(NAMES),
                        help=f"only this beside ours and {PEER}; may be repeated")  # fmt: skip
    parser.add_argument("--slider-threads", type=int, default=2, help="threads that torch may use (default: 2)")
    parser.add_argument("--checkpoint", help="another faces checkpoint than the shipped one")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the tables with what they need to be understood, as Markdown."""
    load = machine.load()
    chosen = [(model, n) for model, n in CASES if args.cases is None or f"{model}:{n}" in args.cases]
    keys: list[list[str]] = []
    drags: list[list[str]] = []
    with laboratory() as lab:
        version = lab.browser.version
        for model, n in chosen:
            found = measure_case(lab, model, n, args)
            keys += key_rows(model, n, found)
            drags += drag_rows(model, n, found)
    return compose(load, version, args, keys, drags)


def compose(load: str, version: str, args: argparse.Namespace, keys: Sequence[Any], drags: Sequence[Any]) -> str:
    """The text around the two tables."""
    return "\n\n".join([
        machine.header(load),
        f"JupyterLab in Chromium {version}, without a GPU; {args.slider_threads} thread(s) for torch; "
        f"{args.slider_rounds} turn(s) of {args.keys} keys and a drag of {DRAG_SECONDS:.0f} s for each side.",
        report.table(KEY_HEAD, keys),
        report.table(DRAG_HEAD, drags),
    ])  # fmt: skip


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
