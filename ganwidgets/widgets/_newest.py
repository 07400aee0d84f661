"""Work that takes a while, in a thread of its own: of what is asked meanwhile, only the newest is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Request = TypeVar("Request")


class Newest(Generic[Request]):
    """`ask(request)` returns at once; a thread calls `work(request)`, and `failed(error)` where that raises.

    The thread exists only while there is something to do.
    """

    def __init__(self, work: Callable[[Request], object], failed: Callable[[Exception], object]) -> None:
        self._work, self._failed = work, failed
        self._lock = threading.Lock()
        self._waiting: list[Request] = []
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether something is being done or waits."""
        return self._thread is not None

    @property
    def outdated(self) -> bool:
        """Whether something newer than the work in progress waits."""
        return bool(self._waiting) or self._closed

    def ask(self, request: Request) -> None:
        """Do this next, in place of what waits."""
        with self._lock:
            if self._closed:
                return
            self._waiting = [request]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ganwidgets-newest", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Forget what waits and wait for what is being done."""
        with self._lock:
            self._closed, self._waiting, thread = True, [], self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                request = self._waiting.pop()
            try:
                self._work(request)
            except Exception as error:
                self._failed(error)
