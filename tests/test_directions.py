"""Named directions: recovered where they are known exactly, measured, stored, and found in a real checkpoint."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganwidgets import checkpoints, directions, directions_command, latent, readers
from ganwidgets.cli import main
from ganwidgets.directions import Target

Z_DIM = 8
FACTORS = {"glasses": ("none", "round"), "hat": ("none", "cap")}
TARGETS = {"glasses": Target("glasses", {"round": 1.0}), "hat": Target("hat", {"cap": 1.0})}
GLASSES = np.eye(Z_DIM)[0]
HAT = (np.eye(Z_DIM)[0] + np.eye(Z_DIM)[1]) / np.sqrt(2)  # at 45 degrees to the glasses
CONFIG: dict[str, Any] = {
    "family": "dcgan",
    "G": {"z_dim": Z_DIM, "channels": 4, "resolution": 8, "image_channels": 1},
    "D": {"channels": 4, "resolution": 8, "image_channels": 1},
}


def render(z: latent.FloatArray) -> np.ndarray:
    """Two grey pixels: how much the picture looks like one with glasses, and like one with a hat."""
    chances = 1 / (1 + np.exp(-2 * z @ np.stack([GLASSES, HAT], axis=1)))
    return np.round(255 * chances).astype(np.uint8)[:, None, :, None]  # (B, 2) -> (B, 1, 2, 1)


def read(images: np.ndarray) -> dict[str, np.ndarray]:
    chances = images[:, 0, :, 0].astype(np.float32) / 255
    return {name: np.stack([1 - p, p], axis=1) for name, p in zip(FACTORS, chances.T, strict=True)}


def find(n: int = 4000, **more: Any) -> dict[str, np.ndarray]:
    return directions.attribute_directions(render, Z_DIM, read, FACTORS, TARGETS, n=n, **more)


def test_a_known_direction_is_recovered() -> None:
    found = find(separation=0)
    assert list(found) == ["glasses", "hat"]
    for name, truth in (("glasses", GLASSES), ("hat", HAT)):
        assert found[name].shape == (Z_DIM,) and found[name].dtype == np.float32
        assert np.linalg.norm(found[name]) == pytest.approx(1, abs=1e-6)
        assert found[name] @ truth > 0.998


def test_separated_directions_leave_the_other_attribute_alone() -> None:
    found = find(separation=1e6)
    # Glasses without a hat: the part of e0 at right angles to (e0 + e1)/√2.
    assert found["glasses"] @ (np.eye(Z_DIM)[0] - np.eye(Z_DIM)[1]) / np.sqrt(2) > 0.99
    assert found["hat"] @ np.eye(Z_DIM)[1] > 0.99
    between = find(separation=20)["glasses"] @ HAT
    assert found["glasses"] @ HAT < between < find(separation=0)["glasses"] @ HAT


def test_the_seed_decides() -> None:
    assert np.array_equal(find(n=200, seed=3)["hat"], find(n=200, seed=3)["hat"])
    assert not np.array_equal(find(n=200, seed=3)["hat"], find(n=200, seed=4)["hat"])


def test_what_never_changes_has_no_direction() -> None:
    def hatless(images: np.ndarray) -> dict[str, np.ndarray]:
        return read(images) | {"hat": np.tile(np.array([1, 0], np.float32), (len(images), 1))}

    found = directions.attribute_directions(render, Z_DIM, hatless, FACTORS, TARGETS, n=400)
    assert list(found) == ["glasses"]


def test_the_effect_is_measured() -> None:
    z = latent.sample(400, Z_DIM, seed=1)
    plain, apart = (
        next(directions.measure(render, read, FACTORS, {"glasses": way}, z, TARGETS))
        for way in (GLASSES, np.eye(Z_DIM)[0] - np.eye(Z_DIM)[1])
    )
    assert plain.name == "glasses" and plain.steps == directions.STEPS
    expected = 1 / (1 + np.exp(-2 * np.array(directions.STEPS)))
    np.testing.assert_allclose(plain.scores, expected, atol=0.01)
    assert plain.rise == pytest.approx(expected[-1] - expected[0], abs=0.01)
    assert list(plain.disturbed) == ["hat"] and plain.others == plain.disturbed["hat"] > 0.2
    assert apart.others < 0.01 and 0.5 < apart.rise < plain.rise


def test_a_place_along_a_direction() -> None:
    z = np.array([[5, 1], [0, 2]], np.float32)
    np.testing.assert_allclose(directions.place(z, [2, 0], -3), [[-3, 1], [-3, 2]])
    with pytest.raises(ValueError, match="z, direction"):
        directions.place(z, [1, 0, 0], 1)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="n must be a whole number of at least 32"):
        find(n=31)
    with pytest.raises(ValueError, match="separation must be a finite number of at least 0, not -1"):
        find(separation=-1)
    for target, message in ((Target("nose", {"big": 1}), "no factor 'nose'"), (Target("hat", {"fez": 1}), "'fez'")):
        with pytest.raises(ValueError, match=message):
            directions.attribute_directions(render, Z_DIM, read, FACTORS, {"x": target}, n=100)
    for broken, message in (
        (lambda images: {"hat": read(images)["hat"]}, "no factor 'glasses'"),
        (lambda images: {name: p[:, :1] for name, p in read(images).items()}, "expected shape"),
    ):
        with pytest.raises(ValueError, match=message):
            directions.attribute_directions(render, Z_DIM, broken, FACTORS, TARGETS, n=100)
    z = latent.sample(4, Z_DIM)
    with pytest.raises(ValueError, match="no target 'nose'; there are glasses, hat"):
        next(directions.measure(render, read, FACTORS, {"nose": GLASSES}, z, TARGETS))
    with pytest.raises(ValueError, match="with 0 among them"):
        next(directions.measure(render, read, FACTORS, {"hat": HAT}, z, TARGETS, steps=(-1, 1)))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    return checkpoints.save(tmp_path / "mine.safetensors", *checkpoints.build(CONFIG), CONFIG)


def test_directions_are_stored_in_the_checkpoint_in_their_order(saved: Path) -> None:
    before = checkpoints.load(saved)
    assert before.directions == {}
    checkpoints.add_directions(saved, {"old": GLASSES})
    checkpoints.add_directions(saved, {"long hair": 2 * HAT, "hat": GLASSES})
    after = checkpoints.load(saved)
    assert list(after.directions) == ["long hair", "hat"] and after.config == before.config
    np.testing.assert_allclose(after.directions["long hair"], HAT, rtol=1e-6)
    assert before.D is not None and after.D is not None
    for network, again in ((before.G, after.G), (before.D, after.D)):
        assert all(torch.equal(t, again.state_dict()[name]) for name, t in network.state_dict().items())


def test_bad_directions_are_not_stored(saved: Path) -> None:
    content = saved.read_bytes()
    for bad in (np.ones(Z_DIM + 1), np.zeros(Z_DIM), np.full(Z_DIM, np.nan), np.ones((1, Z_DIM))):
        with pytest.raises(ValueError, match=r"directions\['hat'\]: expected shape \(8,\)"):
            checkpoints.add_directions(saved, {"hat": bad})
    assert saved.read_bytes() == content
    tensors, metadata = checkpoints.read(saved)
    for names in (["hat"], "no list of names", 3):
        checkpoints.write(saved, tensors, metadata | {"directions": json.dumps(names)})
        with pytest.raises(ValueError, match="does not fit"):
            checkpoints.load(saved)


def test_the_command_refuses_what_is_no_generator_of_faces(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directions_command, "JUDGED", 8)
    content = saved.read_bytes()
    assert main(["directions", str(saved), "--n", "100", "--threads", "1"]) == 2
    assert "images: expected shape (N, 64, 64, 3)" in capsys.readouterr().err
    assert main(["directions", "nobody"]) == 2 and "no checkpoint 'nobody'" in capsys.readouterr().err
    config = CONFIG | {"G": {"z_dim": 4, "channels": 2}, "D": {"channels": 2}}
    torch.manual_seed(0)
    blank = checkpoints.save(tmp_path / "blank.safetensors", *checkpoints.build(config), config)
    sheet = tmp_path / "sheet.png"
    assert main(["directions", str(blank), "--n", "32", "--threads", "1", "--sheet", str(sheet)]) == 1
    output = capsys.readouterr().out
    assert "(dropped)" in output and "None works" in output and sheet.exists()
    assert checkpoints.load(blank).directions == {} and saved.read_bytes() == content


def test_the_directions_of_the_shipped_faces_do_what_their_names_say() -> None:
    if "faces" not in checkpoints.available():
        pytest.skip("this checkout carries no faces checkpoint")
    faces, reader = checkpoints.load("faces"), readers.load("faces")
    assert len(faces.directions) >= 8 and set(faces.directions) <= set(directions.TARGETS)
    z = latent.sample(24, faces.G.z_dim, seed=5)  # type: ignore[arg-type]
    read, render = partial(readers.read, reader), latent.renderer(faces.G)
    for effect in directions.measure(render, read, reader.factors, faces.directions, z, steps=(-3, 0, 3)):
        assert effect.rise > 0.4 and effect.rise > 2 * effect.others, effect
