"""What happens to an exception that no caller waits for.

A widget's callback runs in a message handler and a training runs in a thread: an exception there would end in a log.
It is kept here instead. At the end of a notebook cell the kept errors become that cell's error output, so a test
run of the notebook fails; `check()` raises them anywhere else. A widget also shows its own error on the page.

With the environment variable `GANWIDGETS_STRICT=1` a handler re-raises at once, every kept error is reported by the
next cell, and that cell stops "run all". Without it, an error that a person at the page has caused, and has been shown
on the page, is not reported a second time by the next cell.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class _Kept:
    error: BaseException
    from_page: bool


_lock = threading.Lock()
_kept: list[_Kept] = []
_installed: set[int] = set()
_in_cell = False


def strict() -> bool:
    """Whether `GANWIDGETS_STRICT` is set to anything but 0 or nothing."""
    return os.environ.get("GANWIDGETS_STRICT", "0") not in ("", "0")


def record(error: BaseException, *, from_page: bool = False) -> None:
    """Keep an error that no caller will see. `from_page`: the page that asked has already been shown its text."""
    with _lock:
        if any(kept.error is error for kept in _kept):
            return
        _kept.append(_Kept(error, from_page and not _in_cell))


def recorded() -> list[BaseException]:
    """The errors kept so far, oldest first."""
    with _lock:
        return [kept.error for kept in _kept]


def clear() -> None:
    """Forget the kept errors."""
    with _lock:
        _kept.clear()


def check() -> None:
    """Raise the oldest kept error, if there is one, and forget them all."""
    errors = recorded()
    clear()
    if errors:
        raise errors[0]


def install() -> None:
    """In IPython, let kept errors and uncaught exceptions of threads fail the cell. Elsewhere, do nothing."""
    shell = _shell()
    if shell is None or id(shell) in _installed:
        return
    _installed.add(id(shell))
    _enter_cell()
    shell.events.register("pre_run_cell", _enter_cell)
    shell.events.register("post_run_cell", _leave_cell)
    _watch_threads()


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _enter_cell(*_: Any) -> None:
    global _in_cell
    _in_cell = True


def _leave_cell(result: Any = None) -> None:
    """Report what was kept as the error output of the cell that ends now."""
    global _in_cell
    with _lock:
        _in_cell = False
        reported = [kept.error for kept in _kept if strict() or not kept.from_page]
        _kept.clear()
    shell = _shell()
    for error in reported if shell is not None else ():
        shell.showtraceback((type(error), error, error.__traceback__))
    if reported and strict() and result is not None and result.success:
        result.error_in_exec = reported[0]


def _watch_threads() -> None:
    previous = threading.excepthook

    def hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            record(args.exc_value)
        previous(args)

    threading.excepthook = hook
