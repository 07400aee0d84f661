"""Widgets that are made of others: what `close` leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import pytest

from ganwidgets.exercises import exercise
from ganwidgets.widgets import ConvTransposeExplorer, DiracGame, ExerciseCard, LossExplorer, ValueExplorer


def family(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """The widget, and all that it is made of."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from family(child)


@pytest.mark.parametrize(
    "make",
    [ConvTransposeExplorer, DiracGame, LossExplorer, ValueExplorer,
     lambda: ExerciseCard(exercise("05.1"), lambda *scores: ...)],
    ids=["conv", "dirac", "loss", "value", "card"],
)  # fmt: skip
def test_closing_takes_everything_off_the_page(make: Callable[[], Any]) -> None:
    widget = make()
    members = list(family(widget))
    assert len(members) > 2 and all(member.comm is not None for member in members)
    widget.close()
    assert all(member.comm is None for member in members)
    widget.close()
