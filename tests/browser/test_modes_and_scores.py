"""`ModeMap` and `ScoreHistogram` in a real JupyterLab: what is there by mouse is there by keys, and nothing is HTML."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage, pixels

PATIENCE = 30_000  # ms: a machine that runs other tests is slow, not wrong
expect.set_options(timeout=PATIENCE)

SETUP = """
import numpy as np
from ganwidgets.events import StepEvent
from ganwidgets.widgets import ModeMap, ScoreHistogram

corners = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], np.float32)
logits = np.zeros(4, np.float32)

def walk():
    for step in range(1, 10_000):
        place = corners[(step - 1) // 10 % 4] + np.float32(0.1)
        yield StepEvent(step, 1.0, 1.0, 0.0, logits, logits, logits, 0.0, np.tile(place, (50, 1)))
"""
POINTS = "modes = ModeMap(corners, 0.5, walk())\nmodes"
CLASSES = """
names = ["<b>cat</b>", "dog", "owl"]
pictures = np.stack([np.full((8, 8, 1), 60 * k, np.uint8) for k in range(3)])
classes = ModeMap.of_classes(names, lambda images: images[:, 0, 0, 0] // 60)
for step in range(1, 5):
    classes.show(np.repeat(pictures[:2] if step > 1 else pictures, 20, axis=0), step=step)
classes
"""
SCORES = """
scores = ScoreHistogram(bins=4, optimal=([0.9] * 9, [0.1] * 9))
for _ in range(3):
    scores.update([0.6] * 30 + [0.9] * 10, [0.1] * 30 + [0.6] * 10)
scores
"""

EARLY = """
two, live = ScoreHistogram(), ScoreHistogram()
for _ in range(2):
    two.update([0.6], [0.2])
display(two, live)
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("modes.ipynb", [SETUP, POINTS, CLASSES, SCORES, EARLY])
    with lab.open("modes.ipynb", height=3600) as page:
        page.run_all(seconds=300)
        yield page


def view(notebook: NotebookPage, name: str, index: int = 0) -> Locator:
    found = notebook.page.locator(f".{name}").nth(index)
    found.wait_for()
    notebook.painted(found)
    return found


def differs(notebook: NotebookPage, root: Locator, before: str) -> None:
    """Wait until the view's picture is another one than `before`."""
    canvas = root.locator("canvas").first.element_handle()
    changed = "([canvas, before]) => canvas.toDataURL() !== before"
    notebook.page.wait_for_function(changed, arg=[canvas, before], timeout=PATIENCE)


def test_stepping_fills_modes_and_the_strip_leads_back_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    player, plane, past = (view(notebook, name) for name in ("gw-player", "gw-modes", "gw-past"))
    before = pixels(plane)
    for steps in (10, 20):
        player.get_by_role("button", name="Step 10", exact=True).click()
        expect(player).to_have_attribute("data-steps", str(steps))
    differs(notebook, plane, before)
    expect(past).to_contain_text("1 of 4")
    expect(past).to_contain_text("3 hold nothing")
    strip = past.get_by_role("img")
    box = strip.bounding_box()
    assert box is not None
    strip.hover(position={"x": 2, "y": box["height"] / 2})
    expect(past).to_contain_text("step 1: 1 of 4 modes held; none: 2, 3, 4")
    live = pixels(plane)
    strip.click(position={"x": 2, "y": box["height"] / 2})
    differs(notebook, plane, live)
    expect(player).to_contain_text("step 1")
    player.get_by_role("button", name="Back to live").click()
    reading = past.get_by_role("slider", name="Read off one moment")
    reading.focus()
    reading.press("End")
    reading.press("ArrowLeft")
    expect(reading).to_have_attribute("aria-valuetext", "step 19: 1 of 4 modes held; none: 1, 3, 4")
    reading.press("Enter")
    history = player.get_by_role("slider", name="Go back to an earlier step")
    expect(history).to_have_attribute("aria-valuetext", "step 19")
    player.get_by_role("button", name="Back to live").click()
    expect(history).to_have_attribute("aria-valuetext", "live")


def test_a_mode_is_read_off_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    plane = view(notebook, "gw-modes")
    picture = plane.get_by_role("img", name="4 modes in the plane. 50 samples")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    before = pixels(plane)
    # The extent has 0.7 of the span and 4σ on each side of the middle.
    left = (9 - 5) / 18 * box["width"]
    picture.hover(position={"x": left, "y": box["height"] - left})
    expect(plane).to_contain_text("mode 1 of 4: no sample; an even share is 25 %")
    differs(notebook, plane, before)
    notebook.page.mouse.move(0, 0)
    expect(plane).not_to_contain_text("an even share")
    reading = plane.get_by_role("slider", name="Read off one mode")
    reading.focus()
    reading.press("ArrowRight")
    reading.press("ArrowRight")
    expect(reading).to_have_attribute("aria-valuetext", "mode 2 of 4: 50 samples, 100 %; an even share is 25 %")
    reading.press("Escape")
    expect(reading).to_have_attribute("aria-valuetext", "nothing chosen")
    assert notebook.page.locator(".jp-Notebook.jp-mod-editMode").count() == 0


def test_a_class_shows_its_pictures_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    bars, samples = view(notebook, "gw-shares"), view(notebook, "gw-samples")
    rows = bars.locator(".gw-shares-row")
    expect(rows.nth(0)).to_contain_text("<b>cat</b>")  # as text
    expect(rows.nth(2)).to_have_class("gw-shares-row gw-missing")
    expect(samples.get_by_role("img")).to_have_attribute("aria-label", "40 samples")
    rows.nth(1).click()
    expect(bars).to_contain_text("dog: 50 % of the fakes, 33 % of the real ones")
    expect(samples.get_by_role("img")).to_have_attribute("aria-label", "20 samples")
    reading = bars.get_by_role("slider", name="Read off one class")
    reading.focus()
    reading.press("End")
    expect(reading).to_have_attribute("aria-valuetext", "owl: 0 % of the fakes, 33 % of the real ones")
    reading.press("Enter")
    expect(samples).to_contain_text("No picture is read as owl.")
    reading.press("Enter")
    expect(samples.get_by_role("img")).to_have_attribute("aria-label", "40 samples")


def test_without_a_stream_the_strip_has_a_way_back(notebook: NotebookPage) -> None:
    past, bars = view(notebook, "gw-past", 1), view(notebook, "gw-shares")
    reading = past.get_by_role("slider", name="Read off one moment")
    reading.focus()
    reading.press("Home")
    reading.press("ArrowRight")
    reading.press("Enter")
    expect(past).to_contain_text("3 of 3")
    expect(bars.locator(".gw-missing")).to_have_count(0)
    past.get_by_role("button", name="Back to the newest").click()
    expect(past).to_contain_text("2 of 3")
    expect(bars.locator(".gw-missing")).to_have_count(1)


def test_a_bar_of_scores_is_read_off_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    scores = view(notebook, "gw-scores")
    expect(scores.get_by_role("img", name="overlap 0.25, D tells most apart")).to_be_visible()
    expect(scores).to_contain_text("dashed: D*, the best possible; overlap 0.00")
    plot = scores.locator(".gw-scores-plot")
    box = plot.bounding_box()
    assert box is not None
    plot.hover(position={"x": 0.6 * box["width"], "y": 20})
    expect(scores).to_contain_text("0.50 to 0.75: D(x) 75 %, D(G(z)) 25 % (D*: 0 %, 0 %)")
    notebook.page.mouse.move(0, 0)
    expect(scores).to_contain_text("dashed: D*")
    reading = scores.get_by_role("slider", name="Read off one bar")
    reading.focus()
    reading.press("ArrowRight")
    expect(reading).to_have_attribute("aria-valuetext", "0.00 to 0.25: D(x) 0 %, D(G(z)) 75 % (D*: 0 %, 100 %)")


def test_a_chart_that_stands_there_stays_when_the_first_numbers_come(notebook: NotebookPage) -> None:
    charts = notebook.page.locator(".gw-lines")
    two, live = (charts.nth(k).get_by_role("img") for k in (-2, -1))
    expect(live).to_be_visible()
    expect(two).to_be_hidden()  # two points are no line
    for numbers in range(1, 4):
        assert notebook.ask("live.update([0.7], [0.2])") == "None"
        expect(live).to_have_accessible_name("Means over time, D(x) 0.70, D(G(z)) 0.20")
        expect(live.locator(".gw-lines-steps")).to_contain_text(f"{numbers}")
        expect(live).to_be_visible()


def test_nothing_is_wider_than_a_narrow_page(notebook: NotebookPage) -> None:
    notebook.page.set_viewport_size({"width": 360, "height": 4000})
    for name in ("gw-modes", "gw-past", "gw-shares", "gw-scores"):
        found = view(notebook, name)
        fits = "e => e.scrollWidth <= e.clientWidth + 1 && e.getBoundingClientRect().right <= innerWidth"
        notebook.page.wait_for_function(fits, arg=found.element_handle(), timeout=PATIENCE)
    assert notebook.errors == []
