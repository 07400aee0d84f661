"""`Player`: the buttons of whatever can be played, paused and stepped, and a slider back through what was kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import traitlets

from .quick import QuickView


@dataclass(frozen=True)
class PlayerState:
    """What the buttons show. `rate`: steps a second, 0 if unknown; `note`: a word on why nothing runs; `kept`: steps
    that can be gone back to; `shown`: the step that is on show, None for live; `recorded`: there is no live one;
    `speed`: the most steps a second, 0 for no limit."""

    running: bool = False
    finished: bool = False
    steps: int = 0
    rate: float = 0.0
    note: str = ""
    kept: Sequence[int] = ()
    shown: int | None = None
    recorded: bool = False
    speed: float = 0.0


class Player(QuickView, parts=("focus",)):
    """Play or Pause, a Step button for each of `step_sizes`, a speed, a step counter, and with `scrubber` a slider.

    `actions`: what each button does: "play", "pause", "step" (how many), "speed" (steps a second, 0: no limit) and
    "scrub" (a step, None: live). Each is called from a message handler and must return at once. `more`: further
    buttons, each the name of its action, its label and its title; a fourth word puts one beside the slider, for when
    that is not at the newest. `unit`: what one press of Step is. The action "gone" is called when a page with the
    buttons has closed.
    """

    title = traitlets.Unicode("").tag(sync=True)
    step_sizes = traitlets.List([1]).tag(sync=True)
    more: traitlets.List[list[str]] = traitlets.List([]).tag(sync=True)
    unit = traitlets.Unicode("step").tag(sync=True)
    scrubber = traitlets.Bool(False).tag(sync=True)
    speeds = traitlets.List([0, 10, 2, 1]).tag(sync=True)

    def __init__(self, actions: Mapping[str, Callable[[Any], object]], **kwargs: Any) -> None:
        self._actions = dict(actions)
        self._state = PlayerState()
        super().__init__(**kwargs)
        self.show(self._state)

    @property
    def state(self) -> PlayerState:
        """What is on show."""
        return self._state

    def show(self, state: PlayerState, urgent: bool = False) -> None:
        """Show `state`. From any thread."""
        self._state = state
        self.push(asdict(state) | {"kept": [int(step) for step in state.kept]}, [], urgent=urgent)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A button was pressed."""
        action = self._actions.get(payload.get("do", ""))
        if action is None:
            raise ValueError(f"do: expected one of {sorted(self._actions)}; got {payload.get('do')!r}")
        action(payload.get("value"))

    def on_gone(self) -> None:
        """A page has closed."""
        if (action := self._actions.get("gone")) is not None:
            action(None)
