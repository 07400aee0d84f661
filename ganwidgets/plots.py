"""Still figures: arrays in, matplotlib out, in the one palette.

Every function draws on the `ax` it is given and returns it; without one it makes a `Picture`, a figure outside pyplot's
state that a notebook shows once, as a PNG, when it is a cell's last value. The background is transparent and the text
mid-grey, legible in light and dark pages.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ganwidgets.mosaic import mosaic, with_alpha
from ganwidgets.palette import DISCRIMINATOR, FAKE, INK, REAL

_BELOW_NAMES = 0.74
"""How high a histogram may reach: above it stand the names of its lines."""

Array = npt.NDArray[Any]


class HasLosses(Protocol):
    """What `losses` needs of an event; `StepEvent` has it."""

    @property
    def step(self) -> int: ...
    @property
    def d_loss(self) -> float: ...
    @property
    def g_loss(self) -> float: ...


class Picture(Figure):
    """A figure that shows itself in a notebook without pyplot. `.axes[0]` is where to draw more."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        FigureCanvasAgg(self)
        self.savefig(stream, format="png", transparent=True, bbox_inches="tight", pad_inches=0.06)
        return stream.getvalue()

    def __repr__(self) -> str:
        return f"<Picture with {len(self.axes)} axes>"


def new_axes(width: float = 6.4, height: float = 3.2) -> Axes:
    """Empty axes in the house style on a new `Picture` of `width` by `height` inches."""
    return style(Picture(figsize=(width, height), dpi=110, layout="constrained").add_subplot())


def style(ax: Axes) -> Axes:
    """The house style: mid-grey text, no frame but the axes' two lines, transparent ground."""
    ax.patch.set_alpha(0.0)
    ax.figure.patch.set_alpha(0.0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(INK)
    ax.tick_params(colors=INK, labelsize=9, length=3)
    for text in (ax.xaxis.label, ax.yaxis.label):
        text.set_color(INK)
        text.set_fontsize(10)
    return ax


def image_grid(
    images: npt.ArrayLike,
    columns: int | None = None,
    title: str | None = None,
    ax: Axes | None = None,
    zoom: int | None = None,
) -> Figure | Axes:
    """Pictures in rows. `images`: `(N, H, W, C)` or `(N, H, W)` uint8, C 1 or 3.

    `columns`: by default about square; `zoom`: screen pixels a pixel, by default what makes small pictures legible.
    """
    tiles = _as_tiles(images)
    count, height, width = tiles.shape[:3]
    if columns is not None and columns < 1:
        raise ValueError(f"columns: expected 1 or more; got {columns}")
    across = min(count, columns or math.ceil(math.sqrt(count)))
    page = mosaic(with_alpha(tiles), across, gap=max(1, width // 16), background=0)
    if zoom is not None and zoom < 1:
        raise ValueError(f"zoom: expected 1 or more; got {zoom}")
    zoom = zoom or max(1, round(72 / max(height, width)))
    target = ax or new_axes(page.shape[1] * zoom / 110, page.shape[0] * zoom / 110)
    target.imshow(page, interpolation="nearest" if zoom > 1 else "antialiased")
    target.set_axis_off()
    return _finish(target, ax, title)


def losses(
    events: Iterable[HasLosses], smoothing: int | None = None, title: str | None = None, ax: Axes | None = None
) -> Figure | Axes:
    """D's and G's losses over the steps: the raw values faint, their running mean over `smoothing` steps strong."""
    rows = np.array([(event.step, event.d_loss, event.g_loss) for event in events], dtype=np.float64)
    if rows.size == 0:
        raise ValueError("events: expected at least one StepEvent; got none")
    window = smoothing if smoothing is not None else max(1, len(rows) // 40)
    if window < 1:
        raise ValueError(f"smoothing: expected 1 step or more; got {smoothing}")
    target = ax or new_axes()
    for column, label, colour in ((1, "d_loss", DISCRIMINATOR), (2, "g_loss", FAKE)):
        if window > 1:
            target.plot(rows[:, 0], rows[:, column], color=colour, alpha=0.25, linewidth=0.8)
        target.plot(rows[:, 0], running_mean(rows[:, column], window), color=colour, linewidth=1.8, label=label)
    target.set(xlabel="step", ylabel="loss")
    _legend(target)
    return _finish(target, ax, title)


def score_histogram(
    real_scores: npt.ArrayLike,
    fake_scores: npt.ArrayLike,
    bins: int = 25,
    optimal: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure | Axes:
    """How D(x) and D(G(z)), `(N,)` each in [0, 1], spread; dashed at 1/2, and a mark at each mean.

    `optimal`: the scores that D* gives to the same two batches, where it is known; drawn as dashed outlines.
    """
    import seaborn

    target = ax or new_axes()
    edges = np.linspace(0.0, 1.0, bins + 1)
    for scores, label, colour in ((real_scores, "D(x)", REAL), (fake_scores, "D(G(z))", FAKE)):
        values = _as_scores(scores, "real_scores" if colour == REAL else "fake_scores")
        seaborn.histplot(
            x=values, bins=edges, stat="proportion", element="step", color=colour, alpha=0.35, linewidth=1.4, ax=target
        )
        name = f"{label}, mean {values.mean():.2f}"
        target.axvline(float(values.mean()), ymax=_BELOW_NAMES, color=colour, linewidth=2, label=name)
    target.axvline(0.5, ymax=_BELOW_NAMES, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    for scores, label, colour in zip(optimal or (), ("D*(x)", "D*(G(z))"), (REAL, FAKE), strict=bool(optimal)):
        shares = np.histogram(_as_scores(scores, "optimal"), edges)[0] / np.size(scores)
        target.stairs(shares, edges, color=colour, linewidth=1.2, linestyle=(0, (3, 2)), label=label)
    target.set(xlim=(0, 1), xlabel="D's score: the probability of “real”", ylabel="share of the batch")
    top = target.get_ylim()[1]
    target.set(yticks=[tick for tick in target.get_yticks() if tick <= top], ylim=(0, top / _BELOW_NAMES))
    _legend(target, loc="upper center", ncols=2 if optimal else 1, borderaxespad=0)
    return _finish(target, ax, title)


def scatter(
    real: npt.ArrayLike, fake: npt.ArrayLike | None = None, title: str | None = None, ax: Axes | None = None
) -> Figure | Axes:
    """Points of the plane, `(N, 2)` each: real ones blue, fakes vermilion on top, the same scale on both axes."""
    import seaborn

    target = ax or new_axes(4.2, 4.2)
    for points, name, label, colour in ((real, "real", "real", REAL), (fake, "fake", "fake", FAKE)):
        if points is None:
            continue
        pairs = np.asarray(points, dtype=np.float64)
        if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) == 0 or not np.isfinite(pairs).all():
            raise ValueError(f"{name}: expected finite points (N, 2); got shape {pairs.shape}")
        seaborn.scatterplot(
            x=pairs[:, 0], y=pairs[:, 1], s=12, alpha=0.7, linewidth=0, color=colour, label=label, ax=target
        )
    target.set_aspect("equal", adjustable="datalim")
    _legend(target)
    return _finish(target, ax, title)


def waves(
    sounds: npt.ArrayLike, columns: int = 4, title: str | None = None, ax: Axes | None = None, colour: str = FAKE
) -> Figure | Axes:
    """Sounds `(N, L)` in [-1, 1] as small curves in rows of `columns`; time runs to the right."""
    curves = np.asarray(sounds, dtype=np.float64)
    if curves.ndim != 2 or not curves.size or not np.isfinite(curves).all() or columns < 1:
        raise ValueError(
            f"sounds, columns: expected finite (N, L) and columns of at least 1; got {curves.shape}, {columns}"
        )
    count, length = curves.shape
    across = min(count, columns)
    down = math.ceil(count / across)
    target = ax or new_axes(2.2 * across, 0.9 * down)
    time = np.linspace(0.03, 0.97, length)
    for index, curve in enumerate(curves):
        target.plot(index % across + time, -(index // across) + 0.45 * curve, color=colour, linewidth=0.6)
    target.set_axis_off()
    return _finish(target, ax, title)


def running_mean(values: Array, window: int) -> Array:
    """The mean over `window` neighbours of each of `values` `(N,)`, fewer at the two ends."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    places = np.arange(len(values))
    low = np.maximum(places - (window - 1) // 2, 0)
    high = np.minimum(places + window // 2 + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def _finish(target: Axes, given: Axes | None, title: str | None) -> Figure | Axes:
    if title is not None:
        target.set_title(title, loc="left", color=INK, fontsize=10)
    style(target)
    if given is not None:
        return given
    figure = target.get_figure(root=True)
    assert figure is not None
    return figure


def _legend(target: Axes, **place: Any) -> None:
    target.legend(frameon=False, labelcolor=INK, fontsize=9, **place)


def _as_tiles(images: npt.ArrayLike) -> Array:
    """Checked and as `(N, H, W, 3)` uint8."""
    tiles = np.asarray(images)
    if tiles.dtype != np.uint8 or tiles.ndim not in (3, 4) or tiles.size == 0:
        raise ValueError(
            f"images: expected (N, H, W, C) or (N, H, W) uint8, at least one; got {tiles.dtype} {tiles.shape}"
        )
    tiles = tiles[..., None] if tiles.ndim == 3 else tiles
    if tiles.shape[3] not in (1, 3):
        raise ValueError(f"images: expected 1 or 3 channels in the last place; got shape {tiles.shape}")
    return np.broadcast_to(tiles, (*tiles.shape[:3], 3))


def _as_scores(scores: npt.ArrayLike, name: str) -> Array:
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name}: expected at least one score, shape (N,); got shape {values.shape}")
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 1:
        low, high = values.min(), values.max()
        raise ValueError(f"{name}: expected probabilities in [0, 1]; got {low:.3g} to {high:.3g}. Are these logits?")
    return values
