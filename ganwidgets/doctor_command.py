"""`ganwidgets doctor`: is this laptop ready for the course? In plain words, with an exit status for scripts."""

from __future__ import annotations

import argparse

from ganwidgets import checkup

MARKS = {"good": "ok  ", "careful": "slow", "bad": "NO  "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets doctor`."""
    parser.epilog = "The exit status is 0 if the course will work here, and 1 if not."
    names = [name.lower() for name in checkup.CHECKS]
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"only these: {', '.join(names)}")


def run(args: argparse.Namespace) -> int:
    """Print every finding as it comes; 1 if one is bad. `ValueError` for a check that there is not."""
    known = {name.lower(): name for name in checkup.CHECKS}
    if strange := [name for name in args.checks if name.lower() not in known]:
        raise ValueError(f"checks: there is no {strange[0]!r}; choose of {', '.join(known)}")
    bad = 0
    for name in args.checks or known:
        print(known[name.lower()])
        for finding in checkup.CHECKS[known[name.lower()]]():
            print(f"  {MARKS[finding.state]}  {finding.text}", flush=True)
            if finding.advice:
                print(f"        → {finding.advice}")
            bad += finding.state == "bad"
    print("\nThis machine is ready." if not bad else f"\nNot ready yet: {bad} to mend, marked NO above.")
    return int(bad > 0)
