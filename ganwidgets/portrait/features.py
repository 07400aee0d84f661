"""Mouths, eyes, brows and glasses of the cartoon portraits, and what they need to know of a face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ganwidgets.portrait.pen import Colour, Pen, Points, blend
from ganwidgets.portrait.wardrobe import HairColours

IRISES: dict[str, Colour] = {
    "brown": (112, 62, 30),
    "blue": (48, 122, 214),
    "green": (52, 152, 80),
    "grey": (126, 138, 156),
}
INK: Colour = (38, 34, 48)
WHITE: Colour = (255, 255, 255)
MOUTH_RED: Colour = (150, 34, 52)
TONGUE: Colour = (240, 116, 126)

LEFT_EYE, RIGHT_EYE, EYE_Y = 24.2, 39.8, 32.2


@dataclass(frozen=True)
class Jitter:
    """What varies freely: the head's shift and the gaze's, in 64ths of the picture's width."""

    x: float = 0.0
    y: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0


@dataclass(frozen=True)
class Pose:
    """What moves within one face: nothing by default.

    `turn`, `nod`: how far the middle of the face moves to the right and downwards over the skull, in 64ths of the
    picture's width, -3 to 3. `lids`: from 0 (shut) to 1 (as open as the eyes are). `mouth`: None for the one that the
    attributes name, else from 0 (a straight line) over 0.5 (a smile) to 1 (a laugh).
    """

    turn: float = 0.0
    nod: float = 0.0
    lids: float = 1.0
    mouth: float | None = None


STILL = Pose()


@dataclass(frozen=True)
class Look:
    """The attributes of one face and the colours that follow from them."""

    attributes: Mapping[str, str]
    skin: Colour
    shade: Colour
    line: Colour
    hair: HairColours
    jitter: Jitter
    pose: Pose = STILL

    def __getitem__(self, factor: str) -> str:
        return self.attributes[factor]


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


def moving_mouth(pen: Pen, line: Colour, amount: float) -> None:
    """A mouth between a straight line (0), a smile (0.5) and a laugh (1)."""
    bend, opening = min(2 * amount, 1.0), max(2 * amount - 1, 0.0)
    if opening > 0:
        low = 44 + 3.4 * opening
        lip = ((26.2, 40.6), (32, 42.6 - 1.8 * opening), (37.8, 40.6))
        pen.blob((*lip, (36.2, low - 1.6), (32, low), (27.8, low - 1.6)), MOUTH_RED)
        pen.rounded(28.4, 41.2, 35.6, 41.2 + 1.6 * opening, 0.6, WHITE)
    else:
        half, corner, middle = 3.8 + 1.4 * bend, 42.4 - 1.2 * bend, 42.7 + 1.4 * bend
        side = (corner + 2 * middle) / 3
        points = ((-half, corner), (-half * 0.58, side), (0, middle), (half * 0.58, side), (half, corner))
        pen.curve(tuple((32 + x, y) for x, y in points), 1.7, line)


MOUTHS: dict[str, Callable[[Pen, Colour], None]] = {
    "smile": _smile,
    "grin": _grin,
    "laugh": _laugh,
    "neutral": _neutral,
    "smirk": _smirk,
    "surprised": _surprised,
}


def _open_eye(pen: Pen, face: Look, x: float, radii: tuple[float, float], iris: float) -> None:
    lids = face.pose.lids
    if lids < 0.2:
        pen.curve(((x - 4, EYE_Y + 0.4), (x, EYE_Y + 1.2), (x + 4, EYE_Y + 0.4)), 1.7, INK)
        return
    gx, gy = x + face.jitter.gaze_x, EYE_Y + face.jitter.gaze_y
    pen.ellipse(x, EYE_Y - 0.7, radii[0] + 0.3, (radii[1] + 0.3) * lids, INK)
    pen.ellipse(x, EYE_Y + 0.2, radii[0], radii[1] * lids, WHITE)
    pen.ellipse(gx, gy, iris, iris * lids, IRISES[face["iris"]])
    pen.ellipse(gx, gy, iris * 0.55, iris * 0.55 * lids, INK)
    pen.ellipse(gx - 1.1, gy - 1.2 * lids, 1.0, lids, WHITE)


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


# A brow from its outer to its inner end, as (distance from the eye's middle away from the nose, y).
BROWS: dict[str, Points] = {
    "soft": ((4.3, 25.6), (0.6, 24.4), (-3.0, 25.2)),
    "raised": ((4.4, 24.0), (0.6, 21.8), (-3.0, 23.2)),
    "stern": ((4.2, 24.0), (0.4, 24.5), (-3.2, 26.0)),
    "worried": ((4.4, 26.0), (0.6, 24.6), (-2.8, 22.8)),
}


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
