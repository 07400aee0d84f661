"""The settings of a `Playground`: what is chosen goes to one function, `on_change(name, value)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ganwidgets.views.controls import Choice, Control, Controls, Push, Slide, Tick

LOSSES = {
    "non-saturating": "non_saturating",
    "minimax (saturating)": "minimax",
    "least squares": "least_squares",
    "hinge": "hinge",
    "Wasserstein": "wasserstein",
    "relativistic": "relativistic",
}
PENALTIES: dict[str, tuple[str, ...]] = {
    "none": (), "R1": ("r1",), "R1 + R2": ("r1", "r2"), "WGAN-GP": ("gp",), "weight clipping": ("clip",),
}  # fmt: skip
OPTIMISERS = {
    "Adam, β₁ = 0.5": ("adam", (0.5, 0.99)),
    "Adam, β₁ = 0.9": ("adam", (0.9, 0.99)),
    "Adam, β₁ = 0": ("adam", (0.0, 0.99)),
    "SGD (try rates near 0.1)": ("sgd", None),
}
DRAW = "draw your own"
SHAPE = ("g_layers", "d_layers", "g_hidden", "d_hidden")
_MORE = ("batch_size", "prior", "label_smoothing", "instance_noise", *SHAPE)


class Settings(Controls):
    """`on_change(name, value)` is called for every choice: a name in `values`, or "restart" for the button.

    `data`: the toys' names. `own`: whether the networks are the learner's own, which have no layers to choose.
    `values`: what is chosen at the beginning: "data", "penalty", "strength", "optimiser" with its betas, fields of
    `TrainConfig`, and the shape of the networks; others are passed over. A value on no list shows as an empty choice.
    """

    def __init__(
        self, data: Sequence[str], own: bool, values: Mapping[str, Any], on_change: Callable[[str, Any], object]
    ) -> None:
        self._moved = on_change
        controls = _controls(data, own)
        super().__init__(controls, _shown(controls, values) | {"more": False}, self._pass_on)
        self._tidy()

    def follow(self, values: Mapping[str, Any]) -> None:
        """Show other values. Nobody is called."""
        self.set(**_shown([self.control(name) for name in self.names], values))
        self._tidy()

    def _pass_on(self, name: str, value: Any) -> None:
        if name == "more":
            self._tidy()
        else:
            self._moved(name, value)

    def _tidy(self) -> None:
        """What has no meaning now is not shown, nor what few people need."""
        away = [] if self.values["more"] else [name for name in _MORE if name in self.names]
        self.hide(*away, *(["strength"] if self.values["penalty"] == "none" else []))


def _shown(controls: Sequence[Control], values: Mapping[str, Any]) -> dict[str, Any]:
    """What each control shows of `values`."""
    shown = {control.name: values[control.name] for control in controls if control.name in values}
    for control in controls:
        if isinstance(control, Choice) and shown.get(control.name) not in control.options.values():
            shown[control.name] = None
    return shown


def _controls(data: Sequence[str], own: bool) -> list[Control]:
    names = {name.replace("_", " "): name for name in data} | {DRAW: DRAW}
    first: list[Control] = [
        Choice("data", "data", names), Choice("loss", "loss", LOSSES),
        Choice("penalty", "penalty", {name: name for name in PENALTIES}),
        Slide("strength", "strength", 1e-3, 100, log=True),
        Choice("optimiser", "optimiser", OPTIMISERS),
        Slide("lr_d", "rate of D", 1e-5, 1, log=True), Slide("lr_g", "rate of G", 1e-5, 1, log=True),
        Slide("n_critic", "D's steps", 1, 10, 1), Slide("n_generator", "G's steps", 1, 10, 1),
    ]  # fmt: skip
    more: list[Control] = [
        Choice("batch_size", "batch", {str(n): n for n in (8, 32, 128, 512)}),
        Choice("prior", "prior of z", {"Gaussian": "normal", "uniform": "uniform"}),
        Slide("label_smoothing", "label smoothing", 0, 0.4, 0.05), Slide("instance_noise", "noise on x", 0, 1, 0.05),
    ]  # fmt: skip
    if not own:
        more += [Slide(f"{who}_layers", f"layers of {who.upper()}", 1, 5, 1) for who in "gd"]
        more += [Slide(f"{who}_hidden", f"units of {who.upper()}", 4, 128, 4) for who in "gd"]
    again = Push("restart", "Start again", "New networks, the same settings")
    return [*first, *more, again, Tick("more", "more settings")]


def penalty_of(settings: Mapping[str, Any]) -> tuple[str, float | None]:
    """The penalty in use by its name here, and its strength."""
    used = {name for name in ("r1", "r2", "gp", "clip") if settings[name]}
    name = next((name for name, parts in PENALTIES.items() if set(parts) == used), "none")
    return name, settings[PENALTIES[name][0]] if PENALTIES[name] else None


def penalty_settings(name: str, strength: float) -> dict[str, float]:
    """`TrainConfig`'s fields for that penalty and no other."""
    return dict.fromkeys(("r1", "r2", "gp", "clip"), 0.0) | dict.fromkeys(PENALTIES[name], strength)
