"""`TrainConfig`: the settings of a training, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ganwidgets import latent, losses
from ganwidgets.checks import check_number, check_whole
from ganwidgets.optimisers import OPTIMISERS

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}

_WITH_LABELS = [name for name, loss in losses.LOSSES.items() if loss.smoothing]


@dataclass(frozen=True)
class TrainConfig:
    """The settings of a training; the defaults are those of the DCGAN paper, with EMA.

    `loss`: a name in `losses.LOSSES`. `n_critic`, `n_generator`: updates of D and then of G in one step.
    `optimiser`: a name in `optimisers.OPTIMISERS`; `lr_g`, `lr_d`: its rates; `betas`: Adam's. `r1`, `r2`: weights γ of
    `γ/2 · ‖∇D‖²` at reals and fakes; `gp`: the weight λ of WGAN-GP's penalty; all are applied every
    `penalty_every` steps with that many times the weight. `clip`: D's weights are brought into [-clip, clip] every
    `clip_every` steps, 0 for never. `label_smoothing`: s in the label 1 − s of reals, for losses with labels.
    `instance_noise`: standard deviation of the noise on all that D sees, falling linearly to 0 over `steps`, constant
    where `steps` is None. `unroll`: how many more steps of D G's step looks ahead. `ema`: decay of G's moving average,
    0 for none. `steps`: where the stream ends, None for never. Learning rates rise over `warmup` steps and, from the
    share `decay_from` of `steps` on, fall linearly to `decay_to` of what they were. `prior`: see `latent.sample`.
    `samples`, `sample_every`: how many images of a fixed z go into an event and how often (0: never). `precision`:
    "float32" or "bfloat16". `seed`: of the batches and of z.
    """

    loss: str = "non_saturating"
    batch_size: int = 64
    n_critic: int = 1
    n_generator: int = 1
    optimiser: str = "adam"
    lr_g: float = 2e-4
    lr_d: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    r1: float = 0.0
    r2: float = 0.0
    gp: float = 0.0
    penalty_every: int = 1
    clip: float = 0.0
    clip_every: int = 1
    label_smoothing: float = 0.0
    instance_noise: float = 0.0
    unroll: int = 0
    ema: float = 0.999
    steps: int | None = None
    warmup: int = 0
    decay_from: float = 1.0
    decay_to: float = 0.1
    prior: str = "normal"
    samples: int = 64
    sample_every: int = 0
    precision: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("loss", "precision", "optimiser", "prior"):
            _require(isinstance(value := getattr(self, name), str), name, value, "the name of one")
        losses.get(self.loss)
        for name in ("batch_size", "n_critic", "n_generator", "penalty_every", "clip_every", "samples"):
            check_whole(name, getattr(self, name), 1)
        for name in ("unroll", "warmup", "sample_every"):
            check_whole(name, getattr(self, name), 0)
        check_whole("seed", self.seed, 0, 2**63 - 1)
        for name in ("lr_g", "lr_d", "r1", "r2", "gp", "clip", "instance_noise"):
            check_number(name, getattr(self, name), 0)
        for name in ("decay_from", "decay_to"):
            check_number(name, getattr(self, name), 0, 1)
        if self.steps is not None:
            check_whole("steps", self.steps, 0)
        two = isinstance(self.betas, tuple | list) and len(self.betas) == 2
        _require(two, "betas", self.betas, "a pair of numbers")
        for beta in self.betas:
            check_number("betas", beta, 0, below=1)
        check_number("ema", self.ema, 0, below=1)
        check_number("label_smoothing", self.label_smoothing, 0, below=0.5)
        if self.label_smoothing and losses.get(self.loss).smoothing is None:
            raise ValueError(f"label_smoothing: {self.loss} has no labels; it goes with {', '.join(_WITH_LABELS)}")
        _require(self.precision in PRECISIONS, "precision", self.precision, " or ".join(PRECISIONS))
        _require(self.optimiser in OPTIMISERS, "optimiser", self.optimiser, " or ".join(OPTIMISERS))
        _require(self.prior in latent.PRIORS, "prior", self.prior, " or ".join(latent.PRIORS))

    @property
    def penalties(self) -> dict[str, float]:
        """The factor of every gradient penalty in use, by its name in `losses.PENALTIES`."""
        factors = {"r1": self.r1 / 2, "r2": self.r2 / 2, "gp": self.gp}
        return {name: factor for name, factor in factors.items() if factor}

    def noise(self, step: int) -> float:
        """The standard deviation of the instance noise in the step after `step`."""
        return self.instance_noise * (max(0.0, 1 - step / self.steps) if self.steps else 1.0)

    def rate(self, step: int) -> float:
        """The factor on both learning rates at `step` (from 1): warm-up, plateau, linear fall to `decay_to`."""
        rise = min(1.0, step / self.warmup) if self.warmup else 1.0
        if self.steps is None or self.decay_from >= 1:
            return rise
        progress = (step / self.steps - self.decay_from) / (1 - self.decay_from)
        return rise * (1 - (1 - self.decay_to) * min(max(progress, 0.0), 1.0))


def settings(config: TrainConfig | None) -> TrainConfig:
    """`config`, or the defaults where there is none; `ValueError` for anything else."""
    if config is not None and not isinstance(config, TrainConfig):
        raise ValueError(f"config: expected a TrainConfig, got {type(config).__name__}")
    return config or TrainConfig()


def _require(holds: bool, name: str, came: object, allowed: str) -> None:
    if not holds:
        raise ValueError(f"{name}: got {came!r}; allowed is {allowed}")
