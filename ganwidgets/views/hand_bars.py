"""`HandBars`: two distributions as bars over the same places; the second can be bent by hand, a line runs over both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, to_png
from .quick import QuickView

Array = npt.NDArray[Any]


class HandBars(QuickView):
    """Blue bars of the first, vermilion ones of the second, a green line from 0 to 1.

    `on_bend(shares)` is called when somebody pulls bars of the second: by place, the share that each was pulled to. All
    bars of one stroke come together, and come again while it goes on.
    """

    labels = traitlets.List(["p_data", "p_G", "D*"]).tag(sync=True)
    chart_height = traitlets.Int(220).tag(sync=True)

    def __init__(self, on_bend: Callable[[Mapping[int, float]], object], **kwargs: Any) -> None:
        self._on_bend = on_bend
        self._shown: tuple[Array, Array, Array] | None = None
        self.top = 1.0
        super().__init__(**kwargs)

    def show(self, first: Array, second: Array, line: Array, top: float) -> None:
        """Draw shares `(K,)` of both and the line `(K,)` in [0, 1]; `top`: the share that fills the height."""
        self._shown, self.top = (first, second, line), top
        arrays = [np.asarray(array, dtype=np.float32).tobytes() for array in self._shown]
        self.push({"count": len(first), "top": top}, arrays, urgent=True)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Bars were pulled."""
        if payload.get("do") != "bend":
            raise ValueError(f"do: expected 'bend'; got {payload.get('do')!r}")
        self._on_bend({int(index): float(share) for index, share in payload["bars"]})

    def still(self) -> bytes:
        """The picture as it stands, as PNG."""
        if self._shown is None:
            return b""
        left, right, height = 30, 440, self.chart_height
        sketch = Sketch(460, height + 20)
        count = len(self._shown[0])
        step = (right - left) / count
        for array, colour in zip(self._shown[:2], ("real", "fake"), strict=True):
            for index, share in enumerate(np.minimum(array / self.top, 1)):
                x, y = left + index * step, height * (1 - float(share))
                corners = np.array([[x + 1, height], [x + 1, y], [x + step - 1, y], [x + step - 1, height]])
                sketch.area(corners, colour, 0.45)
                sketch.line(corners, colour, 1.4)
        line = np.stack([left + (np.arange(count) + 0.5) * step, height * (1 - self._shown[2])], axis=1)
        sketch.line(line, "discriminator", 2)
        sketch.dashes(np.array([[left, height / 2], [right, height / 2]]), "ink")
        for y, anchor, share, answer in (
            (0, "a", f"{self.top:g}", "1"),
            (height / 2, "m", "", "½"),
            (height, "s", "0", "0"),
        ):
            sketch.text(left - 4, y, share, size=10, anchor=f"r{anchor}")
            sketch.text(right + 4, y, answer, "discriminator", 10, anchor=f"l{anchor}")
        x = float(left)
        for label, colour in zip(self.labels, ("real", "fake", "discriminator"), strict=True):
            sketch.text(x, height + 15, label, colour, 12)
            x += 70
        return to_png(sketch.image())
