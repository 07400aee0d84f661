"""Few labelled digits: does a generator that was trained on the same few help a classifier that is trained on them?

For each seed other digits are drawn, as many of each class; a conditional G (the recipe `digits_conditional`, with
narrower networks) is trained on these alone; and small classifiers are trained on the digits, on the digits shifted at
random, on half digits and half fakes, and on fakes alone. They are tested on 2,000 held-out digits.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm.auto import tqdm

from benchmarks import machine, report
from ganwidgets import checkpoints, datasets, latent, recipes
from ganwidgets.training import Trainer

SECTION = "few labels"
FAKES, TESTED, SHIFT = 1000, 2000, 2


@dataclass(frozen=True, eq=False)
class Labelled:
    """Digits `(N, 1, 28, 28)` in [-1, 1] and their labels `(N,)`."""

    x: Tensor
    y: Tensor

    @staticmethod
    def of(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> Labelled:
        """From images `(N, 28, 28, 1)` uint8."""
        return Labelled(torch.from_numpy(images.transpose(0, 3, 1, 2) / np.float32(127.5) - 1), torch.tensor(labels))


def few(data: datasets.ImageData, n: int, seed: int) -> Labelled:
    """`n` of the digits, as many of each class."""
    assert data.labels is not None
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([
        rng.choice(np.flatnonzero(data.labels == k), n // 10, replace=False) for k in range(10)
    ])  # fmt: skip
    return Labelled.of(data.images[chosen], data.labels[chosen])


def fakes_of(reals: Labelled, steps: int, channels: int, seed: int) -> Labelled:
    """Train a conditional G on `reals`, and draw as many fakes of each class."""
    torch.manual_seed(seed)
    recipe = recipes.get("digits_conditional")
    narrow = recipe.networks | {player: recipe.networks[player] | {"channels": channels} for player in "GD"}
    G, D = checkpoints.build(narrow)
    assert D is not None
    trainer = Trainer(G, D, (reals.x, reals.y), replace(recipe.train, steps=steps, seed=seed))
    for _ in tqdm(trainer, total=steps, desc=f"G on {len(reals.x)} digits", mininterval=5):
        pass
    labels = np.arange(FAKES) % 10
    return Labelled.of(latent.generate(trainer.G_ema, latent.sample(FAKES, trainer.z_dim, seed), labels), labels)


def accuracy(pools: list[Labelled], test: Labelled, seed: int, shift: int = 0, steps: int = 150) -> float:
    """The share of `test` that a small classifier gets right; its batches are drawn from all `pools` alike."""
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 5, 2, 2), nn.ReLU(), nn.Conv2d(8, 16, 5, 2, 2), nn.ReLU(), nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
    )  # fmt: skip
    opt = torch.optim.Adam(net.parameters(), lr=4e-3)
    for _ in range(steps):
        picks = [torch.randint(len(pool.x), (32 // len(pools),)) for pool in pools]
        x = torch.cat([pool.x[pick] for pool, pick in zip(pools, picks, strict=True)])
        y = torch.cat([pool.y[pick] for pool, pick in zip(pools, picks, strict=True)])
        opt.zero_grad()
        cross_entropy(net(torch.roll(x, torch.randint(-shift, shift + 1, (2,)).tolist(), (2, 3))), y).backward()
        opt.step()
    with torch.inference_mode():
        return float((net(test.x).argmax(dim=1) == test.y).float().mean())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many digits, how long a training, how many seeds."""
    parser.add_argument("--labelled", type=int, default=100, help="labelled digits in all (default: 100)")
    parser.add_argument("--g-steps", type=int, default=1500, help="steps of G's training (default: 1500)")
    parser.add_argument("--channels", type=int, default=24, help="width of G and D (default: 24)")
    parser.add_argument("--seeds", type=int, default=3, help="how many draws of digits (default: 3)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    torch.set_num_threads(1)
    train, held_out = datasets.load("digits"), datasets.load("digits", "test")
    assert held_out.labels is not None
    test = Labelled.of(held_out.images[:TESTED], held_out.labels[:TESTED])
    shares: dict[str, list[float]] = {}
    for seed in range(args.seeds):
        reals = few(train, args.labelled, seed)
        fakes = fakes_of(reals, args.g_steps, args.channels, seed)
        ways = {"the digits": [reals], "the digits, shifted": [reals], "half digits, half fakes": [reals, fakes]}
        for name, pools in (ways | {"fakes only": [fakes]}).items():
            shift = SHIFT if "shifted" in name else 0
            shares.setdefault(name, []).append(accuracy(pools, test, seed, shift))
    rows = [[name, f"{np.mean(v):.1%}", f"{np.std(v, ddof=1):.1%}"] for name, v in shares.items()]
    return "\n\n".join([
        machine.header(),
        f"{args.labelled} labelled digits, {args.seeds} draws of them; G and D with {args.channels} channels, trained "
        f"for {args.g_steps:,} steps on these digits alone, {FAKES:,} fakes; {TESTED:,} digits to be tested on.",
        report.table(["the classifier is trained on", "right, mean", "standard deviation"], rows),
    ])  # fmt: skip


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
