"""What can be checked of VS Code and Colab without them: the kind of their buffers, and their themes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.lab import ROOT

VIEWS = ROOT / "ganwidgets" / "views"
INK, PAPER = "getComputedStyle(root).color", "getComputedStyle(button).backgroundColor"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with our shared script and sheet, a root and a button in it."""
    with browser.new_context() as context:
        page = context.new_page()
        page.add_script_tag(content=(VIEWS / "base.js").read_text(encoding="utf-8"))
        page.add_style_tag(content=(VIEWS / "base.css").read_text(encoding="utf-8"))
        page.evaluate(
            "() => { window.button = gwButton('Play', () => {});"
            " window.root = gwEl('div', { class: 'gw-root' }, button); document.body.append(root); gwShade(root); }"
        )
        yield page


def test_buffers_are_read_as_data_views_arrays_and_bare(page: Page) -> None:
    """JupyterLab and marimo give a `DataView`, Colab a `Uint8Array`; both may start in the middle of a message."""
    read = page.evaluate(
        "() => { const all = new Float32Array([9, 1.5, -2, 9]).buffer;"
        " const odd = new Uint8Array([7, ...new Uint8Array(all, 4, 8)]);"
        " return [new DataView(all, 4, 8), new Uint8Array(all, 4, 8), all.slice(4, 12), new DataView(odd.buffer, 1, 8)]"
        ".map((buffer) => Array.from(gwFloats(buffer))); }"
    )
    assert read == [[1.5, -2.0]] * 4


def test_colours_of_vs_code_are_taken_over(page: Page) -> None:
    page.evaluate(
        "() => { document.documentElement.style = '--vscode-foreground: #c0ffee; --vscode-editor-background: #123456';"
        " document.body.classList.add('vscode-dark'); }"
    )
    page.wait_for_function("() => root.classList.contains('gw-dark')")
    assert page.evaluate(f"() => [{INK}, {PAPER}]") == ["rgb(192, 255, 238)", "rgb(18, 52, 86)"]


def test_a_dark_colab_has_light_ink_and_back_again(page: Page) -> None:
    assert page.evaluate(f"() => [{INK}, {PAPER}]") == ["rgb(33, 33, 33)", "rgb(255, 255, 255)"]
    page.evaluate("() => document.documentElement.setAttribute('theme', 'dark')")
    page.wait_for_function("() => root.classList.contains('gw-dark')")
    assert page.evaluate(f"() => [{INK}, {PAPER}]") == ["rgb(224, 224, 224)", "rgb(30, 30, 30)"]
    page.evaluate("() => document.documentElement.removeAttribute('theme')")
    page.wait_for_function("() => !root.classList.contains('gw-dark')")
