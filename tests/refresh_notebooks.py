"""Run notebooks and store what belongs in the files: compared outputs and still pictures, nothing else.

`make notebooks` runs every notebook of the course; `python -m tests.refresh_notebooks PATH …` some of them. A notebook
that fails keeps its file as it was. After a refresh, read the difference: a compared number that changed is a claim
that changed.
"""

from __future__ import annotations

import base64
import io
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

from tests.test_notebooks import COMPARED, NOTEBOOKS, Notebook, tags

STILL_KINDS = ("image/png", "text/plain")
TIMEOUT = 600  # seconds a cell
LARGE = 60_000  # characters of a picture, from which on it is stored with fewer colours


def lighter(png: str) -> str:
    """A large picture (base64) with the 256 colours that suit it best: about a quarter of the size, and looks the same.

    Small pictures, and those that would not become smaller, stay as they are.
    """
    if len(png) < LARGE:
        return png
    stream = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        few = picture.convert("RGBA").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(stream, "PNG", optimize=True)
    stored = base64.b64encode(stream.getvalue()).decode("ascii")
    return min(stored, png, key=len)


def still(output: Notebook) -> Notebook | None:
    """The output with its picture only, if it has one."""
    data = output.get("data", {})
    if "image/png" not in data:
        return None
    kept = {kind: data[kind] for kind in STILL_KINDS if kind in data}
    kept["image/png"] = lighter(kept["image/png"])
    size = {"image/png": output.metadata["image/png"]} if "image/png" in output.metadata else {}
    return nbformat.v4.new_output("display_data", data=kept, metadata=size)


def settle(notebook: Notebook) -> None:
    """Keep the outputs that belong in the file."""
    notebook.metadata.pop("widgets", None)
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        cell.metadata.pop("execution", None)
        if COMPARED in tags(cell):
            cell.outputs = [o for o in cell.outputs if o.output_type != "stream" or o.name == "stdout"]
        else:
            cell.outputs = [kept for output in cell.outputs if (kept := still(output)) is not None]
        cell.execution_count = number if cell.outputs else None
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number


def refresh(path: Path) -> None:
    """Run the notebook at `path` with real widgets and one thread, and write it back."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    settle(notebook)
    nbformat.write(notebook, path)


def main(arguments: list[str]) -> None:
    os.environ |= {"OMP_NUM_THREADS": "1", "GANWIDGETS_STRICT": "1"}
    for path in [Path(argument) for argument in arguments] or NOTEBOOKS:
        print(path.name, flush=True)
        refresh(path)


if __name__ == "__main__":
    main(sys.argv[1:])
