"""`LatentExplorer` in a real JupyterLab: keys, mouse, touch, themes, a narrow page, and a `render` that fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage, pixels

RENDER = """
import numpy as np
from ganwidgets.widgets import LatentExplorer

def render(z):
    if z[0, 2] > 2.5:
        raise RuntimeError("<b>too far</b>")
    rows, columns = np.mgrid[-1:1:32j, -1:1:32j]
    waves = [z[:, k, None, None] * rows + z[:, k + 1, None, None] * columns for k in range(3)]
    return (127.5 + 127 * np.sin(np.stack(waves, axis=-1))).astype(np.uint8)
"""

SLOW = """
import time
calls = []

def slow(z):
    calls.append(float(z[0, 0]))
    time.sleep(0.4)
    return render(z)

slow_explorer = LatentExplorer(slow, 12, label="slow waves")
slow_explorer
"""

#: Notes where the thumb of a slider has been, after every animation frame.
WATCH = """
slider => {
  window.thumb = [Number(slider.value)];
  const look = () => {
    if (window.thumb.at(-1) !== Number(slider.value)) window.thumb.push(Number(slider.value));
    requestAnimationFrame(look);
  };
  look();
}
"""


@pytest.fixture(scope="module")
def wide(lab: Lab) -> Iterator[NotebookPage]:
    """One picture, twelve latents, no directions."""
    name = lab.write("wide.ipynb", [RENDER, "explorer = LatentExplorer(render, 12, label='waves')\nexplorer", SLOW])
    with lab.open(name) as notebook:
        notebook.run_all()
        yield notebook


@pytest.fixture(scope="module")
def narrow(lab: Lab) -> Iterator[NotebookPage]:
    """Sixteen pictures with directions on a telephone."""
    many = "LatentExplorer(render, 12, n=16, directions={'tilt': np.ones(12), 'hue': np.eye(12)[0]})"
    tall = "LatentExplorer(lambda z: np.zeros((len(z), 256, 8, 1), np.uint8), 12)"
    with lab.open(lab.write("narrow.ipynb", [RENDER, many, tall]), width=360, height=800, has_touch=True) as notebook:
        notebook.run_all()
        yield notebook


def slider(root: Locator, name: str) -> Locator:
    return root.get_by_role("slider", name=name, exact=True)


def changed(notebook: NotebookPage, root: Locator, before: str) -> bool:
    """Whether the picture is another one than `before` once all is drawn."""
    notebook.idle(root)
    return bool(pixels(root) != before)


def test_an_arrow_key_moves_the_slider_and_the_picture_and_can_be_undone(wide: NotebookPage) -> None:
    root = wide.root()
    latent = slider(root, "latent 3")
    start, before = latent.input_value(), pixels(root)
    latent.press("ArrowRight")
    assert changed(wide, root, before)
    assert float(latent.input_value()) == pytest.approx(float(start) + 0.05, abs=0.051)
    assert wide.page.locator(".jp-Notebook.jp-mod-editMode").count() == 0
    after = pixels(root)
    root.get_by_role("button", name="Undo").click()
    assert changed(wide, root, after)
    assert pixels(root) == before


def test_whoever_goes_elsewhere_ends_the_walk_between_bookmarks(wide: NotebookPage) -> None:
    root = wide.root()
    press = {name: root.get_by_role("button", name=name) for name in ("Bookmark this", "Randomise", "Play", "Stop")}
    root.locator(".gw-summary").click()
    for name in ("Bookmark this", "Randomise", "Bookmark this"):
        press[name].click()
        wide.idle(root)
    for elsewhere in (press["Randomise"], slider(root, "latent 4"), root.get_by_role("slider", name="pad:")):
        press["Play"].click()
        press["Stop"].wait_for()
        elsewhere.press("Enter" if elsewhere == press["Randomise"] else "ArrowRight")
        press["Play"].wait_for()
        wide.idle(root)
        assert latent_is(wide, root, 4)
    press["Play"].click()
    press["Stop"].wait_for()
    for _ in range(2):
        root.get_by_role("button", name="Remove bookmark 1").press("Enter")
        wide.idle(root)
    expect(press["Bookmark this"]).to_be_focused()
    assert root.locator(".gw-notice").is_hidden() and root.locator(".gw-marked").count() == 0
    root.locator(".gw-summary").click()


def latent_is(notebook: NotebookPage, root: Locator, index: int) -> bool:
    """Whether the slider says what the kernel does."""
    said = float(slider(root, f"latent {index}").input_value())
    return abs(said - float(notebook.ask(f"explorer.value({index})"))) < 0.051


def test_a_button_with_nothing_left_to_do_keeps_the_keys(wide: NotebookPage) -> None:
    root = wide.root()
    for name in ("Undo", "Sliders after these", "Sliders before these"):
        button = root.get_by_role("button", name=name)
        button.focus()
        for _ in range(12):
            wide.page.keyboard.press("Enter")
            wide.idle(root)
        expect(button).to_be_disabled()
        expect(button).to_be_focused()


def test_the_buttons_that_turn_the_page_stay_under_the_pointer(wide: NotebookPage) -> None:
    root = wide.root()
    on, find = root.get_by_role("button", name="Sliders after these"), root.get_by_role("searchbox")
    before = on.bounding_box()
    on.click()
    expect(root.locator(".gw-slider")).to_have_count(4)
    assert on.bounding_box() == before
    find.fill("no such name")
    expect(root.locator(".gw-slider")).to_have_count(0)
    assert on.bounding_box() == before
    find.fill("")
    expect(root.locator(".gw-slider")).to_have_count(8)
    assert on.bounding_box() == before


def test_a_slider_that_had_to_be_widened_gets_its_ends_back(wide: NotebookPage) -> None:
    root = wide.root()
    latent = slider(root, "latent 0")
    wide.ask("explorer.move(0, 50)")
    expect(latent).to_have_value("50")
    assert latent.get_attribute("max") == "50"
    root.get_by_role("button", name="Undo").click()
    expect(latent).to_have_attribute("max", "3")
    wide.idle(root)
    assert latent.get_attribute("min") == "-3" and latent_is(wide, root, 0)


def test_nothing_stale_follows_a_drag(wide: NotebookPage) -> None:
    root = wide.root()
    latent = slider(root, "latent 1")
    box = latent.bounding_box()
    assert box is not None
    before, middle = pixels(root), box["y"] + box["height"] / 2
    wide.page.mouse.move(box["x"] + box["width"] / 2, middle)
    wide.page.mouse.down()
    for step in range(40):
        wide.page.mouse.move(box["x"] + box["width"] * (0.5 + step / 100), middle)
    wide.page.mouse.up()
    assert changed(wide, root, before)
    settled, painted, value = pixels(root), wide.painted(root), float(latent.input_value())
    wide.page.wait_for_timeout(300)  # where nothing is left to do, nothing happens
    assert (pixels(root), wide.painted(root), float(latent.input_value())) == (settled, painted, value)
    assert float(wide.ask("explorer.value(1)")) == pytest.approx(value, abs=1e-6)
    assert wide.ask("bool((explorer.images == render(explorer.z)).all())") == "True"


def test_a_slow_render_makes_no_queue_and_the_last_value_wins(wide: NotebookPage) -> None:
    root = wide.root(1)
    latent = slider(root, "latent 0")
    latent.press("Home")
    step = "e => { e.stepUp(); e.dispatchEvent(new Event('input', { bubbles: true })); }"
    latent.evaluate(f"e => {{ for (let k = 0; k < 30; k++) ({step})(e); }}")  # faster than any render
    wide.idle(root)
    assert float(latent.input_value()) == pytest.approx(-1.5, abs=1e-6)
    assert float(wide.ask("slow_explorer.value(0)")) == pytest.approx(-1.5, abs=1e-6)
    assert int(wide.ask("len(calls)")) <= 5  # the first picture, Home, the first and the last of 30 steps


def test_every_key_press_counts_while_a_slow_render_runs_and_the_thumb_never_goes_back(wide: NotebookPage) -> None:
    root = wide.root(1)
    latent = slider(root, "latent 3")
    latent.press("Home")
    wide.idle(root)
    latent.evaluate(WATCH)
    for pause in (100, 500, 100, 200, 300, 0):  # before, during and after a picture of 400 ms comes back
        latent.press("ArrowRight")
        wide.page.wait_for_timeout(pause)
    wide.idle(root)
    visited = wide.page.evaluate("window.thumb")
    assert visited == sorted(visited)
    assert visited[-1] == float(latent.input_value()) == pytest.approx(-2.7, abs=1e-6)
    assert float(wide.ask("slow_explorer.value(3)")) == pytest.approx(-2.7, abs=1e-6)


def test_rounding_does_not_widen_a_slider(narrow: NotebookPage) -> None:
    root = narrow.root()
    slider = root.get_by_role("slider", name="tilt", exact=True)
    before = slider.get_attribute("max"), slider.get_attribute("min")
    for key in ("End", "ArrowLeft", "ArrowLeft", "ArrowRight", "End", "Home", "ArrowRight", "End", "Home") * 3:
        slider.press(key)
        root.and_(narrow.page.locator("[data-idle=true]")).wait_for()
    assert (slider.get_attribute("max"), slider.get_attribute("min")) == before
    root.get_by_role("button", name="Reset").click()


def test_everything_has_a_name_and_the_picture_too(wide: NotebookPage) -> None:
    root = wide.root()
    assert root.get_by_role("img", name="waves").count() == 1
    names = [control.get_attribute("aria-label") for control in root.locator("input[type=range]:visible").all()]
    assert names == [f"latent {index}" for index in range(8)]
    focusable = root.locator(":is(button, input, select, textarea, summary, [tabindex])")
    assert focusable.count() == root.locator("[data-lm-suppress-shortcuts=true]").count() > 20


def test_a_failing_render_is_shown_as_text_and_the_picture_stays(wide: NotebookPage) -> None:
    root = wide.root()
    latent, before = slider(root, "latent 2"), pixels(root)
    latent.press("End")
    alert = root.get_by_role("alert")
    alert.wait_for()
    assert "RuntimeError: <b>too far</b>" in alert.inner_text()
    wide.idle(root)
    assert pixels(root) == before
    assert float(latent.input_value()) < 2.5  # back at the last good state
    latent.press("Home")
    assert changed(wide, root, before)
    alert.wait_for(state="hidden")


def test_the_dark_theme_has_dark_paper_and_light_ink(wide: NotebookPage) -> None:
    root = wide.root()
    numbers = ".match(/[0-9.]+/g).slice(0, 3).map(Number)"
    ink = f"e => getComputedStyle(e).color{numbers}"
    paper = f"e => getComputedStyle(e.querySelector('.gw-button')).backgroundColor{numbers}"
    light = max(root.evaluate(ink)), min(root.evaluate(paper))
    wide.theme("JupyterLab Dark")
    dark = min(root.evaluate(ink)), max(root.evaluate(paper))
    assert light[0] < 80 and light[1] > 200
    assert dark[0] > 200 and dark[1] < 80


def test_a_narrow_page_needs_no_sideways_scrolling_and_sliders_are_long_enough(narrow: NotebookPage) -> None:
    root = narrow.root()
    root.locator(".gw-summary").click()
    assert root.evaluate("e => e.scrollWidth <= e.clientWidth + 1 && e.getBoundingClientRect().right <= innerWidth")
    box = slider(root, "tilt").bounding_box()
    assert box is not None and box["width"] >= 150
    root.locator(".gw-summary").click()


def test_a_picture_much_higher_than_wide_does_not_fill_page_after_page(narrow: NotebookPage) -> None:
    box = narrow.root(1).locator("canvas").first.bounding_box()
    assert box is not None and box["width"] >= 8 and 32 * box["width"] == box["height"] < 700


def test_a_tap_selects_one_picture_and_the_slider_moves_it_alone(narrow: NotebookPage) -> None:
    root = narrow.root()
    grid = root.get_by_role("img")
    box = grid.bounding_box()
    assert box is not None
    grid.tap(position={"x": box["width"] * 0.9, "y": box["height"] * 0.1})
    root.get_by_text("The sliders move picture 4.").wait_for()
    read = "(e, i) => Array.from(e.getContext('2d').getImageData(0, 0, e.width, e.height).data.slice(0, 4 * e.width))"
    before, first = pixels(root), grid.evaluate(read)
    slider(root, "tilt").press("PageUp")
    assert changed(narrow, root, before)
    after, width = grid.evaluate(read), len(first)
    assert after[: width // 2] == first[: width // 2]
    assert after[3 * width // 4 :] != first[3 * width // 4 :]


def test_numbers_that_do_not_fit_are_said_to_where_one_sees_it(narrow: NotebookPage) -> None:
    root = narrow.root()
    root.locator(".gw-summary").click()
    root.get_by_role("textbox", name="z as numbers").fill("1 2 3")
    root.get_by_role("button", name="Use these").click()
    notice = root.get_by_role("alert")
    expect(notice).to_contain_text("got a text with 3 numbers; allowed is")
    expect(notice).to_be_in_viewport()
    root.get_by_role("button", name="Reset").click()
    expect(notice).to_be_hidden()


def test_the_console_had_nothing_against_us(wide: NotebookPage, narrow: NotebookPage) -> None:
    assert wide.errors == []
    assert narrow.errors == []
