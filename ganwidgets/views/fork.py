"""`Fork`: asks for another way from the step on show: what to change, to which value, and go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .quick import QuickView


@dataclass(frozen=True)
class Offer:
    """One thing to change: its name, its value now, and the values to choose from, all in words."""

    label: str
    now: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class ForkState:
    """What is on show. `at`: the step, None for the newest one; `offers`: what can be changed, none if nothing can;
    `comparing`: whether another way has been taken already; `note`: what is going on."""

    at: int | None = 0
    offers: tuple[Offer, ...] = ()
    comparing: bool = False
    note: str = ""


class Fork(QuickView, parts=("focus",)):
    """A button that opens two choices and a Go. `on_go(at, setting, option)`: the step, None for the newest one, and
    the places of what was chosen; `on_back()`: no comparison any more. Both must return at once."""

    def __init__(self, on_go: Callable[[int | None, int, int], object], on_back: Callable[[], object]) -> None:
        self._on_go, self._on_back = on_go, on_back
        self._state = ForkState()
        super().__init__()
        self.push(asdict(self._state), [])

    @property
    def state(self) -> ForkState:
        """What is on show."""
        return self._state

    def show(self, state: ForkState) -> None:
        """Show `state`, if it is another one. From any thread."""
        if state != self._state:
            self._state = state
            self.push(asdict(state), [])

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Something was pressed."""
        if payload.get("do") == "back":
            self._on_back()
        elif payload.get("do") == "go":
            at = payload["at"]
            self._on_go(None if at is None else int(at), int(payload["setting"]), int(payload["option"]))
        else:
            raise ValueError(f"do: expected go or back; got {payload.get('do')!r}")
