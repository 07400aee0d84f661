"""Pictures that are rendered once: the same input gives the same picture as long as it is remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from ._latents import FloatArray
from ._rendering import ImageArray, check_images

#: So many bytes of pictures are remembered at most.
ROOM = 64 << 20
Key = tuple[bytes, Hashable]


class PictureMemo:
    """`render(rows, note)`, called only for the rows whose picture is not remembered, and all of these at once.

    `rows`: `(n, ...)` float32; a picture must depend on its own row and the `note` alone. What comes back is checked
    as in `check_images`.
    """

    def __init__(self, render: Callable[[FloatArray, Any], Any], room: int = ROOM) -> None:
        self._render, self._room = render, room
        self._known: OrderedDict[Key, ImageArray] = OrderedDict()

    def __call__(self, rows: FloatArray, note: Hashable = None) -> list[ImageArray]:
        """The pictures `(H, W, C)` of `rows`, all of one size."""
        wanted = {(row.tobytes(), note): row for row in rows}
        for _ in range(2):  # twice where `render` has taken to another size
            missing = {key: row for key, row in wanted.items() if key not in self._known}
            if missing:
                self._keep(list(missing), self._render(np.stack(list(missing.values())), note))
        if any(key not in self._known for key in wanted):
            raise ValueError("render: the size of its pictures changes from call to call; they must be of one size")
        pictures = [self._known[(row.tobytes(), note)] for row in rows]
        self._forget(list(wanted))
        return pictures

    def _keep(self, keys: list[Key], rendered: Any) -> None:
        images = check_images(rendered, len(keys))
        if self._known and next(iter(self._known.values())).shape != images.shape[1:]:
            self._known.clear()
        for key, image in zip(keys, images, strict=True):
            picture = np.array(image)  # a view would keep the whole batch in memory
            picture.flags.writeable = False
            self._known[key] = picture

    def _forget(self, used: list[Key]) -> None:
        for key in used:
            self._known.move_to_end(key)
        size = next(iter(self._known.values())).nbytes
        while len(self._known) > len(used) and len(self._known) * size > self._room:
            self._known.popitem(last=False)
