"""`ganwidgets reader`: train the network that reads a face's attributes, and save it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from ganwidgets import datasets, readers
from ganwidgets.models.reader import AttributeReader

BATCH = 64
RATE = 4e-3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets reader`."""
    parser.add_argument("--epochs", type=float, default=6, help="passes over the 20,000 faces (default: 6)")
    parser.add_argument("--channels", type=int, default=24, help="width of the first layer (default: 24)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, batches and noise (default: 0)")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for faces.safetensors (default: runs)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's choice)")


def run(args: argparse.Namespace) -> int:
    """Train, print the accuracy on held-out faces, save; the exit status."""
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    if args.epochs <= 0:
        raise ValueError(f"--epochs: got {args.epochs}; expected more than 0")
    faces, held_out = datasets.load("faces"), datasets.load("faces", "test")
    # Layers draw their first weights from the global generator; this is a program of its own, so it may seed it.
    torch.manual_seed(args.seed)
    reader = AttributeReader(channels=args.channels)
    train(reader, faces, max(1, round(args.epochs * len(faces) / BATCH)), args.seed)
    scores = readers.accuracy(reader, held_out.images, held_out.attributes)
    print(f"Read rightly on {len(held_out)} held-out faces (a hat or sunglasses may hide what is asked for):")
    for factor, score in scores.items():
        print(f"  {factor:12} {score:6.1%}")
    about: dict[str, Any] = {"data": "faces", "epochs": args.epochs, "seed": args.seed}
    about["held_out"] = {factor: round(score, 4) for factor, score in scores.items()}
    path = readers.save(args.out / "faces.safetensors", reader, about)
    print(f"Saved {path}, {path.stat().st_size:,} bytes.")
    return 0


def train(reader: AttributeReader, data: datasets.ImageData, steps: int, seed: int) -> None:
    """Teach `reader` the attributes of `data`, in place; it is in eval mode afterwards."""
    images = torch.from_numpy(np.array(data.images)).permute(0, 3, 1, 2)
    codes = {factor: torch.from_numpy(values) for factor, values in readers.encode(reader, data.attributes).items()}
    rng = torch.Generator().manual_seed(seed)
    reader.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(reader.parameters(), RATE, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=max(steps, 2))
    with tqdm(total=steps, unit="step", mininterval=1) as bar:
        for _ in range(steps):
            chosen = torch.randint(len(images), (BATCH,), generator=rng)
            x = _blemish(images[chosen].float() / 127.5 - 1, rng)
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


def _blemish(x: Tensor, rng: torch.Generator) -> Tensor:
    """Soften half of the pictures and add noise to all: generators' faces are never as clean as drawn ones."""
    shape = (len(x), 1, 1, 1)
    softness = torch.rand(shape, generator=rng) * (torch.rand(shape, generator=rng) < 0.5)
    x = torch.lerp(x, F.avg_pool2d(x, 3, 1, 1, count_include_pad=False), softness)
    return x + torch.randn(x.shape, generator=rng) * torch.rand(shape, generator=rng) * 0.15
