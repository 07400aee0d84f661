"""`SoundExplorer`: drag through the latent space of a generator of sounds, and hear where you are.

`render` is any function from z to waves; nothing here knows which library made it. The sliders' arithmetic is shared
with `LatentExplorer`; the game of real and generated sounds is in `_sound_game.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ganwidgets import hearing
from ganwidgets.checks import check_number, check_whole
from ganwidgets.views.sound import FRAMES, SoundBoard, as_levels, picture

from ._history import History
from ._latents import PRIORS, FloatArray, Place, check_z, draw, slerp
from ._sliders import Key, Slider, SliderSet
from ._sound_game import SoundGame, as_waves

Render = Callable[[FloatArray], Any]
ENDS = ("A", "B")
WAY_SECONDS = 4.0


class SoundExplorer(SoundBoard):
    """Sliders over z, the sound as wave and spectrogram, and its sound in the page when a slider is let go.

    `render`: a function from z `(B, z_dim)` float32 to waves `(B, L)` in [-1, 1], for any B; `latent.renderer(G)` makes
    one. `rate`: samples a second, 8,000 to 96,000. `directions`: `{name: (z_dim,)}`, such as
    `hearing.directions(render, z_dim, rate)`; `labels`: names for the latents, a list or `{index: name}`.
    `max_sliders`: how many are shown at once. `real`: real waves `(N, L)`, for the game "Which one is real?". `prior`:
    `normal` or `uniform`. The same `seed` gives the same sounds. `label`: what the sound is.

    `z` `(z_dim,)` and `wave` `(L,)` always belong together. If `render` raises or returns something else, the last good
    state stays, the page shows the error, and calls from Python raise it.
    """

    def __init__(
        self,
        render: Render,
        z_dim: int,
        rate: int = 8000,
        *,
        directions: Mapping[str, npt.ArrayLike] | None = None,
        labels: Sequence[str] | Mapping[int, str] | None = None,
        real: npt.ArrayLike | None = None,
        max_sliders: int = 6,
        prior: str = "normal",
        seed: int = 0,
        label: str = "sound",
    ) -> None:
        if not callable(render):
            raise ValueError(f"render: got {type(render).__name__}; allowed is a function from z to waves")
        for name, value, least, most in (("z_dim", z_dim, 1, 65_536), ("rate", rate, 8000, 96_000),
                                         ("max_sliders", max_sliders, 1, 64), ("seed", seed, 0, None)):  # fmt: skip
            check_whole(name, value, least, most)
        if prior not in list(PRIORS):
            raise ValueError(f"prior: got {prior!r}; allowed is one of {', '.join(PRIORS)}")
        self._render, self.z_dim, self.seed, self.prior = render, int(z_dim), int(seed), prior
        self.sliders = SliderSet(self.z_dim, labels, directions)
        self._lock, self._answering, self._draws, self._t = threading.RLock(), False, 0, 0.0
        start = Place.at(self._draw(0))
        self._start, self._ends = start, {"A": start.z, "B": self._draw(1)}
        self._wave = self._heard(start.z)[0]
        self._history = History(start)
        self._game = None if real is None else SoundGame(as_waves(real, "real", len(self._wave)), self._fake, seed)
        latents, named = self.sliders.axes
        groups = [{"title": "Latents", "one": "latent", "names": list(latents.names)}]
        if named.names:
            groups.append({"title": "Directions", "one": "direction", "names": list(named.names)})
        spec = {"groups": groups, "shown": int(max_sliders), "span": PRIORS[prior][1], "label": label}
        super().__init__(spec=spec, rate=int(rate), game=real is not None)
        self._tell()

    @property
    def z(self) -> FloatArray:
        """The present z `(z_dim,)`; assign to go there."""
        return self._history.present.z[0]

    @z.setter
    def z(self, z: npt.ArrayLike) -> None:
        self._go(Place.at(check_z(z, 1, self.z_dim)))

    @property
    def wave(self) -> FloatArray:
        """The present sound: `(L,)` float32 in [-1, 1]."""
        return self._wave

    @property
    def spectrogram(self) -> FloatArray:
        """The present sound's loudness by frequency and time, `(128, 128)` in dB; see `hearing.spectrogram`."""
        return hearing.spectrogram(self._wave, FRAMES)

    def move(self, values: Mapping[Slider, float], gesture: str | None = None) -> None:
        """Set sliders, by index, label or the direction's name. Moves of one `gesture` are undone together."""
        if not isinstance(values, Mapping) or not values:
            raise ValueError(f"values: got {values!r}; allowed is a dict of numbers by slider")
        for value in values.values():
            check_number("value", value)
        self.drag({self.sliders.find(slider): float(value) for slider, value in values.items()}, gesture)

    def drag(self, keys: Mapping[Key, float], gesture: str | None = None) -> None:
        """`move` for sliders by group (0 latents, 1 directions) and index: names may be the same in both."""
        with self._lock:
            self._go(self.sliders.moved(self._history.present, slice(None), keys), gesture)

    def lock(self, slider: Slider, on: bool = True) -> None:
        """Let `randomise` and the other sliders leave this one alone, or no longer."""
        self.hold(self.sliders.find(slider), on)

    def hold(self, key: Key, on: bool = True) -> None:
        """`lock` for a slider by group and index."""
        with self._lock:
            (self.sliders.locked.add if on else self.sliders.locked.discard)(key)
            self._tell()

    def randomise(self) -> None:
        """Another z from the prior; the locked sliders stay."""
        with self._lock:
            self._draws += 1
            self._go(Place.at(self.sliders.hold(self._history.present.z, self._draw(1 + self._draws))))

    def reset(self) -> None:
        """Back to the first sound."""
        self._go(self._start)

    def undo(self) -> None:
        """One step back, if there is one."""
        with self._lock:
            if self._history.can_undo:
                self._wave = self._heard(self._history.before().z)[0]
                self._history.undo()
                self._tell()

    def redo(self) -> None:
        """One step forward, if there is one."""
        with self._lock:
            if self._history.can_redo:
                self._wave = self._heard(self._history.after().z)[0]
                self._history.redo()
                self._tell()

    def mark(self, end: str) -> None:
        """Make the present z the end "A" or "B" of the way."""
        if end not in ENDS:
            raise ValueError(f'end: got {end!r}; allowed is "A" or "B"')
        with self._lock:
            self._ends[end], self._t = self._history.present.z, float(ENDS.index(end))
            self._tell()

    def path(self, t: float, gesture: str | None = None) -> None:
        """Go to the point `t`, 0 to 1, of the arc from A to B."""
        with self._lock:
            place = Place.at(self._between(t))
            self._go(place, gesture, t=float(t))

    def way(self, count: int = 0) -> FloatArray:
        """The sounds from A to B one after the other, `(count · L,)`; by default about four seconds of them."""
        fitting = round(WAY_SECONDS * self.rate / len(self._wave))
        count = count or int(np.clip(fitting, 3, 8))
        check_whole("count", count, 2, 64)
        return self._heard(np.concatenate([self._between(t) for t in np.linspace(0, 1, count)])).reshape(-1)

    def wav(self) -> bytes:
        """The present sound as a WAV file, 16 bits."""
        return hearing.wav_bytes(self._wave, self.rate)

    @property
    def game_state(self) -> SoundGame:
        """The game: `pair()`, `guess(side)`, `hits`, `played`. `ValueError` without real sounds."""
        if self._game is None:
            raise ValueError("real: this SoundExplorer was made without real sounds, so there is no game")
        return self._game

    def still(self) -> bytes:
        """Wave and spectrogram as PNG."""
        return picture(self._wave, self.rate, "fake", self._words())

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The sound in words."""
        return f"wave and spectrogram of a {self.spec['label']}: {self._words()}"

    def on_open(self) -> None:
        """A page has opened."""
        with self._lock:
            self._tell(urgent=True)

    def on_request(self, payload: dict[str, Any], buffers: Sequence[bytes]) -> dict[str, Any] | None:
        """Carry out what the page asks."""
        command = COMMANDS.get(payload.get("do", ""))
        if command is None:
            raise ValueError(f"do: expected one of {', '.join(COMMANDS)}; got {payload.get('do')!r}")
        with self._lock:
            self._answering = True
            try:
                return command(self, payload)
            except Exception:
                self._tell()  # sliders go back to what holds
                raise
            finally:
                self._answering = False

    def _go(self, place: Place, gesture: str | None = None, t: float | None = None) -> None:
        """Make the sound of `place`; if that works, it is the present."""
        with self._lock:
            try:
                wave = self._heard(place.z)[0]
            except Exception as error:
                self.show_error(f"{type(error).__name__}: {error}")
                raise
            self._wave = wave
            self._t = self._t if t is None else t
            self._history.record(place, gesture)
            if self._error_text:
                self.show_error("")
            self._tell()

    def _heard(self, z: FloatArray) -> FloatArray:
        """The waves `(n, L)` of z `(n, z_dim)`, checked."""
        waves = as_waves(self._render(np.array(z)), "render", None)
        if len(waves) != len(z):
            raise ValueError(f"render: got {len(waves)} waves for {len(z)} z; allowed is one for each")
        return waves

    def _fake(self, number: int) -> FloatArray:
        """A sound that nobody has steered."""
        return self._heard(draw([self.seed, 1, number], 1, self.z_dim, self.prior))[0]

    def _draw(self, number: int) -> FloatArray:
        return draw([self.seed, 0, number], 1, self.z_dim, self.prior)

    def _between(self, t: float) -> FloatArray:
        check_number("t", t, 0, 1)
        return slerp(self._ends["A"], self._ends["B"], float(t))

    def _words(self) -> str:
        return hearing.described(self._wave, self.rate)

    def _tell(self, urgent: bool = False) -> None:
        state = {
            "locked": [list(key) for key in sorted(self.sliders.locked)],
            "undo": self._history.can_undo,
            "redo": self._history.can_redo,
            "t": self._t,
            "words": self._words(),
        }
        values = self.sliders.values(self._history.present.z)[: len(self.spec["groups"])]
        self.paint(self._wave, values, state, urgent=urgent or self._answering)


def _move(explorer: SoundExplorer, payload: dict[str, Any]) -> None:
    keys = {(int(group), int(index)): float(value) for group, index, value in payload["values"]}
    explorer.drag(keys, payload.get("gesture"))


def _way(explorer: SoundExplorer, _payload: dict[str, Any]) -> dict[str, Any]:
    waves = explorer.way()
    return {"count": len(waves) // len(explorer.wave), "buffers": [waves.tobytes()]}


def _wav(explorer: SoundExplorer, _payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": "sound.wav", "type": "audio/wav", "buffers": [explorer.wav()]}


def _pair(explorer: SoundExplorer, _payload: dict[str, Any]) -> dict[str, Any]:
    waves = explorer.game_state.pair()
    levels = [as_levels(wave) for wave in waves]
    shape = {"bins": levels[0].shape[0], "frames": levels[0].shape[1], "words": explorer.game_state.words}
    return {**shape, "buffers": [*(wave.tobytes() for wave in waves), *(each.tobytes() for each in levels)]}


def _guess(explorer: SoundExplorer, payload: dict[str, Any]) -> dict[str, Any]:
    explorer.game_state.guess(int(payload["side"]))
    return {"real": explorer.game_state.real_side, "words": explorer.game_state.words}


Command = Callable[[SoundExplorer, dict[str, Any]], dict[str, Any] | None]
COMMANDS: dict[str, Command] = {
    "move": _move,
    "lock": lambda explorer, asked: explorer.hold((int(asked["slider"][0]), int(asked["slider"][1])), asked["on"]),
    "path": lambda explorer, payload: explorer.path(float(payload["t"]), payload.get("gesture")),
    "mark": lambda explorer, payload: explorer.mark(payload["end"]),
    "randomise": lambda explorer, _: explorer.randomise(),
    "reset": lambda explorer, _: explorer.reset(),
    "undo": lambda explorer, _: explorer.undo(),
    "redo": lambda explorer, _: explorer.redo(),
    "settled": lambda explorer, _: None,
    "way": _way,
    "wav": _wav,
    "pair": _pair,
    "guess": _guess,
}
