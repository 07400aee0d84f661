"""Beside nbval: an exception in the background of a notebook fails the cell after which it is found.

nbval sees only what a cell itself raises. In every kernel that it starts, these hooks set `GANWIDGETS_STRICT=1`, keep
what threads and asyncio tasks raise, and ask for it after each cell, together with what the widgets kept. A cell that
is marked to be compared and has nothing to be compared with fails as well: nbval would pass over it. A kernel that dies
fails its cell at once, where nbval would wait for an answer until the cell's time is over.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from queue import Empty
from typing import Any

import pytest
from nbval.plugin import IPyNbCell

from .timings import PROPERTY

# Time for a thread that the last cell started to come to grief.
LAST_CELL_SECONDS = 0.3
ASK_TIMEOUT = 30.0
# How often to look whether a kernel that says nothing is alive.
LOOK_SECONDS = 1.0

_INSTALL = """
def _keep_background_errors():
    import logging, sys, threading, traceback, types
    state = types.ModuleType("_background_errors")
    state.found = []

    def in_thread(args, before=threading.excepthook):
        state.found.append("".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)))
        before(args)

    class Kept(logging.Handler):
        def emit(self, record):
            error = record.exc_info[1] if record.exc_info else None
            state.found.append(record.getMessage() + "".join(traceback.format_exception(error) if error else []))

    def take():
        taken, state.found[:] = list(state.found), []
        kept = sys.modules.get("ganwidgets.views.errors")
        if kept is not None:
            taken += ["".join(traceback.format_exception(error)) for error in kept.recorded()]
            kept.clear()
        return taken

    threading.excepthook = in_thread
    logging.getLogger("asyncio").addHandler(Kept(logging.ERROR))
    state.take = take
    sys.modules[state.__name__] = state


_keep_background_errors()
del _keep_background_errors
"""
_TAKE = "__import__('sys').modules['_background_errors'].take()"


class KernelDied(Exception):
    """The kernel ended while an answer was waited for."""


def _watch(kernel: Any) -> None:
    """Let nbval's waiting for a message end when the kernel ends, with `KernelDied`."""
    get_message = kernel.get_message

    def get_or_die(stream: str, timeout: float | None = None) -> Any:
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            try:
                return get_message(stream, timeout=max(0.0, min(LOOK_SECONDS, end - time.monotonic())))
            except Empty:
                if not kernel.is_alive():
                    raise KernelDied from None
                if time.monotonic() >= end:
                    raise

    kernel.get_message = get_or_die


def _ask(cell: IPyNbCell, code: str, expression: str) -> str:
    """Run `code` silently in the cell's kernel; the repr of `expression` after it."""
    kernel = cell.parent.kernel
    request = kernel.kc.execute(code, silent=True, store_history=False, user_expressions={"answer": expression})
    while True:
        reply = kernel.get_message("shell", timeout=ASK_TIMEOUT)
        if reply["parent_header"].get("msg_id") == request:
            answer = reply["content"]["user_expressions"]["answer"]
            return str(answer["data"]["text/plain"])


def _first_line(cell: IPyNbCell) -> str:
    """Of the cell's code; comments and blank lines are passed over where there is more."""
    lines = [line.strip() for line in cell.cell.source.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("#")), "".join(lines[:1]))[:72]


def _has_nothing_stored(cell: IPyNbCell) -> bool:
    """Whether the cell is marked for comparison and its file holds no output of it."""
    marked = bool(cell.options["check"]) and not cell.parent.compare_outputs
    return marked and (cell.cell.execution_count is None or not cell.cell.outputs)


def _is_last(cell: IPyNbCell) -> bool:
    return bool(cell.cell_num == sum(other.cell_type == "code" for other in cell.parent.nb.cells) - 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """The notebook's kernel is started with its first cell: strict, and with the guard in it."""
    if isinstance(item, IPyNbCell):
        item.user_properties.append((PROPERTY, _first_line(item)))
    if not isinstance(item, IPyNbCell) or item.parent.kernel is not None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANWIDGETS_STRICT", "1")
        yield
    _watch(item.parent.kernel)
    _ask(item, _INSTALL, "True")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """After the cell itself: what went wrong in the background, and was there anything to compare with?"""
    if not isinstance(item, IPyNbCell):
        return (yield)
    try:
        yield
        if not item.parent.timed_out:
            _look_behind(item)
    except KernelDied:
        item.parent.timed_out = True  # nbval then expects nothing of the cells that follow
        item.raise_cell_error("The kernel died: the memory was full, or a library crashed")


def _look_behind(item: IPyNbCell) -> None:
    """Fail `item` for errors in the background, and for having nothing to be compared with."""
    if _is_last(item):
        time.sleep(LAST_CELL_SECONDS)
    try:
        errors = ast.literal_eval(_ask(item, "", _TAKE))
    except Empty:
        item.raise_cell_error("The kernel did not answer after the cell.")
    if errors:
        item.raise_cell_error("An exception in the background", "\n".join(errors))
    if _has_nothing_stored(item):
        item.raise_cell_error("Marked to be compared, with no output stored: run the notebook and save it")
