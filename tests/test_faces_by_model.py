"""The parts of the benchmark of face models: its numbers by hand, and a whole run with a small checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import faces_by_model, report
from ganwidgets import checkpoints, datasets, faces, readers
from ganwidgets.models import dcgan


def seen(n: int, **codes: list[int]) -> faces_by_model.Seen:
    zeros = {factor: np.zeros(n, np.int64) for factor in faces.ATTRIBUTES}
    return faces_by_model.Seen(np.zeros((n, 128), np.float32), zeros | {k: np.array(v) for k, v in codes.items()})


def test_variation_and_combinations_by_hand() -> None:
    real = seen(4, skin=[0, 1, 2, 3], hat=[0, 0, 0, 1])
    fake = seen(4, skin=[0, 0, 2, 3], hat=[0, 1, 1, 1])
    # Skin: a quarter sits elsewhere; hat: a half; the other 11 factors agree.
    assert faces_by_model.variation(real, fake) == pytest.approx((0.25 + 0.5) / 13)
    assert faces_by_model.variation(real, real) == 0
    assert (faces_by_model.combinations(real), faces_by_model.combinations(fake)) == (4, 3)
    assert faces_by_model.possible() == 5 * 9 * 7


def test_real_faces_score_better_than_broken_ones() -> None:
    reader = readers.load("faces")
    images = datasets.load("faces", "test").images
    one, two, broken = (faces_by_model.Seen.of(reader, x) for x in (images[:300], images[300:600], 255 - images[:300]))
    good, bad = (faces_by_model.score(one, other) for other in (two, broken))
    assert good.frechet < 0.3 * bad.frechet and good.variation < 0.5 * bad.variation
    assert min(good.precision, good.recall) > 0.6 > 0.1 > bad.recall
    assert len(good.cells) == 5


def test_a_run_has_a_row_for_every_model_and_one_for_the_floor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    G, D = dcgan.Generator(z_dim=4, channels=2), dcgan.Discriminator(channels=2)
    config = {"family": "dcgan", "G": G.config, "D": D.config, "data": "faces", "step": 1234, "seconds": 56}
    path = checkpoints.save(tmp_path / "tiny.safetensors", G, D, config)
    faces_by_model.main(["--models", f"mine={path}", str(path), "--faces", "130"])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(lines) == 5
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len(cells[0]) == len(faces_by_model.HEAD)
    assert cells[2][0] == "other real faces: the floor"
    assert [row[0] for row in cells[3:]] == ["mine", "tiny"]
    assert cells[3][2:4] == ["1,234", "56"]
    assert float(cells[3][4]) > 3 * float(cells[2][4])  # noise is further off than other faces


def test_the_models_are_named() -> None:
    assert faces_by_model.named("vae=/tmp/x.safetensors") == ("vae", "/tmp/x.safetensors")
    assert faces_by_model.named("runs/style.safetensors") == ("style", "runs/style.safetensors")
    for wrong in ("=x", "vae="):
        with pytest.raises(ValueError, match="--models: expected NAME=PATH"):
            faces_by_model.named(wrong)
    assert "faces" in faces_by_model.shipped() and "digits" not in faces_by_model.shipped()


def test_results_have_a_place_for_the_table() -> None:
    text = report.RESULTS.read_text(encoding="utf-8")
    assert "| new |" in report.replace_section(text, faces_by_model.SECTION, "| new |")
