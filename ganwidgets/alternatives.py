"""Which other ways a training could go: its settings in plain words, with a few values worth trying for each.

A list to choose from on a page, not of all that `TrainConfig` knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ganwidgets import losses
from ganwidgets.train_config import TrainConfig

LOSS_NAMES = {"non_saturating": "non-saturating", "minimax": "minimax (saturating)", "least_squares": "least squares"}
PENALTIES: dict[str, dict[str, float]] = {
    "none": {},
    "R1, weak": {"r1": 0.1},
    "R1": {"r1": 1.0},
    "R1, strong": {"r1": 10.0},
    "R1 + R2": {"r1": 1.0, "r2": 1.0},
    "WGAN-GP": {"gp": 10.0},
}
_RATES = {"10 times higher": 10.0, "3 times higher": 3.0, "3 times lower": 1 / 3, "10 times lower": 0.1}


@dataclass(frozen=True)
class Option:
    """A value that a setting could have: its `label`, and the `changes` to `TrainConfig` that give it."""

    label: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """Something about a training that could be otherwise: its `label`, its value `now` in words, and the options."""

    label: str
    now: str
    options: tuple[Option, ...]


def alternatives(config: TrainConfig, players: int = 2) -> tuple[Setting, ...]:
    """The settings of a training with one player or two that one may want to change, each with its other values."""
    makers = _OF_TWO if players == 2 else _OF_ONE
    return tuple(setting for setting in (make(config) for make in makers) if setting.options)


def described(changes: dict[str, Any]) -> str:
    """Changes to a `TrainConfig` in a few words: "loss hinge, lr_d 0.001"."""
    return ", ".join(f"{name} {_word(value)}" for name, value in changes.items()) or "the same settings"


def _loss(config: TrainConfig) -> Setting:
    # Label smoothing goes with some losses only.
    kept = {name: config.label_smoothing if loss.smoothing else 0.0 for name, loss in losses.LOSSES.items()}
    others = [name for name in losses.LOSSES if name != config.loss]
    options = (Option(_word(name), {"loss": name} | _changed(config, label_smoothing=kept[name])) for name in others)
    return Setting("loss", _word(config.loss), tuple(options))


def _penalty(config: TrainConfig) -> Setting:
    off = {"r1": 0.0, "r2": 0.0, "gp": 0.0}
    here = {name: getattr(config, name) for name in off}
    now = next((name for name, parts in PENALTIES.items() if off | parts == here), described(_only(here)))
    options = [
        Option(name, _changed(config, **off | parts)) for name, parts in PENALTIES.items() if off | parts != here
    ]
    return Setting("gradient penalty", now, tuple(options))


def _rate(field: str, label: str) -> Callable[[TrainConfig], Setting]:
    def make(config: TrainConfig) -> Setting:
        rate = getattr(config, field)
        others = {words: float(f"{rate * factor:.2g}") for words, factor in _RATES.items()} if rate else {}
        options = (Option(f"{words}: {_word(value)}", {field: value}) for words, value in others.items())
        return Setting(label, _word(rate), tuple(options))

    return make


def _among(field: str, label: str, values: Sequence[Any], unit: str = "") -> Callable[[TrainConfig], Setting]:
    def make(config: TrainConfig) -> Setting:
        now = getattr(config, field)
        options = (Option(_word(value) + unit, {field: value}) for value in values if value != now)
        return Setting(label, _word(now) + unit, tuple(options))

    return make


_OF_TWO: tuple[Callable[[TrainConfig], Setting], ...] = (
    _loss,
    _penalty,
    _rate("lr_d", "learning rate of D"),
    _rate("lr_g", "learning rate of G"),
    _among("n_critic", "D's steps for one of G's", (1, 2, 5)),
    _among("instance_noise", "noise on what D sees", (0.0, 0.1, 0.3)),
)
_OF_ONE: tuple[Callable[[TrainConfig], Setting], ...] = (_rate("lr_g", "learning rate"),)


def _changed(config: TrainConfig, **values: Any) -> dict[str, Any]:
    """Those of `values` that are not so already."""
    now = asdict(config)
    return {name: value for name, value in values.items() if now[name] != value}


def _only(weights: dict[str, float]) -> dict[str, float]:
    return {name: weight for name, weight in weights.items() if weight}


def _word(value: Any) -> str:
    if isinstance(value, str):
        return LOSS_NAMES.get(value, value.replace("_", " "))
    return f"{value:.2g}" if isinstance(value, float) else str(value)
