"""`Throttle`: draws often enough to look alive, and no more often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

REDRAW_SECONDS = 0.064
_SHARE = 8  # a picture's time to the time until the next
_SLACK = 0.1
_SLOWEST = 0.03  # in seconds: at least four times a second something is to be seen


class Throttle:
    """Calls `draw` at most once in `seconds`, and once more after the last `offer`. From any thread.

    Drawing that is slow, on a busy machine above all, comes more rarely, so that it takes an eighth of the time.
    """

    def __init__(self, draw: Callable[[], object], seconds: float = REDRAW_SECONDS) -> None:
        self._draw, self._seconds = draw, seconds
        self._changed = threading.Condition()
        self._due = 0.0
        self._pending = self._watched = False

    def offer(self) -> None:
        """Something has changed: draw now, or soon."""
        if self._pending and time.monotonic() < self._due:
            return
        with self._changed:
            self._pending = (now := time.monotonic()) < self._due
            if self._pending:
                self._watch()
                return
            self._due = now + self._seconds
        self._now()

    def flush(self) -> None:
        """Draw now."""
        self.close()
        self._now()

    def close(self) -> None:
        """Forget what is waiting."""
        with self._changed:
            self._pending = False
            self._changed.notify()

    def _now(self) -> None:
        self._pending = False
        start = time.monotonic()
        self._due = start + self._seconds
        self._draw()
        took = min(time.monotonic() - start, _SLOWEST)
        self._due = start + max(self._seconds, _SHARE * took)

    def _watch(self) -> None:
        """See to it that what waits is drawn, from another thread, where no `offer` comes to draw it."""
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._look_after, name="ganwidgets-redraw", daemon=True).start()

    def _look_after(self) -> None:
        """One thread while pictures draw themselves: to start one for each takes longer than to draw it."""
        with self._changed:
            while self._pending and (wait := self._due + _SLACK - time.monotonic()) > 0:
                self._changed.wait(wait)
            self._watched = False
            if not self._pending:
                return
        self._now()
