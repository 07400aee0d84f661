"""`Matrix`: pictures in named places of a page, of which only those that have changed are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import traitlets

from . import tiles
from .base import View


class Matrix(View):
    """Base of the views with a table of pictures; `spec`: what never changes, as each script lists it."""

    spec = traitlets.Dict().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        self._sent: dict[str, tiles.ImageArray] = {}
        super().__init__(**kwargs)

    def forget(self) -> None:
        """A page has opened that has no pictures yet: the next `paint` sends them all."""
        self._sent = {}

    def paint(self, pictures: Mapping[str, tiles.ImageArray], state: dict[str, Any], *, urgent: bool) -> None:
        """Show `pictures`, `(H, W, C)` uint8 of one size by place, and the rest of the state.

        At most 64 of them may have changed since the last call. `urgent` as in `View.push`.
        """
        changed = {
            place: picture for place, picture in pictures.items()
            if (before := self._sent.get(place)) is not picture and not np.array_equal(before, picture)  # type: ignore[arg-type]
        }  # fmt: skip
        meta: dict[str, Any] = {"state": state, "places": list(changed), "partial": True}
        buffers = []
        if changed:
            batch = tiles.as_images(np.stack(list(changed.values())))
            sheet, pixels = tiles.encode(batch, raw_limit=tiles.NEAR_LIMIT if self.near else tiles.RAW_LIMIT)
            meta, buffers = meta | sheet, [pixels]
        if self.push(meta, buffers, urgent=urgent):
            self._sent |= changed
        else:  # it goes out later, or is dropped in favour of a newer one: what the page will have is not known
            for place in changed:
                self._sent.pop(place, None)
