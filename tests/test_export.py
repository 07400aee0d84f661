"""`ganwidgets export` when something is wrong: a clear word, and nothing is lost; and the runs that it records."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import numpy.typing as npt
import pytest

from ganwidgets.cli import main
from ganwidgets.models import dcgan
from ganwidgets.site import walks
from ganwidgets.site.build import build
from ganwidgets.widgets import ArchitectureExplorer, LatentExplorer

BROKEN_WIDGET = """from ganwidgets.views.base import Still
class Broken(Still): pass
Broken()"""


def notebook(path: Path, *cells: str) -> Path:
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells]), path)
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that was exported before."""
    mark = tmp_path / "site" / "_static" / "widgets" / "page.js"
    mark.parent.mkdir(parents=True)
    mark.write_text("before", encoding="utf-8")
    return tmp_path / "site"


@pytest.mark.parametrize("content", ["", '{"cells": [{"cell_', '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}'])
def test_a_half_edited_notebook_is_told_before_any_other_runs(
    site: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    whole, half = notebook(site.parent / "whole.ipynb", "open('it-ran', 'w')"), site.parent / "half.ipynb"
    half.write_text(content, encoding="utf-8")
    assert main(["export", str(site), str(whole), str(half)]) == 2
    assert "notebooks: half.ipynb cannot be read as a notebook" in capsys.readouterr().err
    assert not (site.parent / "it-ran").exists()


@pytest.mark.parametrize(("cell", "words"), [("x = 1\nx + nothing", "x + nothing"), (BROKEN_WIDGET, "Broken()")])
def test_a_cell_that_fails_or_cannot_show_its_widget_is_told(
    site: Path, capsys: pytest.CaptureFixture[str], cell: str, words: str
) -> None:
    assert main(["export", str(site), str(notebook(site.parent / "page.ipynb", cell))]) == 2
    said = capsys.readouterr().err
    assert "notebooks: page.ipynb: " in said and words in said and "\x1b" not in said
    assert (site / "_static" / "widgets" / "page.js").read_text("utf-8") == "before"
    assert sorted(path.name for path in site.parent.iterdir()) == ["page.ipynb", "site"]


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    page = notebook(tmp_path / "page.ipynb", "open('it-ran', 'w')")
    assert main(["export", str(tmp_path / "file" / "site"), str(page)]) == 2
    assert "was not written, what was there is as it was" in capsys.readouterr().err
    assert not (tmp_path / "it-ran").exists() and (tmp_path / "file").read_text("utf-8") == "mine"


def test_every_layer_is_a_stop_of_a_recorded_run() -> None:
    G, D = dcgan.Generator(8, 4, 16), dcgan.Discriminator(4, 16)
    widget = ArchitectureExplorer(G, D)
    stops = [(said, widget.still()) for said in walks.look(widget)]
    assert len(stops) == sum(len(part.layers) for part in widget.parts) == len({picture for _, picture in stops})
    assert stops[0][0].endswith("G z") and "D " in stops[-1][0]


def test_where_a_page_cannot_draw_sliders_are_moved_and_put_back() -> None:
    def render(z: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        return np.clip(128 + 40 * z[:, :, None, None], 0, 255).astype(np.uint8)

    widget = LatentExplorer(render, 2, n=4, directions={"both": [1.0, 1.0]}, seed=0)
    start = widget.z
    stops = [(said, widget.still()) for said in walks.steer(widget)]
    assert stops.pop(0)[0] == "as it was" and len(stops) == walks.STOPS and len({picture for _, picture in stops}) > 20
    assert [said.rpartition(" at ")[0] for said, _ in stops[::8]] == ["both", "latent 0", "latent 1"]
    assert np.allclose(widget.z, start, atol=1e-5)


def test_the_old_site_comes_back_if_the_new_one_cannot_be_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("old")
    monkeypatch.setattr("ganwidgets.site.build._make", lambda read, scratch, more: scratch / "never made")
    with pytest.raises(ValueError, match="what was there is as it was"):
        build([], site)
    assert (site / "index.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
