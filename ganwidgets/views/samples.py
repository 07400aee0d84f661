"""`Samples`: a generator's samples, be they pictures or points of the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets
from PIL import Image

from . import tiles
from .base import View
from .drawing import Sketch, stacked, to_png
from .packed import Packed
from .quick import LoopFlow

Array = npt.NDArray[Any]

_STILL_SIDE = 340


class Samples(View, parts=("tiles",)):
    """Pictures in a grid, or points over the real ones; before the first of either, `placeholder`.

    `real`: real points `(N, 2)`, drawn faintly behind. `label`: what is shown, for screen readers.
    """

    label = traitlets.Unicode("samples").tag(sync=True)
    placeholder = traitlets.Unicode("Press Play or Step to start.").tag(sync=True)
    width = traitlets.Int(420).tag(sync=True)

    def __init__(self, real: Any = None, **kwargs: Any) -> None:
        self._real = None if real is None else as_points(real, "real")[:2000]
        self._shown: Array | Packed | None = None
        self._caption = ""
        self._reach = 0.0
        super().__init__(**kwargs)
        self._flow = LoopFlow(self._send_frame, unheard=0.25)
        if self._real is not None:
            self.show(np.zeros((0, 2), np.float32))

    @property
    def samples(self) -> Array | None:
        """What is on show: `(N, H, W, C)` uint8, `(N, 2)` float32, or None."""
        if isinstance(self._shown, Packed):
            self._shown = self._shown.images()
        return self._shown

    def show(self, samples: Any, urgent: bool = False) -> None:
        """Show pictures `(N, H, W, C)` or `(N, H, W)` uint8, up to 64, or `Packed`, or points `(N, 2)`."""
        packed = samples
        if not isinstance(samples, Packed):
            array = np.asarray(samples)
            if array.ndim == 2:
                self._show_points(array, urgent)
                return
            self._shown = tiles.as_images(array[: tiles.MAX_TILES], "samples")
            packed = Packed.of(self._shown)
        else:
            self._shown = samples
        meta = {"total": len(packed), "columns": tiles.columns(len(packed)), "type": "images"}
        self.push(packed.meta | meta, [packed.data], urgent=urgent)

    def name(self, caption: str) -> None:
        """Set a line above the samples; an empty one takes it away."""
        self._caption = caption
        self.send({"kind": "caption", "text": caption})

    def on_open(self) -> None:
        """A page has opened."""
        self.name(self._caption)
        super().on_open()

    def explain(self, text: str) -> None:
        """Say why there is nothing to see."""
        self.push({"type": "text", "text": text}, [])

    @property
    def alt(self) -> str:  # type: ignore[override]
        """What is on show, in words."""
        return f"{0 if self._shown is None else len(self._shown)} {self.label}"

    def still(self) -> bytes:
        """What is on show, under its caption, as PNG; nothing before the first samples."""
        shown = self.samples
        if shown is None:
            return b""
        if shown.ndim == 2:
            image = self._sketch(shown, _STILL_SIDE).image()
        else:
            columns = tiles.columns(len(shown))
            natural = columns * shown.shape[2]
            image = tiles.mosaic(shown, columns, scale=-(-_STILL_SIDE // natural)).convert("RGBA")
            image.thumbnail((_STILL_SIDE, _STILL_SIDE))
        return to_png(self._captioned(image))

    def _captioned(self, image: Image.Image) -> Image.Image:
        if not self._caption:
            return image
        head = Sketch(_STILL_SIDE, 18)
        head.text(0, 13, self._caption, size=12)
        return stacked([head.image(), image], gap=4) or image

    def _show_points(self, points: Array, urgent: bool) -> None:
        self._shown = shown = as_points(points, "samples") if len(points) else points.astype(np.float32)
        spread = [np.abs(array).max() for array in (self._real, shown) if array is not None and len(array)]
        wanted = 1.12 * float(spread[0] if self._real is not None else max(spread, default=1.0))
        wanted = wanted or 1.0  # all of them in one place, the origin
        if self._real is not None or wanted > self._reach or wanted < 0.5 * self._reach:
            self._reach = wanted
        real = np.zeros((0, 2), np.float32) if self._real is None else self._real
        meta = {"type": "points", "reach": self._reach, "total": len(shown)}
        self.push(meta, [real.tobytes(), shown.tobytes()], urgent=urgent)

    def _sketch(self, points: Array, side: int) -> Sketch:
        sketch = Sketch(side, side)
        for array, colour, opacity in ((self._real, "real", 0.45), (points, "fake", 0.8)):
            if array is not None and len(array):
                places = (np.stack([array[:, 0], -array[:, 1]], axis=1) / self._reach + 1) * side / 2
                sketch.dots(places, colour, 1.7, opacity)
        return sketch


def as_points(points: Any, name: str) -> Array:
    """`points` as `(N, 2)` float32, finite, N ≥ 1; else `ValueError`."""
    try:
        array = np.ascontiguousarray(points, dtype=np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected points (N, 2), N ≥ 1; got {points!r:.80}") from None
    if array.ndim != 2 or array.shape[1] != 2 or len(array) == 0:
        raise ValueError(f"{name}: expected points (N, 2), N ≥ 1; got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite points; {int((~np.isfinite(array)).any(1).sum())} are not")
    return array
