"""The pytest plugin that comes with the package: it runs notebooks for real, with their real widgets.

It does nothing unless it is asked to, by `--ganwidgets-notebooks` or by `ganwidgets_notebooks = true` in pytest's
settings. Then nbval runs every cell, and compares the outputs of those that are tagged `nbval-check-output`; `guard`
fails a cell for what goes wrong behind it, and `timings` tells at the end what took how long.
"""

from __future__ import annotations

import importlib
from typing import Any

import pytest

_SCATTERING = ("load", "worksteal", "loadgroup")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--ganwidgets-notebooks`, also as a setting, and `--ganwidgets-slowest`."""
    group = parser.getgroup("ganwidgets", "notebooks with widgets")
    asked = "run notebooks with real widgets; fail on what goes wrong in callbacks and threads; print the times"
    group.addoption("--ganwidgets-notebooks", action="store_true", help=asked)
    group.addoption(
        "--ganwidgets-slowest", type=int, default=10, metavar="N", help="how many cells to list (default: %(default)s)"
    )
    parser.addini("ganwidgets_notebooks", asked, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Switch nbval on, unless it is on already, and register the parts; `UsageError` without nbval."""
    if not (config.option.ganwidgets_notebooks or config.getini("ganwidgets_notebooks")):
        return
    if not config.pluginmanager.hasplugin("nbval"):
        raise pytest.UsageError(
            "--ganwidgets-notebooks: nbval, which runs the cells, is not installed or is switched off; "
            "pip install 'ganwidgets[ci]'"
        )
    option = config.option
    option.nbval_lax = option.nbval_lax or not option.nbval
    option.nbval_current_env = option.nbval_current_env or option.nbval_kernel_name is None
    # Not before now: who has the package installed and tests something else shall not pay for it.
    guard, timings = (importlib.import_module(f"ganwidgets.testing.{name}") for name in ("guard", "timings"))
    config.pluginmanager.register(guard, "ganwidgets-guard")
    config.pluginmanager.register(timings.Timings(option.ganwidgets_slowest), "ganwidgets-timings")
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_WholeNotebooks(), "ganwidgets-whole-notebooks")


class _WholeNotebooks:
    """With pytest-xdist, all cells of a notebook go to one worker: they share a kernel."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Files in place of tests, whatever was asked for that would tear a notebook apart."""
        if config.getoption("dist") not in _SCATTERING:
            return None
        scheduler = importlib.import_module("xdist.scheduler")
        return scheduler.LoadFileScheduling(config, log)
