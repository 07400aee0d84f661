"""Exercises of chapter 07: how many modes samples hold, how unevenly, and what a packed discriminator is given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganwidgets.exercises.base import Answer, Exercise, require, solved

FloatArray = npt.NDArray[np.float64]


def coverage(samples: FloatArray, modes: FloatArray, sigma: float) -> tuple[int, float]:
    """How many modes hold a sample within 3 sigma, and the share of samples that lie within 3 sigma of a mode."""
    distances = np.linalg.norm(samples[:, None] - modes, axis=2)  # (N, K)
    near = distances <= 3 * sigma
    return int(near.any(axis=0).sum()), float(near.any(axis=1).mean())


def _coverage_by_the_nearest(samples: FloatArray, modes: FloatArray, sigma: float) -> tuple[int, float]:
    distances = np.linalg.norm(samples[:, None] - modes, axis=2)
    return len(np.unique(distances.argmin(axis=1))), float((distances <= 3 * sigma).any(axis=1).mean())


def _coverage_without_sigma(samples: FloatArray, modes: FloatArray, sigma: float) -> tuple[int, float]:
    near = np.linalg.norm(samples[:, None] - modes, axis=2) <= 3
    return int(near.any(axis=0).sum()), float(near.any(axis=1).mean())


def _coverage_as_a_share_of_pairs(samples: FloatArray, modes: FloatArray, sigma: float) -> tuple[int, float]:
    near = np.linalg.norm(samples[:, None] - modes, axis=2) <= 3 * sigma
    return int(near.any(axis=0).sum()), float(near.mean())


def _coverage_along_the_axes(samples: FloatArray, modes: FloatArray, sigma: float) -> tuple[int, float]:
    near = np.abs(samples[:, None] - modes).max(axis=2) <= 3 * sigma
    return int(near.any(axis=0).sum()), float(near.any(axis=1).mean())


def check_coverage(answer: Answer) -> None:
    """By hand: samples on modes, between them, far from all, and in the corner of the square round a mode."""
    modes = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    near_two = np.array([[0.0, 0.4], [0.5, 0.0], [10.0, 1.2]])
    cases = (
        ("three samples close to two of three modes", near_two, (2, 1.0)),
        ("the same and one sample in the middle of nowhere", np.vstack([near_two, [[1.0, 8.0]]]), (2, 0.75)),
        ("one sample, 1.4 to the right of a mode and 1.4 above it", np.array([[1.4, 1.4]]), (0, 0.0)),
        ("two samples, one of them 1.4 from a mode and one 1.6", np.array([[1.4, 0.0], [10.0, 1.6]]), (1, 0.5)),
    )
    for what, samples, (held, share) in cases:
        got = solved(answer(samples, modes, 0.5))
        require(
            isinstance(got, tuple | list) and len(got) == 2, "return two things: the number of modes, and the share."
        )
        require(
            got[0] == held,
            f"σ is 0.5, so a sample counts up to a distance of 1.5. With {what}, {held} of the 3 modes hold a sample; "
            f"you got {got[0]}. Does a mode count where its nearest sample is too far away?",
        )
        require(
            abs(float(got[1]) - share) < 1e-6,
            f"with {what}, a share of {share:.2f} of the *samples* lies within 3σ of some mode; you got "
            f"{float(got[1]):.2f}. Each sample counts once, whatever the number of modes.",
        )


def reverse_kl(counts: FloatArray) -> float:
    """KL(shares of the samples over the modes ‖ equal shares), in nats; `counts` `(K,)`, not all 0."""
    shares = counts / counts.sum()
    held = shares[shares > 0]
    return float((held * np.log(held * len(counts))).sum())


def _kl_the_other_way(counts: FloatArray) -> float:
    even = np.full(len(counts), 1 / len(counts))
    with np.errstate(divide="ignore"):
        return float((even * np.log(even / (counts / counts.sum()))).sum())


def _kl_of_the_held_modes(counts: FloatArray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float((shares * np.log(shares * len(shares))).sum())


def _kl_with_nan(counts: FloatArray) -> float:
    shares = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return float((shares * np.log(shares * len(counts))).sum())


def _kl_in_bits(counts: FloatArray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float((shares * np.log2(shares * len(counts))).sum())


def check_reverse_kl(answer: Answer) -> None:
    """By hand: even counts, half of the modes, one mode, three to one."""
    cases = (
        ([5, 5, 5, 5], 0.0, "0: the shares are even"),
        ([9, 0, 0, 0], np.log(4), "log 4: all of the samples where a quarter should be"),
        ([6, 6, 0, 0], np.log(2), "log 2: the two modes have twice their share"),
        ([3, 1], 0.75 * np.log(1.5) + 0.25 * np.log(0.5), "¾ log 1.5 + ¼ log 0.5"),
    )
    for counts, want, why in cases:
        got = float(solved(answer(np.array(counts, dtype=np.float64))))
        require(
            np.isfinite(got),
            f"for the counts {counts} you got {got}. A mode without samples has the share 0, and 0 · log 0 counts as 0 "
            "here: only the modes that hold samples are summed, and the samples' shares stand in front.",
        )
        require(
            abs(got - want) < 1e-5,
            f"for the counts {counts} it is {want:.3f}, that is {why}; you got {got:.3f}. Each share is compared with "
            "1/K, where K counts the empty modes too, and the logarithm is the natural one.",
        )


def pack(x: Tensor, size: int) -> Tensor:
    """`(N, F)` to `(N / size, size · F)`: `size` neighbours of the batch side by side in one row."""
    return x.reshape(len(x) // size, size * x.shape[1])


def _pack_copies(x: Tensor, size: int) -> Tensor:
    return x[: len(x) // size].repeat(1, size)


def _pack_means(x: Tensor, size: int) -> Tensor:
    return x.reshape(len(x) // size, size, x.shape[1]).mean(dim=1)


def _pack_columns(x: Tensor, size: int) -> Tensor:
    return x.T.reshape(len(x) // size, size * x.shape[1])


def _pack_a_longer_batch(x: Tensor, size: int) -> Tensor:
    return torch.cat([x.roll(-k, 0) for k in range(size)], dim=1)


def check_pack(answer: Answer) -> None:
    """Each sample whole, each exactly once, in packs of the right shape; in whatever order."""
    for n, features, size in ((6, 2, 3), (8, 2, 2), (4, 3, 1)):
        x = torch.arange(n * features, dtype=torch.float32).reshape(n, features)
        got = solved(answer(x, size))
        shape = tuple(got.shape) if isinstance(got, Tensor) else type(got).__name__
        want = (n // size, size * features)
        require(
            shape == want,
            f"{n} samples of {features} numbers in packs of {size} make the shape {want}: so many packs, and all the "
            f"numbers of a pack in one row. You returned {shape}.",
        )
        whole = {tuple(row) for row in x.tolist()}
        found = [tuple(row) for row in got.reshape(n, features).tolist()]
        require(
            all(sample in whole for sample in found),
            f"some rows hold numbers of which no sample is made: for x = {x.tolist()} a row of yours is "
            f"{got[0].tolist()}. A sample's {features} numbers stay together, unchanged.",
        )
        require(
            len(set(found)) == n,
            "some samples occur twice and others not at all. D can only see a lack of variety where a pack holds "
            "*different* samples of the batch.",
        )


EXERCISES = (
    Exercise(
        id="07.1",
        title="modes held, and the share of high quality",
        minutes=8,
        check=check_coverage,
        hints=(
            "Make the table of all distances first: N rows for the samples, K columns for the modes.",
            "`np.linalg.norm(samples[:, None] - modes, axis=2)` is that table. Which entries are at most 3 · sigma?",
            "A mode is held if *any* entry in its column is true, a sample is good if any in its row is: "
            "`near.any(axis=0).sum()` and `near.any(axis=1).mean()`.",
        ),
        reference=coverage,
        wrong_answers={
            "any nearest sample holds a mode": _coverage_by_the_nearest,
            "3 in place of 3 sigma": _coverage_without_sigma,
            "mean over all pairs": _coverage_as_a_share_of_pairs,
            "a square in place of a circle": _coverage_along_the_axes,
        },
    ),
    Exercise(
        id="07.2",
        title="reverse KL",
        minutes=8,
        check=check_reverse_kl,
        hints=(
            "Turn counts into shares first: p = counts / counts.sum(). Equal shares are 1/K.",
            "KL(p ‖ q) = Σ p log(p / q). With q = 1/K the fraction is p · K.",
            "Leave out the modes with p = 0: `p = p[p > 0]`, then `(p * np.log(p * K)).sum()` with K = len(counts).",
        ),
        reference=reverse_kl,
        wrong_answers={
            "the other way round": _kl_the_other_way,
            "only the held modes count": _kl_of_the_held_modes,
            "0 · log 0 is nan": _kl_with_nan,
            "in bits": _kl_in_bits,
        },
    ),
    Exercise(
        id="07.3",
        title="what a packed D is given",
        minutes=5,
        check=check_pack,
        hints=(
            "N samples become N / size packs; a pack's row holds the numbers of all its samples, one after the other.",
            "In memory the numbers of the samples already lie one after the other. Nothing has to be moved.",
            "`x.reshape(len(x) // size, -1)`.",
        ),
        reference=pack,
        wrong_answers={
            "copies of one sample": _pack_copies,
            "the mean of each pack": _pack_means,
            "columns are mixed": _pack_columns,
            "as many packs as samples": _pack_a_longer_batch,
        },
    ),
)
