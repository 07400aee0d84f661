"""Pages from notebooks that were run: Sphinx with MyST-NB and Furo, and what the widgets need beside them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

import nbformat
from tqdm.auto import tqdm

from ganwidgets import __version__
from ganwidgets.course import read_notebook
from ganwidgets.views.base import HERE as VIEWS
from ganwidgets.views.base import source
from ganwidgets.views.class_board import ClassBoard
from ganwidgets.views.duel import Duel
from ganwidgets.views.explorer import Explorer
from ganwidgets.views.style_board import StyleBoard

from .running import Notebook, run
from .shelf import Shelf

HERE = Path(__file__).parent
STATIC = "widgets"
#: One file that sets formulas without any other; all of the package would be the larger part of a site.
MATHJAX = "static/mathjax/tex-svg.js"
#: The scripts of each view besides its stand-in's.
VIEW_PARTS: dict[str, tuple[str, ...]] = {
    "explorer": (*Explorer.scripts(), "explorer"),
    "class_board": (*ClassBoard.scripts(), "engine", "latents", "class_board"),
    "style_board": (*StyleBoard.scripts(), "engine", "style_board"),
    "duel": (*Duel.scripts(), "duel"),
    "walk": ("base",),
}
SETTINGS: dict[str, object] = {
    "project": "ganwidgets",
    "html_title": f"ganwidgets {__version__}",
    "author": "ganwidgets contributors",
    "extensions": ["myst_nb", "sphinx.ext.mathjax"],
    "mathjax_path": f"{STATIC}/mathjax.js",
    "html_theme": "furo",
    "html_static_path": ["_static"],
    "html_css_files": [f"{STATIC}/site.css", f"{STATIC}/widgets.css"],
    "html_js_files": [f"{STATIC}/page.js"],
    "html_show_sourcelink": False,
    "html_copy_source": False,
    "html_show_copyright": False,
    "myst_enable_extensions": ["dollarmath"],
    "myst_all_links_external": True,
    "suppress_warnings": ["myst.header"],  # an author may skip a level
    "nb_execution_mode": "off",
    "nb_merge_streams": True,
    "nb_render_image_options": {"alt": "the figure that the code above draws", "classes": "gw-figure"},
    "language": "en",
}


def build(notebooks: Sequence[Path], site: Path, more: Path | None = None) -> list[Path]:
    """Run `notebooks` and write the site; returns the pages. What was in `site` is replaced when all is done.

    `more`: a folder of Markdown pages that go with them, its `index.md` first; a `conf.py` in it adds Sphinx settings.
    `ValueError` for a notebook that cannot be read or run, and if `site` cannot be written; `ImportError` without the
    extra `site`.
    """
    site = site.resolve()
    read = {path: read_notebook(path) for path in notebooks}
    try:
        site.parent.mkdir(parents=True, exist_ok=True)
        # Beside the site, so that a folder that may not be written or a full disk is told before anything is replaced.
        with tempfile.TemporaryDirectory(dir=site.parent, prefix=".export-") as scratch:
            made = _make(read, Path(scratch), more)
            before = Path(scratch) / "before"
            try:
                if site.exists():
                    site.rename(before)
                made.rename(site)
            finally:
                if before.exists() and not site.exists():
                    before.rename(site)
    except OSError as error:
        reason = f"{error.strerror or error}: {error.filename}" if error.filename else error
        raise ValueError(f"site: {site} was not written, what was there is as it was ({reason})") from error
    return sorted(site.glob("*.html"))


def _make(notebooks: Mapping[Path, Notebook], scratch: Path, more: Path | None) -> Path:
    """The site in a folder in `scratch`."""
    from sphinx.cmd.build import build_main

    pages, made = scratch / "pages", scratch / "site"
    shelf_folder = pages / "_static" / STATIC
    shelf_folder.mkdir(parents=True)
    stems = {path.stem for path in notebooks}
    for path, notebook in tqdm(notebooks.items(), desc="notebooks", unit="notebook"):
        nbformat.write(run(notebook, path.parent, Shelf(shelf_folder, path.stem), stems), pages / path.name)
    write_scripts(shelf_folder)
    entries = [path.stem for path in notebooks] + add_pages(more, pages)
    (pages / "index.md").write_text(index(entries), encoding="utf-8")
    (pages / "conf.py").write_text(settings(more), encoding="utf-8")
    if build_main(["-q", "-b", "html", str(pages), str(made)]):
        raise ValueError("Sphinx could not write the pages; its messages stand above. What was there is as it was")
    shutil.rmtree(made / ".doctrees", ignore_errors=True)
    return made


def add_pages(more: Path | None, pages: Path) -> list[str]:
    """Copy the folder `more` among the sources; returns what the table of contents gains."""
    if more is None:
        return []
    shutil.copytree(more, pages / more.resolve().name, ignore=shutil.ignore_patterns("*.py", "_*"))
    return [f"{more.resolve().name}/index"]


def settings(more: Path | None) -> str:
    """Sphinx's `conf.py`: ours, then that of the folder `more`, which runs where it lies."""
    lines = f"globals().update({SETTINGS!r})\n"
    if more is not None and (conf := more.resolve() / "conf.py").is_file():
        lines += f"import runpy\nglobals().update(runpy.run_path({str(conf)!r}))\n"
    return lines


def write_scripts(folder: Path) -> None:
    """Write `page.js`, a script for each view with its stand-in, the style sheets, and what sets formulas."""
    for name in ("page.js", "site.css"):
        shutil.copyfile(HERE / name, folder / name)
    with resources.as_file(resources.files("sphinx-mathjax-offline") / MATHJAX) as mathjax:
        shutil.copyfile(mathjax, folder / "mathjax.js")
    (folder / "views").mkdir(exist_ok=True)
    for view, parts in VIEW_PARTS.items():
        own = source(VIEWS, list(dict.fromkeys(parts)), ".js").replace("export default ", "const view = ")
        scripts = f"{own}\n{source(HERE / 'standins', ['base', view], '.js')}"
        make = f"() => {{\n{scripts}\nreturn {{ view, gwStandIn }};\n}}"
        brought = f"ganwidgetsPage.bring({json.dumps(f'views/{view}')}, {make});\n"
        (folder / f"views/{view}.js").write_text(brought, encoding="utf-8")
    stems = list(dict.fromkeys(stem for parts in VIEW_PARTS.values() for stem in parts))
    (folder / "widgets.css").write_text(source(VIEWS, stems, ".css"), encoding="utf-8")


def index(entries: Iterable[str]) -> str:
    """The first page: what this is, and the `entries` of its table of contents."""
    listed = "\n".join(entries)
    return f"""# ganwidgets

An interactive course on Generative Adversarial Networks, here as pages that need neither a kernel nor a network.
Sliders over latent spaces, mixing tables and games work on these pages: the generators run in your browser. Other
widgets show a recorded run. To train, to change code and to check exercises, open the notebooks with `ganwidgets lab`.

```{{toctree}}
:maxdepth: 1

{listed}
```
"""
