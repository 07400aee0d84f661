"""Tables of measures with what a learner needs to read them, and the pictures, features and times that go with them.

A `Metric` is a function of two sets of features with a few words about it; `bench` puts all of it together for a data
set, so that a notebook needs one line: `MetricLab(**metric_table.bench("digits"))`. The formulas are in `metrics`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from ganwidgets import datasets, latent, metrics, readers
from ganwidgets.checks import check_whole

Array = npt.NDArray[Any]
Features = Callable[[Array], Array]
Score = Callable[[Array], float]

K = 5


@dataclass(frozen=True)
class Metric:
    """`function(real (N, F), fake (M, F)) -> float`; call the metric as this function.

    `better`: "lower" or "higher", or "" where neither is. `words`: what the number says, in a line.
    """

    function: Callable[[Array, Array], float]
    better: str
    words: str

    def __call__(self, real: Array, fake: Array) -> float:
        return float(self.function(real, fake))


class _Once:
    """Calls `function` once for the same two arrays in a row: two of its numbers are two metrics."""

    def __init__(self, function: Callable[[Array, Array], Any]) -> None:
        self._function = function
        self._last: tuple[Array, Array, Any] | None = None

    def __call__(self, real: Array, fake: Array) -> Any:
        last = self._last
        if last is None or last[0] is not real or last[1] is not fake:
            last = self._last = (real, fake, self._function(real, fake))
        return last[2]


def nearest_distance(real: npt.ArrayLike, fake: npt.ArrayLike) -> float:
    """How far the rows of `fake` `(M, F)` are, on average, from the nearest row of `real` `(N, F)`; copies are at 0."""
    return float(metrics.nearest_neighbours(fake, real).distances.mean())


def table() -> dict[str, Metric]:
    """By name, the measures of chapter 11: Fréchet and kernel distance, four shares, and the search for copies."""
    pair, balls = _Once(partial(metrics.precision_recall, k=K)), _Once(partial(metrics.density_coverage, k=K))
    return {
        "Fréchet distance": Metric(metrics.frechet_distance, "lower", "means and spreads of the two clouds apart"),
        "kernel distance": Metric(metrics.kernel_distance, "lower", "the same question, without a bias by n"),
        "precision": Metric(lambda r, f: pair(r, f).precision, "higher", "share of the fakes that look real"),
        "recall": Metric(lambda r, f: pair(r, f).recall, "higher", "share of the real ones that are in reach"),
        "density": Metric(lambda r, f: balls(r, f).density, "higher", "how thickly real ones surround a fake"),
        "coverage": Metric(lambda r, f: balls(r, f).coverage, "higher", "share of the real ones with a fake nearby"),
        "nearest training picture": Metric(nearest_distance, "", "how far it is; copies are at 0"),
    }


def bench(data: str = "digits", n: int = 1000, seed: int = 0) -> dict[str, Any]:
    """What `widgets.MetricLab` takes, for "digits", "faces" or a named set of points such as "ring".

    Keys: `train`, the `n` pictures `(n, H, W, C)` or points `(n, 2)` that are measured against; `others`, more of the
    same data; `labels` of these; `features`; `metrics`. `ValueError` for other names and for n below 100.
    """
    check_whole("n", n, 100, 5000)
    return (_picture_bench(data, n) if data in _MODES else _point_bench(data, n, seed)) | {"metrics": table()}


def scores(data: str = "digits", samples: int = 64, n: int = 1000) -> dict[str, Any]:
    """For `widgets.ModelRace`: "quality" and "coverage" of pictures `(m, H, W, C)` uint8, m above 5, each from 0 to 1.

    Quality is precision and coverage is coverage, in the reader's features, beside `n` held-out pictures. Few samples
    cannot reach far: "reference" has what each says of `samples` other real pictures. `ValueError` for other data.
    """
    check_whole("n", n, 100, 5000)
    check_whole("samples", samples, K + 1)
    if data not in _MODES:
        raise ValueError(f"data: there is no {data!r}; choose one of {', '.join(_MODES)}")
    features = partial(readers.features, readers.load(data))
    real = features(datasets.load(data, "test").images[:n])
    both: dict[str, Score] = {
        "quality": lambda images: metrics.precision_recall(real, features(images), K).precision,
        "coverage": lambda images: metrics.density_coverage(real, features(images), K).coverage,
    }
    others = datasets.load(data).images[:samples]
    return {**both, "reference": {name: score(others) for name, score in both.items()}}


def sampling_seconds(G: nn.Module, n: int = 64, repeats: int = 3) -> float:
    """The median seconds that `G` takes for `n` samples on this machine."""
    check_whole("n", n, 1)
    check_whole("repeats", repeats, 1)
    render = latent.renderer(G)
    z = latent.sample(n, latent.z_dim_of(G))
    times = []
    for _ in range(repeats + 1):  # the first is slower
        start = time.perf_counter()
        render(z)
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))


def _labels(data: datasets.ImageData) -> Array:
    """The numbers `(N,)` of what counts as a mode: a digit's class, a face's skin."""
    attribute = _MODES[data.name]
    if attribute is None:
        assert data.labels is not None
        return data.labels
    return np.unique(data.attributes[attribute], return_inverse=True)[1]


_MODES: Mapping[str, str | None] = {"digits": None, "faces": "skin"}


def _picture_bench(name: str, n: int) -> dict[str, Any]:
    data = datasets.load(name)
    labels = _labels(data)
    return {
        "train": data.images[:n], "others": data.images[n:], "labels": labels[n:],
        "features": partial(readers.features, readers.load(name)),
    }  # fmt: skip


def _point_bench(name: str, n: int, seed: int) -> dict[str, Any]:
    if name not in datasets.TOYS:
        raise ValueError(f"data: there is no {name!r}; choose one of {', '.join([*_MODES, *datasets.TOYS])}")
    both = [datasets.toy(name, count, seed + i) for i, count in enumerate((n, 10 * n))]
    modes = both[1].modes
    labels = None if modes is None else metrics.nearest_neighbours(both[1].points, modes).indices[:, 0]
    return {"train": both[0].points, "others": both[1].points, "labels": labels, "features": None}
