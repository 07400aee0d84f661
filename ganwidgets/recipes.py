"""The trainings behind the shipped checkpoints, by name: which data, which networks, which settings.

A recipe is all that `ganwidgets train NAME` needs; what came out of it, with its command, is in `data/MANIFEST.json`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ganwidgets import clips, datasets, labelled, pairs, sounds, stacked
from ganwidgets.stream import Dataset
from ganwidgets.train_config import TrainConfig

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """`data`: a name in `DATA`; `family`, `G`, `D`: as in `checkpoints.build`, D None for families without one."""

    data: str
    train: TrainConfig
    family: str = "dcgan"
    G: Arguments = field(default_factory=dict)
    D: Arguments | None = field(default_factory=dict)

    @property
    def networks(self) -> dict[str, Any]:
        """The part of a checkpoint's configuration that `checkpoints.build` reads."""
        return {"family": self.family, "G": self.G} | ({} if self.D is None else {"D": self.D})


def _images(name: str) -> Callable[[], Dataset]:
    return lambda: datasets.load(name)


OWN = "a folder of yours"


def _no_folder() -> Dataset:
    raise ValueError("--data: this recipe is for pictures of your own; name their folder: --data FOLDER")


DATA: dict[str, Callable[[], Dataset]] = {name: _images(name) for name in datasets.NAMES} | {
    "stacked": stacked.digits,
    "hats": lambda: labelled.by_attribute(datasets.load("faces"), "hat", shrink=2),
    "clips": clips.load,
    "sounds": lambda: sounds.draw(6000),
    "sketches": lambda: pairs.draw("sketch", 6000),
    "glasses": lambda: pairs.draw("glasses", 6000, paired=False),
    OWN: _no_folder,
}
"""What a recipe can be trained on, by name."""


_STEADY = dict(
    loss="relativistic", r1=2.0, r2=2.0, penalty_every=4, betas=(0.0, 0.99), lr_g=5e-4, lr_d=5e-4, warmup=100,
    ema=0.999, decay_from=0.4, precision="bfloat16",
)  # fmt: skip

_SOLO = dict(betas=(0.9, 0.99), lr_g=1e-3, warmup=100, ema=0.999, decay_from=0.4, precision="bfloat16")

_PATCHES = dict(
    loss="least_squares", betas=(0.5, 0.99), lr_d=5e-4, warmup=100, ema=0.999, decay_from=0.4, precision="bfloat16",
)  # fmt: skip

RECIPES: dict[str, Recipe] = {
    "faces": Recipe(
        data="faces",
        G=dict(z_dim=64, channels=48, resolution=64, image_channels=3, refine=True),
        D=dict(channels=32, resolution=64, image_channels=3),
        train=TrainConfig(batch_size=32, steps=16_000, **_STEADY),  # type: ignore[arg-type]
    ),
    "own": Recipe(
        data=OWN,
        G=dict(z_dim=64, channels=48, resolution=32, image_channels=3, refine=True),
        D=dict(channels=32, resolution=32, image_channels=3),
        train=TrainConfig(batch_size=32, steps=8_000, **_STEADY),  # type: ignore[arg-type]
    ),
    "digits": Recipe(
        data="digits",
        G=dict(z_dim=32, channels=48, resolution=28, image_channels=1),
        D=dict(channels=32, resolution=28, image_channels=1),
        train=TrainConfig(batch_size=64, steps=12_000, **_STEADY),  # type: ignore[arg-type]
    ),
    "faces_style": Recipe(
        data="faces",
        family="style",
        G=dict(z_dim=64, w_dim=64, channels=24, widest=192, resolution=64, image_channels=3),
        D=dict(channels=32, resolution=64, image_channels=3),
        train=TrainConfig(batch_size=32, steps=7_000, **(_STEADY | dict(lr_g=3e-3))),  # type: ignore[arg-type]
    ),
    "faces_vae": Recipe(
        data="faces",
        family="vae",
        G=dict(z_dim=64, channels=48, resolution=64, image_channels=3, encoder_channels=32, sigma=0.7),
        D=None,
        train=TrainConfig(batch_size=32, steps=4_500, **_SOLO),  # type: ignore[arg-type]
    ),
    "digits_vae": Recipe(
        data="digits",
        family="vae",
        G=dict(z_dim=16, channels=32, resolution=28, image_channels=1, encoder_channels=32, sigma=0.5),
        D=None,
        train=TrainConfig(batch_size=64, steps=6_000, **_SOLO),  # type: ignore[arg-type]
    ),
    "faces_diffusion": Recipe(
        data="faces",
        family="diffusion",
        G=dict(resolution=64, image_channels=3, channels=64, blocks=2, patch=4),
        D=None,
        train=TrainConfig(batch_size=32, steps=5_000, **_SOLO),  # type: ignore[arg-type]
    ),
    "digits_diffusion": Recipe(
        data="digits",
        family="diffusion",
        G=dict(resolution=28, image_channels=1, channels=48, blocks=1, patch=2),
        D=None,
        train=TrainConfig(batch_size=64, steps=6_000, **_SOLO),  # type: ignore[arg-type]
    ),
    "digits_conditional": Recipe(
        data="digits",
        family="conditional",
        G=dict(z_dim=32, classes=10, channels=48, resolution=28, image_channels=1),
        D=dict(classes=10, channels=48, resolution=28, image_channels=1),
        train=TrainConfig(batch_size=64, steps=8_500, **_STEADY),  # type: ignore[arg-type]
    ),
    "digits_auxiliary": Recipe(
        data="digits",
        family="conditional",
        G=dict(z_dim=32, classes=10, channels=48, resolution=28, image_channels=1),
        D=dict(classes=10, channels=48, resolution=28, image_channels=1, kind="auxiliary"),
        train=TrainConfig(batch_size=64, steps=6_000, **_STEADY),  # type: ignore[arg-type]
    ),
    "faces_hats": Recipe(
        data="hats",
        family="conditional",
        G=dict(z_dim=64, classes=6, channels=48, resolution=32, image_channels=3, refine=True),
        D=dict(classes=6, channels=32, resolution=32, image_channels=3),
        train=TrainConfig(batch_size=32, steps=6_000, **_STEADY),  # type: ignore[arg-type]
    ),
    "stacked": Recipe(
        data="stacked",
        G=dict(z_dim=64, channels=64, resolution=28, image_channels=3),
        D=dict(channels=64, resolution=28, image_channels=3),
        train=TrainConfig(batch_size=64, steps=12_000, **(_STEADY | dict(r1=1.0, r2=1.0))),  # type: ignore[arg-type]
    ),
    "stacked_plain": Recipe(
        data="stacked",
        G=dict(z_dim=100, channels=64, resolution=28, image_channels=3),
        D=dict(channels=64, resolution=28, image_channels=3),
        train=TrainConfig(batch_size=64, steps=6_000, prior="uniform", ema=0.0),
    ),
    "clips": Recipe(
        data="clips",
        family="video",
        G=dict(z_content=64, z_motion=16, channels=64, frames=16, resolution=32, image_channels=3, motion=48),
        D=dict(channels=64, frames=16, resolution=32, image_channels=3),
        train=TrainConfig(batch_size=16, steps=6_000, **_STEADY),  # type: ignore[arg-type]
    ),
    "sounds": Recipe(
        data="sounds",
        family="audio",
        G=dict(z_dim=64, channels=32, length=4096, kind="additive"),
        D=dict(channels=0, spectral_channels=16, length=4096),
        train=TrainConfig(batch_size=32, steps=3_500, **(_STEADY | dict(r1=1.0, r2=1.0))),  # type: ignore[arg-type]
    ),
    "sketch_paired": Recipe(
        data="sketches",
        family="translation",
        G=dict(kind="paired", channels=32, resolution=64, image_channels=3, weight=50.0),
        D=dict(kind="paired", channels=32, resolution=64, image_channels=3),
        train=TrainConfig(batch_size=8, steps=5_000, lr_g=1e-3, **_PATCHES),  # type: ignore[arg-type]
    ),
    "glasses_unpaired": Recipe(
        data="glasses",
        family="translation",
        G=dict(kind="cycle", channels=16, resolution=64, image_channels=3, blend=True, identity=0.0, stay=0.1),
        D=dict(kind="cycle", channels=24, resolution=64, image_channels=3),
        train=TrainConfig(batch_size=4, steps=5_000, lr_g=5e-4, **_PATCHES),  # type: ignore[arg-type]
    ),
}


def get(name: str) -> Recipe:
    """The recipe called `name`; `ValueError` with the list of names when there is none."""
    if name not in RECIPES:
        raise ValueError(f"name: there is no recipe {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]
