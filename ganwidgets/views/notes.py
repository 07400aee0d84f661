"""`Notes`: what is wrong with something that goes on, in words: a quiet line, or what was found and what may help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from .drawing import Sketch, to_png
from .quick import QuickView


@dataclass(frozen=True)
class Note:
    """Something that was found. `when`: since which step; `grave`: whether going on is useless; `past`: it is over."""

    title: str
    when: str
    evidence: str
    advice: str
    grave: bool = False
    past: bool = False


@dataclass(frozen=True)
class Part:
    """What is known of one training: its `name`, if there are two, one `quiet` line, and what was found."""

    quiet: str
    notes: tuple[Note, ...] = ()
    name: str = ""


class Notes(QuickView):
    """One part, or two side by side, under a sentence that compares them. What was found is told to screen readers."""

    def __init__(self) -> None:
        self._sentence, self._columns = "", tuple[Part, ...]()
        super().__init__()

    @property
    def sentence(self) -> str:
        """The sentence on show."""
        return self._sentence

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts on show."""
        return self._columns

    def show(self, parts: Sequence[Part], sentence: str = "") -> None:
        """Show `parts`, and above them `sentence`. From any thread."""
        self._sentence, self._columns = sentence, tuple(parts)
        self.push({"parts": [asdict(part) for part in parts], "sentence": sentence}, [])

    @property
    def alt(self) -> str:  # type: ignore[override]
        """All of it as one text."""
        found = [f"{note.title} ({note.when})" for part in self._columns for note in part.notes]
        return " ".join([self._sentence, *(part.quiet for part in self._columns), *found]).strip()

    def still(self) -> bytes:
        """The headlines, as PNG; nothing if there are none."""
        lines = [f"{part.name + ': ' if part.name else ''}{note.title}, {note.when}" for part in self._columns
                 for note in part.notes if not note.past]  # fmt: skip
        if not lines:
            return b""
        sketch = Sketch(700, 18 * len(lines) + 4)
        for number, line in enumerate(lines):
            sketch.text(0, 18 * number + 14, line, size=12)
        return to_png(sketch.image())
