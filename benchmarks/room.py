"""A room of learners on a real JupyterHub: each logs in, runs a notebook in a kernel of their own, drags a slider.

The hub is the one of `deploy/`, with its own proxy. A learner is a thread that speaks HTTP and a web socket through
that proxy, as a browser does: it sends the messages that the widget's page sends, one request at a time, and waits for
the frames. It draws nothing, so that the machine's cores belong to the hub.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from ganwidgets import datasets
from ganwidgets.handshake import Line, server_kernel
from tests.browser.lab import free_port

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
README = DEPLOY / "README.md"
PASSWORD = "a room of learners"
PATIENCE = 600.0
#: The hand of a dragging learner passes so many places a second.
HAND = 60.0
#: A page that draws by itself tells the kernel of so many of them.
TOLD = 5.0
MB = 2**20


@dataclass(frozen=True)
class Hub:
    """A running hub: where it answers, and its process, whose children are the proxy and the learners' servers."""

    url: str
    process: psutil.Process

    def family(self, name: str) -> list[psutil.Process]:
        """The processes of one learner, or with an empty name the hub itself and its proxy."""
        return [one for one in [self.process, *self.process.children(recursive=True)] if _owner(one) == name]


def _owner(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return process.environ().get("JUPYTERHUB_USER", "")
    return "gone"


@contextlib.contextmanager
def hub(folder: Path, threads: int) -> Iterator[Hub]:
    """JupyterHub with the configuration of `deploy/`, keeping its things in `folder`; `threads` a learner, 0: no limit.

    `SystemExit` with what to do where JupyterHub or its proxy is missing.
    """
    command, proxy = Path(sys.executable).with_name("jupyterhub"), shutil.which("configurable-http-proxy")
    if not command.exists() or proxy is None:
        missing = "configurable-http-proxy" if command.exists() else "jupyterhub"
        raise SystemExit(f"Not measured: there is no {missing}; deploy/README.md says how to install it.")
    datasets.load("faces", split="test")  # draws them if need be
    port, inner, api = free_port(), free_port(), free_port()
    given = {"PASSWORD": PASSWORD, "FOLDER": str(folder), "PORT": str(port)}
    environment = {**os.environ, **{f"GANWIDGETS_HUB_{name}": value for name, value in given.items()}}
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environment.pop(name, None)
    environment |= {"GANWIDGETS_THREADS": str(threads), "GANWIDGETS_CACHE": str(datasets.cache_folder())}
    inside = [f"--JupyterHub.hub_port={inner}", f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}"]
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen(
            [str(command), "-f", str(DEPLOY / "jupyterhub_config.py"), *inside],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            running = Hub(f"http://127.0.0.1:{port}", psutil.Process(process.pid))
            _wait_for(running, process, folder / "hub.log")
            yield running
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(running: Hub, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{running.url}/hub/login", timeout=5).ok:
                return
        time.sleep(0.2)
    raise RuntimeError(f"The hub did not start:\n{log.read_text()[-3000:]}")


@dataclass
class Learner:
    """One of the room. `started`, `ran`: seconds until the server was there, and until the notebook was through."""

    hub: Hub
    name: str
    started: float = 0.0
    ran: float = 0.0
    fetched: int = 0
    comms: dict[str, str] = field(default_factory=dict)
    said: str = ""
    _token: str = ""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def line(self) -> Line:
        """The web socket to the kernel."""
        return self._line

    def arrive(self) -> None:
        """Log in by the form, have the server started, and a kernel."""
        start = time.perf_counter()
        self._token = self._log_in()
        user = f"/hub/api/users/{self.name}"
        self._call("post", f"{user}/server")
        while not self._call("get", user)["servers"].get("", {}).get("ready"):
            time.sleep(0.5)
        self.started = time.perf_counter() - start
        server = {"url": f"{self.hub.url}/user/{self.name}", "token": self._token}
        self._line = self._stack.enter_context(server_kernel(server, PATIENCE))

    def _log_in(self) -> str:
        with requests.Session() as browser:
            page = f"{self.hub.url}/hub/login"
            browser.get(page, timeout=PATIENCE).raise_for_status()
            form = {"username": self.name, "password": PASSWORD, "_xsrf": browser.cookies["_xsrf"]}
            browser.post(page, data=form, allow_redirects=False, timeout=PATIENCE).raise_for_status()
            says = {"X-XSRFToken": str(browser.cookies["_xsrf"])}
            where = f"{self.hub.url}/hub/api/users/{self.name}/tokens"
            made = browser.post(where, json={}, headers=says, timeout=PATIENCE)
            made.raise_for_status()
            return str(made.json()["token"])

    def _call(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"token {self._token}"}
        answer = requests.request(method, self.hub.url + path, headers=headers, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def cells(self, notebook: str) -> list[str]:
        """The code cells of the learner's own copy, as the server hands it out."""
        where = f"/user/{self.name}/api/contents/{notebook}"
        made = self._call("get", where)["content"]["cells"]
        return [cell["source"] for cell in made if cell["cell_type"] == "code"]

    def run_all(self, cells: list[str]) -> None:
        """Run the cells in the kernel, one after the other; `RuntimeError` with what the kernel says if one fails."""
        start = time.perf_counter()
        for cell in cells:
            self.run(cell)
        self.ran = time.perf_counter() - start

    def run(self, code: str) -> str:
        """Run one cell; returns what it printed. Widgets that it makes are noted in `comms`, by who draws in them."""
        printed = ""
        self.line.send("execute_request", {"code": code, "silent": False, "store_history": True, "allow_stdin": False})
        while True:
            message = self.line.receive()
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "error":
                raise RuntimeError(f"{self.name}: {content['ename']}: {content['evalue']}")
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
            if kind == "comm_open" and "groups" in (spec := content["data"].get("state", {}).get("spec", {})):
                self.comms["page" if spec.get("engine") else "kernel"] = content["comm_id"]
            ended = kind == "status" and content["execution_state"] == "idle"
            if ended and message["parent_header"].get("msg_type") == "execute_request":
                return printed

    def show(self) -> None:
        """Open the explorers as their pages do; the one that draws by itself fetches its engine."""
        for who, comm in self.comms.items():
            self._send(comm, {"kind": "open", "near": False})
            if who == "page":
                self.ask(comm, {"do": "vectors"})
                for name in ("script", "wasm", "model"):
                    self._fetch(comm, name)
                self.ask(comm, {"do": "engine", "by": "page"})

    def _fetch(self, comm: str, name: str) -> None:
        at, total = 0, 1
        while at < total:
            reply, _ = self.ask(comm, {"do": "part", "file": name, "at": at})
            at, total = at + len(reply["buffers"][0]), reply["total"]
        self.fetched += total

    def drag(self, who: str, seconds: float) -> list[float]:
        """Drag a slider of the explorer where `who` draws; the milliseconds from each request to the kernel's frame.

        A page asks for the newest place of the hand as soon as the last one is answered; one that draws by itself tells
        the kernel `TOLD` times a second.
        """
        every = 1 / (HAND if who == "kernel" else TOLD)
        made, start = [], time.perf_counter()
        while (sent := time.perf_counter()) < start + seconds:
            move = {"do": "move", "values": [[1, 0, 3 * math.sin(2 * (sent - start))]], "draft": True, "gesture": "g"}
            _, took = self.ask(self.comms[who], move)
            made.append(1000 * took)
            time.sleep(max(0.0, sent + every - time.perf_counter()))
        return made

    def ask(self, comm: str, payload: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """Send a request of the page; the reply, and the seconds until the frame that it led to, or until the reply."""
        wanted, start, framed = uuid.uuid4().hex, time.perf_counter(), None
        self._send(comm, {"kind": "request", "id": wanted, "near": False, "payload": payload})
        while True:
            message = self.line.receive()
            if message["header"]["msg_type"] != "comm_msg" or message["content"]["comm_id"] != comm:
                continue
            content = message["content"]["data"].get("content", {})
            if content.get("kind") == "error" and content.get("text"):
                raise RuntimeError(f"{self.name}: {content['text']}")
            if content.get("kind") == "frame":
                framed = framed or time.perf_counter()
                if content["ask"]:
                    self._send(comm, {"kind": "painted", "seq": content["seq"]})
            if content.get("kind") == "done" and content["id"] == wanted:
                reply = {**(content.get("reply") or {}), "buffers": message.get("buffers", [])}
                return reply, (framed or time.perf_counter()) - start

    def _send(self, comm: str, content: dict[str, Any]) -> None:
        self.line.send("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": content}})

    def leave(self) -> None:
        """Shut the kernel down."""
        self._stack.close()


def held(processes: list[psutil.Process]) -> tuple[float, float]:
    """What processes hold: their fair share of memory (PSS), where shared pages are divided, and resident bytes; MB."""
    infos = [process.memory_full_info() for process in processes]
    return sum(info.pss for info in infos) / MB, sum(info.rss for info in infos) / MB


def spent(processes: list[psutil.Process]) -> float:
    """The processor seconds that they have used."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)
