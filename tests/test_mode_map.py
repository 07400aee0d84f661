"""`ModeMap` without a browser: counts by hand, live and by hand, points and pictures, bad input, the way back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets import datasets, metrics
from ganwidgets.events import StepEvent
from ganwidgets.tallies import on_modes, tally_classes, tally_points
from ganwidgets.views import errors
from ganwidgets.widgets import ModeMap
from tests.waiting import wait_until

CORNERS = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], np.float32)
SIGMA = 0.5
NAMES = ("<script>alert(1)</script>", "cat", "dog")


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    assert errors.recorded() == []


def event(step: int, samples: Any) -> StepEvent:
    logits = np.zeros(4, np.float32)
    return StepEvent(step, 1.0, 1.0, 0.0, logits, logits, logits, 0.1 * step, samples)


def at(*corners: int) -> Any:
    """One sample a little beside each of these corners."""
    return CORNERS[list(corners)] + np.float32(0.1)


def walk(count: int = 40) -> Iterator[StepEvent]:
    """G sits on one corner after the other, ten steps each, and shows it every second step."""
    for step in range(1, count + 1):
        yield event(step, at(*[(step - 1) // 10 % 4] * 5) if step % 2 == 0 else None)


def pictures(*classes: int) -> Any:
    """A grey picture for each class."""
    return np.stack([np.full((6, 6, 1), 50 * index, np.uint8) for index in classes])


def read(images: Any) -> Any:
    return images[:, 0, 0, 0] // 50


def page_of(view: Any) -> Any:
    """What the view sent last."""
    return view._flow._newest[0]


def pixels(png: bytes) -> Any:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA")).astype(int)


def coloured(png: bytes, colour: tuple[int, int, int]) -> int:
    found = pixels(png)
    return int(((np.abs(found[..., :3] - colour).max(-1) < 12) & (found[..., 3] > 120)).sum())


def test_a_tally_by_hand() -> None:
    samples = np.concatenate([at(0, 0, 0, 1), [[0, 1.6], [5, 5]]])  # 1.6 is beyond 3σ = 1.5
    tally = tally_points(samples, CORNERS, SIGMA)
    assert tally.counts.tolist() == [3, 1, 0, 0]
    assert (tally.total, tally.covered, tally.high_quality) == (6, 2, pytest.approx(4 / 6))
    assert tally.missing.tolist() == [2, 3]
    assert tally.reverse_kl == pytest.approx(0.75 * np.log(3) + 0.25 * np.log(1))
    assert tally.floor == pytest.approx(3 / 8)
    assert tally.expected == pytest.approx(4 * (1 - 0.75**6))
    assert on_modes(samples, CORNERS, SIGMA).tolist() == [0, 0, 0, 1, -1, -1]
    found = metrics.mode_coverage(samples, CORNERS, SIGMA)
    assert (tally.covered, tally.high_quality, tally.reverse_kl) == (
        found.modes_covered,
        found.high_quality,
        found.reverse_kl,
    )


def test_classes_are_counted_beside_the_real_shares() -> None:
    tally = tally_classes([0, 0, 1, 1], 3, [1, 1, 2])
    assert tally.truth.tolist() == [0.25, 0.25, 0.5]
    assert tally.reverse_kl == pytest.approx(np.log(2))
    assert np.isnan(tally.high_quality)
    sure = tally_classes([[0.95, 0.05, 0], [0.1, 0.5, 0.4]], 3)
    assert (sure.counts.tolist(), sure.high_quality) == ([1, 1, 0], 0.5)
    assert np.isinf(tally_classes([2], 3, [1, 1, 0]).reverse_kl)
    assert tally_classes([0], 3, [1, 1, 0]).missing.tolist() == [1]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([3], "from 0 to 2"),
        ([-1], "from 0 to 2"),
        ([0.5], "whole numbers"),
        ([], "N ≥ 1"),
        ([[1.0, 0.0]], "shape"),
        ([[2.0, -1.0, 0.0]], "softmax"),
        ([[np.nan, 1.0, 0.0]], "softmax"),
    ],
)
def test_what_is_no_answer_is_refused(answers: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"answers: .*{message}"):
        tally_classes(answers, 3)


def test_samples_shown_by_hand_are_counted_and_drawn() -> None:
    modes = ModeMap(CORNERS, SIGMA)
    assert [modes.tally] == [None]
    before = coloured(modes.still(), (213, 94, 0))
    modes.show(np.concatenate([at(0, 0, 1), [[5, 5]]]))
    modes._flush()
    tally = modes.tally
    assert tally is not None
    assert (tally.counts.tolist(), tally.high_quality) == ([2, 1, 0, 0], 0.75)
    assert [figure.value for figure in modes._past.figures] == ["2 of 4", "75%", f"{tally.reverse_kl:.2f}"]
    assert coloured(modes.still(), (213, 94, 0)) > before
    assert "modes held 2 of 4" in modes.alt
    assert modes._repr_mimebundle_()[0]["text/plain"] == "ModeMap()"
    with pytest.raises(ValueError, match="made without one"):
        modes.play()
    modes.close()


def test_the_title_is_shown_with_and_without_buttons() -> None:
    bare, played = ModeMap(CORNERS, 1.0, title="a <b>"), ModeMap(CORNERS, 1.0, iter(()), title="a <b>")
    assert bare.children[0].value == "<b>a &lt;b&gt;</b>"
    assert played._player is played.children[0] and played._player.title == "a <b>"
    assert len(ModeMap(CORNERS, 1.0).children) == 1
    played.close()


def test_a_missing_mode_looks_different_from_a_held_one() -> None:
    one, all_of_them = ModeMap(CORNERS, SIGMA), ModeMap(CORNERS, SIGMA)
    one.show(at(0, 0, 0, 0))
    all_of_them.show(at(0, 1, 2, 3))
    counts = []
    for modes in (one, all_of_them):
        modes._flush()
        plane = modes._face.views[0]
        counts.append(coloured(plane.still(), (118, 118, 118)))
    assert counts[0] > counts[1] + 200


def test_a_stream_is_followed_and_the_way_back_shows_what_was_there() -> None:
    live = ModeMap(CORNERS, SIGMA, walk())
    assert live.run(40).step == 40
    assert live.tally is not None and live.tally.missing.tolist() == [0, 1, 2]
    live.go_to(4)
    assert live.shown_step == 4
    assert live.tally.missing.tolist() == [1, 2, 3]
    player = live._player
    assert player is not None and player.state.shown == 4
    live._past.on_request({"do": "pick", "value": 24}, [])
    seen = [(live.shown_step, live.tally.missing.tolist())]
    player.on_request({"do": "scrub", "value": None}, [])
    seen.append((live.shown_step, live.tally.missing.tolist()))
    assert seen == [(24, [0, 1, 3]), (None, [0, 1, 2])]
    assert (live.history[0, 0], live.history[-1, 0], len(live.history)) == (2, 40, 20)
    assert live.history[:, 1].tolist() == [1.0] * 20
    assert page_of(live._past)["words"] == "held on average: 1.0 of 4 modes"
    strip = np.frombuffer(live._past._flow._newest[1][2], np.uint8).reshape(20, 4)  # type: ignore[index]
    assert (strip > 0).argmax(1).tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    live.close()


def test_a_recorded_stream_shows_the_same_as_the_live_one() -> None:
    first, again = ModeMap(CORNERS, SIGMA, walk()), ModeMap(CORNERS, SIGMA, list(walk()))
    first.run(40)
    again.play()
    wait_until(lambda: again._past.figures == first._past.figures)
    assert np.array_equal(first.history, again.history)
    assert first.kept_steps == again.kept_steps
    first.close()
    again.close()


def test_every_button_does_what_it_says_and_close_leaves_no_thread() -> None:
    modes = ModeMap(CORNERS, SIGMA, walk(100_000))
    press = modes._player.on_request  # type: ignore[union-attr]
    press({"do": "play"}, [])
    wait_until(lambda: modes.steps > 20)
    press({"do": "pause"}, [])
    modes.pause()
    before = modes.steps
    press({"do": "step", "value": 100}, [])
    wait_until(lambda: modes.steps == before + 100 and not modes.running)
    modes.play()
    run = modes.runner._run
    modes.close()
    assert run is not None and run.thread is not None and not run.thread.is_alive()


def test_a_stream_without_samples_says_why_there_is_nothing() -> None:
    modes = ModeMap(CORNERS, SIGMA, (event(step, None) for step in range(1, 100)))
    modes.run(60)
    assert "no samples" in page_of(modes._face.views[0])["words"]
    assert modes.tally is None
    with pytest.raises(ValueError, match="step: no samples have been kept"):
        modes.go_to(3)
    modes.close()


def test_samples_that_are_none_stop_the_stream_and_are_shown() -> None:
    modes = ModeMap(CORNERS, SIGMA, iter([event(1, at(0)), event(2, np.full((3, 2), np.nan, np.float32))]))
    modes.play()
    wait_until(lambda: modes.error is not None and bool(errors.recorded()))
    assert "samples: expected finite points; 3 are not" in modes._player._error_text  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="samples: expected finite points"):
        errors.check()
    with pytest.raises(ValueError, match="samples"):
        modes.pause()
    modes.close()


def test_a_hundred_thousand_points_are_all_counted_and_some_drawn() -> None:
    toy = datasets.toy("grid", 100_000)
    modes = ModeMap(toy)
    modes.show(toy.points)
    modes._flush()
    assert modes.tally is not None
    assert (modes.tally.total, modes.tally.covered) == (100_000, 25)
    assert modes.tally.counts.sum() == round(modes.tally.high_quality * 100_000)
    newest = modes._face.views[0]._flow._newest
    assert newest is not None
    words, buffers = page_of(modes._face.views[0])["words"], newest[1]
    assert words == "100,000 samples, 3,000 of them drawn"
    assert len(buffers[2]) == 3000 * 8
    assert modes._moments is not None and modes._moments.at(1)[1].nbytes < 100_000


def test_one_mode_and_points_far_outside() -> None:
    modes = ModeMap([[3.0, 3.0]], 0.1)
    modes.show([[3.0, 3.0], [1e6, 1e6]])
    modes._flush()
    assert modes.tally is not None and (modes.tally.covered, modes.tally.reverse_kl) == (1, 0.0)
    assert "50% outside the picture" in modes._face.views[0].alt
    assert len(modes.still()) > 1000


def test_nothing_on_any_mode_has_no_divergence_and_is_still_drawn() -> None:
    modes = ModeMap(CORNERS, SIGMA)
    for _ in range(3):
        modes.show([[5.0, 5.0]])
    modes._flush()
    assert [figure.value for figure in modes._past.figures] == ["0 of 4", "0%", "–"]
    assert all(told is None for told in page_of(modes._kl)["told"])
    assert len(modes.still()) > 1000


def test_pictures_are_counted_by_class_and_can_be_looked_at_by_class() -> None:
    modes = ModeMap.of_classes(NAMES, read, real=pictures(0, 0, 1, 2))
    modes.show(pictures(*[0] * 29, 1))
    modes._flush()
    bars, grid = modes._face.views
    tally = modes.tally
    assert tally is not None
    assert (tally.counts.tolist(), tally.truth.tolist()) == ([29, 1, 0], [0.5, 0.25, 0.25])
    assert modes._past.figures[0].note == "none: dog"
    assert [figure.label for figure in modes._past.figures] == ["classes held", "reverse KL"]
    assert page_of(bars)["names"] == list(NAMES)
    assert grid.samples.shape == (30, 6, 6, 1)  # type: ignore[attr-defined]
    bars.on_request({"do": "pick", "value": 1}, [])
    assert grid.samples.shape == (1, 6, 6, 1)  # type: ignore[attr-defined]
    assert page_of(bars)["chosen"] == 1
    modes.pick(2)
    assert page_of(grid) == {"type": "text", "text": "No picture is read as dog."}
    modes.pick(None)
    assert grid.samples.shape == (30, 6, 6, 1)  # type: ignore[attr-defined]
    modes.show(pictures(*[0] * 90, 1))
    modes.pick(0)
    assert page_of(bars)["words"] == f"90 of 91 pictures are read as {NAMES[0]}, 64 of them shown; click again for all."
    modes.pick(1)
    assert page_of(bars)["words"] == "1 of 91 pictures are read as cat; click again for all."
    for index in (3, -1):
        with pytest.raises(ValueError, match="index: expected 0 to 2"):
            modes.pick(index)
    assert coloured(bars.still(), (0, 114, 178)) > 20  # the marks of the real shares
    modes.show(pictures(0, 1, 2))
    assert coloured(modes.still(), (0, 114, 178)) > 50  # with three moments there are curves, too
    modes.close()


def test_several_attributes_are_chosen_by_name_or_on_the_page() -> None:
    def both(images: Any) -> Any:
        labels = images[:, 0, 0, 0] // 50
        return {"colour": np.eye(3)[labels], "big": np.eye(2)[labels % 2] * 0.8 + 0.1}

    names = {"colour": NAMES, "big": ("no", "yes")}
    modes = ModeMap.of_classes(names, both, real={"big": [1, 3]})
    for index in range(3):
        modes.show(pictures(index, index))
    modes._flush()
    assert modes.factor == "colour"
    assert [figure.value for figure in modes._past.figures][:2] == ["1 of 3", "100%"]
    modes.factor = "big"
    assert modes.tally is not None and modes.tally.truth.tolist() == [0.25, 0.75]
    assert [figure.value for figure in modes._past.figures][:2] == ["1 of 2", "100%"]
    modes._face.views[0].on_request({"do": "factor", "value": 0}, [])
    assert modes.factor == "colour"
    with pytest.raises(ValueError, match="factor: expected one of colour, big; got 'small'"):
        modes.factor = "small"
    with pytest.raises(ValueError, match="factor: expected 0 to 1"):
        modes._face.views[0].on_request({"do": "factor", "value": 7}, [])
    modes.close()


def test_a_thousand_classes_and_how_many_there_can_be() -> None:
    modes = ModeMap.of_classes([f"n{i}" for i in range(1000)], lambda images: np.arange(len(images)) * 2)
    for _ in range(3):
        modes.show(np.zeros((64, 4, 4, 3), np.uint8))
    modes._flush()
    assert modes._past.figures[0].value == "64 of 1,000"
    assert modes._past.figures[0].note == "64 real ones hold 62"
    assert len(modes.still()) > 1000
    modes.close()


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (lambda images: 1 / 0, "division by zero"),
        (lambda images: np.zeros(1, int), r"read: gave answers of shape \(1,\) to 2 pictures"),
        (lambda images: {"other": images}, "read: gave no answers"),
        (lambda images: np.full(len(images), np.nan), "answers: expected whole numbers"),
        (lambda images: np.zeros((len(images), 3)), "answers: expected probabilities"),
    ],
)
def test_a_reader_that_fails_changes_nothing(reader: Any, message: str) -> None:
    modes = ModeMap.of_classes(NAMES, reader)
    with pytest.raises((ValueError, ZeroDivisionError), match=message):
        modes.show(pictures(0, 1))
    assert modes.tally is None
    assert modes.kept_steps == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ModeMap(CORNERS), "sigma: expected"),
        (lambda: ModeMap(CORNERS, 0), "sigma: expected"),
        (lambda: ModeMap(CORNERS, float("nan")), "sigma: expected"),
        (lambda: ModeMap(np.zeros((0, 2)), 1.0), "modes: expected points"),
        (lambda: ModeMap([[np.inf, 0]], 1.0), "modes: expected finite points"),
        (lambda: ModeMap(datasets.toy("two_moons")), "modes: .*two_moons.* has no modes"),
        (lambda: ModeMap("ring", 1.0), "modes: expected points .*got 'ring'"),
        (lambda: ModeMap.of_classes(5, read), "names: expected a list of names"),
        (lambda: ModeMap.of_classes({"digit": 5}, read), r"names\['digit'\]: expected a list of names"),
        (lambda: ModeMap.of_classes({}, read), "names: expected the names of the classes"),
        (lambda: ModeMap(CORNERS, 1.0).show("all"), "samples: expected points .*got 'all'"),
        (lambda: ModeMap(CORNERS, 1.0).show(CORNERS, step="last"), "step must be a whole number .*not 'last'"),  # type: ignore[arg-type]
        (lambda: ModeMap(CORNERS, 1.0).go_to("first"), "step must be a finite number, not 'first'"),  # type: ignore[arg-type]
        (lambda: ModeMap(CORNERS, 1.0, 5), "stream: expected something to iterate"),  # type: ignore[arg-type]
        (lambda: ModeMap.of_classes([], read), "names: expected at least one class"),
        (lambda: ModeMap.of_classes(NAMES, 5), "read: expected a function"),
        (lambda: ModeMap.of_classes(NAMES, read, real=[1, 2]), "real: expected 3 counts or weights"),
        (lambda: ModeMap.of_classes(NAMES, read, real="even"), "real: expected an array of real numbers"),
        (lambda: ModeMap.of_classes(NAMES, read).pick("cat"), "index: expected 0 to 2 or None, got 'cat'"),  # type: ignore[arg-type]
        (lambda: ModeMap(CORNERS, 1.0).pick(0), "index: there are no classes"),
        (lambda: ModeMap(CORNERS, 1.0).show(np.zeros((3, 3))), r"samples: expected points \(N, 2\)"),
        (lambda: ModeMap.of_classes(NAMES, read).show(np.zeros((3, 2))), "samples: expected pictures"),
    ],
)
def test_bad_input_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_long_history_stays_small() -> None:
    modes = ModeMap(CORNERS, SIGMA)
    samples = at(0, 1)
    for step in range(1, 1201):
        modes.show(samples, step=10 * step)
    modes._flush()
    assert modes.history[[0, -1], 0].tolist() == [10, 12_000]
    assert len(modes.history) <= 401
    assert len(modes.kept_steps) <= 61
