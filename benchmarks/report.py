"""Tables as Markdown, their place in RESULTS.md, and the command line that all benchmarks share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt


class Benchmark(Protocol):
    """A module that measures. `SECTION`: its part of RESULTS.md; `run` returns Markdown."""

    SECTION: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> str: ...


RESULTS = Path(__file__).with_name("RESULTS.md")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the numbers to the right, padded so that it reads as text too."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [[text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in enumerate(zip(row, widths, strict=True))]
             for row in [head, *rows]]  # fmt: skip
    rule = ["-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [lines[0], rule, *lines[1:]])


def spread(values: npt.ArrayLike, digits: int = 1) -> str:
    """Median and, in brackets, least and most."""
    array = np.asarray(values, dtype=float)
    if not array.size:
        return "–"
    low, middle, high = (f"{value:.{digits}f}" for value in (array.min(), np.median(array), array.max()))
    return f"{middle} ({low} to {high})"


def median(values: npt.ArrayLike, digits: int = 0) -> str:
    """The median."""
    array = np.asarray(values, dtype=float)
    return f"{np.median(array):.{digits}f}" if array.size else "–"


def tail(values: npt.ArrayLike, digits: int = 0) -> str:
    """Median / 95th percentile."""
    array = np.asarray(values, dtype=float)
    return f"{np.median(array):.{digits}f} / {np.percentile(array, 95):.{digits}f}" if array.size else "–"


def ratio(peer: npt.ArrayLike, own: npt.ArrayLike) -> str:
    """How many times the median of `own` fits into that of `peer`."""
    a, b = np.asarray(peer, dtype=float), np.asarray(own, dtype=float)
    return f"{np.median(a) / np.median(b):.1f}" if a.size and b.size else "–"


def replace_section(text: str, name: str, body: str) -> str:
    """`text` with `body` between the markers of section `name`; `ValueError` if they are not there."""
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"name: there are no markers {start} … {end}")
    return f"{before}{start}\n{body}\n{end}{after}"


def write(name: str, body: str, page: Path = RESULTS) -> None:
    """Put `body` into section `name` of the page."""
    page.write_text(replace_section(page.read_text(encoding="utf-8"), name, body), encoding="utf-8")


def main(
    benchmarks: Sequence[Benchmark], description: str | None, argv: Sequence[str] | None = None, page: Path = RESULTS
) -> None:
    """Run the benchmarks one after the other and print their tables; with `--write` also into the page."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"put the tables into {page.name}")
    for benchmark in benchmarks:
        benchmark.add_arguments(parser)
    args = parser.parse_args(argv)
    for benchmark in benchmarks:
        text = benchmark.run(args)
        print(f"## {benchmark.SECTION.capitalize()}\n\n{text}\n", flush=True)
        if args.write:
            write(benchmark.SECTION, text, page)
