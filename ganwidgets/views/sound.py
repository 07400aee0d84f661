"""`SoundBoard`: a sound as wave and spectrogram, heard in the page, with sliders, a way from A to B, and a game.

The page gets samples and makes the sound itself (WebAudio). It never does so before a person has touched it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets
from PIL import Image, ImageColor

from ganwidgets import hearing

from .base import View
from .drawing import COLOURS, Sketch, stacked, to_png

Array = npt.NDArray[Any]

_WIDTH, _WAVE, _SPECTRUM = 460, 80, 150
FRAMES = 128
LOWEST = 50.0  # Hz, as in the page


class SoundBoard(View, parts=("hand", "sliders", "tools", "audio")):
    """The page's side of a `SoundExplorer`. `spec` is that of `Explorer`'s sliders; `rate`: samples a second;
    `game`: whether there are real sounds to compare with."""

    spec = traitlets.Dict().tag(sync=True)
    rate = traitlets.Int(8000).tag(sync=True)
    game = traitlets.Bool(False).tag(sync=True)

    def paint(self, wave: Array, values: Sequence[Array], state: dict[str, Any], urgent: bool) -> None:
        """Send the wave `(L,)`, each group's slider `values` and the rest of the state."""
        levels = as_levels(wave)
        meta = {"state": state, "bins": levels.shape[0], "frames": levels.shape[1]}
        buffers = [np.ascontiguousarray(group, dtype="<f4").tobytes() for group in (*values, wave)]
        self.push(meta, [*buffers, levels.tobytes()], urgent=urgent)


def as_levels(wave: Array) -> npt.NDArray[np.uint8]:
    """The spectrogram `(bins, frames)` from 0 (silence) to 255 (a full tone)."""
    decibels = hearing.spectrogram(wave, FRAMES)
    return np.rint(255 * (1 - decibels / hearing.FLOOR)).astype(np.uint8)


def picture(wave: Array, rate: int, colour: str, words: str) -> bytes:
    """Wave and spectrogram, in octaves from 50 Hz up to half the `rate`, as PNG."""
    sketch = Sketch(_WIDTH, _WAVE + 20)
    places = np.linspace(0, len(wave), _WIDTH + 1).astype(int)
    columns = [wave[first : max(last, first + 1)] for first, last in pairwise(places)]
    columns = [column if len(column) else wave[-1:] for column in columns]
    x, middle = np.arange(_WIDTH) + 0.5, _WAVE / 2
    top = np.array([middle - middle * column.max() for column in columns])
    bottom = np.array([middle - middle * column.min() for column in columns]) + 0.8
    outline = np.stack([np.concatenate([x, x[::-1]]), np.concatenate([top, bottom[::-1]])], axis=1)
    sketch.area(outline, colour, 0.9)
    sketch.text(0, _WAVE + 14, words, "soft", 11)
    levels = as_levels(wave)
    shares = (LOWEST / (rate / 2)) ** (np.arange(_SPECTRUM) / _SPECTRUM)  # of the highest frequency, from the top down
    levels = levels[np.clip(shares * len(levels) - 0.5, 0, len(levels) - 1).astype(int)]
    pixels = np.empty((*levels.shape, 4), np.uint8)
    pixels[..., :3] = ImageColor.getrgb(COLOURS[colour])[:3]
    pixels[..., 3] = np.rint(255 * (levels / 255) ** 1.6)
    spectrum = Image.fromarray(pixels).resize((_WIDTH, _SPECTRUM), Image.Resampling.BILINEAR)
    both = stacked([sketch.image(), spectrum], gap=2)
    assert both is not None
    return to_png(both)
