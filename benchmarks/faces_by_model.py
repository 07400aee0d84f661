"""Cartoon faces by models of different kinds: how good and how varied, and what a picture costs.

Every model draws as many faces as are held out, from the same seed. The attribute reader compares the two sets: by its
features, and in words. `python -m benchmarks.faces_by_model --models NAME=PATH …` says nothing about budgets by itself:
it prints the time that each checkpoint says it was trained for.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from benchmarks import machine, report
from ganwidgets import checkpoints, datasets, faces, latent, metrics, readers
from ganwidgets.models.reader import AttributeReader

SECTION = "faces by model"
COMBINED = ("skin", "hair_style", "hair_colour")
BATCH = 64
HEAD = ["", "parameters, M", "steps", "trained, s", "Fréchet", "attribute TV", "combinations", "precision", "recall",
        f"{BATCH} pictures, ms"]  # fmt: skip

Pixels = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """What the reader makes of a set of faces: `features` `(N, 128)`, and the number `(N,)` of each factor's value."""

    features: FloatArray
    codes: dict[str, npt.NDArray[np.int64]]

    @classmethod
    def of(cls, reader: AttributeReader, images: Pixels) -> Seen:
        codes = {factor: answers.argmax(axis=1) for factor, answers in readers.read(reader, images).items()}
        return cls(readers.features(reader, images), codes)


@dataclass(frozen=True)
class Scores:
    """`frechet`: 0 or more. `variation`: mean over the factors, 0 to 1. `combinations`: a count. Two shares, 0 to 1."""

    frechet: float
    variation: float
    combinations: int
    precision: float
    recall: float

    @property
    def cells(self) -> list[str]:
        shares = [f"{self.precision:.2f}", f"{self.recall:.2f}"]
        return [f"{self.frechet:.1f}", f"{self.variation:.3f}", str(self.combinations), *shares]


def score(real: Seen, fake: Seen) -> Scores:
    """How far `fake` is from `real`."""
    pair = metrics.precision_recall(real.features, fake.features)
    frechet = metrics.frechet_distance(real.features, fake.features)
    return Scores(frechet, variation(real, fake), combinations(fake), pair.precision, pair.recall)


def variation(real: Seen, fake: Seen) -> float:
    """Total variation between the shares of a factor's values, ½ Σ|p − q|, averaged over the factors."""
    distances = []
    for factor, codes in real.codes.items():
        both = [np.bincount(c, minlength=len(faces.ATTRIBUTES[factor])) / len(c) for c in (codes, fake.codes[factor])]
        distances.append(np.abs(both[0] - both[1]).sum() / 2)
    return float(np.mean(distances))


def combinations(seen: Seen) -> int:
    """How many different combinations of skin, hair style and hair colour there are."""
    return len(set(zip(*(seen.codes[factor].tolist() for factor in COMBINED), strict=True)))


def possible() -> int:
    """How many such combinations the data set can have."""
    return int(np.prod([len(faces.ATTRIBUTES[factor]) for factor in COMBINED]))


def drawn(model: checkpoints.Checkpoint, n: int, seed: int) -> tuple[Pixels, float]:
    """`n` faces `(n, H, W, C)` uint8 of the model, and the median seconds for a whole batch of them."""
    z = latent.sample(n, int(model.G.z_dim), seed)  # type: ignore[arg-type]
    parts, seconds = [], []
    for first in range(0, n, BATCH):
        start = time.perf_counter()
        parts.append(latent.generate(model.G, z[first : first + BATCH]))
        if len(parts[-1]) == BATCH or n < BATCH:
            seconds.append(time.perf_counter() - start)
    return np.concatenate(parts), float(np.median(seconds))


def row(name: str, model: checkpoints.Checkpoint, real: Seen, reader: AttributeReader, n: int, seed: int) -> list[str]:
    """One line of the table."""
    images, seconds = drawn(model, n, seed)
    millions = sum(p.numel() for p in model.G.parameters()) / 1e6
    facts = [f"{millions:.2f}", f"{model.config.get('step', 0):,}", f"{model.config.get('seconds', 0):,}"]
    return [name, *facts, *score(real, Seen.of(reader, images)).cells, f"{1000 * seconds:.0f}"]


def named(argument: str) -> tuple[str, str]:
    """`NAME=PATH`, or the path or name of a checkpoint alone, which then also names the row."""
    name, found, path = argument.partition("=")
    if not name or (found and not path):
        raise ValueError(f"--models: expected NAME=PATH or a checkpoint, got {argument!r}")
    return (name, path) if found else (Path(argument).stem, argument)


def shipped() -> list[str]:
    """The checkpoints of the package that were trained on the faces."""
    loaded = {name: checkpoints.load(name) for name in checkpoints.available()}
    return [name for name, c in loaded.items() if c.config.get("data") == "faces"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what is measured."""
    parser.add_argument("--models", nargs="+", metavar="NAME=PATH", help="checkpoints (default: the shipped ones)")
    parser.add_argument("--faces", type=int, default=2000, help="how many faces each draws, up to 2,000 (default)")
    parser.add_argument("--seed", type=int, default=0, help="seed of z (default: 0)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    torch.set_num_threads(1)
    load = machine.load()
    models = [(name, checkpoints.load(path)) for name, path in map(named, args.models or shipped())]
    reader = readers.load("faces")
    held_out = datasets.load("faces", "test").images[: args.faces]
    real = Seen.of(reader, held_out)
    floor = score(real, Seen.of(reader, datasets.load("faces").images[: len(held_out)]))
    rows = [["other real faces: the floor", "–", "–", "–", *floor.cells, "–"]]
    rows += [row(name, model, real, reader, len(held_out), args.seed) for name, model in models]
    return "\n\n".join([machine.header(load), caption(len(held_out), combinations(real)), report.table(HEAD, rows)])


def caption(n: int, held_out: int) -> str:
    """What stands between the machine and the table."""
    return (
        f"{n:,} faces of each beside {n:,} held-out ones, in which {held_out} of the {possible()} combinations of "
        f"skin, hair style and hair colour occur; one thread."
    )


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    report.main([sys.modules[__name__]], __doc__, argv)


if __name__ == "__main__":
    main()
