"""What a `Run` is, a training as a widget sees it, and those that go on while one looks. See `runs` for all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from torch import nn

from ganwidgets.alternatives import Setting, alternatives
from ganwidgets.branching import Origin, Return, States, can_be_continued, check_changes
from ganwidgets.diagnosis import Diagnosis, Finding
from ganwidgets.events import StepEvent
from ganwidgets.sessions import Session
from ganwidgets.stream import Stream
from ganwidgets.train_config import TrainConfig

STATE_BYTES = 256 * 2**20  # of exact states, to go back to
STATE_EVERY = 25  # steps, at first
_REAL = 500
_LOOKED_AT = ("losses", "D's scores", "samples", "both networks")


class Way(Protocol):
    """The way back to a step of a training: `advance` until no step is `left`, then `branch`."""

    @property
    def left(self) -> int: ...

    def advance(self) -> None: ...

    def branch(self, changes: Mapping[str, Any]) -> Stream | Session: ...


@dataclass(frozen=True)
class Health:
    """What is known to be wrong with a training: `findings`, after looking at `steps` events and at `looked_at`."""

    findings: tuple[Finding, ...]
    steps: int
    looked_at: tuple[str, ...]


class Run(Iterator[StepEvent], ABC):
    """A training as a widget sees it; iterate it to go on.

    `config`: its settings, where they are known. `settings`: what could be otherwise, for a page to offer. `why_not`:
    why there is no way back, empty if there is. `on_health` is called when a look in the background is done.
    """

    config: TrainConfig | None = None
    settings: tuple[Setting, ...] = ()
    why_not = "Only a Trainer, a Recorder, a Session or a Recording can be taken back and sent another way."

    @abstractmethod
    def health(self) -> Health:
        """What is wrong with it, as far as it is known now."""

    def way_back(self, step: int) -> Way:
        """The way back to the point after `step`. `ValueError` where there is none."""
        raise ValueError(f"step: there is no way back to {step}. {self.why_not}")

    def branch(self, way: Way, changes: Mapping[str, Any]) -> Run:
        """Another training from the end of `way` on, with `changes` to its settings."""
        return live_run(way.branch(changes))

    def check(self, changes: Mapping[str, Any]) -> None:
        """`ValueError` for changes that `branch` would refuse, so that nobody has to wait for that."""
        check_changes(changes)
        if self.config is not None:
            replace(self.config, **changes)

    def on_health(self) -> None:
        """To be replaced by who wants to know."""

    def close(self) -> None:
        """End what it does in the background, if anything."""


class Events(Run):
    """Any stream of events, of which nothing more is known. `real`: real samples like the events', or None."""

    def __init__(
        self, stream: Iterable[Any], networks: tuple[nn.Module, nn.Module] | None = None, real: Any = None
    ) -> None:
        self._stream = stream
        self._iterator: Iterator[Any] | None = None
        self._networks, self._real = networks, real
        self._begin()

    def __next__(self) -> StepEvent:
        if self._iterator is None:
            self._iterator = iter(self._stream)
        event = next(self._iterator)
        if not isinstance(event, StepEvent):
            raise ValueError(f"stream: expected StepEvents, such as a Trainer gives; got {type(event).__name__}")
        self._watch(event)
        return event

    def health(self) -> Health:
        """As in `Run`."""
        looked_at = tuple(name for name in _LOOKED_AT if name in self._looked_at)
        return Health(self._diagnosis.findings, self._seen, looked_at)

    def finish(self) -> None:
        """No event comes any more: look at the last ones too."""
        self._diagnosis.check()

    def _begin(self) -> None:
        G, D = self._networks or (None, None)
        self._diagnosis = Diagnosis(G, D, self._real)
        self._seen = 0
        self._looked_at: set[str] = set()

    def _watch(self, event: StepEvent) -> None:
        """A network of one's own, or samples in a form of one's own, may not bear a look: then there is less to see."""
        try:
            self._diagnosis.update(event)
        except Exception:
            if self._networks is None and self._real is None:
                return
            self._networks = self._real = None
            self._begin()
            self._watch(event)
            return
        self._seen += 1
        there = (True, len(event.real_logits) > 0, event.samples is not None, self._networks is not None)
        self._looked_at |= {name for name, is_there in zip(_LOOKED_AT, there, strict=True) if is_there}


class Training(Events):
    """A `Stream`, or the `Recorder` of one. Exact states are kept in memory, to branch from."""

    why_not = ""

    def __init__(self, trainer: Stream, stream: Iterable[StepEvent] | None = None) -> None:
        self.trainer, self.config = trainer, trainer.config
        super().__init__(trainer if stream is None else stream, _networks(trainer), real_samples(trainer.data.cpu()))
        if can_be_continued(trainer):
            self.settings = alternatives(trainer.config, len(trainer.networks))
        self._origin = Origin.of(trainer)
        self._states = States("live")
        self._gap, self._kept_at = STATE_EVERY, trainer.step
        self._states.add(trainer)
        size = sum(tensor.nbytes for tensor in self._states.load(trainer.step).values())
        self._most = int(np.clip(STATE_BYTES // max(size, 1), 4, 64))

    def __next__(self) -> StepEvent:
        event = super().__next__()
        if event.step - self._kept_at >= self._gap:
            if len(self._states.steps) >= self._most:
                self._states.thin()
                self._gap *= 2
            self._states.add(self.trainer)
            self._kept_at = event.step
        return event

    def way_back(self, step: int) -> Way:
        """As in `Run`."""
        first = self._states.steps[0]
        if not first <= step <= self.trainer.step:
            raise ValueError(f"step: got {step}; this training can go back to {first} to {self.trainer.step}")
        if step == self.trainer.step and step not in self._states.steps:
            self._states.add(self.trainer)
        return Return(self._origin, self._states, {}, step)


class SessionRun(Events):
    """A `Session`, which keeps its own states."""

    why_not = ""

    def __init__(self, session: Session) -> None:
        self.session, self.config = session, session.config
        super().__init__(session, _networks(session.trainer), real_samples(session.trainer.data.cpu()))
        self.settings = alternatives(session.config)

    def way_back(self, step: int) -> Way:
        """As in `Run`."""
        if step > self.session.step:
            raise ValueError(f"step: got {step}; this training is at {self.session.step}")
        return _SessionWay(self.session.branch(step), step)


@dataclass
class _SessionWay:
    twin: Session
    step: int

    @property
    def left(self) -> int:
        return self.step - self.twin.step

    def advance(self) -> None:
        next(self.twin)

    def branch(self, changes: Mapping[str, Any]) -> Session:
        self.twin.change(**changes)
        return self.twin


def live_run(training: Stream | Session) -> Run:
    """What goes on, as a `Run`."""
    return SessionRun(training) if isinstance(training, Session) else Training(training)


def _networks(trainer: Stream) -> tuple[nn.Module, nn.Module] | None:
    names = trainer.networks
    return (names["G"], names["D"]) if set(names) == {"G", "D"} else None


def real_samples(data: Any) -> Any:
    """A few hundred of real samples `(N, ...)`, channels first, in the form of an event's: pictures `(N, H, W, C)`.

    None for what has another form there.
    """
    some = np.asarray(data[:: max(1, len(data) // _REAL)])
    if some.dtype == np.uint8 and some.ndim >= 4:
        return np.moveaxis(some, 1, -1)
    return some if some.ndim == 2 and len(some) > 1 else None
