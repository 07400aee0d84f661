"""The generator in the page beside the generator in the kernel: a held drag of `LatentExplorer` in a real JupyterLab.

Both draw the shipped faces generator, in one notebook, and take turns; the same in a page that `ganwidgets export` made
follows. A probe in the page (`page_probe.js`) sees from the pixels, after every frame, which pictures are new.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import numpy as np
from playwright.sync_api import Browser

from benchmarks import machine, report
from benchmarks.laboratory import laboratory
from ganwidgets.site.build import build
from tests.browser.lab import Lab, NotebookPage

SECTION = "page engine"
PROBE = Path(__file__).with_name("page_probe.js")
NUMBERS = (1, 16)
ENGINES = {"page": "in the page", "kernel": "in the kernel"}
SITE = "in an exported page, no kernel"
SETUP = """
import torch
from ganwidgets import checkpoints, latent
from ganwidgets.widgets import LatentExplorer
torch.set_num_threads(1)
G = checkpoints.load("faces").G
render = latent.renderer(G)
"""
SHOW = "LatentExplorer(render, G.z_dim, n={n}, engine={engine!r})"
HEAD = ("a held drag of the faces generator", "hand, places/s", "updates/s", "between updates, ms", "page's frames, ms",
        "new in an update", "pictures/s", "all right after release, ms")  # fmt: skip


@dataclass(frozen=True)
class Drag:
    """What the probe saw from the first to the last event of one drag; times in ms."""

    events: float
    updates: list[float]
    frames: list[float]
    pictures: list[int]
    seconds: float
    settled: float

    @classmethod
    def of(cls, record: dict[str, Any]) -> Drag:
        """From the probe's record."""
        moves, release = record["pointermove"], record["pointerup"][-1]
        frames = [(t, count) for t, count in record["frames"] if moves[0] <= t <= release]
        shown = [t for t, count in frames if count]
        late = [t for t, count in record["frames"] if count and t > release]
        seconds = (release - moves[0]) / 1000
        between, page = np.diff(shown).tolist(), np.diff([t for t, _ in frames]).tolist()
        settled = max(0.0, (late[-1] if late else release) - release)
        return cls(len(moves) / seconds, between, page, [count for _, count in frames if count], seconds, settled)


def drag(notebook: NotebookPage, index: int, n: int, seconds: float) -> Drag:
    """One drag of the widget of that number."""
    root = notebook.root(index)
    root.scroll_into_view_if_needed()
    notebook.page.evaluate("([index, columns]) => engines.start(index, columns)", [index, round(n**0.5)])
    notebook.page.evaluate("([index, ms]) => engines.drag(index, ms)", [index, 1000 * seconds])
    notebook.idle(root)
    notebook.page.wait_for_timeout(300)
    return Drag.of(notebook.page.evaluate("engines.stop()"))


def measure(lab: Lab, args: argparse.Namespace) -> tuple[dict[tuple[int, str], list[Drag]], list[float]]:
    """All drags, by number of pictures and engine, and the start-up times of the page's engines in ms."""
    cases = [(n, engine) for n in NUMBERS for engine in ENGINES]
    cells = [SETUP, *(SHOW.format(n=n, engine=engine) for n, engine in cases)]
    found: dict[tuple[int, str], list[Drag]] = {case: [] for case in cases}
    with lab.open(lab.write("engines.ipynb", cells), height=2600) as notebook:
        notebook.page.evaluate(PROBE.read_text(encoding="utf-8"))
        notebook.run_all()
        notebook.page.locator(".gw-explorer[data-engine=page]").nth(len(NUMBERS) - 1).wait_for(timeout=120_000)
        startup = [ms for ms in notebook.page.evaluate("engines.startup()") if ms is not None]
        for turn in range(args.engine_rounds + 1):
            for index, case in enumerate(cases):
                made = drag(notebook, index, case[0], args.engine_seconds if turn else 1.0)
                if turn:  # the first turn warms up
                    found[case].append(made)
        if notebook.errors:
            raise RuntimeError(f"the page complained: {notebook.errors}")
    return found, startup


def measure_site(browser: Browser, args: argparse.Namespace) -> dict[tuple[int, str], list[Drag]]:
    """The same drags in an exported page, opened as a file."""
    cells = [
        nbformat.v4.new_code_cell(source) for source in (SETUP, *(SHOW.format(n=n, engine="page") for n in NUMBERS))
    ]
    found: dict[tuple[int, str], list[Drag]] = {(n, SITE): [] for n in NUMBERS}
    with TemporaryDirectory() as folder, browser.new_context(viewport={"width": 1280, "height": 1400}) as fresh:
        path = Path(folder) / "engines.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        build([path], Path(folder) / "site")
        notebook = NotebookPage(fresh.new_page())
        notebook.page.goto((Path(folder) / "site" / "engines.html").as_uri())
        for index in range(len(NUMBERS)):
            notebook.page.locator(".gw-leaf").nth(index).scroll_into_view_if_needed()
            notebook.page.locator(".gw-explorer[data-engine=page]").nth(index).wait_for(timeout=120_000)
        notebook.page.evaluate(PROBE.read_text(encoding="utf-8"))
        for turn in range(args.engine_rounds + 1):
            for index, n in enumerate(NUMBERS):
                made = drag(notebook, index, n, args.engine_seconds if turn else 1.0)
                if turn:
                    found[n, SITE].append(made)
    return found


def rows(found: dict[tuple[int, str], list[Drag]]) -> list[list[str]]:
    """A row for each number of pictures and engine."""
    return [
        [
            f"{n} × {ENGINES.get(engine, engine)}", report.median([one.events for one in drags]),
            report.median([len(one.pictures) / one.seconds for one in drags], 1),
            report.tail([ms for one in drags for ms in one.updates], 1),
            report.tail([ms for one in drags for ms in one.frames], 1),
            f"{report.median([count for one in drags for count in one.pictures])} of {n}",
            report.median([sum(one.pictures) / one.seconds for one in drags]),
            report.spread([one.settled for one in drags], 0),
        ]
        for (n, engine), drags in found.items()
    ]  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--engine-rounds", type=int, default=3, help="drags of each engine (default: 3)")
    parser.add_argument("--engine-seconds", type=float, default=4.0, help="length of a drag (default: 4)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    load = machine.load()
    with laboratory() as lab:
        version = lab.browser.version
        found, startup = measure(lab, args)
        found |= measure_site(lab.browser, args)
    return compose(load, version, args, rows(found), startup)


def compose(load: str, version: str, args: argparse.Namespace, table: Sequence[Any], startup: Sequence[float]) -> str:
    """The text around the table."""
    return "\n\n".join([
        machine.header(load),
        f"JupyterLab in Chromium {version}, without a GPU, one wasm thread, one of torch. {args.engine_rounds} "
        f"drags of {args.engine_seconds:.0f} s each, median / p95. From the widget's appearance until the page draws: "
        f"{startup[0] / 1000:.1f} s for the first one, which fetches the runtime and the model.",
        report.table(HEAD, table),
    ])  # fmt: skip


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
