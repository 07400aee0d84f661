"""Adversarial training as a stream: a `Trainer` is an iterator, each `next` is one alternating step.

The alternating algorithm is that of Goodfellow et al. 2014 (arXiv:1406.2661, algorithm 1) with what practice added
since: Adam, gradient penalties every few steps ("lazy", Karras et al. 2020, arXiv:1912.04958), a moving average of G's
weights, and as options weight clipping, one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498), instance
noise (Sønderby et al. 2017, arXiv:1610.04490) and unrolling. What a step shares with other kinds of training is in
`stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ganwidgets import latent, losses
from ganwidgets.models.blocks import MinibatchStd
from ganwidgets.stream import Numbers, Samples, Stream
from ganwidgets.train_config import TrainConfig
from ganwidgets.unrolled import Judge, look_ahead

__all__ = ["TrainConfig", "Trainer"]


class Trainer(Stream):
    """Trains `G` and `D` against each other on `data`; iterate it to train.

    `G`: z `(N, z_dim)` to samples, with an attribute `z_dim`; `D`: samples to logits `(N,)`. Where a network's
    attribute `conditional` is true, it also takes the samples' conditions. Two optional methods are added to the
    losses: `D.auxiliary_loss(x, condition)`, at reals for D and at fakes for G, and `G.auxiliary_loss(x_fake, x_real,
    condition)`. Everything else is as in `Stream`.
    """

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        data: Samples,
        config: TrainConfig | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        super().__init__({"G": G, "D": D}, data, config, device)
        self.D = self.networks["D"]
        self._loss = losses.get(self.config.loss)
        # Statistics of a batch, or of a group in it, would differ if real and fake shared it.
        self._split_batches = any(isinstance(m, nn.modules.batchnorm._BatchNorm | MinibatchStd) for m in D.modules())

    def take_step(self) -> Numbers:
        """One alternating step: `n_critic` updates of D, then `n_generator` of G.

        D's last and G's first share a batch, and what is told is of those two.
        """
        for _ in range(self.config.n_critic - 1):
            x_real, condition = self.real_batch()
            with torch.no_grad():
                x_fake = self.generate(condition)
            self.update_d(x_real, x_fake, condition)
        x_real, condition = self.real_batch()
        x_fake = self.generate(condition)
        d_loss, penalty, real_logits, fake_logits = self.update_d(x_real, x_fake.detach(), condition)
        g_loss, auxiliary, fake_logits_after = self.update_g(x_real, x_fake, condition)
        for _ in range(self.config.n_generator - 1):
            x_real, condition = self.real_batch()
            self.update_g(x_real, self.generate(condition), condition)
        return Numbers(
            d_loss=float(d_loss), g_loss=float(g_loss), penalty=float(penalty), auxiliary=float(auxiliary),
            real_logits=_numpy(real_logits), fake_logits=_numpy(fake_logits),
            fake_logits_after=_numpy(fake_logits_after),
        )  # fmt: skip

    def generate(self, condition: Tensor | None = None) -> Tensor:
        """A batch of fakes for new z, with the graph that leads back to G."""
        z = latent.draw(self.config.batch_size, self.z_dim, self._rng, self.config.prior)
        z = self.share.rows(z).to(self.device)
        with self._autocast():
            x_fake: Tensor = self.G(z, condition) if self.conditional else self.G(z)
        return x_fake.float()

    def judge(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """D's logits `(N,)` float32 of `x`, as a step sees them."""
        with self._autocast():
            return self._judge_of(condition)(x)

    def update_d(
        self, x_real: Tensor, x_fake: Tensor, condition: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One step of D on a batch; `x_fake` must be detached. Returns loss, penalty and both logits `(N,)`."""
        if x_real.shape[1:] != x_fake.shape[1:]:
            made, given = tuple(x_fake.shape[1:]), tuple(x_real.shape[1:])
            raise ValueError(f"data: samples have shape {given}, and those that G makes have {made}")
        due = self.step % self.config.penalty_every == 0
        weights = self.config.penalties if due else {}
        x_real, x_fake = (x.requires_grad_(bool(weights)) for x in (x_real, x_fake))
        with self._autocast():
            real_logits, fake_logits = self._judge_both(x_real, x_fake, condition, apart=bool(weights))
            extra = self._auxiliary(self.D, x_real, condition)
        loss = self._loss.discriminator(real_logits, fake_logits)
        total = loss + extra + self._smoothing(real_logits)
        penalty = torch.zeros((), device=self.device)
        real, fake = losses.Judged(x_real, real_logits), losses.Judged(x_fake, fake_logits)
        for name, weight in weights.items():
            value = losses.PENALTIES[name](self._judge_of(condition), real, fake, self.share.rng(self._rng))
            penalty = penalty + self.config.penalty_every * weight * value
        self._descend("D", total + penalty)
        x_real.requires_grad_(False)
        if self.config.clip and self.step % self.config.clip_every == 0:
            losses.clip_weights(self.D, self.config.clip)
        return loss.detach(), penalty.detach(), real_logits.detach(), fake_logits.detach()

    def update_g(
        self, x_real: Tensor, x_fake: Tensor, condition: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One step of G through a frozen D. Returns loss, auxiliary loss, and D's logits `(N,)` of the fakes."""
        ahead = self._look_ahead(x_real, x_fake, condition) if self.config.unroll else None
        with _frozen(self.D), self._autocast():
            judge = self._judge_of(condition, ahead)
            if self._loss.uses_real_in_g:
                with torch.set_grad_enabled(ahead is not None):
                    real_logits = judge(x_real)
            else:
                real_logits = torch.empty(0, device=self.device)
            fake_logits = judge(x_fake)
            loss = self._loss.generator(real_logits, fake_logits)
            extra = self._auxiliary(self.D, x_fake, condition) + self._auxiliary(self.G, x_fake, x_real, condition)
            self._descend("G", loss + extra)
        return loss.detach(), extra.detach(), fake_logits.detach()

    def _judge_of(self, condition: Tensor | None, D: Judge | None = None) -> losses.Judge:
        """x to logits, float32: D as it is, or another in its place, behind instance noise and with the condition."""
        network = D or self.D

        def judge(x: Tensor) -> Tensor:
            x = self._noisy(x)
            logits: Tensor = network(x, condition) if getattr(self.D, "conditional", False) else network(x)
            return logits.float()

        return judge

    def _judge_both(
        self, x_real: Tensor, x_fake: Tensor, condition: Tensor | None, apart: bool
    ) -> tuple[Tensor, Tensor]:
        """The logits of both batches, in one pass of D where that is the same and penalties don't need two."""
        judge = self._judge_of(condition)
        if apart or self._split_batches:
            return judge(x_real), judge(x_fake)
        twice = None if condition is None else torch.cat([condition, condition])
        real_logits, fake_logits = self._judge_of(twice)(torch.cat([x_real, x_fake])).chunk(2)
        return real_logits, fake_logits

    def _noisy(self, x: Tensor) -> Tensor:
        sigma = self.config.noise(self.step)
        if not sigma:
            return x
        noise = torch.randn(len(x) * self.share.processes, *x.shape[1:], generator=self._rng)
        batches = max(len(noise) // self.config.batch_size, 1)  # two where D sees reals and fakes at once
        return x + sigma * self.share.rows(noise, batches).to(self.device)

    def _smoothing(self, real_logits: Tensor) -> Tensor | float:
        amount = self.config.label_smoothing
        return self._loss.smoothing(real_logits, amount) if amount and self._loss.smoothing else 0.0

    def _auxiliary(self, network: nn.Module, *inputs: Tensor | None) -> Tensor:
        method = getattr(network, "auxiliary_loss", None)
        return torch.zeros((), device=self.device) if method is None else method(*inputs)

    def _look_ahead(self, x_real: Tensor, x_fake: Tensor, condition: Tensor | None) -> Judge:
        def d_loss(D: Judge) -> Tensor:
            judge = self._judge_of(condition, D)
            return self._loss.discriminator(judge(x_real), judge(x_fake))

        return look_ahead(self.D, self.optimisers["D"], d_loss, self.config.unroll)


def _numpy(logits: Tensor) -> np.ndarray:
    return logits.cpu().numpy().copy()


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """No gradients for the network's own parameters; they flow through it all the same."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)
