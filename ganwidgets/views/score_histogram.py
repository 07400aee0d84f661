"""`ScoreBars`: two histograms over [0, 1], one over the other, with a mark at each one's mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, text_width, to_png
from .quick import QuickView

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Bars:
    """What is drawn: the share of each bin, `(bins,)` summing to 1, of both; their means; the area that they share.

    `outlines`: a second pair of shares, drawn as dashed outlines. `note`: words below. `verdict`: the overlap in words.
    """

    real: Array
    fake: Array
    means: tuple[float, float]
    overlap: float
    outlines: tuple[Array, Array] | None = None
    note: str = ""
    verdict: str = ""


class ScoreBars(QuickView, parts=("reading",)):
    """Two histograms of scores, the first blue and the second vermilion. `chart_height`: in pixels.

    The pointer and the arrow keys read off one bin. `placeholder`: what is said before the first scores.
    """

    labels = traitlets.List(["D(x)", "D(G(z))"]).tag(sync=True)
    chart_height = traitlets.Int(150).tag(sync=True)
    placeholder = traitlets.Unicode("no scores yet").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        self._bars: Bars | None = None
        self._top = 0.0
        super().__init__(**kwargs)

    def show(self, bars: Bars, urgent: bool = False) -> None:
        """Draw `bars`. From any thread."""
        self._bars = bars
        highest = max(float(shares.max()) for shares in (bars.real, bars.fake, *(bars.outlines or ())))
        self._top = quiet_top(highest, self._top)
        meta = {
            "means": list(bars.means), "overlap": bars.overlap, "top": self._top, "note": bars.note,
            "verdict": bars.verdict,
        }  # fmt: skip
        arrays = (bars.real, bars.fake, *(bars.outlines or ()))
        self.push(meta, [np.asarray(array, dtype=np.float32).tobytes() for array in arrays], urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        if self._bars is None:
            return "no scores yet"
        real, fake = self._bars.means
        names, verdict = self.labels, f", {self._bars.verdict}" if self._bars.verdict else ""
        return f"mean {names[0]} {real:.2f}, mean {names[1]} {fake:.2f}, overlap {self._bars.overlap:.2f}{verdict}"

    def still(self) -> bytes:
        """The histograms as they stand, as PNG; nothing before the first scores."""
        return b"" if self._bars is None else to_png(self.sketch(460).image())

    def sketch(self, width: int) -> Sketch:
        """The histograms as they stand, `width` pixels wide."""
        assert self._bars is not None
        bars, head, base = self._bars, 58, self.chart_height + 58
        sketch = Sketch(width, base + (36 if bars.note else 18))

        def outline(shares: Array) -> Array:
            x = np.repeat(np.linspace(0, width - 1, len(shares) + 1), 2)
            y = np.concatenate([[0], np.repeat(shares, 2), [0]])
            return np.stack([x, base - np.minimum(y / self._top, 1) * self.chart_height], axis=1)

        for shares, colour in ((bars.real, "real"), (bars.fake, "fake")):
            sketch.area(outline(shares), colour, 0.38)
        for shares, colour in ((bars.real, "real"), (bars.fake, "fake")):
            sketch.line(outline(shares), colour, 1.4)
        for shares, colour in zip(bars.outlines or (), ("real", "fake"), strict=False):
            sketch.dashes(outline(shares), colour, 1.4, 3)
        sketch.line(np.array([[0, base], [width, base]]), "ink", 1, 0.6)
        sketch.dashes(np.array([[width / 2, head], [width / 2, base]]), "ink")
        sketch.text(0, 13, f"overlap {bars.overlap:.2f}", size=12)
        sketch.text(86, 13, bars.verdict, size=11)
        sketch.text(0, base + 32, bars.note, size=11)
        self._draw_means(sketch, bars.means, head, base)
        for x, words, anchor in ((0, "0  fake", "ls"), (width / 2, "0.5", "ms"), (width, "real  1", "rs")):
            sketch.text(x, base + 14, words, size=10, anchor=anchor)
        return sketch

    def _draw_means(self, sketch: Sketch, means: tuple[float, float], head: int, base: int) -> None:
        width = sketch.width
        for row, (name, mean, colour) in enumerate(zip(self.labels, means, ("real", "fake"), strict=True)):
            words = f"mean {name} {mean:.2f}"
            half = text_width(words, 11) / 2
            at = min(max(mean * width, half), width - half)
            sketch.text(at, 33 + 17 * row, words, colour, 11, anchor="ms")
            x = min(max(mean * width, 1.0), width - 1.0)
            sketch.line(np.array([[x, head], [x, base]]), colour, 2)


def quiet_top(highest: float, before: float) -> float:
    """The upper end of an axis of shares: it grows at once and shrinks late, so that the bars move and not the axis."""
    wanted = next(top for top in (0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0) if highest <= top or top == 1.0)
    return before if wanted <= before and highest > 0.55 * before else wanted
