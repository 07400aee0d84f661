"""Directions that nobody named: the ways along which a generator's pictures differ most, found without looking at one.

GANSpace (Härkönen et al. 2020, arXiv:2004.02546): draw many z, run the network up to a space where it has begun to sort
things, and take the principal components there. A style generator has such a space in w. Any other network gets the
components of an early layer's activations, each brought back to z by least squares (their equation 4).
"""

from __future__ import annotations

import copy
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import latent
from ganwidgets.checks import check_whole, numbers

FloatArray = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]

BATCH = 250
NONLINEAR = (nn.ReLU, nn.LeakyReLU, nn.SiLU, nn.GELU, nn.ELU)


@dataclass(frozen=True, eq=False)
class Components:
    """The principal components of a generator, the most important one first.

    `directions`: `(k, d)` float32, each of length 1, in z where `space` is "z" and in w where it is "w". `shares`:
    `(k,)`, the share of all variance, falling; of the variance in `layer`, which is "w" for a style generator. `reach`:
    `(k,)`, the standard deviation along each direction over the drawn z: one sensible step of a slider.
    """

    space: str
    layer: str
    directions: FloatArray
    shares: FloatArray
    reach: FloatArray


def pca_directions(points: npt.ArrayLike, k: int) -> tuple[FloatArray, FloatArray]:
    """The `k` principal directions `(k, d)` of points `(N, d)`, of length 1, and their shares `(k,)` of the variance.

    At right angles to each other, in falling order; of the two signs, the one with which the largest entry is positive.
    `ValueError` for other shapes, numbers that are not finite, points that are all the same, and a k above
    d, N - 1 or the number of dimensions that the points fill.
    """
    given = numbers("points", points)
    if given.ndim != 2:
        raise ValueError(f"points: expected shape (N, d) and finite numbers, got shape {given.shape}")
    x = given.astype(np.float64)
    check_whole("k", k, 1, min(x.shape[1], len(x) - 1))
    centred = x - x.mean(axis=0)
    total = float(np.square(centred).sum())
    if total == 0:
        raise ValueError("points: they are all the same, so no direction is longer than another")
    axes, energies = _axes(centred, k)
    # What rounding alone makes of numbers of this size and type counts as nothing.
    grain = np.finfo(given.dtype if given.dtype.kind == "f" else np.float64).eps * np.abs(x).max()
    if (filled := int((energies > max(1e-12 * total, x.size * grain**2)).sum())) < k:
        raise ValueError(f"k: got {k}, but the points fill {filled} dimensions only")
    signs = np.sign(axes[np.arange(k), np.abs(axes).argmax(axis=1)])
    return (axes * signs[:, None]).astype(np.float32), (energies / total).astype(np.float32)


def components(
    G: nn.Module,
    k: int = 10,
    seed: int = 0,
    n: int = 2000,
    layer: str | None = None,
    prior: str = "normal",
    condition: int | None = None,
) -> Components:
    """The first `k` principal components of generator `G` over `n` z.

    In w for a G with a method `map` from z to w; else, or with `layer`, of the activations of that module of G (a name
    in `G.named_modules()`; its first non-linearity by default), brought back to z. `condition`: the one label that a
    conditional G gets. The same arguments give the same components. `ValueError` for a layer that G does not have or
    does not run, and for more components than the space has dimensions.
    """
    check_whole("n", n, 2)
    frozen = copy.deepcopy(G).eval().requires_grad_(False)
    z = latent.sample(n, latent.z_dim_of(G), seed, prior)
    if layer is None and callable(getattr(frozen, "map", None)):
        points = _mapped(frozen, z)
        directions, shares = pca_directions(points, k)
        return Components("w", "w", directions, shares, (points @ directions.T).std(axis=0))
    name, module = _layer(frozen, layer)
    points = _activations(frozen, name, module, z, condition)
    check_whole("k", k, 1, z.shape[1])
    inside, shares = pca_directions(points, k)
    directions = _back_to_z((points - points.mean(axis=0)) @ inside.T, z)
    return Components("z", name, directions, shares, (z @ directions.T).std(axis=0))


def renderer(G: nn.Module, space: str = "w") -> latent.Renderer:
    """A plain function from w `(B, w_dim)` float32 (or, for "z", from z) to images `(B, H, W, C)` uint8.

    For a style generator, with methods `map` and `synthesise`, this lets everything that moves a z move a w instead.
    """
    if space == "z":
        return latent.renderer(G)
    if space != "w" or not callable(getattr(G, "synthesise", None)):
        raise ValueError(f"space: got {space!r}; expected z, or w for a generator with a method synthesise")
    return latent.renderer(_Synthesis(copy.deepcopy(G)))


class _Synthesis(nn.Module):
    """The second half of a style generator, with w in the place of z."""

    def __init__(self, G: nn.Module) -> None:
        super().__init__()
        self.G = G
        self.z_dim = int(G.w_dim)  # type: ignore[arg-type]

    def forward(self, w: Tensor) -> Tensor:
        images: Tensor = self.G.synthesise(w)  # type: ignore[operator]
        return images


class _ReachedError(Exception):
    """The layer has been reached: what comes behind it need not be computed."""


def _axes(centred: Float64Array, k: int) -> tuple[Float64Array, Float64Array]:
    """The top right singular vectors `(k, d)` and squared singular values, by the smaller of the two Gram matrices."""
    n, d = centred.shape
    if d <= n:
        values, vectors = np.linalg.eigh(centred.T @ centred)
        return vectors[:, ::-1][:, :k].T, values[::-1][:k]
    values, vectors = np.linalg.eigh(centred @ centred.T)
    axes = vectors[:, ::-1][:, :k].T @ centred
    return axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-300), values[::-1][:k]


@torch.inference_mode()
def _mapped(G: nn.Module, z: FloatArray) -> FloatArray:
    device = next(G.parameters()).device
    w: FloatArray = G.map(torch.from_numpy(z).to(device)).float().cpu().numpy()  # type: ignore[operator]
    return w


def _layer(G: nn.Module, name: str | None) -> tuple[str, nn.Module]:
    modules = {own: module for own, module in G.named_modules() if own}
    if name is None:
        found = next((own for own, module in modules.items() if isinstance(module, NONLINEAR)), None)
        if found is None:
            raise ValueError(f"layer: G has no non-linearity to stop at; name one of {', '.join(modules)}")
        name = found
    if name not in modules:
        raise ValueError(f"layer: G has no {name!r}; it has {', '.join(modules)}")
    return name, modules[name]


def _activations(G: nn.Module, name: str, module: nn.Module, z: FloatArray, condition: int | None) -> FloatArray:
    """What `module` puts out, `(n, d)`, for every z."""
    kept: list[FloatArray] = []

    def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        kept.append(output.detach().float().flatten(1).cpu().numpy().copy())
        raise _ReachedError

    hook = module.register_forward_hook(keep)
    try:
        for start in range(0, len(z), BATCH):
            part = z[start : start + BATCH]
            with suppress(_ReachedError):
                latent.generate(G, part, None if condition is None else np.full(len(part), condition))
    finally:
        hook.remove()
    points = np.concatenate(kept) if kept else np.empty((0, 0), np.float32)
    if len(points) != len(z):
        raise ValueError(f"layer: {name!r} gave {len(points)} rows for {len(z)} z; expected one for each")
    return points


def _back_to_z(coordinates: FloatArray, z: FloatArray) -> FloatArray:
    """The z directions `(k, z_dim)` of length 1 whose sum, weighted by the coordinates `(n, k)`, comes nearest to z."""
    ways = np.linalg.lstsq(coordinates.astype(np.float64), (z - z.mean(axis=0)).astype(np.float64), rcond=None)[0]
    lengths = np.linalg.norm(ways, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError(f"k: only {int((lengths > 0).sum())} components of this layer depend on z")
    return (ways / lengths).astype(np.float32)
