"""`ClassExplorer`: the same z under every class, sliders that move them all, and the way from one class to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_number, check_whole
from ganwidgets.views.class_board import ClassBoard

from . import _class_still as stills
from ._bench import Bench, Payload, Pictures
from ._class_pictures import ClassSource, check_source, names_of, pictures
from ._latents import PRIORS, FloatArray, Place, draw
from ._pictures import PictureMemo
from ._rendering import ImageArray
from ._sliders import Key, Slider, SliderSet

MOST_ROWS = 5
#: So many classes are shown at once: side by side where their names are short, else below each other.
SHOWN = 10
SHORT = 3
#: Pictures on the way from one class to another.
STEPS = 7


@dataclass(frozen=True, eq=False)
class Choice:
    """`z` `(rows, z_dim)`; the chosen row and class, and how far (`t`, 0 to 1) it is on the way to class `other`."""

    z: FloatArray
    row: int
    label: int
    other: int
    t: float


class ClassExplorer(Bench[Choice], ClassBoard):
    """Ask a generator for a class: `ClassExplorer(steering.classes(checkpoints.load("digits_conditional").G))`.

    The table has a few z and every class. Choose one of its pictures; the sliders move its z under all classes at once,
    and a slider goes from its class to another one where the generator can mix classes. `classes`: see
    `steering.Classes`. `names`: of the classes, by default their numbers; more than 10 are shown 10 at a time. `rows`:
    how many z. `directions`, `labels`, `max_sliders`: as in `LatentExplorer`; `ganwidgets.handwriting.directions` finds
    slant, thickness, width and height for digits. The same `seed` gives the same pictures.

    `image` `(H, W, C)` uint8 is the chosen picture; it can be observed. If rendering fails, the last good state stays.
    """

    def __init__(
        self, classes: ClassSource, names: Sequence[str] | None = None, rows: int = 4, *, seed: int = 0,
        directions: Mapping[str, npt.ArrayLike] | None = None,
        labels: Sequence[str] | Mapping[int, str] | None = None, max_sliders: int = 6, label: str = "generated picture",
    ) -> None:  # fmt: skip
        check_source(classes)
        check_whole("rows", rows, 1, MOST_ROWS)
        check_whole("max_sliders", max_sliders, 1, 64)
        check_whole("seed", seed, 0)
        self.names = names_of(names, classes.classes)
        self.source, self._rows, self._seed, self._draws = classes, int(rows), int(seed), 0
        self._memo = PictureMemo(lambda rows, _: pictures(classes, rows))
        self.sliders = SliderSet(classes.z_dim, labels, directions)
        self._first_class, self._shown_classes = 0, min(SHOWN, len(self.names))
        z = draw([self._seed, 0], self._rows, classes.z_dim, "normal")
        super().__init__(
            Choice(z, 0, 0, min(1, len(self.names) - 1), 0.0), spec=self._spec(int(max_sliders), str(label))
        )

    def choose(self, label: int | str, row: int | None = None) -> None:
        """Look at a class, by its number or name, and at another row of z if one is given.

        A way that led there leads back from there.
        """
        row = self._live.row if row is None else row
        check_whole("row", row, 0, self._rows - 1)
        number = self._number("label", label)
        other = self._live.label if number == self._live.other else self._live.other
        self._go(replace(self._live, row=int(row), label=number, other=other, t=0.0))

    def blend(self, other: int | str, t: float) -> None:
        """Go the share `t` (0 to 1) of the way from the chosen class to another one, by its number or name.

        `ValueError` where the generator has no in-between of classes.
        """
        self._mix(self._number("other", other), t, {})

    def move(self, slider: Slider, value: float) -> None:
        """Set a latent by its index or label, or a direction by its name, for the chosen row."""
        check_number("value", value)
        self._slide({"values": [(*self.sliders.find(slider), float(value))]})

    def lock(self, slider: Slider, on: bool = True) -> None:
        """Keep a slider's value when randomising. `on=False` lets it go."""
        self._hold(self.sliders.find(slider), on)

    def _hold(self, key: Key, on: bool) -> None:
        with self._lock:
            (self.sliders.locked.add if on else self.sliders.locked.discard)(key)
            self._tell()

    def randomise(self, seed: int | None = None) -> None:
        """Another z for the chosen row; locked sliders keep their values."""
        if seed is not None:
            check_whole("seed", seed, 0)
        with self._lock:
            key = [self._seed, self._draws + 1] if seed is None else int(seed)
            z, row = np.array(self._live.z), slice(self._live.row, self._live.row + 1)
            z[row] = self.sliders.hold(z[row], draw(key, 1, self.source.z_dim, "normal"))
            self._go(replace(self._live, z=z))
            self._draws += seed is None

    def turn(self, by: int) -> None:
        """Show the classes `by` pages further on."""
        check_whole("by", by, -len(self.names), len(self.names))
        with self._lock:
            last = (len(self.names) - 1) // self._shown_classes * self._shown_classes
            before = self._first_class
            self._first_class = min(last, max(0, before + by * self._shown_classes))
            try:
                rest = self._rest(self._live)
            except Exception:
                self._first_class = before
                raise
            self._show(self._live, rest)
            self._done = dict(self._shown)

    @property
    def z(self) -> FloatArray:
        """All rows, `(rows, z_dim)` float32."""
        return np.array(self.present.z)

    @property
    def chosen(self) -> tuple[int, int]:
        """The chosen row and the number of the chosen class."""
        return self.present.row, self.present.label

    @property
    def way(self) -> tuple[int, float]:
        """The class that the way leads to, and how far it has been gone, 0 to 1."""
        return self.present.other, self.present.t

    @property
    def blends(self) -> bool:
        """Whether classes can be mixed."""
        return self.source.blend is not None and len(self.names) > 1

    @property
    def locked(self) -> tuple[str, ...]:
        """The names of the locked sliders."""
        return tuple(self.sliders.name(key) for key in sorted(self.sliders.locked))

    def value(self, slider: Slider) -> float:
        """Where the slider stands for the chosen row."""
        group, index = self.sliders.find(slider)
        return float(self.sliders.values(self.present.z[self.present.row][None])[group][index])

    def strip(self, row: int | None = None) -> ImageArray:
        """One z under every class: `(classes, H, W, C)` uint8. By default the chosen row."""
        row = self.present.row if row is None else row
        check_whole("row", row, 0, self._rows - 1)
        names = range(len(self.names))
        return np.array(list(self._places(self.present.z, _of(row, {str(c): self._whole(c) for c in names})).values()))

    @property
    def table(self) -> ImageArray:
        """What the table shows: `(rows, classes on show, H, W, C)` uint8."""
        cells = [
            [self._done[self._cell(row, k)] for k in range(len(self._page_of_classes))] for row in range(self._rows)
        ]
        return np.array(cells)

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The still picture in words."""
        first, last = self._page_of_classes[0], self._page_of_classes[-1]
        return f"{self._rows} z under each of the classes {self.names[first]} to {self.names[last]}"

    def still(self) -> bytes:
        """The table with the names of the classes, as PNG."""
        names = [self.names[number] for number in self._page_of_classes]
        return stills.draw(self.table, names, (self.present.row, self.present.label - self._first_class), self._across)

    @property
    def _page_of_classes(self) -> range:
        return range(self._first_class, min(self._first_class + self._shown_classes, len(self.names)))

    @property
    def _across(self) -> bool:
        return max(map(len, self.names)) <= SHORT

    def _cell(self, row: int, k: int) -> str:
        return f"cell{row},{k}" if self._across else f"cell{k},{row}"

    def _go(self, state: Choice, **how: Any) -> None:
        with self._lock:
            before = self._first_class
            try:
                super()._go(state, **how)
            except Exception:
                self._first_class = before
                self._tell()
                raise

    def _first(self, state: Choice) -> Pictures:
        if state.label != self._live.label:  # whatever led there, the chosen class is to be seen
            self._first_class = state.label - state.label % self._shown_classes
        # The whole row, so that every class of this z moves with the hand.
        shown = {self._cell(state.row, k): self._whole(c) for k, c in enumerate(self._page_of_classes)}
        return self._places(state.z, {"main": (state.row, self._shares(state, state.t))} | _of(state.row, shown))

    def _rest(self, state: Choice) -> Pictures:
        places: dict[str, tuple[int, FloatArray]] = {}
        for row in range(self._rows):
            shown = {self._cell(row, k): self._whole(c) for k, c in enumerate(self._page_of_classes)}
            places |= _of(row, shown)
        if self.blends:
            places |= _of(state.row, {f"way{k}": self._shares(state, k / (STEPS - 1)) for k in range(STEPS)})
        return self._places(state.z, places)

    def _places(self, z: FloatArray, places: Mapping[str, tuple[int, FloatArray]]) -> Pictures:
        """Pictures by place, each of a row of `z` and shares of classes."""
        inputs = np.stack([np.concatenate([z[row], shares]) for row, shares in places.values()])
        return dict(zip(places, self._memo(inputs), strict=True))

    def _whole(self, label: int) -> FloatArray:
        shares = np.zeros(len(self.names), np.float32)
        shares[label] = 1
        return shares

    def _shares(self, state: Choice, t: float) -> FloatArray:
        shares = np.zeros(len(self.names), np.float32)
        shares[state.label] += 1 - t
        shares[state.other] += t
        return shares

    def _page(self, state: Choice) -> Payload:
        values = self.sliders.values(state.z[state.row][None])
        return {
            "row": state.row, "label": state.label, "other": state.other, "t": state.t, "first": self._first_class,
            "values": [group.tolist() for group in values],
            "locked": [list(key) for key in sorted(self.sliders.locked)],
        }  # fmt: skip

    def _spec(self, sliders: int, label: str) -> Payload:
        groups = [{"title": "Latents", "one": "latent", "names": list(self.sliders.axes[0].names)}]
        if self.sliders.axes[1].names:
            groups.append({"title": "Directions", "one": "direction", "names": list(self.sliders.axes[1].names)})
        return {
            "names": list(self.names), "rows": self._rows, "across": self._across, "shown": self._shown_classes,
            "groups": groups, "sliders": sliders, "span": PRIORS["normal"][1], "steps": STEPS if self.blends else 0,
            "label": label,
        }  # fmt: skip

    def _commands(self) -> Mapping[str, Callable[[Payload], object]]:
        return {
            "pick": lambda asked: self.choose(int(asked["label"]), int(asked["row"])),
            "towards": lambda asked: self._mix(self._number("other", asked["label"]), self._live.t, asked),
            "blend": lambda asked: self._mix(self._live.other, asked["t"], asked),
            "move": self._slide,
            "lock": lambda asked: self._hold((int(asked["slider"][0]), int(asked["slider"][1])), asked["on"]),
            "turn": lambda asked: self.turn(asked["by"]),
            "randomise": lambda _: self.randomise(),
            "undo": lambda _: self.undo(),
            "redo": lambda _: self.redo(),
            "reset": lambda _: self.reset(),
        }

    def _mix(self, other: int, t: float, asked: Payload) -> None:
        if not self.blends:
            raise ValueError("other: this generator has no in-between of classes; it takes whole labels only")
        check_number("t", t, 0, 1)
        self._move(replace(self._live, other=other, t=float(t)), asked)

    def _slide(self, asked: Payload) -> None:
        values = {(int(group), int(index)): float(value) for group, index, value in asked["values"]}
        row = slice(self._live.row, self._live.row + 1)
        self._move(replace(self._live, z=self.sliders.moved(Place.at(self._live.z), row, values).z), asked)

    def _number(self, name: str, label: int | str) -> int:
        if isinstance(label, str):
            if label not in self.names:
                some = ", ".join(self.names[:20])
                raise ValueError(
                    f"{name}: there is no class {label!r}; there are {some}{' …' * (len(self.names) > 20)}"
                )
            return self.names.index(label)
        check_whole(name, label, 0, len(self.names) - 1)
        return int(label)


def _of(row: int, shares: Mapping[str, FloatArray]) -> dict[str, tuple[int, FloatArray]]:
    return {place: (row, share) for place, share in shares.items()}
