"""`ShareBars`: how often each class occurs among the fakes, beside its share among the real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, text_width, to_png
from .mode_map import percent
from .quick import QuickView
from .score_histogram import quiet_top

Array = npt.NDArray[Any]

_ROWS = 40  # with more classes than that, each is a cell
_STILL_WIDTH = 340


@dataclass(frozen=True, eq=False)
class Shares:
    """What is drawn: `names` of K classes, `counts` `(K,)` of `total` fakes, `truth` `(K,)`, the real shares. `words`:
    a line below; `chosen`: the class that was picked, or None."""

    names: Sequence[str]
    counts: Array
    total: int
    truth: Array
    words: str = ""
    chosen: int | None = None


class ShareBars(QuickView, parts=("reading",)):
    """Up to 40 classes are rows with bars, more are cells. A class that is missing keeps the outline of its real share.

    `factors`: names to choose from, where there is more than one way to sort; `on_factor(index)` is called when one is
    chosen, `on_pick(index)` when somebody picks a class, with None when the picked one is left.
    """

    factors: traitlets.List[str] = traitlets.List([]).tag(sync=True)
    factor = traitlets.Int(0).tag(sync=True)

    def __init__(
        self, on_pick: Callable[[int | None], object], on_factor: Callable[[int], object], **kwargs: Any
    ) -> None:
        self._actions: dict[str, Callable[[Any], object]] = {"pick": on_pick, "factor": on_factor}
        self._shares: Shares | None = None
        self._top = 0.0
        super().__init__(**kwargs)

    def show(self, shares: Shares, urgent: bool = False) -> None:
        """Draw `shares`. From any thread."""
        self._shares = shares
        highest = max(float(shares.truth.max()), float(self._fakes().max()))
        self._top = quiet_top(highest, self._top)
        meta = {
            "names": [str(name) for name in shares.names], "total": shares.total, "top": self._top,
            "words": shares.words, "chosen": -1 if shares.chosen is None else shares.chosen,
            "rows": len(shares.names) <= _ROWS,
        }  # fmt: skip
        arrays = [np.asarray(array, dtype=np.float32).tobytes() for array in (shares.counts, shares.truth)]
        self.push(meta, arrays, urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """What is on show, in words."""
        if self._shares is None:
            return "no samples yet"
        return f"shares of {len(self._shares.names)} classes. {self._shares.words}"

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A class was picked, or a factor chosen."""
        action = self._actions.get(payload.get("do", ""))
        if action is None:
            raise ValueError(f"do: expected one of {sorted(self._actions)}; got {payload.get('do')!r}")
        value = payload.get("value")
        action(None if value is None else int(value))

    def still(self) -> bytes:
        """The shares as they stand, as PNG; nothing before the first."""
        if self._shares is None:
            return b""
        return to_png((self._rows() if len(self._shares.names) <= _ROWS else self._cells()).image())

    def _fakes(self) -> Array:
        assert self._shares is not None
        return self._shares.counts / max(self._shares.total, 1)

    def _rows(self) -> Sketch:
        shares = self._shares
        assert shares is not None
        names = [_short(str(name)) for name in shares.names]
        left, right = 8 + max(text_width(name, 11) for name in names), _STILL_WIDTH - 44
        sketch = Sketch(_STILL_WIDTH, 18 * len(names) + 24)
        for index, (name, fake, real) in enumerate(zip(names, self._fakes(), shares.truth, strict=True)):
            y, missing = 18 * index, shares.total > 0 and fake == 0 and real > 0
            ends = [left + (right - left) * min(float(share) / self._top, 1) for share in (fake, real)]
            sketch.text(left - 8, y + 13, name, size=11, anchor="rs")
            sketch.area(_box(left, y + 3, ends[0], y + 15), "fake", 0.6)
            if missing:
                sketch.dashes(_box(left, y + 3, ends[1], y + 15, closed=True), "ink", 1.4, 3)
            sketch.line(np.array([[ends[1], y + 1], [ends[1], y + 17]]), "real", 2)
            sketch.text(right + 6, y + 13, percent(float(fake)), size=12 if missing else 11)
        sketch.text(0, sketch.height - 5, shares.words, size=11)
        return sketch

    def _cells(self) -> Sketch:
        shares = self._shares
        assert shares is not None
        columns = cell_columns(len(shares.names))
        size = _STILL_WIDTH / columns
        sketch = Sketch(_STILL_WIDTH, int(size * -(-len(shares.names) // columns)) + 24)
        with np.errstate(divide="ignore", invalid="ignore"):
            strength = np.nan_to_num(np.clip(self._fakes() / (2 * shares.truth), 0, 1), nan=0.0, posinf=1.0)
        for index in np.flatnonzero(shares.counts):
            x, y = index % columns * size, index // columns * size
            sketch.area(_box(x + 1, y + 1, x + size - 1, y + size - 1), "fake", 0.25 + 0.75 * float(strength[index]))
        missing = np.flatnonzero((shares.counts == 0) & (shares.truth > 0))
        middles = np.stack([missing % columns, missing // columns], axis=1) * size + size / 2
        sketch.dots(middles, "ink", 1.2)
        sketch.text(0, sketch.height - 5, shares.words, size=11)
        return sketch


def cell_columns(count: int) -> int:
    """How many columns of cells show `count` classes in a box that is wider than high."""
    return max(1, int(np.ceil(np.sqrt(1.6 * count))))


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"


def _box(left: float, top: float, right: float, bottom: float, closed: bool = False) -> Array:
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return np.array([*corners, corners[0]] if closed else corners)
