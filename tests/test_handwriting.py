"""Measures of written digits by hand, and directions that keep what they promise on the shipped generator."""

from __future__ import annotations

import numpy as np
import pytest

from ganwidgets import checkpoints, handwriting, latent, steering


def bar(*, width: int = 2, height: int = 20, lean: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """An upright stroke on 28×28, or with `lean` one whose upper half stands that much further right."""
    image = np.zeros((28, 28), np.uint8)
    image[4 : 4 + height, 12 : 12 + width] = 255
    image[4 : 4 + height // 2] = np.roll(image[4 : 4 + height // 2], lean, axis=1)
    return image


def test_an_upright_bar_by_hand() -> None:
    found = handwriting.measure(bar(width=4, height=20)[None])
    assert {name: value.shape for name, value in found.items()} == dict.fromkeys(handwriting.MEASURES, (1,))
    assert found["slant"] == pytest.approx(0)
    assert found["thickness"] == pytest.approx(2 * 80 / 48)  # ink 80, edges 2·20 + 2·4
    assert found["width"] == pytest.approx(np.sqrt((4**2 - 1) / 12))  # of whole numbers 0 to 3
    assert found["height"] == pytest.approx(np.sqrt((20**2 - 1) / 12))


def test_what_leans_right_has_slant() -> None:
    images = np.stack([bar(lean=-4), bar(), bar(lean=4)])
    slant = handwriting.measure(images[..., None])["slant"]
    # The upper half is 4 columns further right: covariance 2 · mean |row| = 2 · 5, over (20² - 1) / 12.
    assert slant == pytest.approx([-10 / 33.25, 0, 10 / 33.25])


def test_a_picture_without_ink_has_zeros() -> None:
    assert all(value == 0 for value in handwriting.measure(np.zeros((1, 8, 8), np.uint8)).values())


def test_directions_change_every_digit_of_the_shipped_generator() -> None:
    classes = steering.classes(checkpoints.load("digits_conditional").G)
    ways = handwriting.directions(classes, 640)
    z, labels = np.repeat(latent.sample(4, classes.z_dim, seed=9), 10, axis=0), np.tile(np.arange(10), 4)
    for name, gain in (("slant", 0.25), ("thickness", 0.3), ("width", 0.8)):
        way = ways[name]
        assert np.linalg.norm(way) == pytest.approx(1, abs=1e-5)
        level = z - (z @ way)[:, None] * way
        less, more = (handwriting.measure(classes.render(level + t * way, labels))[name] for t in (-2, 2))
        change = (more - less).reshape(4, 10).mean(0)
        assert (change > 0).all() and change.mean() > gain


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="images: expected"):
        handwriting.measure(np.zeros((2, 8, 8)))
    with pytest.raises(ValueError, match="n must be a whole number of at least 640"):
        handwriting.directions(steering.classes(checkpoints.load("digits_conditional").G), 100)
    still = steering.Classes(2, 2, lambda z, labels: np.full((len(z), 4, 4, 1), 9, np.uint8), None)
    with pytest.raises(ValueError, match="z does not change the slant"):
        handwriting.directions(still)
