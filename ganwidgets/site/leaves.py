"""What the widgets leave that go on working without a kernel: one function each, as its script in `standins/` wants it.

A function gives `None` where a page could not draw: for a learner's own generator of another kind, say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt

from ganwidgets import latent
from ganwidgets.views import tiles
from ganwidgets.views.matrix import Matrix
from ganwidgets.widgets import ClassExplorer, LatentExplorer, SpotTheFake, StyleMixer

from . import models
from .shelf import Shelf

Array = npt.NDArray[Any]
#: So many w for a page to draw faces from.
POOL = 200
#: At most so many pictures of either kind go with a game.
MOST_PICTURES = 40


@dataclass(frozen=True)
class Leaf:
    """The name of the view, what never changes, and the numbers."""

    view: str
    content: dict[str, Any]
    arrays: list[Array | bytes]


def explorer(widget: LatentExplorer, shelf: Shelf) -> Leaf | None:
    """z, the directions and the pictures of now, and the generator's ONNX model."""
    model = widget.page_model
    if model is None:
        return None
    place, images = widget.present, widget.images
    sheet, pixels = tiles.encode(images, raw_limit=tiles.NEAR_LIMIT)
    vectors = [axes.vectors for axes in widget.sliders.axes if axes.vectors is not None and len(axes.vectors)]
    content = {
        "spec": {**widget.spec, "alone": True}, "psi": place.psi, "selected": widget.selected, "prior": widget.prior,
        "locked": [list(key) for key in sorted(widget.sliders.locked)],
        "columns": tiles.columns(len(images)), "sheet": sheet, "models": {"model": shelf.file(model.onnx)},
    }  # fmt: skip
    return Leaf("explorer", content, [place.z, place.wide, pixels, *vectors])


def class_board(widget: ClassExplorer, shelf: Shelf) -> Leaf | None:
    """The rows' z, the directions, the table of now, and a model of z and shares of classes."""
    onnx = models.of_shares(widget.source.G) if hasattr(widget.source, "G") else None
    if onnx is None:
        return None
    now = widget.present
    vectors = [axes.vectors for axes in widget.sliders.axes if axes.vectors is not None and len(axes.vectors)]
    content, pictures = _table(widget)
    first = now.label - now.label % widget.spec["shown"]
    content |= {
        "z_dim": now.z.shape[1], "models": {"model": shelf.file(onnx)},
        "start": {"row": now.row, "label": now.label, "other": now.other, "t": now.t, "first": first},
        "locked": [list(key) for key in sorted(widget.sliders.locked)],
    }  # fmt: skip
    return Leaf("class_board", content, [pictures, now.z, *vectors])


def style_board(widget: StyleMixer, shelf: Shelf) -> Leaf | None:
    """The w of rows and columns and a pool of others, the table of now, and models with noise and without."""
    styles, now = widget.source, widget.present
    made = {name: models.of_styles(styles.G, noise) if hasattr(styles, "G") else None
            for name, noise in (("with noise", True), ("without noise", False))}  # fmt: skip
    if None in made.values():
        return None
    content, pictures = _table(widget)
    finite = {side: None if np.isnan(change) else change for side, change in widget.changes.items()}
    noise = None if np.isnan(widget.noise_change) else widget.noise_change
    content |= {
        "layers": list(styles.sides), "models": {name: shelf.file(onnx) for name, onnx in made.items() if onnx},
        "start": {"row": now.row, "column": now.column, "fromB": list(widget.from_b), "psi": now.psi,
                  "noisy": now.noisy},
        "changes": list(finite.values()), "noiseChange": noise, "words": widget.words,
    }  # fmt: skip
    z = np.concatenate([now.z, latent.sample(POOL, styles.z_dim, seed=1)])
    return Leaf("style_board", content, [pictures, styles.w_mean, styles.map(z)])


def duel(widget: SpotTheFake, shelf: Shelf) -> Leaf:
    """Pictures of either kind with D's scores, and a game that has not begun."""
    real, fake = widget.real[:MOST_PICTURES], widget.fake[:MOST_PICTURES]
    rng, rounds = np.random.default_rng(0), min(widget.rounds, len(real), len(fake))
    chosen = (rng.permutation(len(real))[:rounds], rng.permutation(len(fake))[:rounds], rng.integers(0, 2, rounds))
    pairs = [{"real": int(r), "fake": int(f), "side": int(s)} for r, f, s in zip(*chosen, strict=True)]
    scores = widget.d_scores
    content = {
        "question": widget.question, "pairs": pairs, "h": real.shape[1], "w": real.shape[2], "c": real.shape[3],
        "real": None if scores is None else [float(p) for p in scores[0][: len(real)]],
        "fake": None if scores is None else [float(p) for p in scores[1][: len(fake)]],
    }  # fmt: skip
    return Leaf("duel", content, [real, fake])


def _table(widget: Matrix) -> tuple[dict[str, Any], Array]:
    pictures = widget.pictures
    height, width, channels = next(iter(pictures.values())).shape
    content = {"spec": dict(widget.spec), "places": list(pictures), "h": height, "w": width, "c": channels}
    return content, np.stack(list(pictures.values()))


LEAVES: dict[type[ipywidgets.Widget], Callable[[Any, Shelf], Leaf | None]] = {
    LatentExplorer: explorer,
    ClassExplorer: class_board,
    StyleMixer: style_board,
    SpotTheFake: duel,
}
