"""JupyterLab in a real browser, for a measurement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.browser.lab import HOW_TO, Lab, find_chromium, launch, serve


@contextmanager
def laboratory() -> Iterator[Lab]:
    """A running server in empty folders that are gone afterwards. `SystemExit`, with what to do, without a browser."""
    # A kernel may still hold its log open, which Windows minds.
    folders = [TemporaryDirectory(ignore_cleanup_errors=True) for _ in range(2)]
    with sync_playwright() as playwright, folders[0] as folder, folders[1] as settings:
        path = find_chromium(playwright)
        if path is None:
            raise SystemExit(f"Not measured: {HOW_TO}.")
        browser = launch(playwright, path)
        with serve(Path(folder), Path(settings), browser) as lab:
            yield lab
        browser.close()
