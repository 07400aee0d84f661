"""How good are the samples: every measure of the course, over plain arrays.

Points and features are `(N, F)` arrays of finite numbers (a CPU tensor will do), one sample a row; how pictures become
features is the caller's business. Nothing here draws, trains or keeps a state. Distances are computed tile by tile, so
10,000 samples against 10,000 need no more than a few hundred megabytes.
"""

from ganwidgets.metrics.divergences import GridDivergence, grid_divergence, js_divergence, kl_divergence
from ganwidgets.metrics.features import frechet_distance, kernel_distance
from ganwidgets.metrics.modes import ModeCoverage, mode_coverage
from ganwidgets.metrics.neighbours import (
    DensityCoverage,
    Neighbours,
    PrecisionRecall,
    density_coverage,
    nearest_neighbours,
    precision_recall,
)
from ganwidgets.metrics.wasserstein import exact_wasserstein, sliced_wasserstein, wasserstein_1d

__all__ = [
    "DensityCoverage",
    "GridDivergence",
    "ModeCoverage",
    "Neighbours",
    "PrecisionRecall",
    "density_coverage",
    "exact_wasserstein",
    "frechet_distance",
    "grid_divergence",
    "js_divergence",
    "kernel_distance",
    "kl_divergence",
    "mode_coverage",
    "nearest_neighbours",
    "precision_recall",
    "sliced_wasserstein",
    "wasserstein_1d",
]
