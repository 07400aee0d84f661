"""Mode collapse on the ring and the grid of the papers: the remedies beside each other, each over many seeds.

The set-up is the published one (VEEGAN, arXiv:1705.07761; PacGAN, arXiv:1712.04086, section 4.1): a ring of 8 Gaussians
(radius 1, σ 0.01) and a grid of 25 (spacing 2, σ 0.05), 2,500 samples, high quality within 3σ of a mode, a mode covered
by at least one such sample. All rows of ours have the same networks and batch and, but where a row's name says so, the
same steps, schedule and averaged G; they differ in the loss and the remedy.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks import machine, report
from ganwidgets import datasets
from ganwidgets.datasets import PointData
from ganwidgets.ensemble import Pair
from ganwidgets.files import write_whole
from ganwidgets.mode_table import HEAD, ModeRow, Setup, mode_collapse_table
from ganwidgets.models import mlp
from ganwidgets.training import TrainConfig

SECTION = "mode collapse"
POINTS = 100_000
HIDDEN, G_LAYERS, D_LAYERS = 64, 4, 3
#: The half-width of each cloud: D's input is divided by it, and G's output multiplied.
SCALES = {"ring": 1.0, "grid": 4.0}
COMMON: dict[str, Any] = dict(
    batch_size=256, lr_g=2e-3, lr_d=4e-3, betas=(0.0, 0.99), ema=0.9997, warmup=100, decay_from=0.4, decay_to=0.0
)
#: As in common examples: one small rate throughout, momentum, and G as it is at the end.
CUSTOMARY: dict[str, Any] = dict(lr_g=1e-3, lr_d=1e-3, betas=(0.5, 0.999), ema=0.0, decay_from=1.0)
OURS = "relativistic, R1 + R2"

RECIPE: dict[str, Any] = dict(loss="relativistic", r1=0.1, r2=0.1, penalty_every=4)
LONG = 30_000
#: The paper unrolls the one value of the game, so G's loss is the saturating one. The rates are lower than in `COMMON`:
#: G's gradient runs through D's steps, and has to be able to follow them.
UNROLLED: dict[str, Any] = dict(loss="minimax", unroll=3, lr_g=1e-3, lr_d=1e-3)

#: By row: the settings beside `COMMON`, and how many samples D judges at once.
ROWS: dict[str, tuple[dict[str, Any], int]] = {
    f"{OURS}, {LONG:,} steps": (RECIPE | dict(steps=LONG), 1),
    OURS: (RECIPE, 1),
    "R1": (dict(r1=0.1, penalty_every=4), 1),
    "plain, customary settings": (CUSTOMARY, 1),
    "plain": ({}, 1),
    "packed, 2": ({}, 2),
    "packed, 4": ({}, 4),
    "WGAN-GP, 2 critic steps": (dict(loss="wasserstein", gp=0.1, n_critic=2), 1),
    "unrolled, 3 steps, minimax": (UNROLLED, 1),
}

#: Modes, share of high quality in per cent, reverse KL, where they were published.
PUBLISHED: dict[str, list[list[str]]] = {
    "ring": [
        ["GAN (VEEGAN's table 1)", "1.0", "99.3 %", "–"],
        ["VEEGAN (its table 1)", "8.0", "52.9 %", "–"],
        ["GAN (PacGAN's table 1)", "6.3", "98.2 %", "0.45"],
        ["PacGAN4 (its table 1)", "7.8", "95.9 %", "0.07"],
    ],
    "grid": [
        ["GAN (VEEGAN's table 1)", "3.3", "0.5 %", "–"],
        ["VEEGAN (its table 1)", "24.6", "40.0 %", "–"],
        ["GAN (PacGAN's table 1)", "17.3", "94.8 %", "0.70"],
        ["PacGAN4 (its table 1)", "24.8", "93.6 %", "0.04"],
    ],
}


def setup(name: str, data: str, steps: int) -> Setup:
    """The row of that name for "ring" or "grid"."""
    settings, pack = ROWS[name]
    return Setup(TrainConfig(**(COMMON | dict(steps=steps) | settings)), partial(pair, SCALES[data], pack))


def pair(scale: float, pack: int) -> Pair:
    """New networks for data of that half-width."""
    G = mlp.Generator(hidden=HIDDEN, layers=G_LAYERS, scale=scale)
    return G, mlp.Discriminator(hidden=HIDDEN, layers=D_LAYERS, scale=scale, pack=pack)


def place(name: str, data: str, keep: Path) -> Path:
    """Where the folder `keep` has the row of that name, once it is finished."""
    return keep / f"{data}, {name.replace('/', ' ')}.json"


def how(name: str, data: str, steps: int, seeds: int) -> str:
    """All that the row of that name depends on."""
    settings, pack = ROWS[name]
    networks = f"{G_LAYERS} and {D_LAYERS} layers of {HIDDEN}, scale {SCALES[data]}, packs of {pack}"
    return f"{POINTS} points of {data}, {COMMON | dict(steps=steps) | settings}, {networks}, {seeds} seeds"


def kept(name: str, data: str, keep: Path | None, how: str) -> list[str] | None:
    """The row that an earlier run left in the folder `keep`; None where there is none that was made in this way."""
    try:
        record = json.loads(place(name, data, keep).read_text(encoding="utf-8")) if keep is not None else {}
        return [name, *record["cells"][1:]] if record["how"] == how else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def trained(name: str, data: str, keep: Path | None, how: str, make: Callable[[], ModeRow]) -> list[str]:
    """The row as it is printed, and its minutes; with every seed's numbers it also goes into the folder `keep`."""
    row = make()
    found = [*row.cells(), f"{row.seconds / 60:.1f}"]
    if keep is not None:
        record = {"how": how, "cells": found, "seeds": row.seeds, "looks": row.looks.tolist()}
        for key in ("counts", "modes_covered", "high_quality", "reverse_kl"):
            record[key] = getattr(row, key).tolist()
        write_whole(place(name, data, keep), json.dumps(record).encode())
    return found


def table(name: str, args: argparse.Namespace) -> str:
    """Train every row on that data set; the table as Markdown, the published rows first."""
    data = datasets.toy(name, n=POINTS)
    assert data.modes is not None
    rows = [[label, modes, "", "", quality, "", kl, "", "", "", ""] for label, modes, quality, kl in PUBLISHED[name]]
    for label in args.rows or ROWS:
        recipe = how(label, name, args.steps, args.seeds)
        row = kept(label, name, args.keep, recipe)
        if row is None and args.finished:
            continue
        make = partial(_first_row, {label: setup(label, name, args.steps)}, data, args.seeds)
        rows.append(row or trained(label, name, args.keep, recipe, make))
        print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    head = [f"{name}, {len(data.modes)} modes", *HEAD[1:], "minutes"]
    return report.table(head, rows)


def _first_row(configs: dict[str, Setup], data: PointData, seeds: int) -> ModeRow:
    return mode_collapse_table(configs, data, seeds).rows[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--seeds", type=int, default=10, help="trainings in each row of ours (default: 10)")
    parser.add_argument("--steps", type=int, default=4000, help="steps of each training (default: 4000)")
    parser.add_argument("--rows", nargs="*", choices=list(ROWS), metavar="ROW", help="these rows only (default: all)")
    parser.add_argument(
        "--data", nargs="*", choices=list(SCALES), default=list(SCALES), help="on these (default: both)"
    )
    parser.add_argument("--finished", action="store_true", help="train nothing: the rows found in --keep only")
    parser.add_argument("--keep", type=Path, help="a folder for finished rows, with every seed's numbers; rows found "
                        "there are not trained again")  # fmt: skip


def run(args: argparse.Namespace) -> str:
    """Measure, and return the tables with what they need to be understood, as Markdown."""
    torch.set_num_threads(1)
    load = machine.load()
    tables = [table(name, args) for name in args.data]
    return "\n\n".join([
        machine.header(load),
        f"{args.seeds} seeds (0 to {args.seeds - 1}) a row, {args.steps} steps, batch {COMMON['batch_size']}; G "
        f"has {G_LAYERS} hidden layers of {HIDDEN}, D {D_LAYERS}, z is 2 normal numbers; 2,500 samples of each seed.",
        *tables,
    ])  # fmt: skip


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
