"""What a `ModelRace` is given: names, costs and what real samples get, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ganwidgets.checks import check_number
from ganwidgets.palette import SERIES


def positive(name: str, value: Any) -> float:
    """A finite number above 0."""
    check_number(name, value, above=0)
    return float(value)


def as_names(models: Any) -> list[str]:
    """The models' names; `ValueError` unless these are 2 to 4 streams by name."""
    if not isinstance(models, Mapping) or not 2 <= len(models) <= len(SERIES):
        count = f"{len(models)} of them" if isinstance(models, Mapping) else type(models).__name__
        raise ValueError(f"models: expected {{name: stream}} with 2 to {len(SERIES)} models; got {count}")
    for name, stream in models.items():
        if not isinstance(stream, Iterable):
            raise ValueError(f"models[{name!r}]: expected something to iterate, such as a Trainer; got {stream!r}")
    names = [str(name) for name in models]
    if len(set(names)) < len(names):
        raise ValueError(f"models: expected different names; got {', '.join(names)}")
    return names


def as_reference(reference: Any, names: Sequence[str]) -> dict[str, float]:
    """What real samples get, by the score's name; 1 where nobody says."""
    if not isinstance(reference, Mapping | None) or set(reference or {}) - set(names):
        raise ValueError(f"reference: expected a number for {' and '.join(names)}, by name; got {reference!r}")
    return {name: positive(f"reference[{name!r}]", (reference or {}).get(name, 1.0)) for name in names}


def as_costs(sampling: Any, names: Sequence[str]) -> dict[str, float]:
    """Seconds for 64 samples by model; empty where nobody says."""
    if sampling is None:
        return {}
    if not isinstance(sampling, Mapping) or sorted(map(str, sampling)) != sorted(names):
        raise ValueError(f"sampling: expected seconds for each of {', '.join(names)}; got {sampling!r}")
    costs = {str(name): cost() if callable(cost) else cost for name, cost in sampling.items()}
    return {name: positive(f"sampling[{name!r}]", costs[name]) for name in names}
