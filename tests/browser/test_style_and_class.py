"""`StyleMixer`, `ClassExplorer` and `SpotTheFake` in a real JupyterLab: mouse, keys, names, themes, a narrow page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage

PATIENCE = 20_000  # ms: a machine that runs other tests is slow, not wrong
expect.set_options(timeout=PATIENCE)

SOURCES = """
from types import SimpleNamespace
import numpy as np
from ganwidgets.widgets import ClassExplorer, SpotTheFake, StyleMixer

def bands(styles, noise):
    if styles.shape[0] and styles[0, 0, 1] > 1e6:
        raise RuntimeError('never')
    colours = np.clip(127 + 60 * styles[:, :, :3], 0, 255).astype(np.uint8)
    return np.repeat(np.repeat(colours[:, :, None], 16, 2), 4, 1) + np.uint8(0 if noise is None else noise)

def card(z, labels):
    rows, columns = np.mgrid[-1:1:16j, -1:1:16j]
    wave = z[:, 0, None, None] * rows + (1 + labels)[:, None, None] * columns
    return (127.5 + 127 * np.sin(3 * wave))[..., None].astype(np.uint8)

source = SimpleNamespace(z_dim=3, sides=(4, 8, 8, 16), w_mean=np.zeros(3, np.float32), map=lambda z: z, render=bands)
def labelled(z, labels):
    if z[0, 0] > 2.5:
        raise RuntimeError('<b>too far</b>')
    return card(z, labels)

def kinds(n, blend):
    return SimpleNamespace(z_dim=4, classes=n, render=labelled, blend=blend)

mixed = lambda z, shares: card(z, shares @ np.arange(shares.shape[1]))
"""
MIXER = "mixer = StyleMixer(source, faces=3)\nmixer"
LARGE = """
wide = SimpleNamespace(**vars(source))
wide.render = lambda styles, noise: bands(styles, noise).repeat(50, 1).repeat(15, 2)
large = StyleMixer(wide, faces=2)
large
"""
CLASSES = "classes = ClassExplorer(kinds(5, mixed), max_sliders=3)\nclasses"
NAMED = """
names = ['<script>window.hit = 1</script>', 'a class with a rather long name'] + [f'thing {k}' for k in range(12)]
named = ClassExplorer(kinds(14, None), names=names)
named
"""
GAME = """
real, fake = np.full((20, 16, 16, 3), 60, np.uint8), np.full((20, 16, 16, 3), 200, np.uint8)
game = SpotTheFake(real, fake, d_scores=(np.full(20, .8), np.full(20, .3)), rounds=2)
game
"""

#: The controls of a widget that reach out of it.
OUTSIDE = """
root => [...root.querySelectorAll('button, input, select')].filter((node) => node.checkVisibility())
  .filter((node) => node.getBoundingClientRect().right > root.getBoundingClientRect().right + 1)
  .map((node) => node.outerHTML)
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("style_and_class.ipynb", [SOURCES, MIXER, CLASSES, NAMED, GAME, LARGE])
    with lab.open("style_and_class.ipynb", height=4000) as page:
        page.run_all(seconds=300)
        for index in range(5):
            page.root(index)
        yield page


def picture(root: Locator, name: str) -> str:
    """What is drawn on the canvas of that accessible name, as a data URL."""
    return str(root.get_by_role("img", name=name).first.evaluate("canvas => canvas.toDataURL()"))


def pressed(root: Locator, name: str) -> Locator:
    return root.get_by_role("button", name=name, exact=True).and_(root.locator("[aria-pressed=true]"))


def test_a_switch_changes_the_mix_and_the_table_and_can_be_undone(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-mixer").first
    before = picture(root, "the mix")
    expect(root.get_by_role("img", name="the mix: 8 px, 16 px from B1, the rest from A1")).to_be_visible()
    root.get_by_role("button", name="4 px: B", exact=True).click()
    expect(pressed(root, "4 px: B")).to_be_visible()
    expect(root.get_by_role("img", name="the mix: 4 px, 8 px, 16 px from B1")).to_be_visible()
    notebook.idle(root)
    assert picture(root, "the mix") != before
    assert notebook.ask("mixer.from_b") == "(4, 8, 16)"
    root.get_by_role("button", name="Undo").click()
    expect(pressed(root, "4 px: A")).to_be_visible()
    notebook.idle(root)
    assert picture(root, "the mix") == before
    root.get_by_role("button", name="Flip 8 px to A: changes").click()
    expect(pressed(root, "8 px: A")).to_be_visible()
    root.get_by_role("button", name="Reset").click()
    expect(pressed(root, "8 px: B")).to_be_visible()


def test_a_cell_is_chosen_by_mouse_and_by_keys(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-mixer").first
    before = picture(root, "the mix")
    root.get_by_role("gridcell", name="A2 with B1").click()
    expect(root.get_by_role("img", name="from B1, the rest from A2")).to_be_visible()
    notebook.idle(root)
    assert picture(root, "the mix") != before
    for key, cell in (("ArrowRight", "A2 with B2"), ("ArrowDown", "A3 with B2"), ("ArrowDown", "A3 with B2")):
        notebook.page.keyboard.press(key)
        chosen = root.get_by_role("gridcell", name=cell).and_(root.locator("[aria-selected=true]"))
        expect(chosen).to_be_focused()
    notebook.idle(root)
    assert notebook.ask("mixer.pair") == "(2, 1)"
    assert notebook.page.locator(".jp-Notebook.jp-mod-editMode").count() == 0


def test_a_button_with_nothing_left_to_do_keeps_the_focus(notebook: NotebookPage) -> None:
    for kind in (".gw-mixer", ".gw-classes"):
        root = notebook.page.locator(kind).first
        root.get_by_role("button", name="Reset").click()
        notebook.idle(root)
        undo = root.get_by_role("button", name="Undo")
        undo.focus()
        while undo.get_attribute("aria-disabled") != "true":
            undo.press("Enter")
            notebook.idle(root)
        undo.press("Enter")
        expect(undo).to_be_focused()
        expect(undo).to_be_disabled()
        redo = root.get_by_role("button", name="Redo")
        redo.press("Enter")
        expect(undo).to_be_enabled()
        notebook.idle(root)
    named = notebook.page.locator(".gw-classes").nth(1)
    for name in ("Classes after these", "Classes before these"):
        turn = named.get_by_role("button", name=name)
        turn.press("Enter")
        notebook.idle(named)
        expect(turn).to_be_disabled()
        expect(turn).to_be_focused()
    assert notebook.errors == []


def test_truncation_by_key_noise_and_locks(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-mixer").first
    slider = root.get_by_role("slider", name="truncation ψ")
    slider.press("Home")
    notebook.idle(root)
    assert notebook.ask("mixer.psi") == "-1.0"
    slider.press("End")
    before = picture(root, "the mix")
    root.get_by_role("button", name="Redraw").click()
    notebook.idle(root)
    assert picture(root, "the mix") != before
    root.get_by_role("button", name="noise: off").click()
    expect(root.get_by_role("button", name="Redraw")).to_be_disabled()
    kept = picture(root, "face A")
    root.get_by_role("button", name="Lock A").click()
    expect(pressed(root, "Lock A")).to_be_visible()
    other = root.get_by_role("img", name="face B1").first.evaluate("canvas => canvas.toDataURL()")
    root.get_by_role("button", name="Randomise").click()
    notebook.idle(root)
    assert notebook.ask("mixer.locked") == "('A',)"
    assert root.get_by_role("img", name="face B1").first.evaluate("canvas => canvas.toDataURL()") != other
    assert kept and notebook.errors == []


def test_a_slider_moves_every_class_of_its_row(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-classes").first
    cell = root.get_by_role("gridcell", name="z 2 as 3")
    cell.click()
    expect(root.get_by_role("img", name="generated picture: z 2 as 3")).to_be_visible()
    expect(root.get_by_role("combobox", name="Class")).to_have_value("3")
    notebook.idle(root)
    drawn = "row => [...row.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())"
    rows = root.locator(".gw-matrix-row")
    before, other = rows.nth(2).evaluate(drawn), rows.nth(1).evaluate(drawn)
    root.get_by_role("slider", name="latent 0").press("Home")
    notebook.idle(root)
    after = rows.nth(2).evaluate(drawn)
    assert all(new != old for new, old in zip(after, before, strict=True))
    assert rows.nth(1).evaluate(drawn) == other
    cell.focus()
    notebook.page.keyboard.press("ArrowLeft")
    expect(root.get_by_role("img", name="generated picture: z 2 as 2")).to_be_visible()


def test_the_way_to_another_class_by_key_and_by_mouse(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-classes").first
    root.get_by_role("combobox", name="Towards").select_option("4")
    before = picture(root, "generated picture")
    root.get_by_role("button", name="50 % of the way").click()
    expect(root.get_by_role("img", name="50 % of the way to 4")).to_be_visible()
    notebook.idle(root)
    assert picture(root, "generated picture") != before
    slider = root.get_by_role("slider", name="way to the other class")
    expect(slider).to_have_attribute("aria-valuetext", "50 %")
    slider.press("End")
    notebook.idle(root)
    assert notebook.ask("classes.way") == "(4, 1.0)"


def test_a_failing_render_is_shown_as_text_and_the_controls_go_back(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-classes").first
    latent = root.get_by_role("slider", name="latent 0")
    before = picture(root, "generated picture")
    latent.press("End")
    expect(root.get_by_role("alert")).to_have_text("RuntimeError: <b>too far</b>")
    notebook.idle(root)
    assert float(latent.input_value()) < 2.5 and picture(root, "generated picture") == before
    latent.press("ArrowRight")
    expect(root.get_by_role("alert")).to_be_hidden()


def test_names_of_classes_are_text_and_many_classes_are_turned_like_pages(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-classes").nth(1)
    expect(root.get_by_role("rowheader", name="<script>window.hit = 1</script>")).to_be_visible()
    expect(root.get_by_role("option", name="<script>window.hit = 1</script>")).to_have_count(1)
    assert notebook.page.evaluate("window.hit") is None
    expect(root).to_contain_text("no in-between of two classes")
    root.get_by_role("button", name="Classes after these").click()
    expect(root).to_contain_text("classes 11–14 of 14")
    expect(root.get_by_role("gridcell", name="z 1 as thing 11")).to_be_visible()
    root.get_by_role("combobox", name="Class").select_option("1")
    expect(root.get_by_role("img", name="z 1 as a class with a rather long name")).to_be_visible()


def test_the_game_by_mouse_ends_with_both_rates(notebook: NotebookPage) -> None:
    game = notebook.page.locator(".gw-duel")
    for _ in range(2):
        expect(game).to_have_attribute("data-phase", "ask")
        game.get_by_role("button", name="left picture", exact=True).click()
        expect(game).to_have_attribute("data-phase", "told")
        game.get_by_role("button", name="Next").click()
    expect(game).to_have_attribute("data-phase", "over")
    expect(game.locator(".gw-duel-row")).to_contain_text(["You", "D"])
    expect(game).to_contain_text("2 of 2: 100 %")
    game.get_by_role("button", name="Reset").click()
    expect(game).to_have_attribute("data-phase", "ask")


def test_large_pictures_travel_in_one_sheet_and_each_finds_its_place(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-mixer").nth(1)
    notebook.idle(root)
    corners = (
        "canvas => [2, 790].flatMap((y) => [...canvas.getContext('2d').getImageData(2, y, 1, 1).data.slice(0, 3)])"
    )
    drawn = [cell.evaluate(corners) for cell in root.locator("[role=gridcell] canvas").all()]
    wanted = json.loads(notebook.ask("large.table[:, :, [2, 790], 2].reshape(4, 6).tolist()"))
    assert len({tuple(colours) for colours in wanted}) == 4
    for colours, true in zip(drawn, wanted, strict=True):
        assert colours == pytest.approx(true, abs=10)


def test_everything_that_takes_the_focus_keeps_its_keys(notebook: NotebookPage) -> None:
    for selector in (".gw-mixer >> nth=0", ".gw-classes >> nth=0", ".gw-duel"):
        root = notebook.page.locator(selector)
        focusable = root.locator(":is(button, input, select, summary, [tabindex])")
        assert focusable.count() > 3
        assert focusable.and_(root.locator(":not([data-lm-suppress-shortcuts=true])")).count() == 0
    assert notebook.errors == []


@pytest.mark.parametrize("width", [360, 820, 1280])
def test_sliders_are_long_enough_for_a_hand(notebook: NotebookPage, width: int) -> None:
    notebook.page.set_viewport_size({"width": width, "height": 3200})
    for box in notebook.page.locator(".gw-classes >> nth=0").locator(".gw-sliders .gw-range").all():
        assert box.evaluate("slider => slider.clientWidth") >= 120


def test_nothing_is_wider_than_a_narrow_page_and_dark_is_dark(notebook: NotebookPage) -> None:
    notebook.page.set_viewport_size({"width": 360, "height": 3200})
    notebook.theme("JupyterLab Dark")
    for selector in (".gw-mixer >> nth=0", ".gw-classes >> nth=0", ".gw-classes >> nth=1", ".gw-duel"):
        root = notebook.page.locator(selector)
        expect(root).to_have_js_property("scrollWidth", root.evaluate("node => node.clientWidth"))
        assert root.evaluate(OUTSIDE) == []
    ink = notebook.page.locator(".gw-mixer").first.evaluate(
        "node => getComputedStyle(node).color.match(/[0-9.]+/g).map(Number)"
    )
    assert min(ink[:3]) > 150
