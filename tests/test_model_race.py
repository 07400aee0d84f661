"""`ModelRace`: fair turns, what was when, the measures, the way back, and errors."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets.events import StepEvent
from ganwidgets.views import errors
from ganwidgets.widgets import ModelRace
from ganwidgets.widgets._turns import Standings, Turn, turns
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    assert errors.recorded() == []


def event(step: int, seconds: float, level: float | None = None) -> StepEvent:
    """Its samples are grey pictures of `level` percent."""
    a, b, c = (np.zeros(2, np.float32) for _ in range(3))
    samples = None if level is None else np.full((20, 8, 8, 1), round(level), np.uint8)
    return StepEvent(step, 1.0, 1.0, 0.0, a, b, c, seconds, samples)


def stream(dt: float, count: int = 10_000, every: int = 1) -> Iterator[StepEvent]:
    """Samples of every `every`-th step; their level is the step's number, up to 100."""
    return (event(k, k * dt, min(k, 100) if k % every == 0 else None) for k in range(1, count + 1))


def level(samples: Any) -> float:
    return float(samples.mean()) / 100


def make(models: Any = None, **more: Any) -> ModelRace:
    models = {"quick": stream(0.1), "slow": stream(0.5)} if models is None else models
    settings: dict[str, Any] = dict(quality=level, coverage=lambda x: 1 - level(x), seconds=10.0, laps=10)
    return ModelRace(models, **(settings | more))


def shown(race: ModelRace) -> float | None:
    """What the slider is at."""
    return race.shown_seconds


def test_the_one_that_has_trained_least_is_next() -> None:
    taken = list(turns([[event(k, k * 1.0) for k in range(1, 9)], [event(k, k * 2.5) for k in range(1, 4)]], 6.0))
    assert [turn.index for turn in taken] == [0, 1, 0, 0, 1, 0, 0, 0, 1]
    assert [turn.event.seconds for turn in taken if turn.index == 1] == [2.5, 5.0, 7.5]
    assert [turn.event.seconds for turn in taken if turn.index == 0][-1] == 6.0  # the two seconds left are not trained
    ended = list(turns([[event(1, 1.0)], [event(k, k * 1.0) for k in range(1, 4)]], 9.0))
    assert [turn.event is None for turn in ended] == [False, False, True, False, False, True]
    with pytest.raises(ValueError, match="seconds of training"):
        list(turns([[event(1, math.nan)], []], 1.0))


def test_a_standing_is_of_the_last_step_that_ended_by_then() -> None:
    kept = Standings(1, [1.0, 2.0, 3.0])
    for step, seconds in ((1, 0.6), (2, 1.0), (3, 1.9), (4, 3.4)):
        kept.take(Turn(0, event(step, seconds)))
    assert [kept.at(lap)[0].step for lap in range(kept.complete)] == [2, 3, 3]
    assert kept.clock == 3.0
    short = Standings(1, [1.0, 2.0, 3.0])
    short.take(Turn(0, event(7, 0.5)))
    assert short.complete == 0
    short.take(Turn(0, None))
    assert [short.at(lap)[0].step for lap in range(3)] == [7, 7, 7]


def test_laps_hold_what_each_model_was_after_the_same_time() -> None:
    race = make()
    race.run_to(4.0)
    assert race.clock >= 4 and [lap.seconds for lap in race.laps[:4]] == [1, 2, 3, 4]
    assert [[each.step for each in lap.standings] for lap in race.laps[:3]] == [[10, 2], [20, 4], [30, 6]]
    assert race.laps[2].quality.tolist() == pytest.approx([0.3, 0.06])
    assert race.laps[2].coverage.tolist() == pytest.approx([0.7, 0.94])
    race.run_to(10.0)
    assert race.finished and len(race.laps) == 10 and race.clock == 10
    assert "best quality: quick (1.00); widest coverage: slow (0.80)" in race.alt
    assert [lap.standings[0].samples.shape for lap in race.laps[:1]] == [(16, 8, 8, 1)]  # type: ignore[union-attr]
    race.close()


def test_samples_are_measured_once_and_missing_ones_not_at_all() -> None:
    seen: list[float] = []

    def quality(samples: Any) -> float:
        seen.append(level(samples))
        return seen[-1]

    race = make({"a": stream(0.1), "b": stream(4.0), "silent": stream(0.5, every=10**6)}, quality=quality)
    race.run_to(10)
    assert seen.count(0.01) == 1 and len(seen) == 10 + 2  # b has two new pictures in ten laps
    assert np.isnan([lap.quality[2] for lap in race.laps]).all()
    assert np.isnan(race.laps[2].quality[1]) and race.laps[3].quality[1] == 0.01
    assert "silent: 20, –, –" in race._triangle.alt
    race.close()


def test_the_triangle_by_hand() -> None:
    race = make(sampling={"quick": 0.002, "slow": lambda: 0.2}, reference={"quality": 0.5})
    race.run_to(3.0)
    quick, slow = race._triangle.corners
    assert quick.places == pytest.approx((0.6, 0.7, 1.0))
    assert slow.places == pytest.approx((0.12, 0.94, 1 - 2 / 3))  # a hundredth of a speed is two thirds of the way in
    assert slow.cells == ("7", "0.06", "0.94", "200 ms")
    assert "fastest: quick; slow takes 100 times as long" in race.alt
    race.close()


def test_the_slider_goes_back_by_seconds_while_the_race_goes_on() -> None:
    race = make()
    race.run_to(5.0)
    race._time.on_request({"do": "time", "value": 2.1}, [])
    assert shown(race) == 2 and [view.samples.max() for view in race._samples] == [20, 4]  # type: ignore[union-attr]
    assert race._charts["quality"]._marked == 2 and race._triangle.corners[0].cells[0] == "20"
    race.run_to(8.0)
    assert shown(race) == 2 and race._samples[0].samples.max() == 20  # type: ignore[union-attr]
    assert race._time.values["time"] == 2
    race._time.on_request({"do": "live", "value": None}, [])
    assert shown(race) is None and race._samples[0].samples.max() >= 80  # type: ignore[union-attr]
    race.go_to(4.4)
    assert shown(race) == 4
    for value in np.linspace(0, 10, 21):
        race._time.on_request({"do": "time", "value": float(value)}, [])
    assert shown(race) is None  # beyond what has been
    race.close()


def test_it_plays_in_the_background_and_stops_with_the_widget() -> None:
    race = make()
    race.play()
    wait_until(lambda: len(race.laps) >= 3)
    race.pause()
    count = race.steps
    assert not race.running and race.steps == count
    race.play()
    wait_until(lambda: race.finished and not race.running)
    assert len(race.laps) == 10
    race.close()
    assert "ganwidgets-runner" not in {thread.name for thread in threading.enumerate()}


def test_recordings_are_paced_and_ends_before_the_budget_are_held() -> None:
    short, long = list(stream(0.5, 6)), list(stream(0.5, 60))
    race = make({"short": short, "long": long})
    assert race.runner.interval == pytest.approx(12 / 66)
    assert make().runner.interval == 0
    race.run_to(10)
    assert [lap.standings[0].step for lap in race.laps][-1] == 6 and race.laps[-1].standings[1].step == 20
    race.close()


def test_an_error_of_a_measure_stops_the_race_and_is_raised() -> None:
    def fails(_samples: Any) -> float:
        raise ArithmeticError("no <b>reader</b>")

    race = make(quality=fails)
    with pytest.raises(ArithmeticError):
        race.run_to(2.0)
    race.play()
    assert race._player is not None
    wait_until(lambda: race._player._error_text.startswith("ArithmeticError: no <b>reader</b>"))  # type: ignore[union-attr]
    assert not race.running
    errors.clear()
    race.close()


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("models: expected", dict(models={"one": []})),
        ("models: expected", dict(models=[[], []])),
        ("models: expected", dict(models={str(k): [] for k in range(5)})),
        (r"models\['b'\]: expected something to iterate", dict(models={"a": [], "b": 3})),
        ("quality: expected a function", dict(quality=0.5)),
        ("seconds must be a finite number above 0", dict(seconds=0)),
        ("laps must be", dict(laps=1)),
        ("sampling: expected seconds for each of quick, slow", dict(sampling={"quick": 1.0})),
        (r"sampling\['slow'\] must be a finite number above 0", dict(sampling={"quick": 1.0, "slow": 0})),
        (r"reference\['quality'\] must be a finite number above 0", dict(reference={"quality": 0.0})),
        ("reference: expected a number for quality and coverage, by name", dict(reference={"qualty": 0.5})),
        ("reference: expected a number for quality and coverage", dict(reference=0.5)),
        ("models: expected different names; got 1, 1", dict(models={1: [], "1": []}, sampling=None)),
    ],
)
def test_bad_arguments_are_refused(message: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=message):
        make(**arguments)
    with pytest.raises(ValueError, match="no lap is over yet"):
        make().go_to(3.0)
    with pytest.raises(ValueError, match="seconds must be a finite number, not 'end'"):
        make().go_to("end")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="quality: expected a function that gives a number; it gave None"):
        make(quality=lambda x: None).run_to(2.0)


def test_those_that_share_the_lead_are_all_named() -> None:
    race = make(quality=lambda x: 0.5, coverage=lambda x: math.nan)
    race.run_to(2.0)
    assert "best quality: quick and slow (0.50)" in race.alt and "coverage" not in race.alt
    race.close()


def test_points_race_too_and_names_are_text() -> None:
    points = [
        StepEvent(k, 1.0, 1.0, 0.0, *(np.zeros(1, np.float32),) * 3, float(k), np.full((30, 2), k, np.float32))
        for k in range(1, 12)
    ]
    race = make({"<b>a</b>": points, "b": points}, quality=lambda x: 0.5, coverage=lambda x: 0.2)
    race.run_to(10)
    assert race._samples[0].samples.shape == (30, 2)  # type: ignore[union-attr]
    heads = [child.value for child in race.children[2].children[0].children if hasattr(child, "value")]
    assert "&lt;b&gt;a&lt;/b&gt;" in heads[0]
    race.close()


def test_real_points_give_all_models_one_scale() -> None:
    no = (np.zeros(1, np.float32),) * 3
    narrow, wide = (
        [StepEvent(k, 1.0, 1.0, 0.0, *no, float(k), np.full((9, 2), size, np.float32)) for k in range(1, 12)]
        for size in (1, 5)
    )
    for real, scales in ((None, 2), (np.eye(2), 1)):
        race = make({"narrow": narrow, "wide": wide}, quality=lambda x: 0.5, coverage=lambda x: 0.2, real=real)
        race.run_to(10)
        assert len({view._reach for view in race._samples}) == scales
        race.close()


def test_the_still_shows_all_of_it() -> None:
    race = make(sampling={"quick": 0.002, "slow": 0.2})
    race.run_to(6)
    image = Image.open(io.BytesIO(race.still()))
    pixels = np.asarray(image.convert("RGBA")).astype(int)
    for colour in ((204, 121, 167), (230, 159, 0)):
        assert ((np.abs(pixels[..., :3] - colour).max(-1) < 12) & (pixels[..., 3] > 100)).sum() > 100
    assert image.width > 600 and repr(race) == "ModelRace()"
    race.close()
