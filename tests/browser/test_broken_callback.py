"""A callback that is broken on purpose makes the check of a widget's main gesture fail, which passes on a good one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.lab import Lab, NotebookPage, pixels

CELLS = (
    """
import numpy as np
from ganwidgets.widgets import LatentExplorer

def good(z):
    return np.uint8(127 + 40 * z[:, :1, None, None].clip(-3, 3) * np.ones((1, 8, 8, 3)))

def broken(z):
    if abs(z[0, 0] - start) > 1e-6:
        raise RuntimeError("broken on purpose")
    return good(z)
""",
    "explorer = LatentExplorer(good, 4)\nstart = explorer.z[0, 0]\nexplorer",
    "LatentExplorer(broken, 4)",
)


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    with lab.open(lab.write("broken.ipynb", CELLS)) as page:
        page.run_all()
        yield page


def check_gesture(notebook: NotebookPage, index: int) -> None:
    """What every browser test asks of an explorer: a key moves the picture, and nothing complains."""
    root = notebook.root(index)
    before = pixels(root)
    root.get_by_role("slider", name="latent 0", exact=True).press("ArrowRight")
    notebook.idle(root)
    alerts = root.get_by_role("alert").all_inner_texts()
    assert not any(alerts), alerts
    assert pixels(root) != before


def test_a_cell_that_fails_is_not_passed_over(lab: Lab) -> None:
    with (
        lab.open(lab.write("failing.ipynb", ["1 + 1", "1 / 0"])) as page,
        pytest.raises(AssertionError, match="ZeroDivisionError: division by zero"),
    ):
        page.run_all()


def test_a_good_callback_passes(notebook: NotebookPage) -> None:
    check_gesture(notebook, 0)


def test_a_broken_callback_fails_and_says_why(notebook: NotebookPage) -> None:
    with pytest.raises(AssertionError, match="RuntimeError: broken on purpose"):
        check_gesture(notebook, 1)
