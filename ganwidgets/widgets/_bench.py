"""What keeps state, pictures, page and history of a widget together whose state is one frozen value.

There is one way to a new state: `_go`. It renders first, and only then changes anything. The pictures that a hand waits
for come first and go to the page at once, the rest follow. One lock guards all of it, since the page's requests may be
answered on another thread than the cells.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import traitlets

from ganwidgets.views.matrix import Matrix

from ._history import History
from ._rendering import ImageArray

State = TypeVar("State")
Payload = dict[str, Any]
Pictures = dict[str, ImageArray]


class Bench(Matrix, Generic[State]):
    """A subclass sets its attributes, calls `__init__`, and has `_first`, `_rest`, `_page` and `_commands`.

    `image`: the picture of the present state, `(H, W, C)` uint8; can be observed.
    """

    image = traitlets.Any(read_only=True)

    def __init__(self, start: State, **kwargs: Any) -> None:
        self._lock = threading.RLock()
        self._answering = False
        self._start = self._live = start
        self._history = History(start)
        self._shown: Pictures = {}
        self._done: Pictures = {}
        super().__init__(**kwargs)
        self._go(start, commit=lambda: None)

    def _first(self, state: State) -> Pictures:
        """What a moving hand waits for, by place; "main" is among them."""
        raise NotImplementedError

    def _rest(self, state: State) -> Pictures:
        """All other pictures."""
        raise NotImplementedError

    def _page(self, state: State) -> Payload:
        """What the page is told besides the pictures."""
        raise NotImplementedError

    def _commands(self) -> Mapping[str, Callable[[Payload], object]]:
        """What the page may ask, by name."""
        raise NotImplementedError

    @property
    def can_undo(self) -> bool:
        """Whether `undo` would do something."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether `redo` would do something."""
        return self._history.can_redo

    def undo(self) -> None:
        """One step back; nothing happens where there is none."""
        with self._lock:
            if self.can_undo:
                self._go(self._history.before(), commit=self._history.undo)

    def redo(self) -> None:
        """One step forward again; nothing happens where there is none."""
        with self._lock:
            if self.can_redo:
                self._go(self._history.after(), commit=self._history.redo)

    def reset(self) -> None:
        """Back to the start."""
        self._go(self._start)

    def on_open(self) -> None:
        with self._lock:
            self.forget()
            self._tell(urgent=True)

    def on_request(self, payload: Payload, buffers: Sequence[bytes]) -> Payload | None:
        """Carry out a request. With `draft` the reply says under `rough` whether there are more pictures to be had."""
        commands = self._commands()
        command = commands.get(payload.get("do", ""))
        if command is None:
            raise ValueError(f"request: got {payload.get('do')!r}; allowed is one of {', '.join(commands)}")
        with self._lock:
            self._answering = True
            try:
                command(payload)
                return {"rough": self._live is not self._history.present} if payload.get("draft") else None
            except Exception:
                self._tell()  # the controls go back to where they were
                raise
            finally:
                self._answering = False

    @property
    def pictures(self) -> Pictures:
        """Every picture on the page, `(H, W, C)` uint8, by its place."""
        return dict(self._done)

    @property
    def present(self) -> State:
        """The state that the pictures show."""
        return self._history.present

    def _move(self, state: State, payload: Payload) -> None:
        """`_go` for a slider's request: a draft while it is held, see `hand.js`."""
        draft = bool(payload.get("draft")) and not payload.get("rest")
        self._go(state, gesture=payload.get("gesture"), draft=draft)

    def _go(
        self, state: State, *, gesture: str | None = None, draft: bool = False,
        commit: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        """Render the pictures of `state`; if that works, it is the present. A `draft` leaves some for later."""
        with self._lock:
            try:
                self._show(state, self._first(state))
                if draft:
                    return
                rest = self._rest(state)
            except Exception as error:
                self._live, self._shown = self._history.present, dict(self._done)
                self._tell()
                self.show_error(f"{type(error).__name__}: {error}")
                raise
            (commit or (lambda: self._history.record(state, gesture)))()
            self._show(state, rest)
            self._done = dict(self._shown)
            if self._error_text:
                self.show_error("")
            self.set_trait("image", self._done["main"])

    def _show(self, state: State, pictures: Pictures) -> None:
        self._live = state
        size = next(iter(pictures.values())).shape
        # Where pictures have got another size, old ones are none to be shown beside them.
        self._shown = {place: old for place, old in self._shown.items() if old.shape == size} | pictures
        self._tell()

    def _tell(self, *, urgent: bool = False) -> None:
        steps = {"undo": self.can_undo, "redo": self.can_redo}
        self.paint(self._shown, steps | self._page(self._live), urgent=urgent or self._answering)
