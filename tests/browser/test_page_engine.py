"""The generator in the page: the kernel's pictures, by hand and by key, with a busy kernel, and without wasm."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Locator

import ganwidgets.views
from ganwidgets.widgets._latents import Place, slerp
from ganwidgets.widgets._sliders import SliderSet
from tests.browser.lab import KERNEL_STATUS, Lab, NotebookPage, pixels

SIDE = 28
PATIENCE = 120_000  # ms: a machine that runs other tests is slow, not wrong
SETUP = """
import numpy as np
from ganwidgets import checkpoints, latent
from ganwidgets.widgets import LatentExplorer
render = latent.renderer(checkpoints.load("digits").G)
directions = {"tilt": np.ones(32), "hue": np.arange(32)}
"""
ONE = "one = LatentExplorer(render, 32, directions=directions, label='a digit')\none"
MANY = "many = LatentExplorer(render, 32, n=9, label='digits')\nmany"
BROKEN = """
def broken(z):
    return render(z)
broken.onnx = b"this is no model"
fallen = LatentExplorer(broken, 32)
fallen
"""
#: The colours in the middle of each pixel of the one picture on an enlarged canvas.
READ = """
(canvas, side) => {
  const step = canvas.width / side, { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const at = (k) => Math.floor((k + 0.5) * step);
  const colour = (x, y) => data[4 * (at(y) * canvas.width + at(x))];
  return Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => colour(x, y)));
}
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    """One digit, nine digits, and one whose model is none."""
    with lab.open(lab.write("engine.ipynb", [SETUP, ONE, MANY, BROKEN]), height=2400) as page:
        page.run_all()
        page.page.locator(".gw-root[data-engine=page]").nth(1).wait_for(timeout=PATIENCE)
        page.idle(page.root())
        yield page


def slider(root: Locator, name: str) -> Locator:
    return root.get_by_role("slider", name=name, exact=True)


def shown(root: Locator) -> npt.NDArray[np.int64]:
    """The one picture on the page, `(28, 28)`."""
    return np.array(root.locator("canvas").first.evaluate(READ, SIDE))


def agree(notebook: NotebookPage, root: Locator, name: str = "one") -> bool:
    """Whether the page shows what the kernel's `render` makes of the kernel's z, within 1/255."""
    notebook.idle(root)
    kernels = np.array(ast.literal_eval(notebook.ask(f"render({name}.z)[0, :, :, 0].tolist()")))
    return bool(np.abs(shown(root) - kernels).max() <= 1)


def test_the_arithmetic_of_the_page_is_that_of_the_kernel(browser: Browser) -> None:
    source = (Path(ganwidgets.views.__path__[0]) / "latents.js").read_text("utf-8")
    script = (
        source + "const vectors = [null, Float32Array.from(given.vectors.flat())];"
        "const sums = gwLatents({ count: given.count, size: given.size, vectors });"
        "const flat = (rows) => Float32Array.from(rows.flat());"
        "let place = { z: flat(given.z), wide: flat(given.z), psi: 1 };"
        "const said = given.steps.map(([what, ...rest]) => {"
        "  if (what === 'walked') rest = [flat(rest[0]), flat(rest[1]), rest[2]]; else rest = [place, ...rest];"
        "  const next = sums[what](...rest); if (next) place = next;"
        "  return next && [[...place.z], sums.values(place, -1).map((row) => [...row])]; });"
        "return said;"
    )
    rng = np.random.default_rng(0)
    sliders = SliderSet(6, None, {"a": rng.normal(size=6), "b": rng.normal(size=6), "c": rng.normal(size=6)})
    z = rng.normal(size=(3, 6)).astype(np.float32)
    other = rng.normal(size=(3, 6)).astype(np.float32)
    steps: list[tuple[Any, ...]] = [
        ("moved", [[0, 2, 1.25]], [], -1),
        ("moved", [[1, 0, -2.0]], [[1, 1], [0, 4]], -1),
        ("truncated", 0.4),
        ("moved", [[1, 0, 0.5], [1, 2, -0.5]], [[1, 0], [0, 1]], 1),
        ("moved", [[0, 3, 0.75]], [], 2),
        ("moved", [[1, 0, 1.0]], [[0, k] for k in range(6)], -1),
        ("truncated", 1),
        ("walked", z.tolist(), other.tolist(), 0.3),
        ("walked", z.tolist(), (-z).tolist(), 0.25),
    ]
    assert sliders.axes[1].vectors is not None
    given = {"count": 3, "size": 6, "z": z.tolist(), "vectors": sliders.axes[1].vectors.tolist(), "steps": steps}
    page = browser.new_page()
    said = page.evaluate(f"() => {{ const given = {json.dumps(given)}; {script} }}")
    page.close()
    place = Place.at(z)
    for step, answer in zip(steps, said, strict=True):
        kind, *rest = step
        if kind == "moved":
            values, locked, chosen = rest
            sliders.locked = {(group, index) for group, index in locked}
            rows = slice(None) if chosen < 0 else slice(chosen, chosen + 1)
            try:
                place = sliders.moved(place, rows, {(group, index): value for group, index, value in values})
            except ValueError:
                assert answer is None
                continue
        else:
            place = (
                Place.at(place.wide, rest[0])
                if kind == "truncated"
                else Place.at(slerp(z, np.array(rest[1], np.float32), rest[2]))
            )
        assert np.allclose(np.reshape(answer[0], (3, 6)), place.z, atol=1e-5)
        assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(answer[1], sliders.values(place.z), strict=True))


def test_the_page_says_that_it_draws_and_shows_what_the_kernel_would(notebook: NotebookPage) -> None:
    root = notebook.root()
    assert root.get_by_role("status").first.inner_text() == "The generator runs in this page"
    assert notebook.ask("one.engine, many.engine") == "('page', 'page')"
    assert agree(notebook, root) and shown(root).std() > 20  # a digit, no blank
    workers = [worker.url for worker in notebook.page.workers if worker.url.startswith("blob:")]
    assert len(workers) == 1  # one for both


def test_an_arrow_key_changes_the_picture_and_undo_takes_it_back(notebook: NotebookPage) -> None:
    root = notebook.root()
    before = pixels(root)
    slider(root, "tilt").press("PageUp")
    assert agree(notebook, root) and pixels(root) != before
    root.get_by_role("button", name="Undo").click()
    assert agree(notebook, root) and pixels(root) == before


def test_a_held_drag_paints_while_the_kernel_is_busy_and_both_end_at_the_same_z(notebook: NotebookPage) -> None:
    root = notebook.root()
    tilt = slider(root, "tilt")
    box = tilt.bounding_box()
    assert box is not None
    middle, drawn, seen = box["y"] + box["height"] / 2, int(root.get_attribute("data-drawn") or 0), set()
    kernel = KERNEL_STATUS.removesuffix("?.status")
    notebook.page.evaluate(f"() => {{ {kernel}.requestExecute({{ code: 'import time; time.sleep(1.5)' }}); }}")
    notebook.page.mouse.move(box["x"] + box["width"] / 2, middle)
    notebook.page.mouse.down()
    for step in range(30):
        notebook.page.mouse.move(box["x"] + box["width"] * (0.5 + step / 80), middle)
        seen.add(pixels(root))
    notebook.page.mouse.up()
    assert len(seen) > 5 and int(root.get_attribute("data-drawn") or 0) > drawn + 5
    last = pixels(root)
    assert agree(notebook, root)
    value = float(tilt.input_value())
    assert abs(float(notebook.ask("one.value('tilt')")) - value) < 1e-4
    assert notebook.ask("bool((one.images == render(one.z)).all())") == "True"
    settled = pixels(root)
    notebook.page.wait_for_timeout(300)
    assert pixels(root) == settled and last != ""
    root.get_by_role("button", name="Undo").click()
    notebook.idle(root)
    assert abs(float(notebook.ask("one.value('tilt')")) - value) > 0.3  # the whole drag was one step


def test_locks_truncation_randomise_and_the_way_between_bookmarks_work_in_the_page(notebook: NotebookPage) -> None:
    root = notebook.root()
    root.get_by_role("button", name="Lock hue").click()
    notebook.idle(root)
    hue = float(notebook.ask("one.value('hue')"))
    slider(root, "tilt").press("End")
    assert agree(notebook, root)
    assert abs(float(notebook.ask("one.value('hue')")) - hue) < 1e-4
    root.get_by_role("button", name="Randomise").click()
    assert agree(notebook, root)
    root.locator(".gw-summary").click()
    slider(root, "truncation ψ").press("Home")
    assert agree(notebook, root) and notebook.ask("float(abs(one.z).max())") == "0.0"
    slider(root, "truncation ψ").press("End")
    root.get_by_role("button", name="Bookmark this").click()
    root.get_by_role("button", name="Randomise").click()
    root.get_by_role("button", name="Bookmark this").click()
    notebook.idle(root)
    before = pixels(root)
    slider(root, "path from A to B").press("PageUp")
    assert agree(notebook, root) and pixels(root) != before
    drawn = int(root.get_attribute("data-drawn") or 0)
    root.get_by_role("button", name="Play").click()
    notebook.page.wait_for_function(
        "([root, drawn]) => root.dataset.drawn > drawn + 5", arg=[root.element_handle(), drawn]
    )
    root.get_by_role("button", name="Stop").click()
    assert agree(notebook, root)
    root.get_by_role("slider", name="pad:").press("ArrowUp")
    assert agree(notebook, root)
    root.locator(".gw-summary").click()


def test_all_of_many_pictures_follow(notebook: NotebookPage) -> None:
    root = notebook.root(1)
    before = pixels(root)
    for key in ("PageUp", "ArrowLeft", "PageUp"):
        slider(root, "latent 0").press(key)
    notebook.idle(root)
    fresh = pixels(root)
    assert fresh != before
    notebook.ask("setattr(many, 'z', many.z)")  # from Python: nothing to be drawn, nothing changes
    notebook.idle(root)
    assert pixels(root) == fresh
    notebook.ask("many.reset()")
    notebook.page.wait_for_function(
        "([canvas, fresh]) => canvas.toDataURL() !== fresh", arg=[root.locator("canvas").first.element_handle(), fresh]
    )
    notebook.idle(root)
    notebook.page.wait_for_timeout(200)
    assert pixels(root) == before


def test_a_model_that_the_page_cannot_run_is_left_to_the_kernel(notebook: NotebookPage) -> None:
    root = notebook.root(2)
    root.get_by_text("The generator runs in the kernel: ").wait_for(timeout=PATIENCE)
    assert agree(notebook, root, "fallen") and notebook.ask("fallen.engine") == "'kernel'"
    before = pixels(root)
    slider(root, "latent 0").press("PageUp")
    assert agree(notebook, root, "fallen") and pixels(root) != before


def test_without_wasm_the_kernel_draws_and_the_page_says_so(lab: Lab) -> None:
    with lab.open(lab.write("no_wasm.ipynb", [SETUP, ONE]), width=360, height=900) as page:
        page.page.evaluate("() => { delete window.WebAssembly; }")
        page.run_all()
        root = page.root()
        root.get_by_text("The generator runs in the kernel: this page has no WebAssembly").wait_for(timeout=PATIENCE)
        before = pixels(root)
        slider(root, "tilt").press("PageUp")
        assert agree(page, root) and pixels(root) != before
        assert root.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
        assert page.errors == []


def test_the_console_had_nothing_against_us(notebook: NotebookPage) -> None:
    assert notebook.errors == []
