"""What the record of a page tells: pure functions from `probe.js`'s numbers to milliseconds. Left out: the browser.

A record: `frames` `[[t, [code of each picture]]]` whenever the pixels changed, `hand` `[[t, code]]` whenever the slider
moved, `keydown` and `pointerup` `[t]`; all times in ms of the page's clock, codes 0 to 120, −1 where none was readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Record = dict[str, Any]
#: After so many ms nothing old may be left on the page.
GRACE = 200.0


@dataclass(frozen=True)
class Press:
    """One key: ms until the first pixels changed, until every picture was new, and how many were new at first.

    `render_first` and `render_all` are the model's ms in the first call and in all, `rendered` the pictures of the
    first call.
    """

    first: float
    whole: float
    tiles: int
    render_first: float = 0.0
    render_all: float = 0.0
    rendered: int = 0


@dataclass(frozen=True)
class Drag:
    """One drag: `events` and `updates` per second; `lags` of every update in ms; `tiles` new in each; ms from the
    release until every picture was right; `stale`: whether any was not, or changed, later than `GRACE`."""

    events: float
    updates: float
    lags: list[float] = field(default_factory=list)
    tiles: list[int] = field(default_factory=list)
    settled: float = float("inf")
    stale: bool = True


def press(record: Record) -> Press | None:
    """The one key press in `record`; None if the picture didn't follow."""
    start, target = record["keydown"][0], record["hand"][-1][1]
    before = next((codes for t, codes in reversed(record["frames"]) if t < start), None)
    after = [(t, codes) for t, codes in record["frames"] if t >= start]
    whole = next((t for t, codes in after if all(code == target for code in codes)), None)
    if before is None or whole is None:
        return None
    first, codes = after[0]
    return Press(first - start, whole - start, _changed(before, codes))


def drag(record: Record) -> Drag:
    """The one drag in `record`, from the slider's least value upwards."""
    release, target = record["pointerup"][-1], record["hand"][-1][1]
    moves = [(t, code) for t, code in record["hand"][1:] if t <= release]
    start = moves[0][0]
    seconds = (release - start) / 1000
    lags, tiles, newest = [], [], -1
    during = 0
    previous = record["frames"][0][1]
    for t, codes in record["frames"][1:]:
        tiles.append(_changed(previous, codes))
        previous = codes
        during += t <= release
        if max(codes) > newest:
            newest = max(codes)
            lags.append(t - _reached(moves, newest))
    settled = _settled(record["frames"], target) - release
    return Drag(len(moves) / seconds, during / seconds, lags, tiles, max(settled, 0.0), settled > GRACE)


def _changed(old: Sequence[int], new: Sequence[int]) -> int:
    return int(np.count_nonzero(np.asarray(old) != np.asarray(new)))


def _reached(moves: Sequence[tuple[float, int]], code: int) -> float:
    """When the hand first stood at `code` or beyond."""
    return next((t for t, at in moves if at >= code), moves[-1][0])


def _settled(frames: Sequence[tuple[float, list[int]]], target: int) -> float:
    """When the last change left every picture at `target`; infinite if it didn't."""
    t, codes = frames[-1]
    return t if all(code == target for code in codes) else float("inf")
