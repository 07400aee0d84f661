"""`MetricLab`, `ModelRace` and `SoundExplorer` in a real JupyterLab: by mouse and by keyboard, seen and heard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage, pixels

PATIENCE = 30_000  # ms: a machine that runs other tests is slow, not wrong
expect.set_options(timeout=PATIENCE)

SETUP = """
import numpy as np
from ganwidgets.events import StepEvent
from ganwidgets.widgets import MetricLab, ModelRace, SoundExplorer

random = np.random.default_rng(0)
pictures, labels = random.integers(0, 60, (300, 8, 8, 1)).astype(np.uint8), np.arange(300) % 4
for k in range(4):
    pictures[labels == k, 2 * k:2 * k + 2] += 150
"""
LAB = """
measures = {"spread <b>": lambda real, fake: fake.std(0).mean(), "mean": lambda real, fake: fake.mean()}
lab = MetricLab(pictures[:137], pictures[137:], labels=labels[137:], metrics=measures)
lab
"""
RACE = """
def stream(dt, first):
    for k in range(1, 10_000):
        samples = np.full((16, 8, 8, 1), min(255, first + k), np.uint8)
        yield StepEvent(k, 1., 1., 0., *(np.zeros(2, np.float32) for _ in range(3)), k * dt, samples)

scores = dict(quality=lambda x: x.mean() / 255, coverage=lambda x: 1 - x.mean() / 255)
models = {"GAN": stream(.1, 0), "VAE": stream(.2, 100)}
race = ModelRace(models, **scores, sampling={"GAN": .004, "VAE": .2}, seconds=10)
race
"""
SOUND = """
time = np.arange(2000) / 8000
def tones(z):
    return (.8 * np.sin(2 * np.pi * 500 * 2 ** (z[:, :1] / 2) * time) * np.exp(-time / .1)).astype(np.float32)

sound = SoundExplorer(tones, 2, 8000, labels=["pitch", "nothing"], real=np.full((9, 2000), .25, np.float32))
sound
"""


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Iterator[NotebookPage]:
    lab.write("metric_race_sound.ipynb", [SETUP, LAB, RACE, SOUND])
    with lab.open("metric_race_sound.ipynb", height=3600) as page:
        page.run_all()
        yield page


def differs(notebook: NotebookPage, root: Locator, before: str) -> None:
    """Wait until the widget's canvas is another one."""
    for _ in range(PATIENCE // 20):
        if pixels(root) != before:
            return
        notebook.page.wait_for_timeout(20)
    raise AssertionError("the picture stays the same")


def test_a_slider_spoils_the_pictures_and_moves_the_numbers(notebook: NotebookPage) -> None:
    page = notebook.page
    settings, shown = page.locator(".gw-controls").first, page.locator(".gw-samples").first
    card = page.get_by_role("img", name="mean ")
    expect(card).to_be_visible()
    before, told = pixels(shown), card.get_attribute("aria-label")
    slider = settings.get_by_role("slider", name="pure noise")
    slider.focus()
    slider.press("End")
    differs(notebook, shown, before)
    expect(slider).to_have_attribute("aria-valuetext", "1.00")
    expect(card).not_to_have_attribute("aria-label", told or "")
    assert notebook.ask("lab.settings['junk']") == "1.0"
    noisy, box = pixels(shown), slider.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 3, box["y"] + box["height"] / 2)
    differs(notebook, shown, noisy)
    expect(slider).to_have_attribute("aria-valuetext", "0.00")
    expect(card).to_have_attribute("aria-label", told or "")


def test_the_largest_sample_size_is_told_and_reached_again(notebook: NotebookPage) -> None:
    slider = notebook.page.get_by_role("slider", name="sample size n")
    expect(slider).to_have_attribute("aria-valuetext", "137")
    for key, size in (("Home", 20), ("End", 137)):
        slider.press(key)
        expect(slider).to_have_attribute("aria-valuetext", str(size))
        assert notebook.ask("lab.settings['n']") == str(size)


def test_the_slider_runs_itself_and_draws_its_way(notebook: NotebookPage) -> None:
    page = notebook.page
    slider = page.get_by_role("slider", name="kinds left out")
    slider.focus()
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "1")
    page.get_by_role("button", name="Run through").press("Enter")
    line = page.locator(".gw-gauge-line").first
    expect(line).to_have_attribute("d", re.compile(r"^M[^L]*(L[^L]*){3}$"))  # four values, three lines between
    expect(slider).to_have_attribute("aria-valuetext", "1")
    expect(page.get_by_role("img", name="spread <b> ")).to_be_visible()
    assert notebook.errors == []


def test_the_race_is_played_and_gone_back_in_by_seconds(notebook: NotebookPage) -> None:
    page = notebook.page
    player, when = page.locator(".gw-player"), page.get_by_role("slider", name="training time, s")
    first = page.locator(".gw-samples").nth(1)
    play = player.get_by_role("button").first
    play.press("Enter")
    expect(player.get_by_role("status")).to_have_text("Finished")
    expect(play).to_be_disabled()
    expect(play).to_be_focused()  # there is no history here that could take it
    play.press("Enter")
    table = page.get_by_role("table")
    expect(table.get_by_role("row", name="GAN 100 ")).to_be_visible()
    expect(page.locator(".gw-trilemma").get_by_role("status")).to_contain_text("VAE takes 50 times as long")
    end = pixels(first)
    when.focus()
    when.press("Home")
    for _ in range(3):
        when.press("ArrowRight")
    expect(when).to_have_attribute("aria-valuetext", "2.0")
    expect(table.get_by_role("row", name="GAN 20 ")).to_be_visible()
    differs(notebook, first, end)
    page.get_by_role("button", name="Back to live").click()
    expect(table.get_by_role("row", name="GAN 100 ")).to_be_visible()
    expect(page.get_by_role("img", name="quality, coverage and speed of GAN, VAE")).to_be_visible()
    assert notebook.errors == []


def played(root: Locator) -> int:
    return int(root.get_attribute("data-played") or 0)


def heard(notebook: NotebookPage, root: Locator, after: int) -> int:
    """Wait until the page has played something more than `after` times."""
    for _ in range(PATIENCE // 20):
        if played(root) > after:
            return played(root)
        notebook.page.wait_for_timeout(20)
    raise AssertionError(f"played {played(root)} times, not more than {after}")


def test_a_slider_that_is_let_go_is_heard(notebook: NotebookPage) -> None:
    page, root = notebook.page, notebook.page.locator(".gw-sound")
    notebook.painted(root)
    assert played(root) == 0 and root.get_attribute("data-audio") is None  # silent before any gesture
    before = pixels(root)
    slider = root.get_by_role("slider", name="pitch", exact=True)
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2, steps=5)
    assert played(root) == 0
    page.mouse.up()
    count = heard(notebook, root, 0)
    differs(notebook, root, before)
    pitch = float(notebook.ask("float(sound.z[0])"))
    assert pitch > 1.5
    slider.press("ArrowLeft")
    count = heard(notebook, root, count)
    assert float(notebook.ask("float(sound.z[0])")) == pytest.approx(pitch - 0.1, abs=0.06)
    button = root.get_by_role("button", name="Play on release")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    slider.press("ArrowLeft")
    notebook.idle(root)
    page.wait_for_timeout(300)
    assert played(root) == count
    root.get_by_role("button", name="Play", exact=True).press("Enter")
    heard(notebook, root, count)
    button.click()
    assert notebook.errors == []


def test_the_way_is_heard_and_the_sound_follows(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-sound")
    slider = root.get_by_role("slider", name="from A to B")
    count = played(root)
    slider.focus()
    slider.press("End")
    heard(notebook, root, count)
    notebook.idle(root)
    at_b = notebook.ask("sound.z.tolist()")
    count = played(root)
    root.get_by_role("button", name="Set A here").click()
    root.get_by_role("button", name="Randomise").click()
    count = heard(notebook, root, count)
    root.get_by_role("button", name="Hear the way").click()
    heard(notebook, root, count)
    expect(root.get_by_role("img", name="wave and spectrogram of a sound: 0.25 s")).to_be_visible()
    assert notebook.ask("sound._ends['A'][0].tolist()") == at_b
    assert notebook.errors == []


def test_the_game_by_keyboard(notebook: NotebookPage) -> None:
    root = notebook.page.locator(".gw-sound")
    card = root.get_by_role("region", name="Which one is real?")
    card.get_by_role("button", name="New pair").press("Enter")
    expect(card.get_by_role("button", name="Play 1")).to_be_focused()
    count = heard(notebook, root, 0)
    card.get_by_role("button", name="Play 2").press("Enter")
    heard(notebook, root, count)
    expect(card.get_by_role("img", name="spectrogram of sound 1", exact=True)).to_be_visible()
    card.get_by_role("button", name="2 is real").press("Enter")
    expect(card.get_by_role("status")).to_contain_text("of 1 found.")
    expect(card.get_by_role("img", name="real")).to_be_visible()
    expect(card.get_by_role("button", name="New pair")).to_be_focused()
    with notebook.page.expect_download() as download:
        root.get_by_role("button", name="Save WAV").click()
    assert download.value.suggested_filename == "sound.wav"
    assert notebook.errors == []


def test_nothing_is_wider_than_a_narrow_page(notebook: NotebookPage) -> None:
    notebook.page.set_viewport_size({"width": 400, "height": 3600})
    notebook.page.wait_for_timeout(300)
    for selector in (".gw-controls", ".gw-gauges", ".gw-trilemma", ".gw-sound"):
        wide = notebook.page.locator(selector).first.evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 1, selector
    assert notebook.errors == []
