"""`DiracGame` without a browser: every control through its range, the start moved, the picture that of the game."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets import games
from ganwidgets.views import errors
from ganwidgets.views.controls import Choice, Slide
from ganwidgets.widgets import DiracGame


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    assert errors.recorded() == []


def test_it_shows_the_path_of_its_rules() -> None:
    widget = DiracGame(loss="wasserstein", steps=500)
    picture = widget._portrait._picture
    assert picture is not None
    assert np.array_equal(picture.path, games.DiracGame("wasserstein").path(500))
    assert picture.words.startswith("after 500 steps: distance 1.41 → 17; largest |eigenvalue| 1.0050")
    assert "17" in widget.alt


def test_every_control_reaches_the_rules() -> None:
    widget = DiracGame()
    for name in widget._controls.names:
        control = widget._controls.control(name)
        assert isinstance(control, Choice | Slide)
        values = list(control.options.values()) if isinstance(control, Choice) else [control.low, control.high]
        for value in values:
            widget._controls.on_request({"do": name, "value": control.to_page(value)}, [])
            assert (widget._steps if name == "steps" else getattr(widget.rules, name)) == value
            assert len(widget.path) <= widget._steps + 1
    assert widget.rules.noise == 2.0 and widget.rules.r1 == 2.0


def test_the_start_can_be_moved_on_the_page() -> None:
    widget = DiracGame()
    widget._portrait.on_request({"do": "start", "x": -0.5, "y": 0.25}, [])
    assert widget.path[0].tolist() == [-0.5, 0.25]
    with pytest.raises(ValueError, match="expected 'start'"):
        widget._portrait.on_request({"do": "jump"}, [])


def test_set_moves_the_controls_and_refuses_what_the_game_refuses() -> None:
    widget = DiracGame()
    widget.set(r1=1.0, rate=3.0, steps=40)
    assert [widget._controls.values[name] for name in ("r1", "rate", "steps")] == [1.0, 3.0, 40]
    for message, settings in (
        ("r1 must be a finite number of at least 0, not -1", {"r1": -1}),
        ("there is no 'hinge'", {"loss": "hinge"}),
    ):
        with pytest.raises(ValueError, match=message):
            widget.set(**settings)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="start: expected finite"):
        widget.set(start=(np.nan, 0))
    assert widget.rules.r1 == 1.0 and len(widget.path) == 41


def test_what_runs_away_is_told_with_its_true_distance() -> None:
    widget = DiracGame(loss="wasserstein", rate=1.0)  # every step multiplies the distance by √2
    portrait, chart = widget._portrait._picture, widget._distance
    assert portrait is not None and portrait.words.startswith(f"after 200 steps: distance 1.41 → {2**100.5:.3g}")
    assert widget.alt.endswith(portrait.words)
    np.testing.assert_allclose(chart._lines[0].values, 2 ** np.arange(0.5, 13.5, 0.5))
    assert len(chart._x) == len(portrait.path) == 26
    widget.set(start=(1e9, 0))
    assert len(chart._x) == 1


@pytest.mark.parametrize("start", [1, "ab", (1,), (1, 2, 3), None, ("a", "b"), (float("inf"), 0)])
def test_a_start_is_two_numbers(start: Any) -> None:
    with pytest.raises(ValueError, match="start: expected"):
        DiracGame(start=start)
    if start is not None:
        with pytest.raises(ValueError, match="start: expected"):
            DiracGame().set(start=start)


def test_a_start_may_be_an_array() -> None:
    widget = DiracGame(start=np.array([0.0, 0.0]))  # type: ignore[arg-type]
    widget.set(start=np.array([0.5, 0.25]))  # type: ignore[arg-type]
    assert widget.path[0].tolist() == [0.5, 0.25]


def test_arrows_point_where_a_step_goes() -> None:
    widget = DiracGame(loss="wasserstein")
    arrows = widget._arrows()
    # The field of the Wasserstein game turns: (θ, ψ) moves along (ψ, -θ).
    turned = arrows[:, 2] * -arrows[:, 0] - arrows[:, 3] * arrows[:, 1]
    assert np.allclose(turned, 0, atol=1e-9) and (arrows[:, 2] * arrows[:, 1] >= -1e-12).all()


def test_the_still_has_a_portrait_and_a_chart() -> None:
    image = Image.open(io.BytesIO(DiracGame(loss="least_squares", rate=1.0, steps=1000).still()))
    assert image.width > 700 and np.asarray(image)[..., 3].any()
