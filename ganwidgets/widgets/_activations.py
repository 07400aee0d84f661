"""Activations of a layer as pictures: which channels are worth a look, and how dark and how bright their cells are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

MOST_MAPS = 64
MOST_NUMBERS = 256
_SIDE = 64  # maps are not sent larger than this
_THUMB = 32
_BEYOND = 0.01
_WAVE = (48, 96)


def as_maps(activation: FloatArray) -> FloatArray:
    """`(C, h, w)` of any activation without its batch: a vector's numbers are maps of one cell, a sound's channels
    are stripes, and of a clip it is the middle frame."""
    array = np.nan_to_num(np.asarray(activation, np.float32), posinf=0, neginf=0)
    if array.ndim <= 1:
        return array.reshape(-1, 1, 1)
    if array.ndim == 2:
        wide = _shrunk(array[:, None, :], _SIDE)
        return wide.repeat(max(1, wide.shape[2] // 4), axis=1)
    while array.ndim > 3:
        array = array[:, array.shape[1] // 2]
    return array


def activity(activation: FloatArray) -> FloatArray:
    """How much goes on in each channel, `(C,)`: the spread over its places, or the size of a single number."""
    maps = as_maps(activation)
    single = maps.shape[1] * maps.shape[2] == 1
    found: FloatArray = np.abs(maps[:, 0, 0]) if single else maps.reshape(len(maps), -1).std(1)
    return found


def room(activation: FloatArray) -> int:
    """How many channels of it are shown at once."""
    maps = as_maps(activation)
    return min(len(maps), MOST_NUMBERS if maps.shape[1] * maps.shape[2] == 1 else MOST_MAPS)


def span(activation: FloatArray) -> tuple[float, float]:
    """What dark and bright stand for: nearly the layer's least and greatest number, 1 % of all lie beyond either.

    Dark is 0 where none is negative; a few numbers are not cut at all.
    """
    finite = np.asarray(activation)[np.isfinite(activation)]
    if not finite.size:
        return 0.0, 0.0
    low, high = (float(end) for end in np.quantile(finite, (_BEYOND, 1 - _BEYOND) if finite.size > 256 else (0, 1)))
    if high <= max(low, 0):  # nearly all of it is 0
        high = float(finite.max())
    return min(low, 0.0), high


def shown(activation: FloatArray, channels: npt.ArrayLike) -> Bytes:
    """The maps of `channels` `(K,)` as `(K, h, w)` uint8, sides at most 64, all on the layer's one scale."""
    low, high = span(activation)
    maps = _shrunk(as_maps(activation)[np.asarray(channels, int)], _SIDE)
    return _scaled(maps, low, high)


def thumb(activation: FloatArray, channel: int) -> Bytes:
    """A small picture of the layer: the map of `channel` on its own scale; of a vector all numbers, in a square."""
    maps = as_maps(activation)
    if maps.shape[1] * maps.shape[2] == 1:
        numbers = maps[:MOST_NUMBERS, 0, 0]
        side = math.isqrt(len(numbers) - 1) + 1 if len(numbers) else 1
        square = np.full(side * side, np.nan, np.float32)
        square[: len(numbers)] = numbers
        picture = square.reshape(side, side)
    else:
        picture = _shrunk(maps[channel : channel + 1], _THUMB)[0]
    low, high = float(np.nanmin(picture)), float(np.nanmax(picture))
    return _scaled(np.nan_to_num(picture, nan=low), low, high)


def describe(activation: FloatArray, count: int, order: str) -> str:
    """What the mosaic shows, in words: how many channels, in which order, the scale, and what is odd about them."""
    low, high = span(activation)
    total = len(as_maps(activation))
    single = as_maps(activation)[0].size == 1
    what, order = ("numbers", "in their order") if single else ("channels", order)
    if total == 1:
        said = [f"One {what[:-1]}."]
    else:
        said = [f"{'All' if count == total else count} {'' if count == total else 'of '}{total} {what}, {order}."]
    said.append(f"Dark is {low:.2f}, bright {high:.2f}.".replace("-", "−"))
    flat = np.asarray(activation).reshape(total, -1)
    if silent := int((flat == 0).all(1).sum()):
        said.append(f"Of all {total} {what}, {silent} {'is' if silent == 1 else 'are'} 0 everywhere for this z.")
    if broken := int((~np.isfinite(flat)).any(1).sum()):
        said.append(f"With NaN or infinity: {broken}.")
    return " ".join(said)


def picture_of(x: FloatArray) -> Bytes | None:
    """What D is given, `(C, ...)`, as a picture `(H, W, C)` uint8: an image, a clip's middle frame, a sound's wave.

    None for points and other vectors.
    """
    array = np.nan_to_num(np.asarray(x, np.float32))
    if array.ndim == 2 and array.shape[0] == 1:
        return _wave(array[0])
    if array.ndim < 3:
        return None
    while array.ndim > 3:
        array = array[:, array.shape[1] // 2]
    image = array[:3] if array.shape[0] >= 3 else array[:1]
    pixels: Bytes = ((np.clip(image, -1, 1) + 1) * 127.5).round().astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(pixels, 0, -1))


def _wave(sound: FloatArray) -> Bytes:
    """The outline of a sound, mid-grey on a transparent ground: `(H, W, 4)`."""
    high, wide = _WAVE
    parts = np.array_split(sound, min(wide, len(sound)))
    levels = np.linspace(1, -1, high)[:, None]
    top, bottom = (np.array([f(part) for part in parts])[None] for f in (np.max, np.min))
    inside = (levels <= top + 1 / high) & (levels >= bottom - 1 / high)
    page = np.full((high, len(parts), 4), 128, np.uint8)
    page[..., 3] = 255 * inside
    return page


def _shrunk(maps: FloatArray, side: int) -> FloatArray:
    """`(K, h, w)` with sides of at most `side`: the means of blocks, without what does not fill a block."""
    _, h, w = maps.shape
    down, across = -(-h // side), -(-w // side)
    if down == across == 1:
        return maps
    cut: Any = maps[:, : h // down * down, : w // across * across]
    blocks = cut.reshape(len(maps), h // down, down, w // across, across)
    means: FloatArray = blocks.mean((2, 4))
    return means


def _scaled(values: FloatArray, low: float, high: float) -> Bytes:
    share = (values - low) / (high - low) if high > low else np.full(values.shape, 0.5 if high else 0.0)
    scaled: Bytes = (255 * np.clip(share, 0, 1)).round().astype(np.uint8)
    return scaled
