"""Where no kernel runs: a page made by nbconvert shows the still picture of every widget, with words for it."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image

from ganwidgets import widgets

GALLERY = Path(__file__).resolve().parents[1] / "notebooks" / "gallery.ipynb"
#: What shows no picture: a runner is the engine of others, an exercise is words.
WITHOUT_PICTURE = {"Runner", "ExerciseCard", "check"}


#: nbconvert's own look, which leaves out what a picture says of itself, and the one that has it.
TEMPLATES = ("lab", "classic")


class Pictures(HTMLParser):
    """`found`: the `img` elements of a page, by their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append({name: value or "" for name, value in attrs})


def page_pictures(notebook: Any, template: str) -> list[dict[str, str]]:
    """The pictures on the page that nbconvert makes of the notebook."""
    page, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    return Pictures(page).found


def is_drawn(source: str) -> bool:
    """Whether a `data:` address holds a PNG that is more than one colour."""
    kind, _, data = source.partition(",")
    if kind != "data:image/png;base64":
        return False
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))
    return bool((image.reshape(-1, 4).max(axis=0) > image.reshape(-1, 4).min(axis=0)).any())


def test_a_page_of_widgets_that_were_run_shows_their_pictures() -> None:
    """`jupyter nbconvert --execute --to html` with `store_widget_state=False`."""
    cells = [
        "import numpy as np\nfrom ganwidgets import widgets",
        "rows = np.mgrid[-1:1:16j, -1:1:16j][0]\n"
        "render = lambda z: (127.5 + 127 * np.sin(z[:, :1, None] * rows)).astype(np.uint8)[..., None]\n"
        "widgets.LatentExplorer(render, 4, n=4, label='waves')",
        "widgets.DiracGame()",
        "widgets.ConvTransposeExplorer()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=False).execute()
    for template in TEMPLATES:
        pictures = page_pictures(notebook, template)
        assert len(pictures) == 3
        assert all(is_drawn(picture["src"]) for picture in pictures)
    assert [picture["alt"].split(".")[0] for picture in pictures][:2] == ["4 waves", "The Dirac-GAN"]


@pytest.fixture(scope="module")
def gallery() -> Any:
    return nbformat.read(GALLERY, as_version=4)


def test_the_gallery_has_every_widget_with_its_picture(gallery: Any) -> None:
    shown = {
        output.data["text/plain"].removesuffix("()")
        for cell in gallery.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    }
    assert shown >= set(widgets.__all__) - WITHOUT_PICTURE
    assert any("widgets.ExerciseCard(" in cell.source for cell in gallery.cells)


def test_the_gallery_as_a_page_is_drawn_and_described(gallery: Any) -> None:
    pictures = page_pictures(gallery, "classic")
    assert len(pictures) >= len(set(widgets.__all__) - WITHOUT_PICTURE)
    for picture in pictures:
        assert is_drawn(picture["src"])
        assert len(picture["alt"]) > 3 and "No description" not in picture["alt"]
