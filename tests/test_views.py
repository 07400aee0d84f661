"""Views without a page: frames and their flow, bytes of pictures, MIME bundles, errors that must not get lost."""

from __future__ import annotations

import base64
import importlib
import io
import pkgutil
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets import views as view_package
from ganwidgets.views import drawing, errors, tiles
from ganwidgets.views.base import View
from ganwidgets.views.flow import FrameFlow
from ganwidgets.views.image_grid import ImageGrid


def pictures(count: int, height: int = 8, width: int = 8, channels: int = 3, seed: int = 0) -> tiles.ImageArray:
    """Smooth pictures, so that JPEG has an honest task."""
    rng = np.random.default_rng(seed)
    corners = Image.fromarray(rng.integers(0, 256, (3, 3, 3), dtype=np.uint8))
    smooth = np.asarray(corners.resize((width, height), Image.Resampling.BICUBIC))
    shifts = rng.integers(0, 8, (count, 1, 1, 1), dtype=np.uint8)
    return np.ascontiguousarray((smooth[None] // 2 + shifts)[..., :channels])


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


class Wire:
    """Stands in the place of the network: what was sent, and a clock to be set by hand."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.now = 0.0
        self.flow = FrameFlow(lambda meta, buffers: self.sent.append(meta), timeout=1.0, clock=lambda: self.now)

    def names(self) -> list[str]:
        return [meta["name"] for meta in self.sent]


def test_only_one_frame_is_on_its_way_and_the_newest_waits() -> None:
    wire = Wire()
    assert wire.flow.push({"name": "a"}, [])
    assert not wire.flow.push({"name": "b"}, [])
    assert not wire.flow.push({"name": "c"}, [])
    assert wire.names() == ["a"]
    wire.flow.painted(99)  # some other frame
    assert wire.names() == ["a"]
    wire.flow.painted(wire.sent[-1]["seq"])
    assert wire.names() == ["a", "c"]
    wire.flow.painted(wire.sent[-1]["seq"])
    assert wire.names() == ["a", "c"]


def test_a_page_that_says_nothing_blocks_for_a_second_only() -> None:
    wire = Wire()
    wire.flow.push({"name": "a"}, [])
    wire.now = 0.9
    assert not wire.flow.push({"name": "b"}, [])
    wire.now = 1.1
    assert wire.flow.push({"name": "c"}, [])
    assert wire.names() == ["a", "c"]


def test_an_urgent_frame_overtakes_and_a_new_page_gets_the_newest() -> None:
    wire = Wire()
    assert not wire.flow.resend()
    wire.flow.push({"name": "a"}, [])
    wire.flow.push({"name": "b"}, [])
    assert wire.flow.push({"name": "c"}, [], urgent=True)
    wire.flow.painted(1)
    assert wire.flow.resend()
    assert wire.names() == ["a", "c", "c"]
    assert [meta["seq"] for meta in wire.sent] == [1, 0, 2]


def test_a_page_that_answers_quickly_is_asked_every_three_seconds() -> None:
    wire = Wire()
    wire.flow.push({"name": "asked"}, [])
    wire.now = 0.05
    wire.flow.painted(1)
    for number in range(1, 32):
        wire.now = 0.1 * number
        assert wire.flow.push({"name": number}, [])
    assert [meta["name"] for meta in wire.sent if meta["ask"]] == ["asked", 31]  # trusted until 3.05
    wire.now = 3.3
    wire.flow.painted(32)  # 0.2 s later: that is slow
    assert wire.flow.push({"name": "again"}, [])
    assert wire.sent[-1]["ask"]


def test_a_trusted_page_is_asked_all_the_same_about_frames_that_come_at_once() -> None:
    wire = Wire()
    wire.flow.push({"name": "a"}, [])
    wire.flow.painted(1)
    wire.now = 0.1
    wire.flow.push({"name": "b"}, [])
    wire.flow.push({"name": "c"}, [])
    assert not wire.flow.push({"name": "d"}, [])
    assert [(meta["name"], meta["ask"]) for meta in wire.sent] == [("a", True), ("b", False), ("c", True)]


class Fragile(View):
    """Does what it is asked, or fails."""

    def on_request(self, payload: dict[str, Any], buffers: Any) -> dict[str, Any] | None:
        if payload.get("fail"):
            raise RuntimeError("<b>broke</b>")
        return {"twice": 2 * payload["value"], "buffers": [b"file"]}


class Heard(list[Any]):
    """The custom messages of a view, in place of its comm."""

    def __init__(self, view: View) -> None:
        super().__init__()
        view.send = lambda content, buffers=None: self.append((content, buffers))  # type: ignore[method-assign]

    def kinds(self) -> list[str]:
        return [content["kind"] for content, _ in self]


def ask(view: View, payload: dict[str, Any], number: str = "page:1") -> None:
    """A request as the page sends it, through ipywidgets' own door."""
    content = {"kind": "request", "id": number, "payload": payload}
    view._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


def test_a_request_is_begun_answered_and_never_carried_out_twice() -> None:
    view = Fragile()
    heard = Heard(view)
    ask(view, {"value": 4})
    done = ({"kind": "done", "id": "page:1", "reply": {"twice": 8}}, [b"file"])
    assert heard == [({"kind": "begun", "id": "page:1"}, None), done]
    ask(view, {"fail": True})  # the same number: the page had lost patience and asks again
    assert heard[2:] == [done]


@pytest.mark.parametrize(("slow", "kinds"), [(60.0, ["done"]), (0.0, ["begun", "done"])])
def test_a_page_hears_that_a_request_has_begun_where_the_last_was_slow(
    slow: float, kinds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganwidgets.views.base.SLOW", slow)
    view = Fragile()
    heard = Heard(view)
    ask(view, {"value": 4})
    ask(view, {"value": 5}, "page:2")
    assert heard.kinds() == ["begun", "done", *kinds]
    ask(view, {"do": "else", "value": 5}, "page:3")
    assert heard.kinds()[2 + len(kinds) :] == ["begun", "done"]


def test_an_error_in_a_handler_is_shown_recorded_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANWIDGETS_STRICT", raising=False)
    view = Fragile()
    heard = Heard(view)
    ask(view, {"fail": True})
    assert heard.kinds() == ["begun", "error", "done"]
    assert heard[1][0]["text"] == "RuntimeError: <b>broke</b>"
    assert [str(error) for error in errors.recorded()] == ["<b>broke</b>"]
    with pytest.raises(RuntimeError, match="broke"):
        errors.check()
    errors.check()  # raised once


def test_strict_raises_in_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANWIDGETS_STRICT", "1")
    view = Fragile()
    heard = Heard(view)
    with pytest.raises(RuntimeError, match="broke"):
        view._receive(view, {"kind": "request", "id": "p:1", "payload": {"fail": True}}, [])
    assert heard.kinds()[-1] == "done"
    errors.clear()


def test_frames_may_come_from_a_thread_and_a_page_that_opens_gets_the_last() -> None:
    view = View()
    heard = Heard(view)

    def work() -> None:
        for number in range(50):
            view.push({"number": number}, [bytes([number])])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(heard) == 1
    view._receive(view, {"kind": "painted", "seq": 1}, [])
    assert heard[-1] == ({"number": 49, "kind": "frame", "seq": 2, "ask": True}, [bytes([49])])
    view._receive(view, {"kind": "open"}, [])
    assert heard[-1][0]["number"] == 49


def test_one_script_holds_base_and_own_and_asks_no_network() -> None:
    grid = ImageGrid()
    script, style = str(grid._esm), str(grid._css)
    assert "function gwView" in script and "function gwTiles" in script and script.count("export default") == 1
    assert ".gw-root" in style
    for text in (script, style):
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https://" not in text
    assert "innerHTML" not in script


def test_the_mime_bundle_has_a_stable_text_and_a_picture() -> None:
    images = pictures(3, 16, 16)
    bundle, metadata = ImageGrid(images)._repr_mimebundle_()
    again, _ = ImageGrid(images)._repr_mimebundle_()
    assert bundle["text/plain"] == again["text/plain"] == "ImageGrid()"
    still = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert still.size == (metadata["image/png"]["width"], metadata["image/png"]["height"])
    assert metadata["image/png"]["alt"] == "3 pictures"
    assert "image/png" not in View()._repr_mimebundle_()[0]


@pytest.mark.parametrize(
    ("count", "height", "width", "channels"), [(1, 1, 1, 1), (64, 28, 28, 1), (5, 7, 9, 3), (2, 6, 5, 4)]
)
def test_small_batches_go_raw_and_exact(count: int, height: int, width: int, channels: int) -> None:
    images = np.random.default_rng(1).integers(0, 256, (count, height, width, channels), dtype=np.uint8)
    meta, data = tiles.encode(images)
    assert meta == {
        "count": count, "w": width, "h": height, "c": channels, "fmt": "raw", "cols": 1, "pw": width, "ph": height
    }  # fmt: skip
    assert data == images.tobytes()


@pytest.mark.parametrize(("count", "side", "channels"), [(64, 64, 3), (7, 100, 3), (2, 256, 1), (3, 256, 4)])
def test_large_batches_are_found_again_in_the_sheet(count: int, side: int, channels: int) -> None:
    images = pictures(count, side, side) if channels < 4 else np.repeat(pictures(count, side, side)[..., :1], 4, axis=3)
    images = np.ascontiguousarray(images[..., :channels])
    meta, data = tiles.encode(images)
    assert meta["fmt"] == ("image/png" if channels == 4 else "image/jpeg")
    assert len(data) < images.nbytes / 4
    sheet = np.asarray(Image.open(io.BytesIO(data))).reshape(-1, meta["cols"] * meta["pw"], channels)
    for index, image in enumerate(images):
        y, x = index // meta["cols"] * meta["ph"], index % meta["cols"] * meta["pw"]
        shown = sheet[y : y + side, x : x + side]
        assert np.abs(shown.astype(int) - image).mean() < 2.5


def test_columns_leave_few_empty_places() -> None:
    found = {count: tiles.columns(count) for count in (1, 2, 3, 4, 8, 9, 16, 48, 64)}
    assert found == {1: 1, 2: 2, 3: 3, 4: 2, 8: 4, 9: 3, 16: 4, 48: 8, 64: 8}
    assert all(1 <= tiles.columns(count) <= count for count in range(1, 65))


def test_a_mosaic_keeps_the_pixels_and_leaves_gaps_clear() -> None:
    images = pictures(4, 5, 6)
    page = np.asarray(tiles.mosaic(images, scale=2, gap=2))
    assert page.shape == (2 * 10 + 2, 2 * 12 + 2, 4)
    assert np.array_equal(page[12:22:2, 14:26:2, :3], images[3])
    assert page[11, :, 3].max() == 0 and page[:10, :12, 3].min() == 255
    gif = Image.open(io.BytesIO(tiles.gif([images, images[::-1], images], seconds=1.5)))
    assert gif.info["duration"] == 500 and gif.size == (2 * 6 + 2, 2 * 5 + 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.zeros((2, 4, 4, 3)), "not float64"),
        (np.zeros((4, 4), np.uint8), r"\(4, 4\)"),
        (np.zeros((1, 4, 4, 2), np.uint8), r"\(1, 4, 4, 2\)"),
        (np.zeros((65, 4, 4), np.uint8), "1 to 64 pictures, not 65"),
        (np.zeros((0, 4, 4), np.uint8), "not 0"),
        (np.zeros((1, 0, 4), np.uint8), "0 × 4"),
    ],
)
def test_what_is_no_batch_of_pictures_is_refused(wrong: Any, said: str) -> None:
    grid = ImageGrid(pictures(2))
    with pytest.raises(ValueError, match=said):
        grid.images = wrong
    assert grid.images is not None and len(grid.images) == 2


def test_selecting_a_tile_is_observable_and_checked() -> None:
    grid = ImageGrid(pictures(4), selectable=True)
    seen: list[int] = []
    grid.observe(lambda change: seen.append(change.new), "selected")
    grid.selected = 3
    with pytest.raises(ValueError, match="to 3, not 4"):
        grid.selected = 4
    assert seen == [3]
    assert ImageGrid(pictures(4), selected=2).selected == 2
    grid.close()


def test_no_class_is_dressed_by_two_sheets() -> None:
    """All sheets share one page: a class that two of them style by itself looks as the later one says."""
    owners: dict[str, set[str]] = {}
    for path in sorted((Path(errors.__file__).parent).glob("*.css")):
        sheet = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selectors in re.findall(r"([^{}]+)\{", sheet):
            for selector in selectors.split(","):
                if found := re.fullmatch(r"\.(gw-[\w-]+)(?:::?[\w-]+)*", selector.strip()):
                    owners.setdefault(found[1], set()).add(path.stem)
    assert len(owners) > 100
    assert {name: sheets for name, sheets in owners.items() if len(sheets) > 1} == {}


def views() -> list[type[View]]:
    """Every view of the kit."""
    for module in pkgutil.iter_modules(view_package.__path__):
        importlib.import_module(f"{view_package.__name__}.{module.name}")
    found, waiting = [], [View]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith(view_package.__name__) and "_esm" in kind.__dict__:
                found.append(kind)
    return found


@pytest.mark.parametrize("kind", views(), ids=lambda kind: kind.__name__)
def test_a_script_declares_a_name_once(kind: type[View]) -> None:
    """Shared parts and the view's own script become one module, in which a second declaration is an error."""
    sources = [Path(sys.modules[kind.__module__].__file__ or "").with_suffix(".js")]
    sources += [sources[0].with_name(f"{part}.js") for part in kind._parts]
    names = [
        name
        for path in sources
        for name in re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(names) > 10
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_stills_have_every_letter_that_widgets_use() -> None:
    def drawn(letter: str) -> bytes:
        sketch = drawing.Sketch(20, 20)
        sketch.text(10, 15, letter, anchor="ms")
        return sketch.image().tobytes()

    missing = drawn("\uffff")
    assert [letter for letter in "éσθψγλβμεπκΣ∇ₓ≥≤≈−–×÷∞→←½∗²‖√⌊⌋°·" if drawn(letter) == missing] == []
