"""Inversion: given a picture, find the z from which a generator makes it, or as near to it as the generator can come.

Zhu et al. 2016 (arXiv:1609.03552) and Abdal et al. 2019 (arXiv:1904.03189) descend on the latent vector: the picture's
error is a smooth function of z, and G is only asked for gradients. That function has many valleys, so several z are
tried at once, each the best of a handful, and the best one wins.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from ganwidgets import latent
from ganwidgets.checks import check_number, check_whole

FloatArray = npt.NDArray[np.float32]
Features = Callable[[Tensor], Tensor]

HANDFUL = 32
"""How many random z are looked at for every start."""


@dataclass(frozen=True, eq=False)
class Inversion:
    """The best found so far. `z`: `(z_dim,)` float32; `image`: what G makes of it, `(H, W, C)` uint8.

    `error`: the root of the mean squared difference to the given picture, in grey levels, 0 to 255. `history`:
    `(steps + 1,)` float32, the lowest value of what is minimised, before the first step and after every step; it never
    rises.
    """

    z: FloatArray
    image: npt.NDArray[np.uint8]
    error: float
    history: FloatArray


def invert(
    G: nn.Module, image: npt.ArrayLike, steps: int = 300, *, progress: bool = False, **settings: Any
) -> Inversion:
    """The z whose picture comes nearest to `image` `(H, W, C)` uint8, after `steps` steps.

    `settings` are the other arguments of `search`; with `progress` a bar shows the error as it falls.
    """
    found = None
    with tqdm(total=steps, desc="Looking for z", unit="step", disable=not progress, delay=1.0) as bar:
        for found in search(G, image, steps, **settings):
            bar.set_postfix_str(f"error {found.error:.1f} of 255", refresh=False)
            bar.update(len(found.history) - 1 - bar.n)
    assert found is not None
    return found


def search(
    G: nn.Module,
    image: npt.ArrayLike,
    steps: int = 300,
    seed: int = 0,
    starts: int = 4,
    lr: float = 0.3,
    prior: str = "normal",
    prior_weight: float = 0.005,
    features: Features | None = None,
    feature_weight: float = 1.0,
    condition: int | None = None,
) -> Iterator[Inversion]:
    """The search as a stream: the best z before the first step, then after each of `steps` steps of Adam.

    From `starts` z, each the best of a handful drawn by `seed`. Minimised is the mean squared error of the pixels in
    [-1, 1], plus `feature_weight` times that of `features`, a function of images `(N, C, H, W)` in [-1, 1] such as a
    classifier's inner layer, plus `prior_weight` times how much the mean square of z exceeds 1, the usual value of
    normal z; uniform z are kept within [-1, 1]. The step `lr` falls to a tenth. `condition`: the label for a
    conditional G. The same arguments give the same z. `ValueError` for a picture of another shape than G's or not of
    uint8, steps or starts below 1, weights or lr that are negative, and an unknown prior.
    """
    check_whole("steps", steps, 1)
    check_whole("starts", starts, 1)
    for name, value in (("lr", lr), ("prior_weight", prior_weight), ("feature_weight", feature_weight)):
        check_number(name, value, 0)
    check_whole("seed", seed, 0)
    frozen = copy.deepcopy(G).eval().requires_grad_(False)
    rng = torch.Generator().manual_seed(seed)
    candidates = latent.draw(starts * HANDFUL, latent.z_dim_of(G), rng, prior).numpy()
    z = _best_starts(frozen, _picture(frozen, image, candidates[:1], condition), candidates, starts, condition)
    goal = _Goal(frozen, np.asarray(image), features, feature_weight, prior, prior_weight, condition)
    return _descend(goal, z, steps, lr)


class _Goal:
    """The picture that is wanted, and how far the pictures of some z are from it."""

    def __init__(
        self, G: nn.Module, image: npt.NDArray[np.uint8], features: Features | None, feature_weight: float,
        prior: str, prior_weight: float, condition: int | None,
    ) -> None:  # fmt: skip
        self.G, self.features, self.feature_weight = G, features, feature_weight
        self.uniform, self.prior_weight, self.condition = prior == "uniform", prior_weight, condition
        self.device = next(G.parameters()).device
        self.pixels = (torch.from_numpy(image.copy()).movedim(-1, 0).float() / 127.5 - 1)[None].to(self.device)
        self.seen = None if features is None else features(self.pixels).detach()
        if self.seen is not None and not torch.isfinite(self.seen).all():
            raise ValueError("features: it gave NaN or infinity for the image")

    def losses(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """What is minimised and the error in grey levels, both `(starts,)`."""
        labels = [] if self.condition is None else [torch.full((len(z),), self.condition, device=self.device)]
        x = self.G(z, *labels).float()
        squares = (x - self.pixels).square().flatten(1).mean(1)
        loss = squares + self.prior_weight * (z.square().mean(1) - 1).relu()
        if self.features is not None and self.seen is not None:
            loss = loss + self.feature_weight * (self.features(x) - self.seen).square().flatten(1).mean(1)
        return loss, squares.detach().sqrt() * 127.5

    def image(self, z: Tensor) -> npt.NDArray[np.uint8]:
        """The picture `(H, W, C)` of z `(z_dim,)`."""
        return np.asarray(latent.generate(self.G, z[None].cpu().numpy(), _labels(self.condition, 1))[0])


def _descend(goal: _Goal, start: FloatArray, steps: int, lr: float) -> Iterator[Inversion]:
    z = torch.from_numpy(start).to(goal.device).requires_grad_(True)
    optimiser = torch.optim.Adam([z], lr=lr, betas=(0.9, 0.99))
    history: list[float] = []
    best, image, error = z.detach()[0], np.empty(0, np.uint8), np.inf
    for step in range(steps + 1):
        loss, errors = goal.losses(z)
        lowest = int(loss.argmin())
        value = float(loss.detach()[lowest])
        if not history or value < history[-1]:
            best, error = z.detach()[lowest].clone(), float(errors[lowest])
            image = goal.image(best)
        history.append(min([value, *history[-1:]]))
        yield Inversion(best.cpu().numpy(), image, error, np.array(history, np.float32))
        optimiser.param_groups[0]["lr"] = lr * (1 - 0.9 * step / steps)
        optimiser.zero_grad()
        # One start's loss does not depend on another's z, so their sum descends on each alone.
        loss.sum().backward()
        optimiser.step()
        if goal.uniform:
            z.data.clamp_(-1, 1)


def _picture(G: nn.Module, image: npt.ArrayLike, z: FloatArray, condition: int | None) -> npt.NDArray[np.float32]:
    """The wanted picture as floats, if it is one that G could make."""
    wanted, made = np.asarray(image), latent.generate(G, z, _labels(condition, 1))
    if made.ndim != 4:
        raise ValueError(f"G: expected a generator of images, got one that makes arrays of shape {made.shape[1:]}")
    if wanted.dtype != np.uint8 or wanted.shape != made.shape[1:]:
        raise ValueError(
            f"image: expected shape {made.shape[1:]} of uint8, as G makes them; got {wanted.shape} of {wanted.dtype}"
        )
    return wanted.astype(np.float32)


def _best_starts(
    G: nn.Module, wanted: npt.NDArray[np.float32], candidates: FloatArray, starts: int, condition: int | None
) -> FloatArray:
    """The `starts` z of all candidates whose pictures are nearest."""
    errors = []
    for first in range(0, len(candidates), HANDFUL):
        z = candidates[first : first + HANDFUL]
        made = latent.generate(G, z, _labels(condition, len(z))).astype(np.float32)
        errors.append(np.square(made - wanted).mean(axis=(1, 2, 3)))
    return candidates[np.argsort(np.concatenate(errors), kind="stable")[:starts]]


def _labels(condition: int | None, n: int) -> npt.NDArray[np.int64] | None:
    return None if condition is None else np.full(n, condition, np.int64)
