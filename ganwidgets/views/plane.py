"""`PlaneView`: a 2-D GAN in one picture: D's field, real and fake points, the warped latent grid, pushes and moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets
from PIL import Image, ImageColor

from .drawing import COLOURS, Sketch, to_png, wrapped
from .quick import QuickView
from .samples import as_points

Array = npt.NDArray[Any]

LAYERS = {
    "field": "D(x)", "best": "D*", "change": "D's change", "real": "real", "fake": "fake", "warp": "latent grid",
    "push": "push on fakes", "moves": "real moves",
}  # fmt: skip
FIELDS = ("field", "best", "change")
"""The layers that cover the whole plane: one of them at a time."""
_STILL_SIDE = 340
_WORDS = 11  # their size in a still
_NO_ARROWS = np.zeros((0, 4), np.float32)


@dataclass(frozen=True, eq=False)
class PlanePicture:
    """What is drawn. `extent`: (left, right, bottom, top), a square. `field`, `best`: `(m, m)` in [0, 1], rows from the
    bottom; `change`: `(m, m)` in [-1, 1]; the last two may be None. `real`, `fake`: `(n, 2)`. `warp`: `(k, k, 2)`.
    `push`, `moves`: `(a, 4)`: a point, then the way that it is pushed or has moved, in units of the plane. `words`: a
    line below the picture; `notes`: what a layer shows, said while it is on. `only`: these layers, whatever is
    switched on."""

    extent: tuple[float, float, float, float]
    field: Array
    best: Array | None
    real: Array
    fake: Array
    warp: Array
    push: Array
    words: str = ""
    change: Array | None = None
    moves: Array = default(default_factory=lambda: _NO_ARROWS)
    notes: Mapping[str, str] = default(default_factory=dict)
    only: Sequence[str] | None = None

    @property
    def offered(self) -> list[str]:
        """The layers that there is something to show of."""
        missing = {"best": self.best is None, "change": self.change is None, "moves": not len(self.moves)}
        return [name for name in LAYERS if not missing.get(name)]


class PlaneView(QuickView, parts=("arrows",)):
    """Layers that the page can switch on and off without the kernel; `layers` are the names of those that are on.
    `toggles`: whether there are buttons for that; `label`: what is on show, for screen readers.

    `on_draw(points)` is called with `(n, 2)` float32 when somebody has drawn points on the plane while `drawing` is
    true, in units of the plane; nobody can draw where it is None.
    """

    layers = traitlets.List(["field", "real", "fake"]).tag(sync=True)
    labels = traitlets.Dict(LAYERS).tag(sync=True)
    drawing = traitlets.Bool(False).tag(sync=True)
    width = traitlets.Int(420).tag(sync=True)
    toggles = traitlets.Bool(True).tag(sync=True)
    label = traitlets.Unicode("the plane").tag(sync=True)

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
        nothing = np.zeros((0, 0))
        fields = [picture.field, nothing if picture.best is None else picture.best]
        fields.append(nothing if picture.change is None else (picture.change + 1) / 2)
        buffers = [
            np.round(255 * np.clip(np.nan_to_num(values, nan=0.5), 0, 1)).astype(np.uint8).tobytes()
            for values in fields
        ]
        arrays = (picture.real, picture.fake, picture.warp, picture.push, picture.moves)
        buffers += [np.ascontiguousarray(array, dtype=np.float32).tobytes() for array in arrays]
        meta = {
            "extent": [float(end) for end in picture.extent], "cells": len(picture.field), "lines": len(picture.warp),
            "words": picture.words, "notes": dict(picture.notes), "offered": picture.offered,
            "only": None if picture.only is None else list(picture.only),
        }  # fmt: skip
        self.push(meta, buffers, urgent=urgent)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """What is on show, in words."""
        if self._picture is None:
            return "an empty plane"
        shown = ", ".join(LAYERS[name] for name in self.shown)
        return f"{self.label} with {shown}. {self._picture.words}".strip()

    @property
    def shown(self) -> list[str]:
        """The layers that are seen now."""
        if self._picture is None:
            return []
        wanted = self.layers if self._picture.only is None else self._picture.only
        return [name for name in LAYERS if name in wanted and name in self._picture.offered]

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
        words = wrapped(picture.words, side, _WORDS) if picture.words else []
        sketch = Sketch(side, side + (8 + 14 * len(words) if words else 0))
        left, right, bottom, top = picture.extent

        def places(points: Array) -> Array:
            flat = points.reshape(-1, 2)
            x, y = (flat[:, 0] - left) / (right - left), (top - flat[:, 1]) / (top - bottom)
            return (np.stack([x, y], axis=1) * side).reshape(points.shape)

        layers = self.shown
        fields = {"field": picture.field, "best": picture.best, "change": picture.change}
        for name in (name for name in FIELDS if name in layers):
            values = fields[name]
            assert values is not None
            _draw_field(sketch, values if name != "change" else (values + 1) / 2, side)
            break
        if "warp" in layers:
            grid = places(np.nan_to_num(picture.warp))
            for line in (*grid, *grid.swapaxes(0, 1)):
                sketch.line(line, "fake", 0.8, 0.6)
        for name, points, opacity in (("real", picture.real, 0.5), ("fake", picture.fake, 0.8)):
            if name in layers and len(points):
                sketch.dots(places(points[np.isfinite(points).all(axis=1)]), name, 1.7, opacity)
        for name, arrows, colour in (("push", picture.push, "discriminator"), ("moves", picture.moves, "fake")):
            if name in layers:
                arrows = arrows[np.isfinite(arrows).all(axis=1)]
                starts = arrows[:, :2]
                for start, end in zip(places(starts), places(starts + arrows[:, 2:]), strict=True):
                    sketch.line(np.stack([start, end]), colour, 1.2)
        for number, line in enumerate(words):
            sketch.text(0, side + 16 + 14 * number, line, size=_WORDS)
        return sketch


def _draw_field(sketch: Sketch, field: Array, side: int) -> None:
    """Blue where D says real, vermilion where it says fake, the stronger the surer."""
    sure = 2 * np.nan_to_num(field[::-1], nan=0.5) - 1  # (m, m) in [-1, 1], rows from the top
    real, fake = (np.array(ImageColor.getrgb(COLOURS[name])) for name in ("real", "fake"))
    pixels = np.zeros((*sure.shape, 4), np.uint8)
    pixels[..., :3] = np.where(sure[..., None] > 0, real, fake)
    pixels[..., 3] = np.round(0.36 * 255 * np.abs(sure))
    sketch.picture(Image.fromarray(pixels, "RGBA"), (0, 0, side, side))
