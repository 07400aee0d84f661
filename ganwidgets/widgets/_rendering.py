"""Calls a learner's `render`, checks what comes back, and keeps one picture for each tile up to date."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.views.tiles import as_images

from ._latents import FloatArray

ImageArray = npt.NDArray[np.uint8]
Render = Callable[[FloatArray], Any]

#: While a hand is on a slider, a frame may take this long, in seconds.
DRAFT_BUDGET = 0.025
#: So many tiles are always drawn, even if this takes longer.
LEAST_TILES = 4


class TileCache:
    """The pictures of `n` tiles and the z each was made from; renders those whose z has changed."""

    def __init__(self, render: Render, z: FloatArray) -> None:
        self._render = render
        self._cost = 0.0
        self._turn = 0
        self._drawn = np.zeros(len(z), np.int64)
        self._z = np.array(z)
        self.images = self._call(z)
        self.images.flags.writeable = False

    def update(self, z: FloatArray, *, draft: bool = False) -> npt.NDArray[np.intp]:
        """Render the tiles whose z has changed, and return their indices; if `render` fails, nothing changes.

        `draft`: only as many as fit into `DRAFT_BUDGET`, those first whose picture is oldest.
        """
        stale = np.flatnonzero((z != self._z).any(axis=1))
        if draft and len(stale) > (room := self._room()):
            stale = np.sort(stale[np.argsort(self._drawn[stale], kind="stable")][:room])
        if not len(stale):
            return stale
        fresh = self._call(z[stale])
        if fresh.shape[1:] != self.images.shape[1:]:  # another size: every tile has to follow
            stale, fresh = np.arange(len(z)), self._call(z)
        if len(stale) < len(z):  # in a copy: others may still hold the pictures of before
            part, fresh = fresh, self.images.copy()
            fresh[stale] = part
        self._turn += 1
        self.images = fresh
        self.images.flags.writeable = False
        self._z[stale], self._drawn[stale] = z[stale], self._turn
        return stale

    def current(self, z: FloatArray) -> bool:
        """Whether each picture belongs to its row of `z`."""
        return bool(np.array_equal(z, self._z))

    def restore(self, z: FloatArray, images: ImageArray) -> list[int]:
        """Take back what a draft has drawn: `images` are those of `z`. Returns the tiles that change."""
        changed = np.flatnonzero((z != self._z).any(axis=1))
        self.images, self._z = images, np.array(z)
        return [int(index) for index in changed]

    def render(self, z: FloatArray) -> ImageArray:
        """`render(z)`, checked, without touching the tiles."""
        return self._call(z)

    def _room(self) -> int:
        return max(LEAST_TILES, int(DRAFT_BUDGET / self._cost)) if self._cost > 0 else len(self._z)

    def _call(self, z: FloatArray) -> ImageArray:
        start = time.perf_counter()
        images = check_images(self._render(np.array(z)), len(z))
        cost = (time.perf_counter() - start) / len(z)
        if len(z) > 1 or self._cost == 0:
            self._cost = cost if self._cost == 0 else 0.7 * self._cost + 0.3 * cost
        return images


def check_images(images: Any, count: int) -> ImageArray:
    """What `render` returned as `(count, H, W, C)` uint8; `ValueError` says what came and what is allowed."""
    array = np.asarray(images)
    allowed = f"allowed is ({count}, height, width, channels) uint8 from 0 to 255, channels 1, 3 or 4"
    if array.dtype != np.uint8:
        nan = " with NaN in it" if array.dtype.kind == "f" and np.isnan(array).any() else ""
        raise ValueError(f"render: got {array.dtype} of shape {array.shape}{nan}; {allowed}")
    if array.ndim != 4 or len(array) != count:
        raise ValueError(f"render: got shape {array.shape} for {count} z; {allowed}")
    return np.array(as_images(array, "render's result"))
