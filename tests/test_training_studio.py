"""`TrainingStudio`: what it shows of a stream, the way back to earlier steps, and how little it keeps."""

from __future__ import annotations

import gc
import io
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganwidgets import datasets, recordings
from ganwidgets.events import StepEvent
from ganwidgets.models import mlp
from ganwidgets.sessions import Session
from ganwidgets.training import TrainConfig, Trainer
from ganwidgets.views import errors
from ganwidgets.widgets import _following
from ganwidgets.widgets.training_studio import TrainingStudio
from tests.waiting import wait_until


def stream(count: int = 2000, kind: str = "images", every: int = 1, seconds: float = 0.0) -> Iterator[StepEvent]:
    logits = np.linspace(-2, 2, 16, dtype=np.float32)
    for step in range(1, count + 1):
        samples: Any = None
        if step % every == 0 and kind == "images":
            samples = np.full((9, 8, 8, 3), step % 256, np.uint8)
        elif step % every == 0 and kind == "points":
            samples = np.full((20, 2), step, np.float32)
        if seconds:
            time.sleep(seconds)
        yield StepEvent(step, 1 / step, step / 100, 0.0, logits + 1, logits - 1, logits - 2, 0.01 * step, samples)


def trainer(**settings: Any) -> Trainer:
    torch.manual_seed(0)
    defaults: dict[str, Any] = dict(batch_size=8, samples=16, sample_every=2, lr_g=5e-3, lr_d=5e-3)
    G, D = mlp.Generator(2, hidden=4, layers=1), mlp.Discriminator(hidden=4, layers=1)
    return Trainer(G, D, datasets.toy("ring_wide", 100), TrainConfig(**defaults | settings))


def recorded(steps: int = 20) -> recordings.Recording:
    return recordings.record(trainer(), steps, every=2, states=2, progress=False)


def level(studio: TrainingStudio) -> int:
    """The step whose samples are on show, modulo 256."""
    assert studio.samples is not None
    return int(studio.samples.max())


def shown(studio: TrainingStudio) -> tuple[int | None, int | None]:
    """The step that the widget and its slider say is on show; None for live."""
    assert studio._player is not None
    return studio.shown_step, studio._player.state.shown


def marked(studio: TrainingStudio) -> float | None:
    """Where the losses carry a mark."""
    return studio._page.chart._marked


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    assert errors.recorded() == []


def test_run_leaves_the_last_step_on_show() -> None:
    studio = TrainingStudio(stream(), title="Test")
    assert studio.run(50).step == 50
    assert (level(studio), studio.steps, studio.finished) == (50, 50, False)
    assert studio._player.state.steps == 50  # type: ignore[union-attr]
    losses = [line.values[-1] for line in studio._page.chart._lines]
    assert [line.raw[-1] for line in studio._page.chart._lines] == pytest.approx([1 / 50, 0.5])  # type: ignore[index]
    assert losses[1] == pytest.approx(0.5, abs=0.02)
    studio.close()


def test_going_back_shows_that_moment_while_the_training_goes_on() -> None:
    studio = TrainingStudio(stream(seconds=0.0005))
    studio.run(40)
    studio.go_to(12)
    assert shown(studio) == (12, 12)
    assert level(studio) == 12
    studio.play()
    wait_until(lambda: studio.steps > 60)
    studio.pause()
    assert level(studio) == 12
    assert marked(studio) == 12
    studio.go_to(None)
    assert level(studio) == studio.steps % 256
    assert marked(studio) is None
    studio.close()


def test_the_slider_of_the_page_does_the_same() -> None:
    studio = TrainingStudio(stream())
    studio.run(30)
    studio._player.on_request({"do": "scrub", "value": 7}, [])  # type: ignore[union-attr]
    assert shown(studio) == (7, 7)
    assert set(studio._player.state.kept) == set(studio.kept_steps)  # type: ignore[union-attr]
    studio._player.on_request({"do": "scrub", "value": None}, [])  # type: ignore[union-attr]
    assert shown(studio) == (None, None)
    studio.close()


def test_a_long_run_keeps_few_moments() -> None:
    studio = TrainingStudio(stream())
    studio.run(2000)
    assert 100 <= len(studio.kept_steps) <= 301
    assert (studio.kept_steps[0], studio.kept_steps[-1]) == (1, 2000)
    assert len(studio._stage.left.losses()) <= 401
    studio.close()


def test_points_are_shown_over_the_real_ones() -> None:
    studio = TrainingStudio(stream(kind="points"), real=np.ones((5, 2)))
    studio.run(3)
    assert studio.samples is not None
    assert studio.samples.shape == (20, 2)
    assert studio.still().startswith(b"\x89PNG")
    studio.close()
    with pytest.raises(ValueError, match=r"real: expected points \(N, 2\)"):
        TrainingStudio(stream(), real=np.ones((5, 3)))


def test_a_stream_without_samples_is_explained() -> None:
    studio = TrainingStudio(stream(kind="none"))
    studio.run(80)
    meta, _ = studio._page.samples[0]._flow._newest  # type: ignore[misc]
    assert "sample_every" in meta["text"]
    assert studio.samples is None
    assert studio.still().startswith(b"\x89PNG")
    studio.close()


def test_the_still_shows_samples_scores_and_losses() -> None:
    studio = TrainingStudio(stream())
    assert studio.still() == b""
    studio.run(50)
    with Image.open(io.BytesIO(studio.still())) as image:
        pixels = np.asarray(image.convert("RGBA")).astype(int)
    left = pixels[:, : pixels.shape[1] // 3]
    assert (left[..., :3] == 50).all(-1).sum() > 10_000
    for colour in ([0, 114, 178], [213, 94, 0], [0, 158, 115]):
        assert (np.abs(pixels[..., :3] - colour).max(-1) < 8).sum() > 50
    studio.close()


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (np.zeros((4, 8, 8, 3), np.uint8), np.zeros((4, 8, 8, 3), np.float32), "samples must be uint8"),
        (np.zeros((4, 2), np.float32), np.full((4, 2), np.nan, np.float32), "samples: expected finite points"),
    ],
)
def test_wrong_samples_stop_the_run_and_leave_what_there_was(good: Any, bad: Any, message: str) -> None:
    scores = np.zeros(4, np.float32)
    studio = TrainingStudio(
        StepEvent(n, 1.0, 1.0, 0.0, scores, scores, scores, 0.0, [good, bad][n - 1]) for n in (1, 2)
    )
    with pytest.raises(ValueError, match=message):
        studio.run(2)
    assert np.array_equal(studio.samples, good) and studio.kept_steps == [1]  # type: ignore[arg-type]
    assert "image/png" in studio._repr_mimebundle_()[0]
    studio.close()


def test_a_recording_can_be_scrubbed_at_once_and_played_from_anywhere() -> None:
    recording = recorded()
    studio = TrainingStudio(recording)
    assert studio.kept_steps == recording.steps.tolist() == [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]
    assert studio.shown_step == 20
    np.testing.assert_array_equal(studio.samples, recording[-1].samples)  # type: ignore[arg-type]
    for asked, shown in ((1, 1), (9, 8), (20, 20), (7, 6), (99, 20)):
        studio.go_to(asked)
        assert studio.shown_step == studio._player.state.shown == shown == marked(studio)  # type: ignore[union-attr]
        np.testing.assert_array_equal(studio.samples, recording.at(shown).samples)  # type: ignore[arg-type]
    studio.go_to(8)
    assert studio.run(2).step == 12 == studio.shown_step
    assert len(studio._page.chart._lines[0].values) == 20  # all of the losses, not only those gone by
    studio.close()


def test_a_recording_that_has_ended_is_played_again() -> None:
    studio = TrainingStudio(recorded())
    studio.speed = 0
    assert studio.run(100).step == 20
    assert studio.finished and studio.step() is None
    studio.play()
    wait_until(lambda: studio.steps == 22 and not studio.running)
    studio._player.on_request({"do": "scrub", "value": 4}, [])  # type: ignore[union-attr]
    studio._player.on_request({"do": "step", "value": 1}, [])  # type: ignore[union-attr]
    wait_until(lambda: studio.shown_step == 6)
    assert studio._player.state.recorded and not studio._player.state.finished  # type: ignore[union-attr]
    studio.close()


def test_live_and_recorded_show_the_same_moments() -> None:
    live, again = TrainingStudio(trainer()), TrainingStudio(recorded())
    live.run(20)
    for step in (2, 8, 14):
        live.go_to(step)
        again.go_to(step)
        np.testing.assert_allclose(live.samples, again.samples, atol=2e-3)  # type: ignore[arg-type]
        assert marked(live) == marked(again) == step
    live.close()
    again.close()


@pytest.mark.parametrize("kind", ["trainer", "recorder", "session", "recording"])
def test_a_branch_without_changes_repeats_what_was_and_one_with_changes_does_not(kind: str) -> None:
    makers: dict[str, Any] = {
        "trainer": trainer,
        "recorder": lambda: recordings.Recorder(trainer(), every=2, state_every=10),
        "session": lambda: _session(),
        "recording": recorded,
    }
    studio = TrainingStudio(makers[kind]())
    studio.run(20 if kind != "recording" else 11)
    studio.branch(12)
    assert studio.run(4).step == 16
    assert studio.other_samples is not None
    np.testing.assert_allclose(studio.other_samples, studio.samples, atol=2e-3)  # type: ignore[arg-type]
    studio.branch(12, loss="wasserstein", clip=0.1)
    assert studio._page.fork.state.comparing
    studio.run(4)
    assert np.abs(studio.other_samples - studio.samples).max() > 0.01  # type: ignore[operator]
    assert "4 steps after they parted" in studio.difference and "cannot be compared" in studio.difference
    assert [line.label for line in studio._page.chart._lines] == ["left d_loss", "left g_loss", "right d_loss",
                                                                  "right g_loss"]  # fmt: skip
    assert [samples._caption for samples in studio._page.samples] == [
        "As it was: loss non-saturating, clip 0", "From step 12: loss wasserstein, clip 0.1",
    ]  # fmt: skip
    studio.close()


def _session() -> Session:
    one = trainer()
    return Session(one.G, one.D, datasets.toy("ring_wide", 100), one.config, keep_every=5)


def test_two_ways_under_one_scrubber() -> None:
    studio = TrainingStudio(trainer())
    studio.run(16)
    studio.branch(10, lr_g=0.5)
    studio.run(10)  # the right one from 10 to 20, the left one goes along from 17 on
    assert studio._stage.left.step == studio._stage.right.step == 20  # type: ignore[union-attr]
    studio.go_to(6)
    np.testing.assert_array_equal(studio.samples, studio.other_samples)  # type: ignore[arg-type]
    assert studio.difference == "Up to step 10 both are the same."
    studio.go_to(18)
    assert shown(studio) == (18, 18) and marked(studio) == 18
    assert not np.array_equal(studio.samples, studio.other_samples)  # type: ignore[arg-type]
    assert studio.still().startswith(b"\x89PNG")
    studio.leave()
    assert (studio.difference, studio.other_samples, studio.shown_step) == ("", None, None)
    assert studio.run(1).step == 21
    studio.close()


def test_every_choice_of_the_page_goes_its_way() -> None:
    studio = TrainingStudio(trainer(r1=0.5))
    studio.run(4)
    offers = studio._page.fork.state.offers
    assert [offer.label for offer in offers][:3] == ["loss", "gradient penalty", "learning rate of D"]
    for setting, offer in enumerate(offers):
        for option in range(len(offer.options)):
            ask = {"do": "go", "at": 4, "setting": setting, "option": option}
            studio._page.fork.on_request(ask, [])
            wait_until(lambda: studio._stage.right is not None and studio._stage.right.step > 4)
            studio.pause()
            assert studio._page.samples[0]._caption == f"As it was: {offer.label} {offer.now}"
            assert studio._page.samples[1]._caption == f"From step 4: {offer.label} {offer.options[option]}"
    studio._page.fork.on_request({"do": "back"}, [])
    assert studio._stage.right is None and not studio._page.fork.state.comparing
    studio.close()


@pytest.mark.parametrize(
    ("at", "settings", "message"),
    [
        (5, {"los": "hinge"}, "no setting los"),
        (5, {"loss": "hinged"}, "loss"),
        (5, {"lr_g": -1.0}, "lr_g"),
        (99, {}, "step: got 99"),
        (-1, {}, "at must be a whole number of at least 0, not -1"),
    ],
)
def test_a_branch_that_cannot_be_is_refused_and_nothing_changes(
    at: int, settings: dict[str, Any], message: str
) -> None:
    studio = TrainingStudio(trainer())
    studio.run(6)
    with pytest.raises(ValueError, match=message):
        studio.branch(at, **settings)
    assert studio._stage.plan is studio._stage.right is None
    assert studio.run(1).step == 7
    studio.close()


def test_a_stream_of_events_alone_cannot_be_branched_and_offers_nothing() -> None:
    studio = TrainingStudio(stream())
    studio.run(5)
    assert studio._page.fork.state.offers == () and studio._page.fork._flow.resend()  # so the page shows no button
    with pytest.raises(ValueError, match=r"there is no way back to 3\. Only a Trainer"):
        studio.branch(3)
    studio.close()


def test_what_is_wrong_is_said_in_words_and_healthy_trainings_are_left_in_peace() -> None:
    def events(broken_from: int) -> Iterator[StepEvent]:
        random = np.random.default_rng(0)
        for step in range(1, 61):
            logits = random.normal(size=(3, 16)).astype(np.float32)
            loss = float("nan") if step >= broken_from else 0.7
            yield StepEvent(
                step,
                loss,
                0.7,
                0.0,
                logits[0],
                logits[1],
                logits[2],
                0.0,
                random.normal(size=(8, 2)).astype(np.float32),
            )

    healthy, broken = TrainingStudio(events(1000)), TrainingStudio(events(40))
    healthy.run(60)
    broken.run(60)
    part, wrong = healthy._page.notes.parts[0], broken._page.notes.parts[0]
    assert part.notes == healthy.findings == ()
    assert part.quiet == "Nothing wrong so far: looked at losses, D's scores and samples, up to step 60."
    assert [finding.name for finding in broken.findings] == ["nan"]
    note = wrong.notes[0]
    assert (note.title, note.when, note.grave) == ("The numbers have broken", "since step 40", True)
    assert "D's loss is nan" in note.evidence and "learning rate" in note.advice
    broken.go_to(20)
    assert broken._page.notes.parts[0].notes == ()  # not known then
    healthy.close()
    broken.close()


def test_networks_are_looked_at_and_a_recording_is_looked_through() -> None:
    bad = trainer()
    for parameter in bad.G.parameters():
        torch.nn.init.zeros_(parameter)
    live = TrainingStudio(bad)
    live.run(3)
    assert "initialisation" in [finding.name for finding in live.findings]
    again = TrainingStudio(recorded())
    assert again.findings == ()
    wait_until(lambda: "Nothing wrong so far" in again._page.notes.parts[0].quiet)
    live.close()
    again.close()


def test_nan_scores_are_a_finding_and_no_crash() -> None:
    logits = np.full(4, np.nan, np.float32)
    studio = TrainingStudio([StepEvent(1, np.nan, np.nan, 0.0, logits, logits, logits, 0.0, np.zeros((4, 2)))])
    studio.run(1)
    assert [finding.name for finding in studio.findings] == ["nan"]
    studio.close()


def test_one_player_has_one_loss_and_no_scores() -> None:
    empty = (np.zeros(0, np.float32),) * 3
    one = [StepEvent(step, np.nan, 1.0, 0.0, *empty, 0.0, np.zeros((4, 8, 8, 1), np.uint8)) for step in range(1, 9)]
    studio = TrainingStudio(one)
    studio.run(8)
    assert [line.label for line in studio._page.chart._lines] == ["g_loss"]
    assert studio.still().startswith(b"\x89PNG")
    studio.close()


def test_clips_show_a_picture_and_sounds_say_that_there_is_none() -> None:
    def one(samples: Any) -> StepEvent:
        return StepEvent(1, 1.0, 1.0, 0.0, *(np.zeros(4, np.float32),) * 3, 0.0, samples)

    clips, sounds = TrainingStudio([one(np.zeros((4, 5, 8, 8, 3), np.uint8))]), TrainingStudio([one(np.zeros((4, 99)))])
    clips.run(1)
    sounds.run(1)
    assert clips.samples is not None and clips.samples.shape == (4, 8, 8, 3)
    assert sounds.samples is None and "neither pictures nor points" in sounds._page._explained
    clips.close()
    sounds.close()


def test_faces_at_full_size_keep_a_long_history_in_little_memory() -> None:
    def faces() -> Iterator[StepEvent]:
        ramp = np.linspace(0, 255, 64 * 64 * 64 * 3).astype(np.uint8).reshape(64, 64, 64, 3)
        for step in range(1, 21):
            samples = np.roll(ramp, step, axis=2) if step < 19 else np.random.default_rng(step).integers(
                0, 256, ramp.shape, np.uint8
            )  # fmt: skip
            yield StepEvent(step, 1.0, 1.0, 0.0, *(np.zeros(4, np.float32),) * 3, 0.0, samples)

    studio = TrainingStudio(faces())
    studio.run(20)
    kept = list(studio._stage.left._kept.values())  # type: ignore[union-attr]
    assert len(kept) == 20
    assert 300 * max(moment.samples.nbytes for moment in kept[:18]) < 64 * 2**20  # type: ignore[union-attr]
    assert studio._stage.left._bytes == sum(moment.samples.nbytes for moment in kept)  # type: ignore[union-attr]
    studio.go_to(12)
    assert studio.samples is not None and studio.samples.shape == (64, 64, 64, 3)
    studio.close()


def test_history_is_thinned_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganwidgets.widgets._sides.HISTORY_BYTES", 10 * 9 * 8 * 8 * 3)
    studio = TrainingStudio(stream())
    studio.run(100)
    assert 5 <= len(studio.kept_steps) <= 11
    assert (studio.kept_steps[0], studio.kept_steps[-1]) == (1, 100)
    studio.close()


def test_an_error_comes_with_its_traceback_as_text_and_stops_the_run() -> None:
    def failing() -> Iterator[StepEvent]:
        yield from stream(2)
        raise ArithmeticError("diverged <b>badly</b>")

    studio = TrainingStudio(failing())
    studio.play()
    wait_until(lambda: studio.error is not None and not studio.running)
    player = studio._player
    assert player is not None
    wait_until(lambda: player._error_text == "ArithmeticError: diverged <b>badly</b>")
    assert "in failing" in player._error_details and "runner.py" not in player._error_details
    assert player._error_details.endswith("ArithmeticError: diverged <b>badly</b>\n")
    with pytest.raises(ArithmeticError):
        studio.pause()
    with pytest.raises(ArithmeticError):
        errors.check()
    studio.close()


def test_two_studios_on_one_trainer_take_turns() -> None:
    shared = trainer()
    first, second = TrainingStudio(shared), TrainingStudio(shared)
    first.play()
    wait_until(lambda: first.steps > 3)
    second.play()
    wait_until(lambda: second.steps > 3)
    assert not first.running
    second.pause()
    assert shared.step == first.steps + second.steps
    first.close()
    second.close()


def test_closing_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    live, again = TrainingStudio(trainer()), TrainingStudio(recorded())
    live.play()
    again.play()
    wait_until(lambda: live.steps > 5 and again.steps > 1)
    live.close()
    again.close()
    wait_until(lambda: {t for t in threading.enumerate() if "ganwidgets" in t.name} <= before)


def test_a_closed_comm_closes_the_studio() -> None:
    studio = TrainingStudio(trainer())
    studio.play()
    wait_until(lambda: studio.steps > 2)
    studio._player.comm.handle_close({})  # type: ignore[union-attr]
    assert not [thread for thread in threading.enumerate() if thread.name == "ganwidgets-runner"]


@pytest.mark.parametrize("answered", [True, False])
def test_a_run_stops_when_the_last_page_has_gone(answered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_following, "GONE_SECONDS", 0.05)
    studio = TrainingStudio(stream(10**6, seconds=0.001))
    player = studio._player
    assert player is not None
    studio.play()
    player._receive(player, {"kind": "gone"}, [])
    if answered:
        player._receive(player, {"kind": "here"}, [])
        steps = studio.steps
        wait_until(lambda: studio.steps > steps + 100)
        assert studio.running
    else:
        wait_until(lambda: not studio.running)
    studio.close()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"stream": 3}, "stream: expected"),
        ({"history": 0}, "history: expected"),
        ({"title": 3}, "title: expected text"),
    ],
)
def test_wrong_arguments_are_named_once(wrong: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unraised: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", unraised.append)
    with pytest.raises(ValueError, match=message):
        TrainingStudio(**({"stream": []} | wrong))
    gc.collect()
    assert not unraised


def test_what_is_no_event_and_no_step_is_named() -> None:
    with pytest.raises(ValueError, match="stream: expected StepEvents, such as a Trainer gives; got str"):
        TrainingStudio("abc").run(1)
    studio = TrainingStudio(trainer())
    studio.run(4)
    with pytest.raises(ValueError, match="step must be a finite number, not 'two'"):
        studio.go_to("two")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at must be a whole number of at least 0, not 'two'"):
        studio.branch("two")  # type: ignore[arg-type]
    assert studio.step() is not None and studio.other_samples is None


def test_the_page_hears_how_fast_it_goes() -> None:
    studio = TrainingStudio(recorded())
    assert studio._player.state.speed == 20  # type: ignore[union-attr]
    studio.branch(4, lr_g=1e-3)
    assert studio._player.state.speed == 0  # type: ignore[union-attr]
    studio.leave()
    assert studio._player.state.speed == 20  # type: ignore[union-attr]
    studio.speed = 3
    assert studio._player.state.speed == pytest.approx(3)  # type: ignore[union-attr]
