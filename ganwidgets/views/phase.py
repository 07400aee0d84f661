"""`PhaseView`: the phase portrait of a game of two numbers: arrows, one path, and a start to take hold of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, stacked, to_png, wrapped
from .quick import QuickView

Array = npt.NDArray[Any]
_STILL_SIDE = 340


@dataclass(frozen=True, eq=False)
class PhasePicture:
    """What is drawn, in units of the plane, which reaches from -`reach` to `reach` both ways. `arrows`: `(n, 4)`, a
    point and the way from there. `path`: `(m, 2)`, the start first. `words`: a line below."""

    reach: float
    arrows: Array
    path: Array
    words: str = ""


class PhaseView(QuickView, parts=("arrows",)):
    """`on_start(x, y)` is called when somebody moves the start of the path, by hand or with the arrow keys."""

    x_label = traitlets.Unicode("θ").tag(sync=True)
    y_label = traitlets.Unicode("ψ").tag(sync=True)
    width = traitlets.Int(420).tag(sync=True)

    def __init__(self, on_start: Callable[[float, float], object], **kwargs: Any) -> None:
        self._on_start = on_start
        self._picture: PhasePicture | None = None
        super().__init__(**kwargs)

    def show(self, picture: PhasePicture, urgent: bool = False) -> None:
        """Draw `picture`. From any thread."""
        self._picture = picture
        buffers = [np.ascontiguousarray(a, dtype=np.float32).tobytes() for a in (picture.arrows, picture.path)]
        self.push({"reach": float(picture.reach), "words": picture.words}, buffers, urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return "a phase portrait. " + (self._picture.words if self._picture else "")

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """The start was moved."""
        if payload.get("do") != "start":
            raise ValueError(f"do: expected 'start'; got {payload.get('do')!r}")
        self._on_start(float(payload["x"]), float(payload["y"]))

    def still(self) -> bytes:
        """The picture as it stands, as PNG; nothing before the first."""
        if self._picture is None:
            return b""
        lines = wrapped(self._picture.words, _STILL_SIDE, 11)
        words = Sketch(_STILL_SIDE, 8 + 14 * len(lines))
        for number, line in enumerate(lines):
            words.text(0, 16 + 14 * number, line, size=11)
        image = stacked([self.sketch(_STILL_SIDE).image(), words.image()], gap=0)
        return b"" if image is None else to_png(image)

    def sketch(self, side: int) -> Sketch:
        """Arrows, path, start and end, `side` pixels high and wide."""
        picture = self._picture
        assert picture is not None
        sketch = Sketch(side, side)

        def places(points: Array) -> Array:
            x, y = 0.5 + points[:, 0] / (2 * picture.reach), 0.5 - points[:, 1] / (2 * picture.reach)
            return np.clip(np.stack([x, y], axis=1), -0.5, 1.5) * side

        middle = side / 2
        for line in ([[0, middle], [side, middle]], [[middle, 0], [middle, side]]):
            sketch.line(np.array(line), "ink", 1, 0.3)
        ends = picture.arrows[:, :2] + picture.arrows[:, 2:]
        for start, end in zip(places(picture.arrows[:, :2]), places(ends), strict=True):
            sketch.line(np.stack([start, end]), "ink", 1.0, 0.5)
            sketch.dots(end[None], "ink", 1.4, 0.6)
        path = places(picture.path)
        if len(path) > 1:
            sketch.line(path, "fake", 1.8)
        sketch.dots(path[:1], "discriminator", 5)
        sketch.dots(path[-1:], "fake", 3.5)
        sketch.text(side - 4, middle - 5, self.x_label, size=12, anchor="rs")
        sketch.text(middle + 6, 14, self.y_label, size=12)
        return sketch
