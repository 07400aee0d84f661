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


def test_a_bar_follows_the_hand_and_the_sum_stays_one() -> None:
    widget = ValueExplorer(fake="even")
    widget._bars.on_request({"do": "bend", "bars": [[3, 0.5], [4, 0.0]]}, [])
    top = widget._bars.top
    assert widget.p_g.sum() == pytest.approx(1)
    assert widget.p_g[4] < 1e-3 and widget.p_g[3] == pytest.approx(0.5 * 0.2, abs=0.02) and top == 0.2
    others = np.delete(widget.p_g, [3, 4])
    assert others == pytest.approx(np.full(PLACES - 2, others[0]))  # the rest kept its proportions
    for index in range(PLACES):
        for height in (0.0, 1.0, 7.0):
            widget._bars.on_request({"do": "bend", "bars": [[index, height]]}, [])
            assert widget.p_g.min() > 0 and math.isfinite(widget.value)
    with pytest.raises(ValueError, match="expected a place from 0 to 15"):
        widget._bend(16, 0.5)


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
        ("data: expected 16 weights", {"data": -np.ones(PLACES)}),
    ):
        with pytest.raises(ValueError, match=message):
            ValueExplorer(**settings)  # type: ignore[arg-type]
