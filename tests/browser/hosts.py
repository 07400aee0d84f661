"""Where else widgets are shown: Notebook 7, Voilà and marimo, each with its own server and its own kind of file."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import Browser

from tests.browser.lab import KERNEL_STATUS, NotebookPage, free_port, jupyter_options, running

MODULE = (sys.executable, "-m")


@dataclass(frozen=True)
class Host:
    """`write(folder, cells)` makes the file, whose name it returns; `command(port, folder, name)` serves it; the page
    is at `path`, with the name put in, and `start(page)` runs the cells where opening does not."""

    write: Callable[[Path, Sequence[str]], str]
    command: Callable[[int, Path, str], list[str]]
    path: str
    start: Callable[[NotebookPage], None] = lambda page: None


def notebook_file(folder: Path, cells: Sequence[str]) -> str:
    """A notebook of code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "page.ipynb")
    return "page.ipynb"


def marimo_file(folder: Path, cells: Sequence[str]) -> str:
    """The same cells as a marimo notebook, which is a Python module."""
    functions = [f"@app.cell\ndef _():\n{textwrap.indent(cell.strip(), '    ')}\n    return\n" for cell in cells]
    start, end = "import marimo\n\napp = marimo.App()\n", 'if __name__ == "__main__":\n    app.run()\n'
    (folder / "page.py").write_text("\n\n".join([start, *functions, end]), encoding="utf-8")
    return "page.py"


def _notebook(port: int, folder: Path, name: str) -> list[str]:
    return [*MODULE, "notebook", *jupyter_options(port, folder), "--JupyterNotebookApp.expose_app_in_browser=True"]


def _voila(port: int, folder: Path, name: str) -> list[str]:
    # What Notebook 7 puts into JupyterLab fails in Voilà.
    options = ["--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]
    denied = "--VoilaConfiguration.extension_denylist=@jupyter-notebook/lab-extension"
    return [*MODULE, "voila", str(folder / name), *options, denied]


def _marimo(port: int, folder: Path, name: str) -> list[str]:
    options = ["--headless", "--no-token", "--host=127.0.0.1", f"--port={port}"]
    return [*MODULE, "marimo", "--yes", "run", str(folder / name), *options]


def _run_all(page: NotebookPage) -> None:
    page.ready()
    page.run_all()


HOSTS = {
    "Notebook 7": Host(notebook_file, _notebook, "/notebooks/{}", _run_all),
    "Voilà": Host(notebook_file, _voila, "/"),
    "marimo": Host(marimo_file, _marimo, "/"),
}


@contextmanager
def showing(
    name: str, folder: Path, cells: Sequence[str], browser: Browser, width: int = 1280, height: int = 2400, **more: Any
) -> Iterator[NotebookPage]:
    """A page of the host `name` with the cells run, where nothing but its own server can be reached.

    `folder`: an empty one; `more`: for the browser's context.
    """
    host, port, settings = HOSTS[name], free_port(), folder / "settings"
    settings.mkdir()
    url, file = f"http://127.0.0.1:{port}", host.write(folder, cells)
    with (
        running(host.command(port, folder, file), f"{url}/favicon.ico", settings),
        browser.new_context(viewport={"width": width, "height": height}, **more) as context,
    ):
        context.route(lambda address: urlsplit(address).hostname != "127.0.0.1", lambda route: route.abort())
        page = NotebookPage(context.new_page())
        page.listen()
        # Voilà answers when it has run the cells.
        page.page.goto(url + host.path.format(file), wait_until="commit", timeout=120_000)
        host.start(page)
        yield page
        if host.start is _run_all:
            page.page.evaluate(f"() => {KERNEL_STATUS.removesuffix('?.kernel?.status')}?.shutdown()")
