"""`WritingView`: who writes where: a row of input cells, a row of output cells, and a map of how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets
from PIL import Image, ImageColor

from ganwidgets.palette import FAKE

from .drawing import Sketch, to_png
from .quick import QuickView

Array = npt.NDArray[Any]
_WIDTH, _SIDE = 640, 170


@dataclass(frozen=True, eq=False)
class Writing:
    """`taps`: `(outputs, inputs, weights)`, true where an output cell gets something from an input cell through that
    weight. `cut`: so many of the outputs are not kept at either end. `words`: a line below.
    `example`: which of the view's examples it is, -1 for none."""

    taps: Array
    cut: int
    words: str
    example: int = -1

    @property
    def counts(self) -> Array:
        """How often each output cell that is kept is written: `(outputs - 2 cut,)`."""
        counts: Array = self.taps.sum((1, 2))[self.cut : max(self.cut, len(self.taps) - self.cut)]
        return counts


class WritingView(QuickView):
    """Shows a `Writing`. The rows are one dimension of it; the map is the two-dimensional count of writes: the outer
    product of the row with itself. `examples`: names of buttons; `on_example(index)` is called when one is pressed."""

    examples: Any = traitlets.List().tag(sync=True)

    def __init__(self, examples: Sequence[str], on_example: Callable[[int], object], **kwargs: Any) -> None:
        self._on_example = on_example
        self._writing: Writing | None = None
        super().__init__(examples=list(examples), **kwargs)

    def show(self, writing: Writing, urgent: bool = False) -> None:
        """Draw `writing`."""
        self._writing = writing
        outputs, inputs, weights = writing.taps.shape
        meta = {"outputs": outputs, "inputs": inputs, "weights": weights, "cut": writing.cut, "words": writing.words}
        meta["example"] = writing.example
        self.push(meta, [writing.taps.astype(np.uint8).tobytes()], urgent=urgent)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """An example was asked for."""
        if payload.get("do") != "example":
            raise ValueError(f"do: expected 'example'; got {payload.get('do')!r}")
        self._on_example(payload.get("value", -1))

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return self._writing.words if self._writing else ""

    def still(self) -> bytes:
        """The rows and the map, as PNG."""
        if self._writing is None:
            return b""
        image = _sketch(self._writing).image()
        image.paste(_map(self._writing.counts), (_WIDTH - _SIDE, 0))
        return to_png(image)


def _sketch(writing: Writing) -> Sketch:
    counts = writing.counts
    outputs, inputs = len(counts), writing.taps.shape[1]
    sketch, room = Sketch(_WIDTH, 214), 420.0
    cell = min(26.0, room / max(outputs, inputs, 1))
    share = counts / max(counts.max(initial=0), 1)

    def left(index: float, count: int) -> float:
        return (room + (2 * index - count) * cell) / 2

    sketch.text(0, 12, "input", size=11)
    sketch.text(0, 178, "output: how often each cell is written", size=11)
    kept = writing.taps[writing.cut : writing.cut + outputs]
    for output, source in np.argwhere(kept.any(axis=2)):
        ends = [[left(source + 0.5, inputs), 22 + cell], [left(output + 0.5, outputs), 136]]
        sketch.line(np.array(ends), "fake", 0.8, 0.5)
    for index in range(inputs):
        _square(sketch, left(index, inputs), 22, cell, 0.3)
    for index in range(outputs):
        _square(sketch, left(index, outputs), 136, cell, float(share[index]))
        if cell >= 12:
            sketch.text(left(index + 0.5, outputs), 136 + cell / 2, str(counts[index]), size=cell / 2, anchor="mm")
    sketch.text(_WIDTH - _SIDE, 184, "the same in two dimensions", size=11)
    sketch.text(0, 206, writing.words, size=11)
    return sketch


def _map(counts: Array) -> Image.Image:
    """How often each cell is written in two dimensions, as a square of `_SIDE` pixels."""
    share = counts / max(counts.max(initial=0), 1)
    cells = np.empty((max(len(counts), 1),) * 2 + (4,), np.uint8)
    cells[..., :3] = ImageColor.getrgb(FAKE)[:3]
    cells[..., 3] = 255 * (0.06 + 0.85 * np.outer(share, share)) if len(counts) else 0
    return Image.fromarray(cells).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)


def _square(sketch: Sketch, x: float, y: float, side: float, share: float) -> None:
    corners = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
    sketch.area(corners, "fake", 0.1 + 0.75 * share)
    sketch.line(np.vstack([corners, corners[:1]]), "ink", 0.8)
