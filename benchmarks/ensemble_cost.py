"""The 2-D GAN: our `Trainer` beside a plain loop, and what many seeds at once cost beside one, in one run.

The contestants take turns, a few steps each, so that whatever else the machine does falls on all of them. A step of an
ensemble is one step of each of its seeds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchmarks import machine, report
from benchmarks.training_speed import Contestant, Speeds, measure
from ganwidgets import datasets
from ganwidgets.ensemble import Ensemble, Pair
from ganwidgets.models import mlp
from ganwidgets.training import TrainConfig, Trainer

SECTION = "ensembles"
SEEDS = (1, 4, 16, 64)


class PlainLoop:
    """The same networks and settings in the manner of the common examples: D runs separately on reals and on fakes
    with a backward pass each, D's gradients are computed in G's step and thrown away, Adam walks over the parameters
    one by one, and four numbers are read out in every step. Every call of `step` is one step of D and one of G."""

    def __init__(self, points: Tensor, pair: Pair, config: TrainConfig) -> None:
        self.points, self.config = points, config
        self.G, self.D = pair
        self.criterion = nn.BCEWithLogitsLoss()
        self.opt_d = torch.optim.Adam(self.D.parameters(), lr=config.lr_d, betas=config.betas)
        self.opt_g = torch.optim.Adam(self.G.parameters(), lr=config.lr_g, betas=config.betas)
        self.rng = torch.Generator().manual_seed(config.seed)

    def step(self) -> tuple[float, float, float, float]:
        """Returns D's loss, G's loss, the mean of D(x) and that of D(G(z)) before D's update."""
        n, latent_size = self.config.batch_size, int(self.G.z_dim)  # type: ignore[arg-type]
        x_real = self.points[torch.randint(len(self.points), (n,), generator=self.rng)]
        self.D.zero_grad()
        real_logits, real_loss = self._judge(x_real, 1.0)
        real_loss.backward()
        x_fake = self.G(torch.randn(n, latent_size, generator=self.rng))
        fake_logits, fake_loss = self._judge(x_fake.detach(), 0.0)
        fake_loss.backward()
        self.opt_d.step()
        self.G.zero_grad()
        _, g_loss = self._judge(x_fake, 1.0)
        g_loss.backward()
        self.opt_g.step()
        scores = [torch.sigmoid(logits.detach()).mean().item() for logits in (real_logits, fake_logits)]
        return (real_loss + fake_loss).item(), g_loss.item(), scores[0], scores[1]

    def _judge(self, x: Tensor, label: float) -> tuple[Tensor, Tensor]:
        logits = self.D(x)
        return logits, self.criterion(logits, torch.full_like(logits, label))


def contestants(hidden: int, batch_size: int, seeds: Sequence[int] = SEEDS) -> list[Contestant]:
    """The plain loop first, then ours; each with fresh networks and the same points."""
    data = datasets.toy("ring_wide", n=10_000)
    config = TrainConfig(batch_size=batch_size)

    def pair() -> Pair:
        return mlp.Generator(hidden=hidden), mlp.Discriminator(hidden=hidden)

    plain = PlainLoop(torch.from_numpy(data.points.copy()), pair(), config)
    field = [Contestant("the plain loop", plain.step), Contestant("Trainer", Trainer(*pair(), data, config).__next__)]
    ensembles = [(n, Ensemble(pair, data, config, n)) for n in seeds]
    return field + [Contestant(f"Ensemble, {n} seed{'s' * (n > 1)}", one.__next__) for n, one in ensembles]


def rows(speeds: Speeds, seeds: Sequence[int] = SEEDS) -> list[list[str]]:
    """Name, steps per second, the time of a step and the time by seed as multiples of the plain loop's."""
    peer = next(iter(speeds.values()))
    counts = [1, 1, *seeds]
    return [
        [name, report.spread(values), report.spread(peer / values, 2), report.spread(peer / values / n, 2)]
        for n, (name, values) in zip(counts, speeds.items(), strict=True)
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--turns", type=int, default=12, help="how often each 2-D training has its turn (default: 12)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    load = machine.load()
    hidden, batch_size, steps = 64, 128, 20
    speeds = measure(contestants(hidden, batch_size), args.turns, steps)
    return "\n\n".join([
        machine.header(load),
        f"MLP, 3 hidden layers of {hidden}, batch {batch_size}, 1 thread; medians (least to most) of {args.turns} "
        f"rounds of {steps} steps, in turns. A step of n seeds is one step of each.",
        report.table(["", "steps/s", "time of a step, × the plain loop", "and by seed"], rows(speeds)),
    ])  # fmt: skip


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
