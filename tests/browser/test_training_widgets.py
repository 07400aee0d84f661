"""The widgets that follow a training, in a real JupyterLab: buttons, slider, keys, and a loop in a cell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage, pixels

PATIENCE = 20_000  # ms: a machine that runs other tests is slow, not wrong
expect.set_options(timeout=PATIENCE)

STREAM = """
import time
import numpy as np
from ganwidgets.events import StepEvent
from ganwidgets.widgets import ScoreHistogram, SpotTheFake, TrainingStudio

def events(seconds, count=100_000):
    random = np.random.default_rng(0)
    for step in range(1, count + 1):
        time.sleep(seconds)
        logits = random.normal(size=(3, 64)).astype(np.float32)
        samples = np.full((16, 8, 8, 3), step % 256, np.uint8)
        yield StepEvent(step, 1.0, 1.0, 0.0, logits[0] + 1, logits[1] - 1, logits[2] - 1, 0.0, samples)
"""
STUDIO = "studio = TrainingStudio(events(0.01), title='Test')\nstudio"
LOOP = """
histogram = ScoreHistogram()
display(histogram)
for event in events(0.01, 300):
    histogram.show(event)
"""
GAME = """
real, fake = np.full((20, 16, 16, 3), 60, np.uint8), np.full((20, 16, 16, 3), 200, np.uint8)
game = SpotTheFake(real, fake, d_scores=(np.full(20, .8), np.full(20, .3)), rounds=3)
game
"""
FAIL = """
def failing():
    yield from events(0, 3)
    raise ArithmeticError("diverged <b>badly</b>")
broken = ScoreHistogram(failing())
broken
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("training.ipynb", [STREAM, STUDIO, LOOP, GAME, FAIL])
    with lab.open("training.ipynb", height=3600) as page:
        page.run_all()
        yield page


def settled(notebook: NotebookPage, player: Locator) -> int:
    """The step that the counter has come to rest at."""
    before, now = -1, 0
    while before != now:
        before = now
        notebook.page.wait_for_timeout(400)
        now = int(player.get_attribute("data-steps") or -1)
    return now


def differs(notebook: NotebookPage, view: Locator, before: str) -> None:
    """Wait until the view's picture is another one than `before`."""
    for _ in range(1000):
        if pixels(view) != before:
            return
        notebook.page.wait_for_timeout(20)
    pytest.fail("the picture has not changed")


def test_play_pause_step_and_the_way_back(notebook: NotebookPage) -> None:
    player, samples = notebook.page.locator(".gw-player").first, notebook.page.locator(".gw-samples").first
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    notebook.painted(samples, after=3, seconds=30)
    differs(notebook, samples, pixels(samples))
    player.get_by_role("button", name="Pause").click()
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    paused = settled(notebook, player)
    player.get_by_role("button", name="Step", exact=True).click()
    expect(player).to_have_attribute("data-steps", str(paused + 1))
    player.get_by_role("button", name="Step 10").click()
    expect(player).to_have_attribute("data-steps", str(paused + 11))
    slider = player.get_by_role("slider", name="Go back to an earlier step")
    settled(notebook, player)
    live = pixels(samples)
    slider.focus()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "step 1")
    differs(notebook, samples, live)
    player.get_by_role("button", name="Back to live").click()
    expect(slider).to_have_attribute("aria-valuetext", "live")
    for _ in range(200):
        if pixels(samples) == live:
            break
        notebook.page.wait_for_timeout(20)
    assert pixels(samples) == live
    assert notebook.errors == []


def test_pictures_and_charts_have_accessible_names(notebook: NotebookPage) -> None:
    page = notebook.page
    expect(page.get_by_role("img", name="16 samples of the generator")).to_be_visible()
    expect(page.get_by_role("img", name="mean D(x) 0.").first).to_be_visible()
    expect(page.get_by_role("img", name="Losses, d_loss 1.00, g_loss 1.00")).to_be_visible()


def test_a_loop_in_a_cell_draws_while_it_runs_and_ends_on_the_last_batch(notebook: NotebookPage) -> None:
    scores = notebook.page.locator(".gw-scores").nth(1)
    assert notebook.painted(scores) >= 3
    means = notebook.page.locator(".gw-lines").nth(1)
    expect(means.locator(".gw-lines-steps")).to_contain_text("300")


def test_the_game_is_played_by_keys_and_names_tell_nothing(notebook: NotebookPage) -> None:
    game = notebook.page.locator(".gw-duel")
    game.get_by_role("group").focus()
    for _ in range(3):
        expect(game).to_have_attribute("data-phase", "ask")
        expect(game.get_by_role("button", name="left picture", exact=True)).to_be_visible()
        expect(game.get_by_role("button", name="right picture", exact=True)).to_be_visible()
        notebook.page.keyboard.press("ArrowLeft")
        expect(game).to_have_attribute("data-phase", "told")
        expect(game.get_by_role("status")).to_contain_text("one is the fake. D found it.")
        expect(game.locator(".gw-duel-caption")).to_contain_text(["% real", "% real"])
        notebook.page.keyboard.press("Enter")
    expect(game).to_have_attribute("data-phase", "over")
    expect(game).to_contain_text("3 of 3: 100 %")
    notebook.page.keyboard.press("Enter")
    expect(game).to_contain_text("pair 1 of 3")
    assert notebook.errors == []


def test_an_error_in_the_thread_is_shown_as_text(notebook: NotebookPage) -> None:
    player = notebook.page.locator(".gw-player").last
    player.get_by_role("button", name="Play").click()
    expect(player.get_by_role("alert")).to_have_text("ArithmeticError: diverged <b>badly</b>")
    expect(player.get_by_role("button", name="Play")).to_be_visible()


def test_nothing_is_wider_than_a_narrow_page(lab: Lab) -> None:
    lab.write("narrow_training.ipynb", [STREAM, STUDIO + ".run(20)", "studio", GAME])
    with lab.open("narrow_training.ipynb", width=360, height=2400) as page:
        page.run_all()
        for selector in (".gw-player", ".gw-samples", ".gw-scores", ".gw-lines", ".gw-duel"):
            wide = page.page.locator(selector).first.evaluate("node => node.scrollWidth - node.clientWidth")
            assert wide <= 1, selector
        assert page.errors == []
