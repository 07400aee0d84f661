"""`LatentExplorer` while the page draws: what the page is handed, and what the kernel then does and leaves."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ganwidgets.views import engine, errors
from ganwidgets.widgets import LatentExplorer
from tests.test_latent_explorer import Z_DIM, Page, render, tell


class Drawer:
    """A `render` with a model at hand, that counts its calls."""

    def __init__(self, onnx: bytes | None = b"a model", inputs: dict[str, int] | None = None) -> None:
        self.onnx, self.inputs, self.calls, self.broken = onnx, inputs or {}, 0, False

    def __call__(self, z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        self.calls += 1
        return render(z)[:0] if self.broken else render(z)


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


def by_page(n: int = 1, **options: Any) -> tuple[LatentExplorer, Drawer]:
    """An explorer whose page draws by itself."""
    drawer = Drawer()
    widget = LatentExplorer(drawer, Z_DIM, n, **options)
    tell(widget, "engine", by="page")
    assert widget.engine == "page"
    return widget, drawer


def test_the_page_is_handed_everything_in_parts() -> None:
    widget = LatentExplorer(Drawer(bytes(range(256)) * 5000), Z_DIM)
    assert widget.spec["engine"] == {"key": hashlib.sha256(bytes(range(256)) * 5000).hexdigest()[:24], "inputs": {}}
    assert widget.page_model is not None
    files: dict[str, bytes] = {}
    for name in ("script", "wasm", "model"):
        files[name], total = b"", 1
        while len(files[name]) < total:
            reply = engine.part(widget.page_model, name, len(files[name]))
            total = reply["total"]
            assert 0 < len(reply["buffers"][0]) <= engine.PART
            files[name] += reply["buffers"][0]
    assert files["model"] == bytes(range(256)) * 5000
    assert gzip.decompress(files["wasm"])[:4] == b"\0asm"
    assert b"ONNX Runtime Web v1.30.0" in files["script"][:200]
    for wrong in ({"file": "passwords", "at": 0}, {"file": "model", "at": -1}, {"file": "model", "at": 10**9}):
        tell(widget, "part", **wrong)
        with pytest.raises(ValueError, match=r"file: got 'passwords'|at: got"):
            errors.check()


def test_the_runtime_travels_with_its_licence() -> None:
    assert "MIT License" in (engine.RUNTIME / "LICENSE").read_text("utf-8")
    assert all((engine.RUNTIME / name).stat().st_size > 50_000 for name in engine.FILES.values())


def test_while_the_page_draws_the_kernel_draws_only_what_somebody_wants_to_see() -> None:
    widget, drawer = by_page(4, directions={"tilt": np.ones(Z_DIM)})
    drawer.calls = 0
    for step in range(5):
        tell(widget, "move", values=[[0, 3, step / 10]], draft=True, gesture="a")
    tell(widget, "truncate", psi=0.5, draft=True, gesture="b")
    tell(widget, "randomise")
    tell(widget, "undo")
    assert drawer.calls == 0
    assert np.array_equal(widget.images, render(widget.z)) and drawer.calls == 1
    assert np.array_equal(widget.images, render(widget.z)) and drawer.calls == 1
    tell(widget, "undo")
    assert widget.value(3) == pytest.approx(0.4, abs=1e-6)  # the drag is one step
    tell(widget, "bookmark")
    assert drawer.calls == 2 and len(widget.bookmarks) == 1


def test_z_and_images_belong_together_for_who_observes_them() -> None:
    widget, _ = by_page(2)
    seen: list[tuple[str, bool]] = []
    note = lambda change: seen.append((change.name, np.array_equal(change.owner.images, render(widget.z))))  # noqa: E731
    widget.observe(note, "images")
    widget.move(0, 1.0)
    tell(widget, "move", values=[[0, 0, 0.5]], draft=True, gesture="a")
    assert seen == [("images", True)] * 2
    with pytest.raises(Exception, match="read-only"):
        widget.images = None


def test_the_page_gets_z_in_the_place_of_pixels_and_what_truncation_left_out() -> None:
    widget, _ = by_page(4)
    page = Page(widget)
    counts, reply = page.ask(do="move", values=[[0, 3, 0.4]], draft=True, gesture="a")
    assert counts == [0] and reply == {"rough": False}
    (frame,) = [content for content in page.heard if content["kind"] == "frame"]
    assert frame["place"] == 1 and frame["state"]["undo"]
    page.ask(do="truncate", psi=0.5, draft=True, gesture="b")
    (frame,) = [content for content in page.heard if content["kind"] == "frame"]
    assert frame["place"] == 2 and frame["state"]["psi"] == 0.5


def test_a_page_that_cannot_draw_gets_pixels_again_for_good() -> None:
    widget, drawer = by_page(4)
    widget.move(0, 1.0)
    page = Page(widget)
    counts, _ = page.ask(do="engine", by="kernel")
    assert counts == [4] and widget.engine == "kernel"
    assert np.array_equal(widget.images, render(widget.z))
    page.ask(do="engine", by="page")  # another page that shows the same explorer
    assert widget.engine == "kernel"
    counts, _ = page.ask(do="move", values=[[0, 0, 0.5]], draft=False, gesture="a")
    assert counts == [4] and drawer.calls > 2


def test_another_page_that_opens_is_shown_pictures_at_once() -> None:
    widget, _ = by_page(4)
    widget.move(0, 1.0)
    page = Page(widget)
    widget._receive(widget, {"kind": "open", "near": True}, [])
    (frame,) = [content for content in page.heard if content["kind"] == "frame"]
    assert frame["count"] == 4 and frame["place"] == 1


def test_a_render_that_fails_when_asked_at_last_raises_where_it_was_asked() -> None:
    widget, drawer = by_page()
    drawer.broken = True
    widget.move(0, 1.0)  # the page draws it
    with pytest.raises(ValueError, match="render: got shape"):
        _ = widget.images
    tell(widget, "engine", by="kernel")
    with pytest.raises(ValueError, match="render: got shape"):
        errors.check()
    drawer.broken = False
    assert np.array_equal(widget.images, render(widget.z))


def test_a_refused_step_changes_nothing() -> None:
    widget, _ = by_page(directions={"tilt": np.ones(Z_DIM)})
    for index in range(Z_DIM):
        widget.lock(index)
    before = widget.z
    with pytest.raises(ValueError, match="cannot move"):
        widget.move("tilt", 2.0)
    assert widget.z is before and not widget.can_undo
    tell(widget, "move", values=[[1, 0, 2.0]], draft=True, gesture="a")
    assert widget.z is before
    with pytest.raises(ValueError, match="cannot move"):
        errors.check()


def test_the_engine_is_chosen_and_wrong_ones_are_refused() -> None:
    assert LatentExplorer(Drawer(), Z_DIM, engine="kernel").spec["engine"] is None
    assert LatentExplorer(Drawer(), Z_DIM, n=16).spec["engine"] is not None
    assert LatentExplorer(Drawer(), Z_DIM, n=17).spec["engine"] is None
    assert LatentExplorer(Drawer(), Z_DIM, n=17, engine="page").spec["engine"] is not None
    assert LatentExplorer(Drawer(None), Z_DIM).spec["engine"] is None
    assert LatentExplorer(render, Z_DIM).spec["engine"] is None
    assert LatentExplorer(Drawer(inputs={"condition": 3}), Z_DIM).spec["engine"]["inputs"] == {"condition": 3}
    with pytest.raises(ValueError, match="engine: got 'gpu'; allowed is one of auto, kernel, page"):
        LatentExplorer(render, Z_DIM, engine="gpu")
    with pytest.raises(ValueError, match=r"engine: got 'page', but render has neither onnx nor export\(\)"):
        LatentExplorer(render, Z_DIM, engine="page")
    with pytest.raises(ValueError, match="render: got an attribute onnx of str; allowed is bytes"):
        LatentExplorer(Drawer("a path"), Z_DIM)  # type: ignore[arg-type]
    tell(LatentExplorer(render, Z_DIM), "engine", by="page")
    with pytest.raises(ValueError, match="page for a render with an ONNX model"):
        errors.check()


def test_a_generator_of_ones_own_is_exported_when_the_page_is_asked_for() -> None:
    drawer = Drawer(None)
    drawer.export = lambda: b"made on demand"  # type: ignore[attr-defined]
    assert LatentExplorer(drawer, Z_DIM).page_model is None
    model = LatentExplorer(drawer, Z_DIM, engine="page").page_model
    assert model is not None and model.onnx == b"made on demand"


def test_saving_shows_the_present_pictures_and_nothing_keeps_running() -> None:
    widget, _ = by_page(2)
    before = widget.still()
    widget.move(0, 2.0)
    assert widget.still() != before and repr(widget) == "LatentExplorer()"
    assert widget.png().startswith(b"\x89PNG") and "z = " in widget.code()
    widget.close()
