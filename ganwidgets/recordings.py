"""Recordings: a training that can be watched again, kept in a small file, and taken up again at any of its steps.

A `Recording` is a sequence of the same `StepEvent`s that the training gave, one for every frame, so what can show a
live training can show a recording. Frames hold samples (compressed as in `film`) and logits; the losses are there for
every step. `Recording.branch` goes back into the training itself, see `branching`.
"""

from __future__ import annotations

import math
import os
import uuid
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from tqdm.auto import tqdm

from ganwidgets import film
from ganwidgets.branching import Origin, Return, States, branch, check_changes
from ganwidgets.checks import check_whole
from ganwidgets.events import FloatArray, StepEvent
from ganwidgets.files import data_path
from ganwidgets.stream import Samples, Stream
from ganwidgets.train_config import TrainConfig

__all__ = ["Recorder", "Recording", "available", "load", "record"]

FORMAT = "ganwidgets-recording-1"
SUFFIX = ".ganrec"
FRAMES = 300
CURVES = ("d_loss", "g_loss", "penalty", "auxiliary", "seconds")
LOGITS = ("real_logits", "fake_logits", "fake_logits_after")


class Recording(Sequence[StepEvent]):
    """The frames of a training as `StepEvent`s, each with samples and logits, and its losses at every step.

    Iterate it, index it, or hand it to a widget in place of a training. A recording that is still being made grows.
    Pictures are compressed with losses, points, sounds and logits rounded to float16; losses are exact. `every`: the
    steps from one frame to the next. `path`: the file that it was read from or last saved to, or None.
    """

    def __init__(self, origin: Origin, every: int, states: States | None = None) -> None:
        self.every = every
        self.path: Path | None = None
        self._origin = origin
        self._states = states
        self._film = film.Film()
        self._frame_steps: list[int] = []
        self._logits: list[tuple[FloatArray, ...]] = []
        self._curves: list[tuple[float, ...]] = []
        self._start = 0

    @property
    def config(self) -> TrainConfig:
        """The settings of the training that was recorded."""
        return self._origin.config

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """The step of every frame, `(frames,)`."""
        return np.array(self._frame_steps, dtype=np.int64)

    @property
    def first_step(self) -> int:
        """The first step that was recorded."""
        return self._start + 1

    @property
    def last_step(self) -> int:
        """The last step that was recorded, with a frame or without."""
        return self._start + len(self._curves)

    @property
    def state_steps(self) -> tuple[int, ...]:
        """The steps whose exact state was kept; `branch` is quick a little after each of them."""
        return () if self._states is None else tuple(self._states.steps)

    @property
    def curves(self) -> dict[str, npt.NDArray[np.float64]]:
        """By name, a number for every step from `first_step` to `last_step`: "step", the names in `CURVES`."""
        table = np.array(self._curves, dtype=np.float64).reshape(-1, len(CURVES))
        steps = np.arange(self.first_step, self.last_step + 1, dtype=np.float64)
        return {"step": steps} | dict(zip(CURVES, table.T, strict=True))

    def __len__(self) -> int:
        return len(self._frame_steps)

    @overload
    def __getitem__(self, index: int) -> StepEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[StepEvent]: ...
    def __getitem__(self, index: int | slice) -> StepEvent | list[StepEvent]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return replace(self.bare(index), samples=self._film[index])

    def bare(self, index: int) -> StepEvent:
        """The frame of that index without its samples, which take time to decompress."""
        position = range(len(self))[index]
        step = self._frame_steps[position]
        numbers = dict(zip(CURVES, self._curves[step - self.first_step], strict=True))
        logits = {name: a.astype(np.float32) for name, a in zip(LOGITS, self._logits[position], strict=True)}
        return StepEvent(step=step, **numbers, **logits)  # type: ignore[arg-type]

    def at(self, step: int) -> StepEvent:
        """The frame at `step`, or the last one before it; the first frame for an earlier step."""
        if not len(self):
            raise ValueError(f"step: nothing has been recorded yet, so there is no frame for {step}")
        return self[max(int(np.searchsorted(self.steps, step, side="right")) - 1, 0)]

    def add(self, event: StepEvent, frame: bool) -> None:
        """Take in the next step; as a frame, the event must have samples. `ValueError` if a step was left out."""
        if not self._curves:
            self._start = event.step - 1
        if event.step != self.last_step + 1:
            raise ValueError(f"event: expected step {self.last_step + 1}, got step {event.step}")
        if frame:
            if event.samples is None:
                raise ValueError(f"event: step {event.step} is to be a frame, but has no samples")
            self._film.append(event.samples)
            self._logits.append(tuple(film.halved(getattr(event, name)) for name in LOGITS))
        # float32 holds every loss exactly; the last line makes the frame visible, once all of it is there.
        self._curves.append(tuple(float(np.float32(getattr(event, name))) for name in CURVES))
        if frame:
            self._frame_steps.append(event.step)

    def add_state(self, trainer: Stream) -> None:
        """Keep the exact state of `trainer`, which stands after `last_step`, to branch from."""
        if self._states is not None:
            self._states.add(trainer)

    def branch(
        self,
        step: int,
        *,
        G: nn.Module | None = None,
        D: nn.Module | None = None,
        data: Samples | None = None,
        device: str | None = None,
        **changes: Any,
    ) -> Stream:
        """A training that goes on from the point after `step`, as the recorded one did, or with other settings.

        `changes`: fields of `TrainConfig`, in force from the next step on; without any, what follows is what followed,
        bit for bit on the same kind of machine. A new `seed` gives other batches and another z to sample from. The
        branch makes samples as often as the recording did. The state is the nearest one kept before `step`; from there
        the training is done again, which a warning accompanies if its losses differ from the recorded ones.

        A recording in memory knows its networks and data. One from a file builds networks of this package and has
        small data in it; pass `G` and `D` (untrained) and `data` where they are your own or large. Without states the
        training is done again from its beginning, for which `G` and `D` must be as they were then. `ValueError`
        names what is missing, a step outside the recording, or an unknown setting.
        """
        check_changes(changes)
        return branch(self.back_to(step, G=G, D=D, data=data, device=device), changes)

    def back_to(
        self, step: int, *, G: nn.Module | None = None, D: nn.Module | None = None, data: Samples | None = None,
        device: str | None = None,
    ) -> Return:  # fmt: skip
        """The way back to the point after `step`, to be gone step by step; `branch` goes it at once."""
        check_whole("step", step, self._start, self.last_step)
        networks = {name: network for name, network in (("G", G), ("D", D)) if network is not None}
        losses = {self.first_step + i: (row[0], row[1]) for i, row in enumerate(self._curves)}
        origin = replace(self._origin, config=replace(self.config, sample_every=self.config.sample_every or self.every))
        return Return(origin, self._states or States("none"), losses, step, (networks, data, device))

    def save(self, path: str | os.PathLike[str], states: bool = True) -> Path:
        """Write the recording to `path` (ending in `.ganrec`), whole or not at all, and return where it is.

        The states go into a folder beside it, `NAME.states`, which is large and may be deleted or left behind;
        `states=False` does not write it. `ValueError` for another ending or a recording without frames.
        """
        target = Path(path)
        if target.suffix != SUFFIX:
            raise ValueError(f"path: expected a name that ends in {SUFFIX}, got {target.name}")
        if not len(self):
            raise ValueError("path: there is nothing to save; no step was recorded")
        if states and self._states is not None:
            self._states = self._states.move(target.with_suffix(".states"))
        curves = np.array(self._curves, dtype=np.float32)
        arrays: dict[str, npt.NDArray[Any]] = {"curves": curves, "frame_steps": self.steps}
        for name, column in zip(LOGITS, zip(*self._logits, strict=True), strict=True):
            arrays[name] = np.concatenate(column)
            arrays[f"{name}_counts"] = np.array([len(logits) for logits in column])
        arrays |= {name: tensor.numpy() for name, tensor in self._origin.travelling().items()}
        header = {"format": FORMAT, "every": self.every, "start": self._start, "run": self._run()}
        self.path = film.save(target, self._film, arrays, header | {"origin": self._origin.header()})
        return self.path

    @classmethod
    def _read(cls, path: Path) -> Recording:
        reel, arrays, header = film.load(path)
        if header.get("format") != FORMAT:
            raise ValueError(f"path: {path.name} is no recording, or one of another version of ganwidgets")
        try:
            tensors = [torch.from_numpy(arrays[name]) if name in arrays else None for name in ("data", "condition")]
            states = States(header["run"], path.with_suffix(".states"))
            recording = cls(Origin.from_header(header["origin"], *tensors), header["every"], states)
            recording._film, recording._start, recording.path = reel, header["start"], path
            recording._frame_steps = arrays["frame_steps"].tolist()
            recording._curves = [tuple(row) for row in arrays["curves"].tolist()]
            pieces = [np.split(arrays[name], arrays[f"{name}_counts"].cumsum()[:-1]) for name in LOGITS]
            recording._logits = list(zip(*pieces, strict=True))
        except (LookupError, TypeError) as error:
            raise ValueError(f"path: {path.name} is incomplete ({error!r})") from error
        return recording

    def _run(self) -> str:
        return self._states.run if self._states is not None else "none"


class Recorder(Iterator[StepEvent]):
    """Iterate this in place of `trainer`: it hands on the same events and records them in `recording`.

    A frame is made of the first step and of every step that `every` divides. Before the first step, and then at every
    step that `state_every` divides, the exact state is kept in memory, to branch from; 0 for never.
    """

    def __init__(self, trainer: Stream, every: int = 10, state_every: int = 500) -> None:
        check_whole("every", every, 1)
        check_whole("state_every", state_every, 0)
        if not isinstance(trainer, Stream):
            raise ValueError(f"trainer: expected a Trainer or a SoloTrainer, got {type(trainer).__name__}")
        self.trainer, self.state_every = trainer, state_every
        states = States(uuid.uuid4().hex[:8]) if state_every else None
        self.recording = Recording(Origin.of(trainer), every, states)
        self.recording.add_state(trainer)

    def __next__(self) -> StepEvent:
        event = next(self.trainer)
        frame = len(self.recording) == 0 or event.step % self.recording.every == 0
        if frame and event.samples is None:
            event = replace(event, samples=self.trainer.samples())
        self.recording.add(event, frame)
        if self.state_every and event.step % self.state_every == 0:
            self.recording.add_state(self.trainer)
        return event


def record(
    trainer: Stream,
    steps: int,
    every: int | None = None,
    path: str | os.PathLike[str] | None = None,
    states: int = 8,
    progress: bool = True,
) -> Recording:
    """Run `trainer` for `steps` steps, or to its end if that comes first, and return what happened as a recording.

    `every`: steps from frame to frame, by default so many that there are about 300. `path`: where to save it, also
    on the way, at every state. `states`: how many exact states to keep, evenly spaced, for `Recording.branch`; each
    takes about four times the networks' size, and `0` keeps none. An interrupt ends the recording early, with a
    warning; after any error, what was recorded until then is in the file. `ValueError` for numbers below 1, or
    `states` below 0.
    """
    check_whole("steps", steps, 1)
    check_whole("states", states, 0)
    if path is not None and Path(path).suffix != SUFFIX:
        raise ValueError(f"path: expected a name that ends in {SUFFIX}, got {Path(path).name}")
    state_every = math.ceil(steps / states) if states else 0
    recorder = Recorder(trainer, math.ceil(steps / FRAMES) if every is None else every, state_every)
    recording, save_every = recorder.recording, state_every or math.ceil(steps / 8)
    try:
        for event in tqdm(islice(recorder, steps), "Recording", steps, unit="step", disable=not progress):
            if path is not None and event.step % save_every == 0:
                recording.save(path)
    except KeyboardInterrupt:
        warnings.warn(f"interrupted: the recording ends with step {recording.last_step}", stacklevel=2)
    finally:
        if path is not None and len(recording):
            recording.save(path)
    return recording


def available() -> tuple[str, ...]:
    """The names of the recordings that come with the package."""
    return tuple(sorted(path.stem for path in data_path("recordings").glob(f"*{SUFFIX}")))


def load(name_or_path: str | os.PathLike[str]) -> Recording:
    """A shipped recording by name, or one of your own by path. `ValueError` if there is none or it is broken."""
    shipped = available()
    path = data_path("recordings", f"{name_or_path}{SUFFIX}") if str(name_or_path) in shipped else Path(name_or_path)
    if not path.is_file():
        listed = ", ".join(shipped) or "none"
        raise ValueError(f"name_or_path: there is no recording {str(name_or_path)!r}; shipped are {listed}")
    return Recording._read(path)
