"""What the notebooks took, one by one, and the slowest of their cells, at the end of the run."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

import pytest

#: The user property of a cell's report, its first line of code; it comes through pytest-xdist and into JUnit's XML.
PROPERTY = "notebook_cell"


class _Cell(NamedTuple):
    seconds: float
    name: str
    code: str


class Timings:
    """Gathers the reports of cells, in the process that prints the summary. `slowest`: how many cells to list."""

    def __init__(self, slowest: int) -> None:
        self._slowest = slowest
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._count: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._cells: list[_Cell] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test; those of cells carry `PROPERTY`. A kernel's start is its first cell's set-up."""
        code = dict(report.user_properties).get(PROPERTY)
        if code is None:
            return
        notebook = report.nodeid.partition("::")[0]
        self._seconds[notebook] += report.duration
        self._failed[notebook] += report.failed
        if report.when == "call":
            self._count[notebook] += 1
            self._cells.append(_Cell(report.duration, report.nodeid, str(code)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table; nothing if no notebook was run."""
        if not self._seconds:
            return
        say = terminalreporter.write_line
        terminalreporter.section("notebooks, by time")
        for notebook, seconds in sorted(self._seconds.items(), key=lambda item: -item[1]):
            failed = f", {self._failed[notebook]} failed" if self._failed[notebook] else ""
            say(f"{seconds:8.2f} s  {notebook}  ({self._count[notebook]} cells{failed})")
        total = sum(self._seconds.values())
        say(f"{total:8.2f} s  in all; a kernel was started for each of {len(self._seconds)}")
        if self._slowest > 0:
            terminalreporter.section("slowest cells", sep="-")
        for cell in sorted(self._cells, reverse=True)[: max(0, self._slowest)]:
            say(f"{cell.seconds:8.2f} s  {cell.name}  {cell.code}")
