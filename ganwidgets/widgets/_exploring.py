"""What keeps z, pictures, page and history of an explorer together. `latent_explorer.py` has what one may call.

There is one way to a new state: `_go`. It renders first, and only then changes anything, so that `z` and `images`
always belong together. While the page draws, `render` is called when somebody wants the pictures here. One lock guards
all of it, since the page's requests may be answered on another thread than the cells.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import traitlets

from ganwidgets.views import tiles
from ganwidgets.views.engine import PageModel
from ganwidgets.views.explorer import Explorer

from . import _explorer_page as page
from ._engines import Pictures, watched
from ._history import History
from ._latents import FloatArray, Place, check_z, draw
from ._rendering import Render, TileCache
from ._sliders import SliderSet


class _Latents(traitlets.TraitType):  # type: ignore[type-arg]
    """Assigning z means going there: it is checked, rendered, and kept only if all of this works."""

    def set(self, obj: Any, value: Any) -> None:
        obj._assign(value)


class Exploring(Explorer):
    """State and rendering of a `LatentExplorer`, which sets the five plain attributes before `__init__`."""

    z_dim: int
    n: int
    seed: int
    prior: str
    sliders: SliderSet

    z = _Latents()
    images = Pictures(read_only=True)
    engine = traitlets.Enum(("kernel", "page"), "kernel", read_only=True, help="who draws what is on the page")
    selected = traitlets.Int(-1, help="index of the picture that the sliders move alone; -1: all of them")

    def __init__(self, render: Render, spec: dict[str, Any], page_model: PageModel | None = None) -> None:
        self.page_model = page_model
        self._left_to_kernel = False
        self._lock = threading.RLock()
        self._answering = self._coarse = False
        self._keys: list[int | list[int]] = [[self.seed, 0]]
        self._draws = 0
        self._start = self._live = Place.at(draw(self._keys[0], self.n, self.z_dim, self.prior))
        self._history = History(self._start)
        self._cache = TileCache(render, self._start.z)
        self._unsent = set(range(self.n))
        self._rough: set[int] = set()
        self._bookmarks: list[tuple[Place, bytes]] = []
        super().__init__(spec=spec)
        self._publish()

    @property
    def can_undo(self) -> bool:
        """Whether `undo` would do something."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether `redo` would do something."""
        return self._history.can_redo

    @property
    def present(self) -> Place:
        """Where the pictures are: z, what it would be without truncation, and the truncation."""
        return self._history.present

    @property
    def psi(self) -> float:
        """The present truncation, 0 to 1."""
        return self._live.psi

    def on_open(self) -> None:
        with self._lock:
            self._draw_here()
            self._tell(urgent=True)
            self._tell_bookmarks()

    def draw_by(self, engine: str) -> None:
        """A page says that it draws by itself ("page"), or cannot ("kernel"): then the kernel does it for all pages."""
        if engine not in ("kernel", "page") or self.page_model is None:
            raise ValueError(f"engine: got {engine!r}; allowed is kernel, or page for a render with an ONNX model")
        with self._lock:
            if engine == "page" and not self._left_to_kernel:
                self.set_trait("engine", "page")
                return
            self._left_to_kernel = True
            self._draw_here()
            self._tell()

    def _draw_here(self) -> None:
        """Let the kernel draw again, with every picture to be sent; if it cannot, the error is shown."""
        self._unsent = set(range(self.n))
        if self.engine == "page":
            self.set_trait("engine", "kernel")
            try:
                self._show(self._live)
            except Exception as error:
                self.report(error, from_page=True)

    def _pictures(self) -> Any:
        """The pictures of the present z; drawn now, if the page has drawn them so far."""
        with self._lock:
            if self._trait_values.get("images") is None:
                self._cache.update(self._history.present.z)
                self._trait_values["images"] = self._cache.images
            return self._trait_values["images"]

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> dict[str, Any] | None:
        """Carry out a request. With `draft` the reply says under `rough` whether there is more or better to be had.

        With `rest` as well, which is what a single key press asks for, all of it follows the draft at once.
        """
        draft, rest = bool(payload.get("draft")), bool(payload.get("rest"))
        with self._lock:
            self._answering, self._coarse = True, draft and not rest
            try:
                reply = self._carry_out(payload)
                if rest and self._lacking:
                    self._go(self._live, payload.get("gesture"))
                return {"rough": self._lacking} if draft else reply
            except Exception:
                self._back_to_present()
                raise
            finally:
                self._answering = self._coarse = False

    def _carry_out(self, payload: dict[str, Any]) -> dict[str, Any] | None:
        raise NotImplementedError

    @property
    def _lacking(self) -> bool:
        """Whether some picture on the page is old or coarse."""
        return self.engine == "kernel" and (bool(self._rough) or not self._cache.current(self._live.z))

    @property
    def _rows(self) -> slice:
        return slice(None) if self.selected < 0 else slice(self.selected, self.selected + 1)

    def _assign(self, z: Any) -> None:
        place = Place.at(check_z(z, self.n, self.z_dim))
        with self._lock:
            self._go(place)

    def _go(self, place: Place, gesture: str | None = None, *, draft: bool = False) -> None:
        """Render the pictures of `place`; if that works, it is the present. A `draft` may leave some for later."""
        self._show(place, draft=draft)
        if self.engine == "page" or self._cache.current(place.z):
            self._history.record(place, gesture)
            self._publish()
        else:
            self._tell()

    def _show(self, place: Place, *, draft: bool = False) -> None:
        if self.engine == "kernel":
            try:
                changed = self._cache.update(place.z, draft=draft)
            except Exception as error:
                self.show_error(f"{type(error).__name__}: {error}")
                raise
            self._unsent.update(int(index) for index in changed)
        self._live = place
        if self._error_text:
            self.show_error("")

    def _back_to_present(self) -> None:
        """After a failed request: the pictures and sliders of the last good state, as far as they can be had."""
        self._live = self._history.present
        if self.engine == "kernel" and not self._cache.current(self._live.z):
            images = self.images  # asking for them may render, so that nothing seems to change below
            self._unsent.update(self._cache.restore(self._live.z, images))
            self._unsent.update(range(self.n))
        self._tell()

    def _publish(self) -> None:
        """Show the present on the page, and tell those who observe `z` and `images`."""
        lazy = self.engine == "page"
        values: dict[str, Any] = {"z": self._history.present.z, "images": None if lazy else self._cache.images}
        old = {name: self._trait_values.get(name) for name in values}
        self._trait_values.update(values)
        self._tell()
        self._notify_trait("z", old["z"], values["z"])
        if not lazy or watched(self, "images"):
            self._notify_trait("images", old["images"], self._pictures())

    def _tell(self, *, urgent: bool = False) -> None:
        values = self.sliders.values(self._live.z[self._rows])
        urgent = urgent or self._answering
        due = sorted(self._unsent if self._coarse else self._unsent | self._rough) if self.engine == "kernel" else []
        place, state = self._place(), page.state(self)
        sent = self.paint(self._cache.images, due, values, state, place=place, coarse=self._coarse, urgent=urgent)
        if not sent or self.engine == "page":
            return
        self._unsent.clear()
        if not self._coarse:
            self._rough.clear()
        elif tiles.lossy(self._cache.images[: len(due)], self.raw_limit):
            self._rough.update(due)

    def _place(self) -> tuple[FloatArray, ...]:
        """What a page that draws needs of the place: z, and what it would be without truncation."""
        if self.page_model is None:
            return ()
        return (self._live.z,) if self._live.wide is self._live.z else (self._live.z, self._live.wide)

    def _tell_bookmarks(self) -> None:
        places = [place.z.astype("<f4").tobytes() for place, _ in self._bookmarks if self.page_model is not None]
        pictures = [picture for _, picture in self._bookmarks]
        self.send({"kind": "bookmarks", "count": len(self._bookmarks)}, [*pictures, *places])

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> int:
        if not -1 <= proposal.value < self.n:
            raise ValueError(f"selected: got {proposal.value}; allowed is -1 (all) to {self.n - 1}")
        return -1 if self.n == 1 else int(proposal.value)

    @traitlets.observe("selected")
    def _selected_changed(self, _change: Any) -> None:
        with self._lock:
            self._tell()
