"""`Following`: what every widget that follows a stream has in common: a runner, its buttons, and a quiet redraw."""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets

from ganwidgets.checks import check_number
from ganwidgets.views.base import Still
from ganwidgets.views.player import Player, PlayerState

from . import _interrupting
from ._parts import close_all
from ._throttle import Throttle
from .runner import Runner

#: A page that is open answers within this time, also through a slow network.
GONE_SECONDS = 2.0
_HERE = str(Path(__file__).parent)


class Following(Still, ipywidgets.VBox):
    """Base of the widgets that show a stream of events while it runs.

    A subclass has `_take(event)`, which keeps what it needs of an event, and `_draw()`, which sends it to its views.
    Both are called with `_lock` held, from any thread. No stream, no buttons; `player`: `Player`'s traits. `shared`: as
    for `Runner`. A run stops when the page that showed the widget takes it away, and when the kernel is interrupted.
    """

    # A widget whose making failed is closed when it is collected.
    _runner: Runner[Any] | None = None
    _throttle: Throttle | None = None
    _leaving: threading.Timer | None = None

    def __init__(self, stream: Iterable[Any] | None, *, shared: object = None, **player: Any) -> None:
        if not isinstance(title := player.get("title", ""), str):
            raise ValueError(f"title: expected text; got {title!r}")
        _interrupting.install()
        self._lock = threading.RLock()
        self._throttle = Throttle(self._redraw)
        self._pace: deque[tuple[float, int]] = deque(maxlen=40)
        self._shown_error: BaseException | None = None
        self._from_page = self._single = self._urgent = False
        self._shown: int | None = None
        self._runner = None
        if stream is not None:
            self._runner = Runner(stream, self._receive, on_change=self._changed, shared=shared)
        self._player = None if stream is None else Player(self._actions(), **player)
        super().__init__()
        if self._player is not None and self._player.comm is not None:
            self._player.comm.on_close(lambda _: self.close())

    @property
    def runner(self) -> Runner[Any]:
        """What pulls from the stream. `ValueError` for a widget that was made without one."""
        if self._runner is None:
            raise ValueError(f"stream: this {type(self).__name__} was made without one, so there is nothing to play")
        return self._runner

    def play(self) -> None:
        """Run in the background until `pause` or the stream's end. Returns at once."""
        self._from_page = self._single = False
        self.runner.play()

    def pause(self) -> None:
        """Stop after the step in progress; when this returns, nothing pulls from the stream."""
        self.runner.pause()

    def step(self) -> Any:
        """Run one step and return its event; None when the stream has ended."""
        return self.run(1)

    def run(self, n: int) -> Any:
        """Run up to `n` steps here and now and return the last event; an interrupt leaves all of it usable."""
        self._single = n == 1
        return self.runner.run(n)

    @property
    def steps(self) -> int:
        """How many events were taken in."""
        return 0 if self._runner is None else self._runner.steps

    @property
    def running(self) -> bool:
        """Whether steps are being run now."""
        return self._runner is not None and self._runner.running

    @property
    def finished(self) -> bool:
        """Whether the stream has ended."""
        return self._runner is not None and self._runner.finished

    @property
    def error(self) -> BaseException | None:
        """The exception that stopped the last run, or None."""
        return None if self._runner is None else self._runner.error

    @property
    def speed(self) -> float:
        """The greatest number of steps a second while playing; 0 for no limit."""
        return 1 / self.runner.interval if self.runner.interval else 0.0

    @speed.setter
    def speed(self, steps_per_second: float) -> None:
        check_number("speed", steps_per_second, 0)
        self.runner.interval = 1 / steps_per_second if steps_per_second else 0.0
        with self._lock:
            self._show_player(urgent=True)

    def close(self) -> None:
        """Stop, wait for the thread, and take the widget off the page. The stream stays usable."""
        if self._leaving is not None:
            self._leaving.cancel()
        if self._runner is not None:
            self._runner.close()
        if self._throttle is not None:
            self._throttle.close()
            close_all(self.children)
        super().close()

    def _take(self, event: Any) -> None:
        raise NotImplementedError

    def _draw(self) -> None:
        raise NotImplementedError

    def _kept_steps(self) -> Sequence[int]:
        """The steps that the slider can go back to."""
        return ()

    def _step_number(self) -> int:
        """The step to print, of the stream's own count."""
        return self.steps

    def _scrub(self, step: int | None) -> None:
        """Show what was kept of `step`; None: live. Under a hand: what is drawn waits for no earlier frame."""
        with self._lock:
            self._shown = step
        self._urgent = True
        try:
            self._flush()
        finally:
            self._urgent = False

    def _actions(self) -> dict[str, Callable[[Any], object]]:
        return {
            "play": lambda _: self._request(None),
            "pause": lambda _: self.runner.request_pause(),
            "step": lambda n: self._request(int(n)),
            "speed": lambda speed: setattr(self, "speed", float(speed)),
            "scrub": lambda step: self._scrub(None if step is None else int(step)),
            "gone": lambda _: self._ask_who_is_left(),
        }

    def _request(self, n: int | None) -> None:
        self._from_page, self._single = True, n == 1
        self.runner.request(n)

    def _receive(self, event: Any) -> None:
        with self._lock:
            self._take(event)
        self._offer()

    def _offer(self) -> None:
        """Draw now or soon."""
        if self._throttle is not None:
            self._throttle.offer()

    def _flush(self) -> None:
        """Draw now."""
        if self._throttle is not None:
            self._throttle.flush()

    def _redraw(self) -> None:
        with self._lock:
            self._draw()
            self._show_player(urgent=self._urgent)

    def _show_player(self, urgent: bool = False) -> None:
        if self._player is None or self._runner is None:
            return
        self._pace.append((time.monotonic(), self.steps))
        (start, first), (end, last) = self._pace[0], self._pace[-1]
        rate = (last - first) / (end - start) if end - start > 0.2 else 0.0
        self._player.show(self._player_state(rate), urgent=urgent)

    def _player_state(self, rate: float) -> PlayerState:
        """What the buttons are to show."""
        return PlayerState(
            # One step isn't shown as playing: the button would flicker to Pause and back.
            running=self.running and not self._single,
            finished=self.finished,
            steps=self._step_number(),
            rate=rate,
            note="Interrupted" if self.runner.interrupted else "",
            kept=tuple(self._kept_steps()),
            shown=self._shown,
            speed=self.speed,
        )

    def _ask_who_is_left(self) -> None:
        """A page has closed. If no other one answers, nobody sees the run any more: it stops."""
        if self._player is None or not self.running:
            return
        asked = time.monotonic()
        self._player.ping()
        self._leaving = threading.Timer(GONE_SECONDS, self._leave, [asked])
        self._leaving.daemon = True
        self._leaving.start()

    def _leave(self, asked: float) -> None:
        if self._player is not None and self._player.heard < asked:
            self.runner.request_pause()

    def _changed(self) -> None:
        """The runner has started, paused, ended or failed."""
        error = self.error
        if self._player is not None and error is not self._shown_error:
            self._shown_error = error
            if error is None:
                self._player.show_error("")
            else:
                self._report(error)
        with self._lock:
            self._pace.clear()
            self._show_player(urgent=True)
        if not self.running:
            self._flush()

    def _report(self, error: BaseException) -> None:
        """Show the error; keep it for the next cell only if no caller has seen it."""
        assert self._player is not None
        in_background = threading.current_thread().name == "ganwidgets-runner"
        if in_background and isinstance(error, Exception):
            self._player.report(error, from_page=self._from_page, details=_traceback(error))
        else:
            self._player.show_error(f"{type(error).__name__}: {error}")


def _traceback(error: BaseException) -> str:
    """Where it happened, from the first line on that is not ours."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None and place.tb_frame.f_code.co_filename.startswith(_HERE):
        place = place.tb_next
    return "".join(traceback.format_exception(type(error), error, place))
