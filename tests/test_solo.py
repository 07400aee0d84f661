"""Training with one player: what a loop by hand gives, the events, and going on exactly."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganwidgets import checkpoints, datasets
from ganwidgets.cli import main
from ganwidgets.models import diffusion, vae
from ganwidgets.solo import SoloTrainer
from ganwidgets.train_config import TrainConfig


class Shift(nn.Module):
    """z `(N, 2)` to points z + b; its loss draws the points to b, at a random strength."""

    def __init__(self) -> None:
        super().__init__()
        self.z_dim = 2
        self.b = nn.Parameter(torch.zeros(2))

    def forward(self, z: Tensor) -> Tensor:
        return z + self.b

    def loss(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return torch.rand(1, generator=rng).squeeze() * (x - self.b).square().mean()


def point_trainer(**settings: Any) -> SoloTrainer:
    points = torch.randn(100, 2, generator=torch.Generator().manual_seed(5)) + 3
    return SoloTrainer(Shift(), points, TrainConfig(batch_size=16, **settings))


def image_trainer(family: str = "vae", **settings: Any) -> SoloTrainer:
    torch.manual_seed(0)
    model: nn.Module = {
        "vae": lambda: vae.Generator(z_dim=4, channels=8, resolution=28, image_channels=1, encoder_channels=8),
        "diffusion": lambda: diffusion.Generator(
            resolution=28, image_channels=1, channels=16, blocks=1, patch=2, sampling_steps=3
        ),
    }[family]()
    return SoloTrainer(model, datasets.load("digits", "test"), TrainConfig(batch_size=8, samples=5, **settings))


def equal(a: SoloTrainer, b: SoloTrainer) -> bool:
    states = [trainer.state() for trainer in (a, b)]
    return all(torch.equal(states[0][key], states[1][key]) for key in states[0] if key != "clock")


def test_one_step_is_that_of_a_loop_written_by_hand() -> None:
    trainer = point_trainer(lr_g=0.1, ema=0.0, betas=(0.9, 0.99))
    model, rng = Shift(), torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(model.parameters(), 0.1, betas=(0.9, 0.99))
    for event in (next(trainer), next(trainer)):
        x = trainer.data[torch.randint(100, (16,), generator=rng)]
        optimiser.zero_grad()
        loss = model.loss(x, rng)
        loss.backward()
        optimiser.step()
        assert event.g_loss == pytest.approx(float(loss.detach()), abs=1e-6)
    assert torch.allclose(trainer.G.b, model.b, atol=1e-6)  # type: ignore[arg-type]


def test_it_goes_where_the_loss_is_low() -> None:
    trainer = point_trainer(lr_g=0.05, steps=300)
    assert list(trainer)[-1].step == 300
    points = np.asarray(trainer.samples(), dtype=np.float32)
    assert np.median(points, axis=0) == pytest.approx([3.0, 3.0], abs=0.5)


@pytest.mark.parametrize("family", ["vae", "diffusion"])
def test_an_event_says_what_happened(family: str) -> None:
    event = next(image_trainer(family, sample_every=1))
    assert event.step == 1 and event.seconds > 0
    assert math.isfinite(event.g_loss) and math.isnan(event.d_loss) and event.penalty == 0
    assert event.real_logits.shape == event.fake_logits.shape == event.fake_logits_after.shape == (0,)
    assert math.isnan(event.d_x) and all(map(math.isnan, event.d_g_z))
    assert event.samples is not None and event.samples.shape == (5, 28, 28, 1) and event.samples.dtype == np.uint8


@pytest.mark.parametrize("family", ["vae", "diffusion"])
def test_a_training_that_is_saved_and_loaded_goes_on_exactly(family: str) -> None:
    settings = dict(precision="bfloat16", steps=6, decay_from=0.5, lr_g=1e-3)
    whole, first, second = (image_trainer(family, **settings) for _ in range(3))
    events = list(whole)
    for _ in range(3):
        next(first)
    second.load_state({name: tensor.clone().contiguous() for name, tensor in first.state().items()})
    assert [e.g_loss for e in second] == [e.g_loss for e in events[3:]]
    assert equal(whole, second) and not equal(first, second)


def test_sampling_does_not_disturb_the_training() -> None:
    quiet, watched = image_trainer("diffusion"), image_trainer("diffusion", sample_every=1)
    for _ in range(2):
        next(quiet)
        next(watched)
    assert equal(quiet, watched)


def test_a_model_without_a_loss_and_a_foreign_state_are_refused() -> None:
    with pytest.raises(ValueError, match=r"model: expected a network with a method loss\(x, rng\), got Linear"):
        SoloTrainer(nn.Linear(2, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match="belongs to other networks"):
        image_trainer("vae").load_state(image_trainer("diffusion").state())


def test_the_command_trains_saves_and_goes_on(tmp_path: Path) -> None:
    name = "digits_vae"
    common = ["train", name, "--steps", "3", "--threads", "1", "--half"]
    assert main([*common, "--out", str(tmp_path / "whole")]) == 0
    assert main([*common, "--out", str(tmp_path / "parts"), "--stop-after", "2"]) == 0
    assert main([*common, "--out", str(tmp_path / "parts"), "--resume"]) == 0
    whole, parts = (checkpoints.load(tmp_path / folder / f"{name}.safetensors") for folder in ("whole", "parts"))
    assert whole.D is None and whole.config["step"] == 3
    for a, b in zip(whole.G.state_dict().values(), parts.G.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert (tmp_path / "whole" / f"{name}.png").is_file()
