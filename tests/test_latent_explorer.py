"""`LatentExplorer` driven from Python, and through the messages that a page sends."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from ganwidgets.views import errors
from ganwidgets.widgets import LatentExplorer
from ganwidgets.widgets._latents import projector, slerp
from ganwidgets.widgets._rendering import TileCache
from tests.page import tell

Z_DIM = 10


def render(z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Each picture says its z: pixel i is latent i, from -4 (0) to 4 (255)."""
    assert z.dtype == np.float32 and z.ndim == 2
    values = np.clip((z + 4) / 8 * 255, 0, 255).astype(np.uint8)
    return np.repeat(values[:, None, :, None], 3, axis=3)


def explorer(n: int = 1, **options: Any) -> LatentExplorer:
    return LatentExplorer(render, Z_DIM, n, **options)


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


@pytest.mark.parametrize("n", [1, 16, 64])
def test_z_and_images_belong_together_whatever_is_done(n: int) -> None:
    widget = explorer(n, directions={"tilt": np.ones(Z_DIM), "hue": np.arange(Z_DIM)})
    steps = [
        lambda: widget.move(3, 1.5),
        lambda: widget.move("tilt", -2.0),
        lambda: widget.truncate(0.4),
        widget.randomise,
        widget.bookmark,
        widget.undo,
        widget.redo,
        lambda: widget.path(0, np.ones(Z_DIM), 0.3),
        lambda: widget.goto(0),
        lambda: widget.select(n - 1),
        lambda: widget.move(2, 0.25),
        widget.randomise,
        lambda: setattr(widget, "z", np.full((n, Z_DIM), 0.5)),
        widget.reset,
    ]
    for step in steps:
        step()
        assert widget.z.shape == (n, Z_DIM) and widget.z.dtype == np.float32
        assert np.array_equal(render(widget.z), widget.images)


def test_the_same_seed_gives_the_same_pictures_and_another_does_not() -> None:
    first, again, other = explorer(4, seed=5), explorer(4, seed=5), explorer(4, seed=6)
    for widget in (first, again, other):
        widget.randomise()
    assert np.array_equal(first.z, again.z)
    assert not np.array_equal(first.z, other.z)
    assert abs(explorer(64).z.std() - 1) < 0.1
    assert -1 <= explorer(64, prior="uniform").z.min() < -0.9


def test_a_latent_gets_exactly_its_value_and_nothing_else_moves() -> None:
    widget = explorer()
    before = widget.z.copy()
    widget.move(3, 1.25)
    assert widget.z[0, 3] == np.float32(1.25) == widget.value(3)
    assert np.array_equal(np.delete(widget.z, 3, axis=1), np.delete(before, 3, axis=1))


def test_many_pictures_move_by_the_same_amount_unless_one_is_selected() -> None:
    widget = explorer(4, directions={"tilt": np.ones(Z_DIM)})
    before = widget.z.copy()
    widget.move(2, 1.0)
    shift = widget.z - before
    assert np.allclose(shift[:, 2], 1.0 - before[:, 2].mean(), atol=1e-6)
    assert widget.value(2) == pytest.approx(1.0, abs=1e-6)
    assert not np.delete(shift, 2, axis=1).any()
    before = widget.z.copy()
    widget.select(1)
    widget.move("tilt", 2.0)
    assert np.allclose(widget.z[1] @ np.ones(Z_DIM) / np.sqrt(Z_DIM), 2.0, atol=1e-5)
    assert np.array_equal(np.delete(widget.z, 1, axis=0), np.delete(before, 1, axis=0))


def test_a_direction_moves_z_along_itself_only_and_a_locked_one_is_left_alone() -> None:
    tilt, hue = np.eye(Z_DIM)[0] + np.eye(Z_DIM)[1], np.eye(Z_DIM)[1]
    widget = explorer(directions={"tilt": tilt, "hue": hue})
    before = widget.z.copy()
    widget.move("tilt", 2.0)
    step = (widget.z - before)[0]
    assert step[0] == pytest.approx(step[1]) and not step[2:].any()
    widget.lock("hue")
    held = widget.value("hue")
    widget.move("tilt", -1.0)
    assert widget.value("tilt") == pytest.approx(-1.0, abs=1e-5)
    assert widget.value("hue") == pytest.approx(held, abs=1e-6)
    widget.lock(0)
    with pytest.raises(ValueError, match="cannot move"):
        widget.move("tilt", 1.0)


def test_randomise_leaves_locked_sliders_alone() -> None:
    widget = explorer(3, directions={"tilt": np.ones(Z_DIM)})
    widget.lock(4)
    widget.lock("tilt")
    before, tilt = widget.z.copy(), widget.z @ np.ones(Z_DIM)
    widget.randomise()
    assert widget.locked == ("latent 4", "tilt")
    assert np.array_equal(widget.z[:, 4], before[:, 4])
    assert np.allclose(widget.z @ np.ones(Z_DIM), tilt, atol=1e-4)
    assert np.abs(np.delete(widget.z - before, 4, axis=1)).mean() > 0.3
    widget.lock(4, False)
    widget.randomise()
    assert not np.isclose(widget.z[:, 4], before[:, 4]).any()


def test_undo_and_redo_walk_through_everything_and_a_new_step_cuts_the_future_off() -> None:
    widget = explorer()
    places = [widget.z]
    for step in (lambda: widget.move(0, 2.0), lambda: widget.truncate(0.5), widget.randomise, widget.reset):
        step()
        places.append(widget.z)
    for z in reversed(places[:-1]):
        widget.undo()
        assert np.array_equal(widget.z, z)
    widget.undo()  # nothing left: no error
    assert not widget.can_undo
    for z in places[1:]:
        widget.redo()
        assert np.array_equal(widget.z, z)
    widget.undo()
    widget.move(1, 1.0)
    assert not widget.can_redo


def test_one_drag_is_one_step_back() -> None:
    widget = explorer(4)
    start = widget.z
    for number in range(5):
        tell(widget, "move", values=[[0, 3, number / 10]], draft=True, gesture="a")
    tell(widget, "move", values=[[0, 3, 0.5]], draft=False, gesture="a")
    tell(widget, "move", values=[[0, 4, 1.0]], draft=False, gesture="b")
    widget.undo()
    assert widget.value(3) == pytest.approx(0.5, abs=1e-6)
    widget.undo()
    assert np.array_equal(widget.z, start)


def test_truncation_scales_z_and_comes_back_to_the_same() -> None:
    widget = explorer(2)
    before = widget.z
    widget.truncate(0.25)
    assert np.allclose(widget.z, 0.25 * before, atol=1e-7)
    widget.move(0, 0.5)
    widget.truncate(1.0)
    assert np.allclose(widget.z[:, 1:], before[:, 1:], atol=1e-6)
    assert widget.value(0) == pytest.approx(2.0, abs=1e-5)
    widget.truncate(0.0)
    assert not widget.z.any()
    with pytest.raises(ValueError, match=r"psi must be a finite number .* not 1\.5"):
        widget.truncate(1.5)


def test_the_path_runs_along_the_arc_between_its_ends() -> None:
    a, b = np.eye(Z_DIM, dtype=np.float32)[:1] * 2, np.eye(Z_DIM, dtype=np.float32)[1:2] * 4
    middle = slerp(a, b, 0.5)
    assert np.allclose(middle[0, :2], 3 / np.sqrt(2), atol=1e-6)  # halfway round, length 3
    assert np.allclose(slerp(a, -a, 0.25), 0.5 * a) and np.allclose(slerp(a, 0 * a, 0.5), a / 2)
    widget = explorer()
    widget.z = a
    widget.bookmark()
    widget.z = b
    widget.bookmark()
    widget.path(0, 1, 0.5)
    assert np.allclose(widget.z, middle, atol=1e-6)
    widget.path(0, b[0], 1.0)
    assert np.allclose(widget.z, b, atol=1e-6)
    assert len(widget.bookmarks) == 2
    widget.forget(0)
    with pytest.raises(ValueError, match="bookmark: got 1; allowed is 0 to 0"):
        widget.goto(1)


@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_code_makes_exactly_this_z(n: int) -> None:
    widget = explorer(n, seed=3)
    for step in (widget.randomise, lambda: widget.move(2, 0.123), lambda: widget.truncate(0.7)):
        step()
        names: dict[str, Any] = {"render": render}
        exec(widget.code(), names)
        assert np.array_equal(names["z"], widget.z) and names["z"].dtype == np.float32
        assert np.array_equal(names["images"], widget.images)


def test_the_code_of_a_draw_with_few_changes_is_short() -> None:
    widget = explorer(seed=3)
    widget.randomise()
    widget.move(2, 0.5)
    lines = widget.code().splitlines()
    assert lines[2:] == [
        "z = np.random.default_rng([3, 1]).standard_normal((1, 10), dtype=np.float32)",
        "z[0, 2] = 0.5",
        "images = render(z)",
    ]


def test_numbers_can_be_shared_and_pasted() -> None:
    giver, taker = explorer(3, seed=1), explorer(3, seed=2)
    taker.paste(giver.numbers())
    assert np.array_equal(giver.z, taker.z)
    taker.select(1)
    taker.paste(" ".join(str(i) for i in range(Z_DIM)))
    assert np.array_equal(taker.z[1], np.arange(Z_DIM)) and np.array_equal(taker.z[2], giver.z[2])
    with pytest.raises(ValueError, match="a text with 3 numbers; allowed is 10"):
        taker.paste("1, 2, 3")


def test_png_gif_and_still_hold_the_pictures() -> None:
    widget = explorer()
    png = np.asarray(Image.open(io.BytesIO(widget.png())))
    assert np.array_equal(png, widget.images[0])
    with pytest.raises(ValueError, match="a, b: a path needs two ends"):
        widget.gif()
    gif = Image.open(io.BytesIO(widget.gif(widget.z, np.zeros(Z_DIM), frames=5)))
    assert getattr(gif, "n_frames", 1) == 8  # there and back without repeating the ends
    bundle, _ = widget._repr_mimebundle_()
    assert bundle["text/plain"] == "LatentExplorer()"
    assert base64.b64decode(bundle["image/png"]) == widget.still()


def test_z_and_images_can_be_observed_and_not_be_changed_in_place() -> None:
    widget = explorer()
    seen: list[tuple[str, bool]] = []
    same = lambda change: seen.append((change.name, np.array_equal(render(widget.z), widget.images)))  # noqa: E731
    widget.observe(same, ["z", "images"])
    widget.z = np.ones(Z_DIM)
    assert seen == [("z", True), ("images", True)]
    with pytest.raises(ValueError, match="read-only"):
        widget.z[0, 0] = 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.zeros(9), r"z: got shape \(9,\); allowed is \(1, 10\) or \(10,\)"),
        (np.zeros((2, Z_DIM)), r"\(2, 10\)"),
        (np.full(Z_DIM, np.nan), "10 values of NaN"),
        ("words", "no array of numbers"),
        (None, "z: got"),
    ],
)
def test_a_wrong_z_is_refused_and_nothing_changes(wrong: Any, said: str) -> None:
    widget = explorer()
    before, images = widget.z, widget.images
    with pytest.raises(ValueError, match=said):
        widget.z = wrong
    assert widget.z is before and widget.images is images


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 0}, "n: got 0; allowed is a whole number from 1 to 64"),
        ({"n": 65}, "n: got 65"),
        ({"prior": "cauchy"}, "prior: got 'cauchy'; allowed is one of normal, uniform"),
        ({"directions": {"a": np.ones(3)}}, r"directions\['a'\]: got shape \(3,\); allowed is \(10,\)"),
        ({"directions": {"a": np.zeros(Z_DIM)}}, "finite and not zero"),
        ({"directions": {"a": "xyz"}}, r"directions\['a'\]: expected an array of real numbers"),
        ({"directions": [np.ones(Z_DIM)]}, "directions: got list; allowed is a dict"),
        ({"labels": ["a", "b"]}, "labels: got 2 names; allowed is one for each of the 10"),
        ({"labels": "abcdefghij"}, "labels: got str; allowed is a list of names"),
        ({"labels": {"a": "b"}}, "labels: got a name for latent 'a'; allowed is 0 to 9"),
        ({"prior": ["normal"]}, "prior: got .'normal'.; allowed is one of normal, uniform"),
        ({"seed": "a"}, "seed must be a whole number of at least 0, not 'a'"),
    ],
)
def test_wrong_arguments_are_refused_by_name(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LatentExplorer(render, Z_DIM, **options)


@pytest.mark.parametrize(
    ("method", "arguments", "said"),
    [
        ("move", (0, "x"), "value must be a finite number, not 'x'"),
        ("truncate", ("x",), "psi must be .* not 'x'"),
        ("path", (np.zeros(Z_DIM), np.ones(Z_DIM), None), "t must be .* not None"),
        ("goto", ("first",), "bookmark: got 'first'; there are none yet"),
        ("randomise", (-1,), "seed must be .* not -1"),
        ("select", (3,), "index must be a whole number from -1 to 2, not 3"),
        ("png", (0,), "scale must be .* not 0"),
        ("gif", (np.zeros(Z_DIM), np.ones(Z_DIM)), "seconds must be a finite number above 0, not -1"),
        ("paste", (5,), "numbers: got int; allowed is a text"),
        ("paste", ("1 " * Z_DIM,), "10 numbers; allowed is 30 for all 3 pictures; select one to give it 10"),
        ("paste", ("1e99 " * 3 * Z_DIM,), "z: got 30 values of NaN or infinity"),
    ],
)
def test_wrong_arguments_of_methods_are_refused_by_name(method: str, arguments: tuple[Any, ...], said: str) -> None:
    options = {"seconds": -1} if method == "gif" else {}
    widget = explorer(3)
    with pytest.raises(ValueError, match=said):
        getattr(widget, method)(*arguments, **options)


def test_the_page_locks_the_slider_that_was_pressed_whatever_it_is_called() -> None:
    widget = explorer(directions={"smile": np.ones(Z_DIM)}, labels={0: "smile", 1: "x", 2: "x"})
    for slider in ([0, 0], [0, 2]):
        tell(widget, "lock", slider=slider, on=True)
    assert widget.sliders.locked == {(0, 0), (0, 2)}


def test_unknown_sliders_list_what_there_is() -> None:
    widget = explorer(directions={"tilt": np.ones(Z_DIM)}, labels={2: "size"})
    widget.move("size", 1.0)
    assert widget.value(2) == 1
    with pytest.raises(ValueError, match="got 'hat'; allowed is a latent 0 to 9 or a name: tilt"):
        widget.move("hat", 1.0)
    with pytest.raises(ValueError, match="got 10; allowed is 0 to 9"):
        widget.lock(10)
    with pytest.raises(ValueError, match="finite"):
        widget.move(0, float("nan"))


BAD = {
    "raises": (lambda z: 1 / 0, ZeroDivisionError, "division"),
    "float": (lambda z: render(z) / 255, ValueError, "render: got float64"),
    "NaN": (lambda z: np.full((len(z), 2, 2, 3), np.nan), ValueError, "with NaN in it; allowed is"),
    "too few": (lambda z: render(z)[:0], ValueError, "for 1 z; allowed is"),
    "no batch": (lambda z: render(z)[0], ValueError, r"allowed is \(1, height, width, channels\) uint8"),
    "five channels": (lambda z: np.zeros((len(z), 2, 2, 5), np.uint8), ValueError, "C 1, 3 or 4"),
    "nothing": (lambda z: None, ValueError, "render: got object"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_render_raises_from_python_and_the_last_good_state_stays(kind: str) -> None:
    wrong, error, said = BAD[kind]
    with pytest.raises(error, match=said):
        LatentExplorer(wrong, Z_DIM)
    broken = threading.Event()
    widget = LatentExplorer(lambda z: wrong(z) if broken.is_set() else render(z), Z_DIM)  # type: ignore[no-untyped-call]
    before, images = widget.z, widget.images
    broken.set()
    for attempt in (lambda: widget.move(0, 1.0), widget.randomise, lambda: setattr(widget, "z", np.zeros(Z_DIM))):
        with pytest.raises(error, match=said):
            attempt()
        assert widget.z is before and widget.images is images and not widget.can_undo
    assert errors.recorded() == []  # the caller has had them
    broken.clear()
    widget.move(0, 1.0)
    assert widget.value(0) == 1


def test_a_render_that_fails_while_the_page_drags_is_recorded_and_the_state_restored() -> None:
    widget = LatentExplorer(lambda z: render(z) if z[0, 0] < 2 else render(z)[0], Z_DIM, 2)
    widget.select(0)
    before, images = widget.z, widget.images
    tell(widget, "move", values=[[0, 0, 3.0]], draft=True, gesture="a")
    assert widget.z is before and np.array_equal(widget.images, images)
    assert len(errors.recorded()) == 1
    with pytest.raises(ValueError, match="render: got shape"):
        errors.check()


def test_a_slow_render_draws_a_share_while_dragging_and_the_rest_on_release() -> None:
    sizes: list[int] = []

    def slow(z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        sizes.append(len(z))
        time.sleep(0.002 * len(z))
        return render(z)

    widget = LatentExplorer(slow, Z_DIM, 64)
    before = widget.z
    del sizes[:]
    for value in (0.1, 0.2):
        tell(widget, "move", values=[[0, 0, value]], draft=True, gesture="a")
    assert all(4 <= size < 32 for size in sizes) and widget.z is before
    tell(widget, "move", values=[[0, 0, 0.2]], draft=False, gesture="a")
    assert 32 < sizes[-1] <= 64
    assert widget.value(0) == pytest.approx(0.2, abs=1e-6)
    assert np.array_equal(render(widget.z), widget.images)


class Page:
    """What a page hears, in the place of its comm."""

    def __init__(self, widget: LatentExplorer) -> None:
        self.heard: list[dict[str, Any]] = []
        self.widget = widget
        widget.send = lambda content, buffers=None: self.heard.append(content)  # type: ignore[method-assign]

    def ask(self, **payload: Any) -> tuple[list[int], dict[str, Any]]:
        """How many tiles each frame of the answer has, and the reply."""
        del self.heard[:]
        tell(self.widget, **payload)
        counts = [content["count"] for content in self.heard if content["kind"] == "frame"]
        return counts, self.heard[-1]["reply"]


def test_a_key_press_gets_a_draft_and_then_the_rest_in_one_request() -> None:
    def slow(z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        time.sleep(0.002 * len(z))
        return render(z)

    page = Page(LatentExplorer(slow, Z_DIM, 64))
    counts, reply = page.ask(do="move", values=[[0, 0, 0.5]], draft=True, rest=True, gesture="a")
    assert len(counts) == 2 and sum(counts) == 64 and 4 <= counts[0] < 32
    assert reply == {"rough": False}
    assert page.widget.value(0) == pytest.approx(0.5, abs=1e-6)
    counts, reply = page.ask(do="move", values=[[0, 0, 0.6]], draft=True, rest=False, gesture="b")
    assert len(counts) == 1 and counts[0] < 32 and reply == {"rough": True}
    page.widget.undo()
    assert not page.widget.can_undo  # the draft alone was no step


@pytest.mark.parametrize(("side", "near", "rough"), [(8, False, False), (40, False, True), (40, True, False)])
def test_pictures_that_a_drag_made_coarse_come_again_in_full(side: int, near: bool, rough: bool) -> None:
    page = Page(LatentExplorer(lambda z: np.zeros((len(z), side, side, 3), np.uint8), Z_DIM, 64))
    page.widget._receive(page.widget, {"kind": "open", "near": near}, [])
    counts, reply = page.ask(do="move", values=[[0, 0, 0.5]], draft=True, gesture="a")
    assert counts == [64] and reply == {"rough": rough}  # small ones go raw, and larger ones to a page that is near
    counts, _ = page.ask(do="move", values=[[0, 0, 0.5]], draft=False, gesture="a")
    assert counts == [64 if rough else 0]
    counts, reply = page.ask(do="move", values=[[0, 0, 1.0]], draft=True, rest=True, gesture="b")
    assert counts == [64] and reply == {"rough": False}


def test_drafts_take_turns_so_that_every_tile_follows() -> None:
    def slow(z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        time.sleep(0.002 * len(z))
        return render(z)

    cache = TileCache(slow, np.zeros((24, Z_DIM), np.float32))
    touched: set[int] = set()
    for turn in range(1, 9):
        touched.update(int(i) for i in cache.update(np.full((24, Z_DIM), turn / 9, np.float32), draft=True))
    assert touched == set(range(24))


def test_a_render_that_scribbles_on_its_z_does_no_harm() -> None:
    def scribble(z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        images = render(z)
        z[:] = 0
        return images

    widget = LatentExplorer(scribble, Z_DIM)
    assert widget.z.any() and np.array_equal(render(widget.z), widget.images)


def test_the_page_can_ask_for_everything_in_the_table() -> None:
    widget = explorer(4, directions={"tilt": np.ones(Z_DIM)})
    tell(widget, "bookmark")
    tell(widget, "randomise")
    tell(widget, "bookmark")
    tell(widget, "path", a=0, b=1, t=0.5, draft=False, gesture="p")
    tell(widget, "lock", slider=[1, 0], on=True)
    tell(widget, "select", index=2)
    tell(widget, "truncate", psi=0.5, draft=False, gesture="t")
    for plain in ("png", "code", "numbers", "undo", "redo", "reset"):
        tell(widget, plain)
    tell(widget, "gif", a=0, b=1)
    tell(widget, "goto", number=1)
    tell(widget, "forget", number=0)
    tell(widget, "paste", text=widget.numbers())
    assert widget.locked == ("tilt",) and widget.selected == 2 and len(widget.bookmarks) == 1
    errors.check()
    tell(widget, "fly")
    with pytest.raises(ValueError, match="request: got 'fly'"):
        errors.check()


def test_locks_hold_where_one_lies_in_the_span_of_the_others() -> None:
    """In float32 the third row is not quite in the span of the first two, and yet it counts as that."""
    a, b = np.random.default_rng(0).normal(size=(2, 64))
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    rows = np.stack([a, b, (a + b) / np.linalg.norm(a + b)]).astype(np.float32)
    projection = projector(rows)
    assert np.trace(projection) == pytest.approx(2, abs=1e-4)
    assert np.abs(rows @ projection - rows).max() < 1e-5
