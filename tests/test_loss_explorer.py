"""`LossExplorer` without a browser."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from ganwidgets.widgets import LossExplorer


def test_the_mark_tells_values_and_slopes() -> None:
    widget = LossExplorer(score=0.5)
    said = widget.at_mark()
    assert said["minimax"] == pytest.approx((-math.log(2), -0.5), abs=1e-3)
    assert said["non_saturating"] == pytest.approx((math.log(2), -0.5), abs=1e-3)
    widget.score = 0.01
    assert widget.at_mark()["non_saturating"][1] / widget.at_mark()["minimax"][1] == pytest.approx(99, rel=0.02)
    assert "slope -0.99" in widget.alt


def test_every_control_changes_the_charts() -> None:
    widget = LossExplorer()
    widget.names = list(widget._boxes)
    assert [line.label for line in widget._value._lines] == [box.description for box in widget._boxes.values()]
    before = widget._slope._lines[0].values
    widget._log.value = True
    assert np.allclose(10 ** widget._slope._lines[0].values, before, atol=1e-3)
    for end in (widget._score.min, widget._score.max):
        widget.score = end
        assert widget._value._marked == pytest.approx(end)
    widget.names = []
    assert widget._table.value == "Choose a loss."


def test_it_has_a_still_and_refuses_unknown_losses() -> None:
    assert Image.open(io.BytesIO(LossExplorer().still())).width > 900
    with pytest.raises(ValueError, match="names: there is no 'hing'; choose among minimax"):
        LossExplorer(["hing"])
