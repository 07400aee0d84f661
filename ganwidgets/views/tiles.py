"""A batch of pictures as bytes: one sheet for the page, one PNG for a file or a still."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from ganwidgets import mosaic as mosaics
from ganwidgets.mosaic import with_alpha

ImageArray = mosaics.ImageArray

MAX_TILES = 64
MAX_SIDE = 1024
#: Up to this many bytes go as they are; above it JPEG is several times smaller and costs about two milliseconds.
RAW_LIMIT = 65_536
#: The same for a page on the kernel's own machine. There bytes cost next to nothing, but Chromium may keep a decoded
#: JPEG waiting for 100 ms after a key press, and never pixels that need no decoding.
NEAR_LIMIT = 1_000_000
_CHANNELS = (1, 3, 4)


def as_images(images: Any, name: str = "images") -> ImageArray:
    """Check a batch and return it as contiguous `(N, H, W, C)` uint8, C 1, 3 or 4.

    `images`: `(N, H, W)` or `(N, H, W, C)` uint8, N 1 to 64, sides 1 to 1024. `ValueError` says what came instead.
    """
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise ValueError(f"{name} must be uint8 from 0 to 255, not {array.dtype}")
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim != 4 or array.shape[3] not in _CHANNELS:
        raise ValueError(f"{name} must have the shape (N, H, W) or (N, H, W, C) with C 1, 3 or 4, not {array.shape}")
    count, height, width, _ = array.shape
    if not 1 <= count <= MAX_TILES:
        raise ValueError(f"{name} must hold 1 to {MAX_TILES} pictures, not {count}")
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(f"{name} must have sides of 1 to {MAX_SIDE} pixels, not {height} × {width}")
    return np.ascontiguousarray(array)


def columns(count: int) -> int:
    """How many columns show `count` tiles best: near a square, with few empty places: 8 → 4, 9 → 3, 48 → 8."""
    root = math.isqrt(count - 1) + 1 if count > 1 else 1
    choices = range(root, min(count, 2 * root) + 1)
    return min(choices, key=lambda cols: -count % cols + 0.9 * (cols - root))


def sheet(images: ImageArray, cols: int, *, pad: int = 1) -> ImageArray:
    """Lay `(N, H, W, C)` out in rows: `(rows × H', cols × W', C)`, each side rounded up to a multiple of `pad`."""
    _, height, width, _ = images.shape
    extra = [(0, 0), (0, -height % pad), (0, -width % pad), (0, 0)]
    tiles = np.pad(images, extra, mode="edge") if pad > 1 else images
    return mosaics.mosaic(tiles, cols, background=0)


def lossy(images: ImageArray, raw_limit: int = RAW_LIMIT) -> bool:
    """Whether `encode` makes a JPEG of this batch."""
    return images.nbytes > raw_limit and images.shape[3] != 4


def encode(images: ImageArray, *, coarse: bool = False, raw_limit: int = RAW_LIMIT) -> tuple[dict[str, Any], bytes]:
    """What `tiles.js` paints: `(meta, bytes)` of `(N, H, W, C)` uint8.

    Small batches, up to `raw_limit` bytes, go raw and exact. Larger ones are a JPEG without colour subsampling whose
    tiles start at multiples of 8, so that no tile bleeds into its neighbour; with an alpha channel a PNG. `coarse`:
    half of the bytes, for a picture that stays for a moment only.
    """
    quality = 80 if coarse else 93
    count, height, width, channels = images.shape
    meta: dict[str, Any] = {"count": count, "w": width, "h": height, "c": channels}
    if images.nbytes <= raw_limit:
        return {**meta, "fmt": "raw", "cols": 1, "pw": width, "ph": height}, images.tobytes()
    cols = columns(count)
    lossless = channels == 4
    pixels = sheet(images, cols, pad=1 if lossless else 8)
    rows = -(-count // cols)
    meta |= {"cols": cols, "pw": pixels.shape[1] // cols, "ph": pixels.shape[0] // rows}
    buffer = io.BytesIO()
    if lossless:
        _picture(pixels).save(buffer, "PNG", compress_level=1)
        return {**meta, "fmt": "image/png"}, buffer.getvalue()
    _picture(pixels).save(buffer, "JPEG", quality=quality, subsampling=2 if coarse else 0)
    return {**meta, "fmt": "image/jpeg"}, buffer.getvalue()


def mosaic(images: ImageArray, cols: int | None = None, *, scale: int = 1, gap: int = 2) -> Image.Image:
    """One Pillow picture of `(N, H, W, C)`, each pixel `scale` wide, `gap` transparent pixels between the tiles."""
    count, channels = len(images), images.shape[3]
    if count == 1:
        return _enlarged(_picture(images[0]), scale)
    cols = cols or columns(count)
    large = images.repeat(scale, axis=1).repeat(scale, axis=2)
    return Image.fromarray(mosaics.mosaic(large if channels == 4 else with_alpha(large), cols, gap, background=0))


def png(images: ImageArray, cols: int | None = None, *, scale: int = 1) -> bytes:
    """`mosaic` as the bytes of a PNG file."""
    buffer = io.BytesIO()
    mosaic(images, cols, scale=scale).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def still_scale(images: ImageArray, cols: int | None = None, width: int = 320) -> int:
    """The whole-number enlargement that brings a mosaic of `images` near `width` pixels, at least 1."""
    cols = cols or columns(len(images))
    return max(1, width // (cols * images.shape[2]))


def gif(frames: Sequence[ImageArray], *, seconds: float, scale: int = 1) -> bytes:
    """An endless GIF: each frame is a batch `(N, H, W, C)` laid out as a mosaic on white."""
    pages = [_on_white(mosaic(frame, scale=scale)) for frame in frames]
    buffer = io.BytesIO()
    delay = max(20, round(1000 * seconds / len(pages)))
    pages[0].save(buffer, "GIF", save_all=True, append_images=pages[1:], duration=delay, loop=0, disposal=1)
    return buffer.getvalue()


def _picture(pixels: ImageArray) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _enlarged(picture: Image.Image, scale: int) -> Image.Image:
    if scale == 1:
        return picture
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def _on_white(picture: Image.Image) -> Image.Image:
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A") if "A" in picture.getbands() else None)
    return page
