"""Paints one cartoon portrait from its attributes and a small jitter: flat colours, smooth shapes, no outlines.

All coordinates are in units of a 64th of the picture's width, x to the right and y downwards; the face's axis
is x = 32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ganwidgets.pen import Colour, Pen, Points, blend, mirrored
from ganwidgets.wardrobe import HAIR_BACK, HAIR_COLOURS, HAIR_FRONT, HAIR_OVER_SHIRT, HATS, HairColours

OVERSAMPLING = 4

BACKGROUNDS: dict[str, Colour] = {
    "pink": (249, 196, 210),
    "peach": (253, 212, 184),
    "lemon": (252, 236, 176),
    "mint": (190, 232, 200),
    "aqua": (178, 226, 230),
    "sky": (182, 211, 247),
    "lilac": (214, 199, 244),
}
SKINS: dict[str, Colour] = {
    "pale": (255, 228, 211),
    "light": (248, 199, 160),
    "tan": (224, 163, 110),
    "brown": (180, 117, 70),
    "dark": (133, 80, 50),
}
IRISES: dict[str, Colour] = {
    "brown": (112, 62, 30),
    "blue": (48, 122, 214),
    "green": (52, 152, 80),
    "grey": (126, 138, 156),
}
SHIRTS: dict[str, Colour] = {
    "red": (226, 74, 74),
    "blue": (52, 110, 196),
    "green": (64, 160, 104),
    "yellow": (248, 184, 54),
    "purple": (134, 88, 184),
    "striped": (248, 246, 242),
}
INK: Colour = (38, 34, 48)
WHITE: Colour = (255, 255, 255)
MOUTH_RED: Colour = (150, 34, 52)
TONGUE: Colour = (240, 116, 126)
GOLD: Colour = (232, 162, 20)
STRIPE: Colour = (54, 74, 128)

LEFT_EYE, RIGHT_EYE, EYE_Y = 24.2, 39.8, 32.2
HEAD = mirrored((32, 13), (40.5, 14.3), (46.8, 20.5), (48.2, 29.5), (46.8, 38), (41, 45.3), (32, 48))
BEARD = mirrored((32, 38.6), (38, 38.2), (43, 37), (45.6, 31), (48.6, 30), (47.6, 39), (41.8, 47.2), (32, 50.6))
MOUSTACHE = mirrored((32, 38.3), (34.5, 37.3), (38, 38.3), (41.2, 39.8), (38.4, 41.4), (34.4, 41.2), (32, 40.3))
TORSO = mirrored((32, 52), (39, 52.2), (47, 54.2), (53.6, 58), (56.4, 64), (57.5, 72), (32, 72))


@dataclass(frozen=True)
class Jitter:
    """What varies freely: the head's shift and the gaze's, in 64ths of the picture's width."""

    x: float = 0.0
    y: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0


@dataclass(frozen=True)
class Look:
    """The attributes of one face and the colours that follow from them."""

    attributes: Mapping[str, str]
    skin: Colour
    shade: Colour
    line: Colour
    hair: HairColours
    jitter: Jitter

    def __getitem__(self, factor: str) -> str:
        return self.attributes[factor]


def look(attributes: Mapping[str, str], jitter: Jitter) -> Look:
    """The colours of a face with these attributes (all 13 factors are needed)."""
    skin = SKINS[attributes["skin"]]
    return Look(
        attributes=attributes,
        skin=skin,
        shade=blend(skin, (150, 60, 40), 0.28),
        line=blend(skin, (84, 14, 30), 0.85),
        hair=HAIR_COLOURS[attributes["hair_colour"]],
        jitter=jitter,
    )


def paint(attributes: Mapping[str, str], jitter: Jitter, size: int = 64) -> np.ndarray:
    """One portrait: `(size, size, 3)` uint8, drawn four times as large and averaged down."""
    face = look(attributes, jitter)
    canvas = Image.new("RGB", (size * OVERSAMPLING,) * 2, BACKGROUNDS[attributes["background"]])
    pen = Pen(canvas)
    pen.ellipse(32, 33, 28, 28, blend(BACKGROUNDS[attributes["background"]], WHITE, 0.5))
    pen.move(jitter.x, jitter.y)
    for layer in LAYERS:
        layer(pen, face)
    return np.asarray(canvas.reduce(OVERSAMPLING))


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


def _smile(pen: Pen, line: Colour) -> None:
    pen.curve(((26.8, 41.2), (29, 43.3), (32, 44.1), (35, 43.3), (37.2, 41.2)), 1.7, line)


def _grin(pen: Pen, line: Colour) -> None:
    pen.blob(((25.4, 40.6), (32, 41), (38.6, 40.6), (36.6, 45), (32, 46.6), (27.4, 45)), line)
    pen.blob(((26.9, 41.7), (32, 42), (37.1, 41.7), (35.6, 44.3), (32, 45.3), (28.4, 44.3)), WHITE)


def _laugh(pen: Pen, line: Colour) -> None:
    pen.blob(((26.4, 40.4), (32, 40.8), (37.6, 40.4), (36.2, 45), (32, 47), (27.8, 45)), MOUTH_RED)
    pen.ellipse(32, 45, 2.7, 1.5, TONGUE)
    pen.rounded(28.2, 40.8, 35.8, 42.2, 0.6, WHITE)


def _neutral(pen: Pen, line: Colour) -> None:
    pen.curve(((28.2, 42.4), (32, 42.7), (35.8, 42.4)), 1.7, line)


def _smirk(pen: Pen, line: Colour) -> None:
    pen.curve(((27.2, 43.2), (31.5, 43.9), (35.2, 42.8), (37.8, 40.4)), 1.7, line)


def _surprised(pen: Pen, line: Colour) -> None:
    pen.ellipse(32, 43.1, 3.0, 3.4, MOUTH_RED)
    pen.ellipse(32, 44.7, 1.8, 1.3, TONGUE)


MOUTHS: dict[str, Callable[[Pen, Colour], None]] = {
    "smile": _smile,
    "grin": _grin,
    "laugh": _laugh,
    "neutral": _neutral,
    "smirk": _smirk,
    "surprised": _surprised,
}


def _mouth(pen: Pen, face: Look) -> None:
    if face["beard"] == "full":
        pen.ellipse(32, 42.9, 6.6, 3.6, face.skin)
    MOUTHS[face["mouth"]](pen, face.line)
    if face["beard"] == "moustache":
        pen.blob(MOUSTACHE, face.hair.main)


def _open_eye(pen: Pen, face: Look, x: float, radii: tuple[float, float], iris: float) -> None:
    gx, gy = x + face.jitter.gaze_x, EYE_Y + face.jitter.gaze_y
    pen.ellipse(x, EYE_Y - 0.7, radii[0] + 0.3, radii[1] + 0.3, INK)
    pen.ellipse(x, EYE_Y + 0.2, *radii, WHITE)
    pen.ellipse(gx, gy, iris, iris, IRISES[face["iris"]])
    pen.ellipse(gx, gy, iris * 0.55, iris * 0.55, INK)
    pen.ellipse(gx - 1.1, gy - 1.2, 1.0, 1.0, WHITE)


def _round_eye(pen: Pen, face: Look, x: float) -> None:
    _open_eye(pen, face, x, (4.2, 4.4), 3.2)


def _wide_eye(pen: Pen, face: Look, x: float) -> None:
    _open_eye(pen, face, x, (5.1, 5.5), 2.8)


def _sleepy_eye(pen: Pen, face: Look, x: float) -> None:
    _open_eye(pen, face, x, (4.3, 4.2), 3.1)
    lid = ((x - 4.9, EYE_Y), (x - 3.6, EYE_Y - 4.2), (x, EYE_Y - 5.8), (x + 3.6, EYE_Y - 4.2), (x + 4.9, EYE_Y))
    pen.polygon(lid, blend(face.skin, face.shade, 0.7))
    pen.curve(((x - 4.4, EYE_Y), (x + 4.4, EYE_Y)), 1.5, INK)


def _closed_eye(pen: Pen, face: Look, x: float) -> None:
    y = EYE_Y
    pen.curve(((x - 4, y + 1.6), (x - 2.3, y - 1.2), (x, y - 2.1), (x + 2.3, y - 1.2), (x + 4, y + 1.6)), 1.9, INK)


Eye = Callable[[Pen, Look, float], None]
EYES: dict[str, tuple[Eye, Eye]] = {
    "round": (_round_eye, _round_eye),
    "happy": (_closed_eye, _closed_eye),
    "sleepy": (_sleepy_eye, _sleepy_eye),
    "wide": (_wide_eye, _wide_eye),
    "wink": (_round_eye, _closed_eye),
}


def _eyes(pen: Pen, face: Look) -> None:
    for paint_eye, x in zip(EYES[face["eyes"]], (LEFT_EYE, RIGHT_EYE), strict=True):
        paint_eye(pen, face, x)


# A brow from its outer to its inner end, as (distance from the eye's middle away from the nose, y).
BROWS: dict[str, Points] = {
    "soft": ((4.3, 25.6), (0.6, 24.4), (-3.0, 25.2)),
    "raised": ((4.4, 24.0), (0.6, 21.8), (-3.0, 23.2)),
    "stern": ((4.2, 24.0), (0.4, 24.5), (-3.2, 26.0)),
    "worried": ((4.4, 26.0), (0.6, 24.6), (-2.8, 22.8)),
}


def _brows(pen: Pen, face: Look) -> None:
    for side, x in ((-1, LEFT_EYE), (1, RIGHT_EYE)):
        pen.curve(tuple((x + side * out, y) for out, y in BROWS[face["brows"]]), 1.7, face.hair.dark)


def _round_glasses(pen: Pen, x: float, side: int) -> None:
    pen.ring(x, EYE_Y, 6.5, 1.5, INK)


def _square_glasses(pen: Pen, x: float, side: int) -> None:
    pen.frame(x - 6.6, EYE_Y - 5.6, x + 6.6, EYE_Y + 5.8, 2.2, 1.6, (190, 44, 52))


def _sunglasses(pen: Pen, x: float, side: int) -> None:
    y = EYE_Y
    pen.blob(((x - 6.6, y - 4.6), (x + 6.6, y - 4.6), (x + 6.4, y + 2), (x, y + 5.8), (x - 6.4, y + 2)), INK)
    pen.curve(((x - 3.6, y + 0.6), (x - 0.6, y - 2.6)), 1.5, (118, 124, 150))


GLASSES: dict[str, tuple[Callable[[Pen, float, int], None], Colour]] = {
    "round": (_round_glasses, INK),
    "square": (_square_glasses, (190, 44, 52)),
    "sun": (_sunglasses, INK),
}


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


LAYERS: tuple[Callable[[Pen, Look], None], ...] = (
    _hair_back,
    _body,
    _head,
    _beard,
    _nose,
    _mouth,
    _eyes,
    _hair_front,
    _brows,
    _glasses,
    _earrings,
    _hat,
)
