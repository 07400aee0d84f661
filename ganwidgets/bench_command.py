"""`ganwidgets bench`: the numbers that the README quotes, measured on this machine."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from ganwidgets import checkup

CHECKOUT = Path(__file__).resolve().parents[1]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets bench`; all others go to `python -m benchmarks`."""
    parser.epilog = "In a checkout all arguments go to `python -m benchmarks`, which takes some twenty minutes."


def run(args: argparse.Namespace) -> int:
    """All measurements in a checkout; without one those that need no browser. Returns the exit status."""
    if (CHECKOUT / "benchmarks" / "__main__.py").is_file():
        return subprocess.run([sys.executable, "-m", "benchmarks", *args.extra], cwd=CHECKOUT, check=False).returncode
    if args.extra:
        raise ValueError(f"arguments: got {' '.join(args.extra)}; without a checkout there are none")
    print("The measurements in a browser need a checkout of the repository. Here is what a kernel does:")
    for finding in checkup.speed():
        print(f"  {finding.text}")
    return 0
