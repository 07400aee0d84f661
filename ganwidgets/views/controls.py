"""`Controls`: settings with names: sliders, choices, ticks and buttons, in as many columns as there is room for.

They look and answer like the sliders of the other views: one request on its way, the newest value wins, each has its
name for a screen reader, and keys work in every host.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import traitlets

from .quick import QuickView


@dataclass(frozen=True)
class Slide:
    """A number from `low` to `high` by `step`; `log`: the slider moves in powers of ten, and `step` is not used."""

    name: str
    label: str
    low: float
    high: float
    step: float = 0.01
    log: bool = False

    def spec(self) -> dict[str, Any]:
        """What the page is told of it."""
        return {"kind": "slide"} | self.__dict__

    def to_page(self, value: Any) -> float:
        """The value as the page has it. `ValueError` unless it is a finite number, not negative for `log`."""
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"{self.name}: got {value!r}; allowed is a number from {self.low:g} to {self.high:g}")
        if self.log and value < 0:
            raise ValueError(f"{self.name}: got {value!r}; allowed is a number of at least 0")
        return float(value)

    def from_page(self, value: Any) -> float | int:
        """The value of what the page says: a whole number where all steps are."""
        whole = all(float(part).is_integer() for part in (self.low, self.step)) and not self.log
        number = self.to_page(value)
        return round(number) if whole else float(number)


@dataclass(frozen=True)
class Choice:
    """One of `options`, a value by the text that is shown for it."""

    name: str
    label: str
    options: Mapping[str, Any]

    def spec(self) -> dict[str, Any]:
        """What the page is told of it."""
        return {"kind": "choice", "name": self.name, "label": self.label, "options": list(self.options)}

    def to_page(self, value: Any) -> int:
        """The number of the option with that value; -1, which shows none, for None."""
        values = list(self.options.values())
        if value is None and None not in values:
            return -1
        if value not in values:
            raise ValueError(f"{self.name}: got {value!r}; allowed is one of {', '.join(map(repr, values))}")
        return values.index(value)

    def from_page(self, value: Any) -> Any:
        """The value of the option with that number."""
        if value not in range(len(self.options)):
            raise ValueError(f"{self.name}: got option {value!r}; allowed is 0 to {len(self.options) - 1}")
        return list(self.options.values())[value]


@dataclass(frozen=True)
class Tick:
    """On or off. `colour`: a name of the palette, shown beside it where the tick stands for a line of that colour."""

    name: str
    label: str
    colour: str = ""

    def spec(self) -> dict[str, Any]:
        """What the page is told of it."""
        return {"kind": "tick"} | self.__dict__

    def to_page(self, value: Any) -> bool:
        """True or False."""
        if not isinstance(value, bool):
            raise ValueError(f"{self.name}: got {value!r}; allowed is True or False")
        return value

    from_page = to_page


@dataclass(frozen=True)
class Push:
    """A button. It has no value: its change is called with None."""

    name: str
    label: str
    title: str = ""

    def spec(self) -> dict[str, Any]:
        """What the page is told of it."""
        return {"kind": "push"} | self.__dict__

    def to_page(self, value: Any) -> None:
        """Nothing."""
        if value is not None:
            raise ValueError(f"{self.name}: got {value!r}; a button has no value")

    from_page = to_page


Control = Slide | Choice | Tick | Push


class Controls(QuickView):
    """Shows `controls` with their `values`; `on_change(name, value)` is called when a person moves one.

    `label`: what they are, for screen readers.
    """

    spec: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    label = traitlets.Unicode("settings").tag(sync=True)

    def __init__(
        self,
        controls: Sequence[Control],
        values: Mapping[str, Any],
        on_change: Callable[[str, Any], object],
        **kwargs: Any,
    ) -> None:
        self._on_change = on_change
        self._controls = {control.name: control for control in controls}
        self._hidden: set[str] = set()
        self._values: dict[str, Any] = dict.fromkeys(self._controls)
        super().__init__(spec=[control.spec() for control in controls], **kwargs)
        self.set(**values)

    @property
    def names(self) -> list[str]:
        """The controls' names, in their order."""
        return list(self._controls)

    @property
    def values(self) -> dict[str, Any]:
        """What is on show, by name; a slider that was set beyond its ends shows what was set."""
        return dict(self._values)

    def control(self, name: str) -> Control:
        """The control called `name`; `ValueError` with the list of names when there is none."""
        if name not in self._controls:
            raise ValueError(f"name: there is no control {name!r}; there are {', '.join(self._controls)}")
        return self._controls[name]

    def set(self, **values: Any) -> None:
        """Show other values. Nobody is called: who sets them knows."""
        for name, value in values.items():
            self.control(name).to_page(value)
        self._values |= values
        self._show()

    def move(self, name: str, value: Any) -> None:
        """Do what a person does who moves the control: show the value, and call `on_change`.

        Where that fails, the control goes back to what holds.
        """
        before = self.values
        try:
            self.set(**{name: value})
            self._on_change(name, value)
        except Exception:
            self._values = before
            self._show()
            raise

    def hide(self, *names: str) -> None:
        """Hide these controls, and show all others."""
        self._hidden = {self.control(name).name for name in names}
        self._show()

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A control was moved on the page."""
        name = str(payload.get("do"))
        try:
            self.move(name, self.control(name).from_page(payload.get("value")))
        finally:
            self._show()

    def _show(self) -> None:
        values = {name: self._controls[name].to_page(value) for name, value in self._values.items()}
        self.push({"values": values, "hidden": sorted(self._hidden)}, [], urgent=True)
