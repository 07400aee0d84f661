"""The first thing a learner does: open notebook 00 in JupyterLab, run it, drag a slider, play against D."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.browser.lab import ROOT, Lab, NotebookPage, pixels


@pytest.fixture(scope="module")
def start_here(lab: Lab) -> Iterator[NotebookPage]:
    shutil.copy(ROOT / "notebooks" / "00_start_here.ipynb", lab.folder)
    with lab.open("00_start_here.ipynb") as notebook:
        notebook.run_all(seconds=240)
        yield notebook


def test_an_arrow_key_on_a_slider_changes_the_face(start_here: NotebookPage) -> None:
    root = start_here.root()
    root.scroll_into_view_if_needed()
    slider = root.get_by_role("slider", name="glasses", exact=True)
    for key in ("ArrowRight", "ArrowLeft", "PageUp"):
        before, painted = pixels(root), int(root.get_attribute("data-painted") or 0)
        slider.press(key)
        start_here.painted(root, after=painted)
        start_here.page.wait_for_function(
            "([canvas, before]) => canvas.toDataURL() !== before",
            arg=[root.locator("canvas").first.element_handle(), before],
        )


def test_the_game_can_be_played_with_the_arrow_keys(start_here: NotebookPage) -> None:
    game = start_here.page.locator(".gw-root", has_text="Which one is the fake?")
    game.scroll_into_view_if_needed()
    game.get_by_role("button", name="left picture").press("ArrowLeft")
    game.get_by_text(re.compile("D found it|It fooled D|D can.t tell")).wait_for()


def test_the_console_shows_no_error_of_ours(start_here: NotebookPage) -> None:
    assert start_here.errors == []


def test_nothing_is_fetched_from_elsewhere(start_here: NotebookPage) -> None:
    assert {asked.partition(":")[0] for asked in start_here.asked if asked} == {"127.0.0.1"}
