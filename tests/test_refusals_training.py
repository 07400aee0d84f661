"""Bad input to trainings and what looks at them: refused in words, and nothing has changed afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganwidgets import checkpoints, datasets, diagnosis, directions, inversion, latent, pca, probes, readers, recordings
from ganwidgets.ensemble import Ensemble
from ganwidgets.mode_table import mode_collapse_table
from ganwidgets.models import conditional, dcgan, mlp
from ganwidgets.models.blocks import MinibatchStd
from ganwidgets.plane_session import PlaneSession
from ganwidgets.sessions import Session
from ganwidgets.solo import SoloTrainer
from ganwidgets.stacking import Stacked
from ganwidgets.toys import PointData
from ganwidgets.training import TrainConfig, Trainer

NAN = math.nan
POINTS = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
SMALL = TrainConfig(batch_size=4, samples=4)


def pair() -> tuple[nn.Module, nn.Module]:
    return mlp.Generator(hidden=4), mlp.Discriminator(hidden=4)


def trainer(config: TrainConfig = SMALL) -> Trainer:
    return Trainer(*pair(), POINTS, config)


def refused(call: Callable[[], object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        call()


def anything(*parts: Any) -> Any:
    """`Trainer` for arguments that it does not take."""
    return Trainer(*parts)


@pytest.mark.parametrize(
    "data", [torch.tensor(1.0), torch.zeros(5, 2, dtype=torch.complex64), [[1.0, 2.0]], None, torch.zeros(0, 2)]
)
def test_no_data(data: Any) -> None:
    refused(lambda: Trainer(*pair(), data), "data: expected")


def test_no_networks_and_no_settings() -> None:
    G, D = pair()
    refused(lambda: anything(nn.Linear(2, 2), D, POINTS), "G: expected a generator with a whole number z_dim, got Lin")
    refused(lambda: anything(D, G, POINTS), "G: expected a generator")
    refused(lambda: anything(G, None, POINTS), "D: expected a network, got NoneType")
    refused(lambda: anything(G, D, POINTS, {"loss": "hinge"}), "config: expected a TrainConfig, got dict")
    refused(lambda: anything(G, D, POINTS, None, 3.5), "device: '3.5' is not to be had")
    refused(lambda: SoloTrainer(None, POINTS), "model: expected")  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(5, 3), (5, 2, 2)])
def test_samples_that_g_does_not_make(shape: tuple[int, ...]) -> None:
    refused(
        lambda: next(Trainer(*pair(), torch.randn(shape), SMALL)), r"data: samples have shape .* G makes have \(2,\)"
    )


@pytest.mark.parametrize("seeds", [0, 1.5, None, "ab", [], [-1], [1.5], True])
def test_seeds_of_an_ensemble(seeds: Any) -> None:
    refused(lambda: Ensemble(pair, POINTS, SMALL, seeds), "seeds")


def test_other_arguments_of_an_ensemble() -> None:
    for make in (3, lambda: None, lambda: mlp.Generator(hidden=4)):
        refused(partial(Ensemble, make, POINTS, SMALL, 2), r"make: expected a function that gives a pair")  # type: ignore[arg-type]
    two = Ensemble(pair, POINTS, SMALL, 2)
    refused(partial(two.pair, 1.5), "index must be")  # type: ignore[arg-type]
    refused(partial(two.samples, 0), "n must be a whole number of at least 1, not 0")
    refused(lambda: Stacked([1, 2]), "networks: expected networks, got int")  # type: ignore[list-item]
    refused(lambda: Stacked([pair()[0] for _ in range(2)])(torch.zeros(3, 2)), "3 rows do not divide among 2")
    ring = datasets.toy("ring", 50)
    refused(partial(mode_collapse_table, [SMALL], ring), "configs: expected settings by name")  # type: ignore[arg-type]
    refused(partial(mode_collapse_table, {"a": {}}, ring), "config: expected a TrainConfig")  # type: ignore[dict-item]


Spoil = Callable[[dict[str, Tensor]], object]
SPOILED: dict[str, Spoil] = {
    "empty": lambda s: s.clear(),
    "a weight missing": lambda s: s.pop("G.last.weight" if "G.last.weight" in s else "G.layers.0.weight"),
    "a weight too many": lambda s: s.update({"D.more": torch.zeros(1)}),
    "a weight of another shape": lambda s: s.update({"D.last.weight": torch.zeros(2, 2)}),
    "a weight of another type": lambda s: s.update({"D.last.weight": s["D.last.weight"].long()}),
    "no tensor": lambda s: s.update({"D.last.weight": 3}),  # type: ignore[dict-item]
    "a moment of another shape": lambda s: s.update({"opt_d.0.exp_avg": torch.zeros(3, 3)}),
    "a moment missing": lambda s: s.pop("opt_d.0.exp_avg"),
    "a count of another shape": lambda s: s.update({"opt_d.0.step": torch.zeros(3)}),
    "random numbers cut short": lambda s: s.update({"rng": s["rng"][:10]}),
    "random numbers of another type": lambda s: s.update({"rng": s["rng"].float()}),
    "broken random numbers": lambda s: s.update({"rng": torch.full_like(s["rng"], 255)}),
    "no clock": lambda s: s.pop("clock"),
    "a broken clock": lambda s: s.update({"clock": torch.full((2,), NAN)}),
    "a clock before the start": lambda s: s.update({"clock": torch.tensor([-5.0, 0.0])}),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_a_state_is_taken_whole_or_not_at_all(spoil: Spoil) -> None:
    first, second = trainer(), trainer()
    next(first)
    state = {name: tensor.clone() for name, tensor in first.state().items()}
    spoil(state)
    next(second), next(second)
    before = {name: tensor.clone() for name, tensor in second.state().items()}
    refused(lambda: second.load_state(state), "tensors: this state is broken or belongs to other networks")
    after = second.state()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(("batch_size", "pack"), [(6, 1), (12, 2), (8, 1)])
def test_the_spread_of_reals_and_fakes_is_never_mixed(batch_size: int, pack: int) -> None:
    G, D = mlp.Generator(hidden=4), mlp.Discriminator(hidden=4, pack=pack, minibatch_std=True)
    seen: list[int] = []
    next(module for module in D.modules() if isinstance(module, MinibatchStd)).register_forward_pre_hook(
        lambda _, given: seen.append(len(given[0]))
    )
    next(Trainer(G, D, POINTS, TrainConfig(batch_size=batch_size)))
    assert seen == 3 * [batch_size // pack]  # reals and fakes for D, fakes for G


def test_sessions() -> None:
    for every in (0, 1.5, NAN, "a"):
        refused(partial(Session, *pair(), POINTS, SMALL, keep_every=every), "keep_every must be")  # type: ignore[arg-type]
    session = Session(*pair(), POINTS, SMALL)
    for step in (-1, 1.5, None, "a"):
        refused(partial(session.rewind, step), "step must be")  # type: ignore[arg-type]
    for networks in (
        {"G": mlp.Generator(out=3)}, {"D": mlp.Discriminator(inputs=3)}, {"D": nn.Linear(2, 1)}, {"D": nn.Linear(3, 1)},
        {"G": dcgan.Generator(4, 4, 16)},
    ):  # fmt: skip
        refused(partial(PlaneSession, "line", **networks), "G, D|x: expected")  # type: ignore[arg-type]
    refused(lambda: PlaneSession("line", seed=-1), "seed must be")


@pytest.mark.parametrize("step", [-1, 5, 1.5, NAN, None, "a"])
def test_steps_that_were_not_recorded(step: Any) -> None:
    recording = recordings.record(trainer(), 4, every=1, states=2, progress=False)
    refused(lambda: recording.branch(step), "step must be a whole number from 0 to 4")


def test_recordings() -> None:
    for name in ("steps", "every", "states"):
        refused(partial(recordings.record, trainer(), **{"steps": 4} | {name: 1.5}), "must be")  # type: ignore[arg-type]
    refused(partial(recordings.Recorder, [1, 2]), "trainer: expected")  # type: ignore[arg-type]
    for real in ([1.0, 2.0], "abc", np.full((5, 2), NAN)):
        refused(partial(diagnosis.diagnose, [], real=real), "real: expected")  # type: ignore[arg-type]


def test_checkpoints(tmp_path: Path) -> None:
    G, D = pair()
    config: dict[str, Any] = {"family": "mlp", "G": {"hidden": 4}, "D": {"hidden": 4}}
    path = checkpoints.save(tmp_path / "pair.safetensors", G, D, config)
    refused(lambda: checkpoints.load(path, "nowhere"), "device: 'nowhere' is not to be had")
    refused(partial(checkpoints.load, None), "name_or_path: expected a name or a path")  # type: ignore[arg-type]
    bad: Any
    for bad in ([], {"family": "mlp"}, config | {"G": {"depth": 1}}, config | {"G": "x"}):
        refused(partial(checkpoints.build, bad), "config: ")
    refused(lambda: checkpoints.save(path, G, D, config | {"x": {1, 2}}), "config: expected what JSON can hold")
    refused(lambda: checkpoints.save(path, G, D, config, torch.int32), "dtype: expected")
    refused(partial(checkpoints.save, path, None, None, config), "G, D: expected networks")  # type: ignore[arg-type]
    refused(partial(checkpoints.add_directions, path, [1.0]), "directions: expected")  # type: ignore[arg-type]
    reader = readers.load("digits")
    refused(lambda: readers.encode(reader, {"digit": "0"}), r"attributes: expected digit to be \(N,\)")
    images = np.zeros((2, 28, 28, 1), np.uint8)
    refused(lambda: readers.accuracy(reader, images, {"digit": ["0"]}), "digit has 1 values for 2 images")


def test_probes() -> None:
    G, D = pair()
    for extent in (None, 3, "abcd", (0, 1, 0)):
        refused(partial(probes.d_field, D, extent, 4), "extent: expected")  # type: ignore[arg-type]
    for axes in ((0, 1, 1), (0.5, 1), None, "ab"):
        refused(partial(probes.latent_grid, 4, axes=axes), "axes")  # type: ignore[arg-type]
    refused(lambda: probes.d_field(D, (0, 1, 0, 1), 4, condition=1), "condition: D takes none")
    refused(lambda: probes.gradients_at_fakes(D, G, np.full((2, 2), NAN)), "z: expected finite")
    three = np.zeros((3, 2))
    refused(lambda: probes.gradients_at_fakes(D, G, three[:2], "relativistic", three), "pass as many as there are z")
    refused(lambda: probes.activations(G, np.full((2, 2), NAN)), "x: expected finite")
    for points in (np.zeros((3, 3)), np.zeros(3), np.full((3, 2), NAN)):
        refused(partial(probes.optimal_at, lambda x: x[:, 0], np.eye(2), points), "points: expected")
    images = np.zeros((2, 16, 16, 3), np.uint8)
    refused(lambda: probes.logits(dcgan.Discriminator(4, 16), images, 0), "batch_size must be")


def test_latents() -> None:
    G = dcgan.Generator(4, 4, 16).eval()
    refused(lambda: latent.generate(G, np.zeros((2, 4), complex)), "z: expected an array of real numbers")
    refused(lambda: latent.renderer(nn.Linear(2, 2)), "G: expected a generator with a whole number z_dim")
    numbered = conditional.Generator(4, 3, 4, 16).eval()
    refused(lambda: latent.generate(numbered, np.zeros((2, 4)), ["a", "b"]), "condition: expected an array of real")
    image = np.zeros((16, 16, 3), np.uint8)
    for settings in ({"seed": -1}, {"seed": 1.5}, {"lr": "a"}, {"features": lambda x: x * NAN}):
        refused(partial(inversion.invert, G, image, 1, **settings), "must be|features: it gave NaN")  # type: ignore[arg-type]
    z = np.ones((2, 4))
    for direction, value in ((np.zeros(4), 1.0), (np.full(4, NAN), 1.0), (np.ones(4), NAN), (np.ones(4), "a")):
        refused(partial(directions.place, z, direction, value), "direction|value")  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [8, 80])
@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_no_more_components_than_the_points_have(width: int, offset: float) -> None:
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(50, 3)) @ rng.normal(size=(3, width)) + offset).astype(np.float32)
    found, shares = pca.pca_directions(points, 3)
    assert found.shape == (3, width) and shares.sum() == pytest.approx(1, abs=1e-4)
    refused(lambda: pca.pca_directions(points, 4), "k: got 4, but the points fill 3 dimensions only")


def test_data() -> None:
    images, points = np.zeros((2, 4, 4, 3), np.uint8), np.zeros((5, 2), np.float32)
    for bad in (images[0], images.astype(np.float32), images[:0], [[1]]):
        refused(partial(datasets.ImageData, bad, None, "x"), "images: expected")  # type: ignore[arg-type]
    refused(lambda: datasets.ImageData(images, np.zeros(3, int), "x"), "labels: expected one for each of 2 images")
    refused(lambda: PointData(np.zeros((5, 3), np.float32), None, None, "x"), "points: expected shape")
    refused(lambda: PointData(points, points, None, "x"), "modes, sigma: expected both")
    refused(lambda: PointData(points, points, -1.0, "x"), "sigma must be")
    for path in ("", None, 3):
        refused(partial(datasets.from_folder, path), "path must name a folder")  # type: ignore[arg-type]
    density = datasets.toy("ring", 10).log_density
    assert density is not None
    refused(lambda: density([[NAN, 1.0]]), "points: expected finite")
