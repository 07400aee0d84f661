"""Many pictures as one: tiles in rows. Used wherever pictures are shown or written together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ImageArray = npt.NDArray[np.uint8]


def mosaic(tiles: ImageArray, across: int, gap: int = 0, background: int = 255) -> ImageArray:
    """`(N, H, W, C)` uint8 in rows of `across`, with `gap` pixels between: `(H', W', C)` uint8.

    Gaps, and places that the last row leaves free, have the value `background` in every channel. `ValueError` for
    another kind of array, none at all, or `across` below 1.
    """
    if tiles.ndim != 4 or tiles.dtype != np.uint8 or not len(tiles) or across < 1 or gap < 0:
        raise ValueError(
            f"tiles, across, gap: expected (N, H, W, C) uint8 with N ≥ 1, across ≥ 1 and gap ≥ 0, got {tiles.shape} "
            f"{tiles.dtype}, {across} and {gap}"
        )
    count, height, width, channels = tiles.shape
    down = -(-count // across)
    step_y, step_x = height + gap, width + gap
    cells = np.full((down * across, step_y, step_x, channels), background, np.uint8)
    cells[:count, :height, :width] = tiles
    page = cells.reshape(down, across, step_y, step_x, channels).swapaxes(1, 2)  # (down, step_y, across, step_x, C)
    page = page.reshape(down * step_y, across * step_x, channels)
    return np.ascontiguousarray(page[: down * step_y - gap, : across * step_x - gap])


def with_alpha(tiles: ImageArray) -> ImageArray:
    """`(..., C)` uint8 with one more channel, opaque everywhere."""
    return np.concatenate([tiles, np.full((*tiles.shape[:-1], 1), 255, np.uint8)], axis=-1)
