"""Runs a stream of events in the background: play, pause, one step, or `n` steps at once.

A stream is anything that can be iterated: a trainer, a recording, a generator. To run is to pull events from it and to
pause is not to pull, so a paused stream can be iterated by anybody else. A thread exists only while the runner plays.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from ganwidgets.interrupts import interrupt_deferred

from ._source import Run, source_of

Event = TypeVar("Event")


class Runner(Generic[Event]):
    """Pulls events from `stream` and hands each to `on_event(event)`.

    `on_change()` is called when the runner starts, pauses, finishes or fails. Both may be called from its thread.
    `interval` is the least time between two events while playing, in seconds; it may be changed at any time.

    Runners that pull from one iterator stop each other: two pulls at once would corrupt a step. `shared`: what `stream`
    pulls from in its turn, if that is what must not be pulled from twice.

    An exception in the stream or in `on_event` stops the run. When it happened in the background it is kept as `error`,
    traceback included, and raised by the next call to `play`, `pause`, `step` or `run`.
    """

    def __init__(
        self,
        stream: Iterable[Event],
        on_event: Callable[[Event], object] | None = None,
        *,
        on_change: Callable[[], object] | None = None,
        interval: float = 0.0,
        shared: object = None,
    ) -> None:
        if not isinstance(stream, Iterable):
            raise ValueError(f"stream: expected something to iterate, such as a Trainer; got {type(stream).__name__}")
        self.interval = interval
        self._stream = stream
        self._source = source_of(stream if shared is None else shared)
        self._iterator: Iterator[Event] | None = None
        self._on_event = on_event
        self._on_change = on_change
        self._run: Run | None = None
        self._steps = 0
        self._finished = self._closed = self._interrupted = False
        self._error: BaseException | None = None
        self._unraised: BaseException | None = None
        _all.add(self)

    @property
    def steps(self) -> int:
        """How many events this runner has seen."""
        return self._steps

    @property
    def running(self) -> bool:
        """Whether events are being pulled now, in the background or by `run`."""
        return self._run is not None and not self._run.stop.is_set()

    @property
    def finished(self) -> bool:
        """Whether the stream has ended."""
        return self._finished

    @property
    def error(self) -> BaseException | None:
        """The exception that stopped the last run, with its traceback; None when all is well."""
        return self._error

    @property
    def interrupted(self) -> bool:
        """Whether the last run was stopped by an interrupt: Ctrl-C, or "Interrupt kernel"."""
        return self._interrupted

    def interrupt(self) -> None:
        """Stop as after an interrupt. Never blocks."""
        if self.running:
            self._interrupted = True
            self.request_pause()

    def reopen(self) -> None:
        """The stream has more to give after all: it was taken back."""
        self._finished = False

    def play(self) -> None:
        """Run in the background until `pause`, the stream's end or an error. Returns at once."""
        self._raise_kept()
        self.request(None)

    def pause(self) -> None:
        """Stop after the event in progress; when this returns, nothing pulls from the stream."""
        self.request_pause()
        if not self._source.entered_here():
            with self._source.lock:
                pass
        self._raise_kept()

    def step(self) -> Event | None:
        """Run exactly one event and return it; None when the stream has ended."""
        return self.run(1)

    def run(self, n: int) -> Event | None:
        """Run up to `n` events here and now, without a thread; returns the last, None if the stream had ended.

        Stops early when the stream ends or somebody calls `pause`. An interrupt (Ctrl-C, "Interrupt kernel") stops it
        after the event in progress and raises `KeyboardInterrupt`; a second one stops it at once.
        """
        if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
            raise ValueError(f"n: expected a whole number of events, 1 or more; got {n!r}")
        if self._source.entered_here():
            raise RuntimeError("run() and step() can't be called from on_event")
        self.pause()
        run = self._start(int(n))
        try:
            with interrupt_deferred(run.stop):
                return self._pull_until_stopped(run)
        except KeyboardInterrupt:
            self._interrupted = True
            raise
        except Exception as error:
            self._error = error
            raise
        finally:
            run.stop.set()
            self._changed()

    def request(self, n: int | None = 1) -> None:
        """Let a thread run `n` more events (None: until paused). Never blocks: meant for button handlers."""
        run = self._run
        if self._finished or (run is not None and run.extended(n)):
            return
        self.request_pause()
        run = self._start(n)
        run.thread = threading.Thread(
            target=_play, args=(weakref.ref(self), run), name="ganwidgets-runner", daemon=True
        )
        run.thread.start()

    def request_pause(self) -> None:
        """Ask for a pause without waiting for the event in progress. Never blocks: meant for button handlers."""
        run = self._run
        if run is not None and not run.stop.is_set():
            run.stop.set()
            self._changed()

    def close(self) -> None:
        """Stop for good and wait for the thread to end. The stream itself stays usable. May be called twice."""
        self._closed = True
        run = self._run
        self.request_pause()
        self._on_event = self._on_change = None
        if run is not None and run.thread is not None and run.thread is not threading.current_thread():
            run.thread.join()

    def _start(self, budget: int | None) -> Run:
        if self._closed:
            raise RuntimeError("this runner is closed")
        self._error, self._interrupted = None, False
        self._run = self._source.hand_over(Run(budget))
        self._changed()
        return self._run

    def _pull_until_stopped(self, run: Run) -> Event | None:
        """The synchronous loop; `_play` is its counterpart that doesn't keep the runner alive."""
        last: Event | None = None
        while not run.stop.is_set():
            event = self._pull(run)
            last = last if event is None else event
        return last

    def _pull(self, run: Run) -> Event | None:
        """One event from the stream to `on_event`; None when there is none or when `run` was stopped meanwhile."""
        with self._source.entered(run):
            if run.stop.is_set():
                return None
            if self._iterator is None:
                self._iterator = iter(self._stream)
            try:
                event: Event = next(self._iterator)
            except StopIteration:
                self._finished = True
                run.stop.set()
                return None
            self._steps += 1
            run.count_down()
            if self._on_event is not None:
                self._on_event(event)
            return event

    def _fail(self, error: BaseException) -> None:
        self._error = self._unraised = error

    def _raise_kept(self) -> None:
        error, self._unraised = self._unraised, None
        if error is not None:
            raise error

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change()


_all: weakref.WeakSet[Runner[Any]] = weakref.WeakSet()


def interrupt_all() -> None:
    """Stop every run in the background. Never blocks."""
    for runner in list(_all):
        runner.interrupt()


def _play(ref: weakref.ref[Runner[Any]], run: Run) -> None:
    """The thread: between two events it holds no reference to the runner, so a forgotten runner can be collected."""
    while not run.stop.is_set():
        runner = ref()
        if runner is None or not _pull_safely(runner, run):
            break
        interval = 0.0 if run.stop.is_set() else runner.interval
        del runner
        if interval > 0:
            run.stop.wait(interval)
    run.stop.set()
    runner = ref()
    if runner is not None:
        runner._changed()


def _pull_safely(runner: Runner[Any], run: Run) -> bool:
    try:
        runner._pull(run)
    except BaseException as error:
        runner._fail(error)
        return False
    return True
