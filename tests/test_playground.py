"""`Playground` without a browser: every control through its range, every layer, steps, the way back, own networks."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ganwidgets.views import errors
from ganwidgets.views.controls import Choice, Slide, Tick
from ganwidgets.views.pipeline import NODES
from ganwidgets.views.plane import FIELDS, LAYERS
from ganwidgets.widgets import Playground
from ganwidgets.widgets._playground_controls import DRAW, LOSSES, PENALTIES, SHAPE
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


def shown(playground: Playground, name: str) -> Any:
    return playground.controls.values[name]


def told(playground: Playground) -> int | None:
    return playground.part


def other(playground: Playground) -> Any:
    return playground.other


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
    assert not [thread for thread in threading.enumerate() if thread.name == "ganwidgets-runner"]


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


_VALUES: dict[type, list[Any]] = {Tick: [True, False]}


def test_every_control_does_what_it_says(playground: Playground) -> None:
    controls = playground.controls
    for name in controls.names:
        control = controls.control(name)
        values = [control.low, control.high] if isinstance(control, Slide) else _VALUES.get(type(control), [None])
        choices: list[Any] = list(control.options.values()) if isinstance(control, Choice) else values
        for value in choices:
            controls.move(name, value)
            settings = playground.session.settings | playground.session.shape
            if name in settings and name != "optimiser":
                assert settings[name] == pytest.approx(value)
            elif name == "optimiser":
                assert settings["optimiser"] == value[0] and (value[1] is None or settings["betas"] == value[1])
        playground.run(1)
        if name == "loss":
            controls.move(name, "non_saturating")  # label smoothing wants a loss with labels
        if name in SHAPE:
            controls.move(name, 2)
    assert playground.session.seed == 1  # "Start again" was pressed
    assert playground.session.truth.name == playground.session.toys[-1]  # "draw your own" waits for points
    assert playground._plane.drawing


@pytest.mark.parametrize("kind", PENALTIES)
def test_penalties_come_with_their_strength(playground: Playground, kind: str) -> None:
    playground.controls.move("penalty", kind)
    playground.controls.move("strength", 0.1)
    config = playground.session.settings
    assert {name for name in ("r1", "r2", "gp", "clip") if config[name]} == set(PENALTIES[kind])
    assert all(config[name] == pytest.approx(0.1) for name in PENALTIES[kind])
    assert ("strength" in playground.controls._hidden) == (kind == "none")


def test_rare_settings_are_behind_one_tick(playground: Playground) -> None:
    assert {"prior", "g_layers", "batch_size"} <= playground.controls._hidden
    playground.controls.move("more", True)
    assert playground.controls._hidden == {"strength"}


def test_set_moves_the_controls_too(playground: Playground) -> None:
    playground.set(loss="hinge", lr_g=1e-2, r1=1.0, r2=1.0, optimiser="sgd", n_generator=3)
    values = playground.controls.values
    assert (values["loss"], values["penalty"], values["strength"]) == ("hinge", "R1 + R2", 1.0)
    assert (values["lr_g"], values["optimiser"], values["n_generator"]) == (1e-2, ("sgd", None), 3)
    with pytest.raises(ValueError, match="there is no 'hing'"):
        playground.set(loss="hing")


def test_a_choice_that_does_not_go_together_is_reported_and_taken_back(playground: Playground) -> None:
    def choose(option: int) -> None:
        payload = {"do": "loss", "value": option}
        playground.controls._receive(None, {"kind": "request", "id": option, "payload": payload}, [])

    playground.set(label_smoothing=0.1)
    choose(list(LOSSES).index("hinge"))
    assert playground.session.config.loss == "non_saturating"
    assert shown(playground, "loss") == "non_saturating"
    assert "label_smoothing" in playground.controls._error_text
    errors.clear()
    choose(list(LOSSES).index("least squares"))
    assert shown(playground, "loss") == "least_squares" and playground.controls._error_text == ""


def test_the_picture_is_that_of_the_session(playground: Playground) -> None:
    playground.run(10)
    drawn, plane = picture(playground), playground.plane
    assert np.array_equal(drawn.fake, plane.fake) and np.array_equal(drawn.field, plane.field)
    lengths = np.linalg.norm(drawn.push[:, 2:], axis=1)
    assert lengths.max() == pytest.approx((plane.extent[1] - plane.extent[0]) / 6, rel=1e-4)
    assert plane.coverage is not None and drawn.words.startswith(f"{plane.coverage.modes_covered} of 8 modes")


def test_a_divergence_of_nothing_is_not_told(playground: Playground) -> None:
    assert picture(playground).words == "0 of 8 modes, 0% of the fakes within 3σ of one"


def test_the_divergences_come_with_their_floors(playground: Playground) -> None:
    playground.run(3)
    gap = playground.plane.divergence
    assert gap is not None and 0 < gap.js_floor < gap.js < np.log(2) + 1e-9 and 0 < gap.kl_floor < gap.kl
    row = playground._ways.own.gaps[-1]
    assert row[1:5] == pytest.approx([gap.js, gap.js_floor, gap.kl, gap.kl_floor])


def test_what_moved_is_what_moved_since_the_picture_before(playground: Playground) -> None:
    assert picture(playground).change is None and "moves" not in picture(playground).offered
    before = playground.plane
    playground.step()
    after, drawn = playground.plane, picture(playground)
    difference = after.field - before.field
    assert np.allclose(drawn.change, difference / np.abs(difference).max(), atol=1e-6)
    ways = (after.fake - before.fake)[: len(drawn.moves)]
    longest = np.linalg.norm(ways, axis=1).max()
    assert np.allclose(drawn.moves[:, 2:], ways / longest * (after.extent[1] - after.extent[0]) / 6, atol=1e-4)
    assert "since step 0" in drawn.notes["moves"] and f"up to {longest:.2g}" in drawn.notes["moves"]
    playground.step_d()
    assert np.abs(picture(playground).moves[:, 2:]).max() == 0  # only D has moved
    assert "by the last step" in picture(playground).notes["change"]


def test_every_layer_has_a_still(playground: Playground) -> None:
    playground.run(2)
    stills = set()
    for layer in LAYERS:
        playground._plane.layers = [layer]
        image = Image.open(io.BytesIO(playground._plane.still()))
        assert np.asarray(image)[..., 3].any()
        stills.add(image.tobytes())
        assert playground._plane.shown == [layer]
    assert len(stills) == len(LAYERS) and set(FIELDS) < set(LAYERS)
    assert Image.open(io.BytesIO(playground.still())).width > 500
    with pytest.raises(Exception, match="there is no 'ghost'"):
        playground._plane.layers = ["ghost"]


def test_a_step_is_told_part_by_part(playground: Playground) -> None:
    playground.run(4)
    pipeline = playground._pipeline
    assert told(playground) is None
    press(playground, "walk")
    assert playground.session.step == 5 and told(playground) == 0 and pipeline.unfolded
    said, reached = [], 0
    for number in range(pipeline.telling.count):  # type: ignore[union-attr]
        pipeline.on_request({"do": "part", "value": number}, [])
        telling = pipeline.telling
        assert telling is not None and telling.number == number and set(telling.nodes) <= set(NODES)
        assert len(telling.reached) >= reached
        reached = len(telling.reached)
        said.append(telling.text)
        assert picture(playground).only is not None
    assert reached == len(NODES) and len(set(said)) == 10
    losses = playground._ways.own.losses[-1]
    assert f"{losses[1]:.3f}" in said[4] and f"{losses[2]:.3f}" in said[7]
    assert playground._plane.shown == ["fake", "push", "moves"]
    pipeline.on_request({"do": "leave"}, [])
    assert told(playground) is None and picture(playground).only is None
    for number in (0, 10):
        with pytest.raises(ValueError, match=f"number: got {number}; allowed is"):
            playground.go_to_part(number)


def test_going_on_ends_the_story(playground: Playground) -> None:
    for go_on in (playground.step, playground.step_g, lambda: playground.restart(), lambda: playground.branch()):
        playground.walk()
        assert told(playground) == 0
        go_on()
        assert told(playground) is None and picture(playground).only is None


def test_the_overview_is_drawn_only_where_it_is_seen(playground: Playground) -> None:
    sent: list[Any] = []
    playground._pipeline._send_frame = lambda content, buffers: sent.append(content)  # type: ignore[method-assign, assignment]
    playground._pipeline._flow._send = playground._pipeline._send_frame
    playground.run(2)
    assert not sent
    playground._pipeline.unfolded = True
    assert sent[-1]["learning"] == "both" and sent[-1]["d_loss"] == pytest.approx(playground._ways.own.losses[-1][1])


def test_the_way_back_is_shown_and_then_taken(playground: Playground) -> None:
    for _ in range(12):
        playground.run(10)
    live = picture(playground).fake
    press(playground, "scrub", 60)
    assert playground.session.step == 120 and not np.array_equal(picture(playground).fake, live)
    press(playground, "rewind")
    assert playground.session.step == 50  # the last state kept before
    assert playground._shown is None and playground.step().step == 51


def test_going_back_leaves_the_past_to_go_back_to(playground: Playground) -> None:
    for _ in range(12):
        playground.run(10)
    losses, kept = playground._ways.own.losses, playground._kept_steps()
    playground.rewind(100)
    own = playground._ways.own
    assert playground._kept_steps() == [step for step in kept if step <= 100] and len(kept) > 10
    np.testing.assert_array_equal(own.losses, losses[losses[:, 0] <= 100])
    assert own.gaps[0, 0] == 0 and own.gaps[-1, 0] == 100
    press(playground, "scrub", 20)
    assert "since step" in picture(playground).notes["moves"]
    assert playground.rewind(0) == 0 and playground._kept_steps() == [0] and len(own.losses) == 0


def test_another_way_goes_on_beside_the_first(playground: Playground) -> None:
    playground.run(60)
    old = playground.session
    fork = playground._beside.fork
    labels = [offer.label for offer in fork.state.offers]
    offered = [fork.state.at]
    press(playground, "scrub", 55)
    assert [*offered, fork.state.at] == [None, 50]  # from here, then from the last state kept before
    fork.on_request({"do": "go", "at": fork.state.at, "setting": labels.index("loss"), "option": 0}, [])
    assert other(playground) is old and playground.session.step == 50 and old.step == 60
    assert playground.session.config.loss == "minimax" == shown(playground, "loss")
    assert old.config.loss == "non_saturating"
    playground.run(10)
    assert (playground.session.step, old.step) == (60, 60)
    playground.run(5)
    assert (playground.session.step, old.step) == (65, 65)
    assert "loss non-saturating → minimax" in playground._beside._words.text
    assert playground._ways.own.losses[0, 0] == 1  # the past is that of both
    fork.on_request({"do": "back"}, [])
    assert other(playground) is None and playground.run(1).step == 66 and old.step == 65


def test_what_holds_now_is_said_in_the_words_of_the_options(playground: Playground) -> None:
    fork = playground._beside.fork
    for settings, now in (
        ({}, ["non-saturating", "none", "Adam, β₁ = 0.5"]),
        ({"loss": "least_squares", "r1": 1.0, "betas": (0.9, 0.99)}, ["least squares", "R1", "Adam, β₁ = 0.9"]),
        ({"loss": "minimax", "optimiser": "sgd"}, ["minimax (saturating)", "R1", "SGD"]),
        ({"optimiser": "adam", "betas": (0.3, 0.5)}, ["minimax (saturating)", "R1", "adam"]),
    ):
        playground.set(**settings)  # type: ignore[arg-type]
        assert [offer.now for offer in fork.state.offers[:3]] == now
        assert now[0] not in fork.state.offers[0].options


def test_two_ways_with_the_same_settings_are_one(playground: Playground) -> None:
    playground.run(5)
    playground.branch()
    playground.run(20)
    assert playground.other is not None
    mine, theirs = playground.session.plane(), playground.other.plane()
    assert np.array_equal(mine.fake, theirs.fake) and np.array_equal(mine.field, theirs.field)
    assert "the same settings" in playground._beside._words.text


def test_two_ways_are_told_of_where_both_have_been(playground: Playground) -> None:
    playground.run(60)
    playground.branch(0, lr_g=1e-2)
    playground.run(20)
    gap, modes = playground._beside._gap, playground._beside._modes
    marks = [gap._marked]
    assert all(np.isfinite(gap._told(line)) for line in gap._lines)
    assert modes.layout.display != "none"
    playground.run(40)
    assert [*marks, gap._marked] == [20, None]
    playground.restart("two_moons")
    playground.run(2)
    playground.branch(lr_g=1e-2)
    assert modes.layout.display == "none"


def test_another_way_may_begin_again(playground: Playground) -> None:
    playground.run(3)
    playground.branch(0, lr_d=0.1)
    playground.restart("grid")
    assert other(playground) is None and playground.session.config.lr_d == 0.1
    with pytest.raises(ValueError, match="there is no speed"):
        playground.branch(speed=3)
    assert other(playground) is None


def test_points_are_drawn_and_join_those_before(playground: Playground) -> None:
    playground.run(5)
    playground.controls.move("data", DRAW)
    for points, count in (([[0, 0], [1, 1]], 2), ([[2, 2], [3, 1], [1, 0]], 5)):
        playground._plane.on_request({"do": "draw"}, [np.array(points, np.float32).tobytes()])
        assert len(playground.session.truth) == count and playground.session.truth.name == "drawn"
    assert playground.session.step == 5 and playground.step().step == 6
    assert picture(playground).words == ""


def test_what_is_drawn_stays_where_the_hand_drew_it(playground: Playground) -> None:
    playground.controls.move("data", DRAW)
    before = picture(playground).extent
    assert "best" in picture(playground).offered
    for _ in range(2):
        playground._plane.on_request({"do": "draw"}, [np.array([[0, 0], [0.1, 0]], np.float32).tobytes()])
        playground.step()
        assert picture(playground).extent == before and "best" not in picture(playground).offered
    playground.controls.move("restart", None)
    assert picture(playground).extent == before and len(playground.session.truth) == 4
    playground.controls.move("data", "grid")
    assert picture(playground).extent != before


def test_a_part_of_a_story_that_has_ended_is_no_error(playground: Playground) -> None:
    playground.walk()
    playground.step()
    playground._pipeline.on_request({"do": "part", "value": 3}, [])
    assert playground.part is None
    with pytest.raises(ValueError, match="number: got 3; allowed is a part of the story, of 0 now"):
        playground.go_to_part(3)


def test_fakes_that_one_does_not_see_are_told_of(playground: Playground) -> None:
    assert "outside" not in picture(playground).words
    left, right, _, _ = picture(playground).extent
    with torch.no_grad():
        playground.session.trainer.G.layers[-1].bias += 2 * (right - left)  # type: ignore[union-attr, index, operator]
    playground._flush()
    assert picture(playground).words.endswith(", 100% out of sight")
    short, side = Image.open(io.BytesIO(playground._plane.still())), 340
    playground._plane.show(replace(picture(playground), words="word " * 60))
    assert short.width == side == Image.open(io.BytesIO(playground._plane.still())).width
    assert Image.open(io.BytesIO(playground._plane.still())).height > short.height  # lines that fit, none cut off


def test_a_fresh_start_takes_the_error_away(playground: Playground) -> None:
    playground.run(2)
    playground.set(optimiser="sgd", loss="wasserstein", lr_g=1e6, lr_d=1e6)
    for again in (lambda: playground.rewind(0), playground.restart):
        playground._request(50)
        wait_until(lambda: "run away" in playground._player._error_text)  # type: ignore[union-attr]
        wait_until(lambda: errors.recorded() != [])
        again()
        assert playground._player._error_text == ""  # type: ignore[union-attr]
        errors.clear()
        playground.set(optimiser="sgd", loss="wasserstein", lr_g=1e6, lr_d=1e6)


def test_a_player_may_stand_still(playground: Playground) -> None:
    playground.set(lr_d=0.0)
    assert shown(playground, "lr_d") == 0.0
    before = [parameter.clone() for parameter in playground.session.trainer.D.parameters()]
    playground.run(3)
    assert all(map(torch.equal, before, playground.session.trainer.D.parameters()))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"data": 3}, "data: expected the name of a toy"),
        ({"data": [[1, 2]]}, "data: expected the name of a toy"),
        ({"G": 3}, "G: expected a torch network, nn.Module, or None; got int"),
        ({"D": lambda x: x}, "D: expected a torch network, nn.Module, or None; got function"),
        ({"title": 3}, "title: expected text; got 3"),
    ],
)
def test_wrong_arguments_are_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Playground(**wrong)


def test_a_wrong_speed_is_named(playground: Playground) -> None:
    for speed in ("fast", None, -1, float("nan"), True):
        with pytest.raises(ValueError, match="speed must be a finite number of at least 0"):
            playground.speed = speed  # type: ignore[assignment]


class Line(nn.Module):
    """z `(N, 3)` to points `(N, 2)`."""

    z_dim = 3

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        points: torch.Tensor = self.layer(z)
        return points


def test_networks_and_points_of_your_own() -> None:
    playground = Playground(np.random.default_rng(0).normal(size=(50, 2)), G=Line())
    playground.run(3)
    playground.walk()
    playground.go_to_part(9)
    assert isinstance(playground.session.networks()[0], Line)
    assert "g_hidden" not in playground.controls.names
    playground.close()


class Broken(Line):
    """Breaks in its third step: raises, or returns NaN."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how, self.calls = how, 0

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        self.calls += self.training
        if self.calls < 3:
            return super().forward(z)
        if self.how == "raise":
            raise RuntimeError("the oven is broken")
        return super().forward(z) * float("nan")


def test_an_error_in_a_network_is_shown_with_its_words() -> None:
    playground = Playground(G=Broken("raise"))
    with pytest.raises(RuntimeError, match="the oven is broken"):
        playground.run(5)
    assert "the oven is broken" in playground._player._error_text  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="the oven is broken"):
        playground.walk()
    assert told(playground) is None
    playground.close()
    errors.clear()


def test_a_network_that_returns_nan_is_survived() -> None:
    playground = Playground(G=Broken("nan"))
    playground.run(2)
    for go_on in (lambda: playground.run(3), playground.walk, playground.step_g):
        with pytest.raises(ArithmeticError, match=r"loss is nan\. The numbers have run away"):
            go_on()
    assert "run away" in playground._player._error_text  # type: ignore[union-attr]
    assert np.isnan(picture(playground).fake).all() and Image.open(io.BytesIO(playground.still())).width > 500
    playground.restart()
    assert playground.session.step == 0 and np.isfinite(picture(playground).fake).all()
    playground.close()
    errors.clear()


def test_what_python_sets_need_not_be_on_a_list() -> None:
    playground = Playground(np.zeros((5, 2)), hidden=48, layers=6, batch_size=20, lr_g=0.5, betas=(0.1, 0.2))
    assert (shown(playground, "g_hidden"), shown(playground, "d_layers")) == (48, 6)
    assert shown(playground, "lr_g") == 0.5
    assert shown(playground, "batch_size") is None and shown(playground, "optimiser") is None  # on no list
    playground.restart("grid", g_hidden=24)
    assert shown(playground, "g_hidden") == 24 and not playground._plane.drawing
    assert playground.session.config.batch_size == 20
    playground.close()


def test_strokes_do_not_join_points_of_your_own() -> None:
    playground = Playground(np.zeros((50, 2)))
    assert playground._plane.drawing
    playground._plane.on_request({"do": "draw"}, [np.ones((4, 2), np.float32).tobytes()])
    assert len(playground.session.truth) == 4
    playground.close()
