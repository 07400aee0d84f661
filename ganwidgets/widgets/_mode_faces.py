"""The two faces of a `ModeMap`: samples on the modes of a mixture, and pictures by what a reader says they show.

A face looks at samples once, and shows what was kept of a look as often as it is asked to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.tallies import IntArray, Tally, on_modes, read_answers, shares_of, tally_classes, tally_points
from ganwidgets.views.base import View
from ganwidgets.views.mode_history import Figure
from ganwidgets.views.mode_map import ModePicture, ModePlane
from ganwidgets.views.samples import Samples, as_points
from ganwidgets.views.share_bars import ShareBars, Shares
from ganwidgets.views.tiles import MAX_TILES

Array = npt.NDArray[Any]
Read = Callable[[Array], Any]
_DRAWN = 3000  # more dots than that hide each other; all samples are counted
_PICTURES = 256
_PICTURE_BYTES = 2**20


@dataclass(frozen=True, eq=False)
class Look:
    """What was kept of one look: a tally for each factor; `drawn`: some of the samples; `labels`: for each factor the
    mode or class of each of these, `(n,)`, -1 for none."""

    tallies: tuple[Tally, ...]
    drawn: Array
    labels: tuple[IntArray, ...]

    @property
    def nbytes(self) -> int:
        """How much memory it takes, about."""
        return int(self.drawn.nbytes + sum(t.counts.nbytes for t in self.tallies) + sum(a.nbytes for a in self.labels))


class Face(ABC):
    """`factors`: the ways to sort; `names`: for each the names of the modes or classes; `noun`, `nouns`: what those are
    called; `views`: what is on the page; `factor`: the way in use. `redraw()` is called
    when somebody has chosen something."""

    factors: tuple[str, ...] = ("",)
    names: tuple[tuple[str, ...], ...]
    noun = "mode"
    nouns = "modes"
    quality: tuple[str, str]
    views: Sequence[View]
    factor = 0
    redraw: Callable[[], object] = staticmethod(lambda: None)

    @abstractmethod
    def look(self, samples: Any) -> Look:
        """Count the samples. `ValueError` for what are none."""

    @abstractmethod
    def show(self, look: Look) -> None:
        """Put a look on the page."""

    @abstractmethod
    def explain(self, text: str) -> None:
        """Say why there is nothing to see."""

    def figures(self, look: Look) -> list[Figure]:
        """The numbers of a look."""
        tally = look.tallies[self.factor]
        count = len(tally.counts)
        figures = [Figure(f"{self.nouns} held", f"{tally.covered:,} of {count:,}", self._missing(tally))]
        if np.isfinite(tally.high_quality):
            figures.append(Figure(self.quality[0], f"{tally.high_quality:.0%}", self.quality[1]))
        kl = tally.reverse_kl
        value = "–" if np.isnan(kl) else "∞" if np.isinf(kl) else f"{kl:.2f}"
        return [*figures, Figure("reverse KL", value, "" if np.isnan(tally.floor) else f"{tally.floor:.2g} by chance")]

    def no_figures(self) -> list[Figure]:
        """The numbers before the first look."""
        names = (f"{self.nouns} held", self.quality[0], "reverse KL")
        notes = (f"of {len(self.names[self.factor]):,}", self.quality[1], "0 is even")
        return [Figure(name, "–", note) for name, note in zip(names, notes, strict=True)]

    def _missing(self, tally: Tally) -> str:
        """Which hold nothing; where there are too few samples for all of them, how many could be expected."""
        possible = int((tally.truth > 0).sum())
        if tally.expected < possible - 0.5:
            return f"{tally.total:,} real ones hold {tally.expected:,.0f}"
        return self._named(tally)

    def _named(self, tally: Tally) -> str:
        return ""


class PointFace(Face):
    """`modes`: `(K, 2)`, or data that has `modes` and `sigma`, as `datasets.toy` gives."""

    quality = ("high quality", "within 3σ of a mode")

    def __init__(self, modes: Any, sigma: float | None = None) -> None:
        self.modes, self.sigma = _mixture(modes, sigma)
        self.names = (tuple(str(number) for number in range(1, len(self.modes) + 1)),)
        self._plane = ModePlane(self.modes, self.sigma)
        self.views = [self._plane]

    def look(self, samples: Any) -> Look:
        points = as_points(samples, "samples")
        drawn = _thinned(points, _DRAWN)
        return Look((tally_points(points, self.modes, self.sigma),), drawn, (on_modes(drawn, self.modes, self.sigma),))

    def show(self, look: Look) -> None:
        tally, shown = look.tallies[0], len(look.drawn)
        words = f"{tally.total:,} samples" + (f", {shown:,} of them drawn" if shown < tally.total else "")
        if away := self._plane.outside(look.drawn):
            words += f"; {max(away / shown, 0.01):.0%} outside the picture"
        self._plane.show(ModePicture(look.drawn, look.labels[0], tally.counts, tally.total, words))

    def explain(self, text: str) -> None:
        nothing = np.zeros((0, 2), np.float32)
        self._plane.show(ModePicture(nothing, np.zeros(0), np.zeros(len(self.modes)), 0, text))

    def _named(self, tally: Tally) -> str:
        missing = len(tally.missing)
        return "all of them" if not missing else f"{missing:,} hold{'s' if missing == 1 else ''} nothing"


class ClassFace(Face):
    """`names`: of the classes, or a list of names by factor. `read`: pictures `(N, H, W, C)` uint8 to probabilities
    `(N, K)` or classes `(N,)`, or to these by factor. `real`: real pictures for `read`, or the real shares `(K,)`, by
    factor too; by default all classes are equally frequent."""

    noun, nouns = "class", "classes"
    quality = ("reader is sure", "probability ≥ 0.9")

    def __init__(self, names: Any, read: Read, real: Any = None) -> None:
        if not callable(read):
            raise ValueError(f"read: expected a function from pictures to answers, got {type(read).__name__}")
        named = dict(names) if isinstance(names, Mapping) else {"": names}
        if not named:
            raise ValueError("names: expected the names of the classes, or these by factor, got none")
        self.factors = tuple(str(factor) for factor in named)
        self.names = tuple(_names(factor, values) for factor, values in named.items())
        self._keys, self._read = tuple(named), read
        self._truth = self._real_shares(real)
        self.chosen: int | None = None
        self._pictures = Samples(label="samples", width=360)
        self._bars = ShareBars(self.pick, self.choose, factors=[name.replace("_", " ") for name in self.factors])
        self.views = [self._bars, self._pictures]

    def look(self, samples: Any) -> Look:
        images = np.asarray(samples)
        if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
            raise ValueError(f"samples: expected pictures (N, H, W, C) uint8, got {images.shape} {images.dtype}")
        answers = self._answers(images)
        tallies = [
            tally_classes(each, len(names), truth)
            for each, names, truth in zip(answers, self.names, self._truth, strict=True)
        ]
        keep = int(np.clip(_PICTURE_BYTES // images[0].nbytes, 16, _PICTURES))
        chosen = _thinned(np.arange(len(images)), keep)
        labels = [read_answers(each, len(names))[0][chosen] for each, names in zip(answers, self.names, strict=True)]
        return Look(tuple(tallies), images[chosen], tuple(labels))

    def show(self, look: Look) -> None:
        tally, names = look.tallies[self.factor], self.names[self.factor]
        words, drawn = f"{tally.total:,} pictures. Click a class to see its pictures.", look.drawn
        if self.chosen is not None:
            name, count = names[self.chosen], int(tally.counts[self.chosen])
            drawn = drawn[look.labels[self.factor] == self.chosen]
            part = f", {seen} of them shown" if (seen := min(len(drawn), MAX_TILES)) < count else ""
            words = f"{count:,} of {tally.total:,} pictures are read as {name}{part}; click again for all."
        self._bars.show(Shares(names, tally.counts, tally.total, tally.truth, words, self.chosen))
        if len(drawn):
            self._pictures.show(drawn)
        else:
            self._pictures.explain(f"No picture is read as {names[self.chosen or 0]}.")

    def explain(self, text: str) -> None:
        count, truth = len(self.names[self.factor]), self._truth[self.factor]
        real = np.full(count, 1 / count) if truth is None else truth
        self._bars.show(Shares(self.names[self.factor], np.zeros(count), 0, real, "Ticks: the real shares."))
        self._pictures.explain(text)

    def pick(self, index: int | None) -> None:
        """Show the pictures of one class only; None: of all. `ValueError` where there is no such class."""
        whole = isinstance(index, int | np.integer) and not isinstance(index, bool)
        if index is not None and not (whole and 0 <= index < len(self.names[self.factor])):
            raise ValueError(f"index: expected 0 to {len(self.names[self.factor]) - 1} or None, got {index!r}")
        self.chosen = index
        self.redraw()

    def choose(self, factor: int) -> None:
        """Sort by another factor, by its position. `ValueError` where there is none."""
        if not 0 <= factor < len(self.factors):
            raise ValueError(f"factor: expected 0 to {len(self.factors) - 1}, got {factor}")
        self.factor, self.chosen = factor, None
        self._bars.factor = factor
        self.redraw()

    def _named(self, tally: Tally) -> str:
        names = [self.names[self.factor][index] for index in tally.missing[:4]]
        if not names:
            return "all of them"
        return f"none: {', '.join(names)}" + (" …" if len(tally.missing) > 4 else "")

    def _answers(self, images: Array) -> list[Any]:
        found = self._read(images)
        answers = dict(found) if isinstance(found, Mapping) else {self._keys[0]: found}
        if lost := [str(key) for key in self._keys if key not in answers]:
            raise ValueError(f"read: gave no answers for {', '.join(lost)}")
        parts = [_array(answers[key]) for key in self._keys]
        for key, part in zip(self._keys, parts, strict=True):
            if part.shape[:1] != (len(images),):
                of = f" of {key}" if key else ""
                raise ValueError(f"read: gave answers{of} of shape {part.shape} to {len(images)} pictures")
        return parts

    def _real_shares(self, real: Any) -> list[Array | None]:
        if real is None:
            return [None] * len(self.names)
        if not isinstance(real, Mapping) and np.asarray(real).ndim == 4:
            answers = self._answers(np.asarray(real))
            return [
                tally_classes(each, len(names)).counts / len(each)
                for each, names in zip(answers, self.names, strict=True)
            ]
        given = dict(real) if isinstance(real, Mapping) else {self._keys[0]: real}
        return [
            shares_of(given[key], len(names), "real") if key in given else None
            for key, names in zip(self._keys, self.names, strict=True)
        ]


def _mixture(modes: Any, sigma: Any) -> tuple[Array, float]:
    if hasattr(modes, "modes") and hasattr(modes, "sigma"):
        if modes.modes is None or modes.sigma is None:
            raise ValueError(f"modes: {modes!r} has no modes that could be counted")
        modes, sigma = modes.modes, modes.sigma if sigma is None else sigma
    number = isinstance(sigma, int | float | np.integer | np.floating) and not isinstance(sigma, bool)
    if not number or not np.isfinite(sigma) or sigma <= 0:
        raise ValueError(f"sigma: expected the modes' standard deviation, a finite number above 0, got {sigma!r}")
    return as_points(modes, "modes"), float(sigma)


def _names(factor: str, values: Any) -> tuple[str, ...]:
    of = f"names{f'[{factor!r}]' if factor else ''}"
    if not isinstance(values, Iterable):
        raise ValueError(f"{of}: expected a list of names, or such lists by factor, got {values!r}")
    names = tuple(str(value) for value in values)
    if not names:
        raise ValueError(f"{of}: expected at least one class, got none")
    return names


def _thinned(array: Array, most: int) -> Array:
    """At most `most` rows, evenly spread."""
    if len(array) <= most:
        return array
    return array[np.linspace(0, len(array) - 1, most).round().astype(np.intp)]


def _array(answers: Any) -> Array:
    return np.asarray(answers.detach().cpu() if hasattr(answers, "detach") else answers)
