"""The way back into a recorded training: how to make it again, and its exact states at a few steps.

A state holds networks, moving average, optimisers and random numbers, three to four times the networks' size; so only
a few are kept, and the steps between two are reached by training again from the earlier one. Left out: what the
training looked like (see `recordings`).
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganwidgets import checkpoints
from ganwidgets.solo import SoloTrainer
from ganwidgets.stream import Samples, Stream
from ganwidgets.train_config import TrainConfig
from ganwidgets.training import Trainer

STATE_FORMAT = "ganwidgets-recorded-state-1"
TRAVELLING_BYTES = 1 << 18  # data up to this size, which is every toy, travels with the recording
_TRAINERS: dict[str, Callable[..., Stream]] = {"Trainer": Trainer, "SoloTrainer": SoloTrainer}
_MODELS = "ganwidgets.models."
_OTHER_RUN = 1e-3  # by which share the first loss may differ before it must be another training


@dataclass(frozen=True)
class Origin:
    """What a training was made of.

    `trainer`: the name of its class. `config`: its settings. `specs`: by network, "module", "class" and "config" where
    it is one of ours, else None. `data_digest`, `data_shape`: of the samples. `networks`, `data`, `condition`: the
    things themselves, as they were before the recording's first step, where they are at hand.
    """

    trainer: str
    config: TrainConfig
    specs: dict[str, dict[str, Any] | None]
    data_digest: str
    data_shape: tuple[int, ...]
    networks: dict[str, nn.Module] | None = None
    data: Tensor | None = None
    condition: Tensor | None = None
    device: str = "cpu"

    @classmethod
    def of(cls, trainer: Stream) -> Origin:
        """What `trainer` is made of; its networks are copied as they are now."""
        specs = {name: _spec(network) for name, network in trainer.networks.items()}
        digest, shape = _digest(trainer.data), tuple(trainer.data.shape)
        networks = copy.deepcopy(trainer.networks)
        kind, device = type(trainer).__name__, str(trainer.device)
        return cls(kind, trainer.config, specs, digest, shape, networks, trainer.data, trainer.condition, device)

    @classmethod
    def from_header(cls, header: Mapping[str, Any], data: Tensor | None, condition: Tensor | None) -> Origin:
        """What `header` described, as read from a file. `ValueError` for settings that are unknown here."""
        known = {field.name for field in fields(TrainConfig)}
        settings = dict(header["config"])
        if unknown := sorted(set(settings) - known):
            raise ValueError(f"path: the recording was made with settings unknown here: {', '.join(unknown)}")
        config = TrainConfig(**settings | {"betas": tuple(settings["betas"])})
        shape = tuple(header["data_shape"])
        return cls(
            header["trainer"], config, header["networks"], header["data_digest"], shape, data=data, condition=condition
        )

    def header(self) -> dict[str, Any]:
        """All but the things themselves, for JSON."""
        return {
            "trainer": self.trainer, "config": asdict(self.config), "networks": self.specs,
            "data_digest": self.data_digest, "data_shape": self.data_shape,
        }  # fmt: skip

    def travelling(self) -> dict[str, Tensor]:
        """The data and its condition, if they are small enough to go into the file."""
        tensors = {"data": self.data, "condition": self.condition}
        there = {name: tensor.cpu() for name, tensor in tensors.items() if tensor is not None}
        return there if sum(tensor.nbytes for tensor in there.values()) <= TRAVELLING_BYTES else {}

    def make(
        self, config: TrainConfig, networks: Mapping[str, nn.Module], data: Samples | None, device: str | None
    ) -> Stream:
        """A training from its beginning; `networks` and `data` stand in for what is not at hand. `ValueError`."""
        if self.trainer not in _TRAINERS:
            raise ValueError(f"branch: a recording of a {self.trainer} cannot be continued, only shown")
        parts = [self._network(name, networks.get(name)) for name in self.specs]
        trainer = _TRAINERS[self.trainer](*parts, self._samples(data), config, device or self.device)
        if _digest(trainer.data) != self.data_digest:
            shape = tuple(trainer.data.shape)
            raise ValueError(
                f"data: expected the samples that were trained on, {self.data_shape}; got others, of {shape}"
            )
        return trainer

    def _samples(self, data: Samples | None) -> Samples:
        if data is not None:
            return data
        if self.data is None:
            raise ValueError(f"data: {self.data_shape} samples are too many to be in the file; pass data=...")
        return self.data if self.condition is None else (self.data, self.condition)

    def _network(self, name: str, given: nn.Module | None) -> nn.Module:
        if given is not None:
            return copy.deepcopy(given)
        if self.networks is not None:
            return copy.deepcopy(self.networks[name])
        spec = self.specs[name]
        if spec is None or not spec["module"].startswith(_MODELS):
            raise ValueError(f"{name}: the file does not know how to build this network; pass {name}=...")
        network: nn.Module = getattr(importlib.import_module(spec["module"]), spec["class"])(**spec["config"])
        return network


class States:
    """The exact states of one run by step: in memory, or in the files `run-step.safetensors` of a folder."""

    def __init__(self, run: str, folder: Path | None = None) -> None:
        self.run, self.folder = run, folder
        self._held: dict[int, dict[str, Tensor]] = {}

    @property
    def steps(self) -> list[int]:
        """The steps after which there is a state, ascending."""
        return sorted(self._held) if self.folder is None else sorted(step for step, _ in self._files(self.run))

    def add(self, trainer: Stream) -> None:
        """Keep the state of `trainer` as it is now."""
        tensors = {name: tensor.detach().cpu().clone() for name, tensor in trainer.state().items()}
        if self.folder is None:
            self._held[trainer.step] = tensors
        else:
            path = self.folder / f"{self.run}-{trainer.step:08}.safetensors"
            checkpoints.write(path, tensors, {"format": STATE_FORMAT, "run": self.run})

    def thin(self) -> None:
        """Forget every other state, but not the first; only for states in memory."""
        self._held = {step: self._held[step] for step in self.steps[::2]}

    def load(self, step: int) -> dict[str, Tensor]:
        """The state after `step`, one of `steps`."""
        if self.folder is None:
            return self._held[step]
        return checkpoints.read(dict(self._files(self.run))[step])[0]

    def move(self, folder: Path) -> States:
        """The same states as files in `folder`, where those of other runs are removed."""
        moved = States(self.run, folder)
        for step in self.steps:
            if step not in moved.steps:
                path = folder / f"{self.run}-{step:08}.safetensors"
                checkpoints.write(path, self.load(step), {"format": STATE_FORMAT, "run": self.run})
        for _, path in moved._files("[0-9a-f]{8}"):
            if not path.name.startswith(self.run):
                path.unlink()
        return moved

    def _files(self, run: str) -> Iterator[tuple[int, Path]]:
        assert self.folder is not None
        for path in self.folder.glob("*.safetensors") if self.folder.is_dir() else ():
            if found := re.fullmatch(rf"{run}-(\d{{8}})", path.stem):
                yield int(found[1]), path


Given = tuple[Mapping[str, nn.Module], Samples | None, str | None]


class Return:
    """The way back to the point after `step`: the nearest state before it, and from there the same steps once more.

    `advance` until nothing is `left`; then `branch` gives the training. `d_and_g`: the losses by step, to compare with,
    where they are known. `given`: networks, data and device for `Origin.make`. `ValueError` where something that is
    needed is not at hand, or what was given belongs to another training.
    """

    def __init__(
        self,
        origin: Origin,
        states: States,
        d_and_g: Mapping[int, tuple[float, float]],
        step: int,
        given: Given = ({}, None, None),
    ) -> None:
        self.step = step
        self.drift = 0.0
        self._origin, self._given, self._d_and_g = origin, given, d_and_g
        self._trainer = origin.make(origin.config, *given)
        before = [s for s in states.steps if s <= step]
        if before:
            self._trainer.load_state(states.load(before[-1]))
        elif 1 not in d_and_g or not (given[0] or origin.networks):
            raise ValueError(
                f"step: this recording comes without a state to start from at or before step {step}; "
                "where it begins with step 1, pass the networks as they were then, untrained (G=..., D=...), and the "
                "training is done again from there"
            )
        self._first = self._trainer.step + 1

    @property
    def left(self) -> int:
        """How many steps are still to be done again."""
        return self.step - self._trainer.step

    def advance(self) -> None:
        """Do one step again. `ValueError` if the first one shows that it is another training."""
        event = next(self._trainer)
        recorded = self._d_and_g.get(event.step)
        if recorded is None:
            return
        difference = _difference((event.d_loss, event.g_loss), recorded)
        self.drift = max(self.drift, difference)
        if event.step == self._first and difference > _OTHER_RUN:
            raise ValueError(
                f"step: step {event.step} done again gives G's loss {event.g_loss:.6g}, recorded is "
                f"{recorded[1]:.6g}: these networks or this data are not those of the recording"
            )

    def branch(self, changes: Mapping[str, Any]) -> Stream:
        """The training as it stood after `step`, with `changes` to its settings from there on."""
        if not changes:
            return self._trainer
        state = self._trainer.state()
        if "seed" in changes:
            state["rng"] = torch.Generator().manual_seed(changes["seed"]).get_state()
        changed = self._origin.make(replace(self._origin.config, **changes), *self._given)
        changed.load_state(state)
        return changed


def branch(way: Return, changes: Mapping[str, Any]) -> Stream:
    """Go all of the `way` back, and branch there; a warning if the losses on it are not quite the recorded ones."""
    while way.left:
        way.advance()
    if way.drift:
        warnings.warn(
            "this machine computes a little otherwise than the one that recorded (losses differ by up to "
            f"{way.drift:.1g} of their size), so the branch starts near the recorded point, not exactly at it",
            stacklevel=3,
        )
    return way.branch(changes)


def can_be_continued(trainer: Stream) -> bool:
    """Whether a branch can be made of such a training: of ours, not of a class of your own."""
    return type(trainer).__name__ in _TRAINERS


def check_changes(changes: Mapping[str, Any]) -> None:
    """`ValueError` for a setting that `TrainConfig` does not have."""
    known = [field.name for field in fields(TrainConfig)]
    if unknown := sorted(set(changes) - set(known)):
        raise ValueError(f"changes: no setting {', '.join(unknown)}; there are {', '.join(known)}")


def _difference(a: Sequence[float], b: Sequence[float]) -> float:
    """The largest relative difference; NaN equals NaN."""
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if not (x != x and y != y)]
    return max((abs(x - y) / max(abs(y), 1e-3) if x == x and y == y else 1.0 for x, y in pairs if x != y), default=0.0)


def _spec(network: nn.Module) -> dict[str, Any] | None:
    kind = type(network)
    if not kind.__module__.startswith(_MODELS) or not isinstance(getattr(network, "config", None), dict):
        return None
    return {"module": kind.__module__, "class": kind.__name__, "config": network.config}


def _digest(samples: Tensor) -> str:
    """Of up to a thousand samples, spread evenly, and of the shape: cheap for any size."""
    index = torch.linspace(0, len(samples) - 1, min(len(samples), 1000)).long()
    some = samples[index.to(samples.device)].cpu().contiguous().numpy()
    return hashlib.sha256(repr((tuple(samples.shape), str(samples.dtype))).encode() + some.tobytes()).hexdigest()[:16]
