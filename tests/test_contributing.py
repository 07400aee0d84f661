"""CONTRIBUTING.md by its word: its blocks go into a copy of the repository, and its commands are run there.

A block stands below the line that says where it goes: `path`: alone for a new file, or above or below the first line of
the file that begins with some text. Blocks of `sh` are commands.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_architecture import KNOWN, broken_imports

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PARTS = ("A loss", "An exercise", "A chapter", "A widget")
BLOCK = re.compile(
    r"^(?:`(?P<path>[^`]+)`(?:, (?P<side>above|below) `(?P<mark>[^`]+)`)?:\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "runs", "deploy", "docs")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands of the guide are for a POSIX shell")


@dataclass(frozen=True)
class Block:
    """A fenced block. `path` is empty for commands; `side` and `mark` are empty for a new file."""

    path: str
    side: str
    mark: str
    text: str

    def put(self, root: Path) -> None:
        """Write it where it belongs; fails where there is no such line, or where a new file is there already."""
        place = root / self.path
        if not self.mark:
            assert not place.exists(), f"{self.path} exists"
            place.parent.mkdir(exist_ok=True)
            place.write_text(self.text, "utf-8")
            return
        lines = place.read_text("utf-8").splitlines(keepends=True)
        found = [number for number, line in enumerate(lines) if line.strip().startswith(self.mark)]
        assert found, f"{self.path} has no line that begins with {self.mark!r}"
        lines.insert(found[0] + (self.side == "below"), self.text)
        place.write_text("".join(lines), "utf-8")


def part(title: str) -> list[Block]:
    """The blocks of a part of the guide, in their order."""
    (text,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    blocks = []
    for found in BLOCK.finditer(text):
        assert found["path"] or found["kind"] == "sh", f"it is not said where this goes: {found['text'][:60]}"
        blocks.append(Block(*(found[name] or "" for name in ("path", "side", "mark", "text"))))
    assert len(blocks) == text.count("\n```") / 2
    return blocks


def files(title: str) -> list[Block]:
    return [block for block in part(title) if block.path]


def commands(title: str) -> str:
    return "\n".join(block.text for block in part(title) if not block.path)


def copy_repository(target: Path) -> Path:
    """The repository without its history and environment; the data are linked, not copied."""
    shutil.copytree(
        ROOT, target, ignore=lambda at, names: {*NOT_COPIED(at, names), *({"data"} if at == str(ROOT) else ())}
    )
    (target / "data").symlink_to(ROOT / "data")
    return target


def run(script: str, root: Path) -> subprocess.CompletedProcess[str]:
    """A script of the guide in the copy, with this Python and the copy's own package before the installed one."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GANWIDGETS_S"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment: Mapping[str, str] = {**inherited, "PATH": path, "PYTHONPATH": str(root)}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with everything that the guide adds."""
    root = copy_repository(tmp_path_factory.mktemp("guide") / "ganwidgets")
    for title in PARTS:
        for block in files(title):
            block.put(root)
    return root


@pytest.mark.parametrize("title", PARTS)
def test_the_example_works_as_the_page_says(title: str, checkout: Path) -> None:
    done = run(commands(title), checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    if title == "A loss":
        first, second = re.findall(r"^step \d: D's loss (\d\.\d+), G's loss (\d\.\d+)$", done.stdout, re.MULTILINE)
        assert first != second
    if title == "A chapter":
        assert (checkout / "notebooks" / "16_soft_labels.ipynb").read_text("utf-8").count("image/png") >= 1


def test_the_examples_are_clean(checkout: Path) -> None:
    """As `make check` would ask of them; a check of all types takes too long for here."""
    added = {block.path for title in PARTS for block in files(title)}
    modules = [path for path in added if path.endswith(".py") and not path.startswith("build/")]
    done = run(f"ruff check {' '.join(modules)} && ruff format --check {' '.join(modules)}", checkout)
    assert done.returncode == 0, done.stdout
    ours = [checkout / path for path in modules if path.startswith("ganwidgets/") and not path.endswith("__init__.py")]
    for path in ours:
        module = ".".join(path.relative_to(checkout / "ganwidgets").with_suffix("").parts)
        assert broken_imports(module, path.read_text("utf-8"), is_package=False, known=KNOWN) == []


def test_an_example_that_is_wrong_is_seen(tmp_path: Path) -> None:
    """The same commands on a broken example: the reference among the wrong answers."""
    root = copy_repository(tmp_path / "ganwidgets")
    for block in files("An exercise"):
        broken = block.text.replace('"one term only": _one_term', '"one term only": smooth_loss')
        assert broken != block.text
        Block(block.path, block.side, block.mark, broken).put(root)
    done = run(commands("An exercise"), root)
    assert done.returncode == 1
    assert "16.1 one term only" in done.stdout


def test_the_guide_has_its_four_parts() -> None:
    assert re.findall(r"^## (.+)$", GUIDE, re.MULTILINE) == list(PARTS)
    assert all(files(title) and commands(title) for title in PARTS)
