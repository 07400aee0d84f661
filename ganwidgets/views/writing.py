"""`WritingView`: who writes where in a transposed convolution: a row of input cells, a row of output cells, a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, to_png
from .quick import QuickView

Array = npt.NDArray[Any]


class WritingView(QuickView):
    """Shows `writes` `(outputs, inputs)`, true where an output cell gets something from an input cell.

    The rows are one dimension of it; the map is the two-dimensional count: the outer product of the row with itself.
    """

    width = traitlets.Int(640).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        self._writes: Array = np.zeros((0, 0), bool)
        self._words = ""
        super().__init__(**kwargs)

    def show(self, writes: Array, words: str) -> None:
        """Draw `writes`; `words`: what to say of it in a line."""
        self._writes, self._words = writes, words
        outputs, inputs = writes.shape
        self.push(
            {"outputs": outputs, "inputs": inputs, "words": words}, [writes.astype(np.uint8).tobytes()], urgent=True
        )

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return self._words

    def still(self) -> bytes:
        """The rows and the map, as PNG."""
        if not self._writes.size:
            return b""
        outputs, inputs = self._writes.shape
        counts = self._writes.sum(1)
        sketch, cell = Sketch(self.width, 190), min(26.0, 380 / outputs)
        place = lambda index, count: 200 + (index - count / 2) * cell  # noqa: E731
        for o, i in np.argwhere(self._writes):
            line = np.array([[place(i, inputs) + cell / 2, 40], [place(o, outputs) + cell / 2, 130]])
            sketch.line(line, "fake", 0.8, 0.5)
        for row, count, y in ((np.ones(inputs), inputs, 40 - cell), (counts / max(counts.max(), 1), outputs, 130)):
            for index, share in enumerate(row):
                x = place(index, count)
                corners = np.array([[x, y], [x + cell, y], [x + cell, y + cell], [x, y + cell]])
                sketch.area(corners, "fake", 0.15 + 0.7 * float(share))
                sketch.line(np.vstack([corners, corners[:1]]), "ink", 0.8)
        side = 170 / outputs
        for (row_index, column), count in np.ndenumerate(np.outer(counts, counts) / max(counts.max(), 1) ** 2):
            x, y = 440 + column * side, 8 + row_index * side
            corners = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
            sketch.area(corners, "fake", 0.08 + 0.8 * float(count))
        sketch.text(4, 184, self._words, size=11)
        return to_png(sketch.image())
