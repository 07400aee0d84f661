"""`StyleMixer` from Python and through the page's messages; `steering.styles`, which feeds it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from ganwidgets import steering
from ganwidgets.models import dcgan, style
from ganwidgets.views import errors
from ganwidgets.widgets import StyleMixer
from ganwidgets.widgets._pictures import PictureMemo
from tests.page import tell

SIDES = (4, 8, 8, 16)
SMALL: dict[str, int] = dict(z_dim=8, w_dim=8, channels=4, widest=8, resolution=16)


@dataclass
class Stripes:
    """Column i of a picture says the first number of layer i's style, from -4 (0) to 4 (255); row 1 is the noise."""

    z_dim: int = 3
    sides: tuple[int, ...] = SIDES
    calls: int = 0
    rows: int = 0
    broken: str = ""

    @property
    def w_mean(self) -> npt.NDArray[np.float32]:
        return np.array([0.5, 0, 0], np.float32)

    def map(self, z: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return z + 0.25

    def render(self, styles: npt.NDArray[np.float32], noise: int | None) -> Any:
        assert styles.dtype == np.float32 and styles.shape[1:] == (4, 3)
        self.calls, self.rows = self.calls + 1, self.rows + len(styles)
        if self.broken == "raise":
            raise RuntimeError("<b>no memory</b>")
        images = np.zeros((len(styles), 2, 4, 1), np.uint8)
        images[:, 0, :, 0] = shade(styles[:, :, 0])
        images[:, 1] = 0 if noise is None else 10 + noise
        return images.astype(np.float32) * np.nan if self.broken == "nan" else images


def shade(numbers: Any) -> Any:
    return np.clip((np.asarray(numbers) + 4) / 8 * 255, 0, 255).astype(np.uint8)


def mixer(**options: Any) -> StyleMixer:
    return StyleMixer(Stripes(), **options)  # type: ignore[arg-type]


def first_of(widget: StyleMixer) -> tuple[Any, Any]:
    """w's first number for the rows and for the columns, truncated."""
    state = widget.present
    w = 0.5 + state.psi * (state.z[:, 0] + 0.25 - 0.5)
    return w[: widget._faces], w[widget._faces :]


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


def test_every_cell_takes_its_layers_from_its_row_and_its_column() -> None:
    widget = mixer(faces=3)
    assert widget.from_b == (8, 16) and widget.pair == (0, 0) and widget.sides == (4, 8, 16)
    for wanted in ((), (4,), (8,), (4, 16), (4, 8, 16)):
        widget.mix(wanted)
        rows, columns = first_of(widget)
        for r in range(3):
            for c in range(3):
                numbers = [columns[c] if side in wanted else rows[r] for side in SIDES]
                assert np.array_equal(widget.table[r, c, 0, :, 0], shade(np.array(numbers, np.float32)))
    widget.choose(2, 1)
    assert np.array_equal(widget.image, widget.table[2, 1])
    assert np.array_equal(widget.parents[1], widget.image)  # everything from B


def test_changes_by_hand_and_a_side_that_does_nothing() -> None:
    widget = mixer(faces=2, from_b=[16])
    rows, columns = first_of(widget)
    assert abs(int(shade(rows[0])) - int(shade(columns[0]))) > 30
    # Two of the four layers work at 8 pixels; the noise row says 10 or 0 in each of its four pixels.
    assert widget.changes == {4: pytest.approx(0.25), 8: pytest.approx(0.5), 16: pytest.approx(0.25)}
    apart = abs(int(shade(rows[0])) - int(shade(columns[0])))
    assert widget.noise_change == pytest.approx(10 / apart)
    assert "8 px matter most" in widget.words
    widget.truncate(0)
    assert all(np.isnan(share) for share in widget.changes.values())
    assert "same picture" in widget.words


def test_truncation_pulls_towards_the_mean_and_beyond() -> None:
    widget = mixer()
    seen = []
    for psi in np.linspace(-1, 1, 9):
        widget.truncate(float(psi))
        seen.append(widget.styles[0, 0])
    assert widget.psi == 1
    assert np.allclose(np.diff(seen), seen[1] - seen[0], atol=1e-6) and abs(seen[1] - seen[0]) > 0.01
    assert seen[4] == pytest.approx(0.5)  # ψ = 0: the mean


def test_noise_on_off_and_another() -> None:
    widget = mixer()
    assert (widget.image[1] == 10).all()
    widget.noise(False)
    assert (widget.image[1] == 0).all()
    tell(widget, "noise", on=True)
    tell(widget, "redraw")
    tell(widget, "redraw")
    assert (widget.image[1] == 12).all()


def test_undo_redo_reset_and_locks() -> None:
    widget = mixer(faces=2)
    start = widget.table
    pictures = [start]
    for step in (lambda: widget.flip(4), lambda: widget.truncate(0.3), widget.randomise, lambda: widget.choose(1, 0)):
        step()
        pictures.append(widget.table)
    for picture in pictures[-2::-1]:
        widget.undo()
        assert np.array_equal(widget.table, picture)
    widget.undo()
    assert not widget.can_undo and widget.can_redo
    for picture in pictures[1:]:
        widget.redo()
        assert np.array_equal(widget.table, picture)
    widget.lock("A")
    z = widget.present.z
    widget.randomise()
    same = (widget.present.z == z).all(1)
    assert same.tolist() == [False, True, False, False] and widget.locked == ("A",)
    widget.lock("A", False)
    widget.randomise()
    assert not (widget.present.z == z).all(1).any()
    widget.reset()
    assert np.array_equal(widget.table, start)


def test_the_same_seed_gives_the_same_pictures() -> None:
    first, again, other = mixer(seed=4), mixer(seed=4), mixer(seed=5)
    for widget in (first, again, other):
        widget.randomise()
    assert np.array_equal(first.table, again.table)
    assert not np.array_equal(first.table, other.table)


def test_the_page_asks_for_everything_and_steps_of_a_drag_are_undone_together() -> None:
    widget = mixer()
    tell(widget, "choose", row=2, column=3)
    tell(widget, "give", side=4, b=True)
    tell(widget, "give", side=4, b=True)
    tell(widget, "give", side=16, b=False)
    tell(widget, "flip", side=8)
    tell(widget, "lock", who="B", on=True)
    assert (widget.pair, widget.from_b, widget.locked) == ((2, 3), (4,), ("B",))
    before = widget.image
    for psi in (0.9, 0.5, 0.1):
        tell(widget, "truncate", psi=psi, draft=True, gesture="drag")
    assert np.array_equal(widget.image, before)  # drafts are for the page alone
    tell(widget, "truncate", psi=0.1, draft=False, gesture="drag")
    tell(widget, "truncate", psi=0.2, draft=True, rest=True, gesture="drag")
    assert widget.psi == 0.2
    for do in ("undo", "redo", "undo"):
        tell(widget, do)
    assert widget.psi == 1 and np.array_equal(widget.image, before)
    tell(widget, "randomise")
    tell(widget, "reset")
    assert widget.pair == (0, 0)


def test_only_what_is_new_is_rendered_and_sent() -> None:
    source = Stripes()
    widget = StyleMixer(source, faces=4)
    sent: list[list[str]] = []
    widget.send = lambda content, buffers=None: sent.append(content.get("places", []))  # type: ignore[method-assign]
    widget.on_open()
    assert len(sent.pop()) == 3 + 3 + 8 + 16  # main, a and b; flips; rows and columns; cells
    rows = source.rows
    tell(widget, "choose", row=1, column=1)
    # Two flips, the third being B itself, and the mix without noise.
    assert source.rows - rows == 3
    places = {place for frame in sent for place in frame}
    assert {"main", "a", "b", "flip0"} <= places and "cell0,0" not in places
    calls = source.calls
    widget.undo()
    assert source.calls == calls


def test_a_picture_that_waited_for_the_page_is_not_taken_for_the_one_before() -> None:
    widget = mixer(faces=2)
    shown: dict[str, int] = {}  # what a page would have: by place, the frame that brought it
    frames: list[dict[str, Any]] = []

    def page(content: dict[str, Any], buffers: Any = None) -> None:
        if content.get("kind") == "frame":
            frames.append(content)
            shown.update(dict.fromkeys(content["places"], len(frames)))

    widget.send = page  # type: ignore[method-assign]

    def painted() -> None:
        while (seq := widget._flow._unseen) is not None:
            widget._flow.painted(seq)

    widget.on_open()
    painted()
    widget.mix([4])
    widget.mix([4, 8])  # waits until the first is painted
    painted()
    latest = shown["main"]
    widget.undo()
    painted()
    assert shown["main"] > latest


def test_the_memory_of_pictures_has_a_limit_and_forgets_the_oldest() -> None:
    asked: list[int] = []

    def paint(rows: npt.NDArray[np.float32], _note: object) -> Any:
        asked.append(len(rows))
        return np.repeat(shade(rows)[:, None, None], 4, axis=1)

    memo = PictureMemo(paint, room=40)  # ten pictures of four bytes
    rows = np.linspace(-3, 3, 12, dtype=np.float32)[:, None]
    for row in rows:
        assert memo(row[None])[0].tolist() == [[shade(row).tolist()]] * 4
    assert len(memo._known) == 10
    memo(rows[2:])
    assert asked == [1] * 12
    memo(np.concatenate([rows[:1], rows[11:], rows[:1]]))  # twice the same: rendered once
    assert asked == [1] * 13
    assert len(memo(rows)) == 12  # more than there is room for, all the same


def test_a_render_that_never_keeps_to_a_size_is_refused() -> None:
    sizes = iter(range(1, 20))
    memo = PictureMemo(lambda rows, _: np.zeros((len(rows), next(sizes), 2, 1), np.uint8))
    memo(np.zeros((2, 1), np.float32))
    with pytest.raises(ValueError, match="render: the size of its pictures changes from call to call"):
        memo(np.array([[0], [1]], np.float32))


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 4), (256, 256, 3)])
def test_pictures_of_every_size(shape: tuple[int, int, int]) -> None:
    source = Stripes()

    def paint(styles: npt.NDArray[np.float32], noise: int | None) -> Any:
        return np.ones((len(styles), *shape), np.uint8) * shade(styles[:, 0, 0])[:, None, None, None]

    source.render = paint  # type: ignore[method-assign]
    widget = StyleMixer(source, faces=2)
    assert widget.image.shape == shape and Image.open(io.BytesIO(widget.still())).height > 100
    shape = (2, 2, 1)
    widget.randomise()
    assert widget.table.shape == (2, 2, 2, 2, 1)


@pytest.mark.parametrize(("broken", "message"), [("raise", "<b>no memory</b>"), ("nan", "render: got float32.*NaN")])
def test_a_failing_render_is_shown_and_raised_and_the_last_good_state_stays(broken: str, message: str) -> None:
    source = Stripes()
    widget = StyleMixer(source)
    picture = widget.image
    source.broken = broken
    with pytest.raises((RuntimeError, ValueError), match=message):
        widget.randomise()
    tell(widget, "randomise")  # on the page it is shown and kept
    with pytest.raises((RuntimeError, ValueError), match=message):
        errors.check()
    assert widget._error_text and np.array_equal(widget.image, picture) and widget._live is widget.present
    source.broken = ""
    widget.randomise()
    assert widget._error_text == "" and not np.array_equal(widget.image, picture)


def test_the_picture_can_be_observed() -> None:
    widget, seen = mixer(), []
    widget.observe(lambda change: seen.append(change["new"]), "image")
    widget.choose(1, 2)
    assert np.array_equal(seen[-1], widget.table[1, 2])


def test_still_repr_and_close() -> None:
    before = threading.active_count()
    widget = mixer()
    first = Image.open(io.BytesIO(widget.still()))
    assert first.width > 500 and np.asarray(first)[..., 3].any()
    png = widget.still()
    widget.choose(1, 1)
    assert widget.still() != png
    assert repr(widget) == "StyleMixer()" and "B gives 8 px, 16 px" in widget.alt
    widget.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda: StyleMixer(style.Generator(**SMALL)), "styles: Generator has no render.*steering.styles"),  # type: ignore
        (lambda: mixer(faces=1), "faces must be a whole number from 2 to 6"),
        (lambda: mixer(from_b=[5]), "there are no layers at 5 pixels; there are 4, 8, 16"),
        (lambda: mixer().choose(4, 0), "row must be a whole number from 0 to 3"),
        (lambda: mixer().flip(64), "there are no layers at 64"),
        (lambda: mixer().truncate(1.5), "psi must be .*at least -1 .*at most 1, not 1.5"),
        (lambda: mixer().truncate(float("nan")), "psi must be .*not nan"),
        (lambda: mixer().truncate("half"), "psi must be .*not 'half'"),  # type: ignore[arg-type]
        (lambda: mixer(seed=-1), "seed must be a whole number of at least 0, not -1"),
        (lambda: mixer(from_b=8), "from_b: got 8; allowed is a list of sides, from 4, 8, 16"),
        (lambda: mixer().flip([8]), r"side: there are no layers at \[8\] pixels"),  # type: ignore[arg-type]
        (lambda: mixer().randomise(0.5), "seed must be a whole number of at least 0, not 0.5"),  # type: ignore[arg-type]
        (lambda: mixer().lock("C"), 'who: expected "A" or "B"'),
        (lambda: mixer().on_request({"do": "dance"}, []), "request: got 'dance'"),
    ],
)
def test_wrong_input_is_named(do: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        do()


def test_handles_are_the_generator_itself() -> None:
    torch.manual_seed(0)
    G = style.Generator(**SMALL).eval()  # type: ignore[arg-type]
    for conv in G.convs:
        torch.nn.init.constant_(conv.strength, 0.5)  # type: ignore[arg-type]
    handles = steering.styles(G)
    z = np.random.default_rng(0).standard_normal((3, 8), dtype=np.float32)
    styles = np.repeat(handles.map(z)[:, None], len(handles.sides), axis=1)
    with torch.inference_mode():
        want = G(torch.from_numpy(z)).add(1).mul(127.5).round().to(torch.uint8).movedim(1, -1).numpy()
    assert np.array_equal(handles.render(styles, 0), want)
    assert not np.array_equal(handles.render(styles, None), want)
    other = handles.render(styles, 7)
    assert not np.array_equal(other, want)
    assert np.array_equal(handles.render(styles[2:], 7), other[2:])  # noise of a picture, not of its place
    assert np.array_equal(handles.render(styles, 0), want)
    with torch.no_grad():
        G.constant.zero_()
    assert np.array_equal(handles.render(styles, 0), want)  # a copy
    for bad, message in ((styles[:, :, 0], "styles: expected"), (styles * np.nan, "styles: expected finite")):
        with pytest.raises(ValueError, match=message):
            handles.render(bad, 0)
    with pytest.raises(ValueError, match="noise must be a whole number of at least 0"):
        handles.render(styles, -1)
    with pytest.raises(ValueError, match=r"expected a style-based generator.*got Generator"):
        steering.styles(dcgan.Generator(8, 4, 16))
