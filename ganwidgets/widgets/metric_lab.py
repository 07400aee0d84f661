"""`MetricLab`: spoil real samples with your own hand and watch which measure notices.

What is done to the samples is in `_spoiling.py`, the sliders are in `_knobs.py`. The measures come in from outside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole, numbers
from ganwidgets.views.base import Still
from ganwidgets.views.controls import Controls, Push
from ganwidgets.views.drawing import from_png, stacked, to_png
from ganwidgets.views.gauges import Gauges, Way
from ganwidgets.views.samples import Samples

from ._knobs import LEAST_N, Knob, knobs_for
from ._newest import Newest
from ._parts import close_all
from ._spoiling import Spoiling, Supply, as_sets
from ._verdicts import Array, Measure, as_gauge, as_metrics, as_number

Values = dict[str, float]
Ranges = tuple[Array, Array]

PICTURES = 32
DRAWS = 4  # so many sets of other real samples say what chance does


class MetricLab(Still, ipywidgets.VBox):
    """Sliders that spoil a set of real samples, and what each of `metrics` says of the result.

    `train`: the samples that are measured against and copied from, `(N, H, W, C)` uint8 or `(N, 2)`; `others`: more of
    the same kind, to be spoilt. `metrics`: `{name: function(real (N, F), fake (M, F)) -> float}`; where a function has
    the attributes `better` ("lower", "higher" or "") and `words`, its card says so. `features(samples) -> (N, F)`: what
    they are measured in; the numbers of a sample themselves by default. `labels`: the class `(N,)` of each of `others`,
    without which none can be left out. `n`: the largest sample size, by default that of `train`.

    `ganwidgets.metric_table.bench("digits")` gives all of it: `MetricLab(**bench)`. `set(blur=1.0, n=200)` from Python
    measures at once and returns what `values` then is; on the page numbers follow a moment after the pictures.
    """

    _worker: Newest[tuple[int, list[Values]]] | None = None

    def __init__(
        self,
        train: npt.ArrayLike,
        others: npt.ArrayLike,
        *,
        metrics: Mapping[str, Measure],
        features: Callable[[Array], Any] | None = None,
        labels: npt.ArrayLike | None = None,
        n: int | None = None,
        seed: int = 0,
    ) -> None:
        check_whole("seed", seed, 0)
        self._supply = Supply(*as_sets(train, others, labels), int(seed))
        sizes = len(self._supply.train), len(self._supply.others)
        if (most := min(sizes)) <= LEAST_N:
            raise ValueError(f"train, others: expected more than {LEAST_N} samples each; got {sizes[0]} and {sizes[1]}")
        check_whole("n", most if n is None else n, LEAST_N + 1, most)
        if not (features is None or callable(features)):
            raise ValueError(f"features: expected a function of samples; got {features!r}")
        self._metrics, self._features = as_metrics(metrics), features or _as_they_are
        self._knobs = knobs_for(self._supply, most if n is None else int(n))
        self._at: Values = {name: knob.start for name, knob in self._knobs.items()}
        self._active, self._turns, self._measured = next(iter(self._knobs)), 0, dict(self._at)
        self._lock, self._measuring = threading.RLock(), threading.RLock()
        self._real = self._seen(self._supply.train)
        self._floors: dict[float, Ranges] = {}
        self._floor = self._floor_of(self._at["n"])
        self._values = self._measure(self._at)
        self._trail = {self._at[self._active]: self._values}
        self._broken = False
        self._worker = Newest(self._work, self._failed)
        self._build()

    @property
    def settings(self) -> Values:
        """Where the sliders stand, by name."""
        with self._lock:
            return dict(self._at)

    @property
    def values(self) -> dict[str, float]:
        """What the measures said last, by name."""
        with self._lock:
            return dict(zip(self._metrics, self._values.tolist(), strict=True))

    @property
    def floor(self) -> dict[str, tuple[float, float]]:
        """The least and the largest value of each measure for other real samples, as many as there are at most."""
        return {name: (float(low), float(high)) for name, low, high in zip(self._metrics, *self._floor, strict=True)}

    @property
    def verdicts(self) -> dict[str, str]:
        """What each card says: "like" real ones, "better", "worse", "few" if only n is small, "copies" or "far"."""
        return {gauge.name: gauge.kind for gauge in self._gauges.gauges}

    @property
    def samples(self) -> Array:
        """The spoilt samples: `(n, H, W, C)` uint8 or `(n, 2)` float32."""
        return self._supply.make(Spoiling(**self.settings))  # type: ignore[arg-type]

    @property
    def measuring(self) -> bool:
        """Whether numbers are still on their way to the page."""
        return self._worker is not None and self._worker.busy

    def set(self, **settings: float) -> dict[str, float]:
        """Move sliders by name and measure here and now; `ValueError` for other names and for values out of range."""
        wanted = {name: self._knob(name).value(value) for name, value in settings.items()}
        self._show_samples(at := self._moved(wanted))
        self._measure_at(at)
        return self.values

    def reset(self) -> dict[str, float]:
        """Undo all spoiling, and measure."""
        return self.set(**self._start)

    def sweep(self, name: str) -> dict[str, list[float]]:
        """Run one slider through its range, the others as they are: its values, and those of every measure."""
        values, before = self._knob(name).spread(), self.settings
        rows = [list(self.set(**{name: value}).values()) for value in values]
        self.set(**before)
        return {name: values, **dict(zip(self._metrics, np.array(rows).T.tolist(), strict=True))}

    def close(self) -> None:
        """Stop measuring and take the widget off the page."""
        if self._worker is not None:
            self._worker.close()
            close_all(self.children)
        super().close()

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The settings and the numbers in words."""
        told = ", ".join(f"{self._knobs[name].slide.label} {value:g}" for name, value in self.settings.items())
        return f"Real samples, spoilt: {told}. {self._gauges.alt}"

    def still(self) -> bytes:
        """The samples and the cards as they stand, as PNG."""
        image = stacked([from_png(self._pictures.still()), from_png(self._gauges.still())], gap=24, across=True)
        return b"" if image is None else to_png(image)

    @property
    def _start(self) -> Values:
        return {name: knob.start for name, knob in self._knobs.items()}

    def _build(self) -> None:
        real = self._supply.train if self._supply.points else None
        self._pictures = Samples(real, label="spoilt samples", width=400)
        buttons = [
            Push("sweep", "Run through", "The slider that was moved last goes from end to end"),
            Push("reset", "Reset", "Nothing spoilt"),
        ]
        slides = [knob.slide for knob in self._knobs.values()]
        self._sliders = Controls(slides, self._at, self._turn, label="how the samples are spoilt")
        self._buttons = Controls(buttons, {}, self._turn, label="all sliders")
        self._gauges = Gauges()
        sides = [ipywidgets.VBox([self._pictures, self._sliders, self._buttons]), ipywidgets.VBox([self._gauges])]
        for side, flex, most in zip(sides, ("1 1 290px", "2 1 330px"), ("420px", "none"), strict=True):
            side.layout = ipywidgets.Layout(flex=flex, min_width="0", max_width=most)
        columns = ipywidgets.Box(sides, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px 24px"))
        head = ipywidgets.HTML("<b>Spoil real samples, one way or another. Which measure notices?</b>")
        super().__init__([head, columns], layout=ipywidgets.Layout(max_width="1100px"))
        self._show_samples(self._at)
        self._show_gauges()

    def _knob(self, name: str) -> Knob:
        if name not in list(self._knobs):
            raise ValueError(f"name: there is no {name!r}; there are {', '.join(self._knobs)}")
        return self._knobs[name]

    # What the page does: the pictures follow at once, the numbers from the thread.

    def _turn(self, name: str, value: Any) -> None:
        """A slider was moved or a button pressed."""
        if name == "sweep":
            knob = self._knobs[self._active]
            self._ask([{**self._at, self._active: value} for value in (*knob.spread(), self._at[self._active])])
            return
        at = self._moved(self._start if name == "reset" else {name: self._knob(name).rounded(value)})
        self._show_samples(at, urgent=True)
        self._ask([at])

    def _ask(self, wanted: list[Values]) -> None:
        assert self._worker is not None
        self._worker.ask((self._turns, wanted))
        self._show_gauges()

    def _work(self, request: tuple[int, list[Values]]) -> None:
        """Measure at each of the wanted settings, as long as no hand moves a slider meanwhile."""
        turns, wanted = request
        for at in wanted:
            with self._lock:
                if self._turns != turns:
                    return
                self._at = dict(at)
            if len(wanted) > 1:
                self._show_samples(at)
            self._measure_at(at)
        self._show_gauges(done=True)

    def _failed(self, error: Exception) -> None:
        self._broken = True
        self._gauges.report(error, from_page=True)
        self._show_gauges(done=True)

    def _moved(self, wanted: Values) -> Values:
        """Set sliders. The line of a slider's way begins anew where another one has moved."""
        with self._lock:
            self._turns += 1
            changed = [name for name, value in wanted.items() if value != self._at[name]]
            if changed and changed != [self._active]:
                known = self._measured == self._at and len(changed) == 1
                self._active = changed[0]
                self._trail = {self._at[self._active]: self._values} if known else {}
            self._at = {**self._at, **wanted}
            return dict(self._at)

    def _measure_at(self, at: Values) -> None:
        """Measure and show, unless other sliders have moved meanwhile."""
        self._floor_of(at["n"])
        values = self._measure(at)
        with self._lock:
            if any(at[name] != self._at[name] for name in at if name != self._active):
                return
            self._trail[at[self._active]] = values
            self._values, self._measured = values, dict(at)
        if self._broken:
            self._broken = False
            self._gauges.show_error("")
        self._show_gauges()

    def _floor_of(self, n: float) -> Ranges:
        """The least and the largest of every measure `(metrics,)` for `n` real samples, over a few sets of them."""
        with self._measuring:
            if n not in self._floors:
                at = {**self._start, "n": n}
                draws = np.array([self._measure(at, draw) for draw in range(DRAWS)])
                self._floors[n] = draws.min(0), draws.max(0)
            return self._floors[n]

    def _measure(self, at: Values, draw: int = 0) -> Array:
        with self._measuring:  # features may come from a network that is not for two threads at once
            fake = self._seen(self._supply.make(Spoiling(**at), draw=draw))  # type: ignore[arg-type]
            return np.array([as_number(name, measure(self._real, fake)) for name, measure in self._metrics.items()])

    def _seen(self, samples: Array) -> Array:
        seen = numbers("features", self._features(samples))
        if seen.ndim != 2 or len(seen) != len(samples):
            raise ValueError(f"features: expected ({len(samples)}, F) for {len(samples)} samples; got {seen.shape}")
        return seen

    def _show_samples(self, at: Values, urgent: bool = False) -> None:
        with self._lock:
            count = None if self._supply.points else PICTURES
            self._pictures.show(self._supply.make(Spoiling(**at), count), urgent=urgent)  # type: ignore[arg-type]
            self._sliders.set(**at)

    def _show_gauges(self, done: bool = False) -> None:
        with self._lock:
            knob, n = self._knobs[self._active], self._measured["n"]
            real = list(zip(*self._floor, strict=True))
            few = [None] * len(real) if n == self._start["n"] else list(zip(*self._floors[n], strict=True))
            way = sorted(self._trail)
            values = np.array([self._trail[value] for value in way]).reshape(-1, len(self._metrics))
            places, now = np.array([knob.place(value) for value in way]), knob.place(self._measured[self._active])
            ends = knob.told(knob.slide.low), knob.told(knob.slide.high)
            rows = zip(self._metrics.items(), self._values, real, few, strict=True)
            gauges = [as_gauge(name, measure, *numbers) for (name, measure), *numbers in rows]
            busy = self.measuring and not done
            self._gauges.show(gauges, Way(places, values, now, knob.slide.label, *ends), busy=busy)


def _as_they_are(samples: Array) -> Array:
    return samples.reshape(len(samples), -1)
