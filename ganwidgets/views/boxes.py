"""Boxes of ipywidgets as HTML, for marimo: it shows anywidgets, and so our views, but not the boxes around them."""

from __future__ import annotations

import html

import anywidget
import ipywidgets
import traitlets


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


_DIRECTIONS = ((ipywidgets.HBox, "row"), (ipywidgets.VBox, "column"), (ipywidgets.Box, "row"))


def markup(widget: ipywidgets.Widget) -> str:
    """The widget as HTML for a cell of marimo: boxes and their layout as `div`s, views as marimo itself shows them.

    A later change of a box's children or layout is not followed. What marimo can't show it says so of.
    """
    import marimo

    if isinstance(widget, ipywidgets.Box) and not isinstance(widget, anywidget.AnyWidget):
        flow = next(way for kind, way in _DIRECTIONS if isinstance(widget, kind))
        children = "".join(markup(child) for child in widget.children)
        return f'<div style="display: flex; flex-direction: {flow}; {_style(widget)}">{children}</div>'
    shown = Mirror(widget) if isinstance(widget, ipywidgets.HTML) else widget
    return f'<div style="{_style(widget)}">{marimo.as_html(shown).text}</div>'


def _style(widget: ipywidgets.Widget) -> str:
    """The traits of a `Layout` are CSS properties under Python names."""
    layout = widget.layout
    names = [name for name in layout.keys if not name.startswith("_")]
    rules = [f"{name.replace('_', '-')}: {value}" for name in names if (value := getattr(layout, name)) is not None]
    return html.escape("; ".join(["min-width: 0", *rules]))
