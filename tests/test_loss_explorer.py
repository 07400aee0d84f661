"""`LossExplorer` without a browser."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from ganwidgets.losses import LOSSES
from ganwidgets.views.controls import Tick
from ganwidgets.widgets import LossExplorer


def test_the_mark_tells_values_and_slopes() -> None:
    widget = LossExplorer(score=0.5)
    said = widget.at_mark()
    assert said["minimax"] == pytest.approx((-math.log(2), -0.5), abs=1e-3)
    assert said["non_saturating"] == pytest.approx((math.log(2), -0.5), abs=1e-3)
    widget.score = 0.01
    assert widget.at_mark()["non_saturating"][1] / widget.at_mark()["minimax"][1] == pytest.approx(99, rel=0.02)
    assert "At D(G(z)) = 0.010, non-saturating pushes 99 times as hard as minimax (saturating)." in widget.alt


def test_every_control_changes_the_charts() -> None:
    widget = LossExplorer()
    ticks = [control for name in widget._controls.names if isinstance(control := widget._controls.control(name), Tick)]
    for tick in ticks[1:]:
        widget._controls.move(tick.name, True)
    assert [line.label for line in widget._value._lines] == [tick.label for tick in ticks[1:]]
    before = widget._slope._lines[0].values
    widget._controls.move("log", True)
    assert np.allclose(10 ** widget._slope._lines[0].values, before, atol=1e-3)
    for end in (0.002, 0.998):
        widget._controls.move("score", end)
        assert widget.score == widget._value._marked == pytest.approx(end)
    widget._value.on_request({"do": "mark", "at": 0.3}, [])
    assert widget.score == widget._slope._marked == widget._controls.values["score"] == 0.3
    widget.names = ["hinge"]
    assert "hinge pushes with a slope of 1." in widget.alt
    widget.names = []
    assert widget._value._lines == () and "Choose a loss." in widget.alt


def test_equal_pushes_are_called_equal() -> None:
    assert "all of them push with a slope of 1." in LossExplorer(["hinge", "wasserstein"]).alt
    assert "beyond count" not in LossExplorer().alt


def test_it_has_a_still_and_refuses_unknown_losses() -> None:
    two, six = (Image.open(io.BytesIO(LossExplorer(names).still())) for names in (["hinge", "minimax"], list(LOSSES)))
    assert two.width > 900
    assert six.height > two.height, "six names do not fit beside the title"
    with pytest.raises(ValueError, match="names: there is no 'hing'; choose among minimax"):
        LossExplorer(["hing"])
    with pytest.raises(ValueError, match="score: got 1; allowed is a number between 0 and 1"):
        LossExplorer(score=1)
