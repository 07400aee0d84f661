"""Lets an interrupt (Ctrl-C, "Interrupt kernel") wait for a good place to stop."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def interrupt_deferred(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C only sets `stop`; it is raised when the block ends. A second one is raised at once.

    For work in steps that should not be cut in two: a generator that is interrupted inside can't go on, and half a
    training step can't be resumed. In another thread, and where somebody else handles Ctrl-C, nothing changes.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    interrupted = False

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True
        stop.set()

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if interrupted:
        raise KeyboardInterrupt
