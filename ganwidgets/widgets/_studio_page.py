"""What a `TrainingStudio` consists of on the page, and how it is laid out and drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
from PIL import Image

from ganwidgets.views.drawing import from_png, stacked
from ganwidgets.views.fork import Fork, ForkState, Offer
from ganwidgets.views.line_chart import LineChart
from ganwidgets.views.notes import Notes
from ganwidgets.views.samples import Samples
from ganwidgets.views.score_histogram import ScoreBars

from ._loss_lines import loss_lines, losses_of_two
from ._sides import LiveSide, Moment
from ._stage import AnySide, Stage

_PATIENCE = 50  # steps without samples before the widget says why there are none
_NO_SAMPLES = "This stream brings no samples. A Trainer makes some with sample_every=10."
_NOT_SEEN = "These samples are neither pictures nor points, so there is nothing to draw."
_SLIM = {"min_width": "0", "max_width": "440px"}
_CHART = {"min_width": "0"}
#: Of both samples, the box of the charts, and each chart; for one training, and for two. In a column a flex basis is a
#: height, and side by side is the point of two, on a narrow page too.
_LAYOUTS: dict[bool, tuple[dict[str, str], ...]] = {
    False: (
        {**_SLIM, "flex": "1 1 280px", "justify_content": "flex-start"},
        {**_SLIM, "flex": "1 1 120px", "display": "none"},
        {"flex_flow": "column", "flex": "1 1 280px", "min_width": "0", "max_width": "460px", "grid_gap": "0"},
        {**_CHART, "flex": "0 0 auto"},
        {**_CHART, "flex": "0 0 auto"},
    ),
    True: (
        {**_SLIM, "flex": "1 1 120px", "justify_content": "flex-end"},
        {**_SLIM, "flex": "1 1 120px", "justify_content": "flex-end", "display": "flex"},
        {"flex_flow": "row wrap", "flex": "1 1 100%", "min_width": "0", "max_width": "100%", "grid_gap": "0 24px"},
        {**_CHART, "flex": "1 1 240px"},
        {**_CHART, "flex": "1 1 240px"},
    ),
}

Moments = tuple[Moment | None, Moment | None]


class StudioPage:
    """The views: samples of one training or of two side by side, bars, chart, notes, and the fork in the road."""

    def __init__(self, real: Any, go: Callable[[int | None, int, int], object], back: Callable[[], object]) -> None:
        self.samples = tuple(Samples(real, label="samples of the generator") for _ in range(2))
        self.bars, self.chart = ScoreBars(chart_height=110), LineChart("Losses", chart_height=120)
        self.notes, self.fork = Notes(), Fork(go, back)
        self._drawn: list[Any] = [None, None]
        self._explained = ""
        self._sides = [ipywidgets.VBox([samples]) for samples in self.samples]
        self._charts = ipywidgets.Box([self.bars, self.chart])
        columns = ipywidgets.Box([*self._sides, self._charts])
        columns.layout = ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 16px")
        self.children = (self.fork, columns, self.notes)
        self.arrange(("", ""))

    def arrange(self, names: tuple[str, str]) -> None:
        """One training beside its charts, or, with `names`, two side by side above them."""
        two = any(names)
        for box, layout in zip((*self._sides, self._charts, *self._charts.children), _LAYOUTS[two], strict=True):
            for name, value in layout.items():
                setattr(box.layout, name, value)
        for samples, name in zip(self.samples, names, strict=True):
            samples.name(name)

    def draw(
        self, stage: Stage, moments: tuple[Moment | None, Moment | None], marked: int | None, urgent: bool
    ) -> None:
        """Samples and charts of what is on show; the samples do not wait for an earlier frame if it is `urgent`."""
        for number, (view, moment) in enumerate(zip(self.samples, moments, strict=True)):
            samples = None if moment is None else moment.samples
            if samples is not None and samples is not self._drawn[number]:
                view.show(samples, urgent=urgent)
                self._drawn[number] = samples
        self._explain(stage.left)
        self._draw_bars(*moments)
        left = stage.left.losses()
        if stage.right is not None:
            # Where the left one has been further, the values are those of where both are.
            both = stage.right.step if marked is None and stage.right.step < stage.left.step else marked
            self.chart.show(*losses_of_two(left, stage.right.losses()), marked=both)
        elif len(left):
            self.chart.show(*loss_lines(left), marked=marked)

    def offer(self, stage: Stage, at: int | None) -> None:
        """Let another way be taken from the step `at`, None for the newest; or say how far the way back is."""
        offers = tuple(
            Offer(setting.label, setting.now, tuple(option.label for option in setting.options))
            for setting in stage.left.run.settings
        )
        self.fork.show(ForkState(at, offers, stage.right is not None, _going_back(stage)))

    def picture(self, two: bool) -> Image.Image | None:
        """All of it as a still picture."""
        charts = [from_png(self.bars.still()), from_png(self.chart.still())]
        grids = [from_png(samples.still()) for samples in self.samples[: 1 + two]]
        if two:
            top = stacked([stacked(grids, gap=24, across=True), stacked(charts, gap=24, across=True)])
        else:
            top = stacked([*grids, stacked(charts)], gap=24, across=True)
        return stacked([top, from_png(self.notes.still())])

    def _draw_bars(self, left: Moment | None, right: Moment | None) -> None:
        first, second = (None if moment is None else moment.bars for moment in (left, right))
        if first is not None and second is not None and second is not first:
            outlined = type(second)(
                second.real, second.fake, second.means, second.overlap, (first.real, first.fake), "dashed: left"
            )
            self.bars.show(outlined)
        elif first is not None:
            self.bars.show(first)

    def _explain(self, side: AnySide) -> None:
        """Why there is nothing to see, if that is so."""
        if not isinstance(side, LiveSide):
            return
        text = _NOT_SEEN if side.unseen else _NO_SAMPLES if side.kept == [] and side.silent >= _PATIENCE else ""
        if text != self._explained:
            self._explained = text
            if text:
                self.samples[0].explain(text)


def _going_back(stage: Stage) -> str:
    if stage.plan is None:
        return ""
    left = stage.plan.way.left if stage.plan.way is not None else 0
    again = f": {left:,} steps are trained again" if left else ""
    return f"Going back to step {stage.plan.step:,}{again} …"
