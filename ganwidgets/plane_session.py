"""A session in the plane: small networks that play on points, of ours or the learner's own, and how it looks.

What is particular to the plane: data by name or drawn by hand, networks by depth and width, a fresh start, one look at
everything that can be drawn. The rest is `sessions.Session`.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ganwidgets import datasets, probes
from ganwidgets.checks import check_whole
from ganwidgets.models import mlp
from ganwidgets.planes import Plane, best_scores, extent_of, look
from ganwidgets.probes import Extent
from ganwidgets.sessions import Session
from ganwidgets.toys import TOYS, PointData
from ganwidgets.train_config import TrainConfig
from ganwidgets.training import Trainer
from ganwidgets.walks import Walk, walk

POINTS = 4000
LIVELY = TrainConfig(batch_size=128, lr_g=1e-3, lr_d=1e-3, betas=(0.5, 0.99), ema=0.0)


class PlaneSession(Session):
    """A 2-D GAN that learns `data`: a name in `datasets.TOYS`, `PointData`, or points `(N, 2)`.

    `G`, `D`: networks of your own, z `(N, z_dim)` to points `(N, 2)` and points to logits `(N,)`; by default ours, each
    with `layers` hidden layers of `hidden` units. `config`: by default brisk settings for watching. `seed`: of the
    first weights. `ValueError` for unknown names and for networks that do not fit.
    """

    toys = TOYS
    """The names that `data` may have."""

    def __init__(
        self,
        data: str | PointData | npt.ArrayLike = "ring_wide",
        G: nn.Module | None = None,
        D: nn.Module | None = None,
        config: TrainConfig | None = None,
        hidden: int = 64,
        layers: int = 2,
        seed: int = 0,
        keep_every: int = 50,
    ) -> None:
        self.truth = points_of(data)
        self.own = copy.deepcopy(G), copy.deepcopy(D)
        self.shape = {"g_hidden": hidden, "g_layers": layers, "d_hidden": hidden, "d_layers": layers}
        self.seed = seed
        self._every = keep_every
        self._seen: tuple[PointData, Extent] | None = None
        super().__init__(*self._pair(), self.truth, config or LIVELY, keep_every=keep_every)

    def restart(
        self, data: str | PointData | npt.ArrayLike | None = None, seed: int | None = None, **shape: int
    ) -> None:
        """Begin again with new networks and the settings in force.

        `data`: other data, as in the constructor. `shape`: `g_hidden`, `g_layers`, `d_hidden`, `d_layers`, of ours;
        your own networks begin with the weights that they came with. `ValueError` for an unknown one: nothing changes
        then.
        """
        if unknown := sorted(set(shape) - set(self.shape)):
            raise ValueError(f"shape: there is no {', '.join(unknown)}; there are {', '.join(self.shape)}")
        with self._lock:
            before = self.truth, self.seed, self.shape
            try:
                self.truth = self.truth if data is None else points_of(data)
                self.seed = self.seed if seed is None else seed
                self.shape = self.shape | shape
                config = replace(self.config, seed=self.seed)
                self._begin(*self._pair(), self.truth, config, self._device, self._every)
            except ValueError:
                self.truth, self.seed, self.shape = before
                raise

    def learn(self, data: str | PointData | npt.ArrayLike, keep_view: bool = False) -> None:
        """Other data from the next step on, as in the constructor; the networks keep what they know.

        `keep_view`: the picture shows the part of the plane that it shows now, which need not be that of `data`.
        """
        with self._lock:
            view = self._extent
            self.truth = points_of(data)
            if keep_view:
                self._seen = self.truth, view
            old, state = self._trainer, self._state()
            self._source = torch.from_numpy(self.truth.points.copy())
            self._trainer = Trainer(old.G, old.D, self._source, old.config, self._device)
            self._trainer.load_state(state)

    def plane(self, **sizes: Any) -> Plane:
        """What the experiment looks like now; `sizes` as in `planes.look`."""
        with self._lock:
            trainer, config = self._trainer, self.config
            points = trainer.data.cpu().numpy()
            with probes.looking(trainer.G, trainer.D):  # once for all that looks
                return look(
                    trainer.G, trainer.D, points, config.loss, config.prior, self.truth, extent=self._extent, **sizes
                )  # fmt: skip

    def walk(self) -> Walk:
        """Take one whole step and tell how it went, part by part."""
        with self._lock:
            return walk(self._trainer, self.__next__, self._extent)

    def best_scores(self, n: int = 256) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """What D* says of `n` real points and of `n` fakes, `(n,)` each; see `planes.best_scores`."""
        with self._lock:
            return best_scores(self._trainer.G, self.truth, n, self.config.prior)

    @property
    def _extent(self) -> Extent:
        """Of the data, worked out once."""
        if self._seen is None or self._seen[0] is not self.truth:
            self._seen = self.truth, extent_of(self.truth.points)
        return self._seen[1]

    def _pair(self) -> tuple[nn.Module, nn.Module]:
        check_whole("seed", self.seed, 0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            G, D = (copy.deepcopy(network) for network in self.own)
            shape = self.shape
            G = G or mlp.Generator(z_dim=2, hidden=shape["g_hidden"], layers=shape["g_layers"])
            D = D or mlp.Discriminator(hidden=shape["d_hidden"], layers=shape["d_layers"])
        _check_fit(G, D)
        return G, D


def _check_fit(G: nn.Module, D: nn.Module) -> None:
    """`ValueError` unless G makes points, and D judges each of them, or each pack, with one logit."""
    for name, network in (("G", G), ("D", D)):
        if not isinstance(network, nn.Module):
            raise ValueError(f"{name}: expected a torch network, nn.Module, or None; got {type(network).__name__}")
    pack = int(getattr(D, "pack", 1))
    try:
        made = probes.fixed_samples(G, 2 * pack)
        with probes.looking(D), torch.no_grad():
            judged = tuple(D(torch.zeros(2 * pack, 2)).shape)
    except (TypeError, RuntimeError) as error:
        raise ValueError(f"G, D: expected networks for points (N, 2); this pair says: {error}") from error
    if made.shape != (2 * pack, 2) or judged != (2,):
        kinds = f"points {made.shape} and logits {judged} for {2 * pack} of them"
        if judged == (2, 1):
            kinds += ". nn.Flatten(0) as D's last layer makes (N,) of (N, 1)"
        raise ValueError(f"G, D: expected networks for points (N, 2) and logits (N,); these make {kinds}")


def points_of(data: str | PointData | npt.ArrayLike) -> PointData:
    """`data` as `PointData`: a toy by name, or points of your own."""
    if isinstance(data, PointData):
        return data
    if isinstance(data, str):
        if data not in TOYS:
            raise ValueError(f"data: there is no toy data set {data!r}; there are {', '.join(TOYS)}")
        return datasets.toy(data, POINTS)
    try:
        return datasets.from_points(data)
    except ValueError as error:
        raise ValueError(f"data: expected the name of a toy, PointData or points (N, 2). {error}") from error
