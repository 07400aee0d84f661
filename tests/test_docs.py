"""The pages on the kit: they are built beside the course, name every module, and load nothing from elsewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from PIL import Image

from ganwidgets import __version__
from ganwidgets.cli import main

pytest.importorskip("sphinx", reason="install the site extra: pip install ganwidgets[site]")

from docs import conf

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ganwidgets"
GIFS = sorted((ROOT / "docs" / "gallery").glob("*.gif"))
#: What a browser loads by itself; of `link` only these relations.
LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "video": "src"}
FETCHED = {"stylesheet", "icon", "preload", "prefetch", "manifest", "modulepreload"}


class Links(HTMLParser):
    """`loads`: what a page loads by itself; `leads`: where its links lead; `anchors`: what can be linked on it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors.add(values.get("id", ""))
        if tag == "a" and "href" in values:
            self.leads.append(values["href"])
        if LOADED.get(tag) in values and (tag != "link" or values.get("rel") in FETCHED):
            self.loads.append(values[LOADED[tag]])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A site of one notebook with our pages, and what was said while it was made."""
    folder = tmp_path_factory.mktemp("docs")
    cells = [nbformat.v4.new_markdown_cell("# A page\n\nWith a line."), nbformat.v4.new_code_cell("print(6 * 7)")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "page.ipynb")
    command = [sys.executable, "-m", "ganwidgets", "export", "site", "page.ipynb", "--pages", str(ROOT / "docs")]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    return folder / "site", run.stdout + run.stderr


@pytest.fixture(scope="module")
def pages(built: tuple[Path, str]) -> dict[Path, Links]:
    return {page: Links(page) for page in built[0].rglob("*.html")}


def public_modules() -> Iterator[tuple[str, Path]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name and not any(part.startswith("_") for part in name.split(".")):
            yield name, file


def test_nothing_is_amiss(built: tuple[Path, str]) -> None:
    site, said = built
    complaints = [line for line in said.splitlines() if re.search(r"\b(WARNING|ERROR|CRITICAL): ", line)]
    assert complaints == []
    assert "42" in (site / "page.html").read_text("utf-8")


def test_every_public_module_is_in_the_reference_with_what_it_defines(
    built: tuple[Path, str], pages: dict[Path, Links]
) -> None:
    reference = built[0] / "docs" / "reference"
    reached = {Path(lead).name for page in pages for lead in pages[page].leads}
    for module, file in public_modules():
        page = reference / f"{module}.html"
        assert page in pages and page.name in reached, f"no page, or no link to the page, of ganwidgets.{module}"
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                assert f"ganwidgets.{module}.{node.name}" in pages[page].anchors or not ast.get_docstring(node)
    explorer = reference / "widgets.latent_explorer.html"
    assert "ganwidgets.widgets.latent_explorer.LatentExplorer.psi" in pages[explorer].anchors, "inherited, but ours"
    assert "max_sliders" in re.sub("<[^>]*>", "", explorer.read_text("utf-8")).partition("Drag through")[0]


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, Links]) -> None:
    for page, links in pages.items():
        for address in links.loads:
            assert urlsplit(address).scheme in ("", "data"), f"{page.name} loads {address}"
            assert not address.startswith("//"), f"{page.name} loads {address}"


def test_every_link_between_pages_leads_somewhere(built: tuple[Path, str], pages: dict[Path, Links]) -> None:
    """But those to notebooks, of which there is only one here."""
    notebooks = {f"{path.stem}.html" for path in (ROOT / "notebooks").glob("*.ipynb")}
    for page, links in pages.items():
        for address in [*links.leads, *links.loads]:
            where = urlsplit(address)
            target = (page.parent / unquote(where.path)).resolve() if where.path else page
            if where.scheme or target.name in notebooks:
                continue
            assert target.is_file(), f"{page.name} leads to {address}"
            if where.fragment and target in pages and target.name != "search.html":
                assert unquote(where.fragment) in pages[target].anchors, f"{page.name} leads to {address}"


def test_all_data_are_listed_with_their_licences(built: tuple[Path, str]) -> None:
    page = (built[0] / "docs" / "licences.html").read_text("utf-8")
    for name, file in json.loads((ROOT / "data" / "MANIFEST.json").read_text("utf-8")).items():
        row = page[page.index(f">{name}<") :].partition("</tr>")[0]
        assert file["licence"] in row


def test_docstrings_are_translated() -> None:
    assert conf.rest("`Trainer`s of `.hint()`, |x| and x_ here") == (
        r"`Trainer`\ s of ``.hint()``\ , \|x\| and x\_ here"
    )
    assert conf.rest("It is *meant*: `a\\n`") == "It is *meant*: ``a\\n``"


def test_links_go_by_pages(tmp_path: Path) -> None:
    def led(text: str, home: Path = ROOT / "docs") -> str:
        return conf.LINK.sub(lambda link: conf.led(home, link), text)

    assert led("[a](design.md#layers), [b](https://x.org/y.md)") == "[a](design.html#layers), [b](https://x.org/y.md)"
    assert led("[a](../ganwidgets/losses.py)") == "[a](reference/losses.html)"
    assert led("[a](../notebooks/glossary.ipynb#logit)") == "[a](../glossary.html#logit)"
    assert led("[a](docs/design.md) [b](CHANGELOG.md)", ROOT) == "[a](design.html) [b](changelog.html)"
    assert led("see [the build](../pyproject.toml)") == "see the build"


@pytest.mark.parametrize("gif", GIFS, ids=lambda path: path.stem)
def test_a_picture_moves_and_is_small(gif: Path) -> None:
    assert gif.stat().st_size <= 400_000
    with Image.open(gif) as image:
        assert getattr(image, "n_frames", 1) >= 8
        assert image.info.get("loop") == 0


def test_the_pictures_are_those_of_the_page() -> None:
    text = (ROOT / "docs" / "pictures.md").read_text("utf-8")
    assert set(re.findall(r"\(gallery/(\w+)\.gif\)", text)) == {gif.stem for gif in GIFS}
    assert 6 <= len(GIFS) <= 10
    assert sum(gif.stat().st_size for gif in GIFS) <= 3_000_000


def test_the_version_is_told_alike() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(r"^version: (.+)$", citation, re.M)[1] == __version__  # type: ignore[index]
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"version {__version__}" in (ROOT / "docs" / "licences.md").read_text("utf-8")


def test_pages_without_a_first_one_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path / "site"), "--pages", str(tmp_path / "none")]) != 0
    assert "index.md" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
