"""Stacked digits: how many of the 1000 numbers trained generators draw, beside the published rows.

The set-up is PacGAN's (Lin et al. 2018, arXiv:1712.04086, section 4.2 and table 2): 26,000 samples of a generator, read
by a classifier; a mode is a number that was read at least once, and KL is that of the samples over the numbers to the
uniform distribution, natural logarithm. Real held-out digits, read and counted likewise, say how good a row can be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch

from benchmarks import machine, report
from ganwidgets import checkpoints, latent, readers, stacked
from ganwidgets.checkpoints import Checkpoint

SECTION = "stacked digits"
PUBLISHED = (("DCGAN", 99.0, 3.40), ("VEEGAN", 150.0, 2.95), ("PacDCGAN2", 1000.0, 0.06))
CHUNK = 500
Counts = list[stacked.NumberCount]


def samples(checkpoint: Checkpoint, n: int, seed: int) -> npt.NDArray[np.uint8]:
    """`n` unpicked images `(n, 28, 28, 3)` uint8 of the checkpoint's G."""
    z = latent.sample(n, int(checkpoint.G.z_dim), seed, checkpoint.config["train"]["prior"])  # type: ignore[arg-type]
    parts: Iterator[npt.NDArray[np.uint8]] = (
        latent.generate(checkpoint.G, z[start : start + CHUNK]) for start in range(0, n, CHUNK)
    )
    return np.concatenate(list(parts))


def set_up(config: dict[str, object]) -> str:
    """How a checkpoint was trained, in one line."""
    train, D = config["train"], config["D"]
    assert isinstance(train, dict) and isinstance(D, dict) and isinstance(config["G"], dict)
    remedies = [f"{name} {train[name]:g}" for name in ("r1", "r2", "gp") if train.get(name)]
    remedies += [f"packs of {D['pack']}"] if D.get("pack", 1) > 1 else []
    remedies += ["minibatch standard deviation"] if D.get("minibatch_std") else []
    words = [f"{train['loss']} loss".replace("_", "-"), *remedies, f"G {config['G']['channels']} channels"]
    words += [f"D {D['channels']}", f"batch {train['batch_size']}", f"Adam {train['lr_g']:g} β₁ {train['betas'][0]:g}"]
    return ", ".join([*words, str(train["precision"]), f"EMA {train['ema']:g}", f"seed {train['seed']}"])


def row(name: str, effort: str, counts: Counts) -> list[str]:
    """Name, effort, and of several draws the median, least and most of modes and KL."""
    modes, kl = [count.modes for count in counts], [count.reverse_kl for count in counts]
    return [name, effort, report.spread(modes, 0), report.spread(kl, 3)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which generators are judged, and by how much."""
    parser.add_argument(
        "--checkpoints", nargs="+", default=[], metavar="FILE", help="generators of stacked digits, by name or path"
    )
    parser.add_argument("--samples", type=int, default=stacked.SAMPLES, help="images in a draw (default: 26,000)")
    parser.add_argument("--draws", type=int, default=3, help="how often each generator is asked (default: 3)")


def run(args: argparse.Namespace) -> str:
    """Count, and return the table with what it needs to be understood, as Markdown."""
    torch.set_num_threads(1)
    reader, loaded = readers.load("digits"), [checkpoints.load(path) for path in args.checkpoints]
    seeds = range(args.draws)
    real = [stacked.digits(args.samples, seed, "test") for seed in seeds]
    exact = np.mean([(stacked.read_numbers(reader, data.images) == data.labels).mean() for data in real])
    rows = [row("real held-out digits", "", [stacked.count_modes(reader, data.images) for data in real])]
    for checkpoint in loaded:
        counts = [stacked.count_modes(reader, samples(checkpoint, args.samples, seed)) for seed in seeds]
        effort = f"{checkpoint.config['step']:,} steps, {checkpoint.config['seconds'] / 60:.0f} min"
        rows.append(row(f"ours: {checkpoint.name}", effort, counts))
    rows += [[f"PacGAN's table 2: {name}", "", f"{modes:g}", f"{kl:.2f}"] for name, modes, kl in PUBLISHED]
    return "\n\n".join([
        machine.header(),
        f"{args.samples:,} samples a draw, {args.draws} draws of z (seeds 0 to {args.draws - 1}) from one training "
        f"each: median (least to most). The reader gets all three digits right in {exact:.1%} of held-out pictures; "
        f"chance alone gives the truth a KL of about {(stacked.MODES - 1) / (2 * args.samples):.3f}. "
        "Times are those of one thread.",
        *_notes(loaded),
        report.table(["", "training", "modes of 1000", "KL to uniform"], rows),
    ])  # fmt: skip


def _notes(loaded: Sequence[Checkpoint]) -> list[str]:
    return ["\n".join(f"- {c.name}: {set_up(c.config)}" for c in loaded)] if loaded else []


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
