"""Images whose labels are the values of one attribute, all equally frequent: what a conditional GAN is trained on.

A generator that is asked for every class equally often should see every class equally often; of the cartoon faces three
in four wear no hat.
"""

from __future__ import annotations

import numpy as np

from ganwidgets.checks import check_whole
from ganwidgets.datasets import ImageData


def by_attribute(data: ImageData, factor: str, n: int = 12_000, seed: int = 0, shrink: int = 1) -> ImageData:
    """`n` images of `data` with the values of `factor` as their classes, as many of each as of any other.

    Classes are in alphabetical order, "none" first. Each class is gone through in a shuffled order, and again where it
    has too few images; n is rounded down to a multiple of the number of classes. `shrink`: a pixel is the mean of so
    many in width and height. `ValueError`: there is no such factor, n is below the number of classes, a negative seed,
    or a side that `shrink` does not divide.
    """
    if factor not in data.attributes:
        known = ", ".join(data.attributes) or "none"
        raise ValueError(f"factor: {data.name} has no attribute {factor!r}; it has {known}")
    values = data.attributes[factor]
    classes = sorted({str(value) for value in np.unique(values)}, key=lambda value: (value != "none", value))
    check_whole("n", n, len(classes))
    check_whole("seed", seed, 0)
    check_whole("shrink", shrink, 1)
    _, height, width, channels = data.images.shape
    if height % shrink or width % shrink:
        raise ValueError(f"shrink: {shrink} does not divide the sides of {height}×{width} images")
    rng = np.random.default_rng(seed)
    each = n // len(classes)
    chosen = np.stack([np.resize(rng.permutation(np.flatnonzero(values == value)), each) for value in classes])
    order = rng.permutation(chosen.size)
    labels = np.repeat(np.arange(len(classes)), each)[order]
    images = data.images[chosen.reshape(-1)[order]]
    if shrink > 1:
        blocks = images.reshape(len(images), height // shrink, shrink, width // shrink, shrink, channels)
        images = blocks.mean(axis=(2, 4), dtype=np.float32).round().astype(np.uint8)
    return ImageData(images, labels, f"{data.name} by {factor}", classes=tuple(classes))
