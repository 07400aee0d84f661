"""`ganwidgets lab`: JupyterLab on the course's first notebook.

In a checkout the notebooks are opened where they are. From an installed wheel they are copied to `ganwidgets-course` in
the current folder first; files that are already there are left as they are.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FIRST = "00_start_here.ipynb"
COPY_NAME = "ganwidgets-course"
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


def copy_course(source: Path, target: Path) -> int:
    """Copy the files under `source` to `target` where they do not exist yet; return how many were copied."""
    copied = 0
    for file in sorted(source.rglob("*")):
        place = target / file.relative_to(source)
        if file.is_file() and ".ipynb_checkpoints" not in file.parts and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
            copied += 1
    return copied


def course_folder(package: Path = _PACKAGE, here: Path | None = None) -> Path:
    """The folder with the notebooks to work in: the checkout's, or a copy of the packaged ones under `here`.

    `package`: the folder of the installed package. `here`: default the current folder.
    """
    packaged = package / "notebooks"
    if not packaged.is_dir():
        return package.parent / "notebooks"
    target = (here or Path.cwd()) / COPY_NAME
    copied = copy_course(packaged, target)
    print(f"The course is in {target} ({copied} files copied, what was there is kept).")
    return target


def lab_command(notebook: Path, extra: Sequence[str], root: bool) -> list[str]:
    """The command line that opens `notebook`; `root`: run by the superuser, whom Jupyter has to be told about.

    `extra` comes last, so that it wins.
    """
    place = [f"--ServerApp.root_dir={notebook.parent}", f"--LabApp.default_url=/lab/tree/{notebook.name}"]
    allow = ["--allow-root"] if root else []
    return [sys.executable, "-m", "jupyterlab", *place, *QUIET, PROMPT, *allow, *extra]


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
    command = lab_command(notebook, args.extra, root=getattr(os, "geteuid", lambda: 1)() == 0)
    sys.stdout.flush()
    if os.name == "nt":
        return subprocess.run(command, env=lab_environment(), check=False).returncode
    os.execve(command[0], command, lab_environment())
