"""The failure clinic: six trainings in the plane with one bug each, to be read, named and mended.

A `Chart` says how a training is set up; `Chart()` is healthy, and each of `PATIENTS` differs from it in one thing.
`Patient.take_step` is written out, so that the line with the bug can be read. Left out: bugs that PyTorch reports by
itself, and everything that a `Trainer` adds with care (see `training`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from ganwidgets import datasets
from ganwidgets.models import mlp
from ganwidgets.stream import Numbers
from ganwidgets.training import TrainConfig, Trainer

BUGS = (
    "missing initialisation",
    "sigmoid twice",
    "forgotten detach",
    "D too strong",
    "wrong label",
    "learning rate too high",
)
"""What a patient can suffer from."""


@dataclass(frozen=True)
class Chart:
    """How a training of the clinic is set up; the defaults are healthy.

    `d_weights`: what D begins with, "random" or "zero". `d_ends_in`: D's last layer, "linear" or "sigmoid"; the losses
    apply a sigmoid of their own. `detach`: whether the fakes are cut off from G in D's step. `g_label`: what G wants D
    to call its fakes. `lr_d`, `lr_g`: Adam's learning rates. `seed`: of weights and batches.
    """

    d_weights: str = "random"
    d_ends_in: str = "linear"
    detach: bool = True
    g_label: float = 1.0
    lr_d: float = 4e-3
    lr_g: float = 1e-3
    seed: int = 0


PATIENTS: dict[int, Chart] = {
    1: Chart(g_label=0.0),
    2: Chart(d_ends_in="sigmoid"),
    3: Chart(lr_d=0.2, lr_g=0.2),
    4: Chart(d_weights="zero"),
    5: Chart(lr_g=1e-5),
    6: Chart(detach=False),
}
"""Six charts with one bug each."""

DISEASES: dict[int, str] = {1: BUGS[4], 2: BUGS[1], 3: BUGS[5], 4: BUGS[0], 5: BUGS[3], 6: BUGS[2]}
"""What each patient suffers from: one of `BUGS`."""

STEPS = 500
"""So many steps show every symptom."""

HIDDEN = 64
_RATES = dict(batch_size=128, ema=0.0, samples=256, sample_every=10)


def data() -> datasets.PointData:
    """What every patient is trained on: eight clouds on a ring."""
    return datasets.toy("ring_wide", 2000)


class Patient(Trainer):
    """A training as its chart says; iterate it to train."""

    def __init__(self, chart: Chart | None = None) -> None:
        self.chart = chart = chart or Chart()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(chart.seed)
            G = mlp.Generator(hidden=HIDDEN, layers=2)
            D: nn.Module = mlp.Discriminator(hidden=HIDDEN, layers=2)
        if chart.d_weights == "zero":
            for weight in D.parameters():
                nn.init.zeros_(weight)
        if chart.d_ends_in == "sigmoid":
            D = nn.Sequential(D, nn.Sigmoid())
        config = TrainConfig(lr_g=chart.lr_g, lr_d=chart.lr_d, seed=chart.seed, **_RATES)  # type: ignore[arg-type]
        super().__init__(G, D, data(), config)

    def take_step(self) -> Numbers:
        """One step of D, then one of G, on the same fakes."""
        chart, opt_g, opt_d = self.chart, self.optimisers["G"], self.optimisers["D"]
        x_real, _ = self.real_batch()
        x_fake = self.generate()
        opt_g.zero_grad()
        opt_d.zero_grad()

        real_logits = self.D(x_real)
        fake_logits = self.D(x_fake.detach() if chart.detach else x_fake)
        d_loss = cross_entropy(real_logits, 1.0) + cross_entropy(fake_logits, 0.0)
        d_loss.backward(retain_graph=not chart.detach)
        opt_d.step()

        fake_logits_after = self.D(x_fake)
        g_loss = cross_entropy(fake_logits_after, chart.g_label)
        g_loss.backward()
        opt_g.step()

        return Numbers(
            d_loss=d_loss.item(), g_loss=g_loss.item(), penalty=0.0, auxiliary=0.0,
            real_logits=_numpy(real_logits), fake_logits=_numpy(fake_logits),
            fake_logits_after=_numpy(fake_logits_after),
        )  # fmt: skip


def cross_entropy(logits: Tensor, label: float) -> Tensor:
    """The mean cross-entropy of logits `(N,)` with one label for all; it applies a sigmoid to them."""
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _numpy(logits: Tensor) -> npt.NDArray[np.float32]:
    values: npt.NDArray[np.float32] = logits.detach().numpy().copy()
    return values
