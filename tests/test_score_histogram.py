"""`ScoreHistogram`: numbers by hand, what it sends to the page, live and from plain loops, and wrong input."""

from __future__ import annotations

import io
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets.events import StepEvent
from ganwidgets.plane_session import PlaneSession
from ganwidgets.probes import optimal_at
from ganwidgets.views import errors
from ganwidgets.views.score_histogram import Bars, ScoreBars
from ganwidgets.widgets._scores import Moments, Series, overlap_by_chance, shared_area
from ganwidgets.widgets._throttle import REDRAW_SECONDS
from ganwidgets.widgets.score_histogram import ScoreHistogram
from tests.waiting import wait_until


def event(step: int, real: float = 2.0, fake: float = -2.0) -> StepEvent:
    logits = np.linspace(-1, 1, 8, dtype=np.float32)
    return StepEvent(step, 0.5, 1.0, 0.0, logits + real, logits + fake, logits + fake - 1, 0.1 * step)


def stream(count: int = 1000) -> Iterator[StepEvent]:
    for step in range(1, count + 1):
        time.sleep(0.001)
        yield event(step)


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.clear()


def test_means_and_overlap_by_hand() -> None:
    histogram = ScoreHistogram(bins=2, history=2)
    histogram.update([0.9, 0.9, 0.9, 0.1], [0.1, 0.1])
    assert histogram.overlap == pytest.approx(0.25)
    assert (histogram.d_x, histogram.d_g_z) == pytest.approx((0.7, 0.1))
    histogram.update([0.2, 0.2, 0.2, 0.2], [0.8, 0.8])
    # Pooled: real .375 above 1/2, fake .5 above.
    assert histogram.overlap == pytest.approx(0.375 + 0.5)
    histogram.update([0.2] * 4, [0.8] * 2)
    assert (histogram.overlap, histogram.steps) == (0.0, 3)


def test_overlap_is_one_for_equal_scores_and_zero_for_told_apart() -> None:
    scores = np.random.default_rng(0).random(100)
    histogram = ScoreHistogram()
    histogram.update(scores, scores[::-1])
    assert histogram.overlap == pytest.approx(1.0)
    histogram = ScoreHistogram()
    histogram.update(0.8 + 0.2 * scores, 0.2 * scores)
    assert histogram.overlap == 0.0


def test_before_the_first_batch_there_is_nothing_and_no_still() -> None:
    histogram = ScoreHistogram()
    assert np.isnan([histogram.overlap, histogram.d_x, histogram.d_g_z]).all()
    assert histogram.still() == b""
    with pytest.raises(ValueError, match="made without one"):
        histogram.play()


def test_show_takes_an_event_and_draws_what_it_says() -> None:
    histogram = ScoreHistogram()
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    histogram._bars.send = lambda content, buffers=None: sent.append((content, buffers))  # type: ignore[method-assign]
    histogram.show(event(7))
    content, buffers = sent[0]
    real = np.frombuffer(buffers[0], np.float32)
    assert content["means"] == pytest.approx([event(7).d_x, event(7).d_g_z[0]])
    assert real.shape == (25,)
    assert real.sum() == pytest.approx(1.0)
    assert real @ ((np.arange(25) + 0.5) / 25) == pytest.approx(event(7).d_x, abs=0.02)


def test_optimal_scores_are_outlined_fixed_or_for_each_event() -> None:
    fixed = ScoreHistogram(bins=2, optimal=([0.9, 0.9], [0.1, 0.9]))
    fixed.update([0.5], [0.5])
    assert [list(shares) for shares in fixed._bars._bars.outlines] == [[0, 1], [0.5, 0.5]]  # type: ignore[union-attr]
    called = ScoreHistogram(bins=2, optimal=lambda seen: ([seen.step / 10], [0.0]))
    called.show(event(9))
    assert [list(shares) for shares in called._bars._bars.outlines] == [[0, 1], [1, 0]]  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="optimal: expected a pair"):
        ScoreHistogram(optimal=[0.5])  # type: ignore[arg-type]


def test_a_plain_loop_is_drawn_at_most_twenty_times_a_second_and_ends_on_the_last_batch() -> None:
    histogram = ScoreHistogram(history=1)
    draws: list[float] = []
    draw = histogram._draw

    def counted() -> None:
        draws.append(time.monotonic())
        draw()

    histogram._draw = counted  # type: ignore[method-assign]
    start = time.monotonic()
    while time.monotonic() - start < 0.32:
        histogram.update([0.9], [0.1])
    histogram.update([0.3], [0.3])
    wait_until(lambda: histogram._bars._bars is not None and histogram._bars._bars.overlap == 1.0)
    assert 2 <= len(draws) <= 3 + (draws[-1] - start) / REDRAW_SECONDS


def test_frames_go_on_unanswered_in_a_loop_but_a_thread_waits_for_the_page() -> None:
    def sent_by(run: Callable[[Callable[[], None]], object]) -> int:
        view, frames, clock = ScoreBars(), [], itertools.count(0, 0.01)
        view.send = lambda content, buffers=None: frames.append(content)  # type: ignore[method-assign]
        view._flow._clock = lambda: next(clock)
        bars = Bars(np.ones(2) / 2, np.ones(2) / 2, (0.5, 0.5), 1.0)

        def loop() -> None:
            for _ in range(40):
                view.show(bars)

        run(loop)
        return len(frames)

    def in_thread(loop: Callable[[], None]) -> None:
        thread = threading.Thread(target=loop)
        thread.start()
        thread.join()

    assert sent_by(lambda loop: loop()) == 4  # every 0.12 of 0.4 seconds
    assert sent_by(in_thread) == 1


def test_runs_over_a_stream_and_stops_where_told() -> None:
    histogram = ScoreHistogram(stream())
    assert histogram.run(5).step == 5
    histogram.play()
    wait_until(lambda: histogram.steps > 20)
    histogram.pause()
    steps = histogram.steps
    assert not histogram.running
    assert histogram.step().step == steps + 1
    histogram.close()


def test_the_buttons_of_the_page_do_what_they_say() -> None:
    histogram = ScoreHistogram(stream())
    press = histogram._player.on_request  # type: ignore[union-attr]
    press({"do": "play"}, [])
    wait_until(lambda: histogram.steps > 3)
    assert histogram._player.state.running  # type: ignore[union-attr]
    press({"do": "pause"}, [])
    wait_until(lambda: not histogram._player.state.running)  # type: ignore[union-attr]
    histogram.pause()
    steps = histogram.steps
    press({"do": "step", "value": 3}, [])
    press({"do": "step", "value": 1}, [])
    wait_until(lambda: histogram.steps == steps + 4)
    press({"do": "speed", "value": 2}, [])
    assert histogram.speed == 2
    with pytest.raises(ValueError, match="do: expected one of"):
        press({"do": "dance"}, [])
    histogram.close()


def test_an_error_in_the_stream_is_shown_and_recorded() -> None:
    def failing() -> Iterator[StepEvent]:
        yield event(1)
        raise ArithmeticError("diverged")

    histogram = ScoreHistogram(failing())
    histogram.play()
    wait_until(lambda: histogram.error is not None and bool(errors.recorded()))
    assert errors.recorded() == [histogram.error]
    assert histogram._player._error_text == "ArithmeticError: diverged"  # type: ignore[union-attr]
    with pytest.raises(ArithmeticError, match="diverged"):
        histogram.pause()
    histogram.close()


def test_an_error_that_the_caller_sees_is_shown_but_not_recorded() -> None:
    histogram = ScoreHistogram(iter([event(1, real=float("nan"))]))
    with pytest.raises(ValueError, match="8 of 8 are NaN"):
        histogram.run(1)
    assert errors.recorded() == []
    assert "NaN" in histogram._player._error_text  # type: ignore[union-attr]
    histogram.close()


def test_the_still_is_a_picture_with_both_colours() -> None:
    histogram = ScoreHistogram(stream())
    histogram.run(30)
    bundle, metadata = histogram._repr_mimebundle_()
    with Image.open(io.BytesIO(histogram.still())) as image:
        pixels = np.asarray(image.convert("RGBA")).reshape(-1, 4).astype(int)
        assert metadata["image/png"]["width"] == image.width
    for colour in ([0, 114, 178], [213, 94, 0]):
        assert ((np.abs(pixels[:, :3] - colour).max(1) < 8) & (pixels[:, 3] > 200)).sum() > 100
    assert bundle["text/plain"] == "ScoreHistogram()"
    histogram.close()


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        ([-2.0, 3.0], [0.5], r"real_scores: expected probabilities in \[0, 1\]; got -2 to 3.*logits"),
        ([0.5], [[0.5]], r"fake_scores: .*shape \(N,\).*got shape \(1, 1\)"),
        ([], [0.5], r"real_scores: .*got shape \(0,\)"),
        ([0.5, np.nan], [0.5], "real_scores: expected finite numbers; 1 of 2"),
        (0.5, [0.5], r"real_scores: .*got shape \(\)"),
        ([0.5], "high", r"fake_scores: expected D's probabilities of one batch.*got 'high'"),
        (None, [0.5], "real_scores: expected"),
    ],
)
def test_what_is_no_score_is_refused(real: Any, fake: Any, message: str) -> None:
    histogram = ScoreHistogram()
    with pytest.raises(ValueError, match=message):
        histogram.update(real, fake)
    assert histogram.steps == 0


def test_a_step_or_an_event_that_is_none_leaves_everything_as_it_was() -> None:
    histogram = ScoreHistogram()
    with pytest.raises(ValueError, match="step must be a finite number, not 'last'"):
        histogram.update([0.5], [0.5], step="last")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="event: expected a StepEvent; got 3"):
        histogram.show(3)
    assert histogram.steps == 0 and np.isnan(histogram.overlap)
    histogram.update([0.9], [0.1])
    assert histogram.d_x == pytest.approx(0.9)
    histogram.close()


@pytest.mark.parametrize(("name", "value"), [("history", 0), ("history", 1.5), ("bins", 1), ("bins", "9")])
def test_settings_are_checked(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected a whole number"):
        ScoreHistogram(**{name: value})


def test_series_stays_small_and_keeps_its_ends_and_mean() -> None:
    series = Series(1, capacity=64)
    for step in range(1, 1001):
        series.append(step, step)
    table = series.table()
    assert 32 <= len(table) <= 65
    assert (table[0, 0], table[-1, 0]) == (1, 1000)
    assert (np.diff(table[:, 0]) > 0).all()
    assert table[:, 1].mean() == pytest.approx(500, abs=20)


def test_moments_are_thinned_evenly_and_keep_first_and_newest() -> None:
    moments: Moments[str] = Moments(10)
    for step in range(1, 502):
        moments.append(step, str(step))
    steps = moments.steps
    assert len(steps) <= 11
    assert (steps[0], steps[-1]) == (1, 501)
    assert np.diff(steps[:-1]).max() == np.diff(steps[:-1]).min()
    assert moments.at(10_000) == (501, "501")
    assert moments.at(-5) == (1, "1")


def test_the_overlap_is_said_in_words_beside_what_chance_leaves() -> None:
    random = np.random.default_rng(0)

    def words(real: Any, fake: Any) -> str:
        histogram = ScoreHistogram()
        histogram.update(real, fake)
        histogram._flush()
        return histogram._bars._bars.verdict  # type: ignore[union-attr]

    same, high = random.random((2, 64)), 0.9 + 0.1 * random.random(64)
    assert words(same[0], same[1]) == "D can hardly tell them apart"  # though their overlap is but 0.7 or so
    assert words(high, high - 0.8) == "D tells all apart"
    assert words(high - 0.8, high) == "told apart the wrong way round: fakes score higher"
    assert words(np.concatenate([high, same[0]]), np.concatenate([high - 0.8, same[1]])) == "D tells many apart"
    assert words(np.full(64, 0.5), np.full(64, 0.5)) == "D can hardly tell them apart"
    assert words([0.9], [0.1]) == ""  # one score of each says nothing


def test_what_chance_leaves_is_about_right() -> None:
    random = np.random.default_rng(1)
    seen = []
    for _ in range(200):
        real, fake = (np.bincount(random.integers(0, 10, n), minlength=10) / n for n in (60, 200))
        seen.append(shared_area(real, fake))
    even = np.full(10, 0.1)
    assert overlap_by_chance(even, even, 60, 200) == pytest.approx(np.mean(seen), abs=0.01)
    assert overlap_by_chance(np.eye(2)[0], np.eye(2)[0], 5, 5) == 1.0


def test_single_constant_and_extreme_scores_are_drawn() -> None:
    histogram = ScoreHistogram()
    for real, fake in (([0.5], [0.5]), ([1.0] * 9, [0.0] * 9), ([1.0], [1.0])):
        histogram.update(real, fake)
    assert 0 <= histogram.overlap <= 1
    assert len(histogram.still()) > 500


def test_thousands_of_events_keep_the_memory_flat() -> None:
    histogram = ScoreHistogram()
    events = [event(step) for step in range(1, 3001)]
    for each in events:
        histogram.show(each)
    histogram._flush()
    table = histogram._series.table()
    assert len(table) <= 401
    assert (table[0, 0], table[-1, 0], histogram.steps) == (1, 3000, 3000)


def test_the_best_d_is_asked_seldom_and_once_more_at_a_pause() -> None:
    asked: list[int] = []

    def best(seen: StepEvent) -> Any:
        asked.append(seen.step)
        time.sleep(0.02)
        return [0.9, 0.9], [0.1, 0.9]

    histogram = ScoreHistogram(iter([event(step) for step in range(1, 301)]), optimal=best)
    histogram.run(300)
    assert asked[0] == 1 and asked[-1] == 300
    assert len(asked) < 60
    assert histogram.best_overlap == pytest.approx(0.5)
    assert "dashed: D*, the best possible; overlap 0.50" in histogram._bars._bars.note  # type: ignore[union-attr]
    histogram.close()


def test_a_best_d_that_is_not_known_or_fails() -> None:
    unknown = ScoreHistogram(optimal=lambda seen: None)
    unknown.show(event(1))
    assert np.isnan(unknown.best_overlap)
    assert unknown._bars._bars is not None and unknown._bars._bars.outlines is None
    failing = ScoreHistogram(iter([event(1)]), optimal=lambda seen: 1 / 0)  # type: ignore[arg-type, return-value]
    with pytest.raises(ZeroDivisionError):
        failing.run(1)
    assert "ZeroDivisionError" in failing._player._error_text  # type: ignore[union-attr]
    failing.close()


def test_of_plane_knows_d_star_where_the_density_is_known() -> None:
    histogram = ScoreHistogram.of_plane("ring_wide", hidden=8)
    histogram.run(3)
    assert 0 <= histogram.best_overlap < 0.5  # new networks: D* can tell nearly all apart
    histogram.close()
    moons = ScoreHistogram.of_plane("two_moons", hidden=8)
    moons.run(2)
    assert np.isnan(moons.best_overlap)
    moons.close()


def test_the_best_scores_of_a_session_follow_its_definition() -> None:
    session = PlaneSession("ring_wide", hidden=8)
    real, fake = session.best_scores(64)
    assert real.shape == fake.shape == (64,)
    assert real.mean() > 0.9 > 0.2 > fake.mean()  # a new G is far from the ring
    points = np.array([[2.0, 0.0], [0.0, 0.0]], np.float32)
    fakes = np.random.default_rng(0).normal(size=(200, 2)) * 0.1
    assert session.truth.log_density is not None
    best = optimal_at(session.truth.log_density, fakes, points)
    assert best[0] > 0.99 and best[1] < 0.01
    with pytest.raises(ValueError, match="truth: the density of 'two_moons' is not known"):
        PlaneSession("two_moons", hidden=8).best_scores()
