"""What a teacher's page says of a chapter, read from its notebook: minutes, predictions and their answers, the quiz.

A notebook is read as the course writes it: a prediction is a paragraph with **Predict.** in it, its answer the compared
outputs up to the next prose and the first paragraphs of that prose; the quiz is the list under *Check yourself*, its
answers the list in the `<details>` that follows. What is not found is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from ganwidgets.course import read_notebook

COMPARED = "nbval-check-output"
ANSWERS = "<details>"
NUMBERED = re.compile(r"^\d+\. ", re.MULTILINE)
MINUTES = re.compile(r"\babout (\d+) minutes|\b(?:about |in )an hour( and a quarter| and a half)?", re.IGNORECASE)
PREDICT = re.compile(r"\*\*predict\b", re.IGNORECASE)
EXERCISE = re.compile(r"^### Exercise (\d\d\.\d+)", re.MULTILINE)
#: A prediction takes as long as so many words.
WORDS_A_PREDICTION = 40


@dataclass
class Prediction:
    """A question to the class: where it stands, its Markdown, what the cells print after it, and what the text says."""

    section: str
    question: str
    outputs: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)


@dataclass
class Section:
    """A `##` section, with what fills its time; `minutes`: see `share_out`."""

    title: str
    words: int = 0
    predictions: int = 0
    exercises: list[str] = field(default_factory=list)
    minutes: int = 0


@dataclass
class Chapter:
    """One notebook: `number` "05", `name` of its file, its parts as Markdown, and `quiz` as question and answer."""

    number: str
    name: str
    title: str
    minutes: int | None
    sections: list[Section]
    predictions: list[Prediction]
    quiz: list[tuple[str, str]]
    summary: str
    tasks: dict[str, str]


def read_chapters(folder: Path, exercises: Mapping[str, int]) -> list[Chapter]:
    """The chapters in `folder`, which are the notebooks with a number; `exercises`: the minutes of each, by id.

    `ValueError` if there is none, or if one cannot be read as a notebook.
    """
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise ValueError(f"notebooks: there is no chapter such as 05_training_loop.ipynb in {folder}")
    return [read_chapter(path, exercises) for path in paths]


def read_chapter(path: Path, exercises: Mapping[str, int]) -> Chapter:
    """The chapter in one notebook; arguments and errors as in `read_chapters`."""
    cells = read_notebook(path).cells
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    text = "\n\n".join(prose)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    minutes = _minutes("\n".join(prose[:2]))
    return Chapter(
        number=path.name[:2],
        name=path.name,
        title=title[1] if title else path.stem,
        minutes=minutes,
        sections=share_out(list(_sections(prose)), minutes or 0, exercises),
        predictions=list(_predictions(cells)),
        quiz=_quiz(prose),
        summary=_below(text, "Summary"),
        tasks=_tasks(prose),
    )


def _minutes(text: str) -> int | None:
    """ "In about 40 minutes" is 40, "In an hour and a quarter" 75; None where nothing of the kind is said."""
    found = MINUTES.search(text)
    if not found:
        return None
    more = {"and a quarter": 15, "and a half": 30}
    return int(found[1]) if found[1] else 60 + more.get((found[2] or "").strip(), 0)


def _sections(prose: Sequence[str]) -> Iterator[Section]:
    """The `##` sections that take time in class, each with what is in it."""
    section = Section("Opening")
    for cell in prose:
        for block in re.split(r"^(?=## )", cell, flags=re.MULTILINE):
            if heading := re.match(r"## (.+)", block):
                yield section
                section = Section(heading[1])
            if ANSWERS not in block:
                section.words += len(block.split())
                section.predictions += len(PREDICT.findall(block))
                section.exercises += EXERCISE.findall(block)
    yield section


def share_out(sections: Sequence[Section], minutes: int, exercises: Mapping[str, int]) -> list[Section]:
    """The sections that take time, with their `minutes` of the chapter's.

    An exercise takes what it says. The rest is shared by words, a prediction counting as `WORDS_A_PREDICTION`. It is an
    estimate for planning; the sum may be off by rounding.
    """
    kept = [each for each in sections if each.title != "Sources" and each.words]
    fixed = [sum(exercises.get(id, 0) for id in each.exercises) for each in kept]
    weights = [each.words + WORDS_A_PREDICTION * each.predictions for each in kept]
    free = max(0, minutes - sum(fixed)) / max(1, sum(weights))
    for section, weight, own in zip(kept, weights, fixed, strict=True):
        section.minutes = round(free * weight) + own
    return kept


def _predictions(cells: Sequence[nbformat.NotebookNode]) -> Iterator[Prediction]:
    section = "Opening"
    for index, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            continue
        found: list[Prediction] = []
        for paragraph in _paragraphs(cell.source):
            if heading := re.match(r"## (.+)", paragraph):
                section = heading[1]
            elif PREDICT.search(paragraph):
                found.append(Prediction(section, paragraph))
            elif found and not paragraph.startswith("#"):
                _continue(found[-1], paragraph)
        if found and not found[-1].answer:
            found[-1].outputs, found[-1].answer = _answer(cells[index + 1 :])
        yield from found


def _continue(prediction: Prediction, paragraph: str) -> None:
    """A paragraph after the prediction, in the same cell: it asks on, or it answers."""
    if "?" in paragraph and not prediction.answer:
        prediction.question += "\n\n" + paragraph
    else:
        prediction.answer.append(paragraph)


def _answer(cells: Sequence[nbformat.NotebookNode]) -> tuple[list[str], list[str]]:
    """What the next cells print, and the text up to the next heading or prediction."""
    outputs: list[str] = []
    for cell in cells:
        if cell.cell_type == "code":
            if COMPARED in cell.metadata.get("tags", []):
                outputs += [output.text.rstrip() for output in cell.outputs if output.output_type == "stream"]
        elif not EXERCISE.search(cell.source):
            return outputs, list(_until_next_question(_paragraphs(cell.source)))
    return outputs, []


def _until_next_question(paragraphs: Sequence[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        if paragraph.startswith("#") or PREDICT.search(paragraph):
            return
        yield paragraph


def _paragraphs(source: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", source) if part.strip()]


def _quiz(prose: Sequence[str]) -> list[tuple[str, str]]:
    """Questions and answers; empty unless there are as many of the one as of the other."""
    questions = next((_items(_below(cell, "Check yourself")) for cell in prose if "## Check yourself" in cell), [])
    answers = next((_items(re.sub(r"</?(details|summary)>", "", cell)) for cell in prose if ANSWERS in cell), [])
    return list(zip(questions, answers, strict=True)) if len(questions) == len(answers) else []


def _items(text: str) -> list[str]:
    return [item.strip() for item in NUMBERED.split(text)[1:]]


def _below(text: str, heading: str) -> str:
    """What stands under `## heading`, up to the next heading or *Next*; empty if there is no such heading."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^#|^\*\*Next|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def _tasks(prose: Sequence[str]) -> dict[str, str]:
    """The text of each exercise, by its id."""
    return {
        part[0]: part[1].strip()
        for cell in prose
        for part in re.findall(r"^### Exercise (\d\d\.\d+)[^\n]*\n(.*?)(?=^#|\Z)", cell, re.MULTILINE | re.DOTALL)
    }
