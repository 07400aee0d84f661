"""`LossExplorer`, `ValueExplorer`, `DiracGame` and `ExerciseCard` in a real JupyterLab, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage, pixels

IMPORTS = """
from ganwidgets.exercises import exercise
from ganwidgets.widgets import DiracGame, ExerciseCard, LossExplorer, ValueExplorer, check
"""
CELLS = ("losses = LossExplorer()\nlosses", "value = ValueExplorer()\nvalue", "game = DiracGame()\ngame",
         "card = ExerciseCard(exercise('05.1'), lambda *scores: ...)\ncard")  # fmt: skip


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("explorers.ipynb", [IMPORTS, *CELLS])
    with lab.open("explorers.ipynb", height=2400) as page:
        page.run_all()
        yield page


def view(notebook: NotebookPage, kind: str, index: int = 0) -> Locator:
    found = notebook.page.locator(f".gw-{kind}").nth(index)
    found.wait_for()
    notebook.painted(found)
    return found


def drag(notebook: NotebookPage, area: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another, both as shares of the area's width and height."""
    box = area.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    notebook.page.mouse.move(*places[0])
    notebook.page.mouse.down()
    notebook.page.mouse.move(*places[1], steps=8)
    notebook.page.mouse.up()


def test_the_mark_of_the_losses_follows_the_mouse_and_the_keys(notebook: NotebookPage) -> None:
    chart, controls = view(notebook, "lines"), view(notebook, "controls")
    verdict = notebook.page.get_by_text("At D(G(z)) =")
    before = verdict.inner_text()
    drag(notebook, chart.locator(".gw-lines-plot"), (0.2, 0.5), (0.6, 0.5))
    expect(verdict).not_to_have_text(before)
    notebook.idle(chart)
    assert float(notebook.ask("losses.score")) == pytest.approx(0.6, abs=0.02)
    slider = controls.get_by_role("slider", name="D(G(z))")
    assert slider.evaluate("e => e.clientWidth") > 300, "five hundred places want room"
    slider.press("Home")
    expect(verdict).to_contain_text("D(G(z)) = 0.002, non-saturating pushes 499 times as hard")
    tick = controls.get_by_role("checkbox", name="least squares")
    tick.press("Space")
    expect(chart.locator(".gw-lines-key")).to_have_count(3)
    controls.get_by_role("checkbox", name="hinge").click()
    expect(chart.locator(".gw-lines-key")).to_have_count(4)


def test_bars_are_bent_by_mouse_and_keys_and_buttons_answer(notebook: NotebookPage) -> None:
    bars = view(notebook, "hand-bars")
    canvas, words = bars.locator("canvas"), notebook.page.get_by_text("V(D*, G) =")
    before, told = pixels(bars), words.inner_text()
    drag(notebook, canvas, (0.1, 0.2), (0.4, 0.2))
    expect(words).not_to_have_text(told)
    notebook.idle(bars)
    after, told = pixels(bars), words.inner_text()
    assert after != before
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        canvas.press(key)
    expect(words).not_to_have_text(told)
    controls = view(notebook, "controls", 1)
    controls.get_by_role("button", name="p_G = p_data").press("Enter")
    expect(words).to_contain_text("= −1.386 = −log 4 + 2·JS = −1.386 + 2 · 0.000")
    controls.get_by_role("combobox", name="p_data").select_option("a ramp")
    expect(words).not_to_contain_text("2 · 0.000")
    assert notebook.ask("value.js > 0.01") == "True"


def test_bars_stay_under_the_hand_and_show_in_the_end_what_the_kernel_has(notebook: NotebookPage) -> None:
    bars = view(notebook, "hand-bars")
    canvas = bars.locator("canvas")
    view(notebook, "controls", 1).get_by_role("button", name="p_G even").click()
    notebook.idle(bars)
    top = float(bars.locator(".gw-hand-top").first.inner_text())
    drag(notebook, canvas, (0.5, 0.9), (0.52, -0.2))  # up to the edge, and on along it
    notebook.idle(bars)
    assert float(notebook.ask("float(value.p_g.max())")) == pytest.approx(top, rel=0.01)
    drag(notebook, canvas, (0.02, 0.9), (0.98, 0.02))  # more than there is to share out
    notebook.idle(bars)
    held = float(notebook.ask("float(value.p_g[15])"))
    expect(canvas).to_have_attribute("aria-label", re.compile(f"^p_G at place 16 of 16: {held:.3f}, p_data 0"))
    expect(bars.locator(".gw-hand-key").nth(1)).to_have_text(f"p_G {held:.3f}")


def test_the_game_starts_where_the_hand_says_and_r1_turns_it_inwards(notebook: NotebookPage) -> None:
    phase, controls = view(notebook, "phase"), view(notebook, "controls", 2)
    words, before = phase.locator(".gw-phase-words"), pixels(phase)
    drag(notebook, phase.locator("canvas"), (0.5, 0.5), (0.25, 0.25))
    notebook.idle(phase)
    assert pixels(phase) != before
    start = eval(notebook.ask("tuple(float(x) for x in game.path[0])"), {"__builtins__": {}})
    assert start == pytest.approx((-1.0, 1.0), abs=0.05)
    told = words.inner_text()
    phase.locator("canvas").press("ArrowRight")
    expect(words).not_to_have_text(told)
    controls.get_by_role("combobox", name="loss").select_option("Wasserstein")
    expect(words).to_contain_text("1.0050")
    slider = controls.get_by_role("slider", name="R1, γ")
    slider.press("End")
    expect(words).to_contain_text("0.9")
    assert slider.get_attribute("aria-valuetext") == "2.00"
    assert notebook.ask("game.rules.r1") == "2.0"


def test_hints_come_one_at_a_time_and_the_solution_is_asked_for_twice(notebook: NotebookPage) -> None:
    card = notebook.page.locator(".jp-OutputArea-output", has_text="Exercise 05.1").last
    card.get_by_role("button", name="Hint").press("Enter")
    expect(card.locator("li")).to_have_count(1)
    card.get_by_role("button", name="Next hint").click()
    expect(card.locator("li")).to_have_count(2)
    card.get_by_role("button", name="Show the solution").click()
    expect(card.locator("pre")).to_have_count(0)
    card.get_by_role("button", name="Really show it?").click()
    expect(card.locator("pre")).to_contain_text("def ")
    expect(card.get_by_role("button", name="The solution")).to_be_focused()
    card.get_by_role("button", name="Save my progress").click()
    expect(card.get_by_role("status")).to_contain_text("not tried yet, 2 of 3 hints seen")
    card.get_by_role("textbox", name="Your name").fill("Ada")
    card.get_by_role("textbox", name="Your name").press("Enter")
    expect(card.get_by_role("status")).to_contain_text("Saved in ada-")


def test_everything_has_a_name(notebook: NotebookPage) -> None:
    for index in range(3):
        controls = view(notebook, "controls", index)
        for control in controls.locator("input, select").all():
            assert control.evaluate("e => e.getAttribute('aria-label') || e.labels[0].textContent").strip()
    for kind in ("hand-bars", "phase"):
        assert view(notebook, kind).locator("canvas").get_attribute("aria-label")
    assert notebook.page.locator(".gw-lines [role=img]").first.get_attribute("aria-label").startswith("G's loss, ")  # type: ignore[union-attr]


def test_a_narrow_page_needs_no_sideways_scrolling(notebook: NotebookPage) -> None:
    notebook.page.set_viewport_size({"width": 400, "height": 2400})
    notebook.page.wait_for_timeout(300)
    for root in notebook.page.locator(".gw-root").all():
        assert root.evaluate("e => e.scrollWidth <= e.clientWidth + 1 && e.getBoundingClientRect().right <= innerWidth")
    solution = notebook.page.locator(".widget-html pre")
    assert solution.evaluate(
        "pre => pre.closest('.widget-vbox').scrollWidth <= pre.closest('.widget-vbox').clientWidth"
    )
    assert solution.evaluate("pre => pre.scrollWidth > pre.clientWidth")  # long lines are scrolled to
    notebook.page.set_viewport_size({"width": 1280, "height": 2400})


def test_an_idle_page_moves_nothing(notebook: NotebookPage) -> None:
    """What moves unseen keeps the browser painting, and takes the time of whatever else runs."""
    for root in notebook.page.locator(".gw-root").all():
        notebook.idle(root)
    script = "() => document.getAnimations().filter((each) => each.effect.target.closest('.gw-root')).length === 0"
    notebook.page.wait_for_function(script)


def test_no_error_was_left_behind(notebook: NotebookPage) -> None:
    assert notebook.ask("check()") == "None"
    assert notebook.errors == []
