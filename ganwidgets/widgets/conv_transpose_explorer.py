"""`ConvTransposeExplorer`: kernel, stride and padding of a transposed convolution, who writes where, and the cure."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole
from ganwidgets.views.controls import Choice, Control, Controls, Slide
from ganwidgets.views.writing import Writing, WritingView

from ._parts import Panel

_RANGES = {"size": (1, 8), "kernel": (1, 7), "stride": (1, 4), "padding": (0, 3)}
METHODS = {"transposed": "transposed", "resize first": "resize"}
#: Layers to begin with: method, kernel, stride, padding.
EXAMPLES = {
    "DCGAN's layer": ("transposed", 4, 2, 1),
    "A checkerboard": ("transposed", 3, 2, 0),
    "No overlap": ("transposed", 2, 2, 0),
    "The cure: resize, then convolve": ("resize", 3, 2, 1),
}


class ConvTransposeExplorer(Panel):
    """`size`: cells of the input along a side; `kernel`, `stride`, `padding`: those of `nn.ConvTranspose2d`.

    Every input cell writes a patch of `kernel` output cells, `stride` further on for each; `padding` cuts cells off
    both ends. Where patches overlap unevenly, a checkerboard is waiting. `method` "resize" is the cure: every cell is
    repeated `stride` times, and an ordinary convolution of `kernel` with a rim of `padding` zeros goes over it. Both
    from Odena, Dumoulin and Olah 2016, https://distill.pub/2016/deconv-checkerboard/. `ValueError` for numbers out of
    range, another method, and a padding that leaves nothing.
    """

    def __init__(
        self, size: int = 4, kernel: int = 4, stride: int = 2, padding: int = 1, method: str = "transposed"
    ) -> None:
        given = {"size": size, "kernel": kernel, "stride": stride, "padding": padding}
        _check(given, method)
        if output_size(**given, method=method) < 1:
            room = output_size(size, kernel, stride, 0, method)
            raise ValueError(f"padding: {padding} leaves nothing of {room} cells")
        self._numbers, self._method = given, method
        self._view = WritingView(list(EXAMPLES), self._try)
        self._controls = Controls(self._make_controls(), self._values(), self._moved, label="the layer")
        super().__init__([self._controls, self._view], layout=ipywidgets.Layout(max_width="760px"))
        self._redraw()

    def set(self, method: str | None = None, **numbers: int) -> None:
        """Change the layer: `method`, `size`, `kernel`, `stride`, `padding`."""
        for name in numbers:
            if name not in _RANGES:
                raise ValueError(f"numbers: there is no {name!r}; there are {', '.join(_RANGES)}")
        method = self._method if method is None else method
        _check(numbers, method)
        self._numbers = {**self._numbers, **{name: int(value) for name, value in numbers.items()}}
        self._method = method
        self._redraw()

    @property
    def numbers(self) -> dict[str, int]:
        """Size, kernel, stride and padding."""
        return dict(self._numbers)

    @property
    def method(self) -> str:
        """`transposed` or `resize`."""
        return self._method

    @property
    def output(self) -> int:
        """Cells of the output along a side; 0 or less where the padding leaves nothing."""
        return output_size(**self._numbers, method=self._method)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """How often each output cell of one dimension is written: `(output,)`."""
        counts: npt.NDArray[np.int64] = writes(**self._numbers, method=self._method).sum(1)
        return counts

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return self._view.alt

    def still(self) -> bytes:
        """The picture as it stands, as PNG."""
        return self._view.still()

    def _redraw(self) -> None:
        n, k, s, p = self._numbers.values()
        made = max(self.output, 0)
        if self._method == "transposed":
            sums, taps, cut = f"({n} − 1)·{s} − 2·{p} + {k} = {self.output}", writing_taps(n, k, s, 0), p
        else:
            sums, cut = f"{n}·{s} + 2·{p} − {k} + 1 = {self.output}", 0
            taps = writing_taps(n, k, s, p, "resize")
        words = f"{sums}: " + (
            "nothing is left." if not made else f"{n}×{n} becomes {made}×{made}; {self._evenness()}."
        )
        now = (self._method, k, s, p)
        example = next((i for i, layer in enumerate(EXAMPLES.values()) if layer == now), -1)
        self._view.show(Writing(taps, cut, words, example))
        self._controls.set(**self._values())

    def _evenness(self) -> str:
        _, k, s, _ = self._numbers.values()
        if self._method == "resize":
            return "away from the ends every cell is written equally often, whatever the kernel"
        if not self.counts.all():
            return "some cells are never written"
        if len(set(self.counts)) == 1:
            return "every cell is written equally often"
        # Away from the ends, a cell is reached by every stride-th place of the kernel.
        return "away from the ends every cell is written equally often" if k % s == 0 else "uneven: a checkerboard"

    def _values(self) -> dict[str, Any]:
        return {**self._numbers, "method": self._method}

    def _make_controls(self) -> list[Control]:
        slides = [Slide(name, name, *ends, 1) for name, ends in _RANGES.items()]
        return [Choice("method", "method", METHODS), *slides]

    def _moved(self, name: str, value: Any) -> None:
        self.set(**{name: value})

    def _try(self, index: int) -> None:
        check_whole("index", index, 0, len(EXAMPLES) - 1)
        method, kernel, stride, padding = list(EXAMPLES.values())[index]
        self.set(method, kernel=kernel, stride=stride, padding=padding)


def output_size(size: int, kernel: int, stride: int, padding: int, method: str = "transposed") -> int:
    """(size − 1)·stride − 2·padding + kernel; with `resize` size·stride + 2·padding − kernel + 1."""
    if method == "resize":
        return size * stride + 2 * padding - kernel + 1
    return (size - 1) * stride - 2 * padding + kernel


def writing_taps(
    size: int, kernel: int, stride: int, padding: int, method: str = "transposed"
) -> npt.NDArray[np.bool_]:
    """Through which weights of the kernel an output cell gets something from an input cell, in one dimension.

    `(outputs, inputs, kernel)`. `transposed`: weight k of input i goes to output i·stride + k − padding. `resize`:
    output o reads place o + k − padding of the enlarged row, which is input cell (o + k − padding) // stride.
    """
    outputs = np.arange(output_size(size, kernel, stride, padding, method))[:, None, None]
    inputs, weights = np.arange(size)[None, :, None], np.arange(kernel)[None, None]
    if method == "resize":
        found: npt.NDArray[np.bool_] = (outputs + weights - padding) // stride == inputs
    else:
        found = outputs + padding - stride * inputs == weights
    return found


def writes(size: int, kernel: int, stride: int, padding: int, method: str = "transposed") -> npt.NDArray[np.int64]:
    """How often an output cell gets something from an input cell, in one dimension: `(outputs, inputs)`."""
    found: npt.NDArray[np.int64] = writing_taps(size, kernel, stride, padding, method).sum(2)
    return found


def _check(numbers: dict[str, int], method: str) -> None:
    for name, value in numbers.items():
        check_whole(name, value, *_RANGES[name])
    if method not in METHODS.values():
        raise ValueError(f"method: there is no {method!r}; there are {', '.join(METHODS.values())}")
