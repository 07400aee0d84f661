"""Training as a stream: a `Trainer` is an iterator, each `next` is one alternating step and yields a `StepEvent`.

Whoever wants to look, pulls; pausing is not pulling. The alternating algorithm is that of Goodfellow et al. 2014
(arXiv:1406.2661, algorithm 1) with what practice added since: Adam, R1 and R2 penalties every few steps ("lazy",
Karras et al. 2020, arXiv:1912.04958), a moving average of G's weights. Left out: saving (see `checkpoints`), drawing.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ganwidgets import latent, losses
from ganwidgets.datasets import ImageData, PointData
from ganwidgets.events import StepEvent
from ganwidgets.train_config import PRECISIONS, TrainConfig

__all__ = ["TrainConfig", "Trainer"]


class Trainer(Iterator[StepEvent]):
    """Trains `G` and `D` on `data`; iterate it to train.

    `G`: z `(N, z_dim)` to samples, with an attribute `z_dim`; `D`: samples to logits `(N,)`. `data`: `ImageData`,
    `PointData`, or a float tensor of samples `(M, ...)` in the range that G makes; kept as
    the tensor `data`. `device`: "cpu", "cuda", "mps" …;
    the networks move there. `G_ema` is the averaged generator, in eval mode: the one to sample from. A training that
    is interrupted between or within steps can be continued by iterating again.
    """

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        data: ImageData | PointData | Tensor,
        config: TrainConfig | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.config = config or TrainConfig()
        self.device = _device(device)
        self.data = _as_samples(data).to(self.device)
        self.G = G.to(self.device)
        self.D = D.to(self.device)
        if self.data.ndim == 4:
            for network in (self.G, self.D):
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.G_ema = copy.deepcopy(self.G).eval().requires_grad_(False)
        self.step = 0
        self.seconds = 0.0
        self._loss = losses.get(self.config.loss)
        self._rng = torch.Generator().manual_seed(self.config.seed)
        self._z_fixed = latent.sample(self.config.samples, self.z_dim, self.config.seed, self.config.prior)
        fused = self.device.type in ("cpu", "cuda")
        c = self.config
        self.opt_g = torch.optim.Adam(self.G.parameters(), lr=c.lr_g, betas=c.betas, fused=fused)
        self.opt_d = torch.optim.Adam(self.D.parameters(), lr=c.lr_d, betas=c.betas, fused=fused)
        # Batch statistics would differ if real and fake shared a batch.
        self._split_batches = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in self.D.modules())

    @property
    def z_dim(self) -> int:
        """The length of the latent vectors that G takes."""
        return int(self.G.z_dim)  # type: ignore[arg-type]

    def __next__(self) -> StepEvent:
        if self.config.steps is not None and self.step >= self.config.steps:
            raise StopIteration
        start = time.perf_counter()
        self._set_rates()
        self.G.train()
        for _ in range(self.config.n_critic - 1):
            with torch.no_grad():
                x_fake = self.generate()
            self.update_d(self.real_batch(), x_fake)
        x_real, x_fake = self.real_batch(), self.generate()
        d_loss, penalty, real_logits, fake_logits = self.update_d(x_real, x_fake.detach())
        g_loss, fake_logits_after = self.update_g(x_real, x_fake)
        self.step += 1
        self._average()
        self.seconds += time.perf_counter() - start
        return StepEvent(
            step=self.step, d_loss=float(d_loss), g_loss=float(g_loss), penalty=float(penalty),
            real_logits=_numpy(real_logits), fake_logits=_numpy(fake_logits),
            fake_logits_after=_numpy(fake_logits_after), seconds=self.seconds, samples=self._due_samples(),
        )  # fmt: skip

    def real_batch(self) -> Tensor:
        """The next random batch of real samples, scaled to [-1, 1] if they are images."""
        index = torch.randint(len(self.data), (self.config.batch_size,), generator=self._rng)
        return self.scale(self.data[index.to(self.device)])

    @staticmethod
    def scale(batch: Tensor) -> Tensor:
        """Images `(N, C, H, W)` uint8 as float32 in [-1, 1]; points as they are."""
        if batch.dtype == torch.uint8:
            return (batch.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        return batch

    def generate(self) -> Tensor:
        """A batch of fakes for new z, with the graph that leads back to G."""
        z = latent.draw(self.config.batch_size, self.z_dim, self._rng, self.config.prior)
        with self._autocast():
            x_fake: Tensor = self.G(z.to(self.device))
        return x_fake.float()

    def update_d(self, x_real: Tensor, x_fake: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One step of D on a batch; `x_fake` must be detached. Returns loss, penalty and both logits `(N,)`."""
        lazy = self.config.penalty_every if self.step % self.config.penalty_every == 0 else 0
        weights = (lazy * self.config.r1 / 2, lazy * self.config.r2 / 2)
        x_real, x_fake = (x.requires_grad_(w > 0) for x, w in zip((x_real, x_fake), weights, strict=True))
        with self._autocast():
            if any(weights) or self._split_batches:
                real_logits, fake_logits = self.D(x_real), self.D(x_fake)
            else:
                real_logits, fake_logits = self.D(torch.cat([x_real, x_fake])).chunk(2)
        real_logits, fake_logits = real_logits.float(), fake_logits.float()
        loss = self._loss.discriminator(real_logits, fake_logits)
        penalty = torch.zeros((), device=self.device)
        for weight, logits, x in zip(weights, (real_logits, fake_logits), (x_real, x_fake), strict=True):
            if weight:
                penalty = penalty + weight * losses.squared_gradient_norm(logits, x)
        self.opt_d.zero_grad()
        (loss + penalty).backward()
        self.opt_d.step()
        x_real.requires_grad_(False)
        return loss.detach(), penalty.detach(), real_logits.detach(), fake_logits.detach()

    def update_g(self, x_real: Tensor, x_fake: Tensor) -> tuple[Tensor, Tensor]:
        """One step of G through a frozen D. Returns the loss and D's logits `(N,)` of the fakes."""
        with _frozen(self.D), self._autocast():
            if self._loss.uses_real_in_g:
                with torch.no_grad():
                    real_logits = self.D(x_real).float()
            else:
                real_logits = torch.empty(0, device=self.device)
            fake_logits = self.D(x_fake).float()
            loss = self._loss.generator(real_logits, fake_logits)
            self.opt_g.zero_grad()
            loss.backward()
        self.opt_g.step()
        return loss.detach(), fake_logits.detach()

    def samples(self) -> np.ndarray:
        """What the averaged G makes of the fixed z: images `(n, H, W, C)` uint8 or points `(n, 2)` float32."""
        return latent.generate(self.G_ema, self._z_fixed)

    def state(self) -> dict[str, Tensor]:
        """All that is needed to go on exactly here, as one flat dictionary of tensors."""
        tensors = {"rng": self._rng.get_state(), "clock": torch.tensor([self.step, self.seconds], dtype=torch.float64)}
        for prefix, network in (("G", self.G), ("D", self.D), ("G_ema", self.G_ema)):
            tensors |= {f"{prefix}.{name}": tensor for name, tensor in network.state_dict().items()}
        for prefix, optimiser in (("opt_g", self.opt_g), ("opt_d", self.opt_d)):
            for index, slots in optimiser.state_dict()["state"].items():
                tensors |= {f"{prefix}.{index}.{slot}": value for slot, value in slots.items()}
        return tensors

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what `state` returned. `ValueError` if it belongs to other networks."""
        groups: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            prefix, _, name = key.partition(".")
            groups.setdefault(prefix, {})[name] = tensor
        try:
            for prefix, network in (("G", self.G), ("D", self.D), ("G_ema", self.G_ema)):
                network.load_state_dict(groups[prefix])
            for prefix, optimiser in (("opt_g", self.opt_g), ("opt_d", self.opt_d)):
                optimiser.load_state_dict(_optimiser_state(optimiser, groups.get(prefix, {})))
            self._rng.set_state(groups["rng"][""])
            self.step, self.seconds = int(groups["clock"][""][0]), float(groups["clock"][""][1])
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"tensors: this state belongs to other networks: {error}") from error

    def _set_rates(self) -> None:
        factor = self.config.rate(self.step + 1)
        for optimiser, rate in ((self.opt_g, self.config.lr_g), (self.opt_d, self.config.lr_d)):
            for group in optimiser.param_groups:
                group["lr"] = factor * rate

    @torch.no_grad()
    def _average(self) -> None:
        # The ramp keeps the first samples from being an average of noise.
        weight = 1 - min(self.config.ema, (1 + self.step) / (10 + self.step))
        for mean, tensor in zip(self.G_ema.state_dict().values(), self.G.state_dict().values(), strict=True):
            if mean.is_floating_point() and self.config.ema:
                mean.lerp_(tensor, weight)
            else:
                mean.copy_(tensor)

    def _due_samples(self) -> np.ndarray | None:
        due = self.config.sample_every and self.step % self.config.sample_every == 0
        return self.samples() if due else None

    def _autocast(self) -> torch.autocast:
        dtype = PRECISIONS[self.config.precision]
        return torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32)


def _device(device: str | torch.device) -> torch.device:
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device: {str(device)!r} is not to be had on this machine: {error}") from error


def _as_samples(data: ImageData | PointData | Tensor) -> Tensor:
    if isinstance(data, ImageData):
        return torch.from_numpy(data.images.copy()).permute(0, 3, 1, 2)  # (N, H, W, C) -> (N, C, H, W)
    samples = torch.from_numpy(data.points.copy()) if isinstance(data, PointData) else data
    if len(samples) == 0 or not torch.isfinite(samples).all():
        raise ValueError(f"data: expected at least one sample and finite numbers, got shape {tuple(samples.shape)}")
    return samples


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


def _optimiser_state(optimiser: torch.optim.Optimizer, flat: dict[str, Tensor]) -> dict[str, object]:
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    slots: dict[int, dict[str, Tensor]] = {}
    for key, tensor in flat.items():
        index, _, slot = key.partition(".")
        parameter = parameters[int(index)]
        # Fused Adam walks through memory, so moments must lie there in their parameter's order.
        same = tensor.shape == parameter.shape
        slots.setdefault(int(index), {})[slot] = torch.empty_like(parameter).copy_(tensor) if same else tensor
    return {"state": slots, "param_groups": optimiser.state_dict()["param_groups"]}
