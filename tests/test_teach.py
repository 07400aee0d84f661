"""The teacher's edition: pages that match the course, hints held and released, progress that learners saved."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from ganwidgets import cli
from ganwidgets.exercises import all_exercises, exercise, save_progress
from ganwidgets.exercises.progress import Mark, progress_file, read_progress
from ganwidgets.exercises.release import FILE_NAME, VARIABLE
from ganwidgets.files import notebooks_path
from ganwidgets.teaching.chapters import read_chapter, read_chapters
from ganwidgets.teaching.pages import read_guide, write_pages
from ganwidgets.widgets import ExerciseCard

MINUTES = {id: each.minutes for id, each in all_exercises().items()}


def teach(*arguments: object) -> int:
    return cli.main(["teach", *map(str, arguments)])


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A learner's folder as the current one, and a kernel in which nothing was tried yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    _forget()
    yield
    _forget()


def _forget() -> None:
    for each in all_exercises().values():
        each.mark.passed, each.mark.tried, each.mark.hints = False, False, 0
        each._shown.clear()


# --- the pages ---


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher") / "pages"
    write_pages(folder)
    return folder


def test_every_chapter_has_a_page_with_all_its_answers(pages: Path) -> None:
    chapters = read_chapters(notebooks_path(), MINUTES)
    assert len(chapters) == 16
    index = (pages / "index.html").read_text("utf-8")
    for chapter in chapters:
        page = (pages / chapter.name.replace(".ipynb", ".html")).read_text("utf-8")
        assert f'href="{chapter.name.replace(".ipynb", ".html")}"' in index
        assert page.count('class="ask"') == len(chapter.predictions)
        for id, each in all_exercises().items():
            if id.startswith(chapter.number):
                assert f"{id} · " in page and f"def {each.reference.__name__}" in page
        for heading in ("What they take home", "Timings", "What learners stumble over", "To discuss", "How to shorten"):
            assert f"<h2>{heading}</h2>" in page, (chapter.number, heading)


def test_a_page_says_what_the_check_says_of_each_wrong_answer(pages: Path) -> None:
    page = (pages / "05_training_loop.html").read_text("utf-8")
    each = exercise("05.4")
    for name, wrong in each.wrong_answers.items():
        assert name in page and str(each.verdict(wrong))[:30].split("'")[0] in page


def test_a_page_loads_nothing_and_shows_no_raw_html_or_relative_link(pages: Path) -> None:
    names = {path.name for path in pages.iterdir()}
    for path in pages.glob("*.html"):
        page = path.read_text("utf-8")
        assert not re.search(r"<(script|link|img|iframe)|url\(|@import", page), path.name
        targets = re.findall(r'href="([^"]*)"', page)
        assert all(target in names or target.startswith("https://") for target in targets), path.name
        assert "&lt;kbd" not in page and "&lt;details" not in page, path.name


def test_formulas_are_set_without_a_script(pages: Path) -> None:
    page = (pages / "06_latent_space.html").read_text("utf-8")
    assert "<mfrac>" in page and "slerp" in page
    for path in pages.glob("*.html"):
        assert not re.search(r"\$\$|<code>\\\\", path.read_text("utf-8")), path.name


def test_what_is_read_from_the_notebooks_is_complete() -> None:
    """Each prediction of the course is found, with its outputs or its text; each quiz has its five answers."""
    unanswered = 0
    for chapter in read_chapters(notebooks_path(), MINUTES):
        cells = nbformat.read(notebooks_path() / chapter.name, as_version=4).cells
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert chapter.minutes and 30 <= chapter.minutes <= 90, chapter.name
        assert abs(sum(each.minutes for each in chapter.sections) - chapter.minutes) <= 4, chapter.name
        assert len(chapter.predictions) == len(re.findall(r"\*\*predict\b", prose, re.IGNORECASE)), chapter.name
        assert len(chapter.quiz) == 5 and all(question and answer for question, answer in chapter.quiz), chapter.name
        assert len(chapter.summary.splitlines()) == 5, chapter.name
        ids = [id for section in chapter.sections for id in section.exercises]
        assert ids == [id for id in MINUTES if id.startswith(chapter.number)], chapter.name
        unanswered += sum(not (each.outputs or each.answer) for each in chapter.predictions)
    assert unanswered <= 8  # a picture answers those


def test_the_guide_has_three_to_five_lines_on_each_question_of_each_chapter() -> None:
    guide = read_guide()
    assert list(guide) == [f"{number:02}" for number in range(16)]
    for number, each in guide.items():
        assert all(3 <= len(lines) <= 5 for lines in (each.stumbles, each.discuss)), number
        assert 2 <= len(each.shorten) <= 5, number
        for id in re.findall(r"\b\d\d\.\d\b", " ".join([*each.stumbles, *each.discuss, *each.shorten])):
            assert id in MINUTES, (number, id)


def test_the_guide_names_sections_that_exist() -> None:
    """What is in italics under *How to shorten* is a section's title, or its beginning."""
    for chapter in read_chapters(notebooks_path(), MINUTES):
        text = (notebooks_path() / chapter.name).read_text("utf-8")
        for line in read_guide()[chapter.number].shorten:
            for title in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", line):
                assert f"# {title}".replace('"', '\\"') in text, (chapter.number, title)


def test_a_small_notebook_is_read_as_its_author_means_it(tmp_path: Path) -> None:
    new = nbformat.v4
    prose = [
        "# 05 · Mine\n\nIn an hour and a quarter you can.",
        "## Guess\n\n**Predict.** How many?\n\nAnd why?\n\nBecause.",
        "**Predict.** Again?",
        "### Exercise 05.2: it (5 minutes)\n\nDo <b>it</b>.",
        r"Three, [always](glossary.ipynb#always), $w_{ik}$ of $\oops{<b>}$." "\n\n**Predict.** Last one?",
        "## Check yourself\n\n1. One?\n2. Two?",
        "<details><summary>Answers</summary>\n\n1. Yes.\n2. No.\n</details>",
    ]
    cells = [new.new_markdown_cell(text) for text in prose]
    output = new.new_output("stream", name="stdout", text="3\n")
    cells.insert(4, new.new_code_cell("print(3)", metadata={"tags": ["nbval-check-output"]}, outputs=[output]))
    path = tmp_path / "05_mine.ipynb"
    nbformat.write(new.new_notebook(cells=cells), path)
    chapter = read_chapter(path, {"05.2": 5})
    assert (chapter.title, chapter.minutes) == ("05 · Mine", 75)
    first, second, third = chapter.predictions
    assert first.question.endswith("And why?") and first.answer == ["Because."]
    assert second.outputs == ["3"] and second.answer == [
        r"Three, [always](glossary.ipynb#always), $w_{ik}$ of $\oops{<b>}$."
    ]
    assert third.section == "Guess" and not third.answer
    assert chapter.quiz == [("One?", "Yes."), ("Two?", "No.")]
    write_pages(tmp_path / "out", tmp_path)
    page = (tmp_path / "out" / "05_mine.html").read_text("utf-8")
    assert "Three, always, <math" in page and r"<code>\oops{&lt;b&gt;}</code>." in page
    assert "Do &lt;b&gt;it&lt;/b&gt;." in page


def test_pages_are_not_written_over_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").write_text("my own page")
    assert teach(tmp_path) == 2
    assert "holds something else" in capsys.readouterr().err
    assert (tmp_path / "index.html").read_text() == "my own page"


def test_a_broken_notebook_is_named_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "05_half.ipynb").write_text('{"cells": [')
    assert teach("--notebooks", tmp_path, tmp_path / "out") == 2
    assert "05_half.ipynb cannot be read as a notebook" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert teach("--notebooks", tmp_path / "none", tmp_path / "out") == 2
    assert "there is no chapter" in capsys.readouterr().err


# --- hold and release ---


def test_hints_and_solutions_are_open_until_they_are_held_and_again_once_released(
    capsys: pytest.CaptureFixture[str],
) -> None:
    each = exercise("00.1")
    each.hint()
    assert "Hint 1 of 3" in capsys.readouterr().out
    assert teach("--hold", ".") == 0
    capsys.readouterr()
    each.hint()
    each.solution()
    said = capsys.readouterr().out
    assert "Your teacher will release the hints of exercise 00.1" in said and "def critic" not in said
    assert each.mark.hints == 1  # what was not shown was not seen
    assert teach("--release", "00", ".") == 0
    capsys.readouterr()
    each.hint()
    each.solution()
    said = capsys.readouterr().out
    assert "Hint 2 of 3" in said and "def critic_accuracy" in said
    exercise("05.1").hint()
    assert "Your teacher will release" in capsys.readouterr().out


def test_a_held_exercise_lets_the_notebook_run(capsys: pytest.CaptureFixture[str]) -> None:
    teach("--hold", ".")
    each = exercise("00.1")
    assert each.use(lambda *args: ...) is each.reference


def test_one_exercise_and_the_hints_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    teach("--hold", ".")
    teach("--release", "05.2", "--release", "06", "--only", "hints", ".")
    assert "open for 05.2, 06" in capsys.readouterr().out
    assert exercise("05.2").withheld("hints") is None and exercise("06.1").withheld("hints") is None
    assert exercise("05.1").withheld("hints") and exercise("05.2").withheld("solutions")
    teach("--release", "all", ".")
    assert not any(each.withheld(kind) for each in all_exercises().values() for kind in ("hints", "solutions"))
    teach("--hold", "--only", "solutions", ".")
    assert exercise("05.2").withheld("solutions") and not exercise("05.2").withheld("hints")


def test_the_file_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shared").mkdir()
    teach("--hold", tmp_path / "shared")
    assert exercise("00.1").withheld("hints") is None
    monkeypatch.setenv(VARIABLE, str(tmp_path / "shared" / FILE_NAME))
    assert exercise("00.1").withheld("hints")


@pytest.mark.parametrize("content", ['{"hints": ["00"', "[]", '{"hints": "all", "solutions": []}', "\udcff"])
def test_a_release_file_that_cannot_be_read_holds_and_says_so(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content.encode("utf-8", "surrogateescape"))
    exercise("00.1").hint()
    assert "cannot be read" in capsys.readouterr().out
    assert teach("--release", "00", ".") == 2
    assert "--hold writes it anew" in capsys.readouterr().err
    assert teach("--hold", ".") == 0 and teach("--release", "00", ".") == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--release", "99", "."), "no chapter or exercise '99'"),
        (("--release", "05", "."), "is open; there is no ganwidgets-release.json"),
        (("--hold", "nowhere"), "nowhere is no folder"),
        (("--only", "hints", "."), "goes with --hold or --release"),
        (("--progress", "nowhere"), "nowhere is no folder"),
        (("--progress", "."), "no learner has saved progress"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if arguments[1] == "99":
        teach("--hold", ".")
    assert teach(*arguments) == 2
    assert words in capsys.readouterr().err


def test_the_card_waits_for_the_teacher() -> None:
    teach("--hold", ".")
    card = ExerciseCard(exercise("00.1"), lambda *args: ...)
    card._hint_button.click()
    card._solution_button.click()
    text = " ".join(child.value for child in card.children if hasattr(child, "value"))
    assert "Your teacher will release the hints" in text and "release the solution of" in text
    assert exercise("00.1").hints[0] not in text and "def critic" not in text and card.revealed == 0
    teach("--release", "00", ".")
    card._hint_button.click()
    assert card.revealed == 1 and exercise("00.1").mark.hints == 1


# --- progress ---


def test_only_what_the_learner_did_is_saved_and_only_when_asked(tmp_path: Path) -> None:
    right, wrong = exercise("00.1"), exercise("05.2")
    right.use(lambda real, fake: float(((real > 0.5).sum() + (fake < 0.5).sum()) / (len(real) + len(fake))))
    wrong.use(lambda logits: logits.mean())
    exercise("00.2").use(lambda *args: ...)  # a stub is no try
    exercise("00.2").hint()
    exercise("05.1").use(exercise("05.1").reference)  # nor is our own solution, handed back
    assert list(tmp_path.iterdir()) == []
    save_progress("Ada", "shared")
    assert json.loads(progress_file("Ada", "shared").read_text("utf-8")) == {
        "name": "Ada",
        "exercises": {
            "00.1": {"passed": True, "tried": True, "hints": 0},
            "00.2": {"passed": False, "tried": False, "hints": 1},
            "05.2": {"passed": False, "tried": True, "hints": 0},
        },
    }


def test_another_notebook_adds_and_a_passed_exercise_stays_passed() -> None:
    exercise("00.1").mark.passed = exercise("00.1").mark.tried = True
    save_progress("Ada")
    _forget()
    exercise("00.1").hint()
    exercise("05.2").mark.tried = True
    save_progress("Ada")
    assert read_progress(progress_file("Ada", ".")).marks == {"00.1": Mark(True, True, 1), "05.2": Mark(False, True, 0)}


def test_two_learners_have_two_files_whatever_their_names() -> None:
    names = ["Ada", "ada", "Ada!", "阿达", "../../etc/passwd", "Zoë", "CON"]
    paths = {progress_file(name, "shared") for name in names}
    assert len({path.name.casefold() for path in paths}) == len(names)
    assert {path.parent for path in paths} == {Path("shared")}


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 61, None])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name: 1 to 60 letters"):
        save_progress(name)


def test_a_file_that_cannot_be_read_is_not_written_over() -> None:
    save_progress("Ada")
    path = progress_file("Ada", ".")
    path.write_text('{"name": "Ada", "exerc')
    with pytest.raises(ValueError, match=r"half-written.*Nothing was written"):
        save_progress("Ada")
    assert path.read_text() == '{"name": "Ada", "exerc'


def test_a_folder_that_cannot_be_made_is_a_clear_word(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot write to file"):
        save_progress("Ada", "file")


def test_the_page_shows_each_learner_and_lists_what_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise("00.1").mark.passed = exercise("00.1").mark.tried = True
    exercise("00.1").mark.hints = 1
    save_progress("<script>alert(1)</script>", "shared")
    _forget()
    exercise("05.2").mark.tried, exercise("05.2").mark.hints = True, 3
    save_progress("Zoë", "shared/second row")
    (tmp_path / "shared" / "half<b>.progress.json").write_text('{"name": "Bob", "exer')
    (tmp_path / "shared" / "odd.progress.json").write_text('{"name": "Bob", "exercises": {"00.1": {"passed": "x"}}}')
    (tmp_path / "shared" / "deep.progress.json").write_text("[" * 60_000)
    (tmp_path / "shared" / "large.progress.json").write_text(" " * 200_000)
    assert teach("--progress", "shared") == 0
    assert "Left out: half<b>.progress.json is no JSON; half-written, perhaps" in capsys.readouterr().out
    page = (tmp_path / "shared" / "progress.html").read_text("utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "half&lt;b&gt;" in page
    rows = re.findall(r'<tr><th scope="row" class="who">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    assert [name for name, _ in rows] == ["&lt;script&gt;alert(1)&lt;/script&gt;", "Zoë", "passed by"]
    assert rows[0][1].count("✓") == 1 and '00.1 passed 1 hint"' in rows[0][1] and "○" not in rows[0][1]
    assert rows[1][1].count("○") == 1 and "05.2 tried 3 hints" in rows[1][1] and "✓" not in rows[1][1]
    assert "2 learners" in page and page.count("<li>") == 4
    assert teach("--progress", "shared") == 0  # and again, over its own page
