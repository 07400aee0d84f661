"""Mode coverage on mixtures of Gaussians whose centres are known.

Source: Lin et al. 2018, PacGAN (arXiv:1712.04086), section 4.1; modes and high quality are counted
as in Srivastava et al. 2017, VEEGAN (arXiv:1705.07761).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganwidgets.metrics.distances import smallest
from ganwidgets.metrics.divergences import kl_divergence
from ganwidgets.metrics.inputs import pair, positive

WITHIN = 3.0


@dataclass(frozen=True, eq=False)
class ModeCoverage:
    """How samples fall on K known modes.

    `modes_covered`: modes with at least one high-quality sample, 0 to K. `high_quality`: the share of samples within 3σ
    of a mode, 0 to 1. `reverse_kl`: KL(samples over modes ‖ uniform) in nats, 0 to log K, of the high-quality samples
    only; NaN where there are none. `counts`: `(K,)` int64, high-quality samples by mode. `reverse_kl_floor`: about what
    `reverse_kl` would be for as many samples of the truth itself, (K − 1) / 2n for n samples on K equal modes.
    """

    modes_covered: int
    high_quality: float
    reverse_kl: float
    counts: npt.NDArray[np.int64]

    @property
    def reverse_kl_floor(self) -> float:
        total = int(self.counts.sum())
        return (len(self.counts) - 1) / (2 * total) if total else float("nan")


def mode_coverage(samples: npt.ArrayLike, modes: npt.ArrayLike, sigma: float) -> ModeCoverage:
    """Modes covered, high-quality share and reverse KL of `samples` `(N, D)` on the centres `modes` `(K, D)`.

    A sample belongs to the mode that it is nearest to, and is of high quality where it lies within 3 `sigma` (one
    standard deviation in every direction, above 0) of it. The published tables use 2,500 samples.
    `ValueError`: other shapes, no samples or modes, numbers that are not finite, `sigma` not above 0.
    """
    x, centres = pair(("samples", "modes"), samples, modes)
    radius = WITHIN * positive("sigma", sigma)
    squares, nearest = smallest(x, centres, 1)
    good = np.sqrt(squares[:, 0]) <= radius
    counts = np.bincount(nearest[good, 0], minlength=len(centres))
    reverse_kl = kl_divergence(counts, np.ones(len(centres))) if good.any() else float("nan")
    return ModeCoverage(int((counts > 0).sum()), float(good.mean()), reverse_kl, counts)
