"""`ArchitectureExplorer` and `ConvTransposeExplorer` in a real JupyterLab: by mouse, by keys, on a narrow page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage

PATIENCE = 30_000  # ms: a machine that runs other tests is slow, not wrong
expect.set_options(timeout=PATIENCE)

NETWORKS = """
import torch
from ganwidgets.models import dcgan
from ganwidgets.widgets import ArchitectureExplorer, ConvTransposeExplorer
torch.manual_seed(0)
pair = lambda: (dcgan.Generator(12, 8, 32), dcgan.Discriminator(8, 32))
explorer = ArchitectureExplorer(*pair(), untrained=pair())
explorer
"""
LAYER = "layer = ConvTransposeExplorer()\nlayer"
BROKEN = """
class Moody(torch.nn.Linear):
    z_dim = 2
    def forward(self, z):
        if self.calls > 3: raise RuntimeError("<b>too far</b>")
        self.calls += 1
        return super().forward(z)
Moody.calls = 0
moody = Moody(2, 4)
broken = ArchitectureExplorer(moody)
broken
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("architecture.ipynb", [NETWORKS, LAYER, BROKEN])
    with lab.open("architecture.ipynb", height=2400) as page:
        page.run_all()
        yield page


def drawn(canvas: Locator) -> Any:
    return canvas.evaluate("canvas => canvas.toDataURL()")


def changes(notebook: NotebookPage, canvas: Locator, before: Any) -> None:
    """Wait until the canvas shows something else than `before`."""
    for _ in range(1500):
        if drawn(canvas) != before:
            return
        notebook.page.wait_for_timeout(20)
    pytest.fail("the picture has not changed")


def parts(notebook: NotebookPage, index: int = 0) -> tuple[Locator, Locator]:
    """The controls and the view of an explorer, once both have painted."""
    view, controls = notebook.page.locator(".gw-arch").nth(index), notebook.page.locator(".gw-controls").nth(2 * index)
    for root in (view, controls):
        root.wait_for()
        notebook.painted(root)
    return controls, view


def test_a_layer_is_opened_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    _, view = parts(notebook)
    layers, heading = view.get_by_role("radio"), view.locator(".gw-arch-name")
    maps = view.locator(".gw-arch-open canvas").first
    expect(layers).to_have_count(9)
    expect(heading).to_have_text("G, layer 2 of 4: ConvTranspose2d")
    before = drawn(maps)
    view.get_by_role("radio", name="G, layer 3 of 4: ConvTranspose2d, 8 channels of 16×16").click()
    expect(heading).to_have_text("G, layer 3 of 4: ConvTranspose2d")
    expect(view).to_contain_text("(8 − 1)·2 − 2·1 + 4 = 16")
    changes(notebook, maps, before)
    layers.nth(3).press("ArrowRight")
    expect(heading).to_have_text("G, layer 4 of 4: ConvTranspose2d")
    expect(layers.nth(4)).to_be_focused()
    expect(layers.nth(4)).to_have_attribute("aria-checked", "true")
    layers.nth(4).press("End")
    expect(heading).to_have_text("D, layer 4 of 4: Conv2d")
    layers.nth(8).press("Home")
    expect(heading).to_have_text("z, what G is given")
    notebook.idle(view)
    assert notebook.ask("explorer.chosen") == "0"
    assert notebook.errors == []


def test_z_turns_and_all_follows(notebook: NotebookPage) -> None:
    controls, view = parts(notebook)
    turn = controls.get_by_role("slider", name="turn z")
    thumb, result = view.locator(".gw-arch-thumb").nth(2), view.get_by_role("img", name="what G made of z")
    first = [drawn(thumb), drawn(result)]
    turn.focus()
    turn.press("PageUp")
    changes(notebook, thumb, first[0])
    changes(notebook, result, first[1])
    box = turn.bounding_box()
    assert box is not None
    before = drawn(result)
    notebook.page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + box["height"] / 2)
    changes(notebook, result, before)
    for act in (
        lambda: controls.get_by_role("button", name="New z").click(),
        lambda: controls.get_by_role("combobox", name="networks").select_option("untrained"),
    ):
        before = drawn(result)
        act()
        changes(notebook, result, before)
    expect(view.locator(".gw-arch-verdict")).to_contain_text("D of this G(z): logit")
    assert notebook.ask("explorer.version") == "'untrained'"
    assert notebook.errors == []


def test_an_error_is_shown_as_text(notebook: NotebookPage) -> None:
    controls = notebook.page.locator(".gw-controls").nth(2)
    for _ in range(5):
        controls.get_by_role("button", name="New z").click()
        notebook.idle(controls)
    expect(notebook.page.get_by_role("alert")).to_have_text("RuntimeError: <b>too far</b>")


def test_who_writes_where_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    view = notebook.page.locator(".gw-writing")
    rows, words = view.locator(".gw-writing-rows"), view.get_by_role("status")
    notebook.painted(view)
    plain = drawn(rows)
    box = rows.bounding_box()
    assert box is not None
    notebook.page.mouse.move(box["x"] + box["width"] / 2 + 5, box["y"] + 30)
    expect(words).to_have_text("x₃ writes into output cells 4 to 7.")
    assert drawn(rows) != plain
    notebook.page.mouse.move(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] - 30)
    expect(words).to_have_text("Output cell 5 = w₄·x₂ + w₂·x₃: 2 writes.")
    rows.focus()
    rows.press("Escape")
    rows.press("ArrowRight")
    expect(words).to_have_text("x₁ writes into output cells 1 to 3.")
    rows.press("ArrowDown")
    expect(words).to_have_text("This cell is cut off by the padding.")
    expect(rows).to_have_accessible_name(re.compile(r"Who writes where\. \(4 − 1\)·2 − 2·1 \+ 4 = 8: 4×4 becomes 8×8"))
    assert notebook.errors == []


#: Notes what is written on canvases: text, left and right end, height.
NOTED = """
() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.noted = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const half = this.measureText(text).width / 2;
    if (String(text).startsWith("w")) window.noted.push([text, x - half, x + half, y]);
    return write.call(this, text, x, y);
  };
}
"""


def test_the_weights_on_the_lines_can_be_read(notebook: NotebookPage) -> None:
    view = notebook.page.locator(".gw-writing")
    notebook.page.evaluate(NOTED)
    painted = int(view.get_attribute("data-painted") or 0)
    view.get_by_role("button", name="DCGAN's layer").click()
    notebook.painted(view, after=painted)
    canvas = view.locator("canvas").first
    for key in ("ArrowDown", "ArrowRight"):
        canvas.press(key)
    for _ in range(3):
        notebook.page.evaluate("window.noted = []")
        canvas.press("ArrowRight")
        notes = notebook.page.evaluate("window.noted")
        assert len(notes) == 2
        (_, left, right, y), (_, other_left, other_right, other_y) = notes
        assert right < other_left or other_right < left or abs(y - other_y) > 12
    canvas.press("Escape")


def test_the_checkerboard_and_its_cure(notebook: NotebookPage) -> None:
    view, controls = notebook.page.locator(".gw-writing"), notebook.page.locator(".gw-controls").nth(1)
    board = view.get_by_role("img")
    before = drawn(board)
    view.get_by_role("button", name="A checkerboard").click()
    expect(view).to_contain_text("uneven: a checkerboard")
    changes(notebook, board, before)
    before = drawn(board)
    kernel = controls.get_by_role("slider", name="kernel")
    kernel.focus()
    kernel.press("ArrowRight")
    expect(view).to_contain_text("(4 − 1)·2 − 2·0 + 4 = 10")
    changes(notebook, board, before)
    view.get_by_role("button", name="The cure: resize, then convolve").press("Enter")
    expect(view).to_contain_text("4·2 + 2·1 − 3 + 1 = 8")
    expect(view.get_by_role("button", name="The cure")).to_have_attribute("aria-pressed", "true")
    expect(controls.get_by_role("combobox", name="method")).to_have_value("1")
    assert notebook.errors == []


def test_nothing_is_wider_than_a_narrow_page(notebook: NotebookPage) -> None:
    wide = notebook.page.viewport_size
    assert wide is not None
    notebook.page.set_viewport_size({"width": 400, "height": 900})
    try:
        for selector in (".gw-arch", ".gw-writing"):
            root = notebook.page.locator(selector).first
            notebook.page.wait_for_function("root => root.clientWidth < 400", arg=root.element_handle())
            assert root.evaluate("root => root.scrollWidth - root.clientWidth") <= 1, selector
    finally:
        notebook.page.set_viewport_size(wide)
