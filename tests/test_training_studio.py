"""`TrainingStudio`: what it shows of a stream, the way back to earlier steps, and how little it keeps."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets.events import StepEvent
from ganwidgets.views import errors
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


def test_wrong_samples_stop_the_run_with_a_clear_error() -> None:
    bad = StepEvent(1, 0.0, 0.0, 0.0, *(np.zeros(4, np.float32),) * 3, 0.0, np.zeros((4, 8, 8, 3), np.float32))
    studio = TrainingStudio([bad])
    with pytest.raises(ValueError, match="samples must be uint8"):
        studio.run(1)
    studio.close()
