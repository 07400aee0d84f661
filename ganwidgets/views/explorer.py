"""`Explorer`: pictures on a canvas, sliders beside them, and the tools that go with sliders.

It draws what it is told and passes on what a person does; what a slider means is its subclass's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from . import tiles
from .base import View


class Explorer(View, parts=("engine", "latents", "local", "tiles", "hand", "sliders", "pad", "tools")):
    """The page's side of a slider board. `spec` describes what never changes:

    `groups`: `[{"title": …, "one": …, "names": [...]}]`, one list of sliders each, shown one at a time; `shown`: how
    many sliders at once; `span`: their range is ±span; `label`: what the pictures are; `count`: how many; `engine`: the
    `spec` of a `PageModel`, if a page can draw by itself, or None.
    """

    spec = traitlets.Dict().tag(sync=True)

    @property
    def raw_limit(self) -> int:
        """Up to how many bytes the pictures of a frame go to the page as they are."""
        return tiles.NEAR_LIMIT if self.near else tiles.RAW_LIMIT

    def paint(
        self,
        images: tiles.ImageArray,
        changed: Sequence[int],
        values: Sequence[npt.NDArray[np.float32]],
        state: dict[str, Any],
        *,
        place: Sequence[npt.NDArray[np.float32]] = (),
        coarse: bool = False,
        urgent: bool,
    ) -> bool:
        """Send the `changed` tiles of `images` `(N, H, W, C)`, each group's slider `values` and the rest of the state.

        `place`: for a page that draws by itself, z `(N, z_dim)`, and what it would be without truncation if that is
        something else. `coarse`: fewer bytes for a picture that is soon followed by another. Returns whether it went at
        once; if not, the tiles have to be named again in the next call.
        """
        count = len(images)
        meta: dict[str, Any] = {"total": count, "columns": tiles.columns(count), "state": state}
        meta |= {"values": len(values), "place": len(place)}
        buffers = [np.ascontiguousarray(group, dtype="<f4").tobytes() for group in [*values, *place]]
        if len(changed):
            whole = len(changed) == count
            chosen = images if whole else images[np.asarray(changed)]
            sheet, pixels = tiles.encode(chosen, coarse=coarse, raw_limit=self.raw_limit)
            meta |= sheet if whole else {**sheet, "tiles": [int(i) for i in changed], "partial": True}
            buffers.append(pixels)
        else:
            meta |= {"count": 0, "partial": True}
        return self.push(meta, buffers, urgent=urgent)
