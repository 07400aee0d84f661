"""`ganwidgets export FOLDER`: the course as a site that is alive without a kernel and without a network."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

from ganwidgets.files import notebooks_path

NEEDED = ("sphinx", "myst_nb", "furo", "sphinx-mathjax-offline", "onnx", "onnxscript")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets export`."""
    parser.add_argument("site", type=Path, help="the folder to write; one that holds another site is replaced")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all notebooks of the course, in their order")
    parser.add_argument(
        "--pages", type=Path, metavar="FOLDER",
        help="Markdown pages of your own to go with the course; index.md is the first, conf.py may add Sphinx settings",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run the notebooks and write the pages; `ValueError` for a folder with other things in it, or no notebook."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(f"an export needs the extra site: pip install 'ganwidgets[site]' (missing: {missing[0]})")
    if args.site.exists() and (not args.site.is_dir() or any(args.site.iterdir())) and not is_site(args.site):
        raise ValueError(f"site: {args.site} holds something else; give a new or empty folder, or one exported before")
    notebooks = args.notebooks or sorted(notebooks_path().glob("*.ipynb"))
    for path in notebooks:
        if path.suffix != ".ipynb" or not path.is_file():
            raise ValueError(f"notebooks: {path} is no notebook")
    if args.pages is not None and not (args.pages / "index.md").is_file():
        raise ValueError(
            f"--pages: there is no index.md in {args.pages}; it is the first page, with a table of the others"
        )
    from ganwidgets.site.build import build

    pages = build(notebooks, args.site, args.pages)
    print(f"Wrote {len(pages)} pages. Open {args.site / 'index.html'} in a browser; no server is needed.")
    return 0


def is_site(folder: Path) -> bool:
    """Whether `folder` was written by this command."""
    return (folder / "_static" / "widgets" / "page.js").is_file()
