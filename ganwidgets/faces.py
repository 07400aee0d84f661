"""Cartoon portraits, drawn from 13 named factors: a data set in which everything is known.

Every factor is drawn independently, so there are bobs with beards, and each face moves a little. The same seed gives
the same faces: face i depends on the seed and on i alone.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL

from ganwidgets import portrait as portraits
from ganwidgets.checks import check_whole

SHARES: dict[str, dict[str, float]] = {
    "background": dict.fromkeys(("pink", "peach", "lemon", "mint", "aqua", "sky", "lilac"), 1 / 7),
    "skin": {"pale": 0.18, "light": 0.24, "tan": 0.20, "brown": 0.20, "dark": 0.18},
    "hair_colour": {
        "black": 0.24,
        "brown": 0.22,
        "ginger": 0.13,
        "blond": 0.16,
        "grey": 0.10,
        "pink": 0.08,
        "teal": 0.07,
    },
    "hair_style": {
        "short": 0.15,
        "side_part": 0.13,
        "spiky": 0.10,
        "bob": 0.12,
        "long": 0.14,
        "afro": 0.11,
        "bun": 0.09,
        "pigtails": 0.09,
        "bald": 0.07,
    },
    "eyes": {"round": 0.40, "happy": 0.18, "sleepy": 0.14, "wide": 0.18, "wink": 0.10},
    "iris": {"brown": 0.40, "blue": 0.24, "green": 0.20, "grey": 0.16},
    "glasses": {"none": 0.64, "round": 0.14, "square": 0.13, "sun": 0.09},
    "mouth": {"smile": 0.34, "grin": 0.20, "laugh": 0.16, "neutral": 0.10, "smirk": 0.10, "surprised": 0.10},
    "beard": {"none": 0.68, "full": 0.13, "moustache": 0.10, "stubble": 0.09},
    "hat": {
        "none": 0.74,
        "red_cap": 0.06,
        "blue_cap": 0.06,
        "green_beanie": 0.05,
        "yellow_beanie": 0.05,
        "straw_hat": 0.04,
    },
    "shirt": {"red": 0.18, "blue": 0.18, "green": 0.16, "yellow": 0.16, "purple": 0.16, "striped": 0.16},
    "brows": {"soft": 0.46, "raised": 0.24, "stern": 0.14, "worried": 0.16},
    "earrings": {"none": 0.72, "hoops": 0.14, "pearls": 0.14},
}
"""The share of every value, by factor."""

ATTRIBUTES: dict[str, tuple[str, ...]] = {factor: tuple(shares) for factor, shares in SHARES.items()}
"""The names of every factor's values, in a fixed order."""

_DEFAULTS = {factor: max(shares, key=lambda value: shares[value]) for factor, shares in SHARES.items()}
_BOUNDS = {factor: list(accumulate(shares.values())) for factor, shares in SHARES.items()}
_JITTER = np.array([1.0, 0.8, 0.6, 0.4])
_CHUNK = 250
_WORTH_A_POOL = 1500
_QUIET_SECONDS = 2.0

Images = npt.NDArray[np.uint8]
Codes = npt.NDArray[np.uint8]
Chunk = tuple[Codes, Images]


def draw(
    n: int, seed: int = 0, size: int = 64, progress: bool = True, processes: int | None = None
) -> tuple[Images, dict[str, npt.NDArray[np.str_]]]:
    """Draw `n` portraits.

    Returns the images `(n, size, size, 3)` uint8 and, by factor, the names of their values `(n,)`. Face i depends on
    `(seed, i)` alone, so a shorter run gives the same first faces. `processes`: None takes two in a notebook, where
    that is safe and pays, and one in a script; more in a script need its `if __name__ == "__main__"`.
    Raises ValueError for n < 1, a negative seed, a size outside 16 to 1024, or processes < 1.
    """
    check_whole("n", n, 1)
    check_whole("seed", seed, 0)
    check_whole("size", size, 16, 1024)
    if processes is not None:
        check_whole("processes", processes, 1)
    images = np.empty((n, size, size, 3), np.uint8)
    codes = np.empty((n, len(ATTRIBUTES)), np.uint8)
    done = 0
    for chunk_codes, chunk in _with_progress(_chunks(n, seed, size, _workers(n, processes)), n, progress):
        images[done : done + len(chunk)], codes[done : done + len(chunk)] = chunk, chunk_codes
        done += len(chunk)
    return images, {factor: np.array(values)[codes[:, k]] for k, (factor, values) in enumerate(ATTRIBUTES.items())}


def portrait(attributes: Mapping[str, str], seed: int = 0, size: int = 64) -> Images:
    """Draw one face with the attributes you choose: `(size, size, 3)` uint8.

    Factors you leave out take their commonest value; `seed` moves the head and the gaze a little. Raises ValueError
    for a factor or value that does not exist, listing those that do.
    """
    check_whole("seed", seed, 0)
    check_whole("size", size, 16, 1024)
    for factor, value in attributes.items():
        if factor not in ATTRIBUTES:
            raise ValueError(f"attributes: there is no factor {factor!r}; there are {', '.join(ATTRIBUTES)}")
        if value not in ATTRIBUTES[factor]:
            raise ValueError(f"attributes: {factor} cannot be {value!r}; it can be {', '.join(ATTRIBUTES[factor])}")
    return portraits.paint({**_DEFAULTS, **attributes}, _choose(seed, 0)[1], size)


def fingerprint() -> str:
    """Twelve hex digits that change whenever the drawing code, its shares or Pillow's version does."""
    digest = hashlib.sha256(f"Pillow {PIL.__version__}".encode())
    for path in (Path(__file__), *portraits.sources()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _choose(seed: int, index: int) -> tuple[list[int], portraits.Jitter]:
    """The number of each factor's value, and the jitter, of face `index`."""
    numbers = np.random.default_rng([seed, index]).random(len(ATTRIBUTES) + len(_JITTER))
    factors = zip(_BOUNDS.values(), numbers.tolist(), strict=False)
    codes = [min(bisect_right(bounds, u), len(bounds) - 1) for bounds, u in factors]
    return codes, portraits.Jitter(*((2 * numbers[len(ATTRIBUTES) :] - 1) * _JITTER).tolist())


def _paint_range(start: int, stop: int, seed: int, size: int) -> Chunk:
    """The values' numbers and the pictures of faces `start` to `stop`: what a worker process does."""
    images = np.empty((stop - start, size, size, 3), np.uint8)
    codes = np.empty((stop - start, len(ATTRIBUTES)), np.uint8)
    for row, i in enumerate(range(start, stop)):
        chosen, jitter = _choose(seed, i)
        codes[row] = chosen
        named = {factor: values[k] for (factor, values), k in zip(ATTRIBUTES.items(), chosen, strict=True)}
        images[row] = portraits.paint(named, jitter, size)
    return codes, images


def _workers(n: int, processes: int | None) -> int:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if multiprocessing.parent_process() is not None or (script is not None and not Path(script).exists()):
        return 1
    if processes is not None:
        return processes
    # A spawned process imports the caller's script again, so by default only callers without one get a pool.
    return min(2, os.cpu_count() or 1) if n >= _WORTH_A_POOL and script is None else 1


def _chunks(n: int, seed: int, size: int, workers: int) -> Iterator[Chunk]:
    """Consecutive chunks of faces, from worker processes as long as these work, else from this one."""
    jobs = [(start, min(start + _CHUNK, n), seed, size) for start in range(0, n, _CHUNK)]
    done = 0
    if workers > 1:
        try:
            for chunk in _pooled(jobs, workers):
                yield chunk
                done += 1
        except (BrokenProcessPool, OSError):
            pass
    for job in jobs[done:]:
        yield _paint_range(*job)


def _pooled(jobs: list[tuple[int, int, int, int]], workers: int) -> Iterator[Chunk]:
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield from pool.map(_paint_range, *zip(*jobs, strict=True))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _with_progress(chunks: Iterator[Chunk], n: int, progress: bool) -> Iterator[Chunk]:
    """The same chunks, with a bar once they have taken two seconds."""
    bar, began, done = None, time.monotonic(), 0
    try:
        for chunk in chunks:
            yield chunk
            done += len(chunk[0])
            if bar is not None:
                bar.update(len(chunk[0]))
            elif progress and done < n and time.monotonic() - began > _QUIET_SECONDS:
                from tqdm.auto import tqdm

                bar = tqdm(total=n, initial=done, desc="Drawing faces", unit="face")
    finally:
        if bar is not None:
            bar.close()
