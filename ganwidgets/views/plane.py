"""`PlaneView`: a 2-D GAN in one picture: D's field, real and fake points, the warped latent grid, G's push."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .drawing import Sketch, to_png
from .quick import QuickView
from .samples import as_points

Array = npt.NDArray[Any]

LAYERS = {
    "field": "D(x)", "best": "D*", "real": "real", "fake": "fake", "warp": "latent grid", "push": "push on fakes",
}  # fmt: skip
_STILL_SIDE = 340


@dataclass(frozen=True, eq=False)
class PlanePicture:
    """What is drawn. `extent`: (left, right, bottom, top), a square. `field`, `best`: `(m, m)` in [0, 1], rows from the
    bottom; `best` may be None. `real`, `fake`: `(n, 2)`. `warp`: `(k, k, 2)`. `push`: `(a, 4)`: a point, then the way
    that it is pushed, in units of the plane. `words`: a line below the picture."""

    extent: tuple[float, float, float, float]
    field: Array
    best: Array | None
    real: Array
    fake: Array
    warp: Array
    push: Array
    words: str = ""


class PlaneView(QuickView, parts=("arrows",)):
    """Layers that the page can switch on and off without the kernel; `layers` are the names of those that are on.

    `on_draw(points)` is called with `(n, 2)` float32 when somebody has drawn points on the plane while `drawing` is
    true, in units of the plane; nobody can draw where it is None.
    """

    layers = traitlets.List(["field", "real", "fake"]).tag(sync=True)
    labels = traitlets.Dict(LAYERS).tag(sync=True)
    drawing = traitlets.Bool(False).tag(sync=True)
    width = traitlets.Int(420).tag(sync=True)

    def __init__(self, on_draw: Callable[[Array], object] | None = None, **kwargs: Any) -> None:
        self._on_draw = on_draw
        self._picture: PlanePicture | None = None
        super().__init__(**kwargs)

    @traitlets.validate("layers")
    def _known_layers(self, proposal: Any) -> list[str]:
        unknown = [name for name in proposal["value"] if name not in LAYERS]
        if unknown:
            raise ValueError(f"layers: there is no {', '.join(map(repr, unknown))}; there are {', '.join(LAYERS)}")
        return list(proposal["value"])

    def show(self, picture: PlanePicture, urgent: bool = False) -> None:
        """Draw `picture`. From any thread."""
        self._picture = picture
        fields = [picture.field, np.zeros((0, 0)) if picture.best is None else picture.best]
        buffers = [np.round(255 * np.clip(field, 0, 1)).astype(np.uint8).tobytes() for field in fields]
        arrays = (picture.real, picture.fake, picture.warp, picture.push)
        buffers += [np.ascontiguousarray(array, dtype=np.float32).tobytes() for array in arrays]
        meta = {
            "extent": [float(end) for end in picture.extent], "cells": len(picture.field), "lines": len(picture.warp),
            "words": picture.words,
        }  # fmt: skip
        self.push(meta, buffers, urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """What is on show, in words."""
        if self._picture is None:
            return "an empty plane"
        shown = ", ".join(LAYERS[name] for name in self.layers)
        return f"the plane with {shown}. {self._picture.words}".strip()

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Points were drawn."""
        if payload.get("do") != "draw" or self._on_draw is None:
            raise ValueError(f"do: nothing can be drawn here; got {payload.get('do')!r}")
        self._on_draw(as_points(np.frombuffer(buffers[0], np.float32).reshape(-1, 2), "points"))

    def still(self) -> bytes:
        """The picture as it stands, as PNG; nothing before the first."""
        return b"" if self._picture is None else to_png(self.sketch(_STILL_SIDE).image())

    def sketch(self, side: int) -> Sketch:
        """The layers that are on, `side` pixels wide and high, and the words below."""
        picture = self._picture
        assert picture is not None
        sketch = Sketch(side, side + (22 if picture.words else 0))
        left, right, bottom, top = picture.extent

        def places(points: Array) -> Array:
            flat = points.reshape(-1, 2)
            x, y = (flat[:, 0] - left) / (right - left), (top - flat[:, 1]) / (top - bottom)
            return (np.stack([x, y], axis=1) * side).reshape(points.shape)

        for name, field in (("field", picture.field), ("best", picture.best)):
            if name in self.layers and field is not None:
                _draw_field(sketch, field, side)
                break
        if "warp" in self.layers:
            grid = places(picture.warp)
            for line in (*grid, *grid.swapaxes(0, 1)):
                sketch.line(line, "fake", 0.8, 0.6)
        for name, points, opacity in (("real", picture.real, 0.5), ("fake", picture.fake, 0.8)):
            if name in self.layers and len(points):
                sketch.dots(places(points), name, 1.7, opacity)
        if "push" in self.layers:
            starts = picture.push[:, :2]
            for start, end in zip(places(starts), places(starts + picture.push[:, 2:]), strict=True):
                sketch.line(np.stack([start, end]), "ink", 1.2)
        sketch.text(0, side + 16, picture.words, size=11)
        return sketch


def _draw_field(sketch: Sketch, field: Array, side: int) -> None:
    """Squares, blue where D says real, vermilion where it says fake, the stronger the surer."""
    edges = np.linspace(0, side, len(field) + 1)
    for row, values in enumerate(field[::-1]):
        for column, value in enumerate(values):
            x, y = edges[column : column + 2], edges[row : row + 2]
            corners = np.array([[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]])
            sketch.area(corners, "real" if value > 0.5 else "fake", 0.36 * abs(2 * value - 1))
