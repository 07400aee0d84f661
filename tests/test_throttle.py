"""A throttle draws at once, then not too often, and always once more after the last offer."""

from __future__ import annotations

import threading
import time

import pytest

from ganwidgets.widgets._throttle import Throttle
from tests.waiting import wait_until

NAME = "ganwidgets-redraw"


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]


def test_the_first_offer_draws_at_once_and_the_last_one_soon() -> None:
    drawn: list[str] = []
    throttle = Throttle(lambda: drawn.append(threading.current_thread().name))
    for _ in range(5):
        throttle.offer()
    assert drawn == [threading.current_thread().name]
    wait_until(lambda: len(drawn) == 2)
    assert drawn[1] == NAME
    wait_until(lambda: not watchers())
    assert len(drawn) == 2


def test_who_offers_all_the_time_draws_and_one_thread_watches() -> None:
    drawn: list[threading.Thread] = []
    seen: set[threading.Thread] = set()
    throttle = Throttle(lambda: drawn.append(threading.current_thread()), seconds=0.01)
    while len(drawn) < 20:
        throttle.offer()
        seen |= set(watchers())
        time.sleep(0)
    assert drawn.count(threading.current_thread()) > 15 and 1 <= len(seen) < 5  # one each, if the machine is asleep
    throttle.close()
    wait_until(lambda: not watchers())


def test_what_waits_is_forgotten_when_it_is_closed_or_drawn_otherwise() -> None:
    for end in (Throttle.close, Throttle.flush):
        drawn: list[int] = []
        throttle = Throttle(lambda drawn=drawn: drawn.append(1), seconds=0.05)  # type: ignore[misc]
        throttle.offer()
        throttle.offer()
        end(throttle)
        now = len(drawn)
        wait_until(lambda: not watchers())
        assert len(drawn) == now


def test_a_picture_that_fails_does_not_end_the_watch() -> None:
    tries: list[int] = []

    def draw() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("broken")

    throttle = Throttle(draw)
    with pytest.raises(RuntimeError):
        throttle.offer()
    throttle.offer()
    wait_until(lambda: len(tries) == 2)
    throttle.offer()
    wait_until(lambda: len(tries) == 3)
