"""`View`: what every live picture on a page has in common.

A view is a small class of traits and one hand-written `.js` (and `.css`) file of the same stem beside its module; the
shared `base.js` and `base.css` are put in front of it when the class is made. Frames go to the page as binary messages
(see `flow.py`), what a person does comes back as requests, one at a time (see `base.js`). Nothing comes from a network.
"""

from __future__ import annotations

import base64
import struct
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget

from . import boxes, errors
from .flow import FrameFlow

HERE = Path(__file__).parent
#: From this time on, in seconds, a page is told that its request has begun, lest it take the kernel for gone.
SLOW = 0.15


def source(folder: Path, stems: Sequence[str], suffix: str) -> str:
    """The files' text without indentation and comment lines: each widget carries a copy of it in a saved notebook."""
    paths = [folder / f"{stem}{suffix}" for stem in stems]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


class Still:
    """Adds a picture for where no kernel runs: `still()` goes into the MIME bundle as `image/png`.

    Put it before the widget class: `class Studio(Still, ipywidgets.VBox)`.
    """

    #: What a screen reader says of the still picture.
    alt: str = ""

    def still(self) -> bytes:
        """The widget's present picture as PNG; empty bytes if there is none."""
        return b""

    def __repr__(self) -> str:
        """The class name only: the same text in each run, so that saved outputs can be compared."""
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        data, metadata = {**data, "text/plain": repr(self)}, dict(metadata)
        png = self.still()
        if png:
            width, height = struct.unpack(">II", png[16:24])
            data["image/png"] = base64.b64encode(png).decode("ascii")
            metadata["image/png"] = {"width": width, "height": height, "alt": self.alt or type(self).__name__}
        return data, metadata

    def _mime_(self) -> tuple[str, str]:
        """What marimo shows of a widget that is a box of views; a view itself it knows how to show."""
        return "text/html", boxes.markup(self)


class View(Still, anywidget.AnyWidget):
    """Base of the views. A subclass names shared scripts it needs besides its own: `class V(View, parts=("tiles",))`.

    `push` sends a frame; `on_request` answers what the page asks; `report` shows an error. `push`, `show_error` and
    `report` may be called from any thread. The page's root element counts its paints in `data-painted`, and has
    `data-idle="true"` while no request is unanswered and no frame unpainted. `near`: the page that spoke last is
    on this machine; `heard`: when it did.
    """

    _parts: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, parts: Sequence[str] = (), **kwargs: Any) -> None:
        own = Path(getattr(sys.modules[cls.__module__], "__file__", None) or "notebook")
        if own.with_suffix(".js").exists() and "_esm" not in cls.__dict__:
            cls._parts = ("base", *parts)
            cls._esm = source(HERE, cls._parts, ".js") + "\n" + source(own.parent, (own.stem,), ".js")
            cls._css = source(HERE, cls._parts, ".css") + "\n" + source(own.parent, (own.stem,), ".css")
        super().__init_subclass__(**kwargs)

    def __init__(self, **kwargs: Any) -> None:
        errors.install()
        self._flow = FrameFlow(self._send_frame)
        self._error_text = self._error_details = ""
        self._refused = False
        self.near = False
        self.heard = 0.0
        self._answered: deque[tuple[Any, dict[str, Any] | None]] = deque(maxlen=8)
        self._took: dict[Any, float] = {}
        super().__init__(**kwargs)
        self.on_msg(self._receive)

    @classmethod
    def scripts(cls) -> tuple[str, ...]:
        """The names of the shared scripts and sheets that stand in front of the view's own."""
        return cls._parts

    def push(self, meta: dict[str, Any], buffers: Sequence[bytes], *, urgent: bool = False) -> bool:
        """Send a frame, or keep it until the page has painted the last one; the newest wins. See `FrameFlow.push`."""
        return self._flow.push(meta, buffers, urgent=urgent)

    def on_open(self) -> None:
        """A page has opened: send what it needs. By default the newest frame."""
        self._flow.resend()

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> dict[str, Any] | None:
        """Do what the page asks, and return what it should hear, if anything; bytes go under the key `buffers`.

        An exception is shown on the page and recorded.
        """
        return None

    def on_gone(self) -> None:
        """A page has closed, or this view was taken off it; others may still be there."""

    def ping(self) -> None:
        """Ask the pages that are open to say so: `heard` is when one was last heard, of `time.monotonic`."""
        self.send({"kind": "ping"})

    def show_error(self, text: str, details: str = "") -> None:
        """Show `text` on the page, as text and never as HTML; an empty one takes it away. `details` are folded."""
        self._error_text, self._error_details, self._refused = text, details, False
        self.send({"kind": "error", "text": text, "details": details})

    def report(self, error: BaseException, *, from_page: bool = False, details: str = "") -> None:
        """Show an error that no caller will see, and keep it for `errors.check` and the end of the cell."""
        self.show_error(f"{type(error).__name__}: {error}", details)
        errors.record(error, from_page=from_page)

    def _send_frame(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.send(content, buffers)

    def _receive(self, _widget: Any, content: dict[str, Any], buffers: Sequence[bytes]) -> None:
        kind = content.get("kind")
        self.near = bool(content.get("near", self.near))
        if kind == "gone":
            self.on_gone()
            return
        self.heard = time.monotonic()
        if kind == "painted":
            self._flow.painted(content["seq"])
        elif kind == "open":
            self.on_open()
            if self._error_text:
                self.show_error(self._error_text, self._error_details)
        elif kind == "request":
            self._answer(content, buffers)

    def _answer(self, content: dict[str, Any], buffers: Sequence[bytes]) -> None:
        """Carry out a request of the page once, however often it asks, and tell it the outcome.

        If the last one of this kind was slow, or there was none, the page first hears that it has begun.
        """
        page, payload = {"id": content.get("id")}, content.get("payload", {})
        reply: dict[str, Any] | None = None
        try:
            if (known := next((pair for pair in self._answered if pair[0] == page["id"]), None)) is not None:
                reply = known[1]
            else:
                reply = self._timed(page, payload, buffers)
                if self._refused:
                    self.show_error("")
        except Exception as error:
            self.report(error, from_page=True)
            self._refused = True
            if errors.strict():
                raise
        finally:
            files = reply.get("buffers") if reply else None
            said = reply and {name: value for name, value in reply.items() if name != "buffers"}
            self.send({"kind": "done", **page, "reply": said}, files)

    def _timed(self, page: dict[str, Any], payload: dict[str, Any], buffers: Sequence[bytes]) -> dict[str, Any] | None:
        kind, start = payload.get("do"), time.perf_counter()
        if self._took.get(kind, SLOW) >= SLOW:
            self.send({"kind": "begun", **page})
        reply: dict[str, Any] | None = None
        try:
            reply = self.on_request(payload, buffers)
            return reply
        finally:
            self._took[kind] = time.perf_counter() - start
            self._answered.append((page["id"], reply))
