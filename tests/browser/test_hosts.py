"""The same widgets in Notebook 7, Voilà and marimo: keys move pictures, the console is quiet, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.hosts import HOSTS, showing
from tests.browser.lab import NotebookPage, pixels

PATIENCE = 120_000  # ms: a machine that runs other tests is slow, not wrong

SETUP = """
import time
import numpy as np
from ganwidgets.events import StepEvent
from ganwidgets.widgets import DiracGame, LatentExplorer, Playground, TrainingStudio

def waves(z):
    rows, columns = np.mgrid[-1:1:32j, -1:1:32j]
    each = [z[:, k, None, None] * rows + z[:, k + 1, None, None] * columns for k in range(3)]
    return (127.5 + 127 * np.sin(np.stack(each, axis=-1))).astype(np.uint8)

def events():
    random = np.random.default_rng(0)
    for number in range(1, 100_000):
        time.sleep(0.01)
        logits = random.normal(size=(3, 64)).astype(np.float32)
        samples = np.full((16, 8, 8, 3), number % 256, np.uint8)
        yield StepEvent(number, 1.0, 1.0, 0.0, logits[0] + 1, logits[1] - 1, logits[2] - 1, 0.0, samples)
"""
CELLS = (
    SETUP,
    "explorer = LatentExplorer(waves, 12, n=4, label='waves')\nexplorer",
    "studio = TrainingStudio(events(), title='Training')\nstudio",
    "playground = Playground(hidden=16, title='Playground')\nplayground",
    "game = DiracGame()\ngame",
)
#: What a host's own page asks for from elsewhere, and does without where there is no network.
FOREIGN = {"Voilà": {"cdn.jsdelivr.net"}}  # the icons of its page


@pytest.fixture(scope="module", params=HOSTS)
def host(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, NotebookPage]]:
    """A host's name and its page, with all widgets painted."""
    with showing(request.param, tmp_path_factory.mktemp("host"), CELLS, browser) as page:
        for kind in (".gw-explorer", ".gw-plane", ".gw-phase"):
            page.page.locator(f"{kind}[data-painted]:not([data-painted='0'])").wait_for(timeout=PATIENCE)
        yield request.param, page


def changes(view: Locator, before: str) -> None:
    """Wait until the picture of `view` is another one."""
    script = "([canvas, before]) => canvas.toDataURL() !== before"
    canvas = view.locator("canvas").first.element_handle()
    view.page.wait_for_function(script, arg=[canvas, before], timeout=PATIENCE)


def test_widgets_answer_the_keyboard(host: tuple[str, NotebookPage]) -> None:
    page = host[1].page
    explorer = page.locator(".gw-explorer")
    slider = explorer.get_by_role("slider", name="latent 3", exact=True)
    before, value = pixels(explorer), float(slider.input_value())
    slider.press("ArrowRight")
    changes(explorer, before)
    assert float(slider.input_value()) == pytest.approx(value + 0.05, abs=0.051)
    before = pixels(explorer)
    explorer.get_by_role("button", name="Randomise").press("Enter")
    changes(explorer, before)


def test_a_training_plays_and_pauses(host: tuple[str, NotebookPage]) -> None:
    page = host[1].page
    player, samples = page.locator(".gw-player").first, page.locator(".gw-samples").first
    player.get_by_role("button", name="Play").press("Enter")
    samples.locator("canvas").first.wait_for(timeout=PATIENCE)
    host[1].painted(samples, after=2)
    changes(samples, pixels(samples))
    player.get_by_role("button", name="Pause").press("Enter")
    expect(player.get_by_role("button", name="Play")).to_be_visible(timeout=PATIENCE)
    assert int(player.get_attribute("data-steps") or 0) > 0


def test_the_playground_takes_steps_and_the_game_is_moved(host: tuple[str, NotebookPage]) -> None:
    page = host[1].page
    player, plane = page.locator(".gw-player").nth(1), page.locator(".gw-plane")
    before = pixels(plane)
    player.get_by_role("button", name="Step 10").press("Enter")
    expect(player).to_have_attribute("data-steps", "10", timeout=PATIENCE)
    changes(plane, before)
    phase = page.locator(".gw-phase")
    before = pixels(phase)
    page.get_by_role("slider", name="R1, γ").press("PageUp")
    changes(phase, before)


def test_two_ways_are_compared(host: tuple[str, NotebookPage]) -> None:
    """The way before appears, which was hidden until then: marimo knows nothing of a layout that changes."""
    page = host[1].page
    fork, before = page.locator(".gw-fork").last, page.get_by_text("Below: the way before")
    expect(before).to_be_hidden()
    fork.get_by_role("button", name="Try another way").press("Enter")
    fork.get_by_role("button", name="Go", exact=True).press("Enter")
    expect(before).to_be_visible(timeout=PATIENCE)
    fork.get_by_role("button", name="End the comparison").press("Enter")
    expect(before).to_be_hidden(timeout=PATIENCE)


def test_a_dark_page_is_noticed(host: tuple[str, NotebookPage]) -> None:
    """By the mark of marimo, whose widgets lie in shadow trees; the others' pages can carry it as well."""
    root = host[1].page.locator(".gw-explorer")
    blue = "e => getComputedStyle(e).getPropertyValue('--gw-real')"
    light = root.evaluate(blue)
    host[1].page.evaluate("() => document.body.classList.add('dark-theme')")
    expect(root).to_have_class(re.compile("gw-dark"))
    assert (light, root.evaluate(blue)) == ("#0072b2", "#56a8dc")
    host[1].page.evaluate("() => document.body.classList.remove('dark-theme')")
    expect(root).not_to_have_class(re.compile("gw-dark"))


def test_nothing_complains_and_nothing_is_fetched_from_elsewhere(host: tuple[str, NotebookPage]) -> None:
    name, page = host
    assert page.errors == []
    elsewhere = {asked for asked in page.asked if asked and not asked.startswith("127.0.0.1:")}
    assert elsewhere <= FOREIGN.get(name, set())
