"""Arrays worth looking at, from a G or a D as it stands: samples, fields, warped grids, gradients, activations.

Probes look and change nothing: gradients, the mode of every layer and the global random numbers are as they were.
Networks are looked at in eval mode. D* is that of Goodfellow et al. 2014 (arXiv:1406.2661, proposition 1). Left out:
what to think of the arrays (see `diagnosis`), drawing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import latent, losses
from ganwidgets.checks import check_number, check_sizes, check_whole, numbers
from ganwidgets.events import FloatArray, sigmoid

Array = npt.NDArray[Any]
Extent = tuple[float, float, float, float]


class Arrows(NamedTuple):
    """`points` `(n, ...)` and, of the same shape, the `arrows` that start there."""

    points: FloatArray
    arrows: FloatArray


@dataclass(frozen=True, eq=False)
class Activation:
    """What one layer made: `values` `(N, ...)` float32. `name`: its path in the network; `kind`: its class;
    `input_shape`: of what it was given; `parameters`: how many numbers it has learned."""

    name: str
    kind: str
    input_shape: tuple[int, ...]
    values: FloatArray
    parameters: int


@contextmanager
def looking(*networks: nn.Module) -> Iterator[None]:
    """The networks in eval mode; afterwards every layer is in the mode it was in, and global randomness as before."""
    training = [module for network in networks for module in network.modules() if module.training]
    with torch.random.fork_rng(devices=[]):
        try:
            for network in networks if training else ():
                network.eval()
            yield
        finally:
            for module in training:
                module.training = True


def batches(images: npt.NDArray[np.uint8], size: int, device: torch.device) -> Iterator[Tensor]:
    """Images `(N, H, W, C)` uint8 as a network wants them: `(n, C, H, W)` float32 in [-1, 1], `size` at a time."""
    for start in range(0, len(images), size):
        pixels = torch.from_numpy(images[start : start + size].copy()).to(device)
        yield pixels.permute(0, 3, 1, 2).float() / 127.5 - 1  # (n, H, W, C) -> (n, C, H, W)


@torch.inference_mode()
def logits(D: nn.Module, images: npt.ArrayLike, batch_size: int = 256) -> FloatArray:
    """D's logits `(N,)` float32 for images `(N, H, W, C)` uint8; `ValueError` for any other kind of array."""
    pixels = np.asarray(images)
    if pixels.ndim != 4 or pixels.dtype != np.uint8 or len(pixels) == 0:
        raise ValueError(f"images: expected (N, H, W, C) uint8 with N ≥ 1, got {pixels.shape} {pixels.dtype}")
    check_sizes(batch_size=batch_size)
    with looking(D):
        return np.concatenate([D(x).float().cpu().numpy() for x in batches(pixels, batch_size, _device(D))])


def scores(D: nn.Module, images: npt.ArrayLike, batch_size: int = 256) -> FloatArray:
    """D(x) as probabilities `(N,)` in [0, 1] that the images `(N, H, W, C)` uint8 are real."""
    return sigmoid(logits(D, images, batch_size))


def fixed_samples(
    G: nn.Module, n: int = 64, seed: int = 0, prior: str = "normal", condition: npt.ArrayLike | None = None
) -> Array:
    """What G makes of `n` z that are the same for the same seed, in the form that `latent.generate` gives."""
    with looking(G):
        return latent.generate(G, latent.sample(n, latent.z_dim_of(G), seed, prior), condition)


def grid(extent: Extent, n: int) -> FloatArray:
    """The points `(n, n, 2)` of a regular grid over `extent` = (left, right, bottom, top), borders included.

    The first index is the row, from the bottom up, as `imshow(..., origin="lower")` wants it. `ValueError` for n < 2
    and an extent that is not finite or has no area.
    """
    check_whole("n", n, 2)
    ends = numbers("extent", extent)
    if ends.shape != (4,) or ends[0] >= ends[1] or ends[2] >= ends[3]:
        raise ValueError(f"extent: expected finite (left, right, bottom, top) with an area, got {extent}")
    x, y = np.meshgrid(*(np.linspace(low, high, n) for low, high in (ends[:2], ends[2:])))
    return np.stack([x, y], axis=-1).astype(np.float32)


@torch.inference_mode()
def d_field(D: nn.Module, extent: Extent, n: int = 64, condition: int | None = None) -> FloatArray:
    """D's logits `(n, n)` at the points of `grid(extent, n)`, for a D that judges points in the plane.

    A D that judges packs is shown each point as often as a pack is large. `condition`: the label that a conditional D
    is told. `ValueError` as in `grid`.
    """
    pack = int(getattr(D, "pack", 1))
    latent.check_condition("D", D, condition)
    points = torch.from_numpy(grid(extent, n).reshape(-1, 2)).repeat_interleave(pack, dim=0).to(_device(D))
    labels = [] if condition is None else [torch.full((len(points),), condition, device=points.device)]
    with looking(D):
        values: FloatArray = D(points, *labels).float().cpu().numpy()
    return values.reshape(n, n)


def latent_grid(n: int, z_dim: int = 2, prior: str = "normal", axes: tuple[int, int] = (0, 1)) -> FloatArray:
    """z `(n, n, z_dim)` on a grid whose cells all hold the same share of the prior, along two axes; 0 in the others.

    Columns follow `axes[0]`, rows `axes[1]`. `ValueError` for n < 2, unknown priors, and axes that z does not have.
    """
    check_whole("n", n, 2)
    if prior not in _QUANTILES:
        raise ValueError(f"prior: there is no {prior!r}; choose one of {', '.join(_QUANTILES)}")
    if np.shape(axes) != (2,) or len(set(axes)) != 2:
        raise ValueError(f"axes: expected two different ones from 0 to {z_dim - 1}, got {axes}")
    for axis in axes:
        check_whole("axes", axis, 0, z_dim - 1)
    lines = _QUANTILES[prior]((torch.arange(n) + 0.5) / n).numpy()
    z = np.zeros((n, n, z_dim), np.float32)
    z[..., axes[0]], z[..., axes[1]] = np.meshgrid(lines, lines)
    return z


def warp(
    G: nn.Module, n: int = 21, prior: str = "normal", axes: tuple[int, int] = (0, 1), at: npt.ArrayLike | None = None
) -> FloatArray:
    """Where G carries a latent grid: points `(n, n, 2)` for the z of `latent_grid`.

    All cells hold the same share of z, so G's density is high where they are small. Of a z with more than two numbers
    this is a slice: the others are those of `at` `(z_dim,)`, by default 0, the middle. `ValueError` for a G that makes
    no points in the plane.
    """
    z_dim = latent.z_dim_of(G)
    z = latent_grid(n, z_dim, prior, axes)
    if at is not None:
        centre = numbers("at", at, np.float32)
        if centre.shape != (z_dim,):
            raise ValueError(f"at: expected shape ({z_dim},), got {centre.shape}")
        others = [axis for axis in range(z_dim) if axis not in axes]
        z[..., others] = centre[others]
    with looking(G):
        points = latent.generate(G, z.reshape(-1, z_dim))
    if points.shape != (n * n, 2):
        raise ValueError(f"G: expected one that makes points (n, 2), got {points.shape}")
    return points.reshape(n, n, 2)


def gradients_at_fakes(
    D: nn.Module, G: nn.Module, z: npt.ArrayLike, loss: str = "non_saturating", x_real: npt.ArrayLike | None = None
) -> Arrows:
    """The fakes of z `(n, z_dim)` and where G's loss pushes each: `−n · ∂g_loss/∂x`, as G's raw output is shaped.

    The factor n undoes the loss's mean, so that arrows do not shrink with the batch. `x_real`: as many reals, for a
    loss that compares with them ("relativistic"). `ValueError` for other lengths of z, an unknown loss, missing reals.
    """
    latent.check_condition("G", G, None)
    latents = torch.from_numpy(numbers("z", z, np.float32).copy()).to(_device(G))
    goal = losses.get(loss)
    real = np.empty(0, np.float32) if x_real is None else numbers("x_real", x_real, np.float32)
    if goal.uses_real_in_g and len(real) != len(latents):
        raise ValueError(f"x_real: the loss {loss!r} compares fakes with reals; pass as many as there are z")
    with looking(D, G):
        with torch.no_grad():
            x = G(latents).float()
            reals = torch.from_numpy(real.copy()).to(x.device)
            real_logits = D(reals).float() if len(reals) else reals
        with torch.enable_grad():
            x.requires_grad_()
            (gradient,) = torch.autograd.grad(goal.generator(real_logits, D(x).float()), x)
    return Arrows(x.detach().cpu().numpy(), (-len(x) * gradient).cpu().numpy())


def gradient_norms(network: nn.Module) -> dict[str, float]:
    """By parameter, the length of the gradient that the last step left behind; NaN where there is none."""
    return {
        name: math.nan if p.grad is None else float(p.grad.float().norm()) for name, p in network.named_parameters()
    }


@torch.no_grad()
def activations(network: nn.Module, x: npt.ArrayLike, condition: npt.ArrayLike | None = None) -> list[Activation]:
    """What every layer makes of `x`, in the order in which they work.

    `x`, `condition`: what the network's `forward` takes, as arrays of float32 and of float32 or whole numbers. Layers
    are the modules that have no others inside; what a `forward` does by itself, without one, is not seen.
    """
    inputs = [torch.from_numpy(numbers("x", x, np.float32).copy())]
    if condition is not None:
        array = numbers("condition", condition)
        inputs.append(torch.from_numpy(array.astype(np.float32 if array.dtype.kind == "f" else np.int64)))
    seen: list[Activation] = []

    def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        def keep(module: nn.Module, given: tuple[Any, ...], made: Any) -> None:
            if isinstance(made, Tensor) and given and isinstance(given[0], Tensor):
                kind = type(module).__name__.removeprefix("Parametrized")
                size = sum(p.numel() for p in module.parameters())
                seen.append(Activation(name, kind, tuple(given[0].shape), made.float().cpu().numpy().copy(), size))

        return keep

    handles = [
        module.register_forward_hook(hook(name)) for name, module in network.named_modules() if _is_layer(name, module)
    ]
    try:
        with looking(network):
            network(*(tensor.to(_device(network)) for tensor in inputs))
    finally:
        for handle in handles:
            handle.remove()
    return seen


def optimal_scores(
    log_density: Callable[[FloatArray], Array],
    fakes: npt.ArrayLike,
    extent: Extent,
    n: int = 64,
    bandwidth: float | None = None,
) -> FloatArray:
    """D* = p_data / (p_data + p_G), `(n, n)` in [0, 1], on `grid(extent, n)`: see `optimal_at`.

    Far from both data and fakes, the slower of the two tails decides, so read D* only where there is either.
    """
    return optimal_at(log_density, fakes, grid(extent, n).reshape(-1, 2), bandwidth).reshape(n, n)


def optimal_at(
    log_density: Callable[[FloatArray], Array],
    fakes: npt.ArrayLike,
    points: npt.ArrayLike,
    bandwidth: float | None = None,
) -> FloatArray:
    """D* = p_data / (p_data + p_G), `(n,)` in [0, 1], at `points` `(n, 2)`: what the best possible D would say.

    `log_density`: the data's, `(M, 2) -> (M,)`. p_G is estimated from `fakes` `(m, 2)`, m ≥ 2, by Gaussian kernels of
    `bandwidth`; by default the one, of a few, under which each fake is likeliest given the others. `ValueError` for
    other shapes.
    """
    samples, where = numbers("fakes", fakes, np.float64), numbers("points", points, np.float32)
    for name, array, least in (("fakes", samples, 2), ("points", where, 0)):
        if array.ndim != 2 or array.shape[1] != 2 or len(array) < least:
            raise ValueError(f"{name}: expected finite numbers of shape (n, 2), n ≥ {least}, got shape {array.shape}")
    check_number("bandwidth", 1.0 if bandwidth is None else bandwidth, above=0)
    width = bandwidth or _likeliest_bandwidth(samples)
    log_p_g = np.concatenate([_kernel_log_density(part, samples, width) for part in np.array_split(where, 8)])
    return sigmoid((log_density(where) - log_p_g).astype(np.float32))


_QUANTILES: dict[str, Callable[[Tensor], Tensor]] = {
    "normal": torch.special.ndtri,
    "uniform": lambda share: 2 * share - 1,
}


def _likeliest_bandwidth(samples: Array) -> float:
    """By leave-one-out likelihood of up to 500 of the samples, from a hundredth of their spread to all of it."""
    some = samples[:: max(1, len(samples) // 500)]
    spread = float(some.std(axis=0).mean()) or 1.0
    widths = spread * np.geomspace(0.01, 1, 13)
    return float(max(widths, key=lambda width: _kernel_log_density(some, some, width, leave_out=True).mean()))


def _kernel_log_density(points: Array, samples: Array, width: float, leave_out: bool = False) -> Array:
    x, y = (np.subtract.outer(points[:, axis], samples[:, axis]).astype(np.float32) for axis in (0, 1))
    exponents = (x * x + y * y) * np.float32(-0.5 / width**2)
    if leave_out:
        np.fill_diagonal(exponents, -np.inf)
    highest = exponents.max(axis=1)
    # Below −60 nothing is added to a sum that holds a 1, but the arithmetic of numbers near zero is slow.
    exponents = np.maximum(exponents - highest[:, None], np.float32(-60))
    total = highest.astype(np.float64) + np.log(np.exp(exponents).sum(axis=1, dtype=np.float64))
    density: Array = total - math.log((len(samples) - leave_out) * 2 * math.pi * width**2)
    return density


def _is_layer(name: str, module: nn.Module) -> bool:
    inside = [child for child, _ in module.named_children() if child != "parametrizations"]
    return bool(name) and not inside and "parametrizations" not in name.split(".")


def _device(network: nn.Module) -> torch.device:
    return next((p.device for p in network.parameters()), torch.device("cpu"))
