"""`ConvTransposeExplorer`: kernel, stride and padding of a transposed convolution, and who writes where."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole
from ganwidgets.views.base import Still
from ganwidgets.views.writing import WritingView

_RANGES = {"size": (1, 8), "kernel": (1, 7), "stride": (1, 4), "padding": (0, 3)}


class ConvTransposeExplorer(Still, ipywidgets.VBox):
    """`size`: cells of the input along a side; `kernel`, `stride`, `padding`: those of `nn.ConvTranspose2d`.

    Every input cell writes a patch of `kernel` output cells, `stride` further on for each; `padding` cuts cells off
    both ends. Where patches overlap unevenly, a checkerboard is waiting: Odena, Dumoulin and Olah 2016,
    https://distill.pub/2016/deconv-checkerboard/. `ValueError` for numbers out of range and for a padding that leaves
    nothing.
    """

    def __init__(self, size: int = 4, kernel: int = 4, stride: int = 2, padding: int = 1) -> None:
        given = {"size": size, "kernel": kernel, "stride": stride, "padding": padding}
        for name, value in given.items():
            check_whole(name, value, *_RANGES[name])
        if output_size(**given) < 1:
            raise ValueError(f"padding: {padding} leaves nothing of {output_size(size, kernel, stride, 0)} cells")
        self._view = WritingView()
        self._sliders = {
            name: ipywidgets.IntSlider(
                value, *_RANGES[name], description=name,
                layout=ipywidgets.Layout(width="auto", min_width="0", flex="1 1 200px", max_width="320px"),
            )
            for name, value in given.items()
        }  # fmt: skip
        for slider in self._sliders.values():
            slider.observe(lambda _: self._redraw(), "value")
        row = ipywidgets.Box(
            list(self._sliders.values()), layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="2px 16px")
        )
        super().__init__([row, self._view], layout=ipywidgets.Layout(max_width="720px"))
        self._redraw()

    def set(self, **numbers: int) -> None:
        """Move sliders: `size`, `kernel`, `stride`, `padding`."""
        for name, value in numbers.items():
            if name not in _RANGES:
                raise ValueError(f"numbers: there is no {name!r}; there are {', '.join(_RANGES)}")
            check_whole(name, value, *_RANGES[name])
        for name, value in numbers.items():
            self._sliders[name].value = value

    @property
    def numbers(self) -> dict[str, int]:
        """Where the sliders stand."""
        return {name: int(slider.value) for name, slider in self._sliders.items()}

    @property
    def output(self) -> int:
        """Cells of the output along a side; 0 or less where the padding leaves nothing."""
        return output_size(**self.numbers)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """How often each output cell of one dimension is written: `(output,)`."""
        counts: npt.NDArray[np.int64] = writes(**self.numbers).sum(1)
        return counts

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return self._view.alt

    def still(self) -> bytes:
        """The picture as it stands, as PNG."""
        return self._view.still()

    def _redraw(self) -> None:
        n, k, s, p = self.numbers.values()
        if self.output < 1:
            self._view.show(np.zeros((1, n), bool), f"({n} − 1)·{s} − 2·{p} + {k} = {self.output}: nothing is left")
            return
        # Away from the ends, a cell is reached by every stride-th place of the kernel.
        even = "away from the ends every cell is written equally often" if k % s == 0 else "uneven: a checkerboard"
        words = f"({n} − 1)·{s} − 2·{p} + {k} = {self.output}: {n}×{n} becomes {self.output}×{self.output}; {even}."
        self._view.show(writes(**self.numbers), words)


def output_size(size: int, kernel: int, stride: int, padding: int) -> int:
    """(size − 1)·stride − 2·padding + kernel."""
    return (size - 1) * stride - 2 * padding + kernel


def writes(size: int, kernel: int, stride: int, padding: int) -> npt.NDArray[np.bool_]:
    """Which output cell gets something from which input cell, in one dimension: `(outputs, inputs)`."""
    offsets = np.arange(output_size(size, kernel, stride, padding))[:, None] + padding - stride * np.arange(size)
    found: npt.NDArray[Any] = (offsets >= 0) & (offsets < kernel)
    return found
