"""Boxes of views as HTML for marimo: every view in its place, layouts as CSS, plain widgets by their stand-ins."""

from __future__ import annotations

import re

import ipywidgets
import pytest

from ganwidgets.views.base import View
from ganwidgets.views.boxes import Curtain, Field, Mirror, Push, markup
from ganwidgets.widgets import DiracGame

pytest.importorskip("marimo")


class Picture(View):
    """A view with nothing in it."""

    _esm = "export default { render() {} };"


def test_boxes_are_nested_and_laid_out() -> None:
    layout = ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 24px", width='1px" onload="x')
    page = markup(ipywidgets.VBox([ipywidgets.Box([Picture(), Picture()], layout=layout), Picture()]))
    assert page.count("<marimo-anywidget") == 3
    assert page.index("flex-direction: column") < page.index("flex-direction: row")
    assert "flex-flow: row wrap" in page and "grid-gap: 4px 24px" in page
    assert 'onload="' not in page
    assert len(re.findall("<div", page)) == len(re.findall("</div>", page)) == 5


def test_a_widget_of_views_has_all_of_them_and_a_view_leaves_it_to_marimo() -> None:
    kind, page = DiracGame()._mime_()
    assert kind == "text/html"
    assert page.count("<marimo-anywidget") == 4
    assert "not supported" not in page


def test_words_and_buttons_are_followed() -> None:
    words, button = ipywidgets.HTML("<b>one</b>"), ipywidgets.Button(description="Hint")
    mirror, push = Mirror(words), Push(button)
    words.value = "two"
    button.description, button.disabled = "No more", True
    assert (mirror.value, push.description, push.disabled) == ("two", "No more", True)
    pressed: list[object] = []
    button.on_click(pressed.append)
    push._handle_custom_msg({}, [])
    assert pressed == [button]
    assert markup(ipywidgets.VBox([words, button])).count("<marimo-anywidget") == 2


def test_a_field_is_typed_into() -> None:
    text = ipywidgets.Text(description="Your name")
    field = Field(text)
    field.value = "Ada"
    assert text.value == "Ada" and field.description == "Your name"


def test_what_is_hidden_at_first_is_shown_when_its_layout_says_so() -> None:
    box = ipywidgets.VBox([Picture()], layout=ipywidgets.Layout(display="none"))
    curtain = Curtain(box.layout, "flex")
    assert curtain.display == "none"
    box.layout.display = ""
    assert curtain.display == "flex"
    box.layout.display = "none"
    page = markup(ipywidgets.VBox([box, Picture()]))
    assert page.count("gw-curtained") == 1 and page.count("<marimo-anywidget") == 3
