"""`ArchitectureView`: a network as a row of blocks, one of them chosen and opened: its facts and its maps.

It draws what it is told: what a block stands for, and which numbers its maps are made of, is its owner's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets
from PIL import ImageColor

from ganwidgets.palette import DISCRIMINATOR, FAKE

from . import tiles
from .architecture_still import draw_still
from .quick import QuickView

Array = npt.NDArray[Any]
_RAMPS = {"fake": FAKE, "discriminator": DISCRIMINATOR}
_DARK, _BRIGHT = (38, 35, 40), (255, 247, 234)


@dataclass(frozen=True)
class BlockSpec:
    """One layer in the row. `label`: the lines below it; `name`: what a screen reader says of it. `width`, `height`,
    `share`: from 0 to 1, of the widest, the highest, and of all parameters of its network; `percent`: that in words."""

    label: tuple[str, ...]
    name: str
    width: float
    height: float
    share: float
    percent: str


@dataclass(frozen=True)
class PartSpec:
    """One network: its `title`, its `colour` (`fake` or `discriminator`) and its blocks."""

    title: str
    colour: str
    blocks: tuple[BlockSpec, ...]


@dataclass(frozen=True, eq=False)
class Opened:
    """The chosen block. `maps`: `(K, h, w)` uint8, dark to bright; `words`: what they are. `facts`: `(term, text)`."""

    index: int
    title: str
    facts: tuple[tuple[str, str], ...]
    maps: Array
    words: str


@dataclass(frozen=True, eq=False)
class ArchitecturePicture:
    """All that changes. `thumbs`: one `(h, w)` uint8 for every block. `result`: what G made, `(H, W, C)` uint8, or
    None; `verdict`: what to say below it; `what`: what it is, for screen readers."""

    opened: Opened
    thumbs: Sequence[Array]
    result: Array | None
    verdict: str
    what: str = "what G made of z"


def shade(values: Array, colour: str) -> tiles.ImageArray:
    """`(..., h, w)` uint8 as `(..., h, w, 3)`: dark, the colour, bright."""
    middle = np.array(ImageColor.getrgb(_RAMPS[colour])[:3], float)
    at = np.linspace(0, 1, 256)[:, None]
    low = np.array(_DARK) + (middle - _DARK) * np.minimum(2 * at, 1)
    ramp = np.where(at < 0.5, low, middle + (np.array(_BRIGHT) - middle) * (2 * at - 1))
    shaded: tiles.ImageArray = ramp.round().astype(np.uint8)[values]
    return shaded


class ArchitectureView(QuickView, parts=("tiles",)):
    """`parts`: the networks; `on_choose(index)` is called when somebody chooses a block, counted through all parts."""

    spec = traitlets.Dict().tag(sync=True)

    def __init__(self, parts: Sequence[PartSpec], on_choose: Callable[[int], object], **kwargs: Any) -> None:
        self._on_choose = on_choose
        self._picture: ArchitecturePicture | None = None
        self.blocks = [(part, block) for part in parts for block in part.blocks]
        super().__init__(spec={"parts": [asdict(part) for part in parts]}, **kwargs)
        self._parts_shown = tuple(parts)

    def show(self, picture: ArchitecturePicture, urgent: bool = False) -> None:
        """Draw `picture`. From any thread."""
        self._picture = picture
        opened = picture.opened
        maps = shade(opened.maps, self.blocks[opened.index][0].colour)
        sheet, pixels = tiles.encode(maps, raw_limit=tiles.NEAR_LIMIT if self.near else tiles.RAW_LIMIT)
        sheet |= {"total": len(maps), "columns": tiles.columns(len(maps))}
        thumbs = [shade(thumb, part.colour) for thumb, (part, _) in zip(picture.thumbs, self.blocks, strict=True)]
        meta = {
            "chosen": opened.index,
            "title": opened.title,
            "facts": [list(fact) for fact in opened.facts],
            "words": opened.words,
            "sheet": sheet,
            "thumbs": [list(thumb.shape[1::-1]) for thumb in thumbs],
            "result": None,
            "verdict": picture.verdict,
            "what": picture.what,
        }
        buffers = [pixels, b"".join(thumb.tobytes() for thumb in thumbs)]
        if picture.result is not None:
            result, raw = tiles.encode(picture.result[None])
            meta["result"] = {**result, "total": 1, "columns": 1}
            buffers.append(raw)
        self.push(meta, buffers, urgent=urgent)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """A block was chosen."""
        if payload.get("do") != "choose":
            raise ValueError(f"do: expected 'choose'; got {payload.get('do')!r}")
        self._on_choose(int(payload["index"]))

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        names = "; ".join(f"{part.title}: {len(part.blocks)} blocks" for part in self._parts_shown)
        return names if self._picture is None else f"{names}. {self._picture.opened.title}. {self._picture.verdict}"

    def still(self) -> bytes:
        """The row of blocks, the chosen one's facts and maps, as PNG; nothing before the first picture."""
        return b"" if self._picture is None else draw_still(self._parts_shown, self._picture, shade)
