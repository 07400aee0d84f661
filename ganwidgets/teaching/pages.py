"""The teacher's pages: one HTML page for each chapter, and an index; plain, made for printing, with nothing to load.

HTML because every teacher has a browser that prints it, on paper or as PDF; the text comes from the notebooks, the
exercises and `guide.toml`, and is escaped or rendered by Mistune with raw HTML switched off.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import jinja2
import mistune
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from markupsafe import Markup
from tqdm import tqdm

from ganwidgets import __version__
from ganwidgets.exercises import Exercise, all_exercises
from ganwidgets.files import notebooks_path, write_whole
from ganwidgets.teaching.chapters import Chapter, read_chapters

_HERE = Path(__file__).resolve().parent
INDEX = "index.html"
#: Every page of ours holds this line, by which we know it again.
OURS = '<meta name="generator" content="ganwidgets teach">'


@dataclass(frozen=True)
class Guide:
    """What only a teacher's head has: what learners stumble over, what to discuss, how to shorten; Markdown lines."""

    stumbles: Sequence[str] = ()
    discuss: Sequence[str] = ()
    shorten: Sequence[str] = ()


@dataclass(frozen=True)
class Task:
    """An exercise with the words in which its check refuses each wrong answer."""

    exercise: Exercise
    text: str
    refusals: Mapping[str, str] = field(default_factory=dict)


def read_guide(path: Path = _HERE / "guide.toml") -> dict[str, Guide]:
    """The guide of each chapter, by its number "05"."""
    return {number: Guide(**lists) for number, lists in tomllib.loads(path.read_text("utf-8")).items()}


def write_pages(folder: Path, notebooks: Path | None = None) -> list[Path]:
    """Write a page for each chapter in `notebooks` (default: the course's) and `index.html`; return their paths.

    `ValueError` if `folder` holds other things or a notebook cannot be read, and then nothing is written; and if
    `folder` cannot be written. Every wrong answer is put to its check, for the words that learners will read.
    """
    _check_ours(folder)
    exercises = all_exercises()
    chapters = read_chapters(notebooks or notebooks_path(), {id: each.minutes for id, each in exercises.items()})
    guide, environment = read_guide(), template_environment()
    totals = {chapter.number: _total(chapter, exercises) for chapter in chapters}
    pages = {INDEX: environment.get_template(INDEX).render(chapters=chapters, totals=totals)}
    for chapter in tqdm(chapters, desc="pages", unit="chapter"):
        pages[page_name(chapter)] = environment.get_template("chapter.html").render(
            chapter=chapter,
            guide=guide.get(chapter.number, Guide()),
            tasks=list(_tasks(chapter, exercises)),
        )
    try:
        for name, page in pages.items():
            write_whole(folder / name, page.encode())
    except OSError as error:
        raise ValueError(f"folder: cannot write to {folder}: {error.strerror or error}") from error
    return [folder / name for name in pages]


def page_name(chapter: Chapter) -> str:
    """`05_training_loop.html`"""
    return Path(chapter.name).with_suffix(".html").name


def template_environment() -> jinja2.Environment:
    """The templates; whatever they are given is escaped, and the filter `markdown` renders what is Markdown."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(markdown=_markdown, inline=_inline, page_name=page_name)
    environment.globals.update(version=__version__, ours=Markup(OURS))
    return environment


def _own(chapter: Chapter, exercises: Mapping[str, Exercise]) -> list[Exercise]:
    return [each for id, each in exercises.items() if id.partition(".")[0] == chapter.number]


def _total(chapter: Chapter, exercises: Mapping[str, Exercise]) -> tuple[int, int]:
    """How many exercises the chapter has, and their minutes."""
    own = _own(chapter, exercises)
    return len(own), sum(each.minutes for each in own)


def _tasks(chapter: Chapter, exercises: Mapping[str, Exercise]) -> Iterator[Task]:
    for each in _own(chapter, exercises):
        refusals = {name: str(each.verdict(wrong)) for name, wrong in each.wrong_answers.items()}
        yield Task(each, chapter.tasks.get(each.id, ""), refusals)


def _check_ours(folder: Path) -> None:
    """`ValueError` unless `folder` is new, empty, or was written by `write_pages`."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    index = folder / INDEX
    if not index.is_file() or OURS not in index.read_text("utf-8", errors="replace"):
        raise ValueError(f"folder: {folder} holds something else; give a new or empty folder, or one made before")


class _Printed(mistune.HTMLRenderer):
    """Links into the course become plain words, since on paper, and beside these pages, there is no notebook."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, url, title) if url.startswith(("https://", "http://")) else text

    def inline_math(self, text: str) -> str:
        return _formula(text, as_block=False)

    def block_math(self, text: str) -> str:
        return _formula(text, as_block=True)


def _formula(tex: str, as_block: bool) -> str:
    """MathML, which a browser sets by itself, on paper too; what Docutils cannot read of TeX stays as it is."""
    try:
        return str(tex2mathml(tex, as_block))
    except MathError:
        return f"<code>{escape(tex)}</code>"


_RENDER = mistune.create_markdown(escape=True, renderer=_Printed(escape=True), plugins=["table", "math"])


def _markdown(text: str) -> Markup:
    """Markdown as HTML; raw HTML in it is shown as text, but for the keys of a keyboard."""
    html = str(_RENDER(text))
    for tag in ("kbd", "/kbd"):
        html = html.replace(escape(f"<{tag}>"), f"<{tag}>")
    return Markup(html)


def _inline(text: str) -> Markup:
    """One paragraph of Markdown, without the paragraph."""
    return Markup(str(_markdown(text)).strip().removeprefix("<p>").removesuffix("</p>"))
