"""What every widget has to bear: the smallest and the largest inputs, names that are no words, nothing at all."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from ganwidgets.events import StepEvent
from ganwidgets.views import errors
from ganwidgets.widgets import (
    ClassExplorer,
    ImageGrid,
    LatentExplorer,
    MetricLab,
    ModelRace,
    ModeMap,
    ScoreHistogram,
    SoundExplorer,
    SpotTheFake,
    StyleMixer,
    TrainingStudio,
)
from tests.page import tell

#: Markup, what is special in formulas, and a line that ends: as the name of a class it is a text like any other.
NAME = "<img src=x onerror=alert(1)><script>alert('x')</script> & <b>\n$\\frac$ {0} %s"
SHAPES = [(1, 1, 1), (1, 1, 3), (256, 256, 1), (256, 256, 3)]


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


def pictures(shape: tuple[int, ...]) -> Callable[..., Any]:
    """Pictures of one shape whose grey level follows the sum of each row of the input."""

    def render(rows: Any, *others: Any) -> Any:
        level = np.asarray(rows, float).reshape(len(rows), -1).sum(1)
        grey = (127.5 + 127 * np.sin(level)).astype(np.uint8).reshape(-1, *[1] * len(shape))
        return np.broadcast_to(grey, (len(rows), *shape)).copy()

    return render


def styles(z_dim: int, shape: tuple[int, ...]) -> Any:
    mean = np.zeros(z_dim, np.float32)
    return SimpleNamespace(z_dim=z_dim, sides=(4, 8), w_mean=mean, map=lambda z: z, render=pictures(shape), G=None)


def classes(z_dim: int, shape: tuple[int, ...], count: int = 2) -> Any:
    return SimpleNamespace(z_dim=z_dim, classes=count, render=pictures(shape), blend=pictures(shape), G=None)


def events(count: int, shape: tuple[int, ...] = (8, 8, 1)) -> Iterator[StepEvent]:
    logits = np.linspace(-1, 1, 8, dtype=np.float32)
    for step in range(1, count + 1):
        samples = pictures(shape)(np.full((4, 1), step))
        yield StepEvent(step, 1.0, 1.0, 0.0, logits + 1, logits - 1, logits, 0.0, samples)


def size_of(still: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(still)).size


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("z_dim", [1, 512])
def test_explorers_take_one_latent_and_many_and_pictures_of_every_size(z_dim: int, shape: tuple[int, ...]) -> None:
    latents = LatentExplorer(pictures(shape), z_dim, 4, directions={"way": np.ones(z_dim)})
    latents.move("way", 1.0)
    latents.move(z_dim - 1, 0.5)
    latents.path(latents.bookmark(), np.zeros(z_dim), 0.5)
    assert latents.images.shape == (4, *shape) and size_of(latents.png())[0] >= shape[1]
    mixer, board = StyleMixer(styles(z_dim, shape), 2), ClassExplorer(classes(z_dim, shape), rows=2)
    mixer.truncate(0.5)
    board.move(z_dim - 1, 0.5)
    board.blend(1, 0.5)
    for widget in (latents, mixer, board):
        widget.randomise()
        widget.undo()
        assert min(size_of(widget.still())) > 8
    assert mixer.image.shape == board.image.shape == shape


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_other_widgets_take_pictures_of_every_size(shape: tuple[int, ...]) -> None:
    batch = pictures(shape)(np.arange(24)[:, None])
    game = SpotTheFake(batch, 255 - batch, rounds=3)
    game.guess("left")
    grid = ImageGrid(batch, columns=5, selectable=True)
    studio = TrainingStudio(events(3, shape))
    studio.run(3)
    tally = ModeMap.of_classes(["dark", "bright"], lambda images: (images.reshape(len(images), -1).mean(1) > 127) + 0)
    tally.show(batch)
    lab = MetricLab(batch, batch[::-1], metrics={"mean": lambda real, fake: float(fake.mean())}, n=24)
    lab.set(blur=1.0)
    assert studio.samples is not None and studio.samples.shape[1:] == shape
    for widget in (game, grid, studio, tally, lab):
        assert min(size_of(widget.still())) > 8


def named() -> dict[str, Any]:
    """Every widget that takes names, with a name that is none."""
    batch = pictures((8, 8, 1))(np.arange(24)[:, None])
    studio, tally = TrainingStudio(events(2), title=NAME), ModeMap(np.zeros((1, 2)), 0.1, title=NAME)
    studio.run(2)
    tally.show(np.zeros((9, 2)))
    shares = ModeMap.of_classes([NAME, "other"], lambda images: np.arange(len(images)) % 2, title=NAME)
    shares.show(batch)
    scores: dict[str, Any] = {"quality": lambda samples: 0.5, "coverage": lambda samples: 0.5}
    race = ModelRace({NAME: events(3), "other": events(3)}, seconds=1, laps=2, title=NAME, **scores)
    race.run(1)
    waves = lambda z: np.sin(np.outer(z[:, 0], np.arange(2000))).astype(np.float32)  # noqa: E731
    directions = {NAME: np.ones(3)}
    measures: dict[str, Any] = {NAME: lambda real, fake: float(fake.mean())}
    return {
        "latents": LatentExplorer(pictures((8, 8, 1)), 3, directions=directions, labels=[NAME, "b", "c"], label=NAME),
        "grid": ImageGrid(batch, label=NAME),
        "studio": studio,
        "points": tally,
        "shares": shares,
        "race": race,
        "classes": ClassExplorer(classes(3, (8, 8, 1)), [NAME, "other"], directions=directions, label=NAME),
        "mixer": StyleMixer(styles(3, (8, 8, 1)), 2, label=NAME),
        "sound": SoundExplorer(waves, 3, directions=directions, labels={1: NAME}, label=NAME),
        "lab": MetricLab(batch, batch, metrics=measures),
    }


def members(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from members(child)


def test_names_are_text_in_every_widget_and_its_picture() -> None:
    for kind, widget in named().items():
        assert min(size_of(widget.still())) > 8, kind
        assert isinstance(widget.alt, str)
        written = [part.value for part in members(widget) if isinstance(part, ipywidgets.HTML)]
        assert not any("<script" in text or "<img" in text for text in written), kind


def test_a_history_of_nothing_is_shown_as_that() -> None:
    """Before the first step, and after a stream that holds none."""
    scores: dict[str, Any] = {"quality": lambda samples: 0.5, "coverage": lambda samples: 0.5}
    for make in (
        lambda: TrainingStudio(iter(())),
        lambda: ScoreHistogram(iter(())),
        lambda: ModeMap(np.zeros((1, 2)), 0.1, iter(())),
        lambda: ModelRace({"a": iter(()), "b": iter(())}, seconds=1, **scores),
    ):
        widget: Any = make()
        widget.still()
        widget.run(5)
        widget.still()
        widget.close()


@pytest.mark.parametrize("make", [
    lambda render: LatentExplorer(render, 3),
    lambda render: ClassExplorer(SimpleNamespace(z_dim=3, classes=2, render=render, blend=None)),
], ids=["latents", "classes"])  # fmt: skip
def test_a_render_of_seconds_is_asked_once_for_what_the_hand_wants_last(make: Callable[[Any], Any]) -> None:
    """It is asked for one picture at a time, so a drag waits for one render, not for each step of the hand."""
    slow, calls = [False], [0]

    def render(z: Any, *others: Any) -> Any:
        calls[0] += 1
        time.sleep(0.3 * slow[0])
        return pictures((8, 8, 1))(z)

    widget = make(render)
    slow[0], calls[0] = True, 0
    tell(widget, "move", values=[[0, 0, 0.5]], draft=True, rest=True, gesture="a")
    assert calls[0] <= 2 and widget.value(0) == pytest.approx(0.5, abs=1e-6)
