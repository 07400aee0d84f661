"""`SpotTheFake`: you are the discriminator, and D's own answers stand beside yours."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole, numbers
from ganwidgets.views import tiles
from ganwidgets.views.drawing import Sketch, stacked, to_png
from ganwidgets.views.duel import Duel

from ._parts import Panel
from ._scores import Array, as_scores

ImageArray = npt.NDArray[np.uint8]
SIDES = ("left", "right")


@dataclass
class _Round:
    real: int
    fake: int
    fake_side: int
    guess: int | None = None

    @property
    def right(self) -> bool:
        return self.guess == self.fake_side


@dataclass(frozen=True)
class _Judge:
    """D: of two pictures it takes the one with the lower score for the fake; equal scores are half a hit."""

    real: Array
    fake: Array

    def scores(self, pair: _Round) -> tuple[float, float]:
        """Left and right."""
        both = (float(self.fake[pair.fake]), float(self.real[pair.real]))
        return both if pair.fake_side == 0 else both[::-1]

    def hit(self, pair: _Round) -> float:
        real, fake = self.real[pair.real], self.fake[pair.fake]
        return 0.5 if real == fake else float(fake < real)


@dataclass
class _Game:
    rounds: list[_Round]
    at: int = 0
    answered: list[_Round] = field(default_factory=list)


class SpotTheFake(Panel):
    """Pairs of one real picture and one fake: click the fake, or press ← or →. From Python: `guess("left")`.

    `real`, `fake`: `(N, H, W, C)` or `(N, H, W)` uint8 of the same picture size. `d_scores`: D's probabilities
    `(real (N,), fake (M,))`, to play against D. `rounds`: pairs in a game, at most as many as there are pictures of
    either kind. `seed`: of pairs and sides.
    """

    alt = "Two pictures: which one is the fake?"
    question = "Which one is the fake?"

    def __init__(
        self, real: Any, fake: Any, *, d_scores: tuple[Any, Any] | None = None, rounds: int = 10, seed: int = 0
    ) -> None:
        self.real, self.fake = _as_pictures(real, "real"), _as_pictures(fake, "fake")
        if self.real.shape[1:] != self.fake.shape[1:]:
            raise ValueError(f"fake: expected pictures of real's size {self.real.shape[1:]}; got {self.fake.shape[1:]}")
        most = min(len(self.real), len(self.fake))
        if isinstance(rounds, bool) or not isinstance(rounds, (int, np.integer)) or not 1 <= rounds <= most:
            raise ValueError(f"rounds: expected 1 to {most}, the number of pictures; got {rounds!r}")
        self._judge = None if d_scores is None else _as_judge(d_scores, len(self.real), len(self.fake))
        check_whole("seed", seed, 0)
        self.rounds = int(rounds)
        self._random = np.random.default_rng(seed)
        self._view = Duel({"choose": self._choose, "next": lambda _: self.next(), "reset": lambda _: self.reset()})
        super().__init__([self._view])
        self.layout.max_width = "520px"
        self.reset()

    @property
    def score(self) -> int:
        """How many fakes you have found in this game."""
        return sum(pair.right for pair in self._game.answered)

    @property
    def d_score(self) -> float | None:
        """How many D has found in the same rounds, ties counted half; None without `d_scores`."""
        return None if self._judge is None else float(sum(self._judge.hit(pair) for pair in self._game.answered))

    @property
    def d_scores(self) -> tuple[Array, Array] | None:
        """D's probabilities for all real and all fake pictures; None where D does not play."""
        return None if self._judge is None else (self._judge.real, self._judge.fake)

    @property
    def played(self) -> int:
        """How many rounds of this game have been answered."""
        return len(self._game.answered)

    @property
    def finished(self) -> bool:
        """Whether every round has been answered."""
        return self.played == self.rounds

    @property
    def fooled_by(self) -> ImageArray:
        """The fakes that you took for real: `(n, H, W, C)` uint8."""
        return self.fake[[pair.fake for pair in self._game.answered if not pair.right]]

    def guess(self, side: str) -> bool:
        """Say which side, "left" or "right", is the fake, and hear whether it was. Goes on to the next pair first."""
        if side not in SIDES:
            raise ValueError(f'side: expected "left" or "right"; got {side!r}')
        if self.finished:
            raise ValueError("side: the game is over; reset() starts another")
        if self._pair.guess is not None:
            self._game.at += 1
        self._answer(SIDES.index(side))
        return self._pair.right

    def next(self) -> None:
        """Go on to the next pair once this one is answered; after the last, to the result."""
        if self._pair.guess is not None and self._game.at < self.rounds:
            self._game.at += 1
            self._show()

    def reset(self) -> None:
        """Start a new game with other pairs."""
        reals = self._random.permutation(len(self.real))[: self.rounds]
        fakes = self._random.permutation(len(self.fake))[: self.rounds]
        sides = self._random.integers(0, 2, self.rounds)
        self._game = _Game([_Round(int(r), int(f), int(s)) for r, f, s in zip(reals, fakes, sides, strict=True)])
        self._show()

    def still(self) -> bytes:
        """The present pair, or the result once the game is over, as PNG."""
        over = self._game.at >= self.rounds
        head = Sketch(460, 24 + 20 * len(self._result()) * over)
        head.text(0, 14, "Result" if over else self.question, size=14)
        for index, row in enumerate(self._result() if over else ()):
            head.text(0, 38 + 20 * index, f"{row['name']}: {row['words']}", row["colour"], 12)
        pictures = self.fooled_by[:32] if over else self._pictures()
        image = None
        if len(pictures):
            columns = min(len(pictures), 8 if over else 2)
            scale = tiles.still_scale(pictures, columns, 420)
            image = tiles.mosaic(pictures, columns, scale=scale, gap=8).convert("RGBA")
        canvas = stacked([head.image(), image], gap=4)
        return b"" if canvas is None else to_png(canvas)

    @property
    def _pair(self) -> _Round:
        return self._game.rounds[min(self._game.at, self.rounds - 1)]

    def _choose(self, side: Any) -> None:
        if self._pair.guess is None and side in (0, 1):
            self._answer(side)

    def _answer(self, side: int) -> None:
        self._pair.guess = side
        self._game.answered.append(self._pair)
        self._show()

    def _pictures(self) -> ImageArray:
        pair = self._pair
        both = [self.fake[pair.fake], self.real[pair.real]]
        return np.stack(both if pair.fake_side == 0 else both[::-1])

    def _show(self) -> None:
        pair, over = self._pair, self._game.at >= self.rounds
        told = pair.guess is not None and not over
        marks: list[bool | None] = [answered.right for answered in self._game.answered]
        count = (
            f"{self.score} of {self.played} found"
            if over
            else f"pair {self._game.at + 1} of {self.rounds}{self._so_far()}"
        )
        fooled = self.fooled_by
        meta = {
            "phase": "over" if over else "told" if told else "ask",
            "question": "Result" if over else self.question,
            "progress": count,
            "marks": marks + [None] * (self.rounds - len(marks)),
            "words": self._verdict() if told else self._summary() if over else "Click it, or press ← or →.",
            "captions": self._captions() if told else None,
            "chosen": pair.guess if told else None,
            "rows": self._result() if over else [],
            "gallery": ("These fakes fooled you:" if len(fooled) else "No fake fooled you.") if over else "",
        }
        self._view.show(meta, self._pictures(), fooled if over else None)

    def _captions(self) -> list[tuple[str, str]]:
        pair = self._pair
        kinds = ["fake" if side == pair.fake_side else "real" for side in (0, 1)]
        if self._judge is None:
            return [(kind, kind) for kind in kinds]
        scores = self._judge.scores(pair)
        return [(kind, f"{kind} · D: {100 * score:.0f} % real") for kind, score in zip(kinds, scores, strict=True)]

    def _verdict(self) -> str:
        pair = self._pair
        words = f"{'Right' if pair.right else 'Wrong'}: the {SIDES[pair.fake_side]} one is the fake."
        if self._judge is None:
            return words
        hit = self._judge.hit(pair)
        return f"{words} {'D can’t tell.' if hit == 0.5 else 'D found it.' if hit else 'It fooled D.'}"

    def _so_far(self) -> str:
        if self.played == 0:
            return ""
        return f" · found: you {self.score}" + ("" if self.d_score is None else f", D {self.d_score:g}")

    def _summary(self) -> str:
        """What the result says about you: few pairs say little."""
        guessing = "Guessing gives 50 %, the line in the middle"
        low, high = wilson_interval(self.score, self.played)
        if low > 0.5:
            return f"{guessing}: yours is more than luck."
        if high < 0.5:
            return f"{guessing}: you take the fakes for the real ones."
        return f"{guessing}: with {self.played} pairs, yours could be luck."

    def _result(self) -> list[dict[str, Any]]:
        """You and D: the rate with its 95 % interval."""
        hits = [("You", "ink", float(self.score)), ("D", "discriminator", self.d_score)]
        rows = []
        for name, colour, found in hits:
            if found is None or self.played == 0:
                continue
            low, high = wilson_interval(found, self.played)
            rate = found / self.played
            interval = f"95 % interval {100 * low:.0f} to {100 * high:.0f} %"
            words = f"{found:g} of {self.played}: {100 * rate:.0f} % ({interval})"
            rows.append({"name": name, "colour": colour, "words": words, "rate": rate, "low": low, "high": high})
        return rows


def wilson_interval(hits: float, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's interval for a rate, 95 % by default: honest for few trials, never outside [0, 1]. Wilson 1927."""
    if trials < 1 or not 0 <= hits <= trials:
        raise ValueError(f"hits: expected 0 to {trials} hits of 1 or more trials; got {hits} of {trials}")
    rate = hits / trials
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


def _as_pictures(images: Any, name: str) -> ImageArray:
    array = np.asarray(images)
    array = array[..., None] if array.ndim == 3 else array
    if array.dtype != np.uint8 or array.ndim != 4 or array.shape[3] not in (1, 3) or array.size == 0:
        raise ValueError(
            f"{name}: expected pictures (N, H, W, C) or (N, H, W) uint8, C 1 or 3, N ≥ 1; "
            f"got {array.dtype} {np.shape(images)}"
        )
    if max(array.shape[1:3]) > tiles.MAX_SIDE:
        raise ValueError(f"{name}: got pictures of {array.shape[1:3]}; allowed are sides up to {tiles.MAX_SIDE} pixels")
    return array


def _as_judge(d_scores: tuple[Any, Any], reals: int, fakes: int) -> _Judge:
    if not isinstance(d_scores, (tuple, list)) or len(d_scores) != 2:
        raise ValueError(f"d_scores: expected a pair (real scores, fake scores); got {type(d_scores).__name__}")
    real, fake = (as_scores(numbers("d_scores", scores), "d_scores") for scores in d_scores)
    if (len(real), len(fake)) != (reals, fakes):
        raise ValueError(f"d_scores: expected {reals} and {fakes}, one a picture; got {len(real)} and {len(fake)}")
    return _Judge(real, fake)
