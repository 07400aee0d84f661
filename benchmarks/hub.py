"""One hub for a room: what a learner needs, and how a slider answers, as more and more learners drag at once.

A real JupyterHub with the configuration of `deploy/` and the real proxy, learners as in `room.py`. Each has a copy of
the course and runs notebook 00; then all drag, then all train. Then again in the same kernels, torch having been told
to use every core, as it does where nobody limits it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import machine, report, room
from benchmarks.room import README, Hub, Learner

SECTION = "hub"
NOTEBOOK = "00_start_here.ipynb"
#: Threads of each learner; 0: as many as there are cores.
LIMITS = {1: "1 thread", 0: "every core"}
THREADS = "import torch; torch.set_num_threads({limit} or __import__('os').cpu_count())"
#: What a learner's own generator gets, and a browser without WebAssembly: every picture comes from the kernel.
OWN = """
from ganwidgets import widgets
widgets.LatentExplorer(render, z_dim=faces.G.z_dim, directions=faces.directions, engine="kernel")
"""
#: The networks of chapter 05, in a learner's own cell.
TRAINING = """
import time
from ganwidgets import datasets
from ganwidgets.models import dcgan
from ganwidgets.training import TrainConfig, Trainer
G5 = dcgan.Generator(z_dim=32, channels=32, resolution=28, image_channels=1)
D5 = dcgan.Discriminator(channels=16, resolution=28, image_channels=1)
trainer = Trainer(G5, D5, datasets.load("digits"), TrainConfig(r1=0.1, penalty_every=4))
next(trainer)
"""
TRAIN = """
start, first = time.perf_counter(), trainer.step
while time.perf_counter() - start < {seconds}:
    next(trainer)
print((trainer.step - first) / (time.perf_counter() - start))
"""


@dataclass(frozen=True)
class Arrivals:
    """`learners` are there now. Of the new ones: seconds until the server was there and until notebook 00 had run, and
    MB that a page fetched for its engine. Of all: `memory` of server and kernel, and of hub and proxy; PSS, RSS in MB.
    """

    learners: int
    started: list[float]
    ran: list[float]
    fetched: float
    memory: list[tuple[float, float]]
    hub: tuple[float, float]


@dataclass
class Turn:
    """So many learners, all active. By who draws: `delays` in ms; `rate`, steps a second and learner; `cost` of a step
    in ms of a core, for the learners' processes and for hub and proxy. `steps`: of training, a second and learner."""

    limit: int
    learners: int
    delays: dict[str, list[float]] = field(default_factory=dict)
    rate: dict[str, float] = field(default_factory=dict)
    cost: dict[str, tuple[float, float]] = field(default_factory=dict)
    steps: list[float] = field(default_factory=list)


def together(act: Callable[[Learner], Any], learners: Sequence[Learner]) -> list[Any]:
    """What `act` returns for each, all at the same time."""
    with ThreadPoolExecutor(len(learners)) as pool:
        return list(pool.map(act, learners))


def arrive(hub: Hub, learners: list[Learner], size: int) -> Arrivals:
    """`learners` become `size`: the new ones come in together, and run notebook 00 and what the measurement needs."""
    new = [Learner(hub, f"learner-{number}") for number in range(len(learners) + 1, size + 1)]
    learners += new
    together(Learner.arrive, new)
    together(lambda one: one.run_all(one.cells(NOTEBOOK)), new)
    together(lambda one: one.run(OWN), new)
    together(Learner.show, new)
    memory = [room.held(hub.family(one.name)) for one in learners]
    fetched = float(np.mean([one.fetched for one in new])) / room.MB
    started, ran = [one.started for one in new], [one.ran for one in new]
    together(lambda one: one.run(TRAINING), new)
    return Arrivals(size, started, ran, fetched, memory, room.held(hub.family("")))


def take_turn(hub: Hub, learners: Sequence[Learner], limit: int, seconds: float) -> Turn:
    """All drag where the page draws, then where the kernel does, then all train; `seconds` each."""
    together(lambda one: one.run(THREADS.format(limit=limit)), learners)
    turn = Turn(limit, len(learners))
    groups = [[process for one in learners for process in hub.family(one.name)], hub.family("")]
    for who in ("page", "kernel"):
        drag(learners, who, min(1.0, seconds))  # warms up
        before, start = [room.spent(group) for group in groups], time.perf_counter()
        made = drag(learners, who, seconds)
        turn.delays[who], turn.rate[who] = made, len(made) / (time.perf_counter() - start) / len(learners)
        used = [1000 * (room.spent(group) - old) / len(made) for group, old in zip(groups, before, strict=True)]
        turn.cost[who] = (used[0], used[1])
    turn.steps = [float(text) for text in together(lambda one: one.run(TRAIN.format(seconds=seconds)), learners)]
    return turn


def drag(learners: Sequence[Learner], who: str, seconds: float) -> list[float]:
    """All drag the explorer where `who` draws; the delays of all, in ms."""
    return [ms for each in together(lambda one: one.drag(who, seconds), learners) for ms in each]


def measure(hub: Hub, sizes: Sequence[int], seconds: float) -> tuple[list[Arrivals], list[Turn]]:
    """The room grows to each of `sizes`, and takes its turns each time."""
    learners: list[Learner] = []
    arrivals, turns = [], []
    for size in sizes:
        arrivals.append(arrive(hub, learners, size))
        print(arrivals[-1], file=sys.stderr, flush=True)
        for limit in LIMITS:
            turns.append(take_turn(hub, learners, limit, seconds))
            print(rows(turns[-1:]), cost_rows(turns[-1:]), file=sys.stderr, flush=True)
    together(Learner.leave, learners)
    return arrivals, turns


ARRIVAL_HEAD = ("learners", "log in to server, s", "run notebook 00, s", "memory each, MB: PSS", "RSS",
                "hub and proxy, PSS, MB")  # fmt: skip
HEAD = ("active at once", "page draws: told after, ms", "places/s", "kernel draws: picture after, ms", "pictures/s",
        "training, steps/s")  # fmt: skip
COST_HEAD = ("ms of a core", "a place told", "of it hub and proxy", "a picture by the kernel", "of it hub and proxy")


def arrival_rows(arrivals: Sequence[Arrivals]) -> list[list[str]]:
    """A row for each size of the room."""
    return [
        [
            f"{one.learners}", report.spread(one.started, 0), report.spread(one.ran, 0),
            report.median([pss for pss, _ in one.memory]), report.median([rss for _, rss in one.memory]),
            f"{one.hub[0]:.0f}",
        ]
        for one in arrivals
    ]  # fmt: skip


def rows(turns: Sequence[Turn]) -> list[list[str]]:
    """A row for each turn; rates are those of one learner."""
    return [
        [
            f"{turn.learners}, {LIMITS[turn.limit]}", report.tail(turn.delays["page"]), f"{turn.rate['page']:.1f}",
            report.tail(turn.delays["kernel"]), f"{turn.rate['kernel']:.1f}", report.spread(turn.steps),
        ]
        for turn in turns
    ]  # fmt: skip


def cost_rows(turns: Sequence[Turn]) -> list[list[str]]:
    """A row for each turn: what a step costs the machine."""
    made = []
    for turn in turns:
        costs = [f"{cost:.1f}" for who in ("page", "kernel") for cost in (sum(turn.cost[who]), turn.cost[who][1])]
        made.append([f"{turn.learners}, {LIMITS[turn.limit]}", *costs])
    return made


#: People; which share of them has a server; which shares of these drag, and train, in one moment.
ROOMS = {"a room of 30": (30, 1.0, 1.0, 1.0), "a course of 1,000": (1000, 0.25, 0.2, 0.2)}
NEED_HEAD = ("", "servers at once", "memory, GB", "drag, page draws: cores", "drag, kernel draws: cores",
             "train at full speed: cores", "fetched by all pages, GB")  # fmt: skip
#: Drawn by the kernel, so many pictures a second follow the hand well.
GOOD_RATE = 20.0


def needs(arrivals: Arrivals, turn: Turn) -> list[list[str]]:
    """What other rooms need, calculated from a measured one."""
    made = []
    each = float(np.median([rss for _, rss in arrivals.memory]))
    page, kernel = (sum(turn.cost[who]) / 1000 for who in ("page", "kernel"))
    for name, (people, present, dragging, training) in ROOMS.items():
        there = people * present
        memory, fetched = (arrivals.hub[1] + there * each) / 1024, people * arrivals.fetched / 1024
        cores = (there * dragging * room.TOLD * page, there * dragging * GOOD_RATE * kernel, there * training)
        made.append([name, f"{there:.0f}", f"{memory:.0f}", *(f"{each:.1f}" for each in cores), f"{fetched:.1f}"])
    return made


def compose(load: str, seconds: float, arrivals: Sequence[Arrivals], turns: Sequence[Turn]) -> str:
    """The tables with what they need to be understood, as Markdown."""
    largest = [turn for turn in turns if turn.limit == 1][-1]
    shares = "; ".join(
        f"{name}: {present:.0%} have a server, of these {dragging:.0%} drag or {training:.0%} train in one moment"
        for name, (_, present, dragging, training) in ROOMS.items()
    )
    fetched = f"{arrivals[-1].fetched:.1f}"
    return "\n\n".join([
        machine.header(load),
        "**Coming in.** Median (least to most) of the learners who came in together.",
        report.table(ARRIVAL_HEAD, arrival_rows(arrivals)),
        f"**All at once**, {seconds:g} s of each. Times: median / 95th percentile; rates: of one learner.",
        report.table(HEAD, rows(turns)),
        "**What a step of a slider costs the machine.**",
        report.table(COST_HEAD, cost_rows(turns)),
        f"**Calculated** from {largest.learners} learners with one thread each, and from resident memory (RSS), which "
        f"counts for each of them what they share. {shares}. A page that draws tells the kernel {room.TOLD:.0f} places "
        f"a second; a kernel that draws is given {GOOD_RATE:.0f} pictures a second. A page fetches {fetched} MB for "
        "its engine.",
        report.table(NEED_HEAD, needs(arrivals[-1], largest)),
    ])  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--learners", type=int, nargs="+", default=[1, 4, 8, 16], help="(default: 1 4 8 16)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each activity (default: 8)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the tables as Markdown."""
    load = machine.load()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, room.hub(Path(folder), threads=1) as hub:
        arrivals, turns = measure(hub, sorted(args.learners), args.seconds)
    return compose(load, args.seconds, arrivals, turns)


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__, page=README)
