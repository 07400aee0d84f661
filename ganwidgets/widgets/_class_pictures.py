"""Pictures of z and shares of classes: whole classes by `render`, mixed ones by `blend`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_whole

from ._latents import FloatArray


class ClassSource(Protocol):
    """What `ganwidgets.steering.classes` gives; any object with these will do."""

    @property
    def z_dim(self) -> int: ...
    @property
    def classes(self) -> int: ...
    @property
    def render(self) -> Callable[[FloatArray, npt.NDArray[np.int64]], Any]: ...
    @property
    def blend(self) -> Callable[[FloatArray, FloatArray], Any] | None: ...


def check_source(classes: Any) -> None:
    """`ValueError` for what is no `ClassSource`."""
    missing = [name for name in ("z_dim", "classes", "render", "blend") if not hasattr(classes, name)]
    if missing:
        raise ValueError(
            f"classes: {type(classes).__name__} has no {missing[0]}; expected what ganwidgets.steering.classes(G) "
            "gives, with G a conditional generator"
        )
    check_whole("z_dim", classes.z_dim, 1)
    check_whole("classes", classes.classes, 1)


def names_of(names: Any, count: int) -> tuple[str, ...]:
    """The names of `count` classes, by default their numbers; `ValueError` unless there are so many different ones."""
    if isinstance(names, str) or not isinstance(names, Iterable | None):
        raise ValueError(f"names: got {names!r}; allowed is a list of {count} names")
    given = tuple(str(name) for name in (range(count) if names is None else names))
    if len(given) != count or len(set(given)) != count:
        raise ValueError(
            f"names: expected {count} different names, one a class; got {len(given)}, {len(set(given))} different"
        )
    return given


def pictures(source: ClassSource, rows: FloatArray) -> Any:
    """Of `rows` `(n, z_dim + classes)`, z and shares side by side."""
    z, shares = np.split(rows, [source.z_dim], axis=1)
    whole = shares.max(1) == 1
    if whole.all() or source.blend is None:
        return source.render(z, shares.argmax(1).astype(np.int64))
    mixed = np.asarray(source.blend(z[~whole], shares[~whole]))
    if not whole.any():
        return mixed
    plain = np.asarray(source.render(z[whole], shares[whole].argmax(1).astype(np.int64)))
    if plain.shape[1:] != mixed.shape[1:] or plain.dtype != mixed.dtype:
        raise ValueError(f"blend: expected pictures like render's, {plain.shape[1:]}, got {mixed.shape[1:]}")
    merged = np.empty((len(whole), *plain.shape[1:]), plain.dtype)
    merged[whole], merged[~whole] = plain, mixed
    return merged
