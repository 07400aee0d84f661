"""On what a measurement was made: processor, cores, date, versions. Numbers without these say little."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "numpy", "matplotlib", "jupyterlab", "ipykernel", "ipywidgets", "anywidget", "ipympl")
CPUINFO = Path("/proc/cpuinfo")


def cpu_field(name: str) -> str:
    """The first value of a field of `/proc/cpuinfo`; empty where there is none, as on macOS and Windows."""
    if not CPUINFO.is_file():
        return ""
    lines = (line.partition(":") for line in CPUINFO.read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "")


def processor() -> str:
    """What the processor calls itself."""
    return cpu_field("model name") or platform.processor() or platform.machine()


def bfloat16_support() -> str:
    """Whether the processor has instructions for bfloat16: "amx_bf16", "avx512_bf16", …, "none" or "unknown"."""
    flags = set((cpu_field("flags") or cpu_field("Features")).split())
    if not flags:
        return "unknown"
    found = sorted(flags & {"avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16", "svebf16"})
    return ", ".join(found) or "none"


def load() -> str:
    """How many processes wanted a core in the last minute; empty on Windows, which doesn't tell."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def cores() -> int:
    """How many cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def header(load_before: str = "") -> str:
    """Two or three lines for above a table. `load_before`: what `load` said before the measurement."""
    versions = [f"{name} {_version(name)}" for name in PACKAGES]
    busy = f", {load_before} processes busy before the start" if load_before else ""
    return (
        f"{date.today().isoformat()}. {processor()}, {cores()} cores{busy}. "
        f"bfloat16 in hardware: {bfloat16_support()}.\n"
        f"{platform.system()}, Python {platform.python_version()}, {', '.join(versions)}."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
