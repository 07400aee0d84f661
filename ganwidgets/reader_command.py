"""`ganwidgets reader`: train the network that reads a face's attributes, or which digit is written, and save it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from ganwidgets import datasets, faces, readers
from ganwidgets.models.reader import AttributeReader

BATCH = 64
RATE = 4e-3


@dataclass(frozen=True)
class Lesson:
    """What a reader of one data set learns. `shift`: by how many pixels its pictures are moved about at most."""

    factors: Mapping[str, Sequence[str]]
    epochs: float
    shift: int = 0
    remark: str = ""


LESSONS = {
    "faces": Lesson(faces.ATTRIBUTES, 6, remark=" (a hat or sunglasses may hide what is asked for)"),
    "digits": Lesson({"digit": datasets.DIGITS}, 12, shift=2),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets reader`."""
    epochs = ", ".join(f"{lesson.epochs} for {name}" for name, lesson in LESSONS.items())
    parser.add_argument("--data", choices=tuple(LESSONS), default="faces", help="what it reads (default: faces)")
    parser.add_argument("--epochs", type=float, help=f"passes over the 20,000 images (default: {epochs})")
    parser.add_argument("--channels", type=int, default=24, help="width of the first layer (default: 24)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, batches and noise (default: 0)")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for DATA.safetensors (default: runs)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's choice)")


def run(args: argparse.Namespace) -> int:
    """Train, print the accuracy on held-out images, save; the exit status."""
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    lesson = LESSONS[args.data]
    epochs = lesson.epochs if args.epochs is None else args.epochs
    if epochs <= 0:
        raise ValueError(f"--epochs: got {epochs}; expected more than 0")
    known, held_out = datasets.load(args.data), datasets.load(args.data, "test")
    side, colours = known.images.shape[2:]
    # Layers draw their first weights from the global generator; this is a program of its own, so it may seed it.
    torch.manual_seed(args.seed)
    reader = AttributeReader(lesson.factors, args.channels, side, colours)
    train(reader, known, max(1, round(epochs * len(known) / BATCH)), args.seed, lesson.shift)
    scores = readers.accuracy(reader, held_out.images, readers.named(held_out))
    print(f"Read rightly on {len(held_out)} held-out {args.data}{lesson.remark}:")
    for factor, score in scores.items():
        print(f"  {factor:12} {score:6.1%}")
    about: dict[str, Any] = {"data": args.data, "epochs": epochs, "seed": args.seed}
    about["held_out"] = {factor: round(score, 4) for factor, score in scores.items()}
    path = readers.save(args.out / f"{args.data}.safetensors", reader, about)
    print(f"Saved {path}, {path.stat().st_size:,} bytes.")
    return 0


def train(reader: AttributeReader, data: datasets.ImageData, steps: int, seed: int, shift: int = 0) -> None:
    """Teach `reader` the attributes of `data`, in place; it is in eval mode afterwards.

    `shift`: pictures are moved by up to so many pixels, left, right, up and down.
    """
    images = torch.from_numpy(np.array(data.images)).permute(0, 3, 1, 2)
    codes = {factor: torch.from_numpy(values) for factor, values in readers.encode(reader, readers.named(data)).items()}
    rng = torch.Generator().manual_seed(seed)
    reader.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(reader.parameters(), RATE, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=max(steps, 2))
    with tqdm(total=steps, unit="step", mininterval=1) as bar:
        for _ in range(steps):
            chosen = torch.randint(len(images), (BATCH,), generator=rng)
            x = _blemish(_moved(images[chosen], shift, rng).float() / 127.5 - 1, rng)
            with torch.autocast("cpu", torch.bfloat16):
                logits = reader(x.contiguous(memory_format=torch.channels_last))
            losses = [F.cross_entropy(logits[factor].float(), codes[factor][chosen]) for factor in codes]
            loss = torch.stack(losses).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            bar.update()
            bar.set_postfix_str(f"loss {loss.item():.3f}", refresh=False)
    reader.eval()


def _moved(pixels: Tensor, shift: int, rng: torch.Generator) -> Tensor:
    """The batch `(N, C, H, W)` moved as one: the next batch goes elsewhere, and what is moved in is black."""
    if not shift:
        return pixels
    down, right = (int(d) for d in torch.randint(-shift, shift + 1, (2,), generator=rng))
    return F.pad(pixels, (right, -right, down, -down))


def _blemish(x: Tensor, rng: torch.Generator) -> Tensor:
    """Soften half of the pictures and add noise to all: generators' faces are never as clean as drawn ones."""
    shape = (len(x), 1, 1, 1)
    softness = torch.rand(shape, generator=rng) * (torch.rand(shape, generator=rng) < 0.5)
    x = torch.lerp(x, F.avg_pool2d(x, 3, 1, 1, count_include_pad=False), softness)
    return x + torch.randn(x.shape, generator=rng) * torch.rand(shape, generator=rng) * 0.15
