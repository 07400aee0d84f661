"""Training steps per second: our `Trainer` beside the well-known DCGAN example loop, at one size, in one run.

The contestants take turns, a few steps each, so that whatever else the machine does falls on all of them. A step is one
update of D and one of G. The images are noise: speed does not depend on what they show.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from benchmarks import machine, report
from benchmarks.example_loop import ExampleLoop, discriminator
from benchmarks.peak import flops, matmul_peak
from ganwidgets.datasets import ImageData
from ganwidgets.models import dcgan
from ganwidgets.train_config import PRECISIONS, TrainConfig
from ganwidgets.training import Trainer

SECTION = "training speed"
PENALTY_EVERY = 4
#: The faces recipe's penalties; see `ganwidgets.recipes`.
PENALTY = 2.0
Speeds = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Size:
    """What is trained: 64×64×3 images, networks of so many `channels`, batches of so many images."""

    channels: int = 32
    batch_size: int = 64
    images: int = 2048
    z_dim: int = 100


@dataclass(frozen=True)
class Contestant:
    """`step()` makes one training step, most of its arithmetic in `precision`."""

    name: str
    step: Callable[[], object]
    precision: str = "float32"


class ExampleD(nn.Module):
    """The example's own discriminator, batch normalisation and all, with logits `(N,)` as our Trainer wants them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = discriminator(channels)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits.flatten()


def contestants(size: Size) -> list[Contestant]:
    """The example first, then ours; each with fresh networks and the same images."""
    pixels = np.random.default_rng(0).integers(0, 256, (size.images, 64, 64, 3), dtype=np.uint8)
    floats = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1
    data = ImageData(pixels, None, "noise")

    def ours(name: str, precision: str, D: nn.Module, penalty: float = 0.0) -> Contestant:
        G = dcgan.Generator(z_dim=size.z_dim, channels=size.channels)
        config = TrainConfig(
            batch_size=size.batch_size, precision=precision, r1=penalty, r2=penalty, penalty_every=PENALTY_EVERY
        )
        return Contestant(name, Trainer(G, D, data, config).__next__, precision)

    def our_d() -> nn.Module:
        return dcgan.Discriminator(channels=size.channels)

    return [
        Contestant("the example loop, float32", ExampleLoop(floats, size.channels, size.batch_size, size.z_dim).step),
        ours("Trainer, the example's D, float32", "float32", ExampleD(size.channels)),
        ours("Trainer, the example's D, bfloat16", "bfloat16", ExampleD(size.channels)),
        ours("Trainer, our D, float32", "float32", our_d()),
        ours("Trainer, our D, bfloat16", "bfloat16", our_d()),
        ours(f"Trainer, our D, bfloat16, R1 + R2 every {PENALTY_EVERY}th step", "bfloat16", our_d(), PENALTY),
    ]


def measure(field: Sequence[Contestant], rounds: int, steps: int) -> Speeds:
    """Steps per second `(rounds,)` of each contestant: in every round each makes `steps` steps, one after the other."""
    for contestant in field:
        contestant.step()
    seconds = np.zeros((rounds, len(field)))
    for turn in range(rounds):
        for place, contestant in enumerate(field):
            start = time.perf_counter()
            for _ in range(steps):
                contestant.step()
            seconds[turn, place] = time.perf_counter() - start
    return {contestant.name: steps / seconds[:, place] for place, contestant in enumerate(field)}


def efficiencies(field: Sequence[Contestant]) -> dict[str, float]:
    """By contestant, the least share of the machine's peak that one step a second would be.

    The operations are those of an average step, over as many as it takes for every lazy penalty to come once; the peak
    is the machine's own matrix product in the contestant's precision.
    """
    peaks = {name: matmul_peak(PRECISIONS[name]) for name in {contestant.precision for contestant in field}}
    shares = {}
    for contestant in field:
        operations = sum(flops(contestant.step) for _ in range(PENALTY_EVERY)) / PENALTY_EVERY
        shares[contestant.name] = operations / peaks[contestant.precision]
    return shares


def rows(speeds: Speeds, shares: dict[str, float]) -> list[list[str]]:
    """Name, steps per second, how many times the first one's, round by round, and the share of the peak in per cent."""
    peer = next(iter(speeds.values()))
    return [
        [name, report.spread(values), report.spread(values / peer, 2), report.median(100 * shares[name] * values)]
        for name, values in speeds.items()
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--threads", type=int, default=1, help="threads that torch may use (default: 1)")
    parser.add_argument("--rounds", type=int, default=12, help="how often each takes its turn (default: 12)")
    parser.add_argument("--batch", type=int, default=64, help="images in a batch (default: 64)")
    parser.add_argument("--channels", type=int, default=32, help="width of both networks (default: 32)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    load = machine.load()
    size = Size(channels=args.channels, batch_size=args.batch)
    field = contestants(size)
    shares = efficiencies(field)
    speeds = measure(field, args.rounds, steps=PENALTY_EVERY)
    return "\n\n".join([
        machine.header(load),
        f"DCGAN, 64×64×3, {size.channels} channels, batch {size.batch_size}, {args.threads} thread(s); steps/s: "
        f"medians (least to most) of {args.rounds} rounds of {PENALTY_EVERY} steps, in turns. Of the peak: the "
        "arithmetic of matrix products and convolutions done a second, as a share of what a large matrix product "
        "reaches in the same precision.",
        report.table(["", "steps/s", "× the example", "% of the peak"], rows(speeds, shares)),
    ])  # fmt: skip


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
