"""`ganwidgets train NAME`: train a recipe with a progress bar and save what comes out as a checkpoint.

The state of the training is saved every `--save-every` steps and on an interrupt, beside the checkpoint; `--resume`
goes on from there. A sheet of samples that nobody picked is written at every save.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import nn
from tqdm.auto import tqdm

from ganwidgets import checkpoints, datasets, distributed, latent, losses, plots, recipes
from ganwidgets.checks import check_whole
from ganwidgets.events import StepEvent
from ganwidgets.interrupts import interrupt_deferred
from ganwidgets.launch import launch
from ganwidgets.mosaic import mosaic
from ganwidgets.solo import SoloTrainer
from ganwidgets.stream import Dataset, Stream
from ganwidgets.training import Trainer

STATE_FORMAT = "ganwidgets-training-1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets train`."""
    parser.add_argument("name", help=f"a recipe: {', '.join(recipes.RECIPES)}")
    parser.add_argument("--data", help="another data set, or a folder of images")
    parser.add_argument("--steps", type=int, help="how many steps in all")
    parser.add_argument("--seed", type=int, help="seed of weights, batches and z")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for what is written (default: runs)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps … (default: cpu)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's choice)")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="share every batch among N processes or GPUs (default: 1)"
    )
    parser.add_argument("--save-every", type=int, default=1000, metavar="N", help="steps between saves (default: 1000)")
    parser.add_argument("--half", action="store_true", help="store float16 weights")
    parser.add_argument("--stop-after", type=int, metavar="N", help="stop at this step, to go on later with --resume")
    parser.add_argument("--resume", action="store_true", help="go on from the state in --out")


def run(args: argparse.Namespace) -> int:
    """Train, and return the exit status: 0, or 130 after an interrupt, when what was reached is saved."""
    recipe = _recipe(args)
    for name in ("save_every", "threads", "stop_after"):
        if getattr(args, name) is not None:
            check_whole(f"--{name.replace('_', '-')}", getattr(args, name), 1)
    if args.processes != 1 and not distributed.started():
        return _launch(args, recipe)
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    share, device = distributed.join(args.device)
    trainer = _trainer(recipe, device)
    trainer.divide(share)
    if args.resume:
        trainer.load_state(_load_state(_state_path(args), recipe))
    _check_out(args.out)
    interrupted = _train(trainer, lambda: _save(trainer, recipe, args), args.save_every, args.stop_after)
    share.leave()
    if share.rank == 0 and interrupted:
        print(f"Interrupted at step {trainer.step}; go on with --resume.")
    elif share.rank == 0:
        print(f"Saved {_checkpoint_path(args)} after {trainer.step} steps, {trainer.seconds:.0f} s of training.")
    return 130 if interrupted else 0


def _check_out(folder: Path) -> None:
    """`ValueError` for a folder that cannot be written to: better now than after a thousand steps."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(f"--out: {folder} cannot be written to: {error.strerror}") from error


def _state_path(args: argparse.Namespace) -> Path:
    return Path(args.out) / f"{args.name}.state"


def _checkpoint_path(args: argparse.Namespace) -> Path:
    return Path(args.out) / f"{args.name}.safetensors"


def _save(trainer: Stream, recipe: recipes.Recipe, args: argparse.Namespace) -> None:
    """Write the state, the checkpoint and a sheet of samples; of several processes the first does it for all."""
    if trainer.share.rank:
        return
    checkpoints.write(_state_path(args), trainer.state(), {"format": STATE_FORMAT, "origin": _origin(recipe)})
    config: dict[str, Any] = recipe.networks | {"data": _data_name(recipe), "train": asdict(trainer.config)}
    config |= {"step": trainer.step, "seconds": round(trainer.seconds)}
    dtype = torch.float16 if args.half else torch.float32
    D = _centred(trainer) if isinstance(trainer, Trainer) else None
    checkpoints.save(_checkpoint_path(args), trainer.G_ema, D, config, dtype)
    _save_sheet(trainer, args.out / f"{args.name}.png")


def _launch(args: argparse.Namespace, recipe: recipes.Recipe) -> int:
    """The same command in several processes; what they would all complain of is said here, once."""
    check_whole("--processes", args.processes, 1)
    distributed.require(args.device, args.processes)
    distributed.part_of(recipe.train.batch_size, args.processes)
    if args.resume:
        _load_state(_state_path(args), recipe)
    arguments = ["-m", "ganwidgets", "train", args.name]
    for name in ("data", "steps", "seed", "out", "device", "threads", "processes", "save_every", "stop_after"):
        if getattr(args, name) is not None:
            arguments += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    return launch(arguments + [f"--{name}" for name in ("half", "resume") if getattr(args, name)], args.processes)


def _recipe(args: argparse.Namespace) -> recipes.Recipe:
    recipe = recipes.get(args.name)
    changes = {name: getattr(args, name) for name in ("steps", "seed") if getattr(args, name) is not None}
    return replace(recipe, data=args.data or recipe.data, train=replace(recipe.train, **changes))


def _trainer(recipe: recipes.Recipe, device: str | torch.device) -> Stream:
    # Layers draw their first weights from the global generator; this is a program of its own, so it may seed it.
    torch.manual_seed(recipe.train.seed)
    G, D = checkpoints.build(recipe.networks)
    if D is None:
        return SoloTrainer(G, _data(recipe), recipe.train, device)
    return Trainer(G, D, _data(recipe), recipe.train, device)


def _data(recipe: recipes.Recipe) -> Dataset:
    if recipe.data in recipes.DATA:
        return recipes.DATA[recipe.data]()
    if "resolution" not in recipe.G:
        raise ValueError(f"--data: there is no {recipe.data!r}; choose one of {', '.join(recipes.DATA)}")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        data = datasets.from_folder(recipe.data, size=int(recipe.G["resolution"]))
    for warning in told:
        print(warning.message, file=sys.stderr)
    return data


def _data_name(recipe: recipes.Recipe) -> str:
    """What the checkpoint, which may be given away, says of the data: of a folder its own name, not where it lies."""
    return recipe.data if recipe.data in recipes.DATA else Path(recipe.data).expanduser().resolve().name


def _train(trainer: Stream, save: Callable[[], None], save_every: int, stop_after: int | None) -> bool:
    """Train to the end, to `stop_after`, or to an interrupt, and save what was reached; whether it was interrupted."""
    stop = threading.Event()
    saved: int | None = None

    def keep() -> None:
        nonlocal saved
        if saved != trainer.step:
            save()
            saved = trainer.step

    try:
        # Half a step is no place to stop: what would be saved could not be resumed exactly.
        with interrupt_deferred(stop):
            stopped = _take_steps(trainer, stop, keep, save_every, stop_after)
            keep()
            return stopped
    except KeyboardInterrupt:
        keep()
        return True


def _take_steps(
    trainer: Stream, stop: threading.Event, keep: Callable[[], None], save_every: int, stop_after: int | None
) -> bool:
    """Steps with a progress bar, until there are no more or `stop` is set in any process; whether it was."""
    quiet = trainer.share.rank > 0
    with tqdm(total=trainer.config.steps, initial=trainer.step, unit="step", mininterval=2, disable=quiet) as bar:
        for event in islice(trainer, None if stop_after is None else max(stop_after - trainer.step, 0)):
            bar.update()
            if event.step % 50 == 0:
                bar.set_postfix_str(_numbers(event))
            if event.step % save_every == 0:
                keep()
            if trainer.share.agree(stop.is_set()):
                return True
    return False


def _numbers(event: StepEvent) -> str:
    if not len(event.real_logits):
        return f"loss {event.g_loss:.4g}"
    a, b = event.d_g_z
    return f"D {event.d_loss:.3f} G {event.g_loss:.3f} D(x) {event.d_x:.2f} D(G(z)) {a:.2f}/{b:.2f}"


@torch.no_grad()
def _centred(trainer: Trainer) -> nn.Module:
    """D as it is, or for a relativistic loss a copy with its threshold in the middle.

    That loss looks at differences of logits only, so where D's zero lies is left to chance; here it goes half-way
    between the medians of 512 reals and 512 fakes, which makes D(x) = 1/2 the fair threshold.
    """
    shift = getattr(trainer.D, "shift", None)
    if not losses.get(trainer.config.loss).uses_real_in_g or shift is None or trainer.conditional:
        return trainer.D
    index = torch.linspace(0, len(trainer.data) - 1, 512).long()
    z = latent.sample(512, trainer.z_dim, trainer.config.seed, trainer.config.prior)
    x_fake = trainer.G_ema(torch.from_numpy(z).to(trainer.device))
    D = copy.deepcopy(trainer.D).eval()
    medians = [D(x).median().item() for x in (trainer.scale(trainer.data[index]), x_fake)]
    D.shift(-sum(medians) / 2)  # type: ignore[operator]
    return D


def _origin(recipe: recipes.Recipe) -> str:
    """What a training must share with the one that it resumes; the schedule may change."""
    return json.dumps({"data": recipe.data, "seed": recipe.train.seed, "loss": recipe.train.loss} | recipe.networks)


def _load_state(path: Path, recipe: recipes.Recipe) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise ValueError(f"--resume: there is no {path}; start without --resume, or name its folder with --out")
    tensors, metadata = checkpoints.read(path)
    if metadata.get("format") != STATE_FORMAT:
        raise ValueError(f"--resume: {path} is not the state of a training")
    was, now = json.loads(metadata.get("origin", "{}")), json.loads(_origin(recipe))
    if changed := [name for name in now if name in was and was[name] != now[name]]:
        told = ", ".join(f"{name} was {was[name]!r} and is {now[name]!r}" for name in changed)
        raise ValueError(f"--resume: {path.name} belongs to another training: {told}")
    return tensors


def _save_sheet(trainer: Stream, path: Path) -> None:
    """Samples that nobody picked, as one picture: images or the frames of eight clips in rows, points, or waves."""
    samples = trainer.samples()
    if samples.dtype == np.uint8:
        clips = samples.ndim == 5
        tiles = samples[:8].reshape(-1, *samples.shape[2:]) if clips else samples
        page = mosaic(tiles.astype(np.uint8, copy=False), across=samples.shape[1] if clips else 8)
        both = page.shape[-1] == 6  # the two ways of a translation, one picture on top of the other's channels
        page = np.concatenate([page[..., :3], page[..., 3:]], axis=1) if both else page
        Image.fromarray(page if page.shape[-1] == 3 else page[..., 0]).save(path)
        return
    points = samples.shape[1] == 2
    figure = plots.scatter(trainer.data[:1000].cpu().numpy(), samples) if points else plots.waves(samples[:32])
    cast(Figure, figure).savefig(path)  # no axes were given, so it is a figure of its own
