"""`ClassExplorer` from Python and through the page's messages; `steering.classes`, which feeds it."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from torch import nn

from ganwidgets import steering
from ganwidgets.models import conditional, dcgan
from ganwidgets.views import errors
from ganwidgets.widgets import ClassExplorer
from tests.page import tell

Z_DIM = 6


class Cards:
    """A picture of six pixels that say z and a seventh that says the class, times ten; blended ones in between."""

    z_dim = Z_DIM
    blend: Any = None

    def __init__(self, classes: int = 4, blends: bool = True) -> None:
        self.classes, self.calls, self.broken = classes, 0, False
        if blends:
            self.blend = lambda z, shares: card(z, shares @ np.arange(classes))

    def render(self, z: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> Any:
        assert z.dtype == np.float32 and labels.dtype == np.int64 and labels.shape == (len(z),)
        self.calls += 1
        if self.broken:
            raise RuntimeError("<i>out of paper</i>")
        return card(z, labels)


def card(z: Any, labels: Any) -> npt.NDArray[np.uint8]:
    numbers = np.concatenate([(z + 4) / 8 * 255, 10 * np.asarray(labels)[:, None]], axis=1)
    return np.clip(np.round(numbers), 0, 255).astype(np.uint8)[:, None, :, None]


def explorer(classes: int = 4, blends: bool = True, **options: Any) -> ClassExplorer:
    return ClassExplorer(Cards(classes, blends), **options)


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


def test_the_table_is_every_z_under_every_class() -> None:
    widget = explorer(rows=3)
    assert widget.table.shape == (3, 4, 1, 7, 1)
    for row in range(3):
        want = card(np.repeat(widget.z[row : row + 1], 4, axis=0), np.arange(4))
        assert np.array_equal(widget.table[row], want)
        assert np.array_equal(widget.strip(row), want)


def test_choosing_by_number_and_by_name() -> None:
    widget = explorer(names=["zero", "one", "two", "<script>alert(1)</script>"])
    widget.choose("two")
    assert widget.chosen == (0, 2) and widget.image[0, -1, 0] == 20
    widget.choose("<script>alert(1)</script>", row=3)
    assert widget.chosen == (3, 3) and np.array_equal(widget.image, widget.table[3, 3])
    assert widget.spec["names"][3] == "<script>alert(1)</script>"
    assert widget.still().startswith(b"\x89PNG")


def test_a_slider_moves_one_z_under_all_classes() -> None:
    widget = explorer(directions={"tilt": np.ones(Z_DIM)})
    widget.choose(1, row=2)
    before = widget.table
    widget.move(4, 1.5)
    assert widget.z[2, 4] == 1.5 == widget.value(4)
    changed = (widget.table != before).any(axis=(2, 3, 4))
    assert changed.tolist() == [[False] * 4, [False] * 4, [True] * 4, [False] * 4]
    for value in np.linspace(-3, 3, 7):
        widget.move("tilt", float(value))
        assert widget.value("tilt") == pytest.approx(value, abs=1e-5)


def test_the_way_from_one_class_to_another() -> None:
    widget = explorer()
    widget.choose(1)
    for t in np.linspace(0, 1, 5):
        widget.blend(3, float(t))
        assert widget.image[0, -1, 0] == round(10 * (1 + 2 * t))
    assert widget.way == (3, 1.0) and widget.blends
    widget.choose(2)
    assert widget.way[1] == 0 and widget.image[0, -1, 0] == 20
    widget.choose(3)  # where the way led: it leads back, since to the same class there is none
    assert widget.way == (2, 0.0)
    widget.choose(3, row=1)
    assert widget.way == (2, 0.0)
    assert not explorer(classes=1).blends  # there is nowhere to go
    plain = explorer(blends=False)
    assert not plain.blends and plain.spec["steps"] == 0
    with pytest.raises(ValueError, match="no in-between of classes"):
        plain.blend(1, 0.5)


def test_randomise_draws_the_chosen_row_and_leaves_locks_alone() -> None:
    widget = explorer()
    widget.choose(0, row=1)
    widget.lock(2)
    before = widget.z
    widget.randomise()
    same = widget.z == before
    assert same[[0, 2, 3]].all() and same[1].tolist() == [False, False, True, False, False, False]
    assert widget.locked == ("latent 2",)
    widget.lock(2, False)
    widget.randomise()
    assert not (widget.z[1] == before[1]).any()


def test_the_page_locks_its_own_slider_whatever_others_are_called() -> None:
    widget = explorer(labels={1: "slant"}, directions={"slant": np.eye(Z_DIM)[0]})
    widget.on_request({"do": "lock", "slider": [0, 1], "on": True}, [])
    assert widget.sliders.locked == {(0, 1)}
    widget.close()


def test_undo_redo_and_reset() -> None:
    widget = explorer()
    pictures = [widget.image]
    for step in (lambda: widget.move(0, 2), lambda: widget.choose(3), lambda: widget.blend(0, 0.4), widget.randomise):
        step()
        pictures.append(widget.image)
    for picture in pictures[-2::-1]:
        widget.undo()
        assert np.array_equal(widget.image, picture)
    assert not widget.can_undo
    for picture in pictures[1:]:
        widget.redo()
        assert np.array_equal(widget.image, picture)
    widget.reset()
    assert np.array_equal(widget.image, pictures[0])


def test_the_page_asks_for_everything() -> None:
    widget = explorer(classes=30)
    tell(widget, "turn", by=1)
    assert widget._first_class == 10
    tell(widget, "turn", by=5)
    assert widget._first_class == 20 and widget.table[0, 9, 0, -1, 0] == 255
    tell(widget, "pick", row=1, label=12)
    assert widget.chosen == (1, 12) and widget._first_class == 10  # the chosen one is on show
    tell(widget, "turn", by=-9)
    tell(widget, "undo")
    tell(widget, "redo")
    assert widget._first_class == 10
    tell(widget, "towards", label=13)
    tell(widget, "blend", t=0.5)
    assert widget.way == (13, 0.5) and widget.image[0, -1, 0] == 125
    for value in (0.5, 1.0, 1.5):
        tell(widget, "move", values=[[0, 3, value]], draft=True, gesture="drag")
    tell(widget, "move", values=[[0, 3, 2.0]], draft=True, rest=True, gesture="drag")
    assert widget.value(3) == 2.0
    tell(widget, "undo")
    assert widget.value(3) == pytest.approx(float(widget._start.z[1, 3]))
    tell(widget, "lock", slider=[0, 1], on=True)
    tell(widget, "randomise")
    assert widget.locked == ("latent 1",)
    tell(widget, "reset")
    assert widget.chosen == (0, 0)


@pytest.mark.parametrize(("classes", "shown"), [(1, 1), (2, 2), (10, 10), (1000, 10)])
def test_few_and_many_classes(classes: int, shown: int) -> None:
    widget = explorer(classes)
    widget.choose(classes - 1)
    assert widget.table.shape[1] == shown
    assert widget.chosen[1] == classes - 1
    assert Image.open(io.BytesIO(widget.still())).height > 100


def test_long_names_turn_the_table() -> None:
    short, long = explorer(), explorer(names=["Trouser", "Bag", "Coat", "Shirt"])
    assert short.spec["across"] and not long.spec["across"]
    assert np.array_equal(short.table, long.table)
    wide, high = (Image.open(io.BytesIO(widget.still())).size for widget in (short, long))
    assert wide[1] == high[1] and high[0] > wide[0]  # four by four, with room for the names


def test_an_error_is_shown_and_raised_and_the_last_good_state_stays() -> None:
    source = Cards()
    widget = ClassExplorer(source)
    z = widget.z
    source.broken = True
    with pytest.raises(RuntimeError, match="out of paper"):
        widget.move(0, 2.5)
    tell(widget, "move", values=[[0, 0, 2.5]], draft=True)
    with pytest.raises(RuntimeError, match="out of paper"):
        errors.check()
    assert "<i>out of paper</i>" in widget._error_text and np.array_equal(widget.z, z)
    source.broken = False
    widget.move(0, 2.5)
    assert widget._error_text == "" and widget.value(0) == 2.5


def test_names_stay_over_their_own_pictures_when_a_page_of_classes_cannot_be_drawn() -> None:
    source = Cards(25)
    widget = ClassExplorer(source)
    before = widget.table
    source.broken = True
    for leave in (lambda: widget.choose(15), lambda: widget.turn(1)):
        with pytest.raises(RuntimeError, match="out of paper"):
            leave()
        assert widget._page_of_classes[0] == 0 and widget.chosen == (0, 0) and np.array_equal(widget.table, before)
    source.broken = False
    widget.choose(15)
    assert widget._page_of_classes[0] == 10


def test_pictures_of_other_sizes_are_refused_or_followed() -> None:
    source = Cards()
    source.blend = lambda z, shares: np.zeros((len(z), 2, 2, 1), np.uint8)
    with pytest.raises(ValueError, match="blend: expected pictures like render's"):
        ClassExplorer(source)


def test_still_repr_and_close() -> None:
    before = threading.active_count()
    widget = explorer()
    png = widget.still()
    widget.choose(2, 2)
    assert widget.still() != png and repr(widget) == "ClassExplorer()"
    assert widget.alt == "4 z under each of the classes 0 to 3"
    json.dumps(widget._page(widget.present))
    widget.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda: ClassExplorer(dcgan.Generator(8, 4, 16)), "classes: Generator has no .*steering.classes"),  # type: ignore[arg-type]
        (lambda: explorer(names=["a", "b"]), "names: expected 4 different names.*got 2"),
        (lambda: explorer(names=["a", "b", "c", "a"]), "names: expected 4 different names.*3 different"),
        (lambda: explorer(rows=0), "rows must be a whole number from 1 to 5"),
        (lambda: explorer().choose("seven"), "label: there is no class 'seven'; there are 0, 1, 2, 3"),
        (lambda: explorer().choose(4), "label must be a whole number from 0 to 3"),
        (lambda: explorer().choose(0, 9), "row must be a whole number from 0 to 3"),
        (lambda: explorer().blend(1, 1.1), "t must be .*at least 0 .*at most 1, not 1.1"),
        (lambda: explorer().blend(1, float("nan")), "t must be .*not nan"),
        (lambda: explorer().move(0, float("nan")), "value must be a finite number, not nan"),
        (lambda: explorer().move(0, "left"), "value must be a finite number, not 'left'"),  # type: ignore[arg-type]
        (lambda: explorer(names=4), "names: got 4; allowed is a list of 4 names"),
        (lambda: explorer(seed="a"), "seed must be a whole number of at least 0, not 'a'"),
        (lambda: explorer().randomise(-1), "seed must be a whole number of at least 0, not -1"),
        (lambda: explorer().turn("on"), "by must be a whole number from -4 to 4, not 'on'"),  # type: ignore[arg-type]
        (lambda: explorer().move("tilt", 0), "slider: got 'tilt'"),
        (lambda: explorer().on_request({"do": "dance"}, []), "request: got 'dance'"),
    ],
)
def test_wrong_input_is_named(do: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        do()


def test_handles_are_the_generator_itself_and_mix_its_vectors() -> None:
    torch.manual_seed(0)
    G = conditional.Generator(z_dim=5, classes=3, channels=4, resolution=16, image_channels=1, embedding=4).eval()
    handles = steering.classes(G)
    assert (handles.z_dim, handles.classes) == (5, 3) and handles.blend is not None
    z = np.random.default_rng(0).standard_normal((3, 5), dtype=np.float32)
    labels = np.array([2, 0, 1])
    with torch.inference_mode():
        want = G(torch.from_numpy(z), torch.from_numpy(labels)).add(1).mul(127.5).round().to(torch.uint8)
        half = G.embedding.weight[:2].mean(0).expand(3, -1)
        mixed = G.painter(torch.cat([torch.from_numpy(z), half], 1)).add(1).mul(127.5).round().to(torch.uint8)
    assert np.array_equal(handles.render(z, labels), want.movedim(1, -1).numpy())
    assert np.array_equal(handles.blend(z, np.eye(3, dtype=np.float32)[labels]), want.movedim(1, -1).numpy())
    shares = np.tile(np.array([0.5, 0.5, 0], np.float32), (3, 1))
    assert np.abs(handles.blend(z, shares).astype(int) - mixed.movedim(1, -1).numpy()).max() <= 1
    with pytest.raises(ValueError, match=r"shares: expected finite numbers of shape \(3, 3\)"):
        handles.blend(z, shares[:, :2])


def test_a_generator_without_classes_says_so_and_one_without_vectors_cannot_mix() -> None:
    with pytest.raises(ValueError, match=r"Generator knows no classes.*digits_conditional"):
        steering.classes(dcgan.Generator(8, 4, 16))

    class OneHot(nn.Module):
        conditional, classes, z_dim = True, 3, 5

        def __init__(self) -> None:
            super().__init__()
            self.paint = nn.Linear(8, 4)

        def forward(self, z: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
            pixels: torch.Tensor = self.paint(torch.cat([z, nn.functional.one_hot(condition, 3).float()], 1))
            return pixels.tanh().view(-1, 1, 2, 2)

    handles = steering.classes(OneHot())
    assert handles.blend is None
    assert ClassExplorer(handles).image.shape == (2, 2, 1)
