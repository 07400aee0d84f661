"""`ModeHistory`: the figures of the moment, and which modes were held over time as a strip, one row for each mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, text_width, to_png
from .quick import QuickView

Array = npt.NDArray[Any]

_STILL_WIDTH = 460


@dataclass(frozen=True)
class Figure:
    """One number: what it is, its value, and a few words on it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Past:
    """`steps`: `(T,)`; `held`: `(T, K)` in [0, 1], 0 for a mode with nothing, the more the darker;
    `covered`: `(T,)`, how many modes were held; `names`: of the K modes; `marked`: the step on show, None: newest."""

    steps: Array
    held: Array
    covered: Array
    names: Sequence[str]
    marked: int | None = None


NO_PAST = Past(np.zeros(0), np.zeros((0, 0)), np.zeros(0), ())


class ModeHistory(QuickView, parts=("reading",)):
    """`noun`: what a row is. `on_pick(step)` is called when somebody picks a place on the strip; with None: the newest.

    `way_back`: whether there is a button for that.
    """

    noun = traitlets.Unicode("mode").tag(sync=True)
    nouns = traitlets.Unicode("modes").tag(sync=True)
    way_back = traitlets.Bool(False).tag(sync=True)

    def __init__(self, on_pick: Callable[[int | None], object], **kwargs: Any) -> None:
        self._on_pick = on_pick
        self._figures: tuple[Figure, ...] = ()
        self._past: Past | None = None
        super().__init__(**kwargs)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The numbers on show."""
        return self._figures

    def show(self, figures: Sequence[Figure], past: Past, urgent: bool = False) -> None:
        """Draw the numbers and the strip. From any thread."""
        self._figures, self._past = tuple(figures), past
        meta = {
            "figures": [[figure.label, figure.value, figure.note] for figure in figures],
            "names": [str(name) for name in past.names], "marked": past.marked, "words": self._average(),
        }  # fmt: skip
        arrays = [np.asarray(array, dtype=np.float32).tobytes() for array in (past.steps, past.covered)]
        self.push(meta, [*arrays, _levels(past.held).tobytes()], urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The numbers in words."""
        return ", ".join(f"{figure.label} {figure.value}" for figure in self._figures) or "no samples yet"

    def _average(self) -> str:
        """How many were held on average: of a G that goes from mode to mode the last moment tells little."""
        past = self._past
        if past is None or len(past.covered) < 2:
            return ""
        return f"held on average: {past.covered.mean():.1f} of {len(past.names):,} {self.nouns}"

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A place on the strip was picked."""
        if payload.get("do") != "pick":
            raise ValueError(f"do: expected 'pick'; got {payload.get('do')!r}")
        value = payload.get("value")
        self._on_pick(None if value is None else int(value))

    def still(self) -> bytes:
        """Numbers and strip as they stand, as PNG; nothing before the first samples."""
        if self._past is None or not len(self._past.steps):
            return b""
        past, top, width = self._past, 74, _STILL_WIDTH
        height = strip_height(len(past.names))
        sketch = Sketch(width, top + height + 18)
        for index, figure in enumerate(self._figures):
            x = index * width / 3
            for y, text, size in ((12, figure.label, 11), (34, figure.value, 18), (50, figure.note, 10)):
                while text and text_width(text, size) > width / 3 - 6:
                    text = text[:-1]
                sketch.text(x, y, text, size=size)
        sketch.text(0, top - 6, f"{self.nouns} held over time, one row each", size=11)
        _draw_strip(sketch, past.held, (top, height))
        if len(past.steps):
            sketch.text(0, top + height + 14, f"step {past.steps[0]:,.0f}", size=10)
            sketch.text(width, top + height + 14, f"{past.steps[-1]:,.0f}", size=10, anchor="rs")
            sketch.text(width / 2, top + height + 14, self._average(), size=10, anchor="ms")
        return to_png(sketch.image())


def strip_height(rows: int) -> int:
    """The strip's height in pixels: 12 a row as far as that is between 48 and 130."""
    return int(np.clip(12 * rows, 48, 130))


def _levels(held: Array) -> Array:
    """`held` as uint8: 0 for nothing only."""
    return np.where(held > 0, np.clip(np.round(255 * held), 24, 255), 0).astype(np.uint8)


def _draw_strip(sketch: Sketch, held: Array, place: tuple[int, int]) -> None:
    """At most 60 columns and 60 rows: a still has no need of more."""
    top, height = place
    times, rows = (np.unique(np.linspace(0, n - 1, min(n, 60)).round().astype(int)) for n in held.shape)
    picked = _levels(held[np.ix_(times, rows)]) / 255
    across, down = sketch.width / max(len(times), 1), height / max(len(rows), 1)
    for column, row in np.argwhere(picked > 0):
        x, y = column * across, top + row * down
        corners = np.array([[x, y], [x + across, y], [x + across, y + down], [x, y + down]])
        sketch.area(corners, "fake", float(picked[column, row]))
    sketch.line(np.array([[0, top + height], [sketch.width, top + height]]), "ink", 1, 0.6)
