"""Two processes give what one gives; the command saves once, can be interrupted, and goes on.

Run as a program, this file is one of the processes: it trains every case and writes what it ended with.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from ganwidgets import checkpoints, datasets, distributed
from ganwidgets.cli import main
from ganwidgets.launch import launch
from ganwidgets.models import mlp
from ganwidgets.randomness import Part, rows
from ganwidgets.solo import SoloTrainer
from ganwidgets.stream import Stream
from ganwidgets.training import TrainConfig, Trainer
from tests.waiting import hear_interrupts

STEPS = 6
EXACT: dict[str, dict[str, Any]] = {
    "non_saturating": dict(r1=0.1, penalty_every=2, n_critic=2),
    "relativistic": dict(loss="relativistic", r1=0.1, r2=0.1, ema=0.9, warmup=3),
    "gradient_penalty": dict(loss="wasserstein", gp=1.0, clip=0.5),
    "noise": dict(instance_noise=0.3, label_smoothing=0.1, prior="uniform"),
    "packed": dict(loss="hinge"),
    "conditional": dict(),
}


class Classes(nn.Module):
    """G and D in one shape: a layer that also looks at the label."""

    conditional = True

    def __init__(self, size: int, out: int) -> None:
        super().__init__()
        self.z_dim, self.out = size, out
        self.labels, self.layer, self.last = nn.Embedding(3, 8), nn.Linear(size, 8), nn.Linear(8, out)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.last(torch.tanh(self.layer(x) + self.labels(labels)))
        return y.flatten() if self.out == 1 else y


class Normed(nn.Module):
    """A generator whose layers look at the whole batch."""

    def __init__(self) -> None:
        super().__init__()
        self.z_dim = 4
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layers(z)
        return y


class Denoiser(nn.Module):
    """A model with a loss of its own, which draws random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.z_dim, self.layer = 2, nn.Linear(2, 2)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.layer(z)
        return y

    def loss(self, x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        noise = torch.randn(x.shape, generator=rng)
        return (self.layer(x + noise) - x).square().mean()


def trainer(case: str, seed: int = 1, **more: Any) -> Stream:
    torch.manual_seed(0)
    points = torch.from_numpy(datasets.toy("ring_wide", n=300, seed=0).points.copy())
    config = TrainConfig(**(dict(batch_size=8, seed=seed, lr_g=1e-3, lr_d=1e-3) | EXACT.get(case, {}) | more))
    if case == "solo":
        return SoloTrainer(Denoiser(), points, config)
    if case == "conditional":
        return Trainer(Classes(4, 2), Classes(2, 1), (points, torch.arange(300) % 3), config)
    G = Normed() if case == "normed" else mlp.Generator(z_dim=4, hidden=16)
    return Trainer(G, mlp.Discriminator(hidden=16, pack=2 if case == "packed" else 1), points, config)


def outcome(stream: Stream) -> dict[str, torch.Tensor]:
    """What a training ends with after some steps: its whole state but the time, and the numbers of its events."""
    events = [next(stream) for _ in range(STEPS)]
    names = ("d_loss", "g_loss", "penalty", "auxiliary")
    numbers = np.array([[getattr(event, name) for name in names] for event in events])
    logits = [np.concatenate([e.real_logits, e.fake_logits, e.fake_logits_after]) for e in events]
    state = {name: tensor for name, tensor in stream.state().items() if name != "clock"}
    return state | {"numbers": torch.from_numpy(numbers).float(), "logits": torch.from_numpy(np.stack(logits))}


def work(out: Path) -> None:
    """The whole life of one of the processes."""
    share, device = distributed.join("cpu")
    assert torch.device(device).type == "cpu"
    found: dict[str, torch.Tensor] = {}
    for case in (*EXACT, "normed", "solo"):
        # Other weights in each process: those of the first must win.
        stream = trainer(case)
        with torch.no_grad():
            next(stream.G.parameters()).add_(share.rank)
        stream.divide(share)
        found |= {f"{case}/{name}": tensor.contiguous() for name, tensor in outcome(stream).items()}
    found["agreed"] = torch.tensor([share.agree(share.rank == 1), share.agree(False)])
    found["rows"] = torch.tensor([len(trainer("noise").real_batch()[0]), len(stream.real_batch()[0])])
    save_file(found, out / f"{share.rank}.safetensors")
    share.leave()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, torch.Tensor]]:
    """What each of two processes ended with, in all cases."""
    out = tmp_path_factory.mktemp("two")
    assert launch([__file__, str(out)], 2) == 0
    return [load_file(out / f"{rank}.safetensors") for rank in range(2)]


def of(found: dict[str, torch.Tensor], case: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(f"{case}/"): tensor for name, tensor in found.items() if name.startswith(f"{case}/")}


@pytest.mark.parametrize("case", EXACT)
def test_two_processes_give_what_one_gives(both: list[dict[str, torch.Tensor]], case: str) -> None:
    alone, other = outcome(trainer(case)), outcome(trainer(case, seed=2))
    for found in both:
        together = of(found, case)
        assert together.keys() == alone.keys()
        for name, tensor in alone.items():
            assert torch.allclose(tensor.float(), together[name].float(), atol=2e-5, equal_nan=True), name
    assert any(not torch.allclose(t.float(), other[name].float(), atol=2e-3) for name, t in alone.items())


@pytest.mark.parametrize("case", ["normed", "solo"])
def test_where_batches_matter_the_processes_still_agree(both: list[dict[str, torch.Tensor]], case: str) -> None:
    first, second = (of(found, case) for found in both)
    assert len(first) > 5
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]) or name in ("numbers", "logits"), name
    assert torch.isfinite(first["numbers"][:, 1]).all()


def test_processes_agree_and_each_takes_its_part(both: list[dict[str, torch.Tensor]]) -> None:
    for found in both:
        assert found["agreed"].tolist() == [True, False]
        assert found["rows"].tolist() == [8, 4]


def test_rows_of_all_processes_make_the_batch() -> None:
    batch = torch.arange(24).reshape(12, 2)
    parts = [distributed.Share(rank, 3).rows(batch) for rank in range(3)]
    assert torch.equal(torch.cat(parts), batch)
    halves = [distributed.Share(rank, 2).rows(torch.arange(8), groups=2) for rank in range(2)]
    assert [h.tolist() for h in halves] == [[0, 1, 4, 5], [2, 3, 6, 7]]
    assert distributed.ALONE.rows(batch) is batch


def test_a_part_of_a_generator_draws_its_rows() -> None:
    def make(n: int, rng: torch.Generator) -> torch.Tensor:
        return torch.rand(n, 3, generator=rng)

    whole = make(6, torch.Generator().manual_seed(0))
    parts = [rows(2, Part(torch.Generator().manual_seed(0), index, 3), make) for index in range(3)]
    assert torch.equal(torch.cat(parts), whole)


def test_alone_nothing_changes() -> None:
    rng = torch.Generator()
    assert distributed.join("cpu") == (distributed.ALONE, "cpu")
    assert distributed.ALONE.rng(rng) is rng and distributed.ALONE.own_rng(rng) is rng
    assert distributed.ALONE.agree(True) and not distributed.ALONE.agree(False)
    apart = [distributed.Share(rank, 2).own_rng(torch.Generator().manual_seed(0)) for rank in range(2)]
    assert apart[0].initial_seed() != apart[1].initial_seed()


def test_a_process_that_fails_ends_the_others(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import os, sys, time\nsys.exit(7) if os.environ['RANK'] == '1' else time.sleep(60)\n")
    start = time.monotonic()
    assert launch([str(program)], 2) == 7
    assert time.monotonic() - start < 30


def train(out: Path, *more: str) -> list[str]:
    return ["train", "digits", "--threads", "1", "--processes", "2", "--out", str(out), *more]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a child")
def test_the_command_can_be_interrupted_and_goes_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "ganwidgets", *train(tmp_path, "--steps", "500", "--save-every", "2")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=hear_interrupts)
    for _ in range(600):
        if (tmp_path / "digits.png").exists():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and output.count("--resume") == 1
    reached = checkpoints.load(tmp_path / "digits.safetensors").config["step"]
    assert 2 <= reached < 500
    # What two have saved, one can go on with: the state is that of the whole training.
    goal = str(reached + 1)
    single = ["train", "digits", "--threads", "1", "--out", str(tmp_path)]
    assert main([*single, "--steps", "500", "--stop-after", goal, "--resume"]) == 0
    assert checkpoints.load(tmp_path / "digits.safetensors").config["step"] == reached + 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--processes", "0"], "--processes must be a whole number of at least 1, not 0"),
        (["--processes", "5"], "batch_size: 64 does not divide by 5 processes"),
        (["--device", "mps"], "device: 'mps' cannot be shared by several processes"),
        (["--device", "pencil"], "device: there is no 'pencil'"),
        (["--resume"], "--resume: there is no"),
    ],
)
def test_what_cannot_be_shared_is_refused_before_it_starts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    assert main(train(tmp_path, *more)) == 2
    error = capfd.readouterr().err
    assert message in error and error.count("\n") == 1


def test_what_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size: 8 does not divide by 3 processes"):
        trainer("noise").divide(distributed.Share(0, 3))
    with pytest.raises(ValueError, match="unroll: got 2; with several processes only 0 is allowed"):
        trainer("noise", unroll=2).divide(distributed.Share(0, 2))


if __name__ == "__main__":
    torch.set_num_threads(1)
    work(Path(sys.argv[1]))
