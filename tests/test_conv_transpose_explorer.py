"""`ConvTransposeExplorer`: counts and sizes beside torch's own layer, every slider through its range."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from ganwidgets.widgets import ConvTransposeExplorer
from ganwidgets.widgets.conv_transpose_explorer import output_size, writes


def test_the_layer_of_the_dcgan_by_hand() -> None:
    widget = ConvTransposeExplorer(size=3, kernel=4, stride=2, padding=1)
    # Patches start at -1, 1, 3 and have 4 cells each; of -1 … 6 the cells 0 … 5 are kept.
    assert widget.output == 6 and widget.counts.tolist() == [1, 2, 2, 2, 2, 1]
    assert "3×3 becomes 6×6; away from the ends every cell is written equally often" in widget.alt
    widget.set(kernel=3, padding=0, size=4)
    assert widget.output == 9 and widget.counts.tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 1]
    assert "checkerboard" in widget.alt


@pytest.mark.parametrize("size", [1, 4])
def test_counts_are_those_of_torch(size: int) -> None:
    for kernel, stride, padding in itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1)):
        if output_size(size, kernel, stride, padding) < 1:
            continue
        layer = torch.nn.ConvTranspose1d(1, 1, kernel, stride, padding, bias=False)
        torch.nn.init.ones_(layer.weight)
        want = layer(torch.ones(1, 1, size)).flatten().tolist()
        assert writes(size, kernel, stride, padding).sum(1).tolist() == pytest.approx(want)


def test_every_slider_through_its_range() -> None:
    widget = ConvTransposeExplorer()
    for slider in widget._sliders.values():
        for value in range(slider.min, slider.max + 1):
            slider.value = value
            assert widget.alt and Image.open(io.BytesIO(widget.still())).width == 640
    assert widget.numbers == {"size": 8, "kernel": 7, "stride": 4, "padding": 3}
    widget.set(size=1, kernel=1, padding=1)
    assert widget.output == -1 and "nothing is left" in widget.alt


def test_bad_numbers_are_refused() -> None:
    for message, settings in (
        ("kernel must be a whole number from 1 to 7, not 9", {"kernel": 9}),
        ("padding: 2 leaves nothing of 2 cells", {"size": 1, "kernel": 2, "padding": 2}),
    ):
        with pytest.raises(ValueError, match=message):
            ConvTransposeExplorer(**settings)
    with pytest.raises(ValueError, match="there is no 'dilation'"):
        ConvTransposeExplorer().set(dilation=2)


def test_the_still_is_not_empty() -> None:
    assert np.asarray(Image.open(io.BytesIO(ConvTransposeExplorer().still())))[..., 3].any()
