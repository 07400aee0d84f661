"""The latent space: draw z, walk between two of them, truncate, and turn a generator into a plain function.

Everything here takes and returns numpy arrays of z `(n, z_dim)` float32, so that widgets and learners need no tensors.
Spherical interpolation follows White 2016 (arXiv:1609.04468), truncation Brock et al. 2019 (arXiv:1809.11096).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import onnx_export, onnx_graph
from ganwidgets.checks import check_number, check_whole, numbers
from ganwidgets.few_threads import few_threads
from ganwidgets.quicker import quicker

FloatArray = npt.NDArray[np.float32]
Render = Callable[[FloatArray], npt.NDArray[np.uint8]]

PRIORS: dict[str, Callable[[int, int, torch.Generator], Tensor]] = {
    "normal": lambda n, z_dim, rng: torch.randn(n, z_dim, generator=rng),
    "uniform": lambda n, z_dim, rng: torch.rand(n, z_dim, generator=rng) * 2 - 1,
}


def z_dim_of(G: nn.Module) -> int:
    """The length of the z that `G` takes; `ValueError` for what has no such number."""
    z_dim = getattr(G, "z_dim", None)
    if not isinstance(G, nn.Module) or not isinstance(z_dim, int | np.integer):
        raise ValueError(f"G: expected a generator with a whole number z_dim, got {type(G).__name__}")
    return int(z_dim)


def draw(n: int, z_dim: int, rng: torch.Generator, prior: str = "normal") -> Tensor:
    """z `(n, z_dim)` from the named prior, as a tensor, advancing `rng`."""
    if prior not in PRIORS:
        raise ValueError(f"prior: there is no {prior!r}; choose one of {', '.join(PRIORS)}")
    check_whole("n", n, 1)
    check_whole("z_dim", z_dim, 0)
    return PRIORS[prior](n, z_dim, rng)


def sample(n: int, z_dim: int, seed: int = 0, prior: str = "normal") -> FloatArray:
    """z `(n, z_dim)` float32: standard normal, or uniform in [-1, 1); the same for the same seed."""
    check_whole("seed", seed, 0)
    z: FloatArray = draw(n, z_dim, torch.Generator().manual_seed(seed), prior).numpy()
    return z


def lerp(a: npt.ArrayLike, b: npt.ArrayLike, t: npt.ArrayLike) -> FloatArray:
    """The straight path from `a` to `b`: `(1 - t) a + t b`.

    `a`, `b`: `(z_dim,)`. `t`: a number gives `(z_dim,)`; `(n,)` gives `(n, z_dim)`.
    """
    start, end, share = _path(a, b, t)
    return ((1 - share) * start + share * end).astype(np.float32)


def slerp(a: npt.ArrayLike, b: npt.ArrayLike, t: npt.ArrayLike) -> FloatArray:
    """The path from `a` to `b` along the arc between their directions, its length changing evenly.

    A straight path between two Gaussian z cuts through the middle, where no training z ever was; the arc stays at the
    usual distance. Shapes as in `lerp`. Falls back to the straight path where the two point the same or opposite ways
    or one of them is zero, since the arc is not defined there.
    """
    start, end, share = _path(a, b, t)
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) == 0:
        return lerp(a, b, t)
    cosine = float(np.clip(start @ end / (lengths[0] * lengths[1]), -1, 1))
    angle = np.arccos(cosine)
    if np.sin(angle) < 1e-4:
        return lerp(a, b, t)
    u, v = start / lengths[0], end / lengths[1]
    arc = (np.sin((1 - share) * angle) * u + np.sin(share * angle) * v) / np.sin(angle)
    return (((1 - share) * lengths[0] + share * lengths[1]) * arc).astype(np.float32)


def truncate(z: npt.ArrayLike, psi: float) -> FloatArray:
    """Pull z towards the centre: `psi · z`, with `psi` from 0 (one average picture) to 1 (unchanged)."""
    check_number("psi", psi, 0, 1)
    return (psi * numbers("z", z, np.float64)).astype(np.float32)


class Renderer:
    """What `renderer` gives: call it with z `(B, z_dim)` float32 for images `(B, H, W, C)` uint8.

    `G`: the copy that it draws with. `inputs`: what its ONNX model takes beside z, the same for every picture:
    `{"condition": label}` or nothing. The first call sees whether a `quicker` copy makes the same pictures; if so,
    that one draws from then on.
    """

    def __init__(self, G: nn.Module, condition: npt.ArrayLike | None = None) -> None:
        z_dim_of(G)
        self.G = copy.deepcopy(G).eval().requires_grad_(False)
        self._quick, self._proven = quicker(self.G), False
        self._given = None if condition is None else np.asarray(condition)
        label = self._given is not None and not self._given.ndim
        self.inputs = {"condition": int(self._given)} if label else {}  # type: ignore[arg-type]

    def __call__(self, z: FloatArray) -> npt.NDArray[np.uint8]:
        quick = self._quick
        if self._proven and quick is not None:
            with suppress(RuntimeError):  # somebody's own network may want its weights laid out as they were
                return self._draw(quick, z)
            quick = self._quick = None
        images = self._draw(self.G, z)
        if quick is not None:
            self._proven = self._draws_alike(quick, z[:1], images[:1])
            self._quick = quick if self._proven else None
        return images

    def _draw(self, G: nn.Module, z: FloatArray) -> npt.NDArray[np.uint8]:
        given = None if self._given is None else np.stack([self._given] * len(z))
        images: npt.NDArray[np.uint8] = generate(G, z, given)
        return images

    def _draws_alike(self, G: nn.Module, z: FloatArray, images: npt.NDArray[np.uint8]) -> bool:
        """Whether `G` makes `images` of `z`, to one step in 255."""
        try:
            return images.dtype == np.uint8 and np.abs(self._draw(G, z).astype(np.int16) - images).max() <= 1
        except RuntimeError:
            return False

    @cached_property
    def onnx(self) -> bytes | None:
        """The same as an ONNX model, where that costs next to nothing: for G built like a shipped one. Else None."""
        return onnx_graph.at_hand(self.G)

    def export(self) -> bytes:
        """The same as an ONNX model, exported if need be, which takes seconds; errors as in `to_onnx`."""
        return self.onnx or to_onnx(self.G)


def renderer(G: nn.Module, condition: npt.ArrayLike | None = None) -> Renderer:
    """A plain function of `G` as it is now: z `(B, z_dim)` float32 to images `(B, H, W, C)` uint8.

    It works on a copy in eval mode, so that training G further neither changes nor disturbs it. `condition`: for a
    conditional G, the one label or picture `(H, W, C)` uint8 that goes with every z.
    """
    return Renderer(G, condition)


def to_onnx(G: nn.Module) -> bytes:
    """`G` as it is now as an `.onnx` file that makes images `(n, H, W, C)` uint8 of z `(n, z_dim)`, for any n.

    They are those of `renderer(G)` within 1/255. Errors as in `onnx_export.to_onnx`.
    """
    return onnx_export.to_onnx(G)


@torch.inference_mode()
def generate(G: nn.Module, z: npt.ArrayLike, condition: npt.ArrayLike | None = None) -> npt.NDArray[Any]:
    """What G makes of z `(n, z_dim)`, in the form that people look at.

    Images `(n, H, W, C)` uint8, clips `(n, T, H, W, C)` uint8, sounds `(n, L)` float32 in [-1, 1] or points `(n, 2)`
    float32. `condition`: for a conditional G, labels `(n,)` or pictures `(n, H, W, C)` uint8. `ValueError` if z has
    another length or holds numbers that are not finite, or if the condition is missing, too much or of another length.
    """
    latents, z_dim = numbers("z", z, np.float32), z_dim_of(G)
    if latents.ndim != 2 or latents.shape[1] != z_dim or not len(latents):
        raise ValueError(f"z: expected shape (n, {z_dim}) with n of at least 1, got {latents.shape}")
    device = next(G.parameters()).device
    inputs = [torch.from_numpy(np.ascontiguousarray(latents)), *_conditions(G, len(latents), condition)]
    with few_threads(len(latents)):
        output: Tensor = G(*(tensor.to(device) for tensor in inputs))
    if output.ndim >= 4:
        pixels = output.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
        return pixels.movedim(1, -1).contiguous().cpu().numpy()  # (n, C, ..., H, W) -> (n, ..., H, W, C)
    return output.float().squeeze(1).cpu().numpy() if output.ndim == 3 else output.float().cpu().numpy()


def check_condition(name: str, network: nn.Module, condition: object) -> None:
    """Refuse a `condition` that the `network` called `name` does not take, and None where it wants one."""
    wanted = bool(getattr(network, "conditional", False))
    if wanted != (condition is not None):
        raise ValueError(f"condition: {name} takes {'one for each z' if wanted else 'none'}; got {condition!r}")


def _conditions(G: nn.Module, n: int, condition: npt.ArrayLike | None) -> list[Tensor]:
    """Nothing, or the labels or pictures as a network wants them, pictures in [-1, 1]."""
    check_condition("G", G, condition)
    if condition is None:
        return []
    given = numbers("condition", condition)
    if given.shape[:1] != (n,):
        raise ValueError(f"condition: expected {n} labels or pictures, one for each z, got shape {given.shape}")
    if given.ndim == 1:
        if not np.equal(given, given.astype(np.int64)).all():
            raise ValueError(f"condition: expected whole numbers as labels, got {given!r}")
        return [torch.from_numpy(given.astype(np.int64))]
    pictures = torch.from_numpy(given.copy()).movedim(-1, 1)
    return [pictures.float() / 127.5 - 1 if given.dtype == np.uint8 else pictures.float()]


def _path(
    a: npt.ArrayLike, b: npt.ArrayLike, t: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    start, end, share = (numbers(name, value, np.float64) for name, value in (("a", a), ("b", b), ("t", t)))
    if start.ndim != 1 or start.shape != end.shape or not start.size:
        raise ValueError(f"a, b: expected two vectors of one length, got shapes {start.shape} and {end.shape}")
    if share.ndim > 1:
        raise ValueError(f"t: expected a number or shape (n,), got {share.shape}")
    return start, end, share[..., None] if share.ndim else share
