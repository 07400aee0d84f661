"""Starts a Python program in several processes at once and looks after them until they end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from types import FrameType


def launch(arguments: Sequence[str], processes: int) -> int:
    """Run `python ARGUMENTS` in `processes` processes that know of each other; their exit status.

    Each finds its rank and the meeting place in the environment, by the names that torch.distributed uses. Every one
    gets its part of the CPU's cores, unless OMP_NUM_THREADS says otherwise. A Ctrl-C is handed on to each, once. When
    one fails, the others are ended, and its status is returned.
    """
    shared = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
    shared |= {"WORLD_SIZE": str(processes), "LOCAL_WORLD_SIZE": str(processes)}
    shared.setdefault("OMP_NUM_THREADS", str(max((os.cpu_count() or 1) // processes, 1)))
    command = [sys.executable, *arguments]
    started: list[subprocess.Popen[bytes]] = []
    with _signals_handed_on(started):
        for rank in range(processes):
            own = shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            # A session of its own: the terminal's Ctrl-C reaches only us, and we hand it on.
            started.append(subprocess.Popen(command, env=own, start_new_session=True))
        try:
            return _wait(started)
        finally:
            for process in started:
                process.kill()
                process.wait()


def _wait(started: Sequence[subprocess.Popen[bytes]]) -> int:
    """The first status that is not 0, as soon as there is one that is not an interrupt; else 0 or 130."""
    while True:
        codes = [process.poll() for process in started]
        failed = [code for code in codes if code not in (None, 0, 130)]
        if failed:
            return failed[0] or 1
        if None not in codes:
            return max(code or 0 for code in codes)
        time.sleep(0.05)


@contextlib.contextmanager
def _signals_handed_on(started: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    def hand_on(number: int, frame: FrameType | None) -> None:
        for process in started:
            if process.poll() is None:
                process.send_signal(number)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
