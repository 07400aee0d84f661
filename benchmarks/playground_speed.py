"""2-D training while somebody watches it: `Playground` live in a real JupyterLab in Chromium, beside the plain loop.

The plain loop is a `Trainer` of the same networks, data and settings that nobody looks at, in the same kernel. The two
take turns. Steps are counted in the kernel, redraws on the page: a redraw is a plane that the browser has painted. The
browser is not Playwright's, which listens to the web socket and takes processor time for it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import machine, report
from benchmarks.laboratory import laboratory
from benchmarks.quiet_page import QuietPage, quiet_page
from tests.browser.lab import Lab

SECTION = "playground speed"
#: After Play, before the counting begins, in seconds: the first frames build the charts.
WARM_UP = 1.5
SETUP = """
import time
import torch
torch.set_num_threads({threads})
from ganwidgets.plane_session import LIVELY, PlaneSession
from ganwidgets.training import Trainer
from ganwidgets.widgets import Playground

session = PlaneSession()
plain = Trainer(*session.networks(), session.truth, LIVELY)

def pace(seconds):
    start, first = time.perf_counter(), plain.step
    while time.perf_counter() - start < seconds:
        next(plain)
    return (plain.step - first) / (time.perf_counter() - start)

pace(1.0)
"""
SHOW = "playground = Playground()\nplayground._pipeline.unfolded = {overview}\nplayground"
BUTTON = "((name) => [...document.querySelectorAll('.gw-player button')].find((one) => one.textContent === name))"
PRESS = f"(name) => {BUTTON}(name).click()"
RESTS = f"() => Boolean({BUTTON}('Play'))"
DRAWN = "() => document.querySelector('.gw-plane').dataset.painted"


@dataclass
class Rates:
    """Of one way to watch, a number for each round: `plain` and `live` steps a second, and `redraws` a second."""

    plain: list[float] = field(default_factory=list)
    live: list[float] = field(default_factory=list)
    redraws: list[float] = field(default_factory=list)

    @property
    def shares(self) -> list[float]:
        """Live over plain, round by round."""
        return [live / plain for live, plain in zip(self.live, self.plain, strict=True)]


def measure(page: QuietPage, rounds: int, seconds: float) -> Rates:
    """The plain loop and the live widget of an open notebook in turns."""
    page.run_all()
    page.wait_for("() => document.querySelector('.gw-plane')?.dataset.painted > 0")
    rates = Rates()
    for _ in range(rounds):
        rates.plain.append(float(page.ask(f"pace({seconds})")))
        page.evaluate(PRESS, "Play")
        time.sleep(WARM_UP)
        (start, first), drawn = _now(page), int(page.evaluate(DRAWN))
        time.sleep(seconds)
        (end, last), drawn_then = _now(page), int(page.evaluate(DRAWN))
        page.evaluate(PRESS, "Pause")
        page.wait_for(RESTS)
        rates.live.append((last - first) / (end - start))
        rates.redraws.append((drawn_then - drawn) / (end - start))
    return rates


def _now(page: QuietPage) -> tuple[float, int]:
    """The kernel's time, and the steps that the widget has taken."""
    time, steps = page.ask("(time.perf_counter(), playground.steps)").strip("()").split(",")
    return float(time), int(steps)


def measure_case(lab: Lab, overview: bool, args: argparse.Namespace) -> Rates:
    """With the overview folded away, as it is at first, or unfolded."""
    cells = [SETUP.format(threads=args.playground_threads), SHOW.format(overview=overview)]
    name = lab.write(f"playground-{overview}.ipynb", cells)
    with quiet_page(lab.address(name), height=1600) as page:
        return measure(page, args.playground_rounds, args.playground_seconds)


def rows(found: dict[str, Rates]) -> list[list[str]]:
    """Name, the plain loop's steps/s, the live widget's, their ratio round by round, and redraws/s."""
    return [
        [
            name,
            report.spread(r.plain, 0),
            report.spread(r.live, 0),
            report.spread(r.shares, 2),
            report.spread(r.redraws),
        ]
        for name, r in found.items()
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--playground-rounds", type=int, default=6, help="turns of loop and widget (default: 6)")
    parser.add_argument("--playground-seconds", type=float, default=4.0, help="length of a turn (default: 4)")
    parser.add_argument("--playground-threads", type=int, default=1, help="threads that torch may use (default: 1)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    load = machine.load()
    with laboratory() as lab:
        names = {"as it opens": False, "with the overview": True}
        found = {name: measure_case(lab, overview, args) for name, overview in names.items()}
    return "\n\n".join([
        machine.header(load),
        f"MLPs of 64 units, batch 128, {args.playground_threads} thread(s) for torch; medians (least to most) of "
        f"{args.playground_rounds} rounds of {args.playground_seconds:g} s each. The browser draws on the same cores.",
        report.table(["", "plain loop, steps/s", "live, steps/s", "live / plain", "redraws/s"], rows(found)),
    ])  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    report.main([sys.modules[__name__]], __doc__, argv)


if __name__ == "__main__":
    main()
