"""What is stored of a notebook's pictures."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from tests.refresh_notebooks import LARGE, lighter


def png(pixels: np.ndarray) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def opened(text: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
        return np.asarray(picture.convert("RGBA")).astype(int)


def test_a_large_picture_is_stored_with_fewer_colours_and_looks_the_same() -> None:
    ramps = np.indices((200, 200)).transpose(1, 2, 0) // 2 + 100
    grain = np.random.default_rng(0).integers(-4, 5, (200, 200, 4))
    pixels = np.dstack([ramps, ramps[..., :1], np.full((200, 200), 251)]) + grain
    pixels = pixels.clip(0, 255).astype(np.uint8)
    large = png(pixels)
    stored = lighter(large)
    assert len(large) > LARGE
    assert len(stored) < len(large) / 2
    off = np.abs(opened(stored) - pixels)
    assert off.shape == pixels.shape
    assert off.mean() < 6


def test_small_pictures_stay_as_they_are() -> None:
    small = png(np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8))
    assert lighter(small) == small
