"""What opens the course elsewhere: Binder, Colab, a development container. The services themselves are not asked."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ganwidgets import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
COLAB = ROOT / "launchers" / "colab.ipynb"


def test_binder_installs_the_checkout_with_the_locked_versions() -> None:
    folder = ROOT / ".binder"
    lines = [line for line in (folder / "requirements.txt").read_text("utf-8").splitlines() if line[:1] != "#"]
    (constraints,) = [line.split()[1] for line in lines if line.startswith("-c ")]
    assert (folder / constraints).resolve() == ROOT / "requirements.lock"
    assert "-e ." in lines
    assert re.fullmatch(r"python-3\.1[123]\n", (folder / "runtime.txt").read_text("utf-8"))


def test_the_development_container_uses_what_the_makefile_makes() -> None:
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert settings["updateContentCommand"] == "make .venv/.installed"
    assert "VENV := .venv\n" in makefile and "STAMP := $(VENV)/.installed\n" in makefile
    interpreter = settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter == "${containerWorkspaceFolder}/.venv/bin/python"
    assert re.search(r"/python:[\w-]*3\.1[123]-", settings["image"])


def test_colab_gets_this_wheel_and_keeps_its_own_packages() -> None:
    notebook = nbformat.read(COLAB, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    (install,) = [cell.source for cell in notebook.cells if "%pip" in cell.source]
    assert f'WHEEL = "ganwidgets-{__version__}-py3-none-any.whl"\n' in install
    assert re.search(r"^%pip install .*--no-deps \{WHEEL\}$", install, re.MULTILINE)
    (traitlets,) = [line for line in PROJECT["dependencies"] if line.startswith("traitlets")]
    assert f'"{traitlets}"' in install, "the only one of Colab's packages that is too old for us"
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_the_colab_notebook_runs_once_the_wheel_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANWIDGETS_STRICT", "1")
    notebook = nbformat.read(COLAB, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "%pip" not in cell.source]
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert "LatentExplorer()" in [data.get("text/plain") for data in shown]
