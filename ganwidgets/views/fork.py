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
    """What is on show. `at`: the step; `offers`: what can be changed, none if nothing can; `comparing`: whether another
    way has been taken already; `note`: what is going on."""

    at: int = 0
    offers: tuple[Offer, ...] = ()
    comparing: bool = False
    note: str = ""


class Fork(QuickView):
    """A button that opens two choices and a Go. `on_go(at, setting, option)`: the step and the places of what was
    chosen; `on_back()`: no comparison any more. Both must return at once."""

    def __init__(self, on_go: Callable[[int, int, int], object], on_back: Callable[[], object]) -> None:
        self._on_go, self._on_back = on_go, on_back
        self._state = ForkState()
        super().__init__()

    @property
    def state(self) -> ForkState:
        """What is on show."""
        return self._state

    def show(self, state: ForkState) -> None:
        """Show `state`. From any thread."""
        self._state = state
        self.push(asdict(state), [])

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Something was pressed."""
        if payload.get("do") == "back":
            self._on_back()
        elif payload.get("do") == "go":
            self._on_go(*(int(payload[name]) for name in ("at", "setting", "option")))
        else:
            raise ValueError(f"do: expected go or back; got {payload.get('do')!r}")
