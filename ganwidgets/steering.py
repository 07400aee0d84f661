"""Style-based and conditional generators as plain functions of numpy arrays, for widgets and for code of your own.

Each function works on a copy of the generator in eval mode, so that training it further neither changes nor disturbs
what is shown. Blending classes mixes their learned vectors, as Miyato and Koyama do (2018, arXiv:1802.05637, 4.2).
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets import latent
from ganwidgets.checks import check_whole, numbers
from ganwidgets.few_threads import few_threads
from ganwidgets.models import style

FloatArray = npt.NDArray[np.float32]
ImageArray = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Styles:
    """A style-based generator in two steps.

    `map`: z `(n, z_dim)` to w `(n, w_dim)`. `render(styles, noise)`: styles `(n, layers, w_dim)` to images
    `(n, H, W, C)` uint8; noise 0 is the layers' own, None is none, any other whole number is the seed of new noise,
    the same for all n images. `w_mean` `(w_dim,)`: the w of the average picture. `sides`: the side in pixels at which
    each layer works. Arrays are float32. `G`: the copy that it draws with, where there is one.
    """

    z_dim: int
    sides: tuple[int, ...]
    w_mean: FloatArray
    map: Callable[[FloatArray], FloatArray]
    render: Callable[[FloatArray, int | None], ImageArray]
    G: style.Generator | None = None


@dataclass(frozen=True, eq=False)
class Classes:
    """A conditional generator.

    `render`: z `(n, z_dim)` float32 and labels `(n,)` int64 to images `(n, H, W, C)` uint8. `blend`: the same with
    shares `(n, classes)` float32 in place of labels, which mix the classes' learned vectors; None where the generator
    has no such vectors. `G`: the copy that it draws with, where there is one.
    """

    z_dim: int
    classes: int
    render: Callable[[FloatArray, npt.NDArray[np.int64]], ImageArray]
    blend: Callable[[FloatArray, FloatArray], ImageArray] | None
    G: nn.Module | None = None


def styles(G: nn.Module) -> Styles:
    """The handles of a style-based generator; `ValueError` for one of another kind."""
    if not isinstance(G, style.Generator):
        raise ValueError(f"G: expected a style-based generator (ganwidgets.models.style), got {type(G).__name__}")
    frozen = copy.deepcopy(G).eval().requires_grad_(False)
    device, lock = frozen.w_mean.device, threading.Lock()
    own = [conv.noise.clone() for conv in _layers(frozen)]

    @torch.inference_mode()
    def map_z(z: FloatArray) -> FloatArray:
        with few_threads(len(z)):
            w: FloatArray = frozen.map(_tensor("z", z, 2).to(device)).cpu().numpy()
        return w

    @torch.inference_mode()
    def render(styles: FloatArray, noise: int | None = 0) -> ImageArray:
        w = _tensor("styles", styles, 3).to(device)
        with lock, few_threads(len(w)):
            for conv, still in zip(_layers(frozen), own, strict=True):
                conv.noise = still
            if noise:
                _redraw(frozen, noise)
            return _pixels(frozen.synthesise(w, noise is not None))

    return Styles(frozen.z_dim, tuple(frozen.sides), frozen.w_mean.cpu().numpy().copy(), map_z, render, frozen)


def classes(G: nn.Module) -> Classes:
    """The handles of a conditional generator `G(z, labels)` with `G.z_dim` and `G.classes`.

    `ValueError` for a generator that knows no classes. Blending needs exactly one `nn.Embedding` with a row a class.
    """
    count = getattr(G, "classes", None)
    if not getattr(G, "conditional", False) or not isinstance(count, int):
        raise ValueError(
            f"G: {type(G).__name__} knows no classes, so there is none to choose; expected a conditional generator "
            "such as that of the checkpoint digits_conditional"
        )
    frozen = copy.deepcopy(G).eval().requires_grad_(False)

    def render(z: FloatArray, labels: npt.NDArray[np.int64]) -> ImageArray:
        images: ImageArray = latent.generate(frozen, z, labels)
        return images

    return Classes(latent.z_dim_of(G), count, render, _blend(G, count), frozen)


class _Blended(nn.Module):
    """In place of an embedding: shares `(N, classes)` of its rows, whatever the labels say."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table)
        self.shares = table[:0]

    def forward(self, labels: Tensor) -> Tensor:
        return self.shares @ self.table  # type: ignore[operator,no-any-return]


def _blend(G: nn.Module, count: int) -> Callable[[FloatArray, FloatArray], ImageArray] | None:
    frozen = copy.deepcopy(G).eval().requires_grad_(False)
    tables = [(name, m) for name, m in frozen.named_modules() if isinstance(m, nn.Embedding)]
    if len(tables) != 1 or tables[0][1].num_embeddings != count:
        return None
    (name, embedding), lock = tables[0], threading.Lock()
    blended = _Blended(embedding.weight.detach())
    parent, _, own = name.rpartition(".")
    setattr(frozen.get_submodule(parent), own, blended)

    def blend(z: FloatArray, shares: FloatArray) -> ImageArray:
        wanted = numbers("shares", shares, np.float32)
        if wanted.shape != (len(z), count):
            raise ValueError(f"shares: expected finite numbers of shape {(len(z), count)}, got shape {wanted.shape}")
        with lock:
            blended.shares = torch.from_numpy(wanted).to(blended.table.device)  # type: ignore[arg-type]
            images: ImageArray = latent.generate(frozen, z, np.zeros(len(z), np.int64))
        return images

    return blend


def _tensor(name: str, array: npt.ArrayLike, axes: int) -> Tensor:
    values = numbers(name, array, np.float32)
    if values.ndim != axes or not len(values):
        raise ValueError(f"{name}: expected {axes} axes, n of at least 1, got {values.shape}")
    return torch.from_numpy(values.copy())


def _layers(G: style.Generator) -> Iterator[style.StyledConv]:
    return (conv for conv in G.convs if isinstance(conv, style.StyledConv))


def _redraw(G: style.Generator, seed: int) -> None:
    """Other noise in every layer: one drawing for all images, so that a picture does not depend on its neighbours."""
    check_whole("noise", seed, 0)
    rng = torch.Generator().manual_seed(seed)
    for conv in _layers(G):
        conv.noise = torch.randn(conv.noise.shape, generator=rng).to(conv.noise.device)


def _pixels(images: Tensor) -> ImageArray:
    """`(N, C, H, W)` in [-1, 1] as `(N, H, W, C)` uint8."""
    pixels = images.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
    return pixels.movedim(1, -1).contiguous().cpu().numpy()
