"""A `Session` is one running experiment behind a small interface: steps, settings, the way back, and arrays to look at.

It is all that a widget knows of training. Whole steps are pulled from it like from any stream; D and G can also be
moved by themselves. Settings may change at any time and count from the next step on. Every now and then the exact state
is kept, so that an experiment can be rewound and branched. Left out: drawing, threads (a lock makes calls wait for the
step in progress), sessions on disk (see `recordings`).
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from ganwidgets.checks import check_whole
from ganwidgets.events import StepEvent
from ganwidgets.stream import Samples
from ganwidgets.train_config import TrainConfig
from ganwidgets.training import Trainer

KEPT = 64


@dataclass(frozen=True)
class _Kept:
    """The state of a training after a step, and the settings that were in force."""

    config: TrainConfig
    tensors: dict[str, Tensor]


class Session(Iterator[StepEvent]):
    """Trains `G` and `D` on `data`; iterate it, or move the players one by one.

    `G`, `D`, `data`, `config`, `device`: as for `Trainer`. `keep_every`: steps between two states that can be gone back
    to; when there are more than 64, every other one is dropped and the distance doubles. Safe to use from any thread.
    """

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        data: Samples,
        config: TrainConfig | None = None,
        device: str | torch.device = "cpu",
        keep_every: int = 50,
    ) -> None:
        check_whole("keep_every", keep_every, 1)
        self._lock = threading.RLock()
        self._begin(G, D, data, config, device, keep_every)

    def _begin(
        self,
        G: nn.Module,
        D: nn.Module,
        data: Samples,
        config: TrainConfig | None,
        device: str | torch.device,
        keep_every: int,
    ) -> None:
        """A new training in place of what there was."""
        self._trainer = Trainer(G, D, data, config, device)
        self._device = device
        tensors = self._trainer.data, self._trainer.condition
        self._source: Samples = tensors[0] if tensors[1] is None else (tensors[0], tensors[1])
        self._keep_every = keep_every
        self._kept: dict[int, _Kept] = {}
        self._keep()

    @property
    def step(self) -> int:
        """Whole steps taken so far."""
        return self._trainer.step

    @property
    def trainer(self) -> Trainer:
        """The training behind it, to look at; another with the same networks takes its place when settings change."""
        return self._trainer

    @property
    def config(self) -> TrainConfig:
        """The settings in force."""
        return self._trainer.config

    @property
    def settings(self) -> dict[str, Any]:
        """The settings in force as a dictionary, for controls."""
        return asdict(self.config)

    @property
    def kept_steps(self) -> tuple[int, ...]:
        """The steps that `rewind` and `branch` can go back to, ascending."""
        return tuple(self._kept)

    def __next__(self) -> StepEvent:
        with self._lock:
            event = next(self._trainer)
            if event.step % self._keep_every == 0:
                self._keep()
            return event

    def step_d(self) -> StepEvent:
        """Move D alone, on a new batch. The event has NaN as G's loss and the step number of the last whole step."""
        with self._lock:
            trainer = self._trainer
            x_real, condition = trainer.real_batch()
            with torch.no_grad():
                x_fake = trainer.generate(condition)
            d_loss, penalty, real_logits, fake_logits = trainer.update_d(x_real, x_fake, condition)
            with torch.no_grad():
                after = trainer.judge(x_fake, condition)
            return self._event(d_loss, torch.tensor(torch.nan), penalty, real_logits, fake_logits, after)

    def step_g(self) -> StepEvent:
        """Move G alone, on a new batch. The event has NaN as D's loss and the step number of the last whole step."""
        with self._lock:
            trainer = self._trainer
            x_real, condition = trainer.real_batch()
            x_fake = trainer.generate(condition)
            with torch.no_grad():
                real_logits = trainer.judge(x_real, condition)
            g_loss, _, fake_logits = trainer.update_g(x_real, x_fake, condition)
            nothing = torch.zeros(())
            return self._event(torch.tensor(torch.nan), g_loss, nothing, real_logits, fake_logits, fake_logits)

    def change(self, **settings: Any) -> None:
        """Put other settings in force from the next step on; weights, optimisers and random numbers stay.

        `ValueError` for a setting that `TrainConfig` does not have, or a value that it refuses: nothing changes then.
        """
        with self._lock:
            known = [field.name for field in fields(TrainConfig)]
            if unknown := sorted(set(settings) - set(known)):
                raise ValueError(f"settings: there is no {', '.join(unknown)}; there are {', '.join(known)}")
            self._put(_Kept(replace(self.config, **settings), self._state()))

    def rewind(self, step: int) -> int:
        """Go back to the last kept state at or before `step`, settings included; the step reached.

        Later states are forgotten. What follows is what followed, as long as the settings are left alone.
        """
        with self._lock:
            reached = self._at_or_before(step)
            self._put(self._kept[reached])
            self._kept = {at: kept for at, kept in self._kept.items() if at <= reached}
            return reached

    def branch(self, step: int | None = None, **settings: Any) -> Self:
        """Another session that goes on from here, or from the last kept state at or before `step`.

        It has networks of its own; `settings` differ from the first step on, and it can be taken back further too.
        This session is not touched.
        """
        with self._lock:
            kept = _Kept(self.config, self._state()) if step is None else self._kept[self._at_or_before(step)]
            G, D = (copy.deepcopy(network) for network in (self._trainer.G, self._trainer.D))
            twin = copy.copy(self)
            twin._lock = threading.RLock()
            twin._begin(G, D, self._source, self.config, self._device, self._keep_every)
            twin._put(kept)
            twin._kept = {at: state for at, state in self._kept.items() if at < twin.step} | {twin.step: kept}
        twin.change(**settings)
        return twin

    def networks(self, average: bool = False) -> tuple[nn.Module, nn.Module]:
        """Copies of G and D as they are now, in eval mode; `average` gives the averaged G."""
        with self._lock:
            G = self._trainer.G_ema if average else self._trainer.G
            return copy.deepcopy(G).eval(), copy.deepcopy(self._trainer.D).eval()

    def samples(self) -> np.ndarray:
        """What the averaged G makes of a z that stays the same."""
        with self._lock:
            return self._trainer.samples()

    def _keep(self) -> None:
        if len(self._kept) >= KEPT:
            self._keep_every *= 2
            self._kept = {at: kept for at, kept in self._kept.items() if at % self._keep_every == 0}
        self._kept[self.step] = _Kept(self.config, self._state())

    def _state(self) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self._trainer.state().items()}

    def _put(self, kept: _Kept) -> None:
        old = self._trainer
        if kept.config != old.config:
            self._trainer = Trainer(old.G, old.D, self._source, kept.config, self._device)
        self._trainer.load_state(kept.tensors)

    def _at_or_before(self, step: int) -> int:
        check_whole("step", step, 0)
        earlier = [at for at in self._kept if at <= step]
        if not earlier:
            raise ValueError(f"step: nothing was kept at or before {step}; there are {', '.join(map(str, self._kept))}")
        return max(earlier)

    def _event(
        self, d_loss: Tensor, g_loss: Tensor, penalty: Tensor, real_logits: Tensor, fake_logits: Tensor, after: Tensor
    ) -> StepEvent:
        real, fake, later = (logits.cpu().numpy().copy() for logits in (real_logits, fake_logits, after))
        numbers = float(d_loss), float(g_loss), float(penalty)
        return StepEvent(self.step, *numbers, real, fake, later, self._trainer.seconds)
