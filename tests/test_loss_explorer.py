"""`LossExplorer` without a browser."""

from __future__ import annotations

import io
import math
from typing import Any

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
    before = [widget._slope._told(line) for line in widget._slope._lines]
    widget._controls.move("log", True)
    assert widget._slope._limits() == (-3, 1), "from 0.001 to 10"
    assert [widget._slope._told(line) for line in widget._slope._lines] == before, (
        "pushes are told, not their logarithms"
    )
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


def test_the_mark_is_told_as_finely_as_it_was_set() -> None:
    assert "At D(G(z)) = 0.0025, non-saturating pushes 399 times" in LossExplorer(score=0.0025).alt
    assert (
        "At D(G(z)) = 0.002, least squares pushes 3,610 times" in LossExplorer(["least_squares", "minimax"], 0.002).alt
    )


def test_it_has_a_still_and_refuses_unknown_losses() -> None:
    two, six = (Image.open(io.BytesIO(LossExplorer(names).still())) for names in (["hinge", "minimax"], list(LOSSES)))
    assert two.width > 900
    assert six.height > two.height, "six names do not fit beside the title"
    assert LossExplorer([], score=0.2).still() != LossExplorer([], score=0.3).still(), "the mark is drawn"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"names": ["hing"]}, "names: there is no 'hing'; choose among minimax"),
        ({"names": "hinge"}, "names: got 'hinge'; allowed is a list of names, among minimax"),
        ({"names": None}, "names: got None; allowed is a list"),
        ({"score": 1}, "score must be a finite number of at least 0.001 and of at most 0.999, not 1"),
        ({"score": 1e-9}, "score must be a finite number of at least 0.001"),
        ({"score": "half"}, "score must be a finite number"),
    ],
)
def test_what_cannot_be_shown_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LossExplorer(**settings)
