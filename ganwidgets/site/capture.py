"""Runs in the kernel of a notebook that is exported: every widget that is shown leaves its markup in the output.

What works without a kernel leaves it at once; the others are taken for a walk at the end, when no cell needs them any
more. A widget of neither kind, and one that was closed, leaves its still picture; one without a picture, its words.
"""

from __future__ import annotations

import html
import logging
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import IPython
import ipywidgets

from ganwidgets.views.base import Still
from ganwidgets.views.drawing import narrow

from .leaves import LEAVES
from .shelf import Shelf
from .walks import WALKS

Bundle = tuple[dict[str, str], dict[str, Any]]
#: Pictures of more pixels are scrolled on a narrow page.
WIDE = 560
_capture: Capture | None = None


@dataclass(frozen=True)
class Picture:
    """Where a picture lies, and its size in pixels."""

    path: str
    width: int
    height: int


@dataclass(frozen=True)
class Look:
    """A widget's picture, and the one for a narrow page where there is another."""

    src: Picture
    narrow: Picture | None

    def stop(self, caption: str) -> dict[str, str]:
        """It as a stop of a walk."""
        slim = {"narrow": self.narrow.path} if self.narrow else {}
        return {"src": self.src.path, **slim, "caption": caption}

    def markup(self, alt: str) -> str:
        """It as an element."""
        other, wide = "", "gw-wide" if (self.narrow or self.src).width > WIDE else ""
        if self.narrow:
            other = f'<source media="(max-width: 600px)" srcset="{self.narrow.path}" {_size(self.narrow)}>'
        image = f'<img src="{self.src.path}" alt="{html.escape(alt)}" {_size(self.src)}>'
        return f'<picture class="gw-picture {wide}">{other}{image}</picture>'


class Capture:
    """The widgets that one notebook has shown. `markup` is called for each, `walk` at the end."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._count = shelf, 0
        self._walkers: dict[int, tuple[Still, Look]] = {}

    def bundle(self, widget: ipywidgets.Widget, include: Any = None, exclude: Any = None) -> Bundle:
        """What goes into the notebook's output in place of the widget."""
        markup = self.markup(widget)
        return ({"text/html": markup, "text/plain": repr(widget)} if markup else {}), {}

    def markup(self, widget: ipywidgets.Widget) -> str:
        """The widget as an element that `page.js` brings to life; of a plain box, those in it."""
        if not isinstance(widget, Still):
            return "".join(self.markup(child) for child in getattr(widget, "children", ()))
        look = self._look(widget)
        if look is None:
            return _words(widget)
        self._count += 1
        leaf = (left := _of_kind(widget, LEAVES)) and left(widget, self._shelf)
        if leaf:
            self._shelf.runtime()
            name, view = self._shelf.leaf(self._count, leaf.content, leaf.arrays), leaf.view
        else:
            name, view = f"{self._shelf.page}-{self._count}", "walk"
            if _of_kind(widget, WALKS):
                self._walkers[self._count] = (widget, look)
        picture = look.markup(widget.alt or type(widget).__name__)
        return f'<div class="gw-leaf" data-view="{view}" data-leaf="{html.escape(name)}">{picture}</div>'

    def walk(self) -> None:
        """Let the widgets move, and leave the pictures. A run opens at what its widget showed, else at its end."""
        for number, (widget, shown) in self._walkers.items():
            steps, stops = _of_kind(widget, WALKS), []
            assert steps is not None
            try:
                for caption in steps(widget):
                    look = self._look(widget, slim=shown.narrow is not None)
                    stops.extend([look.stop(caption)] if look else [])
            except Exception:  # the pictures so far will do, and where there are none the still one
                logging.getLogger(__name__).warning("%s has no recorded run", widget, exc_info=True)
            if len(stops) > 1:
                start = next((k for k, stop in enumerate(stops) if stop["src"] == shown.src.path), len(stops) - 1)
                label = widget.alt or type(widget).__name__
                self._shelf.leaf(number, {"leaf": {"stops": stops, "start": start, "label": label}})

    def _look(self, widget: Still, slim: bool = True) -> Look | None:
        """What `widget` shows; None for no picture. `slim`: whether to try another one for a narrow page."""
        if not (png := widget.still()):
            return None
        wide, other = self._picture(png), None
        if slim:
            with narrow():
                other = self._picture(widget.still())
        return Look(wide, other if other and other.width < wide.width else None)

    def _picture(self, png: bytes) -> Picture:
        return Picture(self._shelf.picture(png), *struct.unpack(">II", png[16:24]))


def begin(folder: str, page: str) -> None:
    """Catch what this kernel's cells show; widgets leave their files in `folder`."""
    global _capture
    _capture = Capture(Shelf(Path(folder), page))
    shell = IPython.get_ipython()  # type: ignore[no-untyped-call,attr-defined]
    shell.display_formatter.mimebundle_formatter.for_type(ipywidgets.Widget, _capture.bundle)


def finish() -> None:
    """Take the widgets for their walk."""
    assert _capture is not None, "begin() comes first"
    _capture.walk()


def _of_kind(widget: ipywidgets.Widget, table: Mapping[type[ipywidgets.Widget], Any]) -> Any:
    return next((table[kind] for kind in type(widget).__mro__ if kind in table), None)


def _words(widget: Still) -> str:
    """What a widget without a picture says, in the markup that its parts have in a notebook, too."""
    said = [part.value for part in getattr(widget, "children", ()) if isinstance(part, ipywidgets.HTML) and part.value]
    return f'<div class="gw-words">{"<br>".join(said)}</div>' if said else ""


def _size(picture: Picture) -> str:
    return f'width="{picture.width}" height="{picture.height}"'
