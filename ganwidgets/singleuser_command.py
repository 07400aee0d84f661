"""`ganwidgets singleuser`: a learner's server under JupyterHub, with the course in the learner's home.

A hub starts it where it would start `jupyterhub-singleuser`: `c.Spawner.cmd = ["ganwidgets", "singleuser"]`. The folder
`deploy/` has hubs that do. The learner gets a copy of the course of their own, also from a checkout, see `course.py`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ganwidgets.course import COPY_NAME, copy_course
from ganwidgets.files import notebooks_path
from ganwidgets.lab_command import FIRST, is_superuser, lab_environment, lab_options

_PACKAGE = Path(__file__).resolve().parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's own arguments; all others go to the server."""
    parser.epilog = "All other arguments go to the server: --MappingKernelManager.cull_idle_timeout=3600, ..."
    parser.add_argument("--notebook", default=FIRST, help="the notebook to open (default: %(default)s)")


def learners_folder(home: Path, package: Path = _PACKAGE) -> Path:
    """The learner's copy of the course under `home`, new notebooks laid beside what is there.

    Where it cannot be written, such as on a full disk, the reason is printed and the server still starts, so that the
    learner can make room: in the copy that is there, else in `home`.
    """
    target = home / COPY_NAME
    try:
        copy_course(notebooks_path(package), target)
    except ValueError as error:
        print(f"ganwidgets singleuser: {error}", file=sys.stderr, flush=True)
    return target if target.is_dir() else home


def server_command(folder: Path, notebook: str, extra: Sequence[str], root: bool) -> list[str]:
    """The command line of the learner's server in `folder`; the rest as in `lab_options`."""
    # The hub's server looks at this in place of LabApp's. -P: a learner's torch.py must not replace the library.
    opens = f"--ServerApp.default_url=/lab/tree/{notebook}"
    return [sys.executable, "-P", "-m", "jupyterhub.singleuser", opens, *lab_options(folder / notebook, extra, root)]


def run(args: argparse.Namespace) -> int:
    """Become the learner's server. `ValueError` where no hub has called or JupyterHub is missing."""
    if importlib.util.find_spec("jupyterhub") is None:
        raise ValueError("a learner's server needs JupyterHub: pip install 'jupyterhub>=5.3'")
    if "JUPYTERHUB_API_TOKEN" not in os.environ:
        raise ValueError("this is for a hub to call (c.Spawner.cmd); to work on your own, use: ganwidgets lab")
    command = server_command(learners_folder(Path.home()), args.notebook, args.extra, is_superuser())
    sys.stdout.flush()
    os.execve(command[0], command, lab_environment())
