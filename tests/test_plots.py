"""The still figures: what is drawn is what was given, and a notebook shows it once, legible on any ground."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from PIL import Image

from ganwidgets import plots
from ganwidgets.palette import DISCRIMINATOR, FAKE, REAL


@dataclass(frozen=True)
class Losses:
    step: int
    d_loss: float
    g_loss: float


@pytest.fixture
def ax() -> Axes:
    return plots.new_axes()


def test_running_mean_by_hand() -> None:
    got = plots.running_mean(np.array([0.0, 3.0, 6.0, 9.0]), 3)
    np.testing.assert_allclose(got, [1.5, 3.0, 6.0, 7.5])
    np.testing.assert_allclose(plots.running_mean(np.array([2.0, 5.0]), 1), [2.0, 5.0])


def test_losses_draws_both_losses_against_the_step(ax: Any) -> None:
    events = [Losses(10 * i, 1.0 + i, 2.0 - i) for i in range(1, 4)]
    assert plots.losses(events, smoothing=1, ax=ax) == ax
    d_line, g_line = ax.lines
    np.testing.assert_allclose(d_line.get_xydata(), [[10, 2], [20, 3], [30, 4]])
    np.testing.assert_allclose(g_line.get_ydata(), [1, 0, -1])
    assert (to_hex(d_line.get_color()).upper(), to_hex(g_line.get_color()).upper()) == (DISCRIMINATOR, FAKE)


def test_score_histogram_shows_shares_and_means(ax: Any) -> None:
    plots.score_histogram([0.9, 0.9, 0.9, 0.1], [0.1, 0.3], bins=10, ax=ax)
    tallest = [float(np.max(steps.get_paths()[0].vertices[:, 1])) for steps in ax.collections]
    np.testing.assert_allclose(tallest, [0.75, 0.5])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["D(x), mean 0.70", "D(G(z)), mean 0.20"]
    ax.figure.canvas.draw()
    names = ax.get_legend().get_window_extent()
    assert not any(names.overlaps(line.get_window_extent()) for line in ax.lines), "a line runs through the names"


def test_scatter_keeps_the_colours_meaning(ax: Any) -> None:
    plots.scatter(np.zeros((3, 2)), np.ones((4, 2)), ax=ax)
    real, fake = ax.collections
    assert (len(real.get_offsets()), len(fake.get_offsets())) == (3, 4)
    assert (to_hex(real.get_facecolor()[0]).upper(), to_hex(fake.get_facecolor()[0]).upper()) == (REAL, FAKE)


def test_waves_draws_every_sound_in_its_place(ax: Any) -> None:
    plots.waves(np.stack([np.zeros(50), np.ones(50), -np.ones(50)]), columns=2, ax=ax)
    first, second, third = (line.get_xydata() for line in ax.lines)
    assert (first[:, 1] == 0).all() and (second[:, 1] == 0.45).all() and (third[:, 1] == -1.45).all()
    assert first[:, 0].max() < 1 < second[:, 0].min() and third[:, 0].max() < 1


def test_image_grid_puts_every_picture_in_its_place(ax: Any) -> None:
    images = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((5, 32, 32), np.uint8)
    plots.image_grid(images, columns=3, ax=ax)
    mosaic: Any = ax.images[0].get_array()
    assert mosaic.shape == (2 * 32 + 2, 3 * 32 + 2 * 2, 4)
    assert [mosaic[0, 0, 0], mosaic[0, 40, 0], mosaic[40, 40, 0]] == [0, 1, 4]
    assert [mosaic[0, 32, 3], mosaic[40, 80, 3], mosaic[40, 40, 3]] == [0, 0, 255]


def test_a_notebook_shows_one_transparent_png_and_pyplot_knows_nothing() -> None:
    from IPython.core.formatters import DisplayFormatter
    from matplotlib import pyplot

    picture = plots.losses([Losses(1, 1.0, 2.0), Losses(2, 1.5, 1.5)], title="two steps")
    bundle, _ = DisplayFormatter().format(picture)
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == "<Picture with 1 axes>"
    with Image.open(io.BytesIO(bundle["image/png"])) as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
        grey = np.asarray(image.convert("RGB"))[alpha == 255]
    assert alpha.min() == 0
    assert alpha.max() == 255
    assert 80 < np.median(grey) < 160, "ink that is near black or near white vanishes on one of the two themes"
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plots.image_grid(np.zeros((2, 4, 4, 3))),
            r"images: expected \(N, H, W, C\).*float64 \(2, 4, 4, 3\)",
        ),
        (lambda: plots.image_grid(np.zeros((2, 4, 4, 2), np.uint8)), "images: expected 1 or 3 channels"),
        (lambda: plots.image_grid(np.zeros((2, 4, 4), np.uint8), columns=0), "columns: expected 1 or more; got 0"),
        (lambda: plots.losses([]), "events: expected at least one"),
        (lambda: plots.losses([Losses(1, 1, 1)], smoothing=0), "smoothing: expected 1 step"),
        (lambda: plots.score_histogram([0.5], [-2.0, 3.0]), r"fake_scores: expected probabilities.*-2 to 3.*logits\?"),
        (lambda: plots.score_histogram([], [0.5]), "real_scores: expected at least one score"),
        (lambda: plots.waves(np.zeros(7)), r"sounds, columns: expected finite \(N, L\).*got \(7,\)"),
        (lambda: plots.scatter([[0.0, 1.0, 2.0]]), r"real: expected finite points \(N, 2\); got shape \(1, 3\)"),
    ],
)
def test_wrong_arrays_are_named(draw: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw()
