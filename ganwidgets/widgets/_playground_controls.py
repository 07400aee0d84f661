"""The settings of a `Playground` as plain ipywidgets: what is chosen goes to one function, `on_change(name, value)`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

LOSSES = {
    "non-saturating": "non_saturating",
    "minimax (saturating)": "minimax",
    "least squares": "least_squares",
    "hinge": "hinge",
    "Wasserstein": "wasserstein",
    "relativistic": "relativistic",
}
PENALTIES = {"none": (), "R1": ("r1",), "R1 + R2": ("r1", "r2"), "WGAN-GP": ("gp",), "weight clipping": ("clip",)}
OPTIMISERS = {
    "Adam, β = (0.5, 0.99)": (0.5, 0.99),
    "Adam, β = (0.9, 0.99)": (0.9, 0.99),
    "Adam, β = (0, 0.99)": (0.0, 0.99),
}
DRAW = "draw your own"

_SHORT = ipywidgets.Layout(width="auto", min_width="0", flex="1 1 190px", max_width="300px")
_STYLE = {"description_width": "92px"}


class Controls(ipywidgets.VBox):
    """`on_change(name, value)` is called for every choice: a name in `values`, or "restart" for the button.

    `data`: the toys' names. `own`: whether the networks are the learner's own, which have no layers to choose.
    `values`: what is chosen at the beginning: "data", "penalty", "strength", `TrainConfig`'s fields, and the shape of
    the networks ("g_hidden", "g_layers", "d_hidden", "d_layers"); others are passed over.
    """

    def __init__(
        self, data: Sequence[str], own: bool, values: Mapping[str, Any], on_change: Callable[[str, Any], object]
    ) -> None:
        self._on_change = on_change
        self.by_name: dict[str, Any] = {}
        names = {name.replace("_", " "): name for name in data} | {DRAW: DRAW}
        first = [
            self._choice("data", "data", names), self._choice("loss", "loss", LOSSES),
            self._choice("penalty", "penalty", {name: name for name in PENALTIES}),
            self._log("strength", "strength", -3, 2),
            self._log("lr_d", "rate of D", -5, -1), self._log("lr_g", "rate of G", -5, -1),
            self._whole("n_critic", "D steps", 1, 10), self._choice("betas", "optimiser", OPTIMISERS),
            self._choice("batch_size", "batch", {str(n): n for n in (8, 32, 128, 512)}),
        ]  # fmt: skip
        second = [
            self._choice("prior", "prior of z", {"Gaussian": "normal", "uniform": "uniform"}),
            self._real("label_smoothing", "smoothing", 0.0, 0.4), self._real("instance_noise", "noise on x", 0.0, 1.0),
        ]  # fmt: skip
        if not own:
            second += [self._whole(f"{who}_layers", f"layers of {who.upper()}", 1, 5) for who in "gd"]
            second += [
                self._choice(f"{who}_hidden", f"units of {who.upper()}", {str(n): n for n in (8, 16, 32, 64, 128)})
                for who in "gd"
            ]
        again = ipywidgets.Button(description="Start again", tooltip="New networks, the same settings")
        again.on_click(lambda _: self._on_change("restart", None))
        more = ipywidgets.Accordion([_flow(second)], selected_index=None)
        more.set_title(0, "More settings" if own else "Networks and more settings")
        self.show(values)
        super().__init__([_flow([*first, again]), more])

    def show(self, values: Mapping[str, Any]) -> None:
        """Set the controls without calling `on_change`."""
        on_change, self._on_change = self._on_change, lambda name, value: None
        try:
            for name, value in values.items():
                if name in self.by_name:
                    _make_room(self.by_name[name], value)
                    self.by_name[name].value = value
        finally:
            self._on_change = on_change

    def _choice(self, name: str, label: str, options: Mapping[str, Any]) -> ipywidgets.Widget:
        return self._add(name, ipywidgets.Dropdown(options=list(options.items()), description=label))

    def _log(self, name: str, label: str, low: int, high: int) -> ipywidgets.Widget:
        slider = ipywidgets.FloatLogSlider(
            value=10.0**low, min=low, max=high, step=0.25, description=label, readout_format=".1e"
        )
        return self._add(name, slider)

    def _whole(self, name: str, label: str, low: int, high: int) -> ipywidgets.Widget:
        return self._add(name, ipywidgets.IntSlider(value=low, min=low, max=high, description=label))

    def _real(self, name: str, label: str, low: float, high: float) -> ipywidgets.Widget:
        return self._add(name, ipywidgets.FloatSlider(value=low, min=low, max=high, step=0.05, description=label))

    def _add(self, name: str, control: Any) -> ipywidgets.Widget:
        control.layout, control.style = _SHORT, _STYLE
        control.observe(lambda change: self._on_change(name, change["new"]), "value")
        self.by_name[name] = control
        return control


def _make_room(control: Any, value: Any) -> None:
    """So that `value`, which Python may set freely, is among what the control can show."""
    if hasattr(control, "options"):
        if value not in [known for _, known in control.options]:
            control.options = [*control.options, (str(value), value)]
    elif hasattr(control, "base"):
        level = math.log10(value) if value > 0 else control.min
        control.min, control.max = min(control.min, math.floor(level)), max(control.max, math.ceil(level))
    else:
        control.min, control.max = min(control.min, value), max(control.max, value)


def _flow(children: Sequence[ipywidgets.Widget]) -> ipywidgets.Box:
    return ipywidgets.Box(list(children), layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="2px 16px"))
