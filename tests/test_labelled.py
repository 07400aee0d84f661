"""Classes made of an attribute: as many of each, the right label on each, smaller pictures that are means."""

from __future__ import annotations

import numpy as np
import pytest

from ganwidgets.datasets import ImageData
from ganwidgets.labelled import by_attribute


def six() -> ImageData:
    """Six pictures of 4 × 4: picture i is i times 10 all over; two wear a cap, one a beanie."""
    images = np.arange(0, 60, 10, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    hats = np.array(["none", "none", "red_cap", "beanie", "none", "red_cap"])
    return ImageData(images, None, "faces", {"hat": hats})


def test_every_class_is_as_frequent_and_rightly_labelled() -> None:
    data = by_attribute(six(), "hat", n=13)
    assert data.classes == ("none", "beanie", "red_cap")
    assert data.labels is not None and np.bincount(data.labels).tolist() == [4, 4, 4]
    for image, label in zip(data.images, data.labels, strict=True):
        assert six().attributes["hat"][image[0, 0, 0] // 10] == data.classes[label]


def test_a_class_is_used_up_before_a_picture_comes_again() -> None:
    data = by_attribute(six(), "hat", n=9)
    values = data.images[:, 0, 0, 0]
    assert sorted(values[data.labels == 0]) == [0, 10, 40]
    assert sorted(values[data.labels == 1]) == [30, 30, 30]


def test_the_seed_decides_the_order() -> None:
    first, same, other = (by_attribute(six(), "hat", n=9, seed=seed).labels for seed in (0, 0, 1))
    assert first is not None and np.array_equal(first, same) and not np.array_equal(first, other)  # type: ignore[arg-type]


def test_shrinking_takes_means() -> None:
    images = np.zeros((2, 4, 4, 1), np.uint8)
    images[:, :2, :2, 0] = [[0, 10], [20, 31]]  # mean 15.25
    data = ImageData(images, None, "faces", {"hat": np.array(["a", "b"])})
    small = by_attribute(data, "hat", n=2, shrink=2).images
    assert small.shape == (2, 2, 2, 1) and small[0, ..., 0].tolist() == [[15, 0], [0, 0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"factor": "nose"}, "faces has no attribute 'nose'; it has hat"),
        ({"n": 2}, "n"),
        ({"seed": -1}, "seed"),
        ({"shrink": 3}, "3 does not divide the sides of 4×4"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        by_attribute(six(), **({"factor": "hat"} | change))  # type: ignore[arg-type]
