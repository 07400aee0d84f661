"""Is this machine ready for the course? One function for each question, and what to do where the answer is no."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ganwidgets import handshake
from ganwidgets.files import data_path

#: What the course was written with at least.
PYTHONS = ((3, 11), (3, 13))
PACKAGES = ("torch", "numpy", "jupyterlab", "ipywidgets", "anywidget", "ipykernel", "matplotlib")
#: Free space that rendered faces, a learner's copies and checkpoints want.
NEEDED_BYTES = 500_000_000
#: What `python -m ganwidgets doctor speed` printed on two quiet cores of a server CPU, one thread, by name.
REFERENCE = {"2-D training steps a second": 717.0, "one face, ms": 3.78, "DCGAN steps a second, 64×64×3": 28.8}
#: With less than this share of the reference, live widgets feel slow.
SLOW = 0.25


@dataclass(frozen=True)
class Finding:
    """`state`: "good", "careful" (it will work, but) or "bad". `advice`: what to do, if there is something."""

    state: str
    text: str
    advice: str = ""


def versions() -> Iterator[Finding]:
    """Python, and the packages that matter."""
    here = sys.version_info[:2]
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if PYTHONS[0] <= here <= PYTHONS[1]:
        yield Finding("good", python)
    else:
        yield Finding("bad", python, "the course needs Python 3.11, 3.12 or 3.13")
    missing = [name for name in PACKAGES if not _version(name)]
    found = ", ".join(f"{name} {_version(name)}" for name in PACKAGES if name not in missing)
    if missing:
        yield Finding("bad", f"missing: {', '.join(missing)}", "install the course again: pip install ganwidgets-*.whl")
    else:
        yield Finding("good", found)


def data() -> Iterator[Finding]:
    """Whether every packaged file is there and whole."""
    listed = json.loads(data_path("MANIFEST.json").read_text(encoding="utf-8"))
    broken = [
        name for name, entry in listed.items()
        if not (path := data_path(name)).is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]
    ]  # fmt: skip
    if broken:
        text = f"{len(broken)} of {len(listed)} data files are missing or damaged: {', '.join(broken[:3])}"
        yield Finding("bad", text, "install the course again; a copy was cut short")
    else:
        yield Finding("good", f"all {len(listed)} data files are whole")


def room() -> Iterator[Finding]:
    """Where the course writes: the current folder and the cache, and whether there is space."""
    from ganwidgets.datasets import cache_folder

    for what, folder in (("this folder", Path.cwd()), ("the cache for drawn faces", cache_folder())):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK):
            yield Finding("bad", f"{what}, {folder}, cannot be written", "change to a folder of your own")
        elif free < NEEDED_BYTES:
            yield Finding("bad", f"{what}: {free / 1e6:.0f} MB free", f"free {NEEDED_BYTES / 1e6:.0f} MB")
        else:
            yield Finding("good", f"{what}: {free / 1e9:.0f} GB free")


def threads() -> Iterator[Finding]:
    """Cores, threads and devices."""
    import torch

    cores = os.cpu_count() or 1
    devices = [
        name for name, found in (("CUDA", torch.cuda.is_available()), ("MPS", torch.mps.is_available())) if found
    ]
    text = f"{cores} cores, torch uses {torch.get_num_threads()} threads; {', '.join(devices) or 'no'} GPU"
    if cores < 2:
        yield Finding("careful", text, "on one core the page and the training take turns: expect a slow page")
    else:
        yield Finding("good", f"{text}. A GPU is not needed")


def speed() -> Iterator[Finding]:
    """Short trainings, beside the reference machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for name, reference in REFERENCE.items():
            value = MEASURES[name]()
            share = reference / value if name.endswith("ms") else value / reference
            text = f"{name}: {value:.3g}; {share:.2g} times the speed of the reference machine ({reference:g})"
            slow = "live widgets will feel slow; close other programs, or use smaller settings"
            yield Finding("good", text) if share >= SLOW else Finding("careful", text, slow)
    finally:
        torch.set_num_threads(before)


def widget() -> Iterator[Finding]:
    """Whether a widget's pictures get through: over each running server, else to a kernel of our own."""
    servers = handshake.running_servers()
    lines = [(f"the server at {server['url']}", handshake.server_kernel(server)) for server in servers]
    for where, context in lines or [("a kernel of our own (no Jupyter server is running)", handshake.own_kernel())]:
        try:
            with context as line:
                seconds = handshake.greet(line)
            yield Finding("good", f"a widget answers through {where} after {1000 * seconds:.0f} ms")
        except Exception as error:
            advice = "is ipywidgets installed where JupyterLab runs? Restart JupyterLab after an installation"
            yield Finding("bad", f"no widget through {where}: {type(error).__name__}: {error}", advice)


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "Versions": versions,
    "Data": data,
    "Disk": room,
    "Processor": threads,
    "Speed": speed,
    "Widgets": widget,
}


def _plane() -> float:
    from ganwidgets.plane_session import PlaneSession

    session = PlaneSession(seed=0)
    return _rate(lambda: next(session))


def _face() -> float:
    from ganwidgets import checkpoints, latent

    G = checkpoints.load("faces").G
    render, z = latent.renderer(G), latent.sample(1, latent.z_dim_of(G))
    return 1000 / _rate(lambda: render(z))


def _dcgan() -> float:
    import numpy as np

    from ganwidgets.datasets import ImageData
    from ganwidgets.models import dcgan
    from ganwidgets.train_config import TrainConfig
    from ganwidgets.training import Trainer

    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 64, 3), dtype=np.uint8)
    networks = dcgan.Generator(z_dim=64, channels=16), dcgan.Discriminator(channels=16)
    return _rate(Trainer(*networks, ImageData(noise, None, "noise"), TrainConfig(batch_size=16)).__next__)


MEASURES: dict[str, Callable[[], float]] = dict(zip(REFERENCE, (_plane, _face, _dcgan), strict=True))


def _rate(act: Callable[[], object], seconds: float = 1.0) -> float:
    """How often a second `act` can be done: the median over about `seconds`, the first time left out."""
    act()
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return 1 / statistics.median(times)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
