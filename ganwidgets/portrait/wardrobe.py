"""Hair and hats of the cartoon portraits. Coordinates as in `portrait`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ganwidgets.portrait.pen import Colour, Pen, Points, blend, mirrored


@dataclass(frozen=True)
class HairColours:
    """A hair's colour, its gloss, and the dark of brows and partings."""

    main: Colour
    light: Colour
    dark: Colour


def _hair(main: Colour, gloss: float, dark: float) -> HairColours:
    return HairColours(main, blend(main, (255, 255, 255), gloss), blend(main, (38, 24, 30), dark))


HAIR_COLOURS: dict[str, HairColours] = {
    "black": _hair((40, 36, 52), 0.20, 0.3),
    "brown": _hair((92, 54, 36), 0.18, 0.35),
    "ginger": _hair((206, 92, 38), 0.25, 0.4),
    "blond": _hair((250, 208, 92), 0.45, 0.42),
    "grey": _hair((182, 186, 200), 0.45, 0.45),
    "pink": _hair((242, 112, 170), 0.35, 0.4),
    "teal": _hair((38, 158, 176), 0.32, 0.4),
}
RIBBON: Colour = (226, 60, 84)

Painter = Callable[[Pen, HairColours, bool], None]

CAP = mirrored(
    (32, 8.8), (40.5, 10.2), (47.4, 15.8), (49.6, 24), (48.9, 29.6), (46.4, 28.6), (44.6, 22.8), (38, 20.2), (32, 19.6)
)
CAP_HIGH = mirrored(
    (32, 9.6), (40.5, 11), (47.2, 16.8), (49.4, 25), (48.6, 30), (46.8, 28), (44.4, 21.6), (38, 17.2), (32, 16.2)
)
GLOSS: Points = ((20.6, 17.4), (23.2, 14.4), (26.8, 12.6))


def _nothing(pen: Pen, hair: HairColours, hat: bool) -> None:
    """No hair here."""


def _gloss(pen: Pen, hair: HairColours) -> None:
    pen.curve(GLOSS, 1.8, hair.light)


def _short(pen: Pen, hair: HairColours, hat: bool) -> None:
    pen.blob(CAP, hair.main)
    _gloss(pen, hair)


def _side_part(pen: Pen, hair: HairColours, hat: bool) -> None:
    sweep = (
        (41, 10.4), (32, 7), (22, 8.4), (15.4, 15), (14, 24), (15.4, 30), (17.6, 28.6), (19.6, 24.2),
        (27, 22.6), (35, 18.6), (40.2, 13.2), (44, 18.6), (46.4, 28.4), (48.8, 29.6), (49.6, 23), (47, 14.8),
    )  # fmt: skip
    pen.blob(sweep, hair.main)
    pen.curve(((19.4, 17.2), (23.6, 13), (30, 11)), 1.9, hair.light)


def _spiky(pen: Pen, hair: HairColours, hat: bool) -> None:
    if not hat:
        crown = (
            (14.2, 28), (10.8, 19.6), (15.4, 20), (13.2, 10.4), (19.6, 13.4), (21.2, 4.4), (27.4, 10.4),
            (32.4, 1.8), (36.8, 10.2), (43, 4.6), (44.4, 13.4), (51, 10.6), (48.6, 20), (53.2, 19.8), (49.8, 28),
        )  # fmt: skip
        pen.polygon((*crown, (46.4, 24), (32, 17), (17.6, 24)), hair.main)
    fringe = (
        (14.6, 30), (14.6, 20), (20, 13), (32, 10.4), (44, 13), (49.4, 20), (49.4, 30), (46.2, 24.4),
        (42.4, 20), (39.4, 24), (35.4, 19.4), (31.6, 23.6), (27.6, 19.4), (23.6, 24), (21.2, 20), (17.8, 24.4),
    )  # fmt: skip
    pen.polygon(fringe, hair.main)
    pen.curve(((21.4, 15.6), (24.8, 13.4)), 1.8, hair.light)


def _bob_back(pen: Pen, hair: HairColours, hat: bool) -> None:
    pen.blob(
        mirrored((32, 9), (43, 11), (49.4, 17), (51.4, 29), (52.4, 41), (50, 45.4), (44, 46.2), (32, 45.4)), hair.dark
    )


def _bob(pen: Pen, hair: HairColours, hat: bool) -> None:
    outer = ((32, 8), (43, 10), (50.4, 17), (53, 29), (54.2, 41), (51.6, 46.4), (46.6, 46))
    pen.blob(mirrored(*outer, (46.2, 38), (46.6, 29), (44.6, 22.6), (38, 22.2), (32, 22.4)), hair.main)
    pen.curve(((18.4, 17.8), (22.4, 13.8), (28, 12)), 1.9, hair.light)


def _long_back(pen: Pen, hair: HairColours, hat: bool) -> None:
    pen.blob(
        mirrored((32, 8), (43.4, 10.4), (50.6, 18), (51.4, 32), (52.6, 48), (53.2, 60), (48, 63), (32, 63)), hair.dark
    )


def _long_locks(pen: Pen, hair: HairColours, hat: bool) -> None:
    for points in _both_sides(((50.4, 30), (53.4, 40), (55.2, 54), (54, 62.4), (48.6, 62), (46, 54), (46.6, 40))):
        pen.blob(points, hair.main)


def _long(pen: Pen, hair: HairColours, hat: bool) -> None:
    curtain = (
        (32, 8), (42.6, 9.8), (50.2, 17), (52.6, 29), (53.6, 41), (50.4, 45), (47.2, 41),
        (47.6, 30), (44, 23.2), (36.6, 18.6), (32, 12.4),
    )  # fmt: skip
    for points in _both_sides(curtain):
        pen.blob(points, hair.main)
    pen.curve(((18.2, 20.4), (21, 15.6), (25.4, 12.8)), 1.9, hair.light)


def _afro_back(pen: Pen, hair: HairColours, hat: bool) -> None:
    bumps = ((51, 19), (54.4, 27.4), (51.6, 35.8)) if hat else (
        (32, 9.4), (41, 10.6), (48.4, 15), (53, 22), (54.2, 30), (51, 37)
    )  # fmt: skip
    for x, y in bumps:
        for centre in {x, 64 - x}:
            pen.ellipse(centre, y, 7.2, 7.2, hair.main)
    if not hat:
        pen.ellipse(32, 25, 20, 18, hair.main)


def _afro(pen: Pen, hair: HairColours, hat: bool) -> None:
    pen.ellipse(32, 14.5, 14, 5, hair.main)
    for x, y, r in ((32, 16.6, 5.2), (39.4, 17.6, 5), (45.2, 21.6, 4.4), (47.8, 27, 3.2)):
        for centre in {x, 64 - x}:
            pen.ellipse(centre, y, r, r, hair.main)
    if not hat:
        for x, y in ((20, 11), (27.4, 6.8), (14.6, 18)):
            pen.ellipse(x, y, 1.7, 1.5, hair.light)


def _bun_back(pen: Pen, hair: HairColours, hat: bool) -> None:
    x, y = (45.4, 45.6) if hat else (32, 6.6)
    pen.ellipse(x, y, 6.8, 6.2, hair.main)
    if hat:
        pen.curve(((x + 0.6, y + 2.6), (x + 3.6, y + 0.6), (x + 2.6, y - 2.6)), 1.5, hair.dark)
    else:
        pen.ellipse(x - 2.4, y - 2, 1.9, 1.3, hair.light)


def _bun(pen: Pen, hair: HairColours, hat: bool) -> None:
    pen.blob(CAP_HIGH, hair.main)
    if not hat:
        pen.curve(((27.4, 10.6), (32, 11.8), (36.6, 10.6)), 1.6, RIBBON)
    _gloss(pen, hair)


def _pigtails_back(pen: Pen, hair: HairColours, hat: bool) -> None:
    for points in _both_sides(((50, 25.4), (57, 23.6), (62, 30), (62, 40), (58.4, 47.6), (54.2, 42), (52.4, 33))):
        pen.blob(points, hair.main)
    for x in (11.6, 52.4):
        pen.ellipse(x, 25.8, 2.8, 2.8, RIBBON)


def _pigtails(pen: Pen, hair: HairColours, hat: bool) -> None:
    half = ((32, 9), (41, 10.4), (47.6, 16), (50, 24), (48.8, 29), (46, 26.4), (42, 21.4), (36, 17.6), (32, 13.4))
    for points in _both_sides(half):
        pen.blob(points, hair.main)
    _gloss(pen, hair)


def _both_sides(right: Points) -> tuple[Points, Points]:
    return tuple((64 - x, y) for x, y in right), right


HAIR_BACK: dict[str, Painter] = {
    "bald": _nothing,
    "short": _nothing,
    "side_part": _nothing,
    "spiky": _nothing,
    "bob": _bob_back,
    "long": _long_back,
    "afro": _afro_back,
    "bun": _bun_back,
    "pigtails": _pigtails_back,
}
HAIR_OVER_SHIRT: dict[str, Painter] = {name: _long_locks if name == "long" else _nothing for name in HAIR_BACK}
HAIR_FRONT: dict[str, Painter] = {
    "bald": _nothing,
    "short": _short,
    "side_part": _side_part,
    "spiky": _spiky,
    "bob": _bob,
    "long": _long,
    "afro": _afro,
    "bun": _bun,
    "pigtails": _pigtails,
}

DOME = mirrored((32, 5.2), (41.4, 7), (48.4, 12.4), (50.6, 20.4), (42, 20.6), (32, 20))


def _bare(pen: Pen) -> None:
    """No hat."""


def _cap(pen: Pen, colour: Colour) -> None:
    pen.blob(DOME, colour)
    pen.ellipse(32, 5.4, 1.8, 1.4, blend(colour, (38, 24, 30), 0.25))
    pen.ellipse(32, 13, 4.2, 3.8, (255, 255, 255))
    pen.blob(
        mirrored((32, 16.6), (41, 17.2), (48.6, 19.4), (51.6, 22.2), (42, 21.8), (32, 21.4)),
        blend(colour, (38, 24, 30), 0.28),
    )


def _beanie(pen: Pen, colour: Colour) -> None:
    light = blend(colour, (255, 255, 255), 0.5)
    pen.ellipse(32, 4.2, 4.4, 4.2, light)
    pen.blob(DOME, colour)
    pen.rounded(13.2, 15.4, 50.8, 21.8, 3, light)


def _straw(pen: Pen) -> None:
    straw: Colour = (238, 200, 118)
    pen.ellipse(32, 18.4, 27, 4.2, blend(straw, (120, 70, 20), 0.2))
    pen.ellipse(32, 17.2, 27, 3.8, straw)
    pen.blob(mirrored((32, 3.2), (40, 4.4), (45, 9.6), (46.4, 16.6), (40, 18.2), (32, 18.8)), straw)
    pen.blob(mirrored((32, 13.2), (40, 12.6), (45.8, 11.6), (46.6, 16.4), (40, 18), (32, 18.6)), RIBBON)


HATS: dict[str, Callable[[Pen], None]] = {
    "none": _bare,
    "red_cap": lambda pen: _cap(pen, (222, 62, 62)),
    "blue_cap": lambda pen: _cap(pen, (48, 98, 190)),
    "green_beanie": lambda pen: _beanie(pen, (60, 148, 96)),
    "yellow_beanie": lambda pen: _beanie(pen, (246, 176, 40)),
    "straw_hat": _straw,
}
