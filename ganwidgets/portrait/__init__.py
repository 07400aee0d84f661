"""Paints one cartoon portrait from its attributes and a small jitter: flat colours, smooth shapes, no outlines.

All coordinates are in units of a 64th of the picture's width, x to the right and y downwards; the face's axis
is x = 32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from ganwidgets.portrait.features import (
    BROWS,
    EYE_Y,
    EYES,
    GLASSES,
    INK,
    LEFT_EYE,
    MOUTHS,
    RIGHT_EYE,
    STILL,
    WHITE,
    Jitter,
    Look,
    Pose,
    moving_mouth,
)
from ganwidgets.portrait.pen import Colour, Pen, blend, mirrored
from ganwidgets.portrait.wardrobe import HAIR_BACK, HAIR_COLOURS, HAIR_FRONT, HAIR_OVER_SHIRT, HATS

__all__ = ["Jitter", "Pose", "paint", "sources"]

OVERSAMPLING = 4

BACKGROUNDS: dict[str, Colour] = {
    "pink": (250, 188, 206),
    "peach": (255, 210, 174),
    "lemon": (254, 240, 170),
    "mint": (196, 234, 184),
    "aqua": (168, 228, 226),
    "sky": (168, 201, 250),
    "lilac": (214, 194, 248),
}
SKINS: dict[str, Colour] = {
    "pale": (255, 228, 211),
    "light": (248, 199, 160),
    "tan": (224, 163, 110),
    "brown": (180, 117, 70),
    "dark": (133, 80, 50),
}
SHIRTS: dict[str, Colour] = {
    "red": (226, 74, 74),
    "blue": (52, 110, 196),
    "green": (64, 160, 104),
    "yellow": (248, 184, 54),
    "purple": (134, 88, 184),
    "striped": (248, 246, 242),
}
GOLD: Colour = (232, 162, 20)
STRIPE: Colour = (54, 74, 128)

HEAD = mirrored((32, 13), (40.5, 14.3), (46.8, 20.5), (48.2, 29.5), (46.8, 38), (41, 45.3), (32, 48))
BEARD = mirrored((32, 38.6), (38, 38.2), (43, 37), (45.6, 31), (48.6, 30), (47.6, 39), (41.8, 47.2), (32, 50.6))
MOUSTACHE = mirrored((32, 38.3), (34.5, 37.3), (38, 38.3), (41.2, 39.8), (38.4, 41.4), (34.4, 41.2), (32, 40.3))
TORSO = mirrored((32, 52), (39, 52.2), (47, 54.2), (53.6, 58), (56.4, 64), (57.5, 72), (32, 72))


def look(attributes: Mapping[str, str], jitter: Jitter, pose: Pose = STILL) -> Look:
    """The colours of a face with these attributes (all 13 factors are needed)."""
    skin = SKINS[attributes["skin"]]
    return Look(
        attributes=attributes,
        skin=skin,
        shade=blend(skin, (150, 60, 40), 0.28),
        line=blend(skin, (84, 14, 30), 0.85),
        hair=HAIR_COLOURS[attributes["hair_colour"]],
        jitter=jitter,
        pose=pose,
    )


def paint(attributes: Mapping[str, str], jitter: Jitter, size: int = 64, pose: Pose = STILL) -> npt.NDArray[np.uint8]:
    """One portrait: `(size, size, 3)` uint8, drawn four times as large and averaged down."""
    face = look(attributes, jitter, pose)
    canvas = Image.new("RGB", (size * OVERSAMPLING,) * 2, BACKGROUNDS[attributes["background"]])
    pen = Pen(canvas)
    pen.ellipse(32, 33, 28, 28, blend(BACKGROUNDS[attributes["background"]], WHITE, 0.5))
    for layer, depth in LAYERS.items():
        pen.move(jitter.x + depth * pose.turn, jitter.y + depth * pose.nod)
        layer(pen, face)
    return np.asarray(canvas.reduce(OVERSAMPLING))


def sources() -> list[Path]:
    """The files that hold the drawing code, in a fixed order."""
    return sorted(Path(__file__).parent.glob("*.py"))


def _hair_back(pen: Pen, face: Look) -> None:
    HAIR_BACK[face["hair_style"]](pen, face.hair, face["hat"] != "none")


def _body(pen: Pen, face: Look) -> None:
    colour = SHIRTS[face["shirt"]]
    pen.blob(TORSO, colour)
    if face["shirt"] == "striped":
        for y, half in ((56.2, 18.2), (62.0, 23.2)):
            pen.polygon(
                ((32 - half, y), (32 + half, y), (32 + half + 1.8, y + 2.8), (32 - half - 1.8, y + 2.8)), STRIPE
            )
    pen.ellipse(32, 52.2, 8.4, 4.6, blend(colour, INK, 0.16))
    pen.rounded(26.2, 42, 37.8, 55.2, 5, face.skin)
    pen.rounded(26.2, 44, 37.8, 51, 3, face.shade)
    HAIR_OVER_SHIRT[face["hair_style"]](pen, face.hair, face["hat"] != "none")


def _head(pen: Pen, face: Look) -> None:
    for side in (-1, 1):
        pen.ellipse(32 + side * 16.2, 33, 3.4, 4.4, face.skin)
        pen.ellipse(32 + side * 16.4, 33.2, 1.7, 2.5, face.shade)
    pen.blob(HEAD, face.skin)
    if face["hair_style"] == "bald":
        pen.ellipse(26, 18, 3.6, 1.8, blend(face.skin, WHITE, 0.4))
    blush = blend(face.skin, (242, 74, 92), 0.36)
    for side in (-1, 1):
        pen.ellipse(32 + side * 10.6, 39.2, 3.5, 2.3, blush)


def _beard(pen: Pen, face: Look) -> None:
    if face["beard"] == "full":
        pen.blob(BEARD, face.hair.main)
    elif face["beard"] == "stubble":
        pen.blob(BEARD, blend(face.skin, (80, 44, 44), 0.28))


def _nose(pen: Pen, face: Look) -> None:
    pen.ellipse(32, 36.9, 1.9, 1.35, face.shade)


def _mouth(pen: Pen, face: Look) -> None:
    if face["beard"] == "full":
        pen.ellipse(32, 42.9, 6.6, 3.6, face.skin)
    if face.pose.mouth is None:
        MOUTHS[face["mouth"]](pen, face.line)
    else:
        moving_mouth(pen, face.line, face.pose.mouth)
    if face["beard"] == "moustache":
        pen.blob(MOUSTACHE, face.hair.main)


def _eyes(pen: Pen, face: Look) -> None:
    for paint_eye, x in zip(EYES[face["eyes"]], (LEFT_EYE, RIGHT_EYE), strict=True):
        paint_eye(pen, face, x)


def _brows(pen: Pen, face: Look) -> None:
    for side, x in ((-1, LEFT_EYE), (1, RIGHT_EYE)):
        pen.curve(tuple((x + side * out, y) for out, y in BROWS[face["brows"]]), 1.7, face.hair.dark)


def _glasses(pen: Pen, face: Look) -> None:
    if face["glasses"] == "none":
        return
    paint_lens, colour = GLASSES[face["glasses"]]
    pen.curve(((30.4, EYE_Y - 1.4), (33.6, EYE_Y - 1.4)), 1.5, colour)
    for side, x in ((-1, LEFT_EYE), (1, RIGHT_EYE)):
        pen.curve(((x + side * 6, EYE_Y - 1.4), (32 + side * 16.2, EYE_Y - 1.8)), 1.5, colour)
        paint_lens(pen, x, side)


def _hair_front(pen: Pen, face: Look) -> None:
    HAIR_FRONT[face["hair_style"]](pen, face.hair, face["hat"] != "none")


def _earrings(pen: Pen, face: Look) -> None:
    for side in (-1, 1):
        if face["earrings"] == "hoops":
            pen.ring(32 + side * 16.8, 40.4, 2.8, 1.3, GOLD)
        elif face["earrings"] == "pearls":
            pen.ellipse(32 + side * 16.8, 38.4, 1.9, 1.9, (206, 200, 214))
            pen.ellipse(32 + side * 16.8 - 0.2, 38.2, 1.5, 1.5, WHITE)


def _hat(pen: Pen, face: Look) -> None:
    HATS[face["hat"]](pen)


# From the back to the front; the number is how far a layer moves with a turn of the head: what is nearer to the viewer
# than the axis of the neck moves with it, what is behind moves against it.
LAYERS: dict[Callable[[Pen, Look], None], float] = {
    _hair_back: -0.2,
    _body: 0.0,
    _head: 0.4,
    _beard: 0.8,
    _nose: 1.5,
    _mouth: 1.2,
    _eyes: 1.2,
    _hair_front: 0.5,
    _brows: 1.2,
    _glasses: 1.2,
    _earrings: 0.2,
    _hat: 0.5,
}
