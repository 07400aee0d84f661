"""One JupyterHub for a room, on one machine: `jupyterhub -f deploy/jupyterhub_config.py`. README.md has the steps.

Learners choose a name and give the room's password. Their servers are processes of the account that runs the hub: this
is for a room that trusts itself. They share the machine fairly, each with few threads; what nobody uses is stopped.

From the environment: `GANWIDGETS_HUB_PASSWORD` (needed, 8 characters or more); `GANWIDGETS_HUB_ADMIN_PASSWORD` (32 or
more) lets the user `teacher` in, who sees and stops every server; `GANWIDGETS_HUB_FOLDER` is where everything is kept
(default: `ganwidgets-hub` in the current folder); `GANWIDGETS_HUB_PORT` (8000); `GANWIDGETS_THREADS` for each learner
(1; 0: no limit); `GANWIDGETS_RELEASE` is the file that says which hints and solutions are out.
"""

import os
import sys
from pathlib import Path

#: What torch, numpy and their libraries ask for the number of threads. Without it each learner takes every core.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Seconds without use: a kernel that no page shows, then a server with no kernel.
IDLE_KERNEL, IDLE_SERVER = 2 * 3600, 3600


def whole(name: str, default: int, low: int, high: int) -> int:
    """A whole number from the environment; `ValueError` for anything else."""
    text = os.environ.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ValueError(f"{name}: got {text!r}; allowed is a whole number from {low} to {high}")
    return int(text)


def password(name: str, least: int) -> str:
    """A password from the environment; `ValueError` for one that JupyterHub would refuse."""
    text = os.environ.get(name, "")
    if len(text) < least:
        raise ValueError(f"{name}: got {len(text)} characters; allowed are {least} or more")
    return text


c = get_config()  # type: ignore[name-defined]  # noqa: F821, given by JupyterHub
folder = Path(os.environ.get("GANWIDGETS_HUB_FOLDER", "ganwidgets-hub")).expanduser().resolve()
(folder / "homes").mkdir(parents=True, exist_ok=True)
folder.chmod(0o700)

c.JupyterHub.bind_url = f"http://:{whole('GANWIDGETS_HUB_PORT', 8000, 1, 65535)}"
c.JupyterHub.db_url = f"sqlite:///{folder / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.JupyterHub.concurrent_spawn_limit = 0

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = password("GANWIDGETS_HUB_PASSWORD", 8)
c.Authenticator.allow_all = True
# The name becomes a folder.
c.Authenticator.username_pattern = r"[a-z0-9][a-z0-9_-]{0,31}"
if os.environ.get("GANWIDGETS_HUB_ADMIN_PASSWORD"):
    c.SharedPasswordAuthenticator.admin_password = password("GANWIDGETS_HUB_ADMIN_PASSWORD", 32)
    c.Authenticator.admin_users = {"teacher"}

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
c.Spawner.cmd = [str(Path(sys.executable).with_name("ganwidgets")), "singleuser"]
c.Spawner.args = [
    f"--MappingKernelManager.cull_idle_timeout={IDLE_KERNEL}",
    f"--ServerApp.shutdown_no_activity_timeout={IDLE_SERVER}",
]
# A whole room starts at once; on few cores the last one waits long.
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
# The pictures of the faces, drawn once and read by all: README.md has the command that fills it.
c.Spawner.environment = {"GANWIDGETS_CACHE": os.environ.get("GANWIDGETS_CACHE", str(folder / "cache"))}
if release := os.environ.get("GANWIDGETS_RELEASE"):
    c.Spawner.environment["GANWIDGETS_RELEASE"] = str(Path(release).expanduser().resolve())
threads = whole("GANWIDGETS_THREADS", 1, 0, 256)
if threads:
    c.Spawner.environment |= dict.fromkeys(THREADS, str(threads))
