"""`Stage`: the stream that a `TrainingStudio` pulls from: one training, or two abreast after another way was taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ganwidgets.runs import Run, Way

from ._sides import LiveSide, RecordedSide, side_of

AnySide = LiveSide | RecordedSide
#: What one pull has brought: events, and which side each belongs to.
Pulled = tuple[tuple[AnySide, Any], ...]


@dataclass
class Plan:
    """Another way that is to be taken from the point after `step`; `way`: how to get there, once that is known."""

    step: int
    changes: dict[str, Any]
    way: Way | None = None


class Stage(Iterator[Pulled]):
    """`left`: the training as it is. `right`: the other way from `fork` on, with other `changes`, or
    None.

    While there are two, both stay at the same step: the right one goes first, and where the left one has been there
    already, or has ended, it goes alone. The way back to a fork is made of pulls that bring nothing.
    """

    def __init__(self, run: Run, history: int) -> None:
        self._history = history
        self.left: AnySide = side_of(run, history)
        self.right: AnySide | None = None
        self.fork = 0
        self.changes: dict[str, Any] = {}
        self.plan: Plan | None = None

    @property
    def recorded(self) -> bool:
        """Whether only a recording is on show, where nothing is live."""
        return self.right is None and self.plan is None and isinstance(self.left, RecordedSide)

    def propose(self, step: int, changes: dict[str, Any]) -> None:
        """Take another way from `step` on, with `changes`, from the next pull on. `ValueError` for wrong changes."""
        self.left.run.check(changes)
        self.right = None
        self.plan = Plan(step, changes)

    def close_right(self) -> None:
        """Only the training as it is."""
        self.right = self.plan = None

    def __next__(self) -> Pulled:
        if self.plan is not None:
            return self._go_back(self.plan)
        right = self.right  # the page may take it away meanwhile
        if right is None:
            return ((self.left, next(self.left.run)),)
        pulled: list[tuple[AnySide, Any]] = [(right, next(right.run))]
        if isinstance(self.left, LiveSide) and self.left.step < pulled[0][1].step:
            event = next(self.left.run, None)
            if event is not None:
                pulled.insert(0, (self.left, event))
        return tuple(pulled)

    def _go_back(self, plan: Plan) -> Pulled:
        """One part of the way: finding it, one step again, or the arrival."""
        try:
            if plan.way is None:
                plan.way = self.left.run.way_back(plan.step)
            elif plan.way.left:
                plan.way.advance()
            else:
                right = side_of(self.left.run.branch(plan.way, plan.changes), self._history)
                if self.plan is plan:
                    self.right, self.fork, self.changes, self.plan = right, plan.step, plan.changes, None
        except Exception:
            self.plan = None
            raise
        return ()
