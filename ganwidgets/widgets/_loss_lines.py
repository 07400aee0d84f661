"""The losses of a training, or of two that parted, as lines of a chart."""

from __future__ import annotations

import numpy as np

from ganwidgets.views.line_chart import Line, smoothed

from ._scores import Array

_PLAYERS = (("d_loss", "discriminator"), ("g_loss", "fake"))


def loss_lines(table: Array) -> tuple[Array, list[Line]]:
    """The losses' lines, `(n, 3)`: step, D's loss, G's loss; raw behind their means; of one player, one."""
    return table[:, 0], [
        Line(label, colour, smooth, raw=raw) for (label, colour), smooth, raw in _columns(table) if _known(raw)
    ]


def losses_of_two(left: Array, right: Array) -> tuple[Array, list[Line]]:
    """The losses of both tables `(n, 3)` over their steps: the left one's dashed, the right one's as lines."""
    x = np.union1d(left[:, 0], right[:, 0])
    lines = []
    for table, name, dashed in ((left, "left", True), (right, "right", False)):
        for (label, colour), smooth, raw in _columns(table):
            if _known(raw):
                values = np.interp(x, table[:, 0], smooth, left=np.nan, right=np.nan)
                lines.append(Line(f"{name} {label}", colour, values, dashed=dashed))
    return x, lines


def _columns(table: Array) -> list[tuple[tuple[str, str], Array, Array]]:
    window = max(1, len(table) // 25)
    raws = (table[:, 1], table[:, 2])
    return [(names, smoothed(raw, window), raw) for names, raw in zip(_PLAYERS, raws, strict=True)]


def _known(values: Array) -> bool:
    return bool(np.isfinite(values).any())
