"""Tiles lie where they should, gaps and free places have the background."""

from __future__ import annotations

import numpy as np
import pytest

from ganwidgets.mosaic import mosaic, with_alpha


def test_three_tiles_in_rows_of_two() -> None:
    tiles = np.arange(1, 4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 2, 1), np.uint8)
    page = mosaic(tiles, across=2, gap=1, background=9)
    assert page[..., 0].tolist() == [[1, 1, 9, 2, 2], [9, 9, 9, 9, 9], [3, 3, 9, 9, 9]]


@pytest.mark.parametrize(("count", "across", "gap"), [(1, 1, 0), (7, 3, 2), (4, 4, 1), (3, 8, 5)])
def test_every_tile_is_found_again(count: int, across: int, gap: int) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (count, 5, 4, 3), dtype=np.uint8)
    page = mosaic(tiles, across, gap)
    down = -(-count // across)
    assert page.shape == (down * 5 + (down - 1) * gap, across * 4 + (across - 1) * gap, 3)
    for index, tile in enumerate(tiles):
        top, left = index // across * (5 + gap), index % across * (4 + gap)
        assert np.array_equal(page[top : top + 5, left : left + 4], tile)


def test_alpha_is_opaque() -> None:
    tiles = np.zeros((2, 3, 3, 1), np.uint8)
    assert with_alpha(tiles).shape == (2, 3, 3, 2)
    assert (with_alpha(tiles)[..., 1] == 255).all() and (with_alpha(tiles)[..., 0] == 0).all()


def test_what_is_no_batch_of_pictures_is_refused() -> None:
    for tiles, across in ((np.zeros((0, 2, 2, 1), np.uint8), 1), (np.zeros((2, 2, 2, 1)), 1), (np.zeros(3), 1)):
        with pytest.raises(ValueError, match="expected"):
            mosaic(tiles, across)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="across"):
        mosaic(np.zeros((1, 2, 2, 1), np.uint8), 0)
