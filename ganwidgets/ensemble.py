"""The same training over many seeds at once, as batched tensors: what separate `Trainer`s give, in less time.

Small networks leave most of a processor idle, so the matrix products of S runs cost much less together than one after
the other. Every seed has its own start, its own batches and its own z.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import latent
from ganwidgets.checks import check_whole
from ganwidgets.events import FloatArray
from ganwidgets.randomness import rows
from ganwidgets.stacking import Stacked
from ganwidgets.stream import Samples
from ganwidgets.train_config import TrainConfig, settings
from ganwidgets.training import Trainer
from ganwidgets.unrolled import Judge, look_ahead

Pair = tuple[nn.Module, nn.Module]


@dataclass(frozen=True, eq=False)
class EnsembleStep:
    """One step of S trainings: a `StepEvent` whose arrays have the seeds as a first dimension.

    `d_loss`, `g_loss`, `penalty`: means over the seeds. `real_logits`, `fake_logits`, `fake_logits_after`: `(S, N)`
    float32. `samples`: `(S, n, ...)`, or None where none are due.
    """

    step: int
    d_loss: float
    g_loss: float
    penalty: float
    real_logits: FloatArray
    fake_logits: FloatArray
    fake_logits_after: FloatArray
    seconds: float
    samples: npt.NDArray[np.generic] | None


class Ensemble(Iterator[EnsembleStep]):
    """S trainings that differ in their seeds only; iterate it to train all of them, step by step.

    `make()` returns a new `(G, D)`; it is called once for each seed, after `torch.manual_seed(seed)`. `seeds`: as many
    whole numbers, or how many from 0 on. The run of a seed is that of `Trainer(G, D, data, replace(config,
    seed=seed))`. `ValueError` for no seeds, and for networks that cannot be stacked (see `stacking.Stacked`).
    """

    def __init__(
        self,
        make: Callable[[], Pair],
        data: Samples,
        config: TrainConfig | None = None,
        seeds: int | Sequence[int] = 16,
        device: str | torch.device = "cpu",
    ) -> None:
        if not isinstance(seeds, Iterable):
            check_whole("seeds", seeds, 1)
            seeds = range(seeds)
        self.seeds = tuple(seeds)
        if not self.seeds:
            raise ValueError("seeds: got none; expected at least one")
        for seed in self.seeds:
            check_whole("seeds", seed, 0)
        pairs = [_seeded(make, seed) for seed in self.seeds]
        G, D = (Stacked(networks) for networks in zip(*pairs, strict=True))
        self.config = settings(config)
        self._runs = _Runs(G, D, data, self.config, self.seeds, device)

    def __next__(self) -> EnsembleStep:
        event = next(self._runs)
        due = self.config.sample_every and event.step % self.config.sample_every == 0
        return EnsembleStep(
            step=event.step, d_loss=event.d_loss, g_loss=event.g_loss, penalty=event.penalty,
            real_logits=self._by_seed(event.real_logits), fake_logits=self._by_seed(event.fake_logits),
            fake_logits_after=self._by_seed(event.fake_logits_after), seconds=event.seconds,
            samples=self.samples() if due else None,
        )  # fmt: skip

    def _by_seed(self, logits: FloatArray) -> FloatArray:
        return logits.reshape(len(self.seeds), -1)

    @property
    def step(self) -> int:
        """Steps taken so far."""
        return self._runs.step

    def pair(self, index: int, average: bool = True) -> Pair:
        """Copies of G and D of one seed, by its position in `seeds`; `average` gives the averaged G."""
        G = self._runs.G_ema if average else self._runs.G
        return G.member(index), self._runs.D.member(index)  # type: ignore[operator]

    def samples(self, n: int | None = None, seed: int | None = None) -> npt.NDArray[np.generic]:
        """What the averaged generators make, `(S, n, ...)`: of the z of `Trainer.samples`, or of `n` new z."""
        count = self.config.samples if n is None else n
        own = self.seeds if seed is None else [seed] * len(self.seeds)
        z = [latent.sample(count, self._runs.z_dim, each, self.config.prior) for each in own]
        made = latent.generate(self._runs.G_ema, np.concatenate(z))
        return made.reshape(len(self.seeds), count, *made.shape[1:])


class _Runs(Trainer):
    """A `Trainer` of stacked networks. Losses and penalties are means over all rows, and the seeds' parts are equal,
    so S times such a mean has for each seed the gradient that its own mean has."""

    def __init__(
        self, G: Stacked, D: Stacked, data: Samples, config: TrainConfig, seeds: Sequence[int],
        device: str | torch.device,
    ) -> None:  # fmt: skip
        super().__init__(G, D, data, replace(config, sample_every=0), device)
        self.size = len(seeds)
        self._rng = [torch.Generator().manual_seed(seed) for seed in seeds]  # type: ignore[assignment]

    def real_batch(self) -> tuple[Tensor, Tensor | None]:
        index = self._rows(lambda n, rng: torch.randint(len(self.data), (n,), generator=rng)).to(self.device)
        return self.scale(self.data[index]), None if self.condition is None else self.scale(self.condition[index])

    def generate(self, condition: Tensor | None = None) -> Tensor:
        z = self._rows(lambda n, rng: latent.draw(n, self.z_dim, rng, self.config.prior)).to(self.device)
        with self._autocast():
            x_fake: Tensor = self.G(z, condition) if self.conditional else self.G(z)
        return x_fake.float()

    def _rows(self, make: Callable[[int, torch.Generator], Tensor]) -> Tensor:
        return rows(self.size * self.config.batch_size, self._rng, make)

    def _noisy(self, x: Tensor) -> Tensor:
        sigma = self.config.noise(self.step)
        if not sigma:
            return x
        noise = rows(len(x), self._rng, lambda n, rng: torch.randn(n, *x.shape[1:], generator=rng))
        return x + sigma * noise.to(self.device)

    def _judge_both(
        self, x_real: Tensor, x_fake: Tensor, condition: Tensor | None, apart: bool
    ) -> tuple[Tensor, Tensor]:
        if apart or self._split_batches:
            return super()._judge_both(x_real, x_fake, condition, apart)
        twice = None if condition is None else self._by_member(condition, condition)
        logits = self._judge_of(twice)(self._by_member(x_real, x_fake)).unflatten(0, (self.size, 2, -1))
        return logits[:, 0].flatten(), logits[:, 1].flatten()

    def _by_member(self, first: Tensor, second: Tensor) -> Tensor:
        """For every member its rows of `first`, then those of `second`."""
        return torch.cat([x.unflatten(0, (self.size, -1)) for x in (first, second)], dim=1).flatten(0, 1)

    def _descend(self, name: str, loss: Tensor) -> None:
        super()._descend(name, self.size * loss)

    def _look_ahead(self, x_real: Tensor, x_fake: Tensor, condition: Tensor | None) -> Judge:
        def d_loss(D: Judge) -> Tensor:
            judge = self._judge_of(condition, D)
            return self.size * self._loss.discriminator(judge(x_real), judge(x_fake))

        return look_ahead(self.D, self.optimisers["D"], d_loss, self.config.unroll)


def _seeded(make: Callable[[], Pair], seed: int) -> Pair:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = make() if callable(make) else make
    if not isinstance(made, tuple) or len(made) != 2:
        raise ValueError(f"make: expected a function that gives a pair of networks (G, D), got {type(made).__name__}")
    return made
