"""A page in a Chromium that nobody listens to, for measuring memory and speed.

Playwright switches on the browser's record of the network. It keeps what goes over the kernel's web socket, some tens
of megabytes in a minute of live pictures, which no learner's browser does. So this is the DevTools protocol and nothing
but evaluating scripts and collecting garbage. https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import websocket

from tests.browser.lab import CHROMIUM_ARGS, HOW_TO, KERNEL_STATUS, installed_chromium

PATIENCE = 120.0  # s
KERNEL = KERNEL_STATUS.removesuffix("?.status")
ASK = f"""async (answer) => {{
  const options = {{ code: "", silent: true, store_history: false, user_expressions: {{ answer }} }};
  const reply = await {KERNEL}.requestExecute(options).done;
  const said = reply.content.user_expressions.answer;
  return said.data?.["text/plain"] ?? `${{said.ename}}: ${{said.evalue}}`;
}}"""


class QuietPage:
    """A notebook open in JupyterLab, to be driven by scripts."""

    def __init__(self, chromium: subprocess.Popen[bytes], socket: websocket.WebSocket) -> None:
        self._chromium, self._socket, self._count = chromium, socket, 0

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol and its result."""
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while (reply := json.loads(self._socket.recv())).get("id") != self._count:
            pass
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']['message']}")
        result: dict[str, Any] = reply["result"]
        return result

    def evaluate(self, script: str, argument: object = None) -> Any:
        """The value of a JavaScript function of `argument`, awaited."""
        call = f"({script})({json.dumps(argument)})"
        said = self.command("Runtime.evaluate", expression=call, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            raise RuntimeError(f"the page: {said['exceptionDetails'].get('exception', {}).get('description')}")
        return said["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Until the function is true; `TimeoutError` after two minutes."""
        end = time.monotonic() + PATIENCE
        while not self.evaluate(script):
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {script}")
            time.sleep(0.2)

    def ask(self, expression: str) -> str:
        """The repr of a Python expression in the notebook's kernel."""
        return str(self.evaluate(ASK, expression))

    def run_all(self) -> None:
        """Run every cell."""
        self.wait_for(f"() => {KERNEL_STATUS} === 'idle'")
        self.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells').then(() => 1)")

    def collect_garbage(self) -> None:
        """Of JavaScript."""
        for method in ("HeapProfiler.enable", "HeapProfiler.collectGarbage", "HeapProfiler.disable"):
            self.command(method)

    def heap(self) -> int:
        """Bytes that JavaScript uses."""
        return int(self.command("Runtime.getHeapUsage")["usedSize"])

    def resident(self) -> int:
        """The resident bytes of the page's process: the largest of the browser's renderers."""
        family = psutil.Process(self._chromium.pid).children(recursive=True)
        return max(one.memory_info().rss for one in family if "--type=renderer" in one.cmdline())


@contextmanager
def quiet_page(url: str, height: int = 1000) -> Iterator[QuietPage]:
    """A notebook's page in a browser of its own. `SystemExit` where there is no Chromium."""
    path = installed_chromium()
    if path is None:
        raise SystemExit(f"Not measured: {HOW_TO}.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        own = ["--headless=new", "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}"]
        size = f"--window-size=1250,{height}"
        command = [path, *CHROMIUM_ARGS, *own, size, url]
        chromium = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            socket = websocket.create_connection(_address(profile), timeout=600)
            yield QuietPage(chromium, socket)
            socket.close()
        finally:
            chromium.kill()
            chromium.wait()


def _address(profile: str) -> str:
    """Where the browser says that its one page can be reached."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with open(f"{profile}/DevToolsActivePort", encoding="ascii") as file:
                port = int(file.readline())
            pages = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
            return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
        except (OSError, ValueError, StopIteration):
            time.sleep(0.2)
    raise TimeoutError("the browser has not started")
