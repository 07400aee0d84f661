"""An exported page, opened as a file with neither kernel nor network: its sliders and buttons work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ganwidgets.cli import main

PATIENCE = 30_000  # ms
expect.set_options(timeout=PATIENCE)
CELLS = [
    """import torch
from ganwidgets import checkpoints, datasets, latent, steering, widgets
torch.set_num_threads(1)
digits = checkpoints.load("digits")
widgets.LatentExplorer(latent.renderer(digits.G), z_dim=32, label="a digit")""",
    "widgets.ClassExplorer(steering.classes(checkpoints.load('digits_conditional').G), rows=2)",
    "widgets.StyleMixer(steering.styles(checkpoints.load('faces_style').G), faces=2)",
    """real = datasets.load("digits", split="test").images[:6]
widgets.SpotTheFake(real, latent.renderer(digits.G)(latent.sample(6, 32)), rounds=2)""",
    "widgets.LossExplorer()",
    "widgets.ConvTransposeExplorer(kernel=3)",
    "widgets.ValueExplorer().close()",
    "print('the answer is', 6 * 7)",
    "import matplotlib.pyplot as plt\n_ = plt.subplots(figsize=(9, 3))",
    """from ganwidgets.exercises import exercise
widgets.ExerciseCard(exercise("05.1"), lambda *scores: ...)""",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    words = "### logit\n\nA number <b>unlike</b> a word.\n\n### Dirac-GAN\n\nA game."
    text = f"# A page\n\nOf $p_G$, see [logit](page.ipynb#logit) and [D\\*](glossary.ipynb#D*).\n\n{words}"
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text))
    nbformat.write(notebook, folder / "page.ipynb")
    assert main(["export", str(folder / "site"), str(folder / "page.ipynb")]) == 0
    return folder / "site"


@pytest.fixture(scope="module")
def page(site: Path, browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1200, "height": 1000})
    asked: list[str] = []
    errors: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(site.joinpath("page.html").as_uri())
    yield opened
    opened.close()
    assert {urlparse(url).scheme for url in asked} <= {"file", "data", "blob"}
    assert errors == []


def widget(page: Page, number: int) -> Locator:
    found = page.locator(".gw-leaf").nth(number)
    found.scroll_into_view_if_needed()
    expect(found).to_have_attribute("data-alive", "true")
    return found


def drawn(canvas: Locator) -> str:
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))


def changes(canvas: Locator, before: str, to: str | None = None) -> str:
    """Wait until the canvas shows something else than before, or what it should; returns it."""
    for _ in range(PATIENCE // 50):
        now = drawn(canvas)
        if now == to if to else now != before:
            return now
        canvas.page.wait_for_timeout(50)
    raise AssertionError("the picture stays")


def test_the_latent_explorer_draws_in_the_page(page: Page) -> None:
    explorer = widget(page, 0)
    canvas, slider = explorer.locator("canvas").first, explorer.get_by_role("slider", name="latent 0", exact=True)
    expect(explorer).to_contain_text("The generator runs in this page")
    start = drawn(canvas)
    slider.focus()
    slider.press("ArrowRight")
    moved = changes(canvas, start)
    value = slider.input_value()
    explorer.get_by_role("button", name="Lock latent 0").click()
    explorer.get_by_role("button", name="Randomise").click()
    other = changes(canvas, moved)
    assert float(slider.input_value()) == pytest.approx(float(value), abs=1e-4)
    explorer.get_by_role("button", name="Undo").click()
    changes(canvas, other, to=moved)
    explorer.get_by_role("button", name="Redo").click()
    changes(canvas, moved, to=other)
    explorer.locator(".gw-summary").first.click()
    explorer.get_by_role("button", name="Bookmark this").click()
    expect(explorer.get_by_role("button", name="Go to bookmark 1")).to_be_visible()
    explorer.get_by_role("button", name="Copy code").click()
    expect(explorer.get_by_role("textbox", name="z as numbers")).to_have_value(re.compile("^import numpy as np"))
    expect(explorer.locator(".gw-notice")).to_be_hidden()
    explorer.get_by_role("button", name="Reset").click()
    expect(slider).not_to_have_value(value)


def test_classes_are_chosen_and_mixed(page: Page) -> None:
    board = widget(page, 1)
    main_picture = board.get_by_role("img", name="generated picture: z 1 as 0")
    start = drawn(main_picture)
    board.get_by_role("gridcell", name="z 2 as 7").click()
    chosen = changes(board.locator("canvas[aria-label*='z 2 as 7']"), start)
    way = board.get_by_role("slider", name="way to the other class")
    way.focus()
    way.press("End")
    changes(board.locator("canvas[aria-label*='z 2 as 7']"), chosen)
    expect(board.locator(".gw-notice")).to_be_hidden()


def test_styles_are_mixed(page: Page) -> None:
    mixer = widget(page, 2)
    mix = mixer.get_by_role("img", name="the mix:")
    start = drawn(mix)
    mixer.get_by_role("button", name="4 px: B", exact=True).click()
    mixed = changes(mix, start)
    mixer.get_by_role("button", name="8 px: B", exact=True).click()
    more = changes(mix, mixed)
    mixer.get_by_role("button", name="Undo").click()
    changes(mix, more, to=mixed)
    mixer.get_by_role("button", name="Redraw").click()
    expect(mixer.locator(".gw-notice")).to_contain_text("drawn by the kernel")


def test_a_game_is_played_to_its_end(page: Page) -> None:
    game = widget(page, 3)
    for number in (1, 2):
        expect(game).to_contain_text(f"pair {number} of 2")
        game.get_by_role("button", name="left picture").click()
        expect(game).to_contain_text("one is the fake.")
        game.get_by_role("button", name="Next").click()
    expect(game).to_contain_text("of 2 found")
    game.get_by_role("button", name="Reset").click()
    expect(game).to_contain_text("pair 1 of 2")


def test_a_recorded_run_is_scrubbed(page: Page) -> None:
    walk = widget(page, 4)
    slider, picture = walk.get_by_role("slider"), walk.locator("img")
    expect(slider).to_have_attribute("aria-valuetext", "D(G(z)) = 0.05")
    as_shown = picture.get_attribute("src")
    slider.focus()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "D(G(z)) = 0.01")
    assert picture.get_attribute("src") != as_shown
    assert picture.evaluate("image => image.naturalWidth") > 100
    expect(widget(page, 5).get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("^kernel 3:"))


def test_on_a_narrow_page_parts_stand_one_below_the_other(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 900})
    page.goto(site.joinpath("page.html").as_uri())
    walk = widget(page, 4)
    picture, size = walk.locator("img"), "image => [image.naturalWidth, image.clientWidth]"
    page.wait_for_function("image => image.naturalWidth", arg=picture.element_handle())
    natural, shown = picture.evaluate(size)
    assert natural == 460 and 340 < shown < 400
    page.set_viewport_size({"width": 1200, "height": 900})
    page.wait_for_function("image => image.naturalWidth > 900", arg=picture.element_handle())
    page.set_viewport_size({"width": 400, "height": 900})
    page.wait_for_function("image => image.naturalWidth == 460", arg=picture.element_handle())
    wide = widget(page, 5)  # what cannot be stacked is scrolled
    page.wait_for_function("image => image.clientWidth == 600", arg=wide.locator("img").element_handle())
    figure = page.get_by_role("img", name="the figure that the code above draws")
    page.wait_for_function("image => image.clientWidth == 600", arg=figure.element_handle())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_a_widget_without_a_picture_leaves_its_words(page: Page) -> None:
    expect(page.locator(".gw-words")).to_contain_text("Exercise 05.1")
    expect(page.locator(".gw-words")).to_contain_text("still open")


def test_without_wasm_the_page_says_that_pictures_stay(site: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.add_init_script("delete window.WebAssembly")
    page.goto(site.joinpath("page.html").as_uri())
    explorer, classes, game = widget(page, 0), widget(page, 1), widget(page, 3)
    expect(explorer).to_contain_text("The picture stays as it is: this page has no WebAssembly")
    classes.get_by_role("gridcell", name="z 2 as 7").click()
    expect(classes.locator(".gw-notice")).to_contain_text("the pictures stay as they are: this page has no WebAssembly")
    game.get_by_role("button", name="left picture").click()
    expect(game).to_contain_text("one is the fake.")
    page.close()


def test_words_formulas_links_and_search_work_without_a_network(page: Page, site: Path) -> None:
    expect(page.locator("mjx-container").first).to_be_visible()
    assert {"LICENSE", "ThirdPartyNotices.txt.gz"} <= {path.name for path in site.rglob("files/onnxruntime-web/*")}
    assert page.get_by_role("link", name="logit").first.get_attribute("href") == "page.html#logit"
    expect(page.locator("p", has_text="see logit and D*.")).to_be_visible()
    assert page.locator("a[href*=glossary]").count() == 0, "a link to a page that is not there"
    for anchor in ("logit", "Dirac-GAN"):
        assert page.locator(f"#{anchor}").count() == 1
    expect(page.locator("body")).to_contain_text("the answer is 42")
    search = page.context.browser.new_page()  # type: ignore[union-attr]
    search.goto(site.joinpath("search.html").as_uri() + "?q=answer")
    expect(search.locator("#search-results")).to_contain_text("A page")
    search.close()
