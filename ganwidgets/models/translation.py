"""Pictures to pictures: pix2pix where pairs are known, CycleGAN where there are only two piles of pictures.

Paired: a U-Net against a discriminator that judges patches and sees the source as well, with L1 to the known target
(Isola et al. 2017, arXiv:1611.07004). Cycle: two such networks, there and back again, a discriminator for each domain,
and the demand that going there and back changes nothing (Zhu et al. 2017, arXiv:1703.10593). Both train with the
ordinary `Trainer` on `pairs.ImagePairs`. Left out: noise as a source of variety, which such a G learns to ignore.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwidgets.checks import check_number, check_sizes
from ganwidgets.models.blocks import check_input, initialise
from ganwidgets.models.dcgan import stages

#: The weight of the auxiliary loss in the two papers.
WEIGHTS = {"paired": 100.0, "cycle": 10.0}
KINDS: tuple[str, ...] = tuple(WEIGHTS)

Config = dict[str, int | float | str | bool]


class _UNet(nn.Module):
    """Pictures `(N, C, side, side)` to pictures of the same shape in (-1, 1).

    Halves the side down to 4 to 7 pixels and doubles it again; every level on the way up also sees what was there on
    the way down, and the last one the picture itself. With `blend` the network paints on the picture: it gives colours
    and a mask from 0 (the picture stays) to 1 (painted over), as in Mejjati et al. 2018 (arXiv:1806.02311).
    """

    def __init__(self, channels: int, resolution: int, image_channels: int, blend: bool) -> None:
        super().__init__()
        self.blend = blend
        _, halvings = stages(resolution)
        widths = [min(channels << level, 4 * channels) for level in range(halvings)]
        down = [_block(nn.Conv2d(image_channels, widths[0], 4, 2, 1), None)]
        down += [_block(nn.Conv2d(a, b, 4, 2, 1, bias=False), b) for a, b in pairwise(widths)]
        self.down = nn.ModuleList(down)
        finest = max(channels // 2, 1)
        skips = [0, *widths[-2::-1]]
        ins = [width + skip for width, skip in zip([widths[-1], *widths[-2::-1]], skips, strict=True)]
        outs = [*widths[-2::-1], finest]
        self.up = nn.ModuleList(_up(i, o) for i, o in zip(ins, outs, strict=True))
        pixels = nn.Conv2d(finest, image_channels + blend, 3, 1, 1)
        self.last = nn.Sequential(_block(nn.Conv2d(finest + image_channels, finest, 3, 1, 1), finest), pixels)
        initialise(self)
        if blend and pixels.bias is not None:
            nn.init.constant_(pixels.bias[-1:], -2.0)  # at first the picture stays nearly as it is

    def forward(self, x: Tensor) -> Tensor:
        seen = [x]
        for layer in self.down:
            seen.append(layer(seen[-1]))
        h = self.up[0](seen.pop())
        for layer in list(self.up)[1:]:
            h = layer(torch.cat([h, seen.pop()], dim=1))
        painted: Tensor = self.last(torch.cat([h, seen.pop()], dim=1))
        if not self.blend:
            return torch.tanh(painted)
        mask = torch.sigmoid(painted[:, -1:].float())
        return torch.lerp(x.float(), torch.tanh(painted[:, :-1].float()), mask)


def _block(layer: nn.Module, normed: int | None) -> nn.Module:
    norm = [nn.BatchNorm2d(normed)] if normed else []
    return nn.Sequential(layer, *norm, nn.LeakyReLU(0.2))


def _up(before: int, after: int) -> nn.Module:
    # Copying pixels before an ordinary convolution leaves no checkerboard, as transposed convolutions do.
    return nn.Sequential(nn.Upsample(scale_factor=2), _block(nn.Conv2d(before, after, 3, 1, 1, bias=False), after))


class Generator(nn.Module):
    """Translates pictures `(N, image_channels, resolution, resolution)` in [-1, 1]; there is no z (`z_dim` is 0).

    `kind="paired"`: `G(z, sources)` gives the targets. `kind="cycle"`: `G(z, both)` translates both ways at once.
    `both` `(N, 2 · image_channels, …)` stacks a picture a of the first domain on an unrelated b of the second; what
    comes out is, stacked likewise, b taken to the first domain and a taken to the second. `channels`: width at half the
    resolution, up to four times as many below. `blend`: paint on the picture instead of making it anew. `weight` of
    `auxiliary_loss`: None takes the papers', 100 for paired and 10 for cycle; `identity`, `stay`: see there.
    `ValueError` for another kind, negative weights, and sizes as in `dcgan`.
    """

    conditional = True
    z_dim = 0

    def __init__(
        self,
        kind: str = "paired",
        channels: int = 32,
        resolution: int = 64,
        image_channels: int = 3,
        blend: bool = False,
        weight: float | None = None,
        identity: float = 0.5,
        stay: float = 0.0,
    ) -> None:
        super().__init__()
        _check_kind(kind)
        check_sizes(channels=channels, image_channels=image_channels)
        self.kind, self.identity, self.stay = kind, identity, stay
        self.weight = WEIGHTS[kind] if weight is None else weight
        for name, value in (("weight", self.weight), ("identity", identity), ("stay", stay)):
            check_number(name, value, 0)
        self.config: Config = dict(
            kind=kind, channels=channels, resolution=resolution, image_channels=image_channels, blend=blend,
            weight=self.weight, identity=identity, stay=stay,
        )  # fmt: skip
        self.there = _UNet(channels, resolution, image_channels, blend)
        self.back_again = _UNet(channels, resolution, image_channels, blend) if kind == "cycle" else None

    def forth(self, x: Tensor) -> Tensor:
        """Pictures of the first domain, or sources, taken to the second; shapes and ranges as above."""
        _check_pictures(self, "x", x)
        pictures: Tensor = self.there(x)
        return pictures

    def back(self, x: Tensor) -> Tensor:
        """Pictures of the second domain taken to the first; `ValueError` if `kind` is "paired"."""
        if self.back_again is None:
            raise ValueError("kind: a paired translation has no way back; that takes kind='cycle'")
        _check_pictures(self, "x", x)
        pictures: Tensor = self.back_again(x)
        return pictures

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        _check_pictures(self, "condition", condition, stacked=self.kind == "cycle")
        if self.kind == "paired":
            return self.forth(condition)
        a, b = condition.chunk(2, dim=1)
        return torch.cat([self.back(b), self.forth(a)], dim=1)

    def auxiliary_loss(self, x_fake: Tensor, x_real: Tensor, condition: Tensor) -> Tensor:
        """Paired: `weight` times L1 between fakes and their true targets (equation 3 of pix2pix).

        Cycle, always summed over the two domains: `weight` times L1 between pictures and what comes back after a
        journey there and back (equation 2 of CycleGAN); `weight · identity` times what changes in a picture that is in
        the right domain already (its section 5.2); `weight · stay` times what changes at all, for domains that differ
        in little (as in Shrivastava et al. 2017, arXiv:1612.07828, equation 4).
        """
        if self.kind == "paired":
            return self.weight * F.l1_loss(x_fake.float(), x_real)
        (a, b), (fake_a, fake_b) = x_real.chunk(2, dim=1), x_fake.chunk(2, dim=1)
        loss = F.l1_loss(self.back(fake_b).float(), a) + F.l1_loss(self.forth(fake_a).float(), b)
        if self.identity:
            loss = loss + self.identity * (F.l1_loss(self.back(a).float(), a) + F.l1_loss(self.forth(b).float(), b))
        if self.stay:
            loss = loss + self.stay * (F.l1_loss(fake_a.float(), b) + F.l1_loss(fake_b.float(), a))
        return self.weight * loss


class Discriminator(nn.Module):
    """Judges patches: logits `(N · patches,)`, those of the first picture first; higher means more real.

    Three convolutions halve the side, so a patch is an eighth of it apart from the next and 38 pixels wide.
    `kind="paired"` is conditional: `D(x, sources)`. `kind="cycle"`: `D(x)` for x `(N, 2 · image_channels, …)` as
    `Generator` gives it; one network for each domain, and twice as many logits. Sizes and errors as in `Generator`.
    """

    def __init__(self, kind: str = "paired", channels: int = 32, resolution: int = 64, image_channels: int = 3) -> None:
        super().__init__()
        _check_kind(kind)
        check_sizes(channels=channels, image_channels=image_channels)
        stages(resolution)
        self.conditional = kind == "paired"
        self.config: Config = dict(kind=kind, channels=channels, resolution=resolution, image_channels=image_channels)
        if self.conditional:
            self.judges = nn.ModuleList([_patches(2 * image_channels, channels)])
        else:
            self.judges = nn.ModuleList(_patches(image_channels, channels) for _ in range(2))
        initialise(self)

    @torch.no_grad()
    def shift(self, by: float) -> None:
        """Add `by` to every logit that D will ever give."""
        for judge in self.judges:
            judge[-1].bias.add_(by)  # type: ignore[index]

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        _check_pictures(self, "x", x, stacked=not self.conditional)
        if self.conditional:
            if condition is None:
                raise ValueError("condition: a paired D judges a picture together with its source, got none")
            _check_pictures(self, "condition", condition)
            if len(condition) != len(x):
                raise ValueError(f"condition: expected a source for each of {len(x)} pictures, got {len(condition)}")
            inputs = [torch.cat([x, condition], dim=1)]
        else:
            inputs = list(x.chunk(2, dim=1))
        logits = [judge(part).flatten(1) for judge, part in zip(self.judges, inputs, strict=True)]
        return torch.cat(logits, dim=1).flatten()  # (N, patches) -> (N · patches,)


@torch.inference_mode()
def translate(G: nn.Module, images: npt.ArrayLike, back: bool = False, batch_size: int = 64) -> npt.NDArray[np.uint8]:
    """Pictures `(N, H, W, C)` uint8 translated by a `Generator`, same shape and type; `back`: the way back.

    G judges by its running statistics (eval mode) whatever mode it is in. `ValueError`: another shape or type, or no
    way back.
    """
    pixels = np.asarray(images)
    if pixels.ndim != 4 or pixels.dtype != np.uint8 or not len(pixels):
        raise ValueError(f"images: expected (N, H, W, C) uint8 with N ≥ 1, got {pixels.shape} {pixels.dtype}")
    if not isinstance(G, Generator):
        raise ValueError(f"G: expected a translation.Generator, got {type(G).__name__}")
    check_sizes(batch_size=batch_size)
    device, was_training = next(G.parameters()).device, G.training
    G.eval()
    try:
        parts = []
        for start in range(0, len(pixels), batch_size):
            x = (
                torch.from_numpy(pixels[start : start + batch_size].copy()).to(device).movedim(-1, 1).float() / 127.5
                - 1
            )
            y = G.back(x) if back else G.forth(x)
            parts.append(y.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8).movedim(1, -1).cpu())
        return torch.cat(parts).contiguous().numpy()
    finally:
        G.train(was_training)


def _patches(image_channels: int, channels: int) -> nn.Sequential:
    widths = [image_channels, channels, 2 * channels, 4 * channels]
    layers: list[nn.Module] = []
    for narrow, wide in pairwise(widths):
        layers += [nn.Conv2d(narrow, wide, 4, 2, 1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, 1, 1))


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"kind: there is no {kind!r}; choose one of {', '.join(KINDS)}")


def _check_pictures(network: Generator | Discriminator, name: str, x: Tensor, stacked: bool = False) -> None:
    channels, side = int(network.config["image_channels"]) * (1 + stacked), int(network.config["resolution"])
    check_input(network, name, x, channels, side, side)
