"""`Pipeline`: a GAN from noise to loss in six small live pictures, and one step of it told part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from .quick import QuickView

Array = npt.NDArray[Any]

NODES = ("z", "G", "fake", "real", "D", "d_loss", "g_loss")
LEARNERS = ("", "d", "g", "both")


@dataclass(frozen=True, eq=False)
class Overview:
    """What the small pictures show. `extent`: (left, right, bottom, top) of the plane; `z`: `(n, 2)`, drawn from −3 to
    3; `warp`: `(k, k, 2)`, what G does to the latent grid; `fake`, `real`: `(n, 2)`; `field`: D(x) `(m, m)` in [0, 1],
    rows from the bottom. `d_loss`, `g_loss`: None where not known. `learning`: "d", "g", "both" or "": whose gradients
    are lit on the way back."""

    extent: tuple[float, float, float, float]
    z: Array
    warp: Array
    fake: Array
    real: Array
    field: Array
    d_loss: float | None = None
    g_loss: float | None = None
    learning: str = ""


@dataclass(frozen=True)
class Telling:
    """One part of a step: the `number`th, from 0, of `count`; `title` and `text` say what happens; `nodes` are those it
    happens at, `reached` those that have had their turn. `step`: the step that is told."""

    step: int
    number: int
    count: int
    title: str
    text: str
    nodes: tuple[str, ...]
    reached: tuple[str, ...]


class Pipeline(QuickView, parts=("focus",)):
    """The overview, folded away while `unfolded` is false. `actions`: "walk" begins the story of one step, "part" goes
    to the part of that number, "leave" ends it. `seconds`: how long the page rests at each part while the story plays.
    """

    unfolded = traitlets.Bool(False).tag(sync=True)
    seconds = traitlets.Float(4.0).tag(sync=True)

    def __init__(self, actions: Mapping[str, Callable[[Any], object]], **kwargs: Any) -> None:
        self._actions = dict(actions)
        self._telling: Telling | None = None
        super().__init__(**kwargs)

    @property
    def telling(self) -> Telling | None:
        """The part that is told now."""
        return self._telling

    def show(self, overview: Overview, telling: Telling | None = None, urgent: bool = False) -> None:
        """Draw `overview`, and say what `telling` says. From any thread."""
        self._telling = telling
        field = np.round(255 * np.clip(np.nan_to_num(overview.field, nan=0.5), 0, 1)).astype(np.uint8)
        arrays = (overview.z, overview.warp, overview.fake, overview.real)
        meta = {
            "extent": [float(end) for end in overview.extent], "cells": len(field), "lines": len(overview.warp),
            "d_loss": _finite(overview.d_loss), "g_loss": _finite(overview.g_loss), "learning": overview.learning,
            "telling": None if telling is None else asdict(telling),
        }  # fmt: skip
        buffers = [field.tobytes(), *(np.ascontiguousarray(array, dtype=np.float32).tobytes() for array in arrays)]
        self.push(meta, buffers, urgent=urgent)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A button was pressed."""
        action = self._actions.get(payload.get("do", ""))
        if action is None:
            raise ValueError(f"do: expected one of {sorted(self._actions)}; got {payload.get('do')!r}")
        action(payload.get("value"))


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
