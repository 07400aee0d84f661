"""Generators as the page draws with them: rows of numbers in, pictures out, as ONNX models."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganwidgets import onnx_export
from ganwidgets.models import conditional, style


class _OfStyles(nn.Module):
    """Rows `(n, layers × w_dim)`: the w of each layer, one after the other."""

    def __init__(self, G: style.Generator, noise: bool) -> None:
        super().__init__()
        self.G, self.noise, self.z_dim = G, noise, G.layers * G.w_dim

    def forward(self, rows: Tensor) -> Tensor:
        return self.G.synthesise(rows.unflatten(1, (self.G.layers, self.G.w_dim)), self.noise)


class _OfShares(nn.Module):
    """Rows `(n, z_dim + classes)`: z, and the share of each class."""

    def __init__(self, G: conditional.Generator) -> None:
        super().__init__()
        self.painter, self.table = G.painter, G.embedding.weight
        self.sizes = [G.z_dim, G.classes]
        self.z_dim = sum(self.sizes)

    def forward(self, rows: Tensor) -> Tensor:
        z, shares = rows.split(self.sizes, dim=1)
        images: Tensor = self.painter(torch.cat([z, shares @ self.table], dim=1))
        return images


def of_styles(G: nn.Module, noise: bool) -> bytes | None:
    """From the w of every layer, with the layers' own noise or none; None for another kind of G."""
    return onnx_export.to_onnx(_OfStyles(G, noise)) if isinstance(G, style.Generator) else None


def of_shares(G: nn.Module) -> bytes | None:
    """From z and shares of classes; None for another kind of G."""
    return onnx_export.to_onnx(_OfShares(G)) if isinstance(G, conditional.Generator) else None
