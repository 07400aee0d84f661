"""`MetricLab`: what each slider does to the samples, what the measures then say, and errors on the way."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganwidgets import metric_table, metrics
from ganwidgets.views import errors
from ganwidgets.views.gauges import number
from ganwidgets.widgets import MetricLab
from ganwidgets.widgets._spoiling import Spoiling, Supply, blurred
from tests.waiting import wait_until

Array = np.ndarray


@pytest.fixture(autouse=True)
def no_error_left() -> Iterator[None]:
    errors.clear()
    yield
    assert errors.recorded() == []
    assert "ganwidgets-newest" not in {thread.name for thread in threading.enumerate()}


def pictures(n: int, seed: int) -> tuple[Array, Array]:
    """`(n, 8, 8, 1)` uint8 of four classes: the class's corner is bright. The last row holds noise of its own."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    images = random.integers(0, 60, (n, 8, 8, 1))
    for index, label in enumerate(labels):
        images[index, 4 * (label // 2) : 4 * (label // 2) + 4, 4 * (label % 2) : 4 * (label % 2) + 4] += 150
    return images.astype(np.uint8), labels


def spread(_real: Array, fake: Array) -> float:
    return float(fake.std(axis=0).mean())


def make(**more: Any) -> MetricLab:
    train, others = pictures(60, 0)[0], pictures(400, 1)
    tables: dict[str, Callable[..., float]] = {"spread": spread, "distance": metrics.kernel_distance}
    return MetricLab(train, others[0], labels=others[1], **({"metrics": tables} | more))


def supply() -> Supply:
    return Supply(pictures(60, 0)[0], *pictures(400, 1), 0)


def test_nothing_spoilt_is_a_sample_of_the_others() -> None:
    lab = make()
    assert lab.settings == {"blur": 0, "noise": 0, "dropped": 0, "copies": 0, "junk": 0, "n": 60}
    known = {image.tobytes() for image in pictures(400, 1)[0]}
    assert lab.samples.shape == (60, 8, 8, 1) and {image.tobytes() for image in lab.samples} <= known
    low, high = lab.floor["spread"]
    assert low <= lab.values["spread"] <= high
    assert {gauge.kind for gauge in lab._gauges.gauges} == {"like"}
    lab.close()


def test_copies_are_of_the_training_set_and_junk_of_nothing() -> None:
    train = {image.tobytes() for image in pictures(60, 0)[0]}
    others = {image.tobytes() for image in pictures(400, 1)[0]}
    for share in (0.0, 0.25, 1.0):
        copies = [image.tobytes() in train for image in supply().make(Spoiling(60, copies=share))]
        junk = [image.tobytes() not in others for image in supply().make(Spoiling(60, junk=share))]
        assert np.mean(copies) == pytest.approx(share, abs=0.04)
        assert np.mean(junk) == pytest.approx(share, abs=0.04)


def test_kinds_are_left_out_from_the_last_and_more_of_one_thing_adds_to_it() -> None:
    images = supply().make(Spoiling(40, dropped=2))
    assert (images[:, :4].mean((1, 2, 3)) > images[:, 4:].mean((1, 2, 3))).all()
    few, many = (supply().make(Spoiling(60, junk=share)) for share in (0.2, 0.6))
    untouched = supply().make(Spoiling(60))
    changed = [(batch != untouched).any((1, 2, 3)) for batch in (few, many)]
    assert (changed[0] <= changed[1]).all() and changed[1].sum() > changed[0].sum()
    assert (supply().make(Spoiling(60, noise=0.1), 5) == supply().make(Spoiling(60, noise=0.1))[:5]).all()


def test_blur_by_hand() -> None:
    image = np.zeros((1, 5, 5, 1), np.float32)
    image[0, 2, 2] = 1
    weights = np.exp(-(np.arange(-2, 3) ** 2) / (2 * 0.5**2))
    middle = weights[2] / weights.sum()
    assert blurred(image, 0.5)[0, 2, 2, 0] == pytest.approx(middle**2, rel=1e-5)
    assert blurred(np.ones((1, 6, 4, 3), np.float32), 2.0) == pytest.approx(np.ones((1, 6, 4, 3)), rel=1e-5)


def test_every_slider_through_its_range() -> None:
    lab = make()
    for name, knob in lab._knobs.items():
        rows = lab.sweep(name)
        assert rows[name] == knob.spread() and (rows[name][0], rows[name][-1]) == (knob.slide.low, knob.slide.high)
        assert np.isfinite(rows["distance"]).all()
        assert lab.settings[name] == knob.start
    assert lab.sweep("dropped")["spread"][-1] < 0.8 * lab.values["spread"]
    lab.close()


def test_the_way_of_a_slider_is_drawn_until_another_one_moves() -> None:
    lab = make()
    for share in (0.0, 0.5, 1.0):
        lab.set(junk=share)
    assert sorted(lab._trail) == [0.0, 0.5, 1.0] and lab._gauges._shown is not None
    assert lab._gauges._shown[1].now == 1.0
    lab.set(noise=0.2)
    assert sorted(lab._trail) == [0.0, 0.2]  # where the other one stood is its first point
    lab.reset()
    assert lab._trail.keys() == {0} and lab.settings["noise"] == 0
    lab.close()


def test_numbers_have_three_digits_and_a_real_minus() -> None:
    told = [number(value) for value in (0.874, -16.52, -0.02, 1234.4, np.nan)]
    assert told == ["0.87", "−16.5", "−0.02", "1,234", "–"]


def test_what_only_a_small_n_does_is_told_apart() -> None:
    (train, _), (others, _) = pictures(300, 0), pictures(1500, 1)
    lab = MetricLab(train, others, metrics={"Fréchet": metric_table.table()["Fréchet distance"]})
    lab.set(n=20)
    (gauge,) = lab._gauges.gauges
    assert (gauge.kind, gauge.verdict) == ("few", "n is too small to tell")
    assert lab.verdicts == {"Fréchet": "few"}
    assert gauge.high < gauge.few_low <= gauge.value <= gauge.few_high
    lab.set(junk=0.8)
    (gauge,) = lab._gauges.gauges
    assert lab.verdicts == {"Fréchet": "worse"}
    assert gauge.kind == "worse" and gauge.value > 1.2 * gauge.few_high
    lab.set(n=300, junk=0)
    (gauge,) = lab._gauges.gauges
    assert gauge.kind == "like" and np.isnan(gauge.few_low)
    lab.close()


def test_the_page_gets_pictures_at_once_and_numbers_from_the_newest_setting() -> None:
    entered, gate, seen = threading.Event(), threading.Event(), []

    def slow(real: Array, fake: Array) -> float:
        if threading.current_thread() is not threading.main_thread():
            entered.set()
            gate.wait(20)
        seen.append(len(fake))
        return float(len(fake))

    lab = make(metrics={"slow": slow})
    for value in (55.0, 50.0, 40.0, 30.2):
        lab._sliders.on_request({"do": "n", "value": value}, [])
        assert entered.wait(20)
    assert lab.settings["n"] == 30 and len(lab.samples) == 30 and lab.measuring
    gate.set()
    wait_until(lambda: not lab.measuring)
    assert lab.values["slow"] == 30 and set(seen) == {60, 55, 30}  # the first and the newest, nothing between
    lab._buttons.on_request({"do": "reset", "value": None}, [])
    wait_until(lambda: not lab.measuring)
    assert lab.values["slow"] == 60
    lab.close()


def test_the_button_runs_the_last_slider_through_and_back() -> None:
    lab = make()
    lab.set(copies=0.5)
    lab._buttons.on_request({"do": "sweep", "value": None}, [])
    wait_until(lambda: not lab.measuring)
    assert len(lab._trail) == 9 and lab.settings["copies"] == 0.5
    assert lab.values == lab.set(copies=0.5)
    lab.close()


def test_an_error_of_a_measure_is_shown_and_raised_and_goes_away() -> None:
    def fails(_real: Array, fake: Array) -> float:
        if len(fake) < 40:
            raise ArithmeticError("too <b>few</b>")
        return 1.0

    lab = make(metrics={"fails": fails})
    with pytest.raises(ArithmeticError):
        lab.set(n=20)
    lab._sliders.on_request({"do": "n", "value": 25}, [])
    wait_until(lambda: not lab.measuring)
    assert lab._gauges._error_text == "ArithmeticError: too <b>few</b>"
    assert [type(error) for error in errors.recorded()] == [ArithmeticError]
    assert not lab._gauges._flow._newest[0]["busy"]  # type: ignore[index]
    errors.clear()
    lab.set(n=50)
    assert lab._gauges._error_text == ""
    lab.close()


def test_bad_arguments_are_refused() -> None:
    train, labels = pictures(60, 0)
    table = {"spread": spread}
    for message, arguments in (
        ("train: expected pictures", dict(train=train.astype(float), others=train, metrics=table)),
        ("others: expected samples like train's", dict(train=train, others=train[:, :4], metrics=table)),
        ("labels: expected one for each of the 60", dict(train=train, others=train, metrics=table, labels=labels[1:])),
        ("metrics: expected", dict(train=train, others=train, metrics={})),
        (
            "train, others: expected more than 20 samples each; got 60 and 9",
            dict(train=train, others=train[:9], metrics=table),
        ),
        ("n must be a whole number from 21 to 60", dict(train=train, others=train, metrics=table, n=61)),
        (r"features: expected \(60, F\)", dict(train=train, others=train, metrics=table, features=lambda x: x)),
        ("features: expected a function of samples; got 5", dict(train=train, others=train, metrics=table, features=5)),
        (
            "features: expected finite numbers, got NaN",
            dict(train=train, others=train, metrics=table, features=lambda x: np.full((len(x), 1), np.nan)),
        ),
        (
            "odd: expected a function that gives a number; it gave None",
            dict(train=train, others=train, metrics={"odd": lambda real, fake: None}),
        ),
    ):
        with pytest.raises(ValueError, match=message):
            MetricLab(**arguments)  # type: ignore[arg-type]
    lab = make()
    for message, settings in (
        ("there is no 'hue'", {"hue": 1}),
        ("noise: expected a number from 0 to 1; got 1.5", {"noise": 1.5}),
        ("n: expected a whole number from 20 to 60; got 30.5", {"n": 30.5}),
        ("copies: expected", {"copies": float("nan")}),
        ("dropped: expected a whole number from 0 to 3", {"dropped": 4}),
    ):
        with pytest.raises(ValueError, match=message):
            lab.set(**settings)  # type: ignore[arg-type]
    assert lab.settings["noise"] == 0
    lab.close()


def test_points_and_the_whole_table() -> None:
    lab = MetricLab(**metric_table.bench("ring_wide", 150))
    assert "blur" not in lab.settings and lab.samples.shape == (150, 2)
    real = lab.values
    less = lab.set(n=30)
    assert less["Fréchet distance"] > 2 * real["Fréchet distance"]  # fewer of the very same
    lab.reset()
    fallen = lab.set(dropped=6)
    assert fallen["recall"] < 0.5 * real["recall"] and fallen["precision"] > 0.9 * real["precision"]
    lab.reset()
    copied = lab.set(copies=1.0)
    assert copied["nearest training picture"] == 0 < real["nearest training picture"]
    kinds = {gauge.name: gauge.kind for gauge in lab._gauges.gauges}
    assert kinds.pop("nearest training picture") == "copies" and not set(kinds.values()) & {"worse", "far"}
    assert copied["precision"] == copied["recall"] == 1
    lab.close()


def test_the_table_for_pictures_knows_digits() -> None:
    bench = metric_table.bench("digits", 100)
    assert bench["train"].shape == (100, 28, 28, 1) and len(bench["labels"]) == len(bench["others"]) == 19_900
    assert bench["features"](bench["train"][:3]).shape == (3, 128)
    race = metric_table.scores("digits", samples=32, n=100)
    assert 0.5 < race["reference"]["quality"] <= 1 and 0 < race["reference"]["coverage"] < 1
    noise = np.random.default_rng(0).integers(0, 256, (32, 28, 28, 1)).astype(np.uint8)
    assert race["quality"](noise) < 0.7 * race["reference"]["quality"]
    for call in (lambda: metric_table.bench("cats"), lambda: metric_table.scores("ring")):
        with pytest.raises(ValueError, match="data: there is no"):
            call()


def test_the_still_shows_samples_band_and_line() -> None:
    lab = make()
    lab.sweep("junk")
    lab.set(junk=0.6)
    pixels = np.asarray(Image.open(io.BytesIO(lab.still())).convert("RGBA")).astype(int)
    fake, real = np.array([213, 94, 0]), np.array([0, 114, 178])
    assert all(((np.abs(pixels[..., :3] - c).max(-1) < 40) & (pixels[..., 3] > 60)).sum() > 100 for c in (fake, real))
    assert "junk" not in lab.alt and "pure noise 0.6" in lab.alt and repr(lab) == "MetricLab()"
    lab.close()
    lab.close()
