"""`ganwidgets lab`: JupyterLab on the course's first notebook.

In a checkout the notebooks are opened where they are. From an installed wheel they are copied to `ganwidgets-course` in
the current folder first, see `course.py`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ganwidgets.course import course_folder

FIRST = "00_start_here.ipynb"
# No question about news and no look for updates: both would ask the network. `jupyter/` switches off the question.
QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)
# See `lab_server`, which is imported by the server only.
PROMPT = "--ServerApp.kernel_websocket_connection_class=ganwidgets.lab_server.PromptConnection"
_PACKAGE = Path(__file__).resolve().parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's own arguments; all others go to JupyterLab."""
    parser.epilog = "All other arguments go to JupyterLab: --no-browser, --port=8899, ..."
    parser.add_argument("--notebook", default=FIRST, help="the notebook to open (default: %(default)s)")


def lab_command(notebook: Path, extra: Sequence[str], root: bool) -> list[str]:
    """The command line that opens `notebook`, with `lab_options`."""
    return [sys.executable, "-m", "jupyterlab", *lab_options(notebook, extra, root)]


def lab_options(notebook: Path, extra: Sequence[str], root: bool) -> list[str]:
    """What a server is told so that it opens on `notebook`; `root`: run by the superuser, which Jupyter wants to know.

    `extra` comes last, so that it wins.
    """
    place = [f"--ServerApp.root_dir={notebook.parent}", f"--LabApp.default_url=/lab/tree/{notebook.name}"]
    allow = ["--allow-root"] if root else []
    return [*place, *QUIET, PROMPT, *allow, *extra]


def is_superuser() -> bool:
    """Whether this process may do everything; never on Windows."""
    return bool(getattr(os, "geteuid", lambda: 1)() == 0)


def lab_environment(package: Path = _PACKAGE) -> dict[str, str]:
    """This process's environment, with our defaults for JupyterLab's settings; the user's own settings win."""
    paths = [str(package / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


def run(args: argparse.Namespace) -> int:
    """Become JupyterLab; raises ValueError where the notebook does not exist."""
    folder = course_folder()
    notebook = folder / args.notebook
    if not notebook.is_file():
        found = ", ".join(sorted(path.name for path in folder.glob("*.ipynb"))) or "none"
        raise ValueError(f"no notebook {args.notebook!r} in {folder}; there are: {found}")
    command = lab_command(notebook, args.extra, root=is_superuser())
    sys.stdout.flush()
    if os.name == "nt":
        return subprocess.run(command, env=lab_environment(), check=False).returncode
    os.execve(command[0], command, lab_environment())
