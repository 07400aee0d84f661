"""Two sets of pictures to translate between, drawn as cartoon faces: without and with glasses, outlines and colour.

Paired, picture i of both sets shows one face, which differs in nothing but the task (what pix2pix needs, Isola et al.
2017, arXiv:1611.07004). Unpaired, the sets show different people, as in CycleGAN (Zhu et al. 2017, arXiv:1703.10593).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganwidgets import faces
from ganwidgets.checks import check_whole

Pixels = npt.NDArray[np.uint8]

# Differences between neighbours that leave no ink, and those that leave all there is.
_FAINT, _STRONG = 6.0, 30.0
_PRESSURE = 1.6


@dataclass(frozen=True, eq=False, repr=False)
class ImagePairs:
    """`sources` and `targets`, both `(N, H, W, 3)` uint8 and read-only; picture i of both belongs together if `paired`.

    `ValueError`: arrays of other shapes or types, or of different shapes.
    """

    sources: Pixels
    targets: Pixels
    paired: bool
    name: str = "pairs"

    def __post_init__(self) -> None:
        for name in ("sources", "targets"):
            array = np.asarray(getattr(self, name))
            if array.ndim != 4 or array.shape[-1] != 3 or array.dtype != np.uint8 or not len(array):
                raise ValueError(f"{name}: expected (N, H, W, 3) uint8 with N ≥ 1, got {array.shape} {array.dtype}")
            array.flags.writeable = False
        if self.sources.shape != self.targets.shape:
            shapes = f"{self.sources.shape} and {self.targets.shape}"
            raise ValueError(f"sources, targets: expected arrays of one shape, got {shapes}")

    def __len__(self) -> int:
        return len(self.sources)

    def __repr__(self) -> str:
        n, height, width, _ = self.sources.shape
        return f"ImagePairs({self.name!r}: {n} {'pairs' if self.paired else 'of each'}, {height}×{width}×3)"

    def arrays(self) -> tuple[Pixels, Pixels]:
        """What a training takes: the samples and their condition, `(N, C, H, W)` uint8, channels first.

        Paired: targets and sources, 3 channels each. Unpaired, a sample is one source and one target that have nothing
        to do with each other, stacked on 6 channels, and it is its own condition.
        """
        sources, targets = (np.ascontiguousarray(x.transpose(0, 3, 1, 2)) for x in (self.sources, self.targets))
        if self.paired:
            return targets, sources
        both = np.concatenate([sources, targets], axis=1)
        return both, both


@dataclass(frozen=True)
class _Person:
    """A face's attributes, and the seed of what makes it move a little."""

    attributes: dict[str, str]
    seed: int

    def portrait(self, size: int, **changes: str) -> Pixels:
        return faces.portrait({**self.attributes, **changes}, self.seed, size)


def draw(task: str, n: int, seed: int = 0, paired: bool = True, size: int = 64) -> ImagePairs:
    """`n` pictures of each domain of `task`, `size` pixels a side; the same for the same seed.

    "glasses": a face without glasses, and with square red ones. "sketch": the outlines of a face in coloured pencil,
    and the face painted. All other attributes are drawn as in `faces`; pair i depends on `(seed, i)` alone. Not
    `paired`, the targets show other people than the sources. `ValueError`: unknown task, n < 1, a negative seed, a size
    outside 16 to 512.
    """
    if task not in _TASKS:
        raise ValueError(f"task: there is no {task!r}; choose one of {', '.join(_TASKS)}")
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    check_whole("size", size, 16, 512)
    sources, targets = np.empty((2, n, size, size, 3), np.uint8)
    for i in range(n):
        sources[i], targets[i] = _TASKS[task](_person(seed, i, 0), size)
        if not paired:
            targets[i] = _TASKS[task](_person(seed, i, 1), size)[1]
    return ImagePairs(sources, targets, paired, task)


def sketch(images: npt.ArrayLike) -> Pixels:
    """Outlines on white as coloured pencils draw them, `(N, H/2, W/2, 3)` uint8, of images `(N, H, W, 3)` uint8.

    There is a line wherever colours change, in the colour of what lies to its left or above it. Twice the size is asked
    for because lines drawn large and averaged down are thin and smooth. `ValueError`: another shape or type, or an odd
    side.
    """
    pixels = np.asarray(images)
    odd = any(side % 2 for side in pixels.shape[1:3])
    if pixels.ndim != 4 or pixels.shape[-1] != 3 or pixels.dtype != np.uint8 or odd:
        raise ValueError(f"images: expected (N, H, W, 3) uint8 with even sides, got {pixels.shape} {pixels.dtype}")
    x = pixels.astype(np.float32)
    steps = [np.abs(np.diff(x, axis=axis, append=x.take([-1], axis))).max(axis=-1, keepdims=True) for axis in (1, 2)]
    ink = np.clip((np.hypot(*steps) - _FAINT) / (_STRONG - _FAINT), 0, 1)
    amount = _halved(ink)
    colour = _halved(ink * x) / np.maximum(amount, 1e-6)
    drawn: Pixels = (255 - np.minimum(_PRESSURE * amount, 1) * (255 - colour)).round().astype(np.uint8)
    return drawn


def _halved(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The means of 2×2 blocks: `(N, H, W, ...)` to `(N, H/2, W/2, ...)`."""
    n, height, width, *rest = x.shape
    means: npt.NDArray[np.float32] = x.reshape(n, height // 2, 2, width // 2, 2, *rest).mean(axis=(2, 4))
    return means


def _person(seed: int, index: int, stream: int) -> _Person:
    rng = np.random.default_rng([seed, index, stream])
    attributes = {
        factor: str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))
        for factor, shares in faces.SHARES.items()
    }
    return _Person(attributes, int(rng.integers(2**31)))


def _glasses(person: _Person, size: int) -> tuple[Pixels, Pixels]:
    return person.portrait(size, glasses="none"), person.portrait(size, glasses="square")


def _colours(person: _Person, size: int) -> tuple[Pixels, Pixels]:
    large = person.portrait(2 * size)[None]
    return sketch(large)[0], _halved(large.astype(np.float32)).round().astype(np.uint8)[0]


_TASKS: dict[str, Callable[[_Person, int], tuple[Pixels, Pixels]]] = {"glasses": _glasses, "sketch": _colours}
TASKS: tuple[str, ...] = tuple(_TASKS)
"""The names that `draw` knows."""
