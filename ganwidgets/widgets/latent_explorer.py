"""`LatentExplorer`: sliders over the latent space of any generator, with the pictures following the hand.

`render` is any function from z to pictures; nothing here knows which library made it. The sliders' arithmetic is in
`_sliders.py` and `_latents.py`, the calls of `render` in `_rendering.py`, what the page asks in `_explorer_page.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_number, check_whole
from ganwidgets.views import tiles

from . import _explorer_page as page
from . import _latent_text as text
from ._engines import page_model
from ._exploring import Exploring
from ._latents import PRIORS, FloatArray, Place, check_z, draw, slerp
from ._rendering import Render
from ._sliders import Key, Slider, SliderSet

End = int | npt.ArrayLike


class LatentExplorer(Exploring):
    """Drag through the latent space of `render`.

    `render`: a function from z `(B, z_dim)` float32 to pictures `(B, H, W, C)` uint8, for any B; C is 1, 3 or 4.
    `n`: how many pictures, 1 to 64. `directions`: `{name: (z_dim,)}`, shown as a second set of sliders; they are
    brought to length 1. `labels`: names for the latents, a list or `{index: name}`. `max_sliders`: how many are shown
    at once. `prior`: `normal` or `uniform`. The same `seed` gives the same pictures. `label`: what they are, for screen
    readers: `a face` for one, `faces` for several. `engine`: `kernel` lets `render` draw, `page` the same generator in
    the page, at the display's rate; `auto` takes the page for up to 16 pictures where `render` has its ONNX model at
    hand, as `latent.renderer(G)` has for every G built like a shipped one. `engine` then says who draws at present: a
    page that cannot leaves it to the kernel.

    `z` `(n, z_dim)` float32 and `images` `(n, H, W, C)` uint8 can be observed and always belong together; assign to
    `z` to go there. With several pictures a slider's value is their mean, and it moves all of them by the same
    amount, unless one is `selected`. If `render` raises or returns something else, the last good state stays, the
    page shows the error, and calls from Python raise it.
    """

    def __init__(
        self,
        render: Render,
        z_dim: int,
        n: int = 1,
        *,
        directions: Mapping[str, npt.ArrayLike] | None = None,
        seed: int = 0,
        labels: Sequence[str] | Mapping[int, str] | None = None,
        max_sliders: int = 8,
        prior: str = "normal",
        label: str | None = None,
        engine: str = "auto",
    ) -> None:
        _check_arguments(render, z_dim, n, max_sliders, prior)
        check_whole("seed", seed, 0)
        self.z_dim, self.n, self.seed, self.prior = int(z_dim), int(n), int(seed), prior
        self.sliders = SliderSet(self.z_dim, labels, directions)
        names = (self.sliders.axes[0].names, self.sliders.axes[1].names)
        label = label or ("a generated picture" if self.n == 1 else "generated pictures")
        model = page_model(render, engine, self.n)
        spec = page.spec(names, int(max_sliders), PRIORS[prior][1], label, self.n, model)
        super().__init__(render, spec, model)

    # Moving

    def move(self, slider: Slider, value: float) -> None:
        """Set a slider: a latent by its index or label, a direction by its name. `value`: the coordinate of z there.

        With several pictures and none selected, it is the mean that gets this value.
        """
        check_number("value", value)
        self.drag({self.sliders.find(slider): float(value)})

    def drag(self, values: Mapping[Key, float], gesture: str | None = None, *, draft: bool = False) -> None:
        """Set several sliders at once by their keys. Steps of one `gesture` are undone together.

        `draft`: a hand is still moving them, so some of many pictures may be left for later.
        """
        with self._lock:
            self._go(self.sliders.moved(self._live, self._rows, values), gesture, draft=draft)

    def select(self, index: int | None) -> None:
        """Let the sliders move this picture alone; None or -1: all of them."""
        if index is not None:
            check_whole("index", index, -1, self.n - 1)
        self.selected = -1 if index is None else int(index)

    def randomise(self, seed: int | None = None) -> None:
        """Draw new z for the selected picture, or for all; locked sliders keep their values."""
        if seed is not None:
            check_whole("seed", seed, 0)
        with self._lock:
            key: int | list[int] = [self.seed, self._draws + 1] if seed is None else int(seed)
            place, rows = self._live, self._rows
            wide = np.array(place.wide)
            wide[rows] = self.sliders.hold(wide[rows], draw(key, self.n, self.z_dim, self.prior)[rows])
            self._go(Place.at(wide, place.psi))
            self._draws += seed is None
            self._keys = [key, *self._keys[:15]]

    def truncate(self, psi: float, *, gesture: str | None = None, draft: bool = False) -> None:
        """Pull every z towards the centre: `psi` from 0 (one average picture) to 1 (as drawn). Others as in `drag`."""
        check_number("psi", psi, 0, 1)
        with self._lock:
            self._go(Place.at(self._live.wide, float(psi)), gesture, draft=draft)

    def lock(self, slider: Slider, on: bool = True) -> None:
        """Keep a slider's value when randomising, and when other directions move. `on=False` lets it go."""
        self.hold(self.sliders.find(slider), on)

    def hold(self, key: Key, on: bool) -> None:
        """`lock` by a slider's key, as in `drag`: two sliders may have one name."""
        with self._lock:
            (self.sliders.locked.add if on else self.sliders.locked.discard)(key)
            self._tell()

    def reset(self) -> None:
        """Back to the pictures of the start."""
        with self._lock:
            self._go(self._start)

    def undo(self) -> None:
        """One step back; nothing happens where there is none."""
        with self._lock:
            if self.can_undo:
                self._show(self._history.before())
                self._history.undo()
                self._publish()

    def redo(self) -> None:
        """One step forward again; nothing happens where there is none."""
        with self._lock:
            if self.can_redo:
                self._show(self._history.after())
                self._history.redo()
                self._publish()

    @property
    def locked(self) -> tuple[str, ...]:
        """The names of the locked sliders."""
        return tuple(self.sliders.name(key) for key in sorted(self.sliders.locked))

    def value(self, slider: Slider) -> float:
        """The slider's value: the coordinate along it of the selected z, or the mean over all."""
        group, index = self.sliders.find(slider)
        return float(self.sliders.values(self.z[self._rows])[group][index])

    # Places

    def bookmark(self) -> int:
        """Remember where we are; returns the number to go back with."""
        with self._lock:
            picture = page.thumbnail(self.images, self.selected)
            self._bookmarks.append((self._history.present, picture))
            self._tell_bookmarks()
            return len(self._bookmarks) - 1

    def goto(self, number: int) -> None:
        """Go to a bookmark."""
        with self._lock:
            self._go(self._bookmarks[self._bookmark_number(number)][0])

    def forget(self, number: int) -> None:
        """Remove a bookmark; those after it move up by one."""
        with self._lock:
            del self._bookmarks[self._bookmark_number(number)]
            self._tell_bookmarks()

    @property
    def bookmarks(self) -> tuple[FloatArray, ...]:
        """The z `(n, z_dim)` of each bookmark."""
        return tuple(place.z for place, _ in self._bookmarks)

    def path(self, a: End, b: End, t: float, *, gesture: str | None = None, draft: bool = False) -> None:
        """Go to the point `t`, 0 to 1, of the arc from `a` to `b`: bookmark numbers, or z. Others as in `drag`."""
        check_number("t", t, 0, 1)
        with self._lock:
            self._go(Place.at(slerp(self._end("a", a), self._end("b", b), float(t))), gesture, draft=draft)

    # Export

    def png(self, scale: int = 1) -> bytes:
        """The pictures as PNG, each pixel `scale` wide."""
        check_whole("scale", scale, 1, 64)
        return tiles.png(self.images, scale=scale)

    def gif(self, a: End | None = None, b: End | None = None, *, frames: int = 24, seconds: float = 3.0) -> bytes:
        """The path from `a` to `b` and back as an endless GIF; by default between the last two bookmarks."""
        check_whole("frames", frames, 2)
        check_number("seconds", seconds, above=0)
        with self._lock:
            last = len(self._bookmarks) - 1
            if (a is None or b is None) and last < 1:
                raise ValueError("a, b: a path needs two ends; bookmark two places, or pass two z")
            start = self._end("a", last - 1 if a is None else a)
            end = self._end("b", last if b is None else b)
            there = [self._cache.render(slerp(start, end, float(t))) for t in np.linspace(0, 1, frames)]
        return tiles.gif([*there, *there[-2:0:-1]], seconds=seconds, scale=tiles.still_scale(there[0], width=256))

    def code(self) -> str:
        """Python that makes exactly this z, and the pictures with your `render`."""
        return text.code(self.z, self._keys, self.prior)

    def numbers(self) -> str:
        """The selected z, or all of them, as text to share; `paste` reads it back."""
        return text.numbers(self.z[self._rows])

    def paste(self, numbers: str) -> None:
        """Go to the z in a text of numbers: `z_dim` of them for the selected or only picture, or so many for each."""
        with self._lock:
            rows = text.parse(numbers, self.z_dim, self.n, self.selected >= 0)
            z = np.array(self.z)
            z[self._rows if len(rows) == 1 else slice(None)] = rows
            self._assign(z)

    def still(self) -> bytes:
        """The pictures as PNG, small ones enlarged."""
        return tiles.png(self.images, scale=tiles.still_scale(self.images))

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The accessible name of the still picture."""
        label: str = self.spec["label"]
        return label if self.n == 1 else f"{self.n} {label}"

    # How it works

    def _carry_out(self, payload: dict[str, Any]) -> dict[str, Any] | None:
        return page.answer(self, payload)

    def _end(self, name: str, end: End) -> FloatArray:
        """A bookmark's z, or a given one; `(z_dim,)` will do for every picture."""
        if isinstance(end, (int, np.integer)):
            return self._bookmarks[self._bookmark_number(int(end))][0].z
        array = np.asarray(end)
        try:
            wide = np.broadcast_to(array, (self.n, self.z_dim)) if array.shape == (self.z_dim,) else array
            return check_z(wide, self.n, self.z_dim)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None

    def _bookmark_number(self, number: int) -> int:
        if not isinstance(number, int | np.integer) or not 0 <= number < len(self._bookmarks):
            have = f"allowed is 0 to {len(self._bookmarks) - 1}" if self._bookmarks else "there are none yet"
            raise ValueError(f"bookmark: got {number!r}; {have}")
        return number


def _check_arguments(render: Any, z_dim: Any, n: Any, max_sliders: Any, prior: str) -> None:
    if not callable(render):
        raise ValueError(f"render: got {type(render).__name__}; allowed is a function from z to pictures")
    for name, value, most in (("z_dim", z_dim, 65_536), ("n", n, tiles.MAX_TILES), ("max_sliders", max_sliders, 64)):
        if not isinstance(value, (int, np.integer)) or not 1 <= value <= most:
            raise ValueError(f"{name}: got {value!r}; allowed is a whole number from 1 to {most}")
    if prior not in tuple(PRIORS):
        raise ValueError(f"prior: got {prior!r}; allowed is one of {', '.join(PRIORS)}")
