"""A 2-D GAN at one moment, as arrays: everything that can be drawn of an experiment in the plane.

The points, D's field and the best one there could be, the warped latent grid, G's push at the fakes, the modes and the
divergence with its noise floor. Left out: drawing, and when to look.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ganwidgets import latent, metrics, probes
from ganwidgets.checks import check_whole
from ganwidgets.events import FloatArray, sigmoid
from ganwidgets.metrics import GridDivergence, ModeCoverage
from ganwidgets.probes import Arrows, Extent
from ganwidgets.toys import PointData

MARGIN = 0.25
OPTIONAL = ("best", "warp", "push", "real_scores", "fake_scores", "coverage", "divergence")
"""The fields of `Plane` that `look` may leave out."""


@dataclass(frozen=True, eq=False)
class Plane:
    """What a 2-D GAN looks like.

    `z`: `(n, z_dim)`; `real`, `fake`: points `(n, 2)`, the fakes G's of those z. `extent`: (left, right, bottom, top)
    of the picture, that of the data and a margin. `field`: D(x) `(m, m)` in [0, 1] on that extent, rows from the
    bottom; `best`: D* there, None where the data's density is not known or it was not asked for. `warp`: a latent grid
    carried through G `(k, k, 2)`. `push`: some fakes and where G's loss pushes each. `real_scores`, `fake_scores`:
    D(x), D(G(z)) `(n,)`, or `(n / pack,)` for a D that judges packs. `coverage`: None for data without modes.
    `divergence`: of `real` and `fake` on a grid, beside its noise floor, or None. Fakes that are not finite have none
    of `best`, `coverage` and `divergence`.
    """

    z: FloatArray
    real: FloatArray
    fake: FloatArray
    extent: Extent
    field: FloatArray
    best: FloatArray | None
    warp: FloatArray
    push: Arrows
    real_scores: FloatArray
    fake_scores: FloatArray
    coverage: ModeCoverage | None
    divergence: GridDivergence | None


def look(
    G: nn.Module,
    D: nn.Module,
    points: npt.NDArray[np.float32],
    loss: str = "non_saturating",
    prior: str = "normal",
    truth: PointData | None = None,
    n: int = 512,
    cells: int = 40,
    lines: int = 17,
    arrows: int = 64,
    seed: int = 0,
    extent: Extent | None = None,
    without: Collection[str] = (),
) -> Plane:
    """Look at `G` and `D`, which play on `points` `(N, 2)`; nothing is changed.

    `truth`: the toy that the points are from, for modes and density. `n`: points shown of each kind; `cells`, `lines`:
    of D's field and the latent grid along each side; `arrows`: fakes whose push is shown. The same `seed` shows the
    same z. `extent`: that of `extent_of(points)`, where it is known already. `without`: names in `OPTIONAL` that nobody
    needs now; they are None or empty. `ValueError` for points of another shape, for numbers below 1 (2 for cells and
    lines), and for what cannot be left out.
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points: expected shape (N, 2) with N of at least 1, got {points.shape}")
    for name, number, least in (("n", n, 1), ("cells", cells, 2), ("lines", lines, 2), ("arrows", arrows, 1)):
        check_whole(name, number, least)
    if unknown := sorted(set(without) - set(OPTIONAL)):
        raise ValueError(f"without: there is no {', '.join(unknown)} to be left out; there are {', '.join(OPTIONAL)}")
    pack = int(getattr(D, "pack", 1))
    count = max(n // pack, 1) * pack
    z = latent.sample(count, latent.z_dim_of(G), seed, prior)
    with probes.looking(G):
        fake: FloatArray = latent.generate(G, z)
    chosen = np.random.default_rng(seed).integers(len(points), size=count)
    real = points[chosen]
    extent = extent_of(points) if extent is None else extent
    few = max(min(arrows, count) // pack, 1) * pack
    sound = bool(np.isfinite(fake).all())  # of what is broken, the rest can be shown all the same
    known = truth.log_density if truth is not None and "best" not in without and sound else None
    modes = truth is not None and truth.modes is not None and truth.sigma is not None and "coverage" not in without
    return Plane(
        z=z, real=real, fake=fake, extent=extent,
        field=sigmoid(probes.d_field(D, extent, cells)),
        best=None if known is None else probes.optimal_scores(known, fake, extent, cells),
        warp=np.zeros((0, 0, 2), np.float32) if "warp" in without else _warp(G, lines, prior),
        push=Arrows(fake[:0], fake[:0]) if "push" in without
        else probes.gradients_at_fakes(D, G, z[:few], loss, real[:few]),
        real_scores=_scores(D, real[:0] if "real_scores" in without else real),
        fake_scores=_scores(D, fake[:0] if "fake_scores" in without else fake),
        coverage=metrics.mode_coverage(fake, truth.modes, truth.sigma) if modes and sound else None,  # type: ignore[union-attr,arg-type]
        divergence=metrics.grid_divergence(real, fake, bins=16) if sound and "divergence" not in without else None,
    )  # fmt: skip


def best_scores(
    G: nn.Module, truth: PointData, n: int = 256, prior: str = "normal", seed: int = 0
) -> tuple[FloatArray, FloatArray]:
    """What D*, the best D that there could be against `G`, says of `n` real points and of `n` fakes: `(n,)` each.

    p_G is estimated from n fakes more. `ValueError` for a `truth` whose density is not known.
    """
    check_whole("n", n, 2)
    if truth.log_density is None:
        raise ValueError(f"truth: the density of {truth.name!r} is not known, so there is no D* to compare with")
    with probes.looking(G):
        fakes = latent.generate(G, latent.sample(2 * n, latent.z_dim_of(G), seed, prior))
    real = truth.points[np.random.default_rng(seed).integers(len(truth), size=n)]
    scores = probes.optimal_at(truth.log_density, fakes[:n], np.concatenate([real, fakes[n:]]))
    return scores[:n], scores[n:]


def extent_of(points: npt.NDArray[np.float32]) -> Extent:
    """A square around the points with a quarter more on each side: (left, right, bottom, top)."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = (0.5 + MARGIN) * max(float((high - low).max()), 1e-3)
    x, y = ((low + high) / 2).astype(float)
    return x - half, x + half, y - half, y + half


def _warp(G: nn.Module, lines: int, prior: str) -> FloatArray:
    """A latent grid carried through G `(lines, lines, 2)`; of a z that is one number a line, a grid without width."""
    if latent.z_dim_of(G) > 1:
        return probes.warp(G, lines, prior)
    z = probes.latent_grid(lines, 2, prior)[..., :1].reshape(-1, 1)
    with probes.looking(G):
        return latent.generate(G, z).reshape(lines, lines, 2)


@torch.inference_mode()
def _scores(D: nn.Module, points: FloatArray) -> FloatArray:
    if not len(points):
        return np.zeros(0, np.float32)
    with probes.looking(D):
        device = next((p.device for p in D.parameters()), torch.device("cpu"))
        return sigmoid(D(torch.from_numpy(points.copy()).to(device)).float().cpu().numpy())
