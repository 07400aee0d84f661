"""The learner's copy of the course: nothing of theirs is ever lost, and a new version is laid beside."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import ganwidgets
from ganwidgets import course

MINE = json.dumps({"cells": ["my answers"]})


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with two notebooks, a figure and something that is not to be copied."""
    folder = tmp_path / "site" / "ganwidgets"
    for name in ("00.ipynb", "05.ipynb", "figures/g.png", ".ipynb_checkpoints/x.ipynb"):
        place = folder / "notebooks" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({"cells": [f"packaged {name}"]}))
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_first_copy_has_everything(package: Path, tmp_path: Path) -> None:
    target = course.course_folder(package, tmp_path / "here")
    assert target == tmp_path / "here" / course.COPY_NAME
    assert files(target) == {"00.ipynb", "05.ipynb", "figures/g.png", course.RECORD}
    assert (target / "00.ipynb").read_bytes() == (package / "notebooks" / "00.ipynb").read_bytes()


def test_a_checkout_is_worked_in_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "ganwidgets").mkdir()
    assert course.course_folder(tmp_path / "ganwidgets", tmp_path / "here") == tmp_path / "notebooks"
    assert not (tmp_path / "here").exists()


def test_work_is_kept_and_nothing_is_laid_beside_it_while_the_course_is_the_same(package: Path, tmp_path: Path) -> None:
    target = course.course_folder(package, tmp_path)
    (target / "05.ipynb").write_text(MINE)
    before = files(target)
    copied = course.copy_course(package / "notebooks", target)
    assert (target / "05.ipynb").read_text() == MINE
    assert files(target) == before
    assert (copied.new, copied.beside) == ([], {})
    assert len(copied.kept) == 3


def test_a_new_version_is_laid_beside_the_old_one_once(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = course.course_folder(package, tmp_path)
    (target / "05.ipynb").write_text(MINE)
    (package / "notebooks" / "05.ipynb").write_text(json.dumps({"cells": ["better"]}))
    assert course.copy_course(package / "notebooks", target, "9.9.9").beside == {"05.ipynb": "05.9.9.9.ipynb"}
    assert (target / "05.ipynb").read_text() == MINE
    assert "better" in (target / "05.9.9.9.ipynb").read_text()
    (target / "05.9.9.9.ipynb").write_text("my answers in the new one")
    assert course.copy_course(package / "notebooks", target, "9.9.9").beside == {}
    assert (target / "05.9.9.9.ipynb").read_text() == "my answers in the new one"


def test_files_that_were_there_before_any_copy_are_kept(package: Path, tmp_path: Path) -> None:
    mine = tmp_path / course.COPY_NAME / "00.ipynb"
    mine.parent.mkdir()
    mine.write_text(MINE)
    target = course.course_folder(package, tmp_path)
    assert mine.read_text() == MINE
    assert f"00.{ganwidgets.__version__}.ipynb" in files(target)


def test_a_half_written_notebook_gets_a_whole_one_beside_it(package: Path, tmp_path: Path) -> None:
    target = course.course_folder(package, tmp_path)
    (target / "00.ipynb").write_text('{"cells": [')
    course.copy_course(package / "notebooks", target, "1.0.0")
    assert (target / "00.ipynb").read_text() == '{"cells": ['
    assert (target / "00.1.0.0.ipynb").read_bytes() == (package / "notebooks" / "00.ipynb").read_bytes()


def test_a_broken_record_costs_nothing(package: Path, tmp_path: Path) -> None:
    target = course.course_folder(package, tmp_path)
    (target / course.RECORD).write_text("[")
    (target / "05.ipynb").write_text(MINE)
    assert course.copy_course(package / "notebooks", target, "1.0.0").beside == {"05.ipynb": "05.1.0.0.ipynb"}


def test_a_full_disk_leaves_no_half_of_a_file(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at the second file: what is there is whole, and a second call goes on."""
    replace, calls = os.replace, []

    def full(source: str, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ValueError, match=r"No space left on device.*free some"):
        course.course_folder(package, tmp_path)
    target = tmp_path / course.COPY_NAME
    assert files(target) == {"00.ipynb"}
    course.course_folder(package, tmp_path)
    assert files(target) == {"00.ipynb", "05.ipynb", "figures/g.png", course.RECORD}


@pytest.mark.skipif(os.name == "nt", reason="a file in the way says it in other words there")
def test_a_file_in_the_way_is_a_clear_word(package: Path, tmp_path: Path) -> None:
    (tmp_path / course.COPY_NAME).write_text("not a folder")
    with pytest.raises(ValueError, match="cannot write the course to"):
        course.course_folder(package, tmp_path)
    assert (tmp_path / course.COPY_NAME).read_text() == "not a folder"
