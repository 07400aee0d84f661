"""The trainings behind the shipped checkpoints, by name: which data, which networks, which settings.

A recipe is all that `ganwidgets train NAME` needs; what came out of it, with its command, is in `data/MANIFEST.json`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ganwidgets.training import TrainConfig


@dataclass(frozen=True)
class Recipe:
    """`data`: a name in `datasets.NAMES`; `family`, `G`, `D`: as in `checkpoints.build`."""

    data: str
    train: TrainConfig
    family: str = "dcgan"
    G: dict[str, int | bool] = field(default_factory=dict)
    D: dict[str, int | bool] = field(default_factory=dict)


_STEADY = dict(
    loss="relativistic", r1=2.0, r2=2.0, penalty_every=4, betas=(0.0, 0.99), lr_g=5e-4, lr_d=5e-4, warmup=100,
    ema=0.999, decay_from=0.4, precision="bfloat16",
)  # fmt: skip

RECIPES: dict[str, Recipe] = {
    "faces": Recipe(
        data="faces",
        G=dict(z_dim=64, channels=48, resolution=64, image_channels=3, refine=True),
        D=dict(channels=32, resolution=64, image_channels=3),
        train=TrainConfig(batch_size=32, steps=16_000, **_STEADY),  # type: ignore[arg-type]
    ),
    "digits": Recipe(
        data="digits",
        G=dict(z_dim=32, channels=48, resolution=28, image_channels=1),
        D=dict(channels=32, resolution=28, image_channels=1),
        train=TrainConfig(batch_size=64, steps=12_000, **_STEADY),  # type: ignore[arg-type]
    ),
}


def get(name: str) -> Recipe:
    """The recipe called `name`; `ValueError` with the list of names when there is none."""
    if name not in RECIPES:
        raise ValueError(f"name: there is no recipe {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]
