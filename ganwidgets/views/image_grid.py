"""`ImageGrid`: 1 to 64 pictures on a canvas, as fast as they come."""

from __future__ import annotations

import threading
from typing import Any

import traitlets

from . import tiles
from .base import View


class ImageGrid(View, parts=("tiles",)):
    """Pictures in a tidy grid; with `selectable`, a click or the arrow keys select one.

    `images`: `(N, H, W)` or `(N, H, W, C)` uint8, N 1 to 64, sides 1 to 1024, C 1, 3 or 4. Assign to it, or call
    `show` from any thread. `label`: what the pictures are, for screen readers. `columns`: 0 chooses. `width`: the
    grid's greatest width in CSS pixels. `selected`: index of the selected picture, -1 for none; observable.
    """

    label = traitlets.Unicode("pictures").tag(sync=True)
    selectable = traitlets.Bool(False).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    width = traitlets.Int(528, min=16).tag(sync=True)
    columns = traitlets.Int(0, min=0)

    def __init__(self, images: Any = None, **kwargs: Any) -> None:
        self._images: tiles.ImageArray | None = None
        self._state_lock = threading.Lock()
        selected = kwargs.pop("selected", -1)
        super().__init__(**kwargs)
        if images is not None:
            self.show(images)
        self.selected = selected

    @property
    def images(self) -> tiles.ImageArray | None:
        """The pictures on show, `(N, H, W, C)` uint8, or None."""
        return self._images

    @images.setter
    def images(self, images: Any) -> None:
        self.show(images)

    def show(self, images: Any) -> None:
        """Show these pictures. From any thread; frames that the page is too slow for are dropped, never queued."""
        array = tiles.as_images(images)
        meta, pixels = tiles.encode(array)
        meta |= {"total": len(array), "columns": self.columns or tiles.columns(len(array))}
        with self._state_lock:
            self._images = array
        self.push(meta, [pixels])

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture's accessible name."""
        count = 0 if self._images is None else len(self._images)
        return self.label if count == 1 else f"{count} {self.label}"

    def still(self) -> bytes:
        """The grid as PNG, small pictures enlarged."""
        images = self._images
        if images is None:
            return b""
        cols = self.columns or tiles.columns(len(images))
        return tiles.png(images, cols, scale=tiles.still_scale(images, cols))

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> int:
        count = 0 if self._images is None else len(self._images)
        if not -1 <= proposal.value < max(count, 1):
            raise ValueError(f"selected must be -1 (none) to {count - 1}, not {proposal.value}")
        return int(proposal.value)
