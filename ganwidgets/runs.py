"""A `Run` is a training as a widget sees it, live or recorded: its events, what is wrong with it, and the way back.

`run_of` makes one of whatever gives `StepEvent`s. A `Trainer`, a `Recorder`, a `Session` or a `Recording` can be taken
back to any of its steps and sent another way from there; of any other stream only the events are known. Left out:
drawing, and how samples are kept to be looked at again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from ganwidgets.alternatives import Option, Setting, alternatives, described
from ganwidgets.events import StepEvent
from ganwidgets.live_runs import Events, Health, Run, SessionRun, Training, Way, real_samples
from ganwidgets.recordings import Recorder, Recording
from ganwidgets.sessions import Session
from ganwidgets.stream import Samples, Stream

__all__ = ["Health", "Option", "Recorded", "Run", "Setting", "Way", "described", "run_of"]


class Recorded(Run):
    """A `Recording`: every frame is there from the start. `cursor`: the index of the frame that comes next.

    `data`: what was trained on, where it was too large for the recording's file. A recording is diagnosed in the
    background, since its samples take a while to decompress; `wait` until that is done.
    """

    why_not = ""

    def __init__(self, recording: Recording, data: Samples | None = None) -> None:
        self.recording, self.config = recording, recording.config
        self.cursor = 0
        self._data = data
        alone = len(recording) > 0 and len(recording.bare(0).real_logits) == 0
        self.settings = alternatives(recording.config, 1 if alone else 2)
        self._found = Events(())
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __next__(self) -> StepEvent:
        if self.cursor >= len(self.recording):
            raise StopIteration
        self.cursor += 1
        return self.recording[self.cursor - 1]

    def health(self) -> Health:
        """As in `Run`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, name="ganwidgets-diagnosis", daemon=True)
            self._thread.start()
        return self._found.health()

    def wait(self) -> Health:
        """What is wrong with it, when all of it has been looked at."""
        self.health()
        assert self._thread is not None
        self._thread.join()
        return self._found.health()

    def way_back(self, step: int) -> Way:
        """As in `Run`."""
        return self.recording.back_to(step, data=self._data)

    def close(self) -> None:
        """As in `Run`."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        arrays = getattr(self._data, "arrays", None)
        real = None if arrays is None else real_samples(arrays()[0])
        found = Events(iter(self.recording), real=real)
        for _ in found:
            if self._stop.is_set():
                return
        found.finish()
        self._found = found
        self.on_health()


def run_of(stream: Iterable[Any], data: Samples | None = None) -> Run:
    """`stream` as a `Run`. `data`: for a recording, see `Recorded`. `ValueError` for what cannot be iterated."""
    if isinstance(stream, Run):
        return stream
    if isinstance(stream, Recording):
        return Recorded(stream, data)
    for kind, make in _KINDS:
        if isinstance(stream, kind):
            return make(stream)
    if not isinstance(stream, Iterable):
        raise ValueError(f"stream: expected something to iterate, such as a Trainer; got {type(stream).__name__}")
    return Events(stream)


_KINDS: tuple[tuple[type, Any], ...] = (
    (Recorder, lambda recorder: Training(recorder.trainer, recorder)),
    (Session, SessionRun),
    (Stream, Training),
)
