"""`HandBars`: two distributions as bars over the same places; the second can be bent by hand, a line runs over both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, to_png
from .quick import QuickView

Array = npt.NDArray[Any]


class HandBars(QuickView):
    """Blue bars of the first, vermilion ones of the second, a green line from 0 to 1.

    `on_bend(index, share)` is called when somebody pulls the second's bar at `index` to `share`.
    """

    labels = traitlets.List(["p_data", "p_G", "D*"]).tag(sync=True)
    chart_height = traitlets.Int(220).tag(sync=True)

    def __init__(self, on_bend: Callable[[int, float], object], **kwargs: Any) -> None:
        self._on_bend = on_bend
        self._shown: tuple[Array, Array, Array] | None = None
        self.top = 1.0
        super().__init__(**kwargs)

    def show(self, first: Array, second: Array, line: Array, top: float) -> None:
        """Draw shares `(K,)` of both and the line `(K,)` in [0, 1]; `top`: the share that fills the height."""
        self._shown, self.top = (first, second, line), top
        arrays = [np.asarray(array, dtype=np.float32).tobytes() for array in (first / top, second / top, line)]
        self.push({"count": len(first)}, arrays, urgent=True)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A bar was pulled."""
        if payload.get("do") != "bend":
            raise ValueError(f"do: expected 'bend'; got {payload.get('do')!r}")
        top = self.top
        for index, height in payload["bars"]:
            self._on_bend(int(index), float(height) * top)

    def still(self) -> bytes:
        """The picture as it stands, as PNG."""
        if self._shown is None:
            return b""
        width, height = 460, self.chart_height
        sketch = Sketch(width, height + 20)
        count = len(self._shown[0])
        step = width / count
        for array, colour in zip(self._shown[:2], ("real", "fake"), strict=True):
            for index, share in enumerate(np.minimum(array / self.top, 1)):
                x, y = index * step, height * (1 - float(share))
                corners = np.array([[x + 1, height], [x + 1, y], [x + step - 1, y], [x + step - 1, height]])
                sketch.area(corners, colour, 0.45)
                sketch.line(corners, colour, 1.4)
        line = np.stack([(np.arange(count) + 0.5) * step, height * (1 - self._shown[2])], axis=1)
        sketch.line(line, "discriminator", 2)
        sketch.dashes(np.array([[0, height / 2], [width, height / 2]]), "ink")
        x = 4.0
        for label, colour in zip(self.labels, ("real", "fake", "discriminator"), strict=True):
            sketch.text(x, height + 15, label, colour, 12)
            x += 70
        return to_png(sketch.image())
