"""`Playground` in a real JupyterLab: it plays, a step is told by mouse and by keys, points are drawn, another way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage, pixels

PATIENCE = 20_000  # ms: a machine that runs other tests is slow, not wrong
expect.set_options(timeout=PATIENCE)

PLAY = """
import torch
torch.set_num_threads(1)
from ganwidgets.widgets import Playground
playground = Playground(hidden=16, batch_size=32)
playground.run(60)
playground
"""
DRAW = """
drawn = Playground([[0, 0], [1, 1]], hidden=8, batch_size=8)
drawn
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("playground.ipynb", [PLAY, DRAW])
    with lab.open("playground.ipynb", height=3600) as page:
        page.run_all()
        page.painted(page.page.locator(".gw-plane").first)
        yield page


@pytest.fixture
def cell(notebook: NotebookPage) -> Locator:
    return notebook.page.locator(".jp-Cell").nth(0)


def changes(notebook: NotebookPage, view: Locator, before: str) -> None:
    """Wait until the view's picture is another one than `before`."""
    for _ in range(1000):
        if pixels(view) != before:
            return
        notebook.page.wait_for_timeout(20)
    pytest.fail("the picture has not changed")


def step_of(cell: Locator) -> int:
    return int(cell.locator(".gw-player").get_attribute("data-steps") or -1)


def test_it_plays_and_each_player_steps(notebook: NotebookPage, cell: Locator) -> None:
    player, plane = cell.locator(".gw-player"), cell.locator(".gw-plane").first
    before = pixels(plane)
    player.get_by_role("button", name="Step", exact=True).press("Enter")
    expect(player).to_have_attribute("data-steps", "61")
    changes(notebook, plane, before)
    for name in ("Step D", "Step G"):
        notebook.idle(plane)
        before = pixels(plane)
        player.get_by_role("button", name=name).click()
        changes(notebook, plane, before)
    assert step_of(cell) == 61
    player.get_by_role("button", name="Play", exact=True).click()
    notebook.painted(plane, after=int(plane.get_attribute("data-painted") or 0) + 3)
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert notebook.errors == []


def test_a_step_is_told_part_by_part_by_keys(notebook: NotebookPage, cell: Locator) -> None:
    page, pipeline, plane = notebook.page, cell.locator(".gw-pipeline"), cell.locator(".gw-plane").first
    fold = pipeline.get_by_role("button", name="From noise to loss")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    begin = pipeline.get_by_role("button", name="Slow motion")
    begin.press("Enter")
    expect(pipeline).to_have_attribute("data-part", "0")
    expect(pipeline.get_by_role("status")).to_contain_text("32 random z are drawn")
    seen = []
    pause = pipeline.get_by_role("button", name="Pause")
    expect(pause).to_be_focused()
    page.keyboard.press("Enter")  # pauses
    for part in range(1, 10):
        page.keyboard.press("ArrowRight")
        expect(pipeline).to_have_attribute("data-part", str(part))
        seen.append(pixels(plane))
    assert len(set(seen)) >= 6
    expect(pipeline.get_by_role("status")).to_contain_text("G learns")
    expect(plane.get_by_role("button", name="real moves")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")
    expect(pipeline).to_have_attribute("data-part", "8")
    page.keyboard.press("Escape")
    expect(pipeline).to_have_attribute("data-part", "")
    expect(begin).to_be_focused()
    assert notebook.errors == []


def test_the_story_plays_by_itself_and_by_mouse(notebook: NotebookPage, cell: Locator) -> None:
    pipeline = cell.locator(".gw-pipeline")
    notebook.ask("setattr(playground._pipeline, 'seconds', 0.1)")
    cell.locator(".gw-player").get_by_role("button", name="Slow motion").click()
    expect(pipeline).to_have_attribute("data-part", "9")
    expect(pipeline.get_by_role("button", name="Next")).to_be_disabled()
    pipeline.get_by_role("button", name="Back").click()
    expect(pipeline).to_have_attribute("data-part", "8")
    pipeline.get_by_role("button", name="Done").click()
    expect(pipeline).to_have_attribute("data-part", "")
    assert notebook.errors == []


def test_a_story_that_python_begins_leaves_the_focus_alone(notebook: NotebookPage, cell: Locator) -> None:
    pipeline, editor = cell.locator(".gw-pipeline"), notebook.page.locator(".jp-Cell").nth(1).locator(".cm-content")
    editor.focus()
    notebook.ask("playground.walk()")
    expect(pipeline).to_have_attribute("data-part", "0")
    expect(editor).to_be_focused()
    expect(pipeline.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it waits
    notebook.ask("playground.leave()")
    expect(pipeline).to_have_attribute("data-part", "")


def test_layers_are_switched_by_mouse_and_keys_and_say_what_they_are(notebook: NotebookPage, cell: Locator) -> None:
    plane = cell.locator(".gw-plane").first
    for name, note in (("push on fakes", "along ∇ₓD"), ("D's change", "blue: D says real more than before")):
        button, before = plane.get_by_role("button", name=name, exact=True), pixels(plane)
        button.press("Enter") if name == "push on fakes" else button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        changes(notebook, plane, before)
        expect(plane.locator(".gw-plane-notes")).to_contain_text(note)
    expect(plane.get_by_role("button", name="D(x)", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(notebook.page.get_by_role("img", name="the plane. ").first).to_be_visible()


def test_points_are_drawn_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    plane = notebook.page.locator(".jp-Cell").nth(1).locator(".gw-plane").first
    canvas = plane.get_by_role("img")
    box = canvas.bounding_box()
    assert box is not None
    notebook.page.mouse.move(box["x"] + 60, box["y"] + 60)
    notebook.page.mouse.down()
    notebook.page.mouse.move(box["x"] + 160, box["y"] + 90, steps=6)
    notebook.page.mouse.up()
    notebook.idle(plane)
    by_mouse = int(notebook.ask("len(drawn.session.truth)"))
    assert by_mouse >= 12 and notebook.ask("drawn.session.truth.name") == "'drawn'"
    canvas.focus()
    for key in ("ArrowRight", " ", "ArrowUp", " ", "Enter"):
        notebook.page.keyboard.press(key)
    notebook.idle(plane)
    assert int(notebook.ask("len(drawn.session.truth)")) == by_mouse + 8
    assert notebook.errors == []


def test_another_way_goes_on_beside_the_first(notebook: NotebookPage, cell: Locator) -> None:
    fork, before = cell.locator(".gw-fork"), step_of(cell)
    fork.get_by_role("button", name="Try another way").click()
    fork.get_by_role("combobox", name="Change").select_option("optimiser")
    fork.get_by_role("combobox", name="to").select_option("SGD")
    fork.get_by_role("button", name="Go").click()
    expect(cell.get_by_role("status").filter(has_text="optimiser adam → sgd")).to_be_visible()
    expect(cell.get_by_role("img", name="the way before. ")).to_be_visible()
    cell.locator(".gw-player").get_by_role("button", name="Step 10").click()
    expect(cell.locator(".gw-player")).to_have_attribute("data-steps", str(before + 10))
    assert notebook.ask("(playground.session.step, playground.other.step)") == f"({before + 10}, {before + 10})"
    fork.get_by_role("button", name="End the comparison").click()
    expect(cell.get_by_role("img", name="the way before. ")).to_be_hidden()
    expect(fork.get_by_role("button", name="Try another way")).to_be_focused()
    assert notebook.errors == []


def test_a_way_back_can_be_taken_twice_by_keys(notebook: NotebookPage, cell: Locator) -> None:
    player = cell.locator(".gw-player")
    slider = player.get_by_role("slider", name="Go back to an earlier step")
    before = step_of(cell)
    earlier = int(notebook.ask("max(s for s in playground.session.kept_steps if s <= playground._kept_steps()[-2])"))
    for button, key, steps in (
        ("Back to live", "Home", before), ("Go on from here", "ArrowLeft", earlier), ("Go on from here", "Home", 0),
    ):  # fmt: skip
        slider.press(key)
        expect(slider).not_to_have_attribute("aria-valuetext", "live")
        player.get_by_role("button", name=button).press("Enter")
        expect(slider).to_have_attribute("aria-valuetext", "live")
        expect(player).to_have_attribute("data-steps", str(steps))
        expect(slider if steps else player.get_by_role("button", name="Play", exact=True)).to_be_focused()
    assert notebook.errors == []


def test_a_refused_choice_says_why_until_the_next(notebook: NotebookPage, cell: Locator) -> None:
    controls = cell.locator(".gw-controls")
    notebook.ask("playground.set(label_smoothing=0.1)")
    for loss, kept in (("hinge", "non-saturating"), ("least squares", "least squares")):
        controls.get_by_role("combobox", name="loss").select_option(loss)
        expect(controls.get_by_role("combobox", name="loss").locator("option:checked")).to_have_text(kept)
        notice = controls.get_by_role("alert")
        expect(notice).to_contain_text("hinge has no labels") if loss == "hinge" else expect(notice).to_be_hidden()
    rate = controls.get_by_role("slider", name="rate of D")
    expect(rate).to_have_attribute("aria-valuetext", "0.001")
    assert rate.evaluate("node => node.style.getPropertyValue('--gw-from')") == "0"  # filled from its low end
    rate.press("Home")
    notebook.idle(controls)
    assert notebook.ask("playground.session.config.lr_d") == "1e-05" and notebook.errors == []


def test_nothing_is_wider_than_a_narrow_page(notebook: NotebookPage, cell: Locator) -> None:
    notebook.page.set_viewport_size({"width": 360, "height": 3600})
    for selector in (".gw-player", ".gw-pipeline", ".gw-plane", ".gw-controls", ".gw-fork"):
        wide = cell.locator(selector).first.evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 1, selector
    assert notebook.errors == []
