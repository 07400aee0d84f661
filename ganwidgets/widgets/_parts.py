"""Small pieces that several widgets are laid out with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import ipywidgets

from ganwidgets.views.base import Still


def row(parts: Sequence[ipywidgets.Widget], least: int = 280) -> ipywidgets.Box:
    """`parts` side by side, each at least `least` pixels wide; one below the other where there is no room."""
    columns = [part if isinstance(part, ipywidgets.VBox) else ipywidgets.VBox([part]) for part in parts]
    for column in columns:
        column.layout = ipywidgets.Layout(flex=f"1 1 {least}px", min_width="0", max_width="460px")
    return ipywidgets.Box(columns, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 24px"))


def close_all(widgets: Iterable[ipywidgets.Widget]) -> None:
    """Take `widgets`, and those that they are made of, off the page."""
    for widget in widgets:
        close_all(getattr(widget, "children", ()))
        widget.close()


class Panel(Still, ipywidgets.VBox):
    """Base of the widgets that are made of others and follow no stream."""

    def close(self) -> None:
        """Take it off the page, with all that it is made of. May be called twice."""
        close_all(self.children)
        super().close()


class Words(ipywidgets.HTML):
    """Sentences that wrap, and that a screen reader hears when they change."""

    text = ""

    def say(self, text: str) -> None:
        """Show `text`, as text and never as markup."""
        self.text = text
        self.value = f'<div role="status" style="line-height: 1.4; margin: 4px 0">{escape(text)}</div>'
