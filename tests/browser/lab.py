"""A real JupyterLab and a real Chromium for tests: start, open a notebook, run it, look at it.

Used through the fixtures of `conftest.py`, and by scripts that measure or take pictures. `hosts.py` has other servers.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import Browser, Locator, Page, Playwright

from ganwidgets.lab_command import PROMPT

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HOW_TO = (
    "no Chromium found: install one (Debian and Ubuntu: apt install chromium; any system: python -m playwright install "
    "chromium), or set GANWIDGETS_CHROMIUM to its path"
)
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Console errors that the servers' own pages or the browser cause by themselves: "schema" is Notebook 7's, of settings.
NOT_OURS = ("favicon", "Failed to load resource", "jupyter_lsp", "workspaces", "ResizeObserver loop", "'schema'")
#: What went wrong in the cells of the notebook.
FAILED = """
() => [...jupyterapp.shell.currentWidget.content.model.cells].flatMap((cell) => cell.outputs?.toJSON() ?? [])
  .filter((output) => output.output_type === 'error').map(({ ename, evalue }) => `${ename}: ${evalue}`)
"""
KERNEL_STATUS = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"


def installed_chromium() -> str | None:
    """The path of a Chromium: `GANWIDGETS_CHROMIUM`, then the usual names on PATH."""
    given = os.environ.get("GANWIDGETS_CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


def find_chromium(playwright: Playwright) -> str | None:
    """The path of a Chromium: the installed one, then Playwright's own."""
    own = Path(playwright.chromium.executable_path)
    return installed_chromium() or (str(own) if own.exists() else None)


def launch(playwright: Playwright, path: str) -> Browser:
    """Chromium without a window."""
    return playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))


@dataclass
class NotebookPage:
    """A notebook that is open in JupyterLab. `errors`: what the console said against us so far; `asked`: the addresses
    that the page asked for anything, as `host:port`."""

    page: Page
    errors: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def listen(self) -> None:
        self.page.on("request", lambda request: self.asked.add(urlsplit(request.url).netloc))
        self.page.on("websocket", lambda socket: self.asked.add(urlsplit(socket.url).netloc))
        self.page.on("pageerror", lambda error: self._note(str(error), error.stack or ""))
        self.page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)

    def _note(self, text: str, stack: str = "") -> None:
        # anywidget loads the scripts of widgets from blobs.
        if "blob:" in stack or not any(part in text for part in NOT_OURS):
            self.errors.append(text)

    def ready(self, seconds: float = 60) -> None:
        """Wait until the kernel is idle."""
        self.page.wait_for_function(f"() => {KERNEL_STATUS} === 'idle'", timeout=1000 * seconds)

    def theme(self, name: str) -> None:
        """`JupyterLab Dark` or `JupyterLab Light`."""
        self.page.evaluate("name => jupyterapp.commands.execute('apputils:change-theme', { theme: name })", name)
        dark = "false" if "Dark" in name else "true"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{dark}"]', state="attached")

    def run_all(self, seconds: float = 120) -> None:
        """Run every cell and wait until they are done."""
        done = self.page.evaluate(
            "() => Promise.race([jupyterapp.commands.execute('notebook:run-all-cells').then(() => true),"
            f" new Promise((resolve) => setTimeout(() => resolve(false), {int(1000 * seconds)}))])"
        )
        assert done, f"the cells were not done after {seconds} s"
        failed = self.page.evaluate(FAILED)
        assert not failed, failed

    def ask(self, expression: str) -> str:
        """The repr of a Python expression, evaluated in the notebook's kernel."""
        script = (
            "async (answer) => {"
            f" const kernel = {KERNEL_STATUS.removesuffix('?.status')};"
            " const options = { code: '', silent: true, store_history: false, user_expressions: { answer } };"
            " const reply = await kernel.requestExecute(options).done;"
            " const said = reply.content.user_expressions.answer;"
            " return said.data?.['text/plain'] ?? `${said.ename}: ${said.evalue}`; }"
        )
        return str(self.page.evaluate(script, expression))

    def root(self, index: int = 0) -> Locator:
        """The root element of the widget of that number, once it has painted."""
        root = self.page.locator(".gw-root").nth(index)
        root.wait_for()
        self.painted(root)
        return root

    def painted(self, root: Locator, after: int = 0, seconds: float = 60) -> int:
        """Wait until the widget has painted more than `after` times; returns how often it has."""
        end = time.monotonic() + seconds
        while (count := int(root.get_attribute("data-painted") or 0)) <= after:
            assert time.monotonic() < end, f"painted {count} times, not more than {after}, after {seconds} s"
            self.page.wait_for_timeout(10)
        return count

    def idle(self, root: Locator, seconds: float = 60) -> None:
        """Wait until every request of the widget is answered and every frame painted."""
        node = root.element_handle()
        self.page.wait_for_function("root => root.dataset.idle === 'true'", arg=node, timeout=1000 * seconds)


def pixels(root: Locator) -> Any:
    """The widget's canvas as a data URL: compare two to see whether the picture has changed."""
    return root.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")


@dataclass
class Lab:
    """A running server with its folder."""

    url: str
    folder: Path
    browser: Browser

    def write(self, name: str, cells: Sequence[str]) -> str:
        """A notebook of code cells in the server's folder; returns its name."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return name

    def address(self, name: str) -> str:
        """Where the page of a notebook is."""
        return f"{self.url}/doc/tree/{name}?reset"

    @contextmanager
    def open(self, name: str, *, width: int = 1280, height: int = 900, **context: Any) -> Iterator[NotebookPage]:
        """Open a notebook of the server's folder in a fresh browser context; its kernel is shut down at the end."""
        with self.browser.new_context(viewport={"width": width, "height": height}, **context) as fresh:
            notebook = NotebookPage(fresh.new_page())
            notebook.listen()
            notebook.page.goto(self.address(name), wait_until="domcontentloaded")
            notebook.ready()
            try:
                yield notebook
            finally:
                notebook.theme("JupyterLab Light")  # the next one shall not find the dark one
                session = KERNEL_STATUS.removesuffix("?.kernel?.status")
                notebook.page.evaluate(f"() => {session}?.shutdown()")


@contextmanager
def serve(folder: Path, settings: Path, browser: Browser) -> Iterator[Lab]:
    """JupyterLab on a free port, showing `folder`, with settings of its own so that yours don't matter."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    quiet = settings / "lab-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with running(_command(port, folder), f"{url}/api/status", settings):
        yield Lab(url, folder, browser)


@contextmanager
def running(command: Sequence[str], url: str, settings: Path) -> Iterator[None]:
    """A server that answers at `url`; what it writes goes into `server.log` of the folder `settings`."""
    log = settings / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=_environment(settings), stdout=output, stderr=output)
        try:
            _wait_until_up(url, process, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _command(port: int, folder: Path) -> list[str]:
    options = [*jupyter_options(port, folder), "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None", PROMPT]
    return [sys.executable, "-m", "jupyterlab", *options]


def jupyter_options(port: int, folder: Path) -> list[str]:
    """What every Jupyter server is told here: its port and folder, no password, no window."""
    options = [
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={folder}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return options


def _environment(settings: Path) -> dict[str, str]:
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "lab-settings",
        "JUPYTERLAB_WORKSPACES_DIR": "lab-workspaces",
        "IPYTHONDIR": "ipython",
    }
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, **{name: str(settings / folder) for name, folder in own.items()}, "PYTHONPATH": path}


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it has an opinion, so it is there
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-3000:]}")


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
