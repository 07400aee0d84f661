"""Runs a notebook with real widgets and puts in their place what a page without a kernel shows."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

import nbformat
from docutils.nodes import make_id
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from .shelf import Shelf

TIMEOUT = 600  # seconds a cell
BEGIN = "from ganwidgets.site import capture\ncapture.begin({folder!r}, {page!r})"
FINISH = "capture.finish()"
LINK = re.compile(r"\[([^][]*)\]\(([\w.-]+)\.ipynb(#[^)]+)?\)")
HEADING = re.compile(r"^#{3,} (.+)$", re.M)
ESCAPED = re.compile(r"\\(\W)")
LEAF = re.compile(r'data-leaf="([^"]+)"')
COLOUR = re.compile(r"\x1b\[[\d;]*m")
Notebook = nbformat.NotebookNode


def run(notebook: Notebook, folder: Path, shelf: Shelf, pages: Collection[str]) -> Notebook:
    """The `notebook` with the outputs of a run in `folder`, made for a page; `ValueError` with what a cell raises.

    `pages`: the names of all notebooks of the site, without their suffix.
    """
    begin = nbformat.v4.new_code_cell(BEGIN.format(folder=str(shelf.folder.resolve()), page=shelf.page))
    notebook.cells = [begin, *notebook.cells, nbformat.v4.new_code_cell(FINISH)]
    resources = {"metadata": {"path": folder}}
    client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", resources=resources)
    try:
        client.execute(stderr=subprocess.DEVNULL)  # what the kernel itself says; errors of cells come as messages
        _raise_shown_errors(notebook)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ValueError(f"notebooks: {shelf.page}.ipynb: {COLOUR.sub('', str(error)).strip()}") from error
    notebook.cells = notebook.cells[1:-1]
    settle(notebook, shelf, pages)
    return notebook


def _raise_shown_errors(notebook: Notebook) -> None:
    """Raise what a cell only shows, having gone on: a widget could not be shown, say, or its callback failed."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                raise CellExecutionError.from_cell_and_msg(cell, {**output, "status": "error"})


def settle(notebook: Notebook, shelf: Shelf, pages: Collection[str]) -> None:
    """Keep pictures, printed lines and what widgets left; links go from page to page, or are plain words."""

    def linked(link: re.Match[str]) -> str:
        words, page, anchor = link.groups(default="")
        return f"[{words}]({page}.html{anchor})" if page in pages else words

    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _belongs(output, shelf)]
        else:
            cell.source = HEADING.sub(_anchored, LINK.sub(linked, cell.source))


def _anchored(heading: re.Match[str]) -> str:
    """With the anchor that JupyterLab gives a heading, and that links go by, where Sphinx gives another."""
    anchor = ESCAPED.sub(r"\1", heading[1].strip()).replace(" ", "-")
    return heading[0] if anchor == make_id(anchor) else f'<span id="{html.escape(anchor)}"></span>\n\n{heading[0]}'


def _belongs(output: Notebook, shelf: Shelf) -> bool:
    if output.output_type == "stream":
        return bool(output.name == "stdout")
    data = output.get("data", {})
    if leaf := LEAF.search(markup := data.get("text/html", "")):
        if not (shelf.folder / f"leaves/{leaf[1]}.js").exists():
            data["text/html"] = markup.replace('class="gw-leaf"', 'class="gw-still"')
        return True
    return "image/png" in data or "text/html" in data or output.output_type == "execute_result"
