"""`Playground` without a browser: every control through its range, every layer, steps, the way back, own networks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ganwidgets.views import errors
from ganwidgets.views.plane import LAYERS
from ganwidgets.widgets import Playground
from ganwidgets.widgets._playground_controls import DRAW, PENALTIES
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    assert errors.recorded() == []


@pytest.fixture
def playground() -> Iterator[Playground]:
    widget = Playground(hidden=8, batch_size=8)
    yield widget
    widget.close()


def press(playground: Playground, do: str, value: Any = None) -> None:
    """As the page does."""
    playground._player.on_request({"do": do, "value": value}, [])  # type: ignore[union-attr]


def picture(playground: Playground) -> Any:
    return playground._plane._picture


def test_it_works_with_no_arguments_and_stops() -> None:
    playground = Playground()
    playground.play()
    wait_until(lambda: playground.steps > 5)
    playground.pause()
    steps = playground.steps
    assert not playground.running and playground.session.step == steps
    assert playground.step().step == steps + 1
    assert playground.run(3).step == steps + 4
    playground.close()


def test_each_player_moves_alone(playground: Playground) -> None:
    before = [[p.clone() for p in network.parameters()] for network in playground.session.networks()]
    assert np.isnan(playground.step_d().g_loss)
    after_d = playground.session.networks()
    assert all(torch.equal(a, b) for a, b in zip(before[0], after_d[0].parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(before[1], after_d[1].parameters(), strict=True))
    press(playground, "step_g")
    after_g = playground.session.networks()
    assert not all(torch.equal(a, b) for a, b in zip(before[0], after_g[0].parameters(), strict=True))
    assert playground.session.step == 0


def test_every_control_does_what_it_says(playground: Playground) -> None:
    controls = playground.controls.by_name
    for name, control in controls.items():
        if hasattr(control, "options"):
            values = [value for _, value in control.options]
        else:
            base = getattr(control, "base", None)  # a logarithmic slider
            values = [end if base is None else base**end for end in (control.min, control.max)]
        for value in values:
            control.value = value
            if name not in ("data", "penalty", "strength"):
                assert (playground.session.settings | playground.session.shape)[name] == pytest.approx(value)
            playground.run(1)
        if name == "loss":
            control.value = "non_saturating"  # label smoothing wants a loss with labels
    assert playground.session.truth.name == playground.session.toys[-1]  # "draw your own" waits for points
    assert playground._plane.drawing


@pytest.mark.parametrize("kind", PENALTIES)
def test_penalties_come_with_their_strength(playground: Playground, kind: str) -> None:
    playground.controls.by_name["penalty"].value = kind
    playground.controls.by_name["strength"].value = 0.1
    config = playground.session.settings
    assert {name for name in ("r1", "r2", "gp", "clip") if config[name]} == set(PENALTIES[kind])
    assert all(config[name] == pytest.approx(0.1) for name in PENALTIES[kind])


def test_set_moves_the_controls_too(playground: Playground) -> None:
    playground.set(loss="hinge", lr_g=1e-2, r1=1.0, r2=1.0)
    controls = playground.controls.by_name
    assert (controls["loss"].value, controls["penalty"].value, controls["strength"].value) == ("hinge", "R1 + R2", 1.0)
    assert controls["lr_g"].value == pytest.approx(1e-2)
    with pytest.raises(ValueError, match="there is no 'hing'"):
        playground.set(loss="hing")


def test_a_choice_that_does_not_go_together_is_reported_and_taken_back(playground: Playground) -> None:
    playground.set(label_smoothing=0.1)
    playground.controls.by_name["loss"].value = "hinge"
    assert playground.session.config.loss == "non_saturating"
    assert playground.controls.by_name["loss"].value == "non_saturating"
    assert "label_smoothing" in playground._player._error_text  # type: ignore[union-attr]
    errors.clear()


def test_the_picture_is_that_of_the_session(playground: Playground) -> None:
    playground.run(10)
    shown, plane = picture(playground), playground.plane
    assert np.array_equal(shown.fake, plane.fake) and np.array_equal(shown.field, plane.field)
    lengths = np.linalg.norm(shown.push[:, 2:], axis=1)
    assert lengths.max() == pytest.approx((plane.extent[1] - plane.extent[0]) / 6, rel=1e-4)
    assert plane.coverage is not None and shown.words.startswith(f"{plane.coverage.modes_covered} of 8 modes")


def test_a_divergence_of_nothing_is_not_told(playground: Playground) -> None:
    assert picture(playground).words == "0 of 8 modes, 0% of the fakes within 3σ of one"


def test_every_layer_has_a_still(playground: Playground) -> None:
    stills = set()
    for layer in LAYERS:
        playground._plane.layers = [layer]
        image = Image.open(io.BytesIO(playground._plane.still()))
        assert np.asarray(image)[..., 3].any()
        stills.add(image.tobytes())
    assert len(stills) == len(LAYERS)
    assert Image.open(io.BytesIO(playground.still())).width > 500
    with pytest.raises(Exception, match="there is no 'ghost'"):
        playground._plane.layers = ["ghost"]


def test_the_way_back_is_shown_and_then_taken(playground: Playground) -> None:
    for _ in range(12):
        playground.run(10)
    live = picture(playground).fake
    press(playground, "scrub", 60)
    assert playground.session.step == 120 and not np.array_equal(picture(playground).fake, live)
    press(playground, "rewind")
    assert playground.session.step == 50  # the last state kept before
    assert playground._shown is None and playground.step().step == 51


def test_points_are_drawn_and_join_those_before(playground: Playground) -> None:
    playground.run(5)
    playground.controls.by_name["data"].value = DRAW
    for points, count in (([[0, 0], [1, 1]], 2), ([[2, 2], [3, 1], [1, 0]], 5)):
        playground._plane.on_request({"do": "draw"}, [np.array(points, np.float32).tobytes()])
        assert len(playground.session.truth) == count and playground.session.truth.name == "drawn"
    assert playground.session.step == 5 and playground.step().step == 6
    assert picture(playground).words == ""


def test_networks_and_points_of_your_own() -> None:
    class Line(nn.Module):
        z_dim = 3

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            points: torch.Tensor = self.layer(z)
            return points

    playground = Playground(np.random.default_rng(0).normal(size=(50, 2)), G=Line())
    playground.run(3)
    assert isinstance(playground.session.networks()[0], Line)
    assert "g_hidden" not in playground.controls.by_name
    playground.close()


def test_an_error_in_a_network_is_shown_with_its_words() -> None:
    class Broken(nn.Module):
        z_dim = 2

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2))
            self.calls = 0

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            if self.training and self.weight.sum() != 2:
                raise RuntimeError("the oven is broken")
            return z * self.weight

    playground = Playground(G=Broken())
    with pytest.raises(RuntimeError, match="the oven is broken"):
        playground.run(5)
    assert "the oven is broken" in playground._player._error_text  # type: ignore[union-attr]
    playground.close()
    errors.clear()


def test_what_python_sets_need_not_be_on_a_list() -> None:
    playground = Playground(np.zeros((5, 2)), hidden=48, layers=6, batch_size=20, lr_g=0.5, betas=(0.1, 0.2))
    controls = playground.controls.by_name
    assert (controls["g_hidden"].value, controls["d_layers"].value, controls["batch_size"].value) == (48, 6, 20)
    assert controls["lr_g"].value == pytest.approx(0.5) and controls["betas"].value == (0.1, 0.2)
    playground.restart("grid", g_hidden=24)
    assert controls["g_hidden"].value == 24 and not playground._plane.drawing
    assert playground.session.config.batch_size == 20
    playground.close()


def test_strokes_do_not_join_points_of_your_own() -> None:
    playground = Playground(np.zeros((50, 2)))
    assert playground._plane.drawing
    playground._plane.on_request({"do": "draw"}, [np.ones((4, 2), np.float32).tobytes()])
    assert len(playground.session.truth) == 4
    playground.close()
