"""Training with one player: a `SoloTrainer` lowers a model's own loss and yields the same events as a `Trainer`.

This is for models that need no discriminator (`models.vae`, `models.diffusion`). What a step shares with other kinds of
training is in `stream`.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from ganwidgets.stream import Numbers, Samples, Stream
from ganwidgets.train_config import TrainConfig


class SoloTrainer(Stream):
    """Trains `model` on `data`; iterate it to train.

    `model`: z `(N, z_dim)` to samples, with an attribute `z_dim` and a method `loss(x, rng)`: a batch of samples and a
    `torch.Generator` to a scalar. It is the stream's `G`. Of `config`, the learning rate is `lr_g`; what concerns a
    discriminator is without effect. The loss is an event's `g_loss`; `d_loss` is NaN and the logits are empty `(0,)`.
    Everything else is as in `Stream`. `ValueError` for a model without `loss`.
    """

    def __init__(
        self, model: nn.Module, data: Samples, config: TrainConfig | None = None, device: str | torch.device = "cpu"
    ) -> None:
        if not callable(getattr(model, "loss", None)):
            raise ValueError(f"model: expected a network with a method loss(x, rng), got {type(model).__name__}")
        super().__init__({"G": model}, data, config, device)

    def take_step(self) -> Numbers:
        """One step of Adam on one batch."""
        x, _ = self.real_batch()
        with self._autocast():
            loss = self.G.loss(x, self.share.own_rng(self._rng))  # type: ignore[operator]
        self._descend("G", loss)
        # One array for each, since an event makes its arrays read-only.
        logits = {name: np.zeros(0, np.float32) for name in ("real_logits", "fake_logits", "fake_logits_after")}
        return Numbers(d_loss=math.nan, g_loss=float(loss.detach()), penalty=0.0, **logits)  # type: ignore[typeddict-item]
