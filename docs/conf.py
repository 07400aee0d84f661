"""Sphinx settings of these pages, beside those of the course: `ganwidgets export SITE --pages docs` reads them.

The reference is made from the docstrings, which are Markdown: here they are brought into what Sphinx reads. Links
between Markdown files, which go by paths of the repository, are led to pages of the site.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy.typing as npt
from docutils.nodes import Element, TextElement
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.inspect import signature as signature_of
from sphinx.util.inspect import stringify_signature
from sphinx.util.typing import stringify_annotation
from traitlets import HasTraits

from ganwidgets.site.build import SETTINGS

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PACKAGE = ROOT / "ganwidgets"
#: Files of the repository that become pages too, by name of the page.
BROUGHT = {
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "hub": "deploy/README.md",
    "results": "benchmarks/RESULTS.md",
}
CODE = re.compile(r"`([^`]*)`")
NAME = re.compile(r"[A-Za-z][\w.]*")
#: What would mean something else outside of code: a substitution, a reference, an escape.
MARKS = re.compile(r"[|\\]|(?<=\w)_(?!\w)")
ARRAY_LIKE = stringify_annotation(npt.ArrayLike, "smart")
NDARRAY = re.compile(r"~numpy\.ndarray\[tuple\[~typing\.Any, \.\.\.\], ~numpy\.dtype\[([^\]]+)\]\]")
LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")

extensions = [*SETTINGS["extensions"], "sphinx.ext.autodoc"]  # type: ignore[misc]
default_role = "py:obj"
autodoc_default_options = {"inherited-members": "tuple", "no-value": True}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100
add_module_names = False
toc_object_entries_show_parents = "hide"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("config-inited", lambda app, _: bring(Path(app.srcdir) / DOCS.name))
    app.connect("source-read", lead)
    app.connect("autodoc-process-docstring", translate)
    app.connect("autodoc-process-signature", shorten)
    app.connect("autodoc-skip-member", skip)
    app.connect("missing-reference", find)


def bring(pages: Path) -> None:
    """Write beside these pages what lies elsewhere in the repository, and the reference: a page for each module."""
    for page, source in BROUGHT.items():
        shutil.copyfile(ROOT / source, pages / f"{page}.md")
    (pages / "reference").mkdir()
    for module, file in MODULES.items():
        text = module_page(module, is_package=file.name == "__init__.py")
        (pages / "reference" / f"{module}.md").write_text(text, encoding="utf-8")


def public_modules() -> dict[str, Path]:
    """The files of all modules without a `_` in front of any part of their names, by name without the package's."""
    files = {".".join(file.relative_to(PACKAGE).with_suffix("").parts): file for file in PACKAGE.rglob("*.py")}
    named = {name.removesuffix(".__init__"): file for name, file in files.items() if name != "__init__"}
    return {name: named[name] for name in sorted(named) if not re.search(r"(^|\.)_", name)}


def module_page(module: str, is_package: bool) -> str:
    """The page of a module: what is defined in it, and of a package a table of what is in that."""
    table = f"\n{contents(module + '.')}" if is_package else ""
    return f"""---
orphan: true
---
# {module}

[Reference](../reference.html)

```{{eval-rst}}
.. automodule:: ganwidgets.{module}
   :members:
   :ignore-module-all:
```
{table}"""


def contents(prefix: str = "") -> str:
    """A table of the modules whose names begin like that, with the first sentence of each."""
    inside = {name: file for name, file in MODULES.items() if name.startswith(prefix)}
    top = [name for name in inside if "." not in name.removeprefix(prefix)]
    lines = [f"| [{name}]({'' if prefix else 'reference/'}{name}.html) | {summary(inside[name])} |" for name in top]
    return "\n".join(["| module | |", "| --- | --- |", *lines, ""])


def data_table() -> str:
    """What is in `data/`, and under which licence."""
    files = json.loads((ROOT / "data" / "MANIFEST.json").read_text(encoding="utf-8"))
    lines = [f"| `{name}`: {file['contents']} | {file['origin']} | {file['licence']} |" for name, file in files.items()]
    return "\n".join(["| file | from | licence |", "| --- | --- | --- |", *lines, ""])


def summary(file: Path) -> str:
    """The first paragraph of a module's docstring, safe in a table."""
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(said.partition("\n\n")[0].split()).replace("|", "\\|")


def lead(app: Sphinx, page: str, source: list[str]) -> None:
    """Links of these pages lead to pages; of one to a file that is no page only the words stay."""
    folder, _, name = page.rpartition("/")
    for mark, table in TABLES.items():
        if mark in source[0]:
            source[0] = source[0].replace(mark, table())
    if folder == DOCS.name:
        home = (ROOT / BROUGHT[name]).parent if name in BROUGHT else DOCS
        source[0] = LINK.sub(lambda link: led(home, link), source[0])


def led(home: Path, link: re.Match[str]) -> str:
    """The `link` of a file in the folder `home` as it is written on a page of this folder."""
    words, anchor, target = link[1], link[3] or "", (home / link[2]).resolve()
    brought = {ROOT / file: page for page, file in BROUGHT.items()}
    modules = {file: module for module, file in MODULES.items()}
    if target in brought:
        return f"[{words}]({brought[target]}.html{anchor})"
    if target in modules:
        return f"[{words}](reference/{modules[target]}.html)"
    if target.suffix == ".ipynb":
        return f"[{words}](../{target.stem}.html{anchor})"
    if target.is_relative_to(DOCS):
        place = target.relative_to(DOCS).as_posix()
        return f"[{words}]({place.removesuffix('.md')}{'.html' * place.endswith('.md')}{anchor})"
    return words


def translate(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Markdown to reStructuredText: what stands between backticks, and marks that are meant as they are."""
    lines[:] = rest("\n".join(lines)).split("\n")


def rest(text: str) -> str:
    """Docstrings have paragraphs, code between single backticks and emphasis; nothing else is translated."""
    pieces = CODE.split(text)
    for i in range(0, len(pieces), 2):
        pieces[i] = MARKS.sub(r"\\\g<0>", pieces[i])
    for i in range(1, len(pieces), 2):
        quote = "`" if NAME.fullmatch(pieces[i]) else "``"
        # Markup must stand free of letters: `\ ` is a space that is not shown.
        before = "" if not pieces[i - 1] or pieces[i - 1][-1].isspace() else "\\ "
        after = "" if not pieces[i + 1] or pieces[i + 1][0].isspace() else "\\ "
        pieces[i] = f"{before}{quote}{pieces[i]}{quote}{after}"
    return "".join(pieces)


def shorten(
    app: Sphinx, what: str, name: str, obj: Any, options: object, signature: str | None, returns: str | None
) -> tuple[str | None, ...]:
    """Types of arrays as they are written in the code, not as numpy spells them out; what a widget really takes."""
    if what == "class" and issubclass(obj, HasTraits):
        taken = signature_of(obj.__init__, bound_method=True)
        signature = stringify_signature(taken, show_return_annotation=False, unqualified_typehints=True)
    texts = (text and text.replace(ARRAY_LIKE, "ArrayLike") for text in (signature, returns))
    return tuple(text and NDARRAY.sub(r"NDArray[\1]", text) for text in texts)


def skip(app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: object) -> bool | None:
    """What other packages' classes bring along is described by them; of a field of a tuple there is nothing to say."""
    if (getattr(obj, "__doc__", None) or "").startswith("Alias for field"):
        return True
    module = getattr(obj, "__module__", None) or getattr(getattr(obj, "fget", None), "__module__", None)
    return True if module and not module.startswith("ganwidgets") else None


def find(app: Sphinx, env: BuildEnvironment, node: pending_xref, contents: TextElement) -> Element | None:
    """A name that is short of its package, or a class that goes by another module's name, if there is but one such."""
    domain, target = env.domains.python_domain, node["reftarget"]
    full = f"ganwidgets.{target}" if "." in target else ""
    if full not in domain.objects:
        ends = [f"{module}.{target.rpartition('.')[2]}" for module in domain.modules]
        classes = [end for end in ends if end in domain.objects and domain.objects[end].objtype == "class"]
        full = classes[0] if len(classes) == 1 else ""
    if node["refdomain"] != "py" or not full:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", full, node, contents)


MODULES = public_modules()
TABLES = {"<!-- modules -->": contents, "<!-- data -->": data_table}
