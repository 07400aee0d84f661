"""Checkpoints go to disk and come back the same; anything else is refused with a clear word."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ganwidgets import checkpoints, latent, pairs

CONFIG: dict[str, Any] = {
    "family": "dcgan",
    "G": {"z_dim": 4, "channels": 4, "resolution": 8, "image_channels": 1},
    "D": {"channels": 4, "resolution": 8, "image_channels": 1},
    "note": "a test",
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    return checkpoints.save(tmp_path / "mine.safetensors", *checkpoints.build(CONFIG), CONFIG)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    torch.manual_seed(1)
    G, D = checkpoints.build(CONFIG)
    path = checkpoints.save(tmp_path / "a" / "pair.safetensors", G, D, CONFIG)
    loaded = checkpoints.load(path)
    assert loaded.name == "pair" and loaded.config == CONFIG
    assert D is not None and loaded.D is not None
    for network, again in ((G, loaded.G), (D, loaded.D)):
        for name, tensor in network.state_dict().items():
            assert torch.equal(tensor, again.state_dict()[name])
    assert not loaded.G.training and not any(p.requires_grad for p in loaded.G.parameters())
    z = latent.sample(2, 4)
    assert np.array_equal(latent.generate(G.eval(), z), latent.generate(loaded.G, z))
    assert not list(path.parent.glob("*.part"))


def test_a_file_may_be_read_by_whom_the_folder_allows(saved: Path) -> None:
    other = saved.with_name("other")
    other.write_bytes(b"")
    assert saved.stat().st_mode == other.stat().st_mode


def test_half_precision_is_smaller_and_close(tmp_path: Path, saved: Path) -> None:
    whole = checkpoints.load(saved)
    half_path = checkpoints.save(tmp_path / "half.safetensors", whole.G, whole.D, CONFIG, torch.float16)
    half = checkpoints.load(half_path)
    z = latent.sample(16, 4)
    gap = np.abs(latent.generate(whole.G, z).astype(int) - latent.generate(half.G, z))
    assert gap.max() <= 1
    assert half_path.stat().st_size < 0.75 * saved.stat().st_size


def condition_for(G: torch.nn.Module) -> np.ndarray | None:
    """Sixteen labels, or pictures to translate, or nothing: what G takes beside z."""
    if hasattr(G, "classes"):
        return np.arange(16) % int(G.classes)  # type: ignore[arg-type]
    if not getattr(G, "conditional", False):
        return None
    task, paired = {"paired": ("sketch", True), "cycle": ("glasses", False)}[str(G.kind)]
    return pairs.draw(task, 16, 5, paired).arrays()[1].transpose(0, 2, 3, 1)


def as_input(array: np.ndarray) -> torch.Tensor:
    """Labels as they are; pictures channels first, in [-1, 1]."""
    return torch.from_numpy(array) if array.ndim == 1 else torch.from_numpy(array).movedim(-1, 1).float() / 127.5 - 1


@pytest.mark.parametrize("name", checkpoints.available())
def test_every_shipped_checkpoint_loads_and_makes_varied_things_that_its_d_can_judge(name: str) -> None:
    checkpoint = checkpoints.load(name)
    G, D = checkpoint.G, checkpoint.D
    condition = condition_for(G)
    made = latent.generate(G, latent.sample(16, G.z_dim), condition).astype(float)  # type: ignore[arg-type]
    sound = made.ndim == 2
    assert len(made) == 16 and np.isfinite(made).all()
    assert made.std(axis=0).mean() > (0.005 if sound else 10)  # they differ from one another
    assert (D is None) == (checkpoint.config["family"] in ("vae", "diffusion"))
    if D is None:
        return
    inputs = [torch.from_numpy(made).float()[:, None] if sound else as_input(made)]
    if getattr(D, "conditional", False):
        assert condition is not None
        inputs.append(as_input(condition))
    logits = D(*inputs)
    assert torch.isfinite(logits).all() and logits.ndim == 1


def test_a_number_too_large_for_half_precision_is_kept_whole(tmp_path: Path) -> None:
    G, D = checkpoints.build(CONFIG)
    assert D is not None
    D.shift(1e5)  # type: ignore[operator]
    path = checkpoints.save(tmp_path / "large.safetensors", G, D, CONFIG, torch.float16)
    again = checkpoints.load(path).D
    assert again is not None and all(torch.isfinite(t).all() for t in again.state_dict().values())


def test_an_unknown_name_lists_what_is_shipped() -> None:
    with pytest.raises(ValueError, match=r"no checkpoint 'facs'; shipped are .*faces"):
        checkpoints.load("facs")


def test_a_truncated_file_is_refused(saved: Path) -> None:
    for size in (0, 5, 200, saved.stat().st_size - 10):
        short = saved.with_name(f"short{size}.safetensors")
        short.write_bytes(saved.read_bytes()[:size])
        with pytest.raises(ValueError, match=rf"short{size}\.safetensors is cut short or is no safetensors file"):
            checkpoints.load(short)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.safetensors"
    text.write_text("hello, this is not a network " * 50)
    with pytest.raises(ValueError, match="cut short or is no safetensors file"):
        checkpoints.load(text)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(ValueError, match="not a checkpoint of ganwidgets"):
        checkpoints.load(foreign)
    save_file({"weight": torch.zeros(2)}, foreign, {"format": "ganwidgets-99"})
    with pytest.raises(ValueError, match=r"written by another version \(ganwidgets-99\); this one reads ganwidgets-1"):
        checkpoints.load(foreign)


@pytest.mark.parametrize(
    "change",
    [
        {"family": "biggan"},
        {"family": "os"},
        {"G": {"z_dim": 5, "channels": 4, "resolution": 8, "image_channels": 1}},
        {"G": {"depth": 3}},
        {"G": None},
    ],
)
def test_a_config_that_does_not_fit_is_refused(tmp_path: Path, saved: Path, change: dict[str, Any]) -> None:
    tensors, metadata = checkpoints.read(saved)
    metadata["config"] = json.dumps(CONFIG | change)
    changed = checkpoints.write(tmp_path / "changed.safetensors", tensors, metadata)
    with pytest.raises(ValueError, match="does not fit the networks that it names"):
        checkpoints.load(changed)


def test_an_interrupted_save_keeps_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def interrupt(source: str, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(saved, *checkpoints.build(CONFIG), CONFIG)
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]
