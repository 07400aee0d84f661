"""`Controls` without a browser: values through their ranges, what the page may say, and what goes back to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ganwidgets.views.controls import Choice, Controls, Push, Slide, Tick

ITEMS = (
    Slide("rate", "rate", 1e-5, 1e-1, log=True),
    Slide("steps", "steps", 10, 100, 10),
    Choice("loss", "loss", {"non-saturating": "ns", "none at all": None}),
    Tick("log", "as powers of ten", "fake"),
    Push("again", "Start again"),
)
START = {"rate": 1e-3, "steps": 20, "loss": "ns", "log": False}


def make() -> tuple[Controls, list[tuple[str, Any]], list[dict[str, Any]]]:
    heard: list[tuple[str, Any]] = []
    controls = Controls(ITEMS, START, lambda name, value: heard.append((name, value)))
    sent: list[dict[str, Any]] = []
    controls.push = lambda meta, buffers, **kwargs: sent.append(meta)  # type: ignore[method-assign, assignment]
    return controls, heard, sent


def test_what_a_person_does_is_heard_as_a_value() -> None:
    controls, heard, sent = make()
    for name, said, value in (
        ("rate", 0.02, 0.02), ("steps", 30.0, 30), ("loss", 1, None), ("log", True, True), ("again", None, None),
    ):  # fmt: skip
        controls.on_request({"do": name, "value": said}, [])
        assert heard[-1] == (name, value) and controls.values[name] == value
    assert isinstance(heard[1][1], int)
    assert sent[-1]["values"] == {"rate": 0.02, "steps": 30, "loss": 1, "log": True, "again": None}


def test_setting_calls_nobody_and_refuses_what_is_not_allowed() -> None:
    controls, heard, sent = make()
    controls.set(steps=np.int64(500), rate=np.float32(0.5))
    assert heard == [] and sent[-1]["values"]["steps"] == 500
    for name, value, message in (
        ("steps", float("nan"), "steps: got nan; allowed is a number from 10 to 100"),
        ("rate", -1, "rate: got -1; allowed is a number of at least 0"),
        ("loss", "hinge", "loss: got 'hinge'; allowed is one of 'ns', None"),
        ("log", 1, "log: got 1; allowed is True or False"),
        ("again", 1, "again: got 1; a button has no value"),
        ("size", 1, "there is no control 'size'; there are rate, steps"),
    ):
        with pytest.raises(ValueError, match=message):
            controls.set(**{name: value})
    assert controls.values["steps"] == 500


def test_where_a_change_is_refused_the_page_hears_what_holds() -> None:
    sent: list[dict[str, Any]] = []

    def refuse(name: str, value: Any) -> None:
        controls.set(**{name: START[name]})
        raise ValueError("rate: too fast")

    controls = Controls(ITEMS, START, refuse)
    controls.push = lambda meta, buffers, **kwargs: sent.append(meta)  # type: ignore[method-assign, assignment]
    with pytest.raises(ValueError, match="too fast"):
        controls.on_request({"do": "rate", "value": 0.1}, [])
    assert sent[-1]["values"]["rate"] == 1e-3
    for payload in ({"do": "loss", "value": 2}, {"do": "shoes", "value": 1}, {}):
        with pytest.raises(ValueError, match=r"allowed is 0 to 1|there is no control"):
            controls.on_request(payload, [])


def test_some_can_be_hidden() -> None:
    controls, _, sent = make()
    controls.hide("rate", "log")
    assert sent[-1]["hidden"] == ["log", "rate"]
    controls.hide()
    assert sent[-1]["hidden"] == []


def test_a_move_that_fails_is_taken_back_and_a_log_slider_may_be_at_nothing() -> None:
    def refuse(name: str, value: Any) -> None:
        raise ValueError("no")

    controls = Controls(ITEMS, START | {"rate": 0}, refuse)
    with pytest.raises(ValueError, match="no"):
        controls.move("steps", 50)
    assert controls.values["steps"] == 20 and controls.values["rate"] == 0
