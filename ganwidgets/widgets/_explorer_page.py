"""What the page may ask of a `LatentExplorer`, and what it is told: a table of functions over public methods."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from ganwidgets.views import tiles
from ganwidgets.views.engine import PageModel, part

if TYPE_CHECKING:
    from ._exploring import Exploring
    from .latent_explorer import LatentExplorer

Payload = dict[str, Any]
#: The longer side of a bookmark's picture, in pixels.
THUMB = 96


def spec(
    names: tuple[tuple[str, ...], tuple[str, ...]],
    shown: int,
    span: float,
    label: str,
    count: int,
    model: PageModel | None,
) -> Payload:
    """What never changes; see `views.explorer.Explorer`."""
    latents, directions = names
    groups = [{"title": "Latents", "one": "latent", "names": list(latents)}]
    if directions:
        groups.append({"title": "Directions", "one": "direction", "names": list(directions)})
    described = {"groups": groups, "shown": shown, "span": span, "label": label, "count": count, "size": len(latents)}
    return {**described, "engine": model and model.spec}


def state(explorer: Exploring) -> Payload:
    """What goes with every frame besides the slider values."""
    return {
        "psi": explorer.psi,
        "selected": explorer.selected,
        "locked": [list(key) for key in sorted(explorer.sliders.locked)],
        "undo": explorer.can_undo,
        "redo": explorer.can_redo,
    }


def thumbnail(images: tiles.ImageArray, selected: int) -> bytes:
    """A small PNG of the selected picture, or of the first four."""
    chosen = images[:4] if selected < 0 else images[selected : selected + 1]
    picture = tiles.mosaic(chosen, gap=1)
    if max(picture.size) > THUMB:
        picture = picture.convert("RGBA")
        picture.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def answer(explorer: LatentExplorer, payload: Payload) -> Payload | None:
    """Carry out one request; `ValueError` for one that is not in the table."""
    command = COMMANDS.get(payload.get("do", ""))
    if command is None:
        raise ValueError(f"request: got {payload.get('do')!r}; allowed is one of {', '.join(COMMANDS)}")
    return command(explorer, payload)


def _move(explorer: LatentExplorer, payload: Payload) -> None:
    values = {(int(group), int(index)): float(value) for group, index, value in payload["values"]}
    explorer.drag(values, payload.get("gesture"), draft=bool(payload.get("draft")))


def _truncate(explorer: LatentExplorer, payload: Payload) -> None:
    explorer.truncate(payload["psi"], gesture=payload.get("gesture"), draft=bool(payload.get("draft")))


def _path(explorer: LatentExplorer, payload: Payload) -> None:
    draft, gesture = bool(payload.get("draft")), payload.get("gesture")
    explorer.path(payload["a"], payload["b"], payload["t"], gesture=gesture, draft=draft)


def _lock(explorer: LatentExplorer, payload: Payload) -> None:
    group, index = payload["slider"]
    explorer.hold((int(group), int(index)), payload["on"])


def _gif(explorer: LatentExplorer, payload: Payload) -> Payload:
    return {"name": "path.gif", "type": "image/gif", "buffers": [explorer.gif(payload["a"], payload["b"])]}


def _part(explorer: LatentExplorer, payload: Payload) -> Payload:
    if explorer.page_model is None:
        raise ValueError("file: this explorer has nothing for the page to draw with")
    return part(explorer.page_model, payload["file"], int(payload["at"]))


def _vectors(explorer: LatentExplorer, _payload: Payload) -> Payload:
    rows = [axes.vectors for axes in explorer.sliders.axes if axes.vectors is not None and len(axes.vectors)]
    return {"buffers": [np.ascontiguousarray(each, dtype="<f4").tobytes() for each in rows]}


def _png(explorer: LatentExplorer, _payload: Payload) -> Payload:
    return {"name": "pictures.png", "type": "image/png", "buffers": [explorer.png()]}


COMMANDS: dict[str, Callable[[LatentExplorer, Payload], Payload | None]] = {
    "move": _move,
    "truncate": _truncate,
    "path": _path,
    "lock": _lock,
    "select": lambda explorer, payload: explorer.select(payload["index"]),
    "randomise": lambda explorer, _: explorer.randomise(),
    "reset": lambda explorer, _: explorer.reset(),
    "undo": lambda explorer, _: explorer.undo(),
    "redo": lambda explorer, _: explorer.redo(),
    "bookmark": lambda explorer, _: {"number": explorer.bookmark()},
    "goto": lambda explorer, payload: explorer.goto(payload["number"]),
    "forget": lambda explorer, payload: explorer.forget(payload["number"]),
    "png": _png,
    "gif": _gif,
    "code": lambda explorer, _: {"text": explorer.code()},
    "numbers": lambda explorer, _: {"text": explorer.numbers()},
    "part": _part,
    "vectors": _vectors,
    "engine": lambda explorer, payload: explorer.draw_by(payload["by"]),
    "paste": lambda explorer, payload: explorer.paste(payload["text"]),
}
