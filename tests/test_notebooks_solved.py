"""Every notebook again, with the reference of each exercise in the place of its stub: the claims must hold as they do
with nothing solved, which nbval sees to."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.test_notebooks import COMPARED, EXERCISE, NOTEBOOKS, Cell, Notebook, output_texts, tags

USE = re.compile(r"^(\w+) = exercise\(\"(\d\d\.\d)\"\)\.use\(\1\)$", re.MULTILINE)


def stubs(notebook: Notebook) -> list[Cell]:
    """The cells that hold an exercise's stub."""
    return [cell for cell in notebook.cells if EXERCISE in tags(cell)]


def solve(notebook: Notebook) -> dict[str, str]:
    """Put each reference behind its stub; by the exercise's id, the name of the function."""
    found = {id: name for cell in notebook.cells for name, id in USE.findall(cell.source)}
    for id, name in found.items():
        (stub,) = [cell for cell in stubs(notebook) if re.search(rf"^def {name}\(", cell.source, re.MULTILINE)]
        # A function of its own, as a learner's would be: the reference itself is known for what it is.
        own = f'{name} = partial(exercise("{id}").reference)'
        stub.source += f"\n\n\nfrom functools import partial\nfrom ganwidgets.exercises import exercise\n{own}"
    return found


def told(cell: Cell) -> str:
    """What the cell printed or returned, warnings left out."""
    cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return "".join(output_texts(cell)).strip()


CHAPTERS = [path for path in NOTEBOOKS if path.name[0].isdigit()]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
def test_claims_hold_with_every_exercise_solved(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANWIDGETS_STRICT", "1")
    stored, notebook = (nbformat.read(path, as_version=4) for _ in range(2))
    solved = solve(notebook)
    assert len(solved) == len(stubs(notebook)) >= 2
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": path.parent}}).execute()
    for before, after in zip(stored.cells, notebook.cells, strict=True):
        if COMPARED in tags(before):
            assert told(after) == told(before), before.id
    said = "".join(text for cell in notebook.cells if cell.cell_type == "code" for text in output_texts(cell))
    for id in solved:
        assert f"✓ Exercise {id}: your function passes" in said
