"""The rules for notebooks as files, and that a run of them fails when something fails.

nbval runs every notebook of the course as part of the same `pytest`; here is what it does not look at.
"""

from __future__ import annotations

import ast
import copy
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if path.parent.name != ".ipynb_checkpoints")

COMPARED = "nbval-check-output"
EXERCISE = "exercise"
MAX_CODE_LINES = 25
MAX_PROSE_LINES = 12
PROSE_WIDTH = 120
MAX_BYTES = 1_500_000
MIN_COMPARED = 3
MIN_COMPARED_BY_NAME = {"00_start_here.ipynb": 1, "gallery.ipynb": 2, "glossary.ipynb": 0}
ABSOLUTE_PATH = re.compile(
    r"""(?:^|[\s"'(=])(?:/(?:home|root|tmp|work|Users|usr|opt|mnt|private)/|[A-Za-z]:\\\w)""", re.M
)
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")

Notebook = nbformat.NotebookNode
Cell = nbformat.NotebookNode


def tags(cell: Cell) -> list[str]:
    return list(cell.metadata.get("tags", []))


def output_texts(cell: Cell) -> Iterator[str]:
    """What the cell's stored outputs say in words, pictures left out."""
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        yield from (str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


def prose_lines(source: str) -> int:
    """Lines as the eye counts them: blank ones left out, long ones wrapped."""
    return sum(-(-len(line) // PROSE_WIDTH) for line in source.splitlines() if line.strip())


def definitions(source: str) -> list[str]:
    tree = ast.parse(TransformerManager().transform_cell(source))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in ast.walk(tree) if isinstance(node, kinds)]


def output_problems(cell: Cell) -> Iterator[str]:
    """nbval compares nothing in a cell that has no stored output or no execution count, and does not say so."""
    outputs = cell.get("outputs", [])
    if COMPARED in tags(cell):
        if cell.execution_count is None or not any(text.strip() for text in output_texts(cell)):
            yield "is to be compared and has no stored output"
        if any(ADDRESS.search(text) for text in output_texts(cell)):
            yield "compares a memory address"
    elif not all("image/png" in output.get("data", {}) for output in outputs):
        yield "has an output that is neither compared nor a picture"


def code_problems(cell: Cell) -> Iterator[str]:
    if len(cell.source.splitlines()) > MAX_CODE_LINES:
        yield f"has more than {MAX_CODE_LINES} lines of code"
    if EXERCISE not in tags(cell) and (names := definitions(cell.source)):
        yield f"defines {', '.join(names)} outside an exercise"
    yield from output_problems(cell)


def cell_problems(cell: Cell) -> Iterator[str]:
    if cell.cell_type == "code":
        yield from code_problems(cell)
    elif prose_lines(cell.source) > MAX_PROSE_LINES:
        yield f"has more than {MAX_PROSE_LINES} lines of prose"
    if any(ABSOLUTE_PATH.search(text) for text in (cell.source, *output_texts(cell))):
        yield "names a path of one machine"


def problems(notebook: Notebook, name: str) -> list[str]:
    """Everything that breaks the rules; `name`: the file's, for the rules that depend on it."""
    ids = Counter(cell.get("id") for cell in notebook.cells)
    found = [f"uses the cell id {cell_id!r} {count} times" for cell_id, count in ids.items() if count > 1]
    try:
        # One cell for each id: where two are the same, validation quietly makes up another.
        unique = copy.deepcopy(notebook)
        unique.cells = list({cell.get("id"): cell for cell in unique.cells}.values())
        nbformat.validate(unique)
    except nbformat.ValidationError as error:
        found.append(f"is not valid: {str(error).splitlines()[0]}")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("is not for the kernel python3")
    if "widgets" in notebook.metadata:
        found.append("stores widget state")
    for cell in notebook.cells:
        found += [f"{cell.get('id')} {problem}" for problem in cell_problems(cell)]
    compared = sum(COMPARED in tags(cell) for cell in notebook.cells)
    if compared < (least := MIN_COMPARED_BY_NAME.get(name, MIN_COMPARED)):
        found.append(f"compares {compared} cells, at least {least} are due")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_keeps_the_rules(path: Path) -> None:
    assert problems(nbformat.read(path, as_version=nbformat.NO_CONVERT), path.name) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_light_enough_to_open_at_once(path: Path) -> None:
    assert path.stat().st_size <= MAX_BYTES, "fewer or smaller pictures?"


def headings(path: Path) -> set[str]:
    """What a link into the notebook may name: its headings, as JupyterLab makes anchors of them."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    titles = re.findall(r"^#+ (.+)$", "\n".join(cells), re.MULTILINE)
    return {title.strip().replace("\\", "").replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_links_between_notebooks_lead_somewhere(path: Path) -> None:
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    for name, anchor in re.findall(r"\]\(([\w-]+\.ipynb)(?:#([^)]+))?\)", "\n".join(cells)):
        assert (path.parent / name).is_file(), f"{name} is not there"
        assert not anchor or anchor in headings(path.parent / name), f"{name} has no heading {anchor}"


def prose(path: Path) -> str:
    return "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")


def test_the_glossary_and_the_chapters_know_each_other() -> None:
    """Each link names a term of the page, each term is linked from a chapter, and the terms are in order."""
    glossary = ROOT / "notebooks" / "glossary.ipynb"
    terms = [term.replace("\\", "") for term in re.findall(r"^### (.+)$", prose(glossary), re.MULTILINE)]
    chapters = [path for path in NOTEBOOKS if re.match(r"\d\d_", path.name)]
    linked = {anchor for path in chapters for anchor in re.findall(r"glossary\.ipynb#([^)]+)\)", prose(path))}
    anchors = {term.replace(" ", "-") for term in terms}
    assert linked - anchors == set(), "the glossary lacks these"
    assert anchors - linked == set(), "no chapter links these"
    assert terms == sorted(terms, key=lambda term: term.replace("_", " ").casefold())
    assert all(term.isascii() for term in terms), "JupyterLab follows no link to a heading with other letters"


def stream(text: str) -> Notebook:
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def code(name: str, source: str, *cell_tags: str, outputs: tuple[Notebook, ...] = ()) -> Cell:
    count = 1 if outputs else None
    metadata = {"tags": list(cell_tags)} if cell_tags else {}
    return nbformat.v4.new_code_cell(source, id=name, metadata=metadata, outputs=list(outputs), execution_count=count)


def notebook_of(*cells: Cell) -> Notebook:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": spec})


def good_notebook() -> Notebook:
    picture = nbformat.v4.new_output("display_data", data={"image/png": "aGk=", "text/plain": "<a picture>"})
    return notebook_of(
        nbformat.v4.new_markdown_cell("# A title\n\nA short text.", id="title"),
        code("one", "print(1)", COMPARED, outputs=(stream("1\n"),)),
        code("two", "print(2)", COMPARED, outputs=(stream("2\n"),)),
        code("three", "print(3)", COMPARED, outputs=(stream("3\n"),)),
        code("picture", "figure", outputs=(picture,)),
        code("task", "def loss(x):\n    return ...", EXERCISE),
        code("silent", "x = 1"),
    )


def test_a_good_notebook_has_no_problems() -> None:
    assert problems(good_notebook(), "05_training_loop.ipynb") == []


def set_in(cell: int, **fields: Any) -> Callable[[Notebook], None]:
    return lambda notebook: notebook.cells[cell].update(fields)


BROKEN: dict[str, tuple[Callable[[Notebook], None], str]] = {
    "long code": (set_in(6, source="x = 1\n" * 26), "more than 25 lines of code"),
    "long prose": (set_in(0, source="word " * 24 * 13), "more than 12 lines of prose"),
    "def": (set_in(6, source="%time x = 1\ndef helper():\n    pass"), "defines helper outside an exercise"),
    "stray output": (set_in(6, outputs=[stream("hello")], execution_count=1), "neither compared nor a picture"),
    "not run": (set_in(1, execution_count=None), "has no stored output"),
    "no output": (set_in(1, outputs=[]), "has no stored output"),
    "address": (set_in(1, outputs=[stream("<G at 0x7f3a5c1d2e80>")]), "memory address"),
    "path": (set_in(6, source="open('/home/ada/x.png')"), "path of one machine"),
    "drive": (set_in(6, source=r"open(r'C:\data\x.png')"), "path of one machine"),
    "same id": (set_in(6, id="task"), "'task' 2 times"),
    "bad id": (set_in(6, id="not valid!"), "is not valid"),
    "few compared": (set_in(1, metadata={}, outputs=[]), "compares 2 cells, at least 3"),
    "kernel": (lambda notebook: notebook.metadata.kernelspec.update(name="ganwidgets"), "kernel python3"),
    "state": (lambda notebook: notebook.metadata.update(widgets={}), "stores widget state"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_seen(case: str) -> None:
    spoil, complaint = BROKEN[case]
    notebook = copy.deepcopy(good_notebook())
    spoil(notebook)
    found = problems(notebook, "05_training_loop.ipynb")
    assert len(found) == 1, found
    assert complaint in found[0]


def test_a_failure_anywhere_in_a_notebook_fails_its_cell(tmp_path: Path) -> None:
    """One real run: what a cell raises, says differently, or leaves to fail in a thread, a task or a callback."""
    crash = "import threading\nthread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()"
    task = "import asyncio\nasync def fail():\n    raise OSError('in a task')\nasyncio.ensure_future(fail())\nNone"
    click = "import ipywidgets\nbutton = ipywidgets.Button()\nbutton.on_click(lambda _: 1 / 0)\nbutton.click()"
    late = (
        "from ganwidgets.views import errors\n"
        "threading.Timer(0.1, lambda: errors.record(OSError('kept by a widget'))).start()"
    )
    strict = "import os\nassert os.environ['GANWIDGETS_STRICT'] == '1'"
    cells = {
        "fine": (code("fine", strict), "passed"),
        "raises": (code("raises", "1 / 0"), "failed"),
        "same": (code("same", "print(1)", COMPARED, outputs=(stream("1\n"),)), "passed"),
        "differs": (code("differs", "print(2)", COMPARED, outputs=(stream("1\n"),)), "failed"),
        "thread": (code("thread", crash), "failed"),
        "fine again": (code("again", "x = 1"), "passed"),
        "task": (code("task", task), "failed"),
        "callback": (code("callback", click), "failed"),
        "late, kept by a widget": (code("late", late), "failed"),
    }
    path = tmp_path / "trial.ipynb"
    nbformat.write(notebook_of(*(cell for cell, _ in cells.values())), path)
    run = _run(path)
    outcomes = _outcomes(run.stdout)
    assert outcomes == {f"Cell {number}": outcome for number, (_, outcome) in enumerate(cells.values())}, run.stdout
    assert run.returncode == 1


BROKEN_WIDGETS = """
import numpy as np
from ganwidgets.events import StepEvent
from ganwidgets.widgets import LatentExplorer, TrainingStudio

def render(z):
    if z[0, 0] > 2:
        raise RuntimeError("broken on purpose")
    return np.zeros((len(z), 8, 8, 3), np.uint8)

def events():
    yield StepEvent(1, 1.0, 1.0, 0.0, *np.zeros((3, 4), np.float32), 0.0, np.zeros((4, 8, 8, 3), np.uint8))
    raise RuntimeError("broken on purpose")

explorer, studio = LatentExplorer(render, 4), TrainingStudio(events())
"""


def test_a_widget_whose_callback_is_broken_fails_the_run(tmp_path: Path) -> None:
    """From Python, from the page, in a training's thread, and in the still picture that a cell shows."""
    asked = "{'kind': 'request', 'id': 'page:1', 'payload': {'do': 'move', 'values': [[0, 0, 2.5]]}}"
    cells = {
        "made": (code("made", BROKEN_WIDGETS), "passed"),
        "shown": (code("shown", "explorer"), "passed"),
        "from Python": (code("python", "explorer.move(0, 2.5)"), "failed"),
        "from the page": (code("page", f"explorer._handle_custom_msg({asked}, [])"), "failed"),
        "a training": (code("training", "import time\nstudio.play()\ntime.sleep(0.5)"), "failed"),
        "a picture": (code("still", "explorer.still = lambda: 1 / 0\nexplorer"), "failed"),
        "fine again": (code("fine", "explorer.move(0, 1.0)"), "passed"),
    }
    path = tmp_path / "broken.ipynb"
    nbformat.write(notebook_of(*(cell for cell, _ in cells.values())), path)
    run = _run(path)
    assert _outcomes(run.stdout) == {f"Cell {k}": outcome for k, (_, outcome) in enumerate(cells.values())}, run.stdout
    assert run.returncode == 1


def _run(path: Path) -> subprocess.CompletedProcess[str]:
    """pytest, with our settings, on one notebook, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-rA", str(path)]
    environment = {key: value for key, value in os.environ.items() if key != "GANWIDGETS_STRICT"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def _outcomes(report: str) -> dict[str, str]:
    found = re.findall(r"^(PASSED|FAILED) \S*::(Cell \d+)", report, re.MULTILINE)
    return {cell: outcome.lower() for outcome, cell in found}
