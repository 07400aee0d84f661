"""The runner: background play, pause, step, `run(n)`; errors, interrupts, and no thread left behind."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator

import pytest

from ganwidgets.widgets.runner import Runner, interrupt_all
from tests.waiting import wait_until


def runner_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ganwidgets-runner"]


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    wait_until(lambda: not runner_threads())


def slow_count(seconds: float = 0.001) -> Iterator[int]:
    number = 0
    while True:
        time.sleep(seconds)
        number += 1
        yield number


def test_run_pulls_exactly_n_events_in_order_without_a_thread() -> None:
    seen: list[int] = []
    runner = Runner(iter(range(10)), seen.append)
    assert runner.run(4) == 3
    assert (seen, runner.steps, runner.running, runner.finished) == ([0, 1, 2, 3], 4, False, False)
    assert runner.step() == 4
    assert runner.run(100) == 9
    assert runner.finished
    assert runner.steps == 10
    assert runner.step() is None


def test_play_runs_in_one_thread_and_pause_stops_pulling() -> None:
    threads: set[int] = set()
    runner = Runner(slow_count(), lambda _: threads.add(threading.get_ident()))
    runner.play()
    runner.play()
    assert runner.running
    assert len(runner_threads()) == 1
    wait_until(lambda: runner.steps > 5)
    runner.pause()
    steps = runner.steps
    time.sleep(0.03)
    assert (runner.steps, runner.running) == (steps, False)
    assert threading.get_ident() not in threads
    assert len(threads) == 1
    assert runner.step() == steps + 1


def test_requests_answer_while_a_step_is_still_under_way() -> None:
    entered, leave = threading.Event(), threading.Event()

    def stuck() -> Iterator[int]:
        entered.set()
        leave.wait(30)
        yield 1

    runner = Runner(stuck())
    runner.request(None)
    assert entered.wait(30)
    runner.request_pause()
    runner.request(1)
    assert runner.steps == 0  # all three came back before the step did
    leave.set()
    wait_until(lambda: runner.steps == 1)
    runner.close()


def test_pause_cuts_a_long_interval_short() -> None:
    runner = Runner(iter(range(10)), interval=3600.0)
    runner.play()
    wait_until(lambda: runner.steps == 1)
    runner.pause()
    runner.close()
    assert (runner.steps, runner_threads()) == (1, [])


def test_paused_stream_can_be_iterated_elsewhere() -> None:
    stream = slow_count()
    runner = Runner(stream)
    runner.play()
    wait_until(lambda: runner.steps > 3)
    runner.pause()
    assert next(stream) == runner.steps + 1
    assert runner.step() == runner.steps + 1


def test_error_in_the_thread_is_kept_and_raised_by_the_next_call() -> None:
    def stream() -> Iterator[int]:
        yield 1
        raise ArithmeticError("diverged")

    changes: list[bool] = []
    runner = Runner(stream(), on_change=lambda: changes.append(runner.running))
    runner.play()
    wait_until(lambda: runner.error is not None)
    assert isinstance(runner.error, ArithmeticError)
    assert any(frame.name == "stream" for frame in traceback.extract_tb(runner.error.__traceback__))
    with pytest.raises(ArithmeticError, match="diverged"):
        runner.pause()
    assert not runner.running
    assert runner.steps == 1
    assert changes[0] is True
    assert changes[-1] is False
    runner.pause()


def test_error_in_the_handler_stops_the_run_and_the_stream_goes_on() -> None:
    def handler(number: int) -> None:
        if number == 2:
            raise KeyError("handler")

    runner = Runner(iter(range(5)), handler)
    with pytest.raises(KeyError, match="handler"):
        runner.run(5)
    assert isinstance(runner.error, KeyError)
    assert not runner.running
    assert runner.run(5) == 4
    assert runner.error is None


def test_handler_may_pause_and_close() -> None:
    runner: Runner[int] = Runner(slow_count(), lambda number: runner.pause() if number == 3 else None)
    runner.play()
    wait_until(lambda: not runner.running)
    assert runner.run(10) == runner.steps == 13
    closing: Runner[int] = Runner(slow_count(), lambda number: closing.close() if number == 3 else None)
    closing.play()
    wait_until(lambda: not runner_threads())
    assert closing.steps == 3


def test_interrupt_leaves_a_generator_usable() -> None:
    def interrupting() -> Iterator[int]:
        for number in range(100):
            if number == 3:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            yield number

    runner = Runner(interrupting())
    with pytest.raises(KeyboardInterrupt):
        runner.run(50)
    assert (runner.steps, runner.running, runner.finished, runner.error) == (4, False, False, None)
    interrupted = [runner.interrupted]
    assert runner.run(2) == 5
    interrupted.append(runner.interrupted)
    assert interrupted == [True, False]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_two_runners_of_one_iterator_never_pull_at_once() -> None:
    stream = slow_count()
    first, second = Runner(stream), Runner(stream)
    first.play()
    wait_until(lambda: first.steps > 2)
    second.play()
    wait_until(lambda: second.steps > 2)
    assert not first.running
    assert second.running
    second.pause()
    assert next(stream) == first.steps + second.steps + 1


def test_an_interrupt_stops_every_run_in_the_background_and_says_so() -> None:
    playing, resting = Runner(slow_count()), Runner(slow_count())
    playing.play()
    wait_until(lambda: playing.steps > 2)
    interrupt_all()
    wait_until(lambda: not runner_threads())
    assert (playing.running, playing.interrupted) == (False, True)
    assert not resting.interrupted
    playing.step()
    assert not playing.interrupted


def test_runners_of_two_streams_that_share_something_never_pull_at_once() -> None:
    shared = slow_count()
    first, second = (Runner(({"count": n} for n in shared), shared=shared) for _ in range(2))
    first.play()
    wait_until(lambda: first.steps > 2)
    second.play()
    wait_until(lambda: second.steps > 2)
    assert not first.running
    second.pause()
    assert next(shared) == first.steps + second.steps + 1


def test_a_stream_that_was_taken_back_can_be_played_again() -> None:
    class Tape(Iterator[int]):
        place = 0

        def __next__(self) -> int:
            if self.place == 3:
                raise StopIteration
            self.place += 1
            return self.place

    tape = Tape()
    runner = Runner(tape)
    assert runner.run(9) == 3
    tape.place = 0
    runner.request(None)
    assert runner.finished and not runner.running
    runner.reopen()
    assert runner.run(9) == 3
    assert runner.steps == 6


def test_a_list_is_played_by_each_runner_from_its_start() -> None:
    recording = [1, 2, 3]
    first, second = Runner(recording), Runner(recording)
    assert (first.step(), second.step(), first.step()) == (1, 1, 2)


def test_close_joins_the_thread_and_a_closed_runner_refuses() -> None:
    runner = Runner(slow_count(0.02))
    runner.play()
    runner.close()
    runner.close()
    assert not runner_threads()
    with pytest.raises(RuntimeError, match="closed"):
        runner.play()


def test_forgotten_runner_ends_its_thread() -> None:
    def play_and_forget() -> None:
        runner = Runner(slow_count())
        runner.play()
        wait_until(lambda: runner.steps > 0)
        assert runner_threads()

    play_and_forget()
    gc.collect()
    wait_until(lambda: not runner_threads())


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", True, None])
def test_run_refuses_what_is_not_a_count(n: object) -> None:
    with pytest.raises(ValueError, match="n: expected a whole number"):
        Runner([1]).run(n)  # type: ignore[arg-type]


def test_stream_must_be_iterable() -> None:
    with pytest.raises(ValueError, match="stream: expected something to iterate"):
        Runner(3)  # type: ignore[arg-type]
