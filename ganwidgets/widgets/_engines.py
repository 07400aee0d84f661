"""Who draws the pictures of an explorer: `render` in the kernel, or the same generator in the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from ganwidgets.views.engine import PageModel

ENGINES = ("auto", "kernel", "page")
#: With more pictures than this, the kernel is quicker: it draws a batch faster than the page does.
MOST_BY_PAGE = 16


def page_model(render: Callable[..., Any], engine: str, n: int) -> PageModel | None:
    """What the page can draw `n` pictures with; None where the kernel is to do it.

    `auto`: if `render` has its ONNX model at hand, as an attribute `onnx`. `page`: else `render.export()` has to make
    one, which may take seconds. `ValueError` for another engine, and where `page` has nothing to draw with.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine: got {engine!r}; allowed is one of {', '.join(ENGINES)}")
    if engine == "kernel" or (engine == "auto" and n > MOST_BY_PAGE):
        return None
    model, export = getattr(render, "onnx", None), getattr(render, "export", None)
    if model is None and engine == "page":
        if export is None:
            raise ValueError("engine: got 'page', but render has neither onnx nor export(); latent.renderer(G) has")
        model = export()
    if model is None:
        return None
    if not isinstance(model, bytes):
        raise ValueError(f"render: got an attribute onnx of {type(model).__name__}; allowed is bytes")
    return PageModel(model, dict(getattr(render, "inputs", {})))


class Pictures(traitlets.Any):
    """A trait that asks its owner for the pictures when somebody wants them."""

    def get(self, obj: Any, cls: Any = None) -> Any:
        return obj._pictures()


def watched(owner: traitlets.HasTraits, name: str) -> bool:
    """Whether somebody observes this trait."""
    handlers = owner._trait_notifiers
    kinds = [handlers.get(each, {}) for each in (name, traitlets.All)]
    return any(kind.get(event) for kind in kinds for event in ("change", traitlets.All))
