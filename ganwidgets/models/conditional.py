"""Conditional DCGAN: G draws the class that is asked for, and D asks of a picture whether it is a real one *of it*.

G takes the class as a learned vector beside z. D knows classes in one of two ways, which share one matrix V, a row for
each class: "projection" adds the row's agreement with the picture to the logit (Miyato and Koyama 2018,
arXiv:1802.05637, equation 3), "auxiliary" makes D a classifier as well, whose cross-entropy both players try to lower
(AC-GAN, Odena et al. 2017, arXiv:1610.09585). The rest of both networks is that of `dcgan`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwidgets.checks import check_number, check_sizes, check_whole
from ganwidgets.models import dcgan
from ganwidgets.models.blocks import check_input

KINDS = ("projection", "auxiliary")


def check_labels(name: str, labels: object, n: int, classes: int) -> None:
    """Refuse what is no tensor `(n,)` int64 of labels 0 to `classes` - 1, with a `ValueError`."""
    allowed = f"expected {n} labels, int64 from 0 to {classes - 1}, one for each sample"
    if not isinstance(labels, Tensor):
        raise ValueError(f"{name}: {allowed}; got {type(labels).__name__}")
    if labels.shape != (n,) or labels.dtype != torch.int64:
        raise ValueError(f"{name}: {allowed}; got shape {tuple(labels.shape)} of {labels.dtype}")
    if torch.compiler.is_exporting():  # a trace has no numbers to look at
        return
    if n and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise ValueError(f"{name}: {allowed}; got {int(labels.min())} to {int(labels.max())}")


class Generator(nn.Module):
    """z `(N, z_dim)` float32 and labels `(N,)` int64 to images `(N, image_channels, resolution, resolution)`.

    They lie in (-1, 1). Each of the `classes` has a learned vector of `embedding` numbers, which `dcgan.Generator` gets
    as more of z; so two pictures of one z and two labels share what z means. `channels`, `resolution`, `refine` as
    there. `ValueError` for sizes below 1, fewer than 2 classes, and labels of another kind, number or range.
    """

    conditional = True

    def __init__(
        self,
        z_dim: int = 100,
        classes: int = 10,
        channels: int = 64,
        resolution: int = 64,
        image_channels: int = 3,
        refine: bool = False,
        embedding: int = 32,
    ) -> None:
        super().__init__()
        check_sizes(z_dim=z_dim, embedding=embedding)
        check_whole("classes", classes, 2)
        self.z_dim = z_dim
        self.classes = classes
        self.config: dict[str, Any] = dict(
            z_dim=z_dim, classes=classes, channels=channels, resolution=resolution, image_channels=image_channels,
            refine=refine, embedding=embedding,
        )  # fmt: skip
        self.embedding = nn.Embedding(classes, embedding)
        self.painter = dcgan.Generator(z_dim + embedding, channels, resolution, image_channels, refine)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        check_input(self, "z", z, self.z_dim)
        check_labels("condition", condition, z.shape[0], self.classes)
        images: Tensor = self.painter(torch.cat([z, self.embedding(condition)], dim=1))
        return images


class Discriminator(nn.Module):
    """Images `(N, image_channels, resolution, resolution)` in [-1, 1] to logits `(N,)`: higher means more real.

    `kind` "projection": `D(x, labels)` with labels `(N,)` int64, and the logit is ψ(φ(x)) + V[label] · φ(x), where φ is
    the last hidden layer of `dcgan.Discriminator` and ψ its last one. `kind` "auxiliary": `D(x)` is ψ(φ(x)) alone, and
    `auxiliary_loss` is the cross-entropy of V φ(x) times `weight`. `conditional` says which. `ValueError` for an
    unknown kind, fewer than 2 classes, a negative weight, and labels of another kind, number or range.
    """

    def __init__(
        self,
        classes: int = 10,
        channels: int = 64,
        resolution: int = 64,
        image_channels: int = 3,
        kind: str = "projection",
        weight: float = 1.0,
    ) -> None:
        super().__init__()
        check_whole("classes", classes, 2)
        if kind not in KINDS:
            raise ValueError(f"kind: there is no {kind!r}; choose one of {', '.join(KINDS)}")
        check_number("weight", weight, 0)
        self.classes, self.kind, self.weight = classes, kind, weight
        self.config: dict[str, Any] = dict(
            classes=classes, channels=channels, resolution=resolution, image_channels=image_channels, kind=kind,
            weight=weight,
        )  # fmt: skip
        self.judge = dcgan.Discriminator(channels, resolution, image_channels)
        self.V = nn.Linear(self._psi.weight[0].numel(), classes, bias=False)
        # From zero, D begins as one that knows no classes, and no class has an advantage.
        nn.init.zeros_(self.V.weight)

    @property
    def conditional(self) -> bool:
        """Whether D takes labels beside the images."""
        return self.kind == "projection"

    @property
    def _psi(self) -> nn.Conv2d:
        last = self.judge.layers[-1]
        assert isinstance(last, nn.Conv2d)
        return last

    def class_logits(self, x: Tensor) -> Tensor:
        """V φ(x) `(N, classes)`: how much x looks like each class; in kind "auxiliary" the logits of a softmax."""
        logits: Tensor = self.V(self._hidden(x).flatten(1))
        return logits

    def auxiliary_loss(self, x: Tensor, condition: Tensor | None) -> Tensor:
        """`weight` times the mean cross-entropy of `class_logits(x)` and the labels `(N,)`; 0 for a projection."""
        if self.conditional:
            return x.new_zeros(())
        check_labels("condition", condition, len(x), self.classes)
        assert condition is not None
        return self.weight * F.cross_entropy(self.class_logits(x).float(), condition)

    def shift(self, by: float) -> None:
        """Add `by` to every logit that D will ever give."""
        self.judge.shift(by)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        hidden = self._hidden(x)
        logits: Tensor = self._psi(hidden).flatten()  # (N, 1, 1, 1) -> (N,)
        if not self.conditional:
            if condition is not None:
                raise ValueError(f"condition: a D of kind {self.kind!r} takes none, got {type(condition).__name__}")
            return logits
        check_labels("condition", condition, len(x), self.classes)
        assert condition is not None
        return logits + self.V(hidden.flatten(1)).gather(1, condition[:, None])[:, 0]

    def _hidden(self, x: Tensor) -> Tensor:
        """φ(x) `(N, C, base, base)`."""
        size, side = self.config["image_channels"], self.config["resolution"]
        check_input(self, "x", x, size, side, side)
        maps: Tensor = self.judge.layers[:-1](x)
        return maps
