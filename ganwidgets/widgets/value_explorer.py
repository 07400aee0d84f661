"""`ValueExplorer`: bend p_G by hand; the best discriminator, the value of the game and the divergence follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets
import numpy as np
import numpy.typing as npt

from ganwidgets import objective
from ganwidgets.checks import numbers
from ganwidgets.views.controls import Choice, Controls, Push
from ganwidgets.views.hand_bars import HandBars

from ._parts import Panel, Words

PLACES = 16
LEAST = 1e-4  # a bar pulled to the ground keeps a trace, so that not all of them can vanish
Array = npt.NDArray[np.float64]


def _hump(centre: float, width: float) -> Array:
    return np.exp(-(((np.arange(PLACES) - centre) / width) ** 2) / 2)


SHAPES: dict[str, Array] = {
    "two humps": _hump(4, 1.4) + 0.7 * _hump(11, 1.6),
    "one hump": _hump(7.5, 2.2),
    "even": np.ones(PLACES),
    "left half": np.where(np.arange(PLACES) < PLACES // 2, 1.0, LEAST),
    "a ramp": np.linspace(0.1, 1, PLACES),
}


class ValueExplorer(Panel):
    """p_data is chosen, p_G is drawn: pull its bars. D* = p_data / (p_data + p_G) runs over both.

    `data`, `fake`: names in `SHAPES`, or weights `(16,)`. Whatever is pulled, p_G is brought back to a sum of one.
    `value` is V(D*, G), `js` the Jensen–Shannon divergence: V = −log 4 + 2 · JS.
    """

    def __init__(self, data: str | npt.ArrayLike = "two humps", fake: str | npt.ArrayLike = "one hump") -> None:
        self._data, self._fake = _weights("data", data), _weights("fake", fake)
        self._bars = HandBars(self._bend)
        self._words = Words()
        self._controls = Controls(
            [
                Choice("data", "p_data", {name: name for name in SHAPES}),
                Push("same", "p_G = p_data", "The generator has learned everything"),
                Push("even", "p_G even", "The generator knows nothing"),
                Push("elsewhere", "p_G elsewhere", "The generator draws where there is no data"),
            ],
            {"data": data if isinstance(data, str) else None},
            self._chosen,
            label="distributions",
        )
        super().__init__([self._controls, self._bars, self._words], layout=ipywidgets.Layout(max_width="720px"))
        self._redraw()

    @property
    def p_data(self) -> Array:
        """The data's distribution, `(16,)`, summing to one."""
        return self._data / self._data.sum()

    @property
    def p_g(self) -> Array:
        """The generator's distribution, `(16,)`, summing to one."""
        return self._fake / self._fake.sum()

    @property
    def best(self) -> Array:
        """D*, `(16,)` in [0, 1]."""
        return objective.optimal_discriminator(self._data, self._fake)

    @property
    def value(self) -> float:
        """V(D*, G), from −log 4 to 0."""
        return objective.value(self._data, self._fake, self.best)

    @property
    def js(self) -> float:
        """The Jensen–Shannon divergence, from 0 to log 2."""
        return (objective.best_value(self._data, self._fake) - objective.AT_BEST) / 2

    def set(self, data: str | npt.ArrayLike | None = None, fake: str | npt.ArrayLike | None = None) -> None:
        """Other distributions: names in `SHAPES`, or weights `(16,)`."""
        chosen = self._data if data is None else _weights("data", data)
        self._fake = self._fake if fake is None else _weights("fake", fake)
        self._data = chosen
        if data is not None:
            self._controls.set(data=data if isinstance(data, str) else None)
        self._redraw()

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return f"p_data, p_G and D*; V {self.value:.3f}, JS {self.js:.3f}"

    def still(self) -> bytes:
        """The bars as they stand, as PNG."""
        return self._bars.still()

    def _redraw(self) -> None:
        self._bars.show(self.p_data, self.p_g, self.best, self._top())
        value, best = (f"{number:.3f}".replace("-", "−") for number in (self.value, objective.AT_BEST))
        self._words.say(
            f"V(D*, G) = {value} = −log 4 + 2·JS = {best} + 2 · {self.js:.3f}. "
            f"JS is 0 where p_G = p_data, and log 2 = {np.log(2):.3f} where they share no place."
        )

    def _top(self) -> float:
        """Room for the hand above the tallest bar, in steps, so that the axis does not follow every move."""
        highest = max(self.p_data.max(), self.p_g.max())
        return float(next(top for top in (0.1, 0.2, 0.3, 0.5, 0.75, 1.0) if 1.15 * highest <= top or top == 1.0))

    def _bend(self, wanted: Mapping[int, float]) -> None:
        """The pulled bars get the shares that the hand shows; the others keep their proportions in what is left."""
        for index, share in wanted.items():
            if not 0 <= index < PLACES or not np.isfinite(share):
                raise ValueError(
                    f"index, share: expected a place from 0 to {PLACES - 1} and a number, got {index}, {share}"
                )
        fake, pulled = self.p_g, list(wanted)
        fake[pulled] = np.clip(list(wanted.values()), LEAST, 1)
        if rest := [place for place in range(PLACES) if place not in wanted]:
            fake[rest] *= max(1 - fake[pulled].sum(), LEAST * len(rest)) / fake[rest].sum()
        self._fake = np.maximum(fake, LEAST / PLACES)
        self._redraw()

    def _elsewhere(self) -> None:
        """All of p_G in that half of the places where p_data is least."""
        fake = np.full(PLACES, LEAST)
        fake[np.argsort(self.p_data, kind="stable")[: PLACES // 2]] = 1.0
        self.set(fake=fake)

    def _chosen(self, name: str, value: str | None) -> None:
        moves: dict[str, Callable[[], object]] = {
            "data": lambda: self.set(data=value),
            "same": lambda: self.set(fake=self.p_data),
            "even": lambda: self.set(fake="even"),
            "elsewhere": self._elsewhere,
        }
        moves[name]()


def _weights(name: str, given: str | npt.ArrayLike) -> Array:
    if isinstance(given, str):
        if given not in SHAPES:
            raise ValueError(f"{name}: there is no {given!r}; there are {', '.join(SHAPES)}")
        return SHAPES[given].copy()
    array = numbers(name, given, np.float64)
    allowed = f"{name}: expected {PLACES} weights, none negative, not all 0, got"
    if array.shape != (PLACES,):
        raise ValueError(f"{allowed} shape {array.shape}")
    if array.min() < 0 or array.max() == 0:
        raise ValueError(f"{allowed} values from {array.min():g} to {array.max():g}")
    return np.asarray(np.maximum(array / array.max(), LEAST))
