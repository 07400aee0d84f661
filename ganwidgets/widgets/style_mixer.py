"""`StyleMixer`: which layers take the style of A and which of B, for a table of pairs and for the chosen one."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from ganwidgets.checks import check_number, check_whole
from ganwidgets.views.style_board import StyleBoard

from . import _style_still as stills
from ._bench import Bench, Payload, Pictures
from ._latents import FloatArray, draw
from ._pictures import PictureMemo
from ._rendering import ImageArray

WHO = ("A", "B")
MOST_FACES = 6
#: A change below this share of that from A to B is not seen.
_UNSEEN = 0.01


class StyleSource(Protocol):
    """What `ganwidgets.steering.styles` gives; any object with these will do."""

    @property
    def z_dim(self) -> int: ...
    @property
    def sides(self) -> tuple[int, ...]: ...
    @property
    def w_mean(self) -> FloatArray: ...
    @property
    def map(self) -> Callable[[FloatArray], FloatArray]: ...
    @property
    def render(self) -> Callable[[FloatArray, int | None], Any]: ...


@dataclass(frozen=True, eq=False)
class Mix:
    """`z` `(2 k, z_dim)`: that of the k rows, then of the columns; `from_b`: sides whose style the column gives."""

    z: FloatArray
    row: int
    column: int
    from_b: frozenset[int]
    psi: float
    noise: int
    noisy: bool


class StyleMixer(Bench[Mix], StyleBoard):
    """Cross the styles of faces: `StyleMixer(steering.styles(checkpoints.load("faces_style").G))`.

    The table crosses `faces` rows (A) with as many columns (B); layers at the sides `from_b` (in pixels; the finer
    ones by default) take B's style, the others A's. For the chosen pair there is a switch for each side and a bar:
    how much the picture changes if that switch alone is flipped, in shares of the change from A to B. `styles`: see
    `steering.Styles`; `label`: what a picture is, for screen readers; the same `seed` gives the same pictures.

    `image` `(H, W, C)` uint8 is the chosen mix; it can be observed. If rendering fails, the last good state stays.
    """

    def __init__(
        self, styles: StyleSource, faces: int = 4, *, from_b: Collection[int] | None = None, seed: int = 0,
        label: str = "face",
    ) -> None:  # fmt: skip
        _check_source(styles)
        check_whole("faces", faces, 2, MOST_FACES)
        check_whole("seed", seed, 0)
        self.source, self._seed, self._draws = styles, int(seed), 0
        self._faces = int(faces)
        self._mapped: tuple[FloatArray | None, FloatArray] = None, np.zeros(0, np.float32)
        self._memo = PictureMemo(lambda rows, noise: styles.render(rows, noise))
        self._locked: set[str] = set()
        self._changes: list[float | None] = []
        self._noise_change: float | None = None
        self.sides: tuple[int, ...] = tuple(sorted(set(styles.sides)))
        chosen = self.sides[len(self.sides) // 2 :] if from_b is None else self._known(from_b)
        z = draw([self._seed, 0], 2 * self._faces, styles.z_dim, "normal")
        start = Mix(z, 0, 0, frozenset(chosen), 1.0, 0, True)
        super().__init__(start, spec={"sides": list(self.sides), "faces": self._faces, "label": str(label)})

    def choose(self, row: int, column: int) -> None:
        """Look at the pair of that row and that column, from 0."""
        check_whole("row", row, 0, self._faces - 1)
        check_whole("column", column, 0, self._faces - 1)
        self._go(replace(self._live, row=int(row), column=int(column)))

    def mix(self, from_b: Collection[int]) -> None:
        """B gives the styles of the layers at these sides, A the rest."""
        self._go(replace(self._live, from_b=frozenset(self._known(from_b))))

    def flip(self, side: int) -> None:
        """Let the layers at `side` take the other one's style."""
        self._go(replace(self._live, from_b=self._live.from_b ^ set(self._known([side], "side"))))

    def truncate(self, psi: float) -> None:
        """Pull all w towards their mean: 1 as drawn, 0 the average picture, down to -1, its opposite."""
        self._truncate({"psi": psi})

    def noise(self, on: bool, seed: int = 0) -> None:
        """Noise in every layer, or none; `seed` above 0 draws other noise than the layers' own."""
        check_whole("seed", seed, 0)
        self._go(replace(self._live, noisy=bool(on), noise=int(seed)))

    def lock(self, who: str, on: bool = True) -> None:
        """Keep the chosen row's ("A") or column's ("B") picture when randomising."""
        if who not in WHO:
            raise ValueError(f'who: expected "A" or "B"; got {who!r}')
        with self._lock:
            (self._locked.add if on else self._locked.discard)(who)
            self._tell()

    def randomise(self, seed: int | None = None) -> None:
        """Other rows and columns; what is locked stays."""
        if seed is not None:
            check_whole("seed", seed, 0)
        with self._lock:
            key = [self._seed, self._draws + 1] if seed is None else int(seed)
            z = draw(key, 2 * self._faces, self.source.z_dim, "normal")
            for who, index in zip(WHO, self._pair(self._live), strict=True):
                if who in self._locked:
                    z[index] = self._live.z[index]
            self._go(replace(self._live, z=z))
            self._draws += seed is None

    @property
    def pair(self) -> tuple[int, int]:
        """The chosen row and column."""
        return self.present.row, self.present.column

    @property
    def from_b(self) -> tuple[int, ...]:
        """The sides in pixels whose style B gives, from coarse to fine."""
        return tuple(sorted(self.present.from_b))

    @property
    def psi(self) -> float:
        """The truncation, -1 to 1."""
        return self.present.psi

    @property
    def locked(self) -> tuple[str, ...]:
        """ "A", "B", both or none."""
        return tuple(sorted(self._locked))

    @property
    def styles(self) -> FloatArray:
        """The styles of the mix, `(layers, w_dim)`."""
        return self._mixed(self.present, self._w(self.present), *self.pair, self.present.from_b)

    @property
    def parents(self) -> tuple[ImageArray, ImageArray]:
        """The pictures of A and of B, `(H, W, C)` uint8."""
        return self._done["a"], self._done["b"]

    @property
    def table(self) -> ImageArray:
        """All pairs, `(faces, faces, H, W, C)` uint8."""
        k = range(self._faces)
        return np.array([[self._done[f"cell{r},{c}"] for c in k] for r in k])

    @property
    def changes(self) -> dict[int, float]:
        """By side: how much the picture changes if its switch alone is flipped; the change from A to B is 1.

        Changes are mean absolute ones over all pixels; NaN where A and B are the same picture.
        """
        shares = self._changes or [None] * len(self.sides)
        return {side: math.nan if c is None else c for side, c in zip(self.sides, shares, strict=True)}

    @property
    def noise_change(self) -> float:
        """How much the picture changes if noise is switched off or on, in the same measure."""
        return math.nan if self._noise_change is None else self._noise_change

    @property
    def words(self) -> str:
        """What the bars say, in a sentence."""
        known = {side: change for side, change in self.changes.items() if math.isfinite(change)}
        if not known:
            return "A and B are the same picture: there is nothing to mix." if self._changes else ""
        most, least = max(known, key=lambda side: known[side]), min(known, key=lambda side: known[side])
        told = f"In this pair the styles at {most} px matter most"
        told += f", those at {least} px least." if len(known) > 1 else "."
        return told + (" Noise changes next to nothing." if self.noise_change < _UNSEEN else "")

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The still picture in words."""
        b = ", ".join(f"{side} px" for side in self.from_b) or "no layers"
        return f"Mixing table of {self._faces} by {self._faces} pictures: B gives {b}"

    def still(self) -> bytes:
        """The table with its rows and columns, and the bars, as PNG."""
        k = range(self._faces)
        heads = [[self._done[f"{name}{i}"] for i in k] for name in ("row", "column")]
        return stills.draw(self.table, (heads[0], heads[1]), self.pair, self.from_b, self.changes)

    def _first(self, state: Mix) -> Pictures:
        w = self._w(state)
        a, b = self._pair(state)
        rows = np.stack(
            [self._mixed(state, w, state.row, state.column, state.from_b), self._all(w[a]), self._all(w[b])]
        )
        return dict(zip(("main", "a", "b"), self._memo(rows, self._note(state)), strict=True))

    def _rest(self, state: Mix) -> Pictures:
        w, pair, k = self._w(state), (state.row, state.column), self._faces
        wanted = {f"flip{i}": self._mixed(state, w, *pair, state.from_b ^ {s}) for i, s in enumerate(self.sides)}
        wanted |= {f"{'row' if i < k else 'column'}{i % k}": self._all(w[i]) for i in range(2 * k)}
        wanted |= {f"cell{r},{c}": self._mixed(state, w, r, c, state.from_b) for r in range(k) for c in range(k)}
        pictures = dict(zip(wanted, self._memo(np.stack(list(wanted.values())), self._note(state)), strict=True))
        self._measure(state, pictures)
        return pictures

    def _measure(self, state: Mix, pictures: Pictures) -> None:
        main, a, b = (self._shown[place].astype(np.int16) for place in ("main", "a", "b"))
        other = self._memo(self._mixed(state, self._w(state), state.row, state.column, state.from_b)[None],
                           self._note(replace(state, noisy=not state.noisy)))[0]  # fmt: skip
        whole = float(np.abs(a - b).mean())
        flips = [*(pictures[f"flip{i}"] for i in range(len(self.sides))), other]
        shares = [float(np.abs(flip - main).mean()) / whole if whole else None for flip in flips]
        self._changes, self._noise_change = shares[:-1], shares[-1]

    def _page(self, state: Mix) -> Payload:
        return {
            "row": state.row, "column": state.column, "b": [side in state.from_b for side in self.sides],
            "psi": state.psi, "noise": "on" if state.noisy else "off", "locked": list(self.locked),
            "changes": self._changes or [None] * len(self.sides), "noiseChange": self._noise_change,
            "words": self.words,
        }  # fmt: skip

    def _commands(self) -> Mapping[str, Callable[[Payload], object]]:
        return {
            "choose": lambda asked: self.choose(asked["row"], asked["column"]),
            "give": lambda asked: self.mix(
                (self._live.from_b | {asked["side"]}) if asked["b"] else (self._live.from_b - {asked["side"]})
            ),
            "flip": lambda asked: self.flip(asked["side"]),
            "truncate": self._truncate,
            "noise": lambda asked: self.noise(asked["on"], self._live.noise),
            "redraw": lambda _: self.noise(True, self._live.noise + 1),
            "lock": lambda asked: self.lock(asked["who"], asked["on"]),
            "randomise": lambda _: self.randomise(),
            "undo": lambda _: self.undo(),
            "redo": lambda _: self.redo(),
            "reset": lambda _: self.reset(),
        }

    def _truncate(self, asked: Payload) -> None:
        check_number("psi", asked["psi"], -1, 1)
        self._move(replace(self._live, psi=float(asked["psi"])), asked)

    def _pair(self, state: Mix) -> tuple[int, int]:
        """The places of A and B in `z`."""
        return state.row, self._faces + state.column

    def _note(self, state: Mix) -> int | None:
        return state.noise if state.noisy else None

    def _w(self, state: Mix) -> FloatArray:
        mean = np.asarray(self.source.w_mean, np.float32)
        if self._mapped[0] is not state.z:
            self._mapped = state.z, np.asarray(self.source.map(state.z), np.float32)
        w = self._mapped[1]
        if w.shape != (len(state.z), mean.size) or not np.isfinite(w).all():
            raise ValueError(f"map: expected finite w of shape {(len(state.z), mean.size)}, got shape {w.shape}")
        return w if state.psi == 1 else mean + np.float32(state.psi) * (w - mean)

    def _all(self, w: FloatArray) -> FloatArray:
        """The same style `(w_dim,)` in every layer: `(layers, w_dim)`."""
        return np.repeat(w[None], len(self.source.sides), axis=0)

    def _mixed(self, state: Mix, w: FloatArray, row: int, column: int, from_b: Collection[int]) -> FloatArray:
        b = np.array([side in from_b for side in self.source.sides])[:, None]
        return np.where(b, w[self._faces + column], w[row])

    def _known(self, sides: Any, name: str = "from_b") -> list[int]:
        have = ", ".join(map(str, self.sides))
        if isinstance(sides, str) or not isinstance(sides, Iterable):
            raise ValueError(f"{name}: got {sides!r}; allowed is a list of sides, from {have}")
        wanted = list(sides)
        for side in wanted:
            if not isinstance(side, int | np.integer) or side not in self.sides:
                raise ValueError(f"{name}: there are no layers at {side!r} pixels; there are {have}")
        return [int(side) for side in wanted]


def _check_source(styles: Any) -> None:
    missing = [name for name in ("z_dim", "sides", "w_mean", "map", "render") if not hasattr(styles, name)]
    if missing:
        raise ValueError(
            f"styles: {type(styles).__name__} has no {missing[0]}; expected what ganwidgets.steering.styles(G) gives"
        )
