"""`Throttle`: draws often enough to look alive, and no more often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

REDRAW_SECONDS = 0.06
_SHARE = 8  # a picture's time to the time until the next
_SLACK = 0.02
_SLOWEST = 0.03  # in seconds: at least four times a second something is to be seen


class Throttle:
    """Calls `draw` at most once in `seconds`, and once more after the last `offer`. From any thread.

    Drawing that is slow, on a busy machine above all, comes more rarely, so that it takes an eighth of the time.
    """

    def __init__(self, draw: Callable[[], object], seconds: float = REDRAW_SECONDS) -> None:
        self._draw, self._seconds = draw, seconds
        self._lock = threading.Lock()
        self._last = self._took = 0.0
        self._timer: threading.Timer | None = None

    def offer(self) -> None:
        """Something has changed: draw now, or soon."""
        with self._lock:
            now = time.monotonic()
            wait = self._last + max(self._seconds, _SHARE * self._took) - now
            if wait > 0:
                self._wait(wait)
                return
            self._last = now
        self.close()
        self._now()

    def flush(self) -> None:
        """Draw now."""
        self.close()
        self._now()

    def _wait(self, seconds: float) -> None:
        """Draw later, if no `offer` comes when it is time: that one draws itself, for another thread costs more."""
        if self._timer is None:
            self._timer = threading.Timer(seconds + _SLACK, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def _now(self) -> None:
        self._last = time.monotonic()
        self._draw()
        self._took = min(time.monotonic() - self._last, _SLOWEST)

    def close(self) -> None:
        """Forget what is waiting."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
