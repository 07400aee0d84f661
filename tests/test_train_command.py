"""`ganwidgets train`: real, short trainings from the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganwidgets import checkpoints, cli, recipes
from ganwidgets.cli import main
from tests.waiting import hear_interrupts


def train(out: Path, *more: str) -> int:
    return main(["train", "digits", "--out", str(out), "--threads", "1", *more])


def tensors(out: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read(out / "digits.safetensors")[0]


def test_it_saves_a_checkpoint_a_state_and_a_sheet_of_samples(tmp_path: Path) -> None:
    assert train(tmp_path, "--steps", "3") == 0
    checkpoint = checkpoints.load(tmp_path / "digits.safetensors")
    assert checkpoint.config["data"] == "digits" and checkpoint.config["step"] == 3
    assert Image.open(tmp_path / "digits.png").size == (8 * 28, 8 * 28)
    assert (tmp_path / "digits.state").is_file()


def test_resuming_gives_what_an_uninterrupted_run_gives(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train(whole, "--steps", "6") == 0
    # The same six steps, stopped at four: the schedule looks at `--steps`, so it must not change.
    assert train(parts, "--steps", "6", "--save-every", "4", "--stop-after", "4") == 0
    assert train(parts, "--steps", "6", "--resume") == 0
    for name, tensor in tensors(whole).items():
        assert torch.equal(tensor, tensors(parts)[name]), name


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a child")
def test_after_an_interrupt_at_any_moment_a_training_ends_as_if_there_had_been_none(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    settings = ["--steps", "200", "--threads", "1", "--save-every", "2"]
    command = [sys.executable, "-m", "ganwidgets", "train", "digits", "--out", str(parts), *settings]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=hear_interrupts)
    for _ in range(600):
        if (parts / "digits.png").exists():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "--resume" in output
    reached = checkpoints.load(parts / "digits.safetensors").config["step"]
    assert 2 <= reached < 200
    goal = ["--steps", "200", "--stop-after", str(reached + 2)]
    assert train(parts, *goal, "--resume") == 0 and train(whole, *goal) == 0
    for name, tensor in tensors(whole).items():
        assert torch.equal(tensor, tensors(parts)[name]), name


def test_an_interrupt_before_the_command_is_there_ends_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "long_to_import.py").write_text("raise KeyboardInterrupt\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.COMMANDS, "train", cli.Command("long_to_import", "takes long"))
    assert main(["train", "digits"]) == 130
    assert capsys.readouterr().err == ""


def test_your_own_folder_of_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(3):
        Image.fromarray(rng.integers(0, 255, (70, 90, 3), dtype=np.uint8)).save(folder / f"{index}.png")
    (folder / "notes.png").write_text("no picture")
    arguments = ["--data", str(folder), "--steps", "1", "--threads", "1", "--out", str(tmp_path)]
    for recipe, side in (("faces", 64), ("own", 32)):
        assert main(["train", recipe, *arguments]) == 0
        checkpoint = checkpoints.load(tmp_path / f"{recipe}.safetensors")
        # Who is given the file need not know where on this machine the pictures lie.
        assert checkpoint.config["data"] == "pictures"
        assert checkpoint.G(torch.zeros(2, 64)).shape == (2, 3, side, side)
        assert "1 of 4 files skipped: notes.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "no recipe 'nobody'; choose one of"),
        (["digits", "--data", "nowhere"], "nowhere"),
        (["digits", "--resume", "--out", "nowhere"], "--resume: there is no"),
        (["digits", "--device", "abacus"], "device"),
        (["own"], "name their folder: --data FOLDER"),
        (["digits", "--out", "a file/runs"], "--out: a file/runs cannot be written to"),
    ],
)
def test_bad_arguments_get_a_clear_word(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").touch()
    assert main(["train", *arguments, "--steps", "1"]) == 2
    assert message in capsys.readouterr().err


def test_every_recipe_builds() -> None:
    for recipe in recipes.RECIPES.values():
        G, D = checkpoints.build(recipe.networks)
        assert isinstance(G.z_dim, int) and (D is None) == (recipe.D is None)
        assert recipe.data in recipes.DATA


def test_a_state_is_not_resumed_as_another_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(tmp_path, "--steps", "3", "--seed", "3", "--stop-after", "1") == 0
    assert train(tmp_path, "--steps", "3", "--resume") == 2
    assert "digits.state belongs to another training: seed was 3 and is 0" in capsys.readouterr().err
    assert train(tmp_path, "--steps", "3", "--seed", "3", "--resume") == 0


def test_counts_of_nothing_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--save-every", "--stop-after", "--threads"):
        assert main(["train", "digits", "--out", str(tmp_path), option, "0"]) == 2
        assert f"{option} must be a whole number of at least 1, not 0" in capsys.readouterr().err
