"""`ValueExplorer` without a browser."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from ganwidgets.widgets import ValueExplorer
from ganwidgets.widgets.value_explorer import PLACES, SHAPES


def test_equals_meet_at_minus_log_four() -> None:
    widget = ValueExplorer("two humps", "two humps")
    assert widget.value == pytest.approx(-math.log(4)) and widget.js == pytest.approx(0, abs=1e-9)
    assert widget.best == pytest.approx(np.full(PLACES, 0.5))
    widget._elsewhere()
    assert widget.js > 0.3 and "JS 0." in widget.alt


def bend(widget: ValueExplorer, *bars: tuple[int, float]) -> None:
    widget._bars.on_request({"do": "bend", "bars": list(bars)}, [])


def test_a_bar_follows_the_hand_and_the_sum_stays_one() -> None:
    widget = ValueExplorer(fake="even")
    bend(widget, (3, 0.1), (4, 0.0))
    assert widget.p_g.sum() == pytest.approx(1) and widget._bars.top == 0.2
    assert widget.p_g[4] < 1e-3 and widget.p_g[3] == pytest.approx(0.1, abs=1e-9)
    others = np.delete(widget.p_g, [3, 4])
    assert others == pytest.approx(np.full(PLACES - 2, others[0]))  # the rest kept its proportions
    for index in range(PLACES):
        for share in (0.0, 1.0, 7.0):
            bend(widget, (index, share))
            assert widget.p_g.min() > 0 and math.isfinite(widget.value)
    with pytest.raises(ValueError, match="expected a place from 0 to 15"):
        widget._bend({16: 0.5})


def test_a_stroke_has_the_shape_that_the_hand_drew() -> None:
    widget, hump = ValueExplorer(), [0.05, 0.15, 0.3, 0.15, 0.05]
    for length in range(1, 6):  # what the page says while the hand moves
        bend(widget, *enumerate(hump[:length]))
    assert widget.p_g[:5] == pytest.approx(hump) and widget.p_g.sum() == pytest.approx(1)
    ramp = np.arange(1.0, PLACES + 1)
    bend(widget, *enumerate(ramp / ramp.max()))  # more than there is: the shape is kept, not the height
    assert widget.p_g == pytest.approx(ramp / ramp.sum())


def test_a_refused_distribution_changes_nothing() -> None:
    widget = ValueExplorer()
    with pytest.raises(ValueError, match="fake: there is no 'nothing'"):
        widget.set(data="even", fake="nothing")
    assert widget.p_data == pytest.approx(SHAPES["two humps"] / SHAPES["two humps"].sum())
    assert ValueExplorer(data=[1e308] * PLACES).p_data == pytest.approx(np.full(PLACES, 1 / PLACES))


@pytest.mark.parametrize("data", SHAPES)
def test_every_shape_can_be_chosen(data: str) -> None:
    widget = ValueExplorer()
    widget._controls.move("data", data)
    assert widget.p_data == pytest.approx(SHAPES[data] / SHAPES[data].sum())
    widget._controls.move("even", None)
    assert widget.p_g == pytest.approx(np.full(PLACES, 1 / PLACES))
    widget._controls.move("elsewhere", None)
    assert widget.p_g.max() > 1.5 / PLACES
    widget._controls.move("same", None)
    assert widget.value == pytest.approx(-math.log(4), abs=1e-6)
    assert Image.open(io.BytesIO(widget.still())).width == 460


def test_bad_distributions_are_refused() -> None:
    for message, settings in (
        ("data: there is no 'hump'", {"data": "hump"}),
        ("fake: expected 16 weights", {"fake": [1, 2]}),
        ("data: expected 16 weights, none negative, not all 0, got values from -1 to -1", {"data": -np.ones(PLACES)}),
        ("data: expected finite numbers, got NaN", {"data": np.full(PLACES, np.nan)}),
        ("fake: expected an array of real numbers", {"fake": ["a"] * PLACES}),
    ):
        with pytest.raises(ValueError, match=message):
            ValueExplorer(**settings)  # type: ignore[arg-type]
