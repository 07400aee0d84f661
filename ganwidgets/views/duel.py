"""`Duel`: two pictures, one of which is to be chosen; then the verdict, and at the end the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import tiles
from .base import View

Action = Callable[[Any], object]


class Duel(View, parts=("tiles",)):
    """Two pictures as buttons, for the mouse, the finger and the arrow keys. What is asked and told comes as text.

    `actions`: what the page does: "choose" (gets 0 for left, 1 for right), "next" and "reset".
    """

    def __init__(self, actions: Mapping[str, Action], **kwargs: Any) -> None:
        self._actions = dict(actions)
        super().__init__(**kwargs)

    def show(self, meta: dict[str, Any], pictures: tiles.ImageArray, gallery: tiles.ImageArray | None = None) -> None:
        """Show `pictures` `(2, H, W, C)` uint8 and, where there is one, the `gallery` `(n, H, W, C)`.

        `meta`: the words and numbers that `duel.js` lists in its first lines.
        """
        frames = [tiles.encode(tiles.as_images(pictures[side : side + 1])) for side in (0, 1)]
        if gallery is not None and len(gallery):
            frames.append(tiles.encode(tiles.as_images(gallery[: tiles.MAX_TILES])))
        sheets = []
        for sheet, _ in frames:
            sheets.append({**sheet, "total": sheet["count"], "columns": min(sheet["count"], 8)})
        self.push({**meta, "sheets": sheets}, [pixels for _, pixels in frames], urgent=True)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """The page has chosen, or wants to go on."""
        action = self._actions.get(payload.get("do", ""))
        if action is None:
            raise ValueError(f"do: expected one of {sorted(self._actions)}; got {payload.get('do')!r}")
        action(payload.get("value"))
