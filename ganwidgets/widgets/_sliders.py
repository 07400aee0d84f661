"""The sliders of an explorer: finding one by index or name, moving z along some of them, holding the locked ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ._latents import FloatArray, Place, direction_axes, latent_axes, projector, steer

#: A latent by its index or label, or a direction by its name.
Slider = int | str
#: The group (0 latents, 1 directions) and the index in it.
Key = tuple[int, int]


class SliderSet:
    """Two groups of sliders, the latents and the named directions, and which of them are locked."""

    def __init__(
        self,
        z_dim: int,
        labels: Sequence[str] | Mapping[int, str] | None,
        directions: Mapping[str, npt.ArrayLike] | None,
    ) -> None:
        self.z_dim = z_dim
        self.axes = (latent_axes(z_dim, labels), direction_axes(directions, z_dim))
        self.locked: set[Key] = set()

    def find(self, slider: Slider) -> Key:
        """The slider's key; `ValueError` lists what there is."""
        if isinstance(slider, (int, np.integer)) and not isinstance(slider, bool):
            if 0 <= slider < self.z_dim:
                return 0, int(slider)
            raise ValueError(f"slider: got {slider}; allowed is 0 to {self.z_dim - 1}")
        for group in (1, 0):
            if slider in self.axes[group].names:
                return group, self.axes[group].names.index(slider)
        known = ", ".join(self.axes[1].names) or "there are no directions"
        raise ValueError(f"slider: got {slider!r}; allowed is a latent 0 to {self.z_dim - 1} or a name: {known}")

    def name(self, key: Key) -> str:
        """What the slider is called."""
        return self.axes[key[0]].names[key[1]]

    def values(self, z: FloatArray) -> list[FloatArray]:
        """Each group's slider values for `z` `(k, z_dim)`: the mean coordinates `(m,)`."""
        return [axes.coordinates(z).mean(axis=0) for axes in self.axes]

    def moved(self, place: Place, rows: slice, values: Mapping[Key, float]) -> Place:
        """`place` with the sliders in `values` set, for the pictures `rows`; the locked ones stay where they are."""
        if not np.isfinite(list(values.values())).all():
            raise ValueError(f"value: got {list(values.values())}; it must be finite")
        held = self._vectors([key for key in sorted(self.locked) if key not in values])
        z = np.array(place.z)
        z[rows] = steer(z[rows], self._vectors(list(values)), list(values.values()), held)
        if len(z[rows]) == 1:  # a latent gets its value to the last bit
            for (group, index), value in values.items():
                if group == 0:
                    z[rows, index] = value
        return place.moved(z)

    def hold(self, old: FloatArray, fresh: FloatArray) -> FloatArray:
        """`fresh` `(k, z_dim)` with the locked coordinates of `old`."""
        if not self.locked:
            return fresh
        held = fresh + (old - fresh) @ projector(self._vectors(sorted(self.locked)))
        for group, index in self.locked:
            if group == 0:
                held[:, index] = old[:, index]
        return held.astype(np.float32)

    def _vectors(self, keys: Sequence[Key]) -> FloatArray:
        rows = [self.axes[group].row(index, self.z_dim) for group, index in keys]
        return np.array(rows, np.float32).reshape(-1, self.z_dim)
