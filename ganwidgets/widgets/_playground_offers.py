"""What another way in a `Playground` may differ in, and how two ways differ, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganwidgets.views.fork import Offer

from ._playground_controls import LOSSES, OPTIMISERS, penalty_of, penalty_settings

_PENALTIES = {"none": ("none", 0.0), "R1, γ = 0.1": ("R1", 0.1), "R1 + R2, γ = 0.1": ("R1 + R2", 0.1),
              "WGAN-GP, λ = 1": ("WGAN-GP", 1.0)}  # fmt: skip
_FACTORS = (0.1, 0.3, 3.0, 10.0)
_STEPS = (1, 2, 5, 10)
_SGD_RATES = {"lr_d": 0.1, "lr_g": 0.1}  # Adam's would hardly move it
_NAMES = {
    "n_critic": "D's steps", "n_generator": "G's steps", "lr_d": "rate of D", "lr_g": "rate of G", "r1": "R1",
    "r2": "R2", "gp": "WGAN-GP", "clip": "weight clipping", "batch_size": "batch",
}  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """One thing to change: its `label`, its value `now`, and fields of `TrainConfig` by the words for them."""

    label: str
    now: str
    options: Mapping[str, Mapping[str, Any]]

    @property
    def offer(self) -> Offer:
        """For a `Fork`."""
        return Offer(self.label, self.now, tuple(self.options))


def trials_of(settings: Mapping[str, Any]) -> list[Trial]:
    """What may be tried instead of `settings`; what would change nothing is left out."""
    optimisers = {
        words.partition(" (")[0]: {"optimiser": kind} | ({"betas": betas} if betas else _SGD_RATES)
        for words, (kind, betas) in OPTIMISERS.items()
    }
    trials = [
        Trial("loss", _called(LOSSES, settings["loss"]), {words: {"loss": name} for words, name in LOSSES.items()}),
        Trial("penalty", penalty_of(settings)[0], {w: penalty_settings(*way) for w, way in _PENALTIES.items()}),
        Trial("optimiser", _optimiser_of(settings), optimisers),
    ]
    for name in ("lr_d", "lr_g"):
        rates = [factor * settings[name] for factor in _FACTORS]
        trials.append(Trial(_NAMES[name], _say(settings[name]), {_say(rate): {name: rate} for rate in rates}))
    for name in ("n_critic", "n_generator"):
        trials.append(Trial(_NAMES[name], _say(settings[name]), {str(n): {name: n} for n in _STEPS}))
    return [
        Trial(trial.label, trial.now, {
            words: change for words, change in trial.options.items() if any(settings[k] != v for k, v in change.items())
        })
        for trial in trials
    ]  # fmt: skip


def _optimiser_of(settings: Mapping[str, Any]) -> str:
    kind = settings["optimiser"]
    way = kind, settings["betas"] if kind == "adam" else None
    return _called(OPTIMISERS, way, kind).partition(" (")[0]


def _called(options: Mapping[str, Any], value: Any, otherwise: str = "") -> str:
    """The words for `value` among `options`."""
    return next((words for words, option in options.items() if option == value), otherwise)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """In which settings two runs differ, in words."""
    parts = [
        f"{_NAMES.get(name, name.replace('_', ' '))} {_say(old[name])} → {_say(new[name])}"
        for name in old
        if name in new and old[name] != new[name]
    ]
    return ", ".join(parts) or "the same settings"


def _say(value: Any) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value).replace("_", "-")
