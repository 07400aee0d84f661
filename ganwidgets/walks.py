"""One training step in slow motion: the same step as any other, with what happened on the way written down.

Hooks on the networks and their optimisers look on while the step is taken, and are gone afterwards; the weights, the
random numbers and the event are those of a step that nobody watched. Left out: words and drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import probes
from ganwidgets.events import FloatArray, StepEvent, sigmoid
from ganwidgets.probes import Arrows, Extent
from ganwidgets.training import Trainer

CELLS = 40


@dataclass(frozen=True, eq=False)
class Walk:
    """What happened in one step in the plane, in order.

    `z` `(n, z_dim)` was drawn, G made `fake` `(n, 2)` of it, and `real` `(n, 2)` was drawn, both as D saw them.
    D with the field `before` `(m, m)` on `extent`, rows from the bottom, gave `real_scores` and `fake_scores`; its
    gradient had the length `d_gradient`, and its update made the field `after`. `fake_scores_after`: what D then said
    of the same fakes. G's loss pushed them along `push`; G's gradient had the length `g_gradient`, and its update
    carried the same z to `moved` `(n, 2)`, of which D says `moved_scores`. Scores are in [0, 1], `(n,)`, or `(n /
    pack,)` for a D that judges packs. Losses are in `event`.

    Where a player takes more than one step, this is D's last and G's first, which share a batch.
    """

    event: StepEvent
    extent: Extent
    z: FloatArray
    fake: FloatArray
    real: FloatArray
    before: FloatArray
    after: FloatArray
    real_scores: FloatArray
    fake_scores: FloatArray
    fake_scores_after: FloatArray
    d_gradient: float
    push: Arrows
    g_gradient: float
    moved: FloatArray
    moved_scores: FloatArray


def walk(trainer: Trainer, step: Callable[[], StepEvent], extent: Extent, cells: int = CELLS) -> Walk:
    """Let `step()` take one step of `trainer`, which plays in the plane, and write down how it went."""
    watch = _Watch(trainer, extent, cells)
    with watch.attached():
        event = step()
    return watch.told(event)


class _Watch:
    """Looks on; `_own` is true while it calls the networks itself."""

    def __init__(self, trainer: Trainer, extent: Extent, cells: int) -> None:
        self._trainer, self._extent, self._cells = trainer, extent, cells
        self._own = False
        self._d_steps = self._g_steps = 0
        self._seen: dict[str, Any] = {}

    @contextmanager
    def attached(self) -> Iterator[None]:
        """The hooks are there."""
        G, D, optimisers = self._trainer.G, self._trainer.D, self._trainer.optimisers
        handles = [
            G.register_forward_hook(self._generated),
            D.register_forward_pre_hook(self._judging),
            optimisers["D"].register_step_pre_hook(self._before_d),
            optimisers["D"].register_step_post_hook(self._after_d),
            optimisers["G"].register_step_pre_hook(self._before_g),
            optimisers["G"].register_step_post_hook(self._after_g),
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def told(self, event: StepEvent) -> Walk:
        """All of it, once the step is over."""
        seen = self._seen
        fake, gradient = seen.pop("x_fake"), seen.pop("gradient")
        return Walk(
            event=event, extent=self._extent, fake=_numpy(fake),
            real_scores=event.real_scores, fake_scores=event.fake_scores,
            fake_scores_after=sigmoid(event.fake_logits_after),
            push=Arrows(_numpy(fake), -len(fake) * _numpy(gradient)), **seen,
        )  # fmt: skip

    def _generated(self, module: nn.Module, given: tuple[Any, ...], made: Tensor) -> None:
        if self._own or self._g_steps:
            return
        if made.requires_grad:
            made.retain_grad()
        self._seen |= {"z": _numpy(given[0]), "x_fake": made}

    def _judging(self, module: nn.Module, given: tuple[Any, ...]) -> None:
        # The first that a D in training sees after each of its steps are reals.
        if not self._own and not self._g_steps and "real" not in self._seen:
            self._seen["real"] = _numpy(given[0])[: self._trainer.config.batch_size]

    def _before_d(self, *_: Any) -> None:
        self._d_steps += 1
        self._seen |= {"before": self._field(), "d_gradient": _length(self._trainer.D)}

    def _after_d(self, *_: Any) -> None:
        self._seen["after"] = self._field()
        if self._d_steps < self._trainer.config.n_critic:
            self._seen.pop("real")

    def _before_g(self, *_: Any) -> None:
        if not self._g_steps:
            self._seen |= {"gradient": self._seen["x_fake"].grad, "g_gradient": _length(self._trainer.G)}

    def _after_g(self, *_: Any) -> None:
        self._g_steps += 1
        if self._g_steps > 1:
            return
        trainer, z = self._trainer, torch.from_numpy(self._seen["z"]).to(self._trainer.device)
        with self._looking():
            moved = trainer.G(z).float()
            scores = sigmoid(_numpy(trainer.D(moved)))
        self._seen |= {"moved": _numpy(moved), "moved_scores": scores}

    def _field(self) -> FloatArray:
        with self._looking():
            return sigmoid(probes.d_field(self._trainer.D, self._extent, self._cells))

    @contextmanager
    def _looking(self) -> Iterator[None]:
        self._own = True
        try:
            with torch.no_grad(), probes.looking(self._trainer.G, self._trainer.D):
                yield
        finally:
            self._own = False


def _numpy(tensor: Tensor) -> npt.NDArray[np.float32]:
    return tensor.detach().float().cpu().numpy().copy()


def _length(network: nn.Module) -> float:
    """The length of the gradient of all its weights."""
    squares = [p.grad.float().square().sum() for p in network.parameters() if p.grad is not None]
    return float(torch.stack(squares).sum().sqrt()) if squares else 0.0
