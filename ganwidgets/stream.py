"""What all trainings share: a stream of `StepEvent`s over some data, with batches, a schedule, and G's moving average.

Whoever wants to look, pulls; pausing is not pulling. `training.Trainer` makes a step of it with two players,
`solo.SoloTrainer` with one. Left out: saving (see `checkpoints`), drawing.
"""

from __future__ import annotations

import copy
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypedDict

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import latent, states
from ganwidgets.distributed import ALONE, Share, part_of
from ganwidgets.events import FloatArray, StepEvent
from ganwidgets.optimisers import OPTIMISERS
from ganwidgets.train_config import PRECISIONS, TrainConfig, settings


class Dataset(Protocol):
    """Anything that a training can learn from: `ImageData`, `PointData`, `SoundData` …"""

    def arrays(self) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.generic] | None]:
        """Samples `(N, ...)`, channels first, and the condition of each, or None."""
        ...


Samples = Dataset | Tensor | tuple[Tensor, Tensor]


class Numbers(TypedDict, total=False):
    """What one step measured; see `StepEvent`."""

    d_loss: float
    g_loss: float
    penalty: float
    auxiliary: float
    real_logits: FloatArray
    fake_logits: FloatArray
    fake_logits_after: FloatArray


class Stream(Iterator[StepEvent], ABC):
    """A training of `networks` on `data`; iterate it to train.

    `networks`: by name, with the generator as "G": z `(N, z_dim)` to samples, with an attribute `z_dim`; what plays
    against it is "D". `data`: a data set of ours, a tensor of samples `(M, ...)` in the range that G makes, or such a
    tensor with the conditions `(M, ...)`; kept as the tensors `data` and, for a conditional G, `condition`. `device`:
    "cpu", "cuda", "mps" …; the networks move there. `G_ema` is the averaged generator, in eval mode: the one to sample
    from. A training that is interrupted between or within steps can be continued by iterating again. `ValueError` for
    what is no network, data set, setting or device.
    """

    def __init__(
        self,
        networks: dict[str, nn.Module],
        data: Samples,
        config: TrainConfig | None,
        device: str | torch.device,
    ) -> None:
        _check_networks(networks)
        self.config = config = settings(config)
        self.device = device_of(device)
        samples, condition = _tensors(data)
        self.data = samples.to(self.device)
        self.networks = {name: network.to(self.device) for name, network in networks.items()}
        if self.data.ndim == 4:
            for network in networks.values():
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.G = self.networks["G"]
        if self.conditional and condition is None:
            raise ValueError("data: G is conditional, and these samples have no labels or other condition")
        self.condition = condition.to(self.device) if self.conditional and condition is not None else None
        self.G_ema = copy.deepcopy(self.G).eval().requires_grad_(False)
        states = self.G_ema.state_dict().values(), self.G.state_dict().values()
        pairs = [pair for pair in zip(*states, strict=True) if pair[0].is_floating_point()]
        self._averaged = [mean for mean, _ in pairs], [tensor for _, tensor in pairs]
        self._counted = [pair for pair in zip(*states, strict=True) if not pair[0].is_floating_point()]
        self.step = 0
        self.seconds = 0.0
        self.share: Share = ALONE
        self._rng = torch.Generator().manual_seed(config.seed)
        self._z_fixed = latent.sample(config.samples, self.z_dim, config.seed, config.prior)
        self._rates = {"G": config.lr_g, "D": config.lr_d}
        self._slots = OPTIMISERS[config.optimiser].slots
        fused = self.device.type in ("cpu", "cuda")
        self.optimisers = {
            name: OPTIMISERS[config.optimiser].make(network.parameters(), self._rates[name], config.betas, fused)
            for name, network in networks.items()
        }

    def divide(self, share: Share) -> None:
        """Train as one of several processes, which begin with the networks of the first; see `distributed`.

        `ValueError` where the batch does not divide, or for unrolling, whose steps ahead would see one part only.
        """
        part_of(self.config.batch_size, share.processes)
        if self.config.unroll and share.processes > 1:
            raise ValueError(f"unroll: got {self.config.unroll}; with several processes only 0 is allowed")
        share.copy_first(tensor for n in (*self.networks.values(), self.G_ema) for tensor in n.state_dict().values())
        self.share = share
        # What these layers have seen of their batches differs between the processes; parameters don't.
        norms = [
            m for n in self.networks.values() for m in n.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)
        ]
        self._seen = [b for m in norms for b in (m.running_mean, m.running_var) if b is not None]

    @abstractmethod
    def take_step(self) -> Numbers:
        """Update every network once; what was measured on the way."""

    @property
    def z_dim(self) -> int:
        """The length of the latent vectors that G takes; 0 for a G that only looks at its condition."""
        return latent.z_dim_of(self.G)

    @property
    def conditional(self) -> bool:
        """Whether G takes a condition beside z: the class to draw, or a picture to translate."""
        return bool(getattr(self.G, "conditional", False))

    def __next__(self) -> StepEvent:
        if self.config.steps is not None and self.step >= self.config.steps:
            raise StopIteration
        start = time.perf_counter()
        self._set_rates()
        for network in self.networks.values():
            if not network.training:
                network.train()
        numbers: Numbers = self.share.collect(self.take_step())  # type: ignore[arg-type, assignment]
        self.step += 1
        self._average()
        self.seconds += time.perf_counter() - start
        return StepEvent(step=self.step, seconds=self.seconds, samples=self._due_samples(), **numbers)

    def real_batch(self) -> tuple[Tensor, Tensor | None]:
        """The next random batch of real samples and their conditions, or None; pictures scaled to [-1, 1]."""
        index = torch.randint(len(self.data), (self.config.batch_size,), generator=self._rng)
        index = self.share.rows(index).to(self.device)
        return self.scale(self.data[index]), None if self.condition is None else self.scale(self.condition[index])

    @staticmethod
    def scale(batch: Tensor) -> Tensor:
        """Pictures `(N, C, ..., H, W)` uint8 as float32 in [-1, 1]; anything else as it is."""
        if batch.dtype == torch.uint8:
            scaled = batch.float() / 127.5 - 1
            return scaled.contiguous(memory_format=torch.channels_last) if batch.ndim == 4 else scaled
        return batch

    def samples(self) -> npt.NDArray[np.generic]:
        """What the averaged G makes of a z that stays the same, in the form that `latent.generate` gives."""
        return latent.generate(self.G_ema, self._z_fixed, self._fixed_condition())

    def state(self) -> dict[str, Tensor]:
        """All that is needed to go on exactly here, as one flat dictionary of tensors."""
        tensors = {"rng": self._rng.get_state(), "clock": torch.tensor([self.step, self.seconds], dtype=torch.float64)}
        for prefix, network in (self.networks | {"G_ema": self.G_ema}).items():
            tensors |= {f"{prefix}.{name}": tensor for name, tensor in network.state_dict().items()}
        for name, optimiser in self.optimisers.items():
            for index, slots in optimiser.state_dict()["state"].items():
                tensors |= {f"opt_{name.lower()}.{index}.{slot}": value for slot, value in slots.items()}
        return tensors

    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what `state` returned. `ValueError`, and nothing has changed, if it belongs to other networks.

        What another kind of optimiser remembered is left out.
        """
        networks = self.networks | {"G_ema": self.G_ema}
        saved = states.read(tensors, networks, self.optimisers, self._slots)
        for prefix, network in networks.items():
            network.load_state_dict(saved.networks[prefix])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(saved.optimisers[name])
        self._rng.set_state(saved.rng)
        self.step, self.seconds = saved.step, saved.seconds

    def _descend(self, name: str, loss: Tensor) -> None:
        """One step of the optimiser of that name's network, downhill in `loss`."""
        optimiser = self.optimisers[name]
        optimiser.zero_grad()
        loss.backward()
        if self.share.processes > 1:
            self.share.average(p.grad for p in self.networks[name].parameters() if p.grad is not None)
        optimiser.step()

    def _fixed_condition(self) -> npt.NDArray[np.generic] | None:
        if self.condition is None:
            return None
        n = self.config.samples
        if self.condition.ndim == 1:
            return np.arange(n) % (int(self.condition.max()) + 1)
        return self.condition[torch.arange(n) % len(self.condition)].movedim(1, -1).cpu().numpy()

    def _set_rates(self) -> None:
        factor = self.config.rate(self.step + 1)
        for name, optimiser in self.optimisers.items():
            for group in optimiser.param_groups:
                group["lr"] = factor * self._rates[name]

    @torch.no_grad()
    def _average(self) -> None:
        # The ramp keeps the first samples from being an average of noise.
        weight = 1 - min(self.config.ema, (1 + self.step) / (10 + self.step)) if self.config.ema else 1.0
        means, tensors = self._averaged
        if self.share.processes > 1:
            self.share.average(self._seen)
        torch._foreach_lerp_(means, tensors, weight)
        for copied, count in self._counted:
            copied.copy_(count)

    def _due_samples(self) -> npt.NDArray[np.generic] | None:
        due = self.config.sample_every and self.step % self.config.sample_every == 0
        return self.samples() if due else None

    def _autocast(self) -> AbstractContextManager[object]:
        dtype = PRECISIONS[self.config.precision]
        return nullcontext() if dtype == torch.float32 else torch.autocast(self.device.type, dtype)


def device_of(device: str | torch.device) -> torch.device:
    """`device` as this machine has it; `ValueError` where it has none of that name."""
    try:
        return torch.empty(0, device=device).device
    except (AssertionError, RuntimeError, TypeError) as error:
        raise ValueError(f"device: {str(device)!r} is not to be had on this machine: {error}") from error


def _tensors(data: Samples) -> tuple[Tensor, Tensor | None]:
    """The samples and their conditions, checked; arrays are copied, since they may be read-only."""
    if isinstance(data, Tensor):
        samples, condition = data, None
    elif isinstance(data, tuple):
        samples, condition = data
    elif not hasattr(data, "arrays"):
        raise ValueError(f"data: expected a data set, a tensor or a pair of tensors, got {type(data).__name__}")
    else:
        first, second = data.arrays()
        samples, condition = torch.from_numpy(first.copy()), None if second is None else torch.from_numpy(second.copy())
    for part in (samples,) if condition is None else (samples, condition):
        real = isinstance(part, Tensor) and part.ndim > 0 and not part.is_complex()
        if not real or len(part) == 0 or not torch.isfinite(part).all():
            kind = f"{part.dtype} {tuple(part.shape)}" if isinstance(part, Tensor) else type(part).__name__
            raise ValueError(f"data: expected at least one sample and finite real numbers, got {kind}")
    if condition is not None and len(condition) != len(samples):
        raise ValueError(f"data: {len(samples)} samples have {len(condition)} conditions; expected one for each")
    return samples if samples.dtype == torch.uint8 else samples.float(), condition


def _check_networks(networks: Mapping[str, nn.Module]) -> None:
    for name, network in networks.items():
        if not isinstance(network, nn.Module):
            raise ValueError(f"{name}: expected a network, got {type(network).__name__}")
    latent.z_dim_of(networks["G"])
