"""`ArchitectureExplorer`: G and D layer by layer, with the activations that one z gives rise to."""

from __future__ import annotations

import threading
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt

from ganwidgets.chains import Chain, Flow, Networks, Part, classical, faces
from ganwidgets.checks import check_number, check_whole, numbers
from ganwidgets.views.architecture import ArchitecturePicture, ArchitectureView, Opened
from ganwidgets.views.controls import Choice, Control, Controls, Push, Slide

from . import _activations as activations
from ._layer_text import facts, part_specs, title
from ._parts import Panel

FloatArray = npt.NDArray[np.float32]
_FED = {"G(z)": "what G made of z", "real": "the real picture that D is given"}
ORDERS = {"most active first": "active", "in their order": "index"}


class ArchitectureExplorer(Panel):
    """Click a block, or walk along them with the arrow keys: what comes in, what goes out, and what it looks like.

    `G`, `D`: any `nn.Module`s, one of them or both; copies are looked at, as they are now, in eval mode. Without either
    it shows the trained faces beside a pair that has learned nothing. `untrained`: G, or `(G, D)`, of the same build to
    switch to. `z_dim`: only for a G that does not tell. `condition`: a label, or a picture `(H, W, C)` uint8, for
    networks that want one. `real`: pictures `(N, H, W, C)` uint8 that D may be given instead of G's; needed for a D
    alone. `seed`: of the first z. `ValueError` for networks that do not fit together, and for bad arguments.

    `turn(degrees)` takes z around a circle through two draws, which keeps it as likely as any; `new_z()` draws again.
    """

    def __init__(
        self,
        G: Any = None,
        D: Any = None,
        *,
        untrained: Any = None,
        z_dim: int | None = None,
        condition: Any = None,
        real: npt.ArrayLike | None = None,
        seed: int = 0,
    ) -> None:
        check_whole("seed", seed, 0)
        self._lock = threading.RLock()
        self._real = None if real is None else _pictures(real)
        if G is None and D is None and untrained is not None:
            raise ValueError("untrained: got one without the G, D that it belongs to")
        given, fresh = ((G, D), _pair(untrained)) if G is not None or D is not None else _shipped()
        first = None if self._real is None else self._real[0]
        names = ("trained", "untrained") if fresh is not None else ("these",)
        chains = [
            Chain(*nets, z_dim=z_dim, condition=condition, x=first) for nets in (given, fresh) if nets is not None
        ]
        _check_alike(chains)
        self._chains = dict(zip(names, chains, strict=True))
        self._version, self._order, self._fed = names[0], "active", "G(z)" if chains[0].parts[0].name == "G" else "real"
        self._places = [(part, i) for part in chains[0].parts for i in range(len(part.layers))]
        self._chosen = min(2, len(self._places) - 1)
        self._seed, self._draws, self._degrees, self._orders = seed, 0, 0.0, dict[int, npt.NDArray[np.intp]]()
        self._circle = self._draw_circle(seed)
        self._flow = self._follow()
        self._view = ArchitectureView(part_specs(self.parts), self.choose)
        self._controls = Controls(self._make_controls(), self._values(), self._moved, label="what goes through")
        super().__init__([self._controls, self._view], layout=ipywidgets.Layout(max_width="960px"))
        self._redraw()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The networks with their layers: `parts[0].layers[1].output` is the shape that leaves G's first layer."""
        return self._chains[self._version].parts

    @property
    def chosen(self) -> int:
        """The number of the open layer, counted through both networks from z, which is 0; see `choose`."""
        return self._chosen

    @property
    def version(self) -> str:
        """`trained` or `untrained`; `these` where there is only one. Settable."""
        return self._version

    @version.setter
    def version(self, name: str) -> None:
        self._change(version=name)

    @property
    def order(self) -> str:
        """How channels are ordered: `active` or `index`. Settable."""
        return self._order

    @order.setter
    def order(self, order: str) -> None:
        self._change(order=order)

    @property
    def fed(self) -> str:
        """What D is given: `G(z)` or `real`. Settable."""
        return self._fed

    @fed.setter
    def fed(self, fed: str) -> None:
        self._change(fed=fed)

    @property
    def z(self) -> FloatArray:
        """The present z, `(z_dim,)`; settable."""
        at = np.deg2rad(self._degrees)
        found: FloatArray = (np.cos(at) * self._circle[0] + np.sin(at) * self._circle[1]).astype(np.float32)
        return found

    @z.setter
    def z(self, z: npt.ArrayLike) -> None:
        array, size = numbers("z", z, np.float32), self._chains[self._version].z_dim
        if array.shape != (size,):
            raise ValueError(f"z: expected shape ({size},), got shape {array.shape}")
        self._change(circle=np.stack([array, self._circle[1]]), degrees=0.0)

    @property
    def activation(self) -> FloatArray:
        """What leaves the open layer, without the batch: `(C, H, W)`, or `(n,)` for vectors."""
        return self._flow.maps[self._chosen]

    @property
    def score(self) -> float | None:
        """D's logit, or its probability if it ends in a sigmoid; None without D."""
        return self._flow.score

    def choose(self, layer: int) -> None:
        """Open a layer, counted through both networks; 0 is z. `ValueError` for one that is not there."""
        check_whole("layer", layer, 0, len(self._places) - 1)
        with self._lock:
            self._chosen = int(layer)
            self._redraw(urgent=True)

    def turn(self, degrees: float) -> None:
        """Take z to that place of its circle; 0 and 360 are where it was drawn."""
        check_number("degrees", degrees)
        self._change(degrees=float(degrees))

    def new_z(self, seed: int | None = None) -> None:
        """Draw another z, and the next real picture; the same for the same `seed`."""
        if seed is not None:
            check_whole("seed", seed, 0)
        with self._lock:
            draws = self._draws + 1
            self._change(
                circle=self._draw_circle([self._seed, draws] if seed is None else seed), degrees=0.0, draws=draws
            )

    @property
    def alt(self) -> str:  # type: ignore[override]
        """The picture in words."""
        return self._view.alt

    def still(self) -> bytes:
        """The networks and the open layer, as PNG."""
        return self._view.still()

    def _change(self, **changes: Any) -> None:
        """Follow z with these changes; only if that works, they hold."""
        allowed = {"version": tuple(self._chains), "order": tuple(ORDERS.values()), "fed": self._feeds()}
        for name, value in changes.items():
            if name in allowed and value not in allowed[name]:
                raise ValueError(f"{name}: got {value!r}; allowed is {' or '.join(allowed[name])}")
        with self._lock:
            before = {name: getattr(self, f"_{name}") for name in changes}
            try:
                for name, value in changes.items():
                    setattr(self, f"_{name}", value)
                self._flow = self._follow()
            except Exception as error:
                for name, value in before.items():
                    setattr(self, f"_{name}", value)
                self._controls.set(**self._values())
                self._view.show_error(f"{type(error).__name__}: {error}")
                raise
            # While z turns, the channels keep their places.
            if set(changes) != {"degrees"}:
                self._orders.clear()
            self._view.show_error("")
            self._controls.set(**self._values())
            self._redraw()

    def _follow(self) -> Flow:
        x = None
        if self._fed == "real" and self._real is not None:
            x = self._real[self._draws % len(self._real)]
        return self._chains[self._version].run(self.z, x)

    def _draw_circle(self, seed: Any) -> FloatArray:
        size = next(iter(self._chains.values())).z_dim
        return np.random.default_rng(seed).standard_normal((2, size)).astype(np.float32)

    def _redraw(self, urgent: bool = False) -> None:
        part, index = self._places[self._chosen]
        activation = self.activation
        channels = self._channels(self._chosen)[: activations.room(activation)]
        order = next(words for words, order in ORDERS.items() if order == self._order)
        words = activations.describe(activation, len(channels), order)
        maps = activations.shown(activation, channels)
        opened = Opened(self._chosen, title(part, index), facts(part, index), maps, words)
        thumbs = [activations.thumb(a, int(self._channels(i, "active")[0])) for i, a in enumerate(self._flow.maps)]
        result, what = activations.picture_of(self._flow.x), _FED[self._fed]
        self._view.show(ArchitecturePicture(opened, thumbs, result, self._verdict(), what), urgent=urgent)

    def _channels(self, layer: int, order: str | None = None) -> npt.NDArray[np.intp]:
        activation = self._flow.maps[layer]
        if (order or self._order) == "index" or activations.as_maps(activation)[0].size == 1:
            return np.arange(len(activations.as_maps(activation)))
        if layer not in self._orders:
            self._orders[layer] = np.argsort(-activations.activity(activation), kind="stable")
        return self._orders[layer]

    def _verdict(self) -> str:
        said = "" if self._flow.x.size != 2 else f"x = ({', '.join(f'{v:.2f}' for v in self._flow.x.ravel())}). "
        score = self._flow.score
        if score is None:
            return said.strip()
        what = "real picture" if self._fed == "real" else "G(z)"
        if not np.isfinite(score):
            return f"{said}D of this {what}: {score}, which is no finite number"
        if self._flow.is_probability:
            return f"{said}D of this {what}: {100 * score:.0f} % real"
        chance = 100 / (1 + np.exp(-np.clip(score, -60, 60)))
        return f"{said}D of this {what}: logit {score:.2f}, {chance:.0f} % real".replace("-", "−")

    def _feeds(self) -> tuple[str, ...]:
        names = [part.name for part in self.parts]
        return tuple(["G(z)"] * ("G" in names) + ["real"] * (self._real is not None and "D" in names))

    def _values(self) -> dict[str, Any]:
        values = {
            "degrees": self._degrees if 0 <= self._degrees <= 360 else self._degrees % 360,
            "version": self._version,
            "order": self._order,
            "fed": self._fed,
        }
        return {control.name: values.get(control.name) for control in self._make_controls()}

    def _make_controls(self) -> list[Control]:
        turning = [Slide("degrees", "turn z (°)", 0, 360, 1)] if "G" in [part.name for part in self.parts] else []
        new = Push("new", "New z" if turning else "Next picture", "Draw another one")
        versions = Choice("version", "networks", {name: name for name in self._chains})
        feeds = Choice("fed", "D sees", {{"real": "a real picture"}.get(feed, feed): feed for feed in self._feeds()})
        order = Choice("order", "channels", {"most active": "active", "in order": "index"})
        choices = [versions] * (len(self._chains) > 1) + [feeds] * (len(self._feeds()) > 1)
        return [*turning, new, *choices, order]

    def _moved(self, name: str, value: Any) -> None:
        try:
            if name == "new":
                self.new_z()
            else:
                self._change(**{name: float(value) if name == "degrees" else value})
        except Exception:
            self._view.show_error("")  # the settings say it
            raise


def _shipped() -> tuple[Networks, Networks | None]:
    try:
        return faces()
    except ValueError:  # an installation without the trained networks
        return classical(), None


def _pair(untrained: Any) -> Networks | None:
    if untrained is None:
        return None
    pair = tuple(untrained) if isinstance(untrained, tuple | list) else (untrained, None)
    if len(pair) != 2:
        raise ValueError(f"untrained: got {len(pair)} networks; allowed is G, or (G, D)")
    return pair


def _pictures(real: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    array = np.asarray(real)
    if array.ndim != 4 or array.dtype != np.uint8 or not len(array):
        raise ValueError(f"real: expected pictures (N, H, W, C) uint8, N ≥ 1, got shape {array.shape} of {array.dtype}")
    return array


def _check_alike(chains: list[Chain]) -> None:
    """Both versions must have the same layers."""
    builds = [[(layer.kind, layer.output) for part in chain.parts for layer in part.layers] for chain in chains]
    if any(build != builds[0] for build in builds):
        raise ValueError(
            f"untrained: expected the {len(builds[0])} layers of the other networks, with the same shapes; got "
            f"{len(builds[1])} layers, or other shapes"
        )
