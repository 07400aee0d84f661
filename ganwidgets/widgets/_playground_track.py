"""One run in a `Playground`: the session, and what is kept of it to be shown: curves, histograms, earlier moments."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ganwidgets.plane_session import PlaneSession
from ganwidgets.planes import OPTIONAL, Plane
from ganwidgets.views.line_chart import Line
from ganwidgets.views.pipeline import Overview
from ganwidgets.views.plane import PlanePicture
from ganwidgets.views.score_histogram import Bars

from ._scores import Array, Moments, ScorePool, Series

_BEST_SECONDS = 2.0  # D* takes as long as some fifty steps
_NEVER = ("real_scores", "fake_scores")  # the histograms are of the batches
_BATCHES = 5  # pooled in the histograms
_SPAN = 6  # the longest arrow is this part of the picture: directions and proportions are what one looks at
PUSH_NOTE = "green arrows: where G's loss pushes each fake, along ∇ₓD"
_NOTES = {
    "field": "D(x): blue where D says real, orange where it says fake",
    "best": "D*: the best D there could be against this G; far from all points it means nothing",
    "warp": "latent grid: even squares of z, as G bends them",
    "push": PUSH_NOTE,
}


@dataclass(frozen=True)
class Moment:
    """What the playground showed at one step."""

    step: int
    picture: PlanePicture
    bars: Bars | None
    overview: Overview


class Track:
    """Takes in the events of `session` and makes pictures of it; `version` grows with whatever moves a network."""

    def __init__(self, session: PlaneSession) -> None:
        self.session = session
        self.forget()

    def forget(self) -> None:
        """A new run begins: nothing of the old one is shown."""
        self._losses, self._gaps = Series(2), Series(5)
        # A step takes less than a millisecond: what can wait until somebody looks, waits.
        self._recent: deque[Any] = deque(maxlen=_BATCHES)
        self.moments = Moments[Moment](60)
        self.version = 0
        self.learning = ""
        self._last = (float("nan"), float("nan"))
        self._best: Array | None = None
        self._best_at, self._thought = -1, 0.0
        self._before: tuple[int, int, Plane] | None = None
        self._newest: tuple[int, int, Plane] | None = None
        self._whole: Plane | None = None

    def branch(self, step: int | None, **settings: Any) -> Track:
        """Another way from `step`, or the last state kept before it; it has the same past."""
        twin = Track(self.session.branch(step, **settings))
        twin._recall(self.moments, self.losses, self.gaps)
        return twin

    def went_back(self) -> None:
        """The session has been taken back: what came after the step that it is at now is forgotten."""
        past = self.moments, self.losses, self.gaps
        self.forget()
        self._recall(*past)

    def _recall(self, moments: Moments[Moment], losses: Array, gaps: Array) -> None:
        """Take over what there is of a past, up to the session's step."""
        reached = self.session.step
        for kept in (kept for kept in moments.steps if kept <= reached):
            self.moments.append(*moments.at(kept))
        for rows, series in ((losses, self._losses), (gaps, self._gaps)):
            for row in rows[rows[:, 0] <= reached]:
                series.append(*row)

    def take(self, event: Any) -> None:
        """A whole step was taken."""
        if event.step > self.session.step:
            return  # the session has been taken back meanwhile
        self._losses.append(event.step, event.d_loss, event.g_loss)
        self._moved(event, "both", {"D": event.d_loss, "G": event.g_loss})

    def take_part(self, event: Any, who: str) -> None:
        """One player, "d" or "g", moved alone: the other's loss is NaN."""
        self._moved(event, who, {"D": event.d_loss} if who == "d" else {"G": event.g_loss})

    def _moved(self, event: Any, learning: str, losses: dict[str, float]) -> None:
        self.version += 1
        for name, loss in losses.items():
            if not math.isfinite(loss):
                raise ArithmeticError(
                    f"step {event.step}: {name}'s loss is {loss}. The numbers have run away and will not come back: "
                    "go back to an earlier step, or start again with other settings"
                )
        self._recent.append(event)
        self.learning = learning
        d_loss, g_loss = event.d_loss, event.g_loss
        self._last = (self._last[0] if d_loss != d_loss else d_loss, self._last[1] if g_loss != g_loss else g_loss)

    @property
    def losses(self) -> Array:
        """Step, D's loss, G's loss, `(n, 3)`."""
        return self._losses.table()

    @property
    def gaps(self) -> Array:
        """Step, JS, its floor, KL(real ‖ fake), its floor, modes covered or NaN: `(n, 6)`."""
        return self._gaps.table()

    def look(self, layers: Sequence[str], quiet: bool) -> Moment:
        """All of how it looks now; kept. `quiet`: nothing runs, so there is time for what takes long."""
        known = self.session.truth.log_density is not None
        if not known:
            self._best = None  # that of data before
        think = known and (
            self._best is None or (quiet and self.version != self._best_at)
            or ("best" in layers and time.monotonic() - self._thought > _BEST_SECONDS)
        )  # fmt: skip
        plane = self._whole = self.session.plane(without=_NEVER if think else ("best", *_NEVER))
        if think:
            self._best, self._best_at, self._thought = plane.best, self.version, time.monotonic()
        if (gap := plane.divergence) is not None:
            modes = float("nan") if plane.coverage is None else plane.coverage.modes_covered
            self._gaps.append(self.session.step, gap.js, gap.js_floor, gap.kl, gap.kl_floor, modes)
        self._remember(plane)
        outlines = None
        if self._best is not None and self._best_at == self.version:
            outlines = self._optimal(plane)
        bars = self._pool().bars(outlines, note="dashed: D*" if outlines else "")
        moment = Moment(self.session.step, self._picture(plane), bars, self._overview(plane))
        self.moments.append(self.session.step, moment)
        return moment

    def glance(self, layers: Sequence[str], overview: bool) -> Moment:
        """What moves, between two whole looks: what `layers`, and the `overview` where it is open, show; not kept.

        The rest is as in the last whole look.
        """
        if self._whole is None:
            return self.look(layers, quiet=False)
        seen = {"warp": overview or "warp" in layers, "push": "push" in layers}
        unseen = [name for name in OPTIONAL if not seen.get(name)]
        known = {name: getattr(self._whole, name) for name in unseen}
        plane = replace(self.session.plane(without=unseen), **known)
        self._remember(plane)
        return Moment(self.session.step, self._picture(plane), None, self._overview(plane))

    def _pool(self) -> ScorePool:
        """The scores of the last few batches."""
        pool = ScorePool(_BATCHES)
        for event in self._recent:
            pool.add(event.real_scores, event.fake_scores)
        return pool

    def _remember(self, plane: Plane) -> None:
        """The picture before this one, of networks that have moved since."""
        if self._newest is not None and self._newest[0] != self.version:
            self._before = self._newest
        self._newest = (self.version, self.session.step, plane)

    def _optimal(self, plane: Plane) -> tuple[Array, Array]:
        """The histograms that D* would have, from its field at the points."""
        assert self._best is not None
        left, right, bottom, top = plane.extent
        cells = len(self._best) - 1
        shares = []
        for points in (plane.real, plane.fake):
            places = (points - (left, bottom)) / (right - left, top - bottom) * cells
            column, row = np.clip(np.nan_to_num(np.round(places)), 0, cells).astype(int).T
            shares.append(ScorePool().shares(self._best[row, column]))
        return shares[0], shares[1]

    def _picture(self, plane: Plane) -> PlanePicture:
        push, _ = arrows(plane.push.points, plane.push.arrows, plane.extent)
        picture = PlanePicture(
            plane.extent, plane.field, self._best, plane.real, plane.fake, plane.warp, push, words(plane)
        )
        if self._before is None or self._before[2].fake.shape != plane.fake.shape:
            return replace(picture, notes=_NOTES)
        _, step, before = self._before
        since = f"since step {step:,}" if step < self.session.step else "by the last step"
        few = len(plane.push.points)
        moves, longest = arrows(before.fake[:few], plane.fake[:few] - before.fake[:few], plane.extent)
        change, most = relative(plane.field - before.field)
        notes = _NOTES | {
            "moves": f"orange arrows: where the same z went {since}, up to {longest:.2g}",
            "change": f"blue: D says real more than before, orange: less, {since}, by up to {most:.2g}",
        }
        return replace(picture, change=change, moves=moves, notes=notes)

    def _overview(self, plane: Plane) -> Overview:
        d_loss, g_loss = self._last
        some = slice(0, 160)
        return Overview(
            plane.extent, flat(plane.z[some]), plane.warp, plane.fake[some], plane.real[some], plane.field,
            d_loss, g_loss, self.learning,
        )  # fmt: skip


def chart_pause(step: int) -> float:
    """Seconds until bars, lines and numbers are told again; between two, only the plane moves.

    A young run changes fast, so its curves want more points.
    """
    return min(0.5, 0.2 + step / 2000)


def words(plane: Plane) -> str:
    """The modes, and how many fakes the picture does not show, in a line."""
    parts = []
    if (coverage := plane.coverage) is not None:
        parts.append(f"{coverage.modes_covered} of {len(coverage.counts)} modes")
        kl = f", reverse KL {coverage.reverse_kl:.2f}" if np.isfinite(coverage.reverse_kl) else ""
        parts.append(f"{coverage.high_quality:.0%} of the fakes within 3σ of one{kl}")
    left, right, bottom, top = plane.extent
    x, y = plane.fake.T
    outside = 1 - float(((left <= x) & (x <= right) & (bottom <= y) & (y <= top)).mean())
    if outside >= 0.005:
        parts.append(f"{outside:.0%}{'' if parts else ' of the fakes'} out of sight")
    return ", ".join(parts)


def arrows(points: Array, ways: Array, extent: Sequence[float]) -> tuple[Array, float]:
    """`(n, 4)`: the points and the ways from there, the longest a sixth of the picture; how long that one really is."""
    longest = float(np.linalg.norm(ways, axis=1).max(initial=0.0))
    scale = (extent[1] - extent[0]) / _SPAN / longest if np.isfinite(longest) and longest > 0 else 1.0
    return np.concatenate([points, scale * ways], axis=1), longest


def relative(change: Array) -> tuple[Array, float]:
    """A difference of fields in [-1, 1], and the greatest there is, which became 1."""
    most = float(np.abs(change).max())
    return (change / most if np.isfinite(most) and most > 0 else np.zeros_like(change)), most


def flat(z: Array) -> Array:
    """z `(n, z_dim)` as points: its first two numbers, and 0 where there is but one."""
    return z[:, :2] if z.shape[1] > 1 else np.concatenate([z, np.zeros_like(z)], axis=1)


def gap_lines(gaps: Array, column: int) -> list[Line]:
    """A divergence and its noise floor, of `Track.gaps`."""
    return [Line("measured", "ink", gaps[:, column]), Line("noise floor", "soft", gaps[:, column + 1], dashed=True)]
