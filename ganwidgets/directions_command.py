"""`ganwidgets directions`: find the named directions of a faces generator, and store them in its checkpoint."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from ganwidgets import checkpoints, directions, latent, readers
from ganwidgets.directions import Effect
from ganwidgets.mosaic import mosaic

WORKS = 0.5
"""How far a target must rise between the ends for its direction to be kept."""

JUDGED = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets directions`."""
    parser.add_argument("checkpoint", help="a shipped checkpoint of a faces generator by name, or a path")
    parser.add_argument("--n", type=int, default=10_000, help="pictures to learn from (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the z (default: 0)")
    parser.add_argument("--reader", default="faces", help="an attribute reader by name or path (default: faces)")
    parser.add_argument("--sheet", type=Path, help="write a picture of eight faces along each direction here")
    parser.add_argument("--dry-run", action="store_true", help="measure, and leave the checkpoint as it is")
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's choice)")


def run(args: argparse.Namespace) -> int:
    """Find, measure, print and store the directions; the exit status, 1 when none works."""
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    checkpoint, reader = checkpoints.load(args.checkpoint), readers.load(args.reader)
    render, z_dim = latent.renderer(checkpoint.G), latent.z_dim_of(checkpoint.G)
    prior = checkpoint.config.get("train", {}).get("prior", "normal")
    read = partial(readers.read, reader)
    with tqdm(total=args.n, unit="picture", desc="Reading") as bar:
        counted = _counted(render, bar)
        found = directions.attribute_directions(
            counted, z_dim, read, reader.factors, n=args.n, seed=args.seed, prior=prior
        )
    z = latent.sample(JUDGED, z_dim, args.seed + 1, prior)
    judged = directions.measure(render, read, reader.factors, found, z)
    effects = list(tqdm(judged, total=len(found), unit="direction", desc="Measuring"))
    print(table(effects))
    kept = {effect.name: found[effect.name] for effect in effects if effect.rise >= WORKS}
    if args.sheet is not None:
        sheet(render, kept, z[:8]).save(args.sheet)
    if not kept:
        print("None works; the checkpoint is as it was.")
        return 1
    if not args.dry_run:
        path = checkpoints.add_directions(args.checkpoint, kept)
        print(f"Stored {len(kept)} directions in {path}: {', '.join(kept)}.")
    return 0


def table(effects: Sequence[Effect]) -> str:
    """A line for each direction: the target's mean by step, how much the rest changes, and what changes most."""
    steps = effects[0].steps if effects else ()
    lines = [f"{'direction':14}" + "".join(f"{step:+6.0f}" for step in steps) + "   others  most disturbed"]
    for effect in effects:
        worst = sorted(effect.disturbed.items(), key=lambda item: -item[1])[:3]
        scores = "".join(f"{score:6.2f}" for score in effect.scores)
        most = ", ".join(f"{factor} {share:.2f}" for factor, share in worst)
        verdict = "" if effect.rise >= WORKS else "  (dropped)"
        lines.append(f"{effect.name:14}{scores}   {effect.others:6.2f}  {most}{verdict}")
    return "\n".join(lines)


def sheet(render: latent.Render, found: dict[str, np.ndarray], z: np.ndarray) -> Image.Image:
    """Blocks beside each other in threes, one a direction: a row for each z, a column for each step."""
    blocks = []
    for direction in found.values():
        steps = np.stack([render(directions.place(z, direction, step)) for step in directions.STEPS], axis=1)
        blocks.append(mosaic(steps.reshape(-1, *steps.shape[2:]), across=len(directions.STEPS)))
    return Image.fromarray(mosaic(np.stack(blocks), across=3, gap=16)) if blocks else Image.new("RGB", (1, 1))


def _counted(render: latent.Render, bar: tqdm) -> latent.Render:
    def counting(z: latent.FloatArray) -> np.ndarray:
        images = render(z)
        bar.update(len(z))
        return images

    return counting
