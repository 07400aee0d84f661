"""The mode-collapse table: several ways to train a GAN on a mixture with known modes, each over many seeds.

The columns are those of PacGAN's table 1 (Lin et al. 2018, arXiv:1712.04086) with what a mean hides beside them: the
worst seed, the share of seeds that hold all modes, and averages over time, since a GAN that cycles through the modes
may look fine, or collapsed, in its last snapshot.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from ganwidgets.checks import check_sizes
from ganwidgets.datasets import PointData
from ganwidgets.ensemble import Ensemble, Pair
from ganwidgets.metrics import mode_coverage
from ganwidgets.models import mlp
from ganwidgets.train_config import TrainConfig, settings

HEAD = (
    "", "modes, mean", "worst seed", "seeds with all", "high quality", "worst seed", "reverse KL", "worst seed",
    "modes over time", "high quality over time",
)  # fmt: skip
# Where the samples of the tables come from: no seed of a training.
_SAMPLING_SEED = 2**40
Floats = npt.NDArray[np.float64]


def _plain_pair() -> Pair:
    return mlp.Generator(), mlp.Discriminator()


@dataclass(frozen=True)
class Setup:
    """One row to be: how to train, and `make() -> (G, D)`, new networks; without it an MLP pair of the default size."""

    train: TrainConfig
    make: Callable[[], Pair] = _plain_pair


@dataclass(frozen=True, eq=False)
class ModeRow:
    """What one way of training gave, at T looks, for S seeds; the last look is the end of the training.

    `looks`: `(T,)` steps. `modes_covered`: `(T, S)` int64, `high_quality`, `reverse_kl`: `(T, S)`, as in
    `metrics.ModeCoverage`; the reverse KL is NaN where a seed had no sample of high quality. `counts`: `(S, K)` int64,
    high-quality samples by mode at the end. `seconds`: the training time of all seeds together.
    """

    name: str
    seeds: tuple[int, ...]
    looks: npt.NDArray[np.int64]
    modes_covered: npt.NDArray[np.int64]
    high_quality: Floats
    reverse_kl: Floats
    counts: npt.NDArray[np.int64]
    seconds: float

    @property
    def all_modes(self) -> float:
        """The share of seeds that hold every mode at the end."""
        return float((self.modes_covered[-1] == self.counts.shape[1]).mean())

    def over_time(self, values: npt.NDArray[np.generic]) -> float:
        """The mean of values `(T, S)` over the seeds and the later half of the looks."""
        return float(np.asarray(values[len(values) // 2 :], dtype=float).mean())

    def cells(self) -> list[str]:
        """The row as it is printed, under `HEAD`."""
        modes, quality, kl = self.modes_covered[-1], self.high_quality[-1], self.reverse_kl[-1]
        known = kl[np.isfinite(kl)]
        return [
            self.name, f"{modes.mean():.1f}", f"{modes.min()}", f"{100 * self.all_modes:.0f} %",
            f"{100 * quality.mean():.1f} %", f"{100 * quality.min():.1f} %",
            f"{known.mean():.3f}" if known.size else "–", f"{known.max():.3f}" if known.size == kl.size else "–",
            f"{self.over_time(self.modes_covered):.1f}", f"{100 * self.over_time(self.high_quality):.1f} %",
        ]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class ModeTable:
    """The rows, and what they were made on; shows itself as a table in a notebook.

    `modes`: K. `samples`: how many points of each seed were judged at each look.
    """

    rows: tuple[ModeRow, ...]
    data: str
    modes: int
    samples: int = field(default=2500)

    def __getitem__(self, name: str) -> ModeRow:
        """The row of that name; `KeyError` where there is none."""
        return {row.name: row for row in self.rows}[name]

    def cells(self) -> list[list[str]]:
        """The table as it is printed, without its head."""
        return [row.cells() for row in self.rows]

    def __repr__(self) -> str:
        held = ", ".join(f"{row.name}: {row.modes_covered[-1].mean():.1f}" for row in self.rows)
        return f"ModeTable({self.data!r}, modes of {self.modes}: {held})"

    def _repr_markdown_(self) -> str:
        lines = [HEAD, ["---", *["---:"] * (len(HEAD) - 1)], *([_plain(c) for c in cells] for cells in self.cells())]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in HEAD)
        body = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            + "".join(f"<td>{html.escape(text)}</td>" for text in numbers)
            + "</tr>"
            for name, *numbers in self.cells()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def mode_collapse_table(
    configs: Mapping[str, TrainConfig | Setup],
    data: PointData,
    seeds: int | Sequence[int] = 16,
    samples: int = 2500,
    looks: int = 20,
    progress: bool = True,
) -> ModeTable:
    """Train every one of `configs` on `data` for all `seeds` at once, and judge how the modes are covered.

    `configs`: by the row's name, the settings, alone or with networks of your own in a `Setup`; each needs `steps`.
    `data`: points that know their modes, as `datasets.toy("ring")` and `"grid"` do. `seeds`: how many, or which.
    At each of `looks` moments, evenly spread over the training, the averaged generators draw `samples` points with z
    that no training sees. `progress` shows a bar. `ValueError`: no configurations, one without `steps`, data without
    modes, a count below 1, and networks that cannot be stacked (see `stacking.Stacked`).
    """
    if not isinstance(configs, Mapping):
        raise ValueError(f"configs: expected settings by name, got {type(configs).__name__}")
    setups = {name: one if isinstance(one, Setup) else Setup(one) for name, one in configs.items()}
    _check(setups, data, samples, looks)
    total = sum(setup.train.steps or 0 for setup in setups.values())
    with tqdm(total=total, unit="step", disable=not progress) as bar:
        rows = tuple(_row(name, setup, data, seeds, samples, looks, bar) for name, setup in setups.items())
    assert data.modes is not None
    return ModeTable(rows, data.name, len(data.modes), samples)


def _row(
    name: str, setup: Setup, data: PointData, seeds: int | Sequence[int], samples: int, looks: int, bar: tqdm
) -> ModeRow:
    assert data.modes is not None and data.sigma is not None and setup.train.steps
    bar.set_description(name)
    ensemble = Ensemble(setup.make, data, setup.train, seeds)
    due = np.unique(np.linspace(0, setup.train.steps, looks + 1)[1:].round().astype(np.int64))
    found = []
    seconds = 0.0
    for step in ensemble:
        bar.update()
        seconds = step.seconds
        if step.step in due:
            points = ensemble.samples(samples, seed=_SAMPLING_SEED + step.step)
            found.append([mode_coverage(one, data.modes, data.sigma) for one in points])
    return ModeRow(
        name, ensemble.seeds, due,
        np.array([[c.modes_covered for c in look] for look in found]),
        np.array([[c.high_quality for c in look] for look in found]),
        np.array([[c.reverse_kl for c in look] for look in found]),
        np.array([c.counts for c in found[-1]]), seconds,
    )  # fmt: skip


def _plain(text: str) -> str:
    """`text` with what Markdown and HTML would read as theirs made harmless."""
    return re.sub(r"([\\`*_\[\]|<>&#~$])", r"\\\1", text)


def _check(setups: Mapping[str, Setup], data: PointData, samples: int, looks: int) -> None:
    if not setups:
        raise ValueError("configs: got none; expected at least one")
    for name, setup in setups.items():
        if not settings(setup.train).steps:
            raise ValueError(f"configs[{name!r}]: steps is {setup.train.steps}; a number of at least 1 is needed")
    if getattr(data, "modes", None) is None:
        raise ValueError("data: these points have no known modes; toy('ring') and toy('grid') do")
    check_sizes(samples=samples, looks=looks)
