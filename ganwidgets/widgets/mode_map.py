"""`ModeMap`: what a generator's samples hold and what they miss, now and over the whole training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets.checks import check_number, check_whole
from ganwidgets.tallies import Tally
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.line_chart import Line, LineChart
from ganwidgets.views.mode_history import NO_PAST, ModeHistory, Past

from ._following import Following
from ._mode_faces import ClassFace, Face, Look, PointFace
from ._scores import Array, Moments, Series

_HISTORY_BYTES = 64 * 2**20
_PATIENCE = 50  # steps without samples before the widget says why there are none
_NUMBERS = 4  # modes covered, high quality, reverse KL, its floor; then the share of each mode
_SILENT = "This stream brings no samples. A Trainer makes some with samples=500, sample_every=10."


class ModeMap(Following):
    """Samples on the modes that they should fall on: how many modes hold any, the share of high quality, reverse KL.

    `modes`: the centres `(K, 2)` of a mixture with the standard deviation `sigma`, or data that knows both, such as
    `datasets.toy("ring")`. A sample within 3σ of a mode is of high quality; a mode with no such sample is missing and
    stands out. With a `stream` of `StepEvent`s there are buttons, and `play`, `pause`, `step`, `run(n)`; counted are
    `event.samples`. Without one, call `show(samples)`. The strip has a row for each mode and goes back in time.

    For pictures see `ModeMap.of_classes`.
    """

    def __init__(
        self, modes: Any, sigma: float | None = None, stream: Iterable[Any] | None = None, *, title: str = ""
    ) -> None:
        self._face: Face = modes if isinstance(modes, Face) else PointFace(modes, sigma)
        self._series = self._new_series()
        self._moments: Moments[Look] | None = None
        self._pinned: Look | None = None
        self._step = self._silent = 0
        face = self._face
        self._past = ModeHistory(self.go_to, noun=face.noun, nouns=face.nouns, way_back=stream is None)
        self._quality = LineChart("Shares over time", y_range=(0.0, 1.0), chart_height=72)
        self._kl = LineChart("Reverse KL: 0 is even", chart_height=72)
        super().__init__(stream, step_sizes=[1, 10, 100], title=title, scrubber=True)
        sides = [ipywidgets.VBox(face.views), ipywidgets.VBox([self._past, self._quality, self._kl])]
        for side in sides:
            side.layout = ipywidgets.Layout(flex="1 1 280px", min_width="0", max_width="460px")
        columns = ipywidgets.Box(sides, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 24px"))
        # Where there is a player, it has the title.
        head = self._player or (ipywidgets.HTML(f"<b>{escape(title)}</b>") if title else None)
        self.children = [part for part in (head, columns) if part is not None]
        self.layout.max_width = "920px"
        face.redraw = self._flush
        self._past.show(face.no_figures(), NO_PAST)
        for chart in (self._quality, self._kl):
            chart.show(np.zeros(0), [])
        face.explain("No samples yet." if stream is None else "Press Play or Step to start.")

    @classmethod
    def of_classes(
        cls, names: Any, read: Any, stream: Iterable[Any] | None = None, *, real: Any = None, title: str = ""
    ) -> ModeMap:
        """The same for pictures: how often each class occurs, beside its share among the real ones.

        `names`: the K classes' names, or names by factor, such as `reader.factors`. `read`: pictures `(N, H, W, C)`
        uint8 to probabilities `(N, K)`, or to classes `(N,)`, or to either by factor, such as
        `lambda images: readers.read(reader, images)`. `real`: real pictures, or the real shares `(K,)`, by factor where
        there are several; by default all classes are equally frequent. High quality is what `read` is sure of: a
        probability of 0.9 or more. A reader may be sure of noise as well, so look at the pictures. `ValueError` for
        other shapes.
        """
        return cls(ClassFace(names, read, real), stream=stream, title=title)

    def show(self, samples: Any, step: int | None = None) -> None:
        """Count `samples` and show them: points `(N, 2)`, or pictures `(N, H, W, C)` uint8. From any thread.

        `step`: by default one more than the last. `ValueError` for other samples; nothing changes then.
        """
        if step is not None:
            check_whole("step", step, 0)
        look = self._face.look(samples)
        with self._lock:
            self._keep(self._step + 1 if step is None else int(step), look)
        self._offer()

    @property
    def tally(self) -> Tally | None:
        """What the samples on show hold; None before the first."""
        look = self._on_show()
        return None if look is None else look.tallies[self._face.factor]

    @property
    def history(self) -> Array:
        """`(T, 5)`: step, modes held, share of high quality, reverse KL, and what of it is chance; T up to 400, each
        row the mean since the row before."""
        with self._lock:
            return self._series[self._face.factor].table()[:, : 1 + _NUMBERS]

    @property
    def factor(self) -> str:
        """By what pictures are sorted, where `names` has more than one way; may be set."""
        return self._face.factors[self._face.factor]

    @factor.setter
    def factor(self, name: str) -> None:
        if name not in self._face.factors or not isinstance(self._face, ClassFace):
            raise ValueError(f"factor: expected one of {', '.join(self._face.factors) or 'none'}; got {name!r}")
        self._face.choose(self._face.factors.index(name))

    def pick(self, index: int | None) -> None:
        """Show the pictures of one class only, by its position; None: of all."""
        if not isinstance(self._face, ClassFace):
            raise ValueError("index: there are no classes to pick; this ModeMap shows points")
        self._face.pick(index)

    @property
    def kept_steps(self) -> list[int]:
        """The steps whose samples were kept."""
        with self._lock:
            return list(self._kept_steps())

    @property
    def shown_step(self) -> int | None:
        """The step that is on show; None for the newest."""
        return self._shown

    def go_to(self, step: int | None) -> None:
        """Show what was kept nearest to `step`, while the training goes on; None: back to the newest."""
        if step is not None:
            check_number("step", step)
        self._scrub(step)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return f"{self._face.nouns.capitalize()} and what falls on them: {self._past.alt}"

    def still(self) -> bytes:
        """Samples, numbers and history as they stand, as PNG."""
        with self._lock:
            self._draw()
        left = stacked([from_png(view.still()) for view in self._face.views])
        right = stacked([from_png(view.still()) for view in (self._past, self._quality, self._kl)])
        image = stacked([left, right], gap=24, across=True)
        return b"" if image is None else to_png(image)

    def _take(self, event: Any) -> None:
        self._step = event.step
        self._silent += 1
        if event.samples is not None:
            self._keep(event.step, self._face.look(event.samples))

    def _keep(self, step: int, look: Look) -> None:
        self._step, self._silent = step, 0
        if self._moments is None:
            self._moments = Moments(int(np.clip(_HISTORY_BYTES // max(look.nbytes, 1), 8, 60)))
        self._moments.append(step, look)
        for series, tally in zip(self._series, look.tallies, strict=True):
            numbers = (tally.covered, tally.high_quality, tally.reverse_kl, tally.floor)
            series.append(step, *numbers, *tally.counts / tally.total)

    def _draw(self) -> None:
        look = self._on_show()
        if look is None:
            if self._silent >= _PATIENCE:
                self._face.explain(_SILENT)
            return
        self._face.show(look)
        table = self._series[self._face.factor].table()
        steps, numbers, shares = table[:, 0], table[:, 1 : 1 + _NUMBERS].T, table[:, 1 + _NUMBERS :]
        names, truth = self._face.names[self._face.factor], look.tallies[self._face.factor].truth
        held = np.sqrt(np.clip(shares / np.maximum(2 * truth, 1e-12), 0, 1))  # so that a few can be seen
        self._past.show(self._face.figures(look), Past(steps, held, numbers[0], names, self._shown))
        lines = [Line(f"{self._face.nouns} held", "real", numbers[0] / len(names))]
        if np.isfinite(numbers[1]).any():
            lines.append(Line(self._face.quality[0], "fake", numbers[1]))
        self._quality.show(steps, lines, marked=self._shown)
        chance = Line("by chance", "soft", numbers[3], dashed=True)
        self._kl.show(steps, [Line("reverse KL", "fake", numbers[2]), chance], marked=self._shown)

    def _on_show(self) -> Look | None:
        if self._pinned is not None or self._moments is None:
            return self._pinned
        return self._moments.at(self._step)[1]

    def _scrub(self, step: int | None) -> None:
        """The moment stays on show even when the history is thinned."""
        with self._lock:
            self._pinned = None
            if step is not None:
                if self._moments is None:
                    raise ValueError(f"step: no samples have been kept yet, so there is no way back to {step}")
                step, self._pinned = self._moments.at(step)
        super()._scrub(step)

    def _kept_steps(self) -> Sequence[int]:
        return () if self._moments is None else self._moments.steps

    def _step_number(self) -> int:
        return self._step

    def _new_series(self) -> list[Series]:
        sizes = [len(names) for names in self._face.names]
        return [Series(_NUMBERS + size, capacity=400 if size <= 100 else 100) for size in sizes]
