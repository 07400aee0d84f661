"""Several trainings by turns, so that each has had the same time, and where each stood at given times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Turn:
    """The next `event` of training number `index`; None when it has ended."""

    index: int
    event: Any


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a model stands: its `step`, and its newest `samples`, None before the first."""

    step: int = 0
    samples: Array | None = None


def turns(streams: Sequence[Iterable[Any]], seconds: float) -> Iterator[Turn]:
    """Always the next event of the one that has trained least, until each has ended or has trained for `seconds`.

    Of a training's last event, the time may be past `seconds`. `ValueError` for an event without a time.
    """
    iterators = [iter(stream) for stream in streams]
    clocks = dict.fromkeys(range(len(iterators)), 0.0)
    while clocks:
        index = min(clocks, key=lambda each: (clocks[each], each))
        event = next(iterators[index], None)
        if event is None:
            del clocks[index]
        else:
            now = float(getattr(event, "seconds", math.nan))
            if not math.isfinite(now):
                raise ValueError(f"models: expected events with their seconds of training; got {event!r}")
            clocks[index] = max(clocks[index], now)
            if now >= seconds:
                del clocks[index]
        yield Turn(index, event)


class Standings:
    """What every one of `count` models was at each of `times` (ascending, in seconds of training)."""

    def __init__(self, count: int, times: Sequence[float]) -> None:
        self.times = tuple(times)
        self._now = [Standing() for _ in range(count)]
        self._clocks = [0.0] * count
        self._kept: list[list[Standing]] = [[] for _ in range(count)]

    @property
    def clock(self) -> float:
        """How long each has trained at least, in seconds; at most the last of the times."""
        return min(self.least, self.times[-1])

    @property
    def least(self) -> float:
        """The same without the limit; infinite once all have ended."""
        return min(self._clocks)

    @property
    def complete(self) -> int:
        """How many of the times every model has passed."""
        return min(len(kept) for kept in self._kept)

    def now(self, index: int) -> Standing:
        """The newest of this model."""
        return self._now[index]

    def at(self, lap: int) -> list[Standing]:
        """All models at time number `lap`."""
        return [kept[lap] for kept in self._kept]

    def take(self, turn: Turn) -> None:
        """Take in an event. What a model was at a time is what it was after its last step that ended by then."""
        kept, now = self._kept[turn.index], self._now[turn.index]
        until = math.inf if turn.event is None else float(turn.event.seconds)
        while len(kept) < len(self.times) and self.times[len(kept)] < until:
            kept.append(now)
        self._clocks[turn.index] = until
        if turn.event is not None:
            samples = now.samples if turn.event.samples is None else turn.event.samples
            self._now[turn.index] = now = Standing(int(turn.event.step), samples)
            if until >= self.times[-1] and len(kept) < len(self.times):
                kept.append(now)
