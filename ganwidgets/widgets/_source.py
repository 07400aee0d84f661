"""Who may pull from a stream: runs that take turns."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator


class Run:
    """One press of play, step or run: how many events are left (None: no limit), and the wish to stop."""

    def __init__(self, budget: int | None) -> None:
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None
        self._budget = budget
        self._lock = threading.Lock()

    def count_down(self) -> None:
        with self._lock:
            if self._budget is not None:
                self._budget -= 1
                if self._budget <= 0:
                    self.stop.set()

    def extended(self, n: int | None) -> bool:
        """Whether this run, still going on in its thread, could take `n` more events (None: play) upon itself."""
        with self._lock:
            if self.stop.is_set() or self.thread is None:
                return False
            if n is None:
                self._budget = None
            elif self._budget is not None:
                self._budget += n
            else:
                return False
            return True


class Source:
    """A stream and who pulls from it."""

    def __init__(self, stream: object) -> None:
        self.stream = stream  # held, so that its id stays its own
        self.lock = threading.Lock()
        self._run: Run | None = None
        self._thread: int | None = None

    def hand_over(self, run: Run) -> Run:
        """Stop the run that pulled until now, whoever's it was, and let `run` go on."""
        before, self._run = self._run, run
        if before is not None:
            before.stop.set()
        return run

    @contextlib.contextmanager
    def entered(self, run: Run) -> Iterator[None]:
        """Hold the stream for one event; `run` is stopped if another took over."""
        with self.lock:
            if self._run is not run:
                run.stop.set()
            self._thread = threading.get_ident()
            try:
                yield
            finally:
                self._thread = None

    def entered_here(self) -> bool:
        """Whether the caller is inside an event of this stream, that is in a handler that `entered` called."""
        return self._thread == threading.get_ident()


_sources: weakref.WeakValueDictionary[int, Source] = weakref.WeakValueDictionary()


def source_of(stream: object) -> Source:
    """An iterator has one source for all; a list or a recording can be iterated many times over, each on its own."""
    if not isinstance(stream, Iterator):
        return Source(stream)
    source = Source(stream)
    return _sources.setdefault(id(stream), source)
