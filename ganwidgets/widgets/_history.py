"""Undo and redo over any frozen state."""

from __future__ import annotations

from typing import Generic, TypeVar

State = TypeVar("State")


class History(Generic[State]):
    """The present state, what came before it and what was undone; at most `limit` steps back."""

    def __init__(self, present: State, limit: int = 200) -> None:
        self.present = present
        self._limit = limit
        self._past: list[State] = []
        self._future: list[State] = []
        self._gesture: str | None = None

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def record(self, state: State, gesture: str | None = None) -> None:
        """Make `state` the present. Steps of one `gesture`, such as a drag, are undone together."""
        if gesture is None or gesture != self._gesture:
            self._past = [*self._past, self.present][-self._limit :]
        self._gesture = gesture
        self._future = []
        self.present = state

    def before(self) -> State:
        """The state that `undo` would go back to; `ValueError` if there is none."""
        if not self._past:
            raise ValueError("nothing to undo")
        return self._past[-1]

    def after(self) -> State:
        """The state that `redo` would go forward to; `ValueError` if there is none."""
        if not self._future:
            raise ValueError("nothing to redo")
        return self._future[-1]

    def undo(self) -> State:
        """Go one step back and return that state."""
        state = self.before()
        self._future.append(self.present)
        self._past.pop()
        self._gesture, self.present = None, state
        return state

    def redo(self) -> State:
        """Go one step forward and return that state."""
        state = self.after()
        self._past.append(self.present)
        self._future.pop()
        self._gesture, self.present = None, state
        return state
