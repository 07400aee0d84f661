"""Does a widget get through? A kernel makes a `LatentExplorer`, and we answer it as a page would, until pictures come.

With a Jupyter server, all goes over its web socket, as from a browser; without one, to a kernel of our own.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

CODE = """
import numpy as np
from ganwidgets.widgets import LatentExplorer
LatentExplorer(lambda z: np.zeros((len(z), 8, 8, 3), np.uint8), 4)
"""
#: Seconds until we give up. A first import of everything on a slow disk takes long.
PATIENCE = 90.0
Message = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A line to a kernel: `send(kind, content)`, and `receive()`, the next message that it publishes."""

    send: Callable[[str, Message], None]
    receive: Callable[[], Message]


def running_servers() -> list[Message]:
    """The Jupyter servers of this user, each with `url` and `token`."""
    from jupyter_server.serverapp import list_running_servers

    return list(list_running_servers())


def greet(line: Line) -> float:
    """Make the widget and open it; returns the seconds from opening it to its first frame.

    `TimeoutError` if nothing comes, `RuntimeError` with what the kernel says if the cell fails.
    """
    request = {"code": CODE, "silent": False, "store_history": False, "allow_stdin": False}
    line.send("execute_request", request)
    until = time.monotonic() + PATIENCE
    comm, opened = "", 0.0
    while time.monotonic() < until:
        message = line.receive()
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "error":
            raise RuntimeError(f"{content['ename']}: {content['evalue']}")
        if kind == "comm_open" and "spec" in content["data"].get("state", {}):
            comm = content["comm_id"]
        elif kind == "status" and content["execution_state"] == "idle" and comm and not opened:
            opened = time.perf_counter()
            said = {"method": "custom", "content": {"kind": "open", "near": True}}
            line.send("comm_msg", {"comm_id": comm, "data": said})
        elif opened and kind == "comm_msg" and content["data"].get("content", {}).get("kind") == "frame":
            return time.perf_counter() - opened
    raise TimeoutError(f"no picture came within {PATIENCE:.0f} s")


@contextlib.contextmanager
def own_kernel() -> Iterator[Line]:
    """A line to a kernel that lives as long as the context."""
    from jupyter_client.manager import start_new_kernel

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=PATIENCE, **quiet)
    try:

        def send(kind: str, content: Message) -> None:
            client.shell_channel.send(client.session.msg(kind, content))

        def receive() -> Message:
            try:
                return dict(client.get_iopub_msg(timeout=PATIENCE))
            except queue.Empty:
                raise TimeoutError(f"the kernel said nothing for {PATIENCE:.0f} s") from None

        yield Line(send, receive)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@contextlib.contextmanager
def server_kernel(server: Message, patience: float = PATIENCE) -> Iterator[Line]:
    """A line over the server's web socket to a kernel that lives as long as the context.

    `patience`: how many seconds the kernel may be silent.
    """
    import requests
    import websocket
    from jupyter_server.services.kernels.connection.base import deserialize_binary_message

    url, headers = server["url"].rstrip("/"), {"Authorization": f"token {server.get('token', '')}"}
    made = requests.post(f"{url}/api/kernels", json={"name": "python3"}, headers=headers, timeout=patience)
    made.raise_for_status()
    kernel, session = made.json()["id"], uuid.uuid4().hex
    socket = websocket.create_connection(
        f"ws{url.removeprefix('http')}/api/kernels/{kernel}/channels", header=headers, timeout=patience
    )
    try:

        def send(kind: str, content: Message) -> None:
            header = {
                "msg_id": uuid.uuid4().hex,
                "msg_type": kind,
                "session": session,
                "username": "",
                "version": "5.3",
            }
            parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
            socket.send(json.dumps({**parts, "channel": "shell"}))

        def receive() -> Message:
            while True:
                raw = socket.recv()
                message = json.loads(raw) if isinstance(raw, str) else deserialize_binary_message(raw)
                if message.get("channel") == "iopub":
                    return dict(message)

        yield Line(send, receive)
    finally:
        socket.close()
        requests.delete(f"{url}/api/kernels/{kernel}", headers=headers, timeout=patience)
