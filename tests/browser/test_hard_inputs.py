"""The inputs of `tests/test_hard_inputs.py` in a real browser: names stay text, pictures of every size are painted."""

from __future__ import annotations

from playwright.sync_api import Dialog

from tests.browser.lab import Lab

NAMES = """
import ipywidgets
from tests.test_hard_inputs import NAME, named
ipywidgets.VBox(list(named().values()))
"""
SIZES = """
import numpy as np
from ganwidgets.widgets import ClassExplorer, LatentExplorer, ModeMap, StyleMixer
from tests.test_hard_inputs import SHAPES, classes, pictures, styles
makers = (
    lambda z, shape: LatentExplorer(pictures(shape), z, 4),
    lambda z, shape: StyleMixer(styles(z, shape), 2),
    lambda z, shape: ClassExplorer(classes(z, shape), rows=2),
)
points = ModeMap(np.random.default_rng(0).normal(size=(5, 2)), 0.1)
points.show(np.random.default_rng(1).normal(size=(100_000, 2)))
ipywidgets.VBox([make(z, shape) for make in makers for z, shape in zip((1, 512, 512, 1), SHAPES)] + [points])
"""


def test_names_are_text_and_pictures_of_every_size_are_painted(lab: Lab) -> None:
    lab.write("hard.ipynb", [NAMES, SIZES])
    said: list[str] = []

    def hear(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    with lab.open("hard.ipynb", height=12_000) as notebook:
        page = notebook.page
        page.on("dialog", hear)
        notebook.run_all()
        # One colour a picture, and not the one of an empty canvas.
        painted = "canvas => canvas.getContext('2d').getImageData(0, 0, 1, 1).data[3]"
        explorers = page.locator(".gw-explorer, .gw-mixer, .gw-classes")
        assert explorers.count() == 12 + 3
        for index in range(explorers.count()):
            notebook.painted(explorers.nth(index))
            assert explorers.nth(index).locator("canvas").first.evaluate(painted) == 255
        outputs = page.locator(".jp-OutputArea-output")
        assert outputs.locator("img, script").count() == 0
        assert outputs.get_by_text("<script>alert('x')</script> & <b>").count() >= 8
        assert notebook.errors == []
    assert said == []
