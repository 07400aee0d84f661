"""Waiting for something to become true, in tests of threads."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return once `condition()` holds; fail when it does not for `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.002)


def hear_interrupts() -> None:
    """For `preexec_fn`: a child hears Ctrl-C, even where a job in the background was told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
