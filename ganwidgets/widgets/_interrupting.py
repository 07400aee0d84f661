"""`install`: "Interrupt kernel" stops what plays in the background too, with a cell running or without.

ipykernel ignores the signal between two messages; while a cell runs, the interrupt is that cell's, and is heard of at
its end. Outside a kernel, Ctrl-C stays as it is.
"""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from .runner import interrupt_all

_installed: set[int] = set()


def install() -> None:
    """Hear interrupts from now on. Does nothing outside an IPython kernel, in another thread, or a second time."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kernel = getattr(shell, "kernel", None)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if shell is None or kernel is None or id(shell) in _installed or not in_main_thread:
        return
    _installed.add(id(shell))
    shell.events.register("post_run_cell", _after_cell)
    # What the kernel puts back after each message; where it doesn't, only interrupted cells are heard of.
    if getattr(kernel, "saved_sigint_handler", None) is signal.SIG_IGN:
        kernel.saved_sigint_handler = _on_signal


def _on_signal(*_: Any) -> None:
    interrupt_all()


def _after_cell(result: Any = None) -> None:
    if isinstance(getattr(result, "error_in_exec", None), KeyboardInterrupt):
        interrupt_all()
