"""Boxes of ipywidgets as HTML, for marimo: it shows anywidgets, and so our views, but not the boxes around them."""

from __future__ import annotations

import html

import anywidget
import ipywidgets
import traitlets

_CSS = "{} {{ margin: 2px 4px 2px 0; padding: {}; border: 1px solid currentColor; border-radius: 6px; font: inherit; }}"


class Mirror(anywidget.AnyWidget):
    """Shows what an `ipywidgets.HTML` says, which is markup there too, and goes on doing so when it changes."""

    _esm = """
    export default { render({ model, el }) {
      const say = () => { el.innerHTML = model.get("value"); };
      model.on("change:value", say);
      say();
      return () => model.off("change:value", say);
    } };
    """
    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, original: ipywidgets.HTML) -> None:
        super().__init__(value=original.value)
        self._link = traitlets.dlink((original, "value"), (self, "value"))


class Push(anywidget.AnyWidget):
    """Stands in for an `ipywidgets.Button`: the same words, and pressing it presses the other."""

    _esm = """
    export default { render({ model, el }) {
      const button = document.createElement("button");
      const follow = () => {
        button.textContent = model.get("description");
        button.disabled = model.get("disabled");
      };
      button.addEventListener("click", () => model.send({}));
      for (const name of ["change:description", "change:disabled"]) model.on(name, follow);
      follow();
      el.append(button);
      return () => model.off("change:description change:disabled", follow);
    } };
    """
    _css = _CSS.format("button", "4px 12px")
    description = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)

    def __init__(self, original: ipywidgets.Button) -> None:
        super().__init__(description=original.description, disabled=original.disabled)
        self._links = [traitlets.dlink((original, name), (self, name)) for name in ("description", "disabled")]
        self.on_msg(lambda *_: original.click())


class Field(anywidget.AnyWidget):
    """Stands in for an `ipywidgets.Text`: what is typed here is typed there."""

    _esm = """
    export default { render({ model, el }) {
      const input = document.createElement("input"), label = document.createElement("label");
      label.append(model.get("description"), " ", input);
      const follow = () => { if (input.value !== model.get("value")) input.value = model.get("value"); };
      input.addEventListener("input", () => { model.set("value", input.value); model.save_changes(); });
      model.on("change:value", follow);
      follow();
      el.append(label);
      return () => model.off("change:value", follow);
    } };
    """
    _css = _CSS.format("input", "4px 6px")
    description = traitlets.Unicode().tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, original: ipywidgets.Text) -> None:
        super().__init__(description=original.description)
        self._link = traitlets.link((original, "value"), (self, "value"))


class Curtain(anywidget.AnyWidget):
    """Shows the `div` that it lies in, and hides it, as the widget's layout says; `visible`: its `display` then."""

    _esm = """
    export default { render({ model, el }) {
      let box = el;
      while (box && !box.matches(".gw-curtained")) box = box.parentElement ?? box.getRootNode().host;
      const follow = () => { if (box) box.style.display = model.get("display"); };
      model.on("change:display", follow);
      follow();
      return () => model.off("change:display", follow);
    } };
    """
    display = traitlets.Unicode().tag(sync=True)

    def __init__(self, layout: ipywidgets.Layout, visible: str) -> None:
        super().__init__()
        self._link = traitlets.dlink(
            (layout, "display"), (self, "display"), lambda now: "none" if now == "none" else visible
        )


#: Plain widgets that marimo can't show, and what it gets in their place.
_PLAIN: tuple[tuple[type[ipywidgets.Widget], type[anywidget.AnyWidget]], ...] = (
    (ipywidgets.HTML, Mirror),
    (ipywidgets.Button, Push),
    (ipywidgets.Text, Field),
)
_DIRECTIONS = ((ipywidgets.HBox, "row"), (ipywidgets.VBox, "column"), (ipywidgets.Box, "row"))


def markup(widget: ipywidgets.Widget) -> str:
    """The widget as HTML for a cell of marimo: boxes and their layout as `div`s, views as marimo itself shows them.

    What is hidden at first is shown when its layout says so; no other later change of a box is followed. What marimo
    can't show it says so of.
    """
    import marimo

    if isinstance(widget, ipywidgets.Box) and not isinstance(widget, anywidget.AnyWidget):
        flow = next(way for kind, way in _DIRECTIONS if isinstance(widget, kind))
        inner, visible = "".join(markup(child) for child in widget.children), "flex"
        style = f"display: flex; flex-direction: {flow}; {_style(widget)}"
    else:
        shown = next((stand_in(widget) for kind, stand_in in _PLAIN if isinstance(widget, kind)), widget)
        inner, visible, style = marimo.as_html(shown).text, "block", _style(widget)
    if widget.layout.display != "none":
        return f'<div style="{style}">{inner}</div>'
    return (
        f'<div class="gw-curtained" style="{style}">{marimo.as_html(Curtain(widget.layout, visible)).text}{inner}</div>'
    )


def _style(widget: ipywidgets.Widget) -> str:
    """The traits of a `Layout` are CSS properties under Python names."""
    layout = widget.layout
    names = [name for name in layout.keys if not name.startswith("_")]
    rules = [f"{name.replace('_', '-')}: {value}" for name in names if (value := getattr(layout, name)) is not None]
    return html.escape("; ".join(["min-width: 0", *rules]))
