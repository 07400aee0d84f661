"""Short clips of the cartoon faces: in 16 frames one person does one thing: blink, smile, turn or nod.

Who it is (content) and what they do (motion) are drawn independently and both are known, which is what a generator with
a z for each should find out for itself. The same seed gives the same clips: clip i depends on the seed and on i alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from ganwidgets import faces, portrait
from ganwidgets.checks import check_whole
from ganwidgets.portrait import Jitter, Pose

# These hide the eyes or the mouth, or have none that could move.
STEADY = {"glasses": "none", "beard": "none", "hat": "none", "earrings": "none", "mouth": "neutral"}
EYES = ("round", "wide")
CLIPS = (3000, 0)
_QUIET_SECONDS = 2.0

Times = npt.NDArray[np.float64]
Motion = Callable[[Times, np.random.Generator], dict[str, Times]]


@dataclass(frozen=True, eq=False, repr=False)
class ClipData:
    """Clips and what is known of them; all arrays are read-only.

    `clips`: `(N, T, H, W, C)` uint8. `labels`: `(N,)` int64, positions in `classes`: what is done. `attributes`: by
    factor of the face, the names `(N,)` of the values.
    """

    clips: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    attributes: dict[str, npt.NDArray[np.str_]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        arrays: list[npt.NDArray[Any]] = [self.clips, self.labels, *self.attributes.values()]
        for array in arrays:
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.clips)

    def __repr__(self) -> str:
        _, frames, height, width, channels = self.clips.shape
        return (
            f"ClipData({len(self)} clips of {frames} frames of {height}×{width}×{channels}: {', '.join(self.classes)})"
        )

    def arrays(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """The clips channels first, `(N, C, T, H, W)` uint8 in a new array, and the labels `(N,)` int64."""
        return np.ascontiguousarray(self.clips.transpose(0, 4, 1, 2, 3)), self.labels


def draw(n: int, seed: int = 0, frames: int = 16, size: int = 32, progress: bool = True) -> ClipData:
    """Draw `n` clips of `frames` pictures of `size × size × 3`, with a bar where it takes more than two seconds.

    Clip i depends on `(seed, i)`, `frames` and `size` alone. `ValueError` for n < 1, a negative seed, frames outside 2
    to 256 or a size outside 16 to 256.
    """
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    check_whole("frames", frames, 2, 256)
    check_whole("size", size, 16, 256)
    clips = np.empty((n, frames, size, size, 3), np.uint8)
    labels = np.empty(n, np.int64)
    people: list[dict[str, str]] = []
    bar = tqdm(desc="Drawing clips", total=n, unit="clip", mininterval=1, delay=_QUIET_SECONDS, disable=not progress)
    for i in range(n):
        rng = np.random.default_rng([seed, i])
        person, jitter = _person(rng)
        labels[i] = rng.integers(len(MOTIONS))
        poses = _poses(ACTIONS[labels[i]], frames, rng)
        # A face is still for most of a blink.
        drawn = {pose: portrait.paint(person, jitter, size, pose) for pose in set(poses)}
        clips[i] = [drawn[pose] for pose in poses]
        people.append(person)
        bar.update()
    bar.close()
    attributes = {factor: np.array([person[factor] for person in people]) for factor in faces.ATTRIBUTES}
    return ClipData(clips, labels, attributes, ACTIONS)


@cache
def load() -> ClipData:
    """The 3,000 clips that the course trains on; drawn on first use, in ten seconds or so, and kept in memory."""
    return draw(*CLIPS)


def _person(rng: np.random.Generator) -> tuple[dict[str, str], Jitter]:
    shares = faces.SHARES | {"eyes": dict.fromkeys(EYES, 1 / len(EYES))}
    person = {
        factor: STEADY.get(factor) or str(rng.choice(list(values), p=np.array(list(values.values()))))
        for factor, values in shares.items()
    }
    return person, Jitter(*rng.uniform(-0.5, 0.5, 2).tolist())


def _poses(action: str, frames: int, rng: np.random.Generator) -> list[Pose]:
    """One pose a frame: the motion's own tracks, over a mouth that stays as it is."""
    times = np.arange(frames) / frames
    tracks = {"mouth": np.full(frames, rng.uniform(0.1, 0.5))} | MOTIONS[action](times, rng)
    rounded = {name: np.round(track, 2).tolist() for name, track in tracks.items()}
    return [Pose(**dict(zip(rounded, values, strict=True))) for values in zip(*rounded.values(), strict=True)]


def _blink(times: Times, rng: np.random.Generator) -> dict[str, Times]:
    """Both eyes shut and open again within a third of the clip."""
    middle = rng.uniform(0.25, 0.7)
    return {"lids": np.clip(np.abs(times - middle) / 0.16 - 0.35, 0, 1)}


def _smile(times: Times, rng: np.random.Generator) -> dict[str, Times]:
    """A straight mouth becomes a laugh, and stays one."""
    start = rng.uniform(0.1, 0.5)
    return {"mouth": _ease((times - start) / 0.35)}


def _turn(times: Times, rng: np.random.Generator) -> dict[str, Times]:
    """The head turns to one side, then to the other."""
    return {"turn": _swing(times, rng, 1.0)}


def _nod(times: Times, rng: np.random.Generator) -> dict[str, Times]:
    """The head goes down and up, twice."""
    return {"nod": 0.9 * _swing(times, rng, 2.0)}


def _swing(times: Times, rng: np.random.Generator, cycles: float) -> Times:
    reach, phase = rng.uniform(2.2, 3.0), rng.choice((0.0, 0.5))
    return np.asarray(reach * np.sin(2 * np.pi * (cycles * times + phase)))


def _ease(share: Times) -> Times:
    """From 0 to 1, slow at both ends."""
    inside = np.clip(share, 0, 1)
    return inside * inside * (3 - 2 * inside)


MOTIONS: dict[str, Motion] = {"blink": _blink, "smile": _smile, "turn": _turn, "nod": _nod}
ACTIONS: tuple[str, ...] = tuple(MOTIONS)
"""What a face may do, in the order of the labels."""
