"""Fixtures for tests in a real JupyterLab: `lab` is a running server, `lab.open(name)` a page with a notebook."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright.sync_api", reason="install the test extra: pip install ganwidgets[test]")

from playwright.sync_api import Browser, sync_playwright

from tests.browser.lab import HOW_TO, Lab, find_chromium, launch, serve


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none the tests are skipped, but in CI they must run."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            (pytest.fail if os.environ.get("CI", "").lower() in ("1", "true") else pytest.skip)(HOW_TO)
        chromium = launch(playwright, path)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for all browser tests, in an empty folder: `lab.write(name, cells)`, then `lab.open(name)`."""
    folder, settings = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("settings")
    with serve(folder, settings, browser) as running:
        yield running
