"""The `ganwidgets` command: one table of subcommands, each a module that is imported when it is asked for.

A subcommand's module has `add_arguments(parser)` and `run(args) -> int`, the exit status. A `ValueError` from `run`,
and an `OSError` such as a full disk, is the user's to mend and is shown without a traceback.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ganwidgets import __version__


@dataclass(frozen=True)
class Command:
    """A subcommand: where it lives, its line in `--help`, and whether it hands arguments that it does not know on.

    With `passes_on`, these come to `run` as the list `args.extra`; without it they are an error.
    """

    module: str
    summary: str
    passes_on: bool = False


COMMANDS = {
    "lab": Command("ganwidgets.lab_command", "open the course in JupyterLab", passes_on=True),
    "singleuser": Command("ganwidgets.singleuser_command", "a learner's server under JupyterHub", passes_on=True),
    "doctor": Command("ganwidgets.doctor_command", "is this machine ready for the course?"),
    "bench": Command("ganwidgets.bench_command", "measure what the README quotes on this machine", passes_on=True),
    "train": Command("ganwidgets.train_command", "train a GAN and save it as a checkpoint"),
    "reader": Command("ganwidgets.reader_command", "train the network that reads a face's attributes"),
    "directions": Command("ganwidgets.directions_command", "find named directions in a checkpoint's latent space"),
    "export": Command("ganwidgets.export_command", "write the course as a site that works without a kernel"),
    "teach": Command("ganwidgets.teach_command", "the teacher's pages; hold hints and solutions back; see progress"),
    "onnx": Command("ganwidgets.onnx_command", "write a checkpoint's generator as an ONNX model, or its graph alone"),
}


def _choose(argv: Sequence[str] | None) -> tuple[str, list[str]]:
    """The chosen subcommand and what follows it."""
    width = max(map(len, COMMANDS)) + 2
    parser = argparse.ArgumentParser(
        prog="ganwidgets",
        description="A course on Generative Adversarial Networks. `ganwidgets COMMAND --help` tells more of each:",
        epilog="\n".join(f"  {name:{width}}{command.summary}" for name, command in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ganwidgets {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=f"one of: {', '.join(COMMANDS)}")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="its own arguments")
    chosen = parser.parse_args(argv)
    return chosen.command, chosen.arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run `ganwidgets` with `argv` (default: the command line's) and return the exit status."""
    try:
        return _run(*_choose(argv))
    except KeyboardInterrupt:  # also while a subcommand is still being imported, which takes seconds
        return 130


def _run(name: str, rest: list[str]) -> int:
    command = COMMANDS[name]
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(prog=f"ganwidgets {name}", description=command.summary)
    module.add_arguments(parser)
    args, args_extra = parser.parse_known_args(rest)
    if args_extra and not command.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(args_extra)}")
    args.extra = args_extra
    try:
        return int(module.run(args))
    except (OSError, ValueError) as error:
        print(f"ganwidgets {name}: {error}", file=sys.stderr)
        return 2
