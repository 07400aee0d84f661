"""`TrainingStudio` in a real JupyterLab: recordings, another way, errors, interrupts, a deleted cell, a new kernel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import KERNEL_STATUS, Lab, NotebookPage

PATIENCE = 30_000  # ms: a machine that runs other tests is slow, not wrong
expect.set_options(timeout=PATIENCE)
KERNEL = KERNEL_STATUS.removesuffix("?.status")

SETUP = """
import torch
from ganwidgets import datasets, recordings
from ganwidgets.models import mlp
from ganwidgets.training import TrainConfig, Trainer
from ganwidgets.widgets import TrainingStudio

torch.set_num_threads(1)
RING = datasets.toy("ring_wide", 300)

def trainer():
    torch.manual_seed(0)
    config = TrainConfig(batch_size=16, samples=64, sample_every=2, lr_g=5e-3, lr_d=5e-3)
    return Trainer(mlp.Generator(2, hidden=8, layers=1), mlp.Discriminator(hidden=8, layers=1), RING, config)
"""
RECORDED = """
recorded = TrainingStudio(recordings.record(trainer(), 60, every=2, progress=False), real=RING.points)
recorded
"""
LIVE = """
live = TrainingStudio(trainer(), real=RING.points)
live.speed = 50
live.run(20)
live
"""
FAIL = """
def failing():
    for event in trainer():
        yield event
        raise ArithmeticError("diverged <b>badly</b>")
broken = TrainingStudio(failing())
broken
"""


class Studio:
    """The views of one studio on the page, the one of that number."""

    def __init__(self, notebook: NotebookPage, number: int) -> None:
        page = notebook.page
        self.player, self.fork = page.locator(".gw-player").nth(number), page.locator(".gw-fork").nth(number)
        self.notes = page.locator(".gw-notes").nth(number)
        self.left, self.right = (page.locator(".gw-samples").nth(2 * number + side) for side in (0, 1))
        self.slider = self.player.get_by_role("slider", name="Go back to an earlier step")

    def button(self, name: str) -> Locator:
        return self.player.get_by_role("button", name=name, exact=True)


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("studio.ipynb", [SETUP, RECORDED, LIVE, FAIL])
    with lab.open("studio.ipynb", height=3000) as page:
        page.run_all()
        yield page


def shows(notebook: NotebookPage, view: Locator, picture: str, same: bool) -> None:
    """Wait until the view's picture is that one, or another one."""
    canvas = ".gw-samples-points"
    for _ in range(PATIENCE // 20):
        if (view.locator(canvas).evaluate("canvas => canvas.toDataURL()") == picture) is same:
            return
        notebook.page.wait_for_timeout(20)
    pytest.fail("the picture is still the same" if not same else "the picture is another one")


def sides(notebook: NotebookPage, studio: Studio, same: bool) -> None:
    """Wait until both sides show the same picture, or different ones; each follows the slider in its own time."""
    for _ in range(PATIENCE // 20):
        if (picture(studio.left) == picture(studio.right)) is same:
            return
        notebook.page.wait_for_timeout(20)
    pytest.fail("the sides stay different" if same else "the sides stay the same")


def picture(view: Locator) -> str:
    return str(view.locator(".gw-samples-points").evaluate("canvas => canvas.toDataURL()"))


def test_a_recording_is_scrubbed_at_once_by_keys_and_by_mouse(notebook: NotebookPage) -> None:
    studio = Studio(notebook, 0)
    expect(studio.slider).to_have_attribute("aria-valuetext", "step 60")
    expect(studio.button("Back to live")).to_be_hidden()
    end = picture(studio.left)
    studio.slider.focus()
    studio.slider.press("Home")
    expect(studio.slider).to_have_attribute("aria-valuetext", "step 1")
    shows(notebook, studio.left, end, same=False)
    box = studio.slider.bounding_box()
    assert box is not None
    notebook.page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    shows(notebook, studio.left, end, same=True)
    studio.slider.press("Home")
    expect(studio.player).to_have_attribute("data-steps", "1")
    studio.button("Step").click()
    expect(studio.player).to_have_attribute("data-steps", "2")
    expect(studio.notes).to_contain_text("Nothing wrong so far: looked at losses, D's scores and samples")
    assert notebook.errors == []


def test_another_way_is_tried_by_keys_and_compared(notebook: NotebookPage) -> None:
    studio, page = Studio(notebook, 1), notebook.page
    expect(studio.right).to_be_hidden()
    speed = studio.player.get_by_role("combobox", name="Speed")
    expect(speed.locator("option:checked")).to_have_text("50 steps/s")
    speed.select_option("full speed")
    notebook.idle(studio.player)
    assert notebook.ask("live.speed") == "0.0"
    notebook.ask("setattr(live, 'speed', 50)")
    expect(speed).to_have_value("50")
    studio.slider.focus()
    studio.slider.press("Home")
    studio.slider.press("ArrowRight")
    expect(studio.fork.get_by_role("button", name="Try another way from step 4")).to_be_visible()
    studio.fork.get_by_role("button", name="Try another way").press("Enter")
    what, to = (studio.fork.get_by_role("combobox", name=name) for name in ("Change", "to"))
    expect(what).to_be_focused()
    what.select_option("learning rate of G")
    expect(studio.fork).to_contain_text("now 0.005")
    to.select_option("10 times higher: 0.05")
    to.press("Tab")
    page.keyboard.press("Enter")
    expect(studio.right).to_be_visible()
    expect(studio.right).to_contain_text("From step 4: learning rate of G 10 times higher: 0.05")
    expect(studio.left).to_contain_text("As it was: learning rate of G 0.005")
    expect(studio.notes).to_contain_text("steps after they parted")
    studio.button("Pause").click()
    expect(studio.button("Play")).to_be_visible()
    sides(notebook, studio, same=False)
    studio.slider.focus()
    studio.slider.press("Home")
    sides(notebook, studio, same=True)
    studio.fork.get_by_role("button", name="End the comparison").click()
    expect(studio.right).to_be_hidden()
    expect(studio.fork.get_by_role("button", name="Try another way")).to_be_focused()
    assert notebook.errors == []


def test_an_interrupt_stops_what_plays_and_what_a_cell_runs(notebook: NotebookPage) -> None:
    studio, page = Studio(notebook, 1), notebook.page
    studio.button("Play").click()
    expect(studio.player).to_have_attribute("data-running", "true")
    page.evaluate(f"() => {KERNEL}.interrupt()")
    expect(studio.player.get_by_role("status")).to_have_text("Interrupted")
    expect(studio.button("Play")).to_be_visible()
    page.evaluate(f"() => {{ {KERNEL}.requestExecute({{ code: 'live.run(10**6)' }}); }}")
    expect(studio.player).to_have_attribute("data-running", "true")
    page.evaluate(f"() => {KERNEL}.interrupt()")
    expect(studio.player.get_by_role("status")).to_have_text("Interrupted")
    studio.button("Play").click()
    expect(studio.player).to_have_attribute("data-running", "true")
    page.evaluate(f"() => {{ {KERNEL}.requestExecute({{ code: 'import time; time.sleep(600)' }}); }}")
    page.wait_for_function(f"() => {KERNEL_STATUS} === 'busy'")
    page.evaluate(f"() => {KERNEL}.interrupt()")
    expect(studio.player.get_by_role("status")).to_have_text("Interrupted")
    assert notebook.ask("live.run(1).step == live._stage.left.step") == "True"
    assert notebook.errors == []


def test_an_error_has_its_traceback_folded_under_it(notebook: NotebookPage) -> None:
    player = Studio(notebook, 2).player
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("alert")).to_have_text("ArithmeticError: diverged <b>badly</b>")
    trace = player.locator(".gw-notice-trace")
    expect(trace).to_be_hidden()
    player.get_by_text("Where it happened").press("Enter")
    expect(trace).to_be_visible()
    expect(trace).to_contain_text("in failing")
    assert notebook.errors == []


def test_nothing_runs_on_when_the_cell_is_deleted(notebook: NotebookPage) -> None:
    page = notebook.page
    Studio(notebook, 1).button("Play").click()
    expect(Studio(notebook, 1).player).to_have_attribute("data-running", "true")
    page.locator(".jp-Cell").nth(2).locator(".jp-InputPrompt").click()
    page.evaluate("() => jupyterapp.commands.execute('notebook:delete-cell')")
    expect(page.locator(".gw-player")).to_have_count(2)
    for _ in range(200):
        if notebook.ask("live.running") == "False":
            break
        page.wait_for_timeout(50)
    assert notebook.ask("live.running") == "False"
    assert notebook.ask("[t.name for t in __import__('threading').enumerate() if 'ganwidgets' in t.name]") == "[]"
    assert notebook.errors == []


def test_closing_and_a_new_kernel_leave_a_quiet_page(notebook: NotebookPage) -> None:
    page = notebook.page
    assert notebook.ask("recorded.close()") == "None"
    expect(page.locator(".gw-player")).to_have_count(1)
    page.evaluate(f"() => {KERNEL}.restart()")
    notebook.ready()
    assert "NameError" in notebook.ask("recorded")
    page.locator(".gw-player").get_by_role("button", name="Play").click()
    expect(page.get_by_role("alert").last).to_have_text(
        "The kernel that this widget belongs to is gone. Run its cell again."
    )
    assert notebook.errors == []
