"""The plugin as another project meets it: a folder with notebooks of its own, and `pytest --ganwidgets-notebooks`."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.test_notebooks import COMPARED, Cell, code, notebook_of, stream

pytest_plugins = ["pytester"]

BROKEN_CALLBACK = """
import numpy as np
from ganwidgets.views.image_grid import ImageGrid

class Grid(ImageGrid):
    def on_request(self, payload, buffers):
        raise RuntimeError("broken on purpose")

grid = Grid(np.zeros((1, 4, 4, 3), np.uint8))
"""
PRESS = "grid._handle_custom_msg({'kind': 'request', 'id': 'page:1', 'payload': {'do': 'press'}}, [])"
THREAD = "import threading\nthread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()"


def printed(name: str, number: str) -> Cell:
    """A cell that prints 2, marked for comparison, with `number` stored as its output."""
    return code(name, "# a number\nprint(1 + 1)", COMPARED, outputs=(stream(f"{number}\n"),))


def write(pytester: pytest.Pytester, name: str, *cells: Cell) -> None:
    nbformat.write(notebook_of(*cells), pytester.path / name)


def test_a_sound_notebook_passes_and_its_time_is_told(pytester: pytest.Pytester) -> None:
    write(pytester, "sound.ipynb", printed("sum", "2"), code("slow", "import time\ntime.sleep(0.4)"))
    result = pytester.runpytest_subprocess("--ganwidgets-notebooks", "--ganwidgets-slowest=1")
    result.assert_outcomes(passed=2)
    report = result.stdout.str()
    (notebook,) = re.findall(r"^ +(\d+\.\d\d) s  sound\.ipynb  \(2 cells\)$", report, re.MULTILINE)
    ((seconds, cell),) = re.findall(r"^ +(\d+\.\d\d) s  sound\.ipynb::Cell (\d)  import time$", report, re.MULTILINE)
    assert float(notebook) > float(seconds) >= 0.4
    assert cell == "1"
    assert "Cell 0  print" not in report, "one slow cell was asked for"


def test_what_goes_wrong_behind_a_cell_or_differs_fails_the_run(pytester: pytest.Pytester) -> None:
    """With pytest-xdist, whose default tears files apart, and the times come from another process."""
    write(
        pytester, "callback.ipynb", code("made", BROKEN_CALLBACK), code("pressed", PRESS), code("fine", "grid.close()")
    )
    write(pytester, "changed.ipynb", printed("sum", "3"), code("thread", THREAD), code("unsaved", "print(1)", COMPARED))
    result = pytester.runpytest_subprocess("--ganwidgets-notebooks", "-n", "2")
    result.assert_outcomes(passed=2, failed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(
        [
            "*broken on purpose",
            "*ZeroDivisionError: division by zero",
            "*Cell outputs differ*",
            "*Marked to be compared, with no output stored*",
            "* s  callback.ipynb  (3 cells, 1 failed)",
            "* s  changed.ipynb  (3 cells, 3 failed)",
            "*slowest cells*",
        ]
    )


def test_a_kernel_that_dies_is_told_at_once(pytester: pytest.Pytester) -> None:
    """As when the memory is full. The default for a cell is half an hour; nobody waits for a dead kernel."""
    write(pytester, "dead.ipynb", code("dies", "import os\nos._exit(1)"), code("after", "x = 1"))
    result = pytester.runpytest_subprocess("--ganwidgets-notebooks", timeout=100)
    result.assert_outcomes(failed=1, xfailed=1)
    result.stdout.fnmatch_lines(["*The kernel died*"])


def test_it_does_nothing_unasked(pytester: pytest.Pytester) -> None:
    write(pytester, "changed.ipynb", printed("sum", "3"))
    result = pytester.runpytest_subprocess("changed.ipynb")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.no_fnmatch_line("*by time*")
    result = pytester.runpytest_subprocess("--nbval-lax", "changed.ipynb")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*by time*")


def test_a_setting_asks_as_well_and_without_nbval_there_is_a_word(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nganwidgets_notebooks = true")
    result = pytester.runpytest_subprocess("-p", "no:nbval")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --ganwidgets-notebooks: nbval*pip install 'ganwidgets*ci*'"])
