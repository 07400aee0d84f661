"""`ConvTransposeExplorer`: counts, sizes and weights beside torch's own layers, every control through its range."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from ganwidgets.views import errors
from ganwidgets.widgets import ConvTransposeExplorer
from ganwidgets.widgets.conv_transpose_explorer import EXAMPLES, METHODS, output_size, writes, writing_taps

SETTINGS = list(itertools.product(range(1, 9), range(1, 8), range(1, 5), range(4)))


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


def through_torch(x: torch.Tensor, w: torch.Tensor, stride: int, padding: int, method: str) -> torch.Tensor:
    """What torch makes of x `(n,)` with the weights w `(kernel,)`."""
    if method == "transposed":
        return F.conv_transpose1d(x[None, None], w[None, None], stride=stride, padding=padding)[0, 0]
    large = F.interpolate(x[None, None], scale_factor=stride, mode="nearest")
    return F.conv1d(large, w[None, None], padding=padding)[0, 0]


@pytest.mark.parametrize("method", METHODS.values())
def test_all_settings_are_those_of_torch(method: str) -> None:
    rng = torch.Generator().manual_seed(0)
    compared = 0
    for size, kernel, stride, padding in SETTINGS:
        if output_size(size, kernel, stride, padding, method) < 1:
            continue
        # In float32 torch would compile a kernel for each of the 800 shapes.
        x, w = (torch.randn(n, generator=rng, dtype=torch.float64) for n in (size, kernel))
        taps = torch.from_numpy(writing_taps(size, kernel, stride, padding, method)).double()
        want = through_torch(x, w, stride, padding, method)
        torch.testing.assert_close(taps @ w @ x, want)
        compared += 1
    assert compared > 700


def test_settings_that_leave_nothing_are_refused_by_torch_too() -> None:
    nothing = [s for s in SETTINGS if output_size(*s) < 1]
    assert len(nothing) > 20
    for size, kernel, stride, padding in nothing:
        with pytest.raises(RuntimeError):
            through_torch(torch.ones(size).double(), torch.ones(kernel).double(), stride, padding, "transposed")


def test_the_map_is_what_a_layer_of_ones_makes_of_a_flat_picture() -> None:
    for method, kernel, stride, padding in (("transposed", 3, 2, 0), ("transposed", 4, 2, 1), ("resize", 3, 2, 1)):
        widget = ConvTransposeExplorer(5, kernel, stride, padding, method)
        ones, w = torch.ones(1, 1, 5, 5), torch.ones(1, 1, kernel, kernel)
        if method == "transposed":
            want = F.conv_transpose2d(ones, w, stride=stride, padding=padding)
        else:
            want = F.conv2d(F.interpolate(ones, scale_factor=stride), w, padding=padding)
        np.testing.assert_allclose(np.outer(widget.counts, widget.counts), want[0, 0].numpy())


def test_the_layer_of_the_dcgan_by_hand() -> None:
    widget = ConvTransposeExplorer(size=3, kernel=4, stride=2, padding=1)
    # Patches start at -1, 1, 3 and have 4 cells each; of -1 … 6 the cells 0 … 5 are kept.
    assert widget.output == 6 and widget.counts.tolist() == [1, 2, 2, 2, 2, 1]
    assert "3×3 becomes 6×6; away from the ends every cell is written equally often" in widget.alt
    widget.set(kernel=3, padding=0, size=4)
    assert widget.output == 9 and widget.counts.tolist() == [1, 1, 2, 1, 2, 1, 2, 1, 1]
    assert "checkerboard" in widget.alt


def test_the_words_are_true_of_the_cells_on_show() -> None:
    widget = ConvTransposeExplorer()
    for size, kernel, stride, padding in np.ndindex(8, 7, 4, 4):
        widget.set(size=size + 1, kernel=kernel + 1, stride=stride + 1, padding=padding)
        counts = widget.counts if widget.output > 0 else np.ones(1)
        inner = counts[kernel:-kernel] if kernel else counts
        assert ("never" in widget.alt) == (not counts.all())
        assert ("checkerboard" not in widget.alt) or len(set(counts)) > 1
        assert ("equally often" not in widget.alt) or len(set(inner)) <= 1


def test_the_cure_has_no_checkerboard() -> None:
    for kernel, stride in itertools.product(range(1, 8), range(1, 5)):
        inner = slice(kernel, -kernel)
        assert len(set(writes(8, kernel, stride, 0, "resize").sum(1))) <= 1  # without a rim there is no end
        uneven = writes(8, kernel, stride, 0)[inner].sum(1)
        assert (len(set(uneven)) > 1) == (kernel % stride != 0)


def test_every_control_through_its_range() -> None:
    widget = ConvTransposeExplorer()
    words = set()
    for name, (low, high) in {"size": (1, 8), "kernel": (1, 7), "stride": (1, 4), "padding": (0, 3)}.items():
        for value in range(low, high + 1):
            widget._controls.move(name, value)
            assert widget.numbers[name] == value and widget._controls.values[name] == value
            words.add(widget.alt)
        assert Image.open(io.BytesIO(widget.still())).width == 640
    assert widget.numbers == {"size": 8, "kernel": 7, "stride": 4, "padding": 3} and len(words) >= 20
    widget.set(size=1, kernel=1, padding=1)
    assert widget.output == -1 and "nothing is left" in widget.alt and widget.still()
    for method in METHODS.values():
        widget._controls.move("method", method)
        assert widget.method == method
    for index, layer in enumerate(EXAMPLES.values()):
        widget._view.on_request({"do": "example", "value": index}, [])
        assert (widget.method, *list(widget.numbers.values())[1:]) == layer
        assert widget._view._writing is not None and widget._view._writing.example == index
    widget.set(padding=3)
    assert widget._view._writing is not None and widget._view._writing.example == -1


@pytest.mark.parametrize(
    ("message", "settings"),
    [
        ("kernel must be a whole number from 1 to 7, not 9", {"kernel": 9}),
        ("size must be a whole number from 1 to 8, not 2.5", {"size": 2.5}),
        ("padding: 2 leaves nothing of 2 cells", {"size": 1, "kernel": 2, "padding": 2}),
        ("method: there is no 'magic'", {"method": "magic"}),
    ],
)
def test_bad_numbers_are_refused(message: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=message):
        ConvTransposeExplorer(**settings)


def test_a_refused_change_changes_nothing() -> None:
    widget = ConvTransposeExplorer()
    before = widget.numbers, widget.method, widget.alt
    for bad in ({"dilation": 2}, {"kernel": 3, "stride": 9}, {"kernel": 3, "method": "magic"}):
        with pytest.raises(ValueError, match=r"there is no|must be"):
            widget.set(**bad)  # type: ignore[arg-type]
    assert (widget.numbers, widget.method, widget.alt) == before


def test_a_bad_request_is_kept_for_the_next_cell() -> None:
    widget = ConvTransposeExplorer()
    for view, request in ((widget._controls, {"do": "kernel", "value": 99}), (widget._view, {"do": "example"})):
        view._receive(view, {"kind": "request", "id": str(request), "payload": request}, [])
        with pytest.raises(ValueError, match=r"kernel must be|index must be"):
            errors.check()
        assert "must be" in view._error_text
    assert widget.numbers["kernel"] == 4


def test_repr_still_and_close() -> None:
    widget = ConvTransposeExplorer()
    assert repr(widget) == "ConvTransposeExplorer()"
    assert np.asarray(Image.open(io.BytesIO(widget.still())))[..., 3].any()
    assert widget._repr_mimebundle_()[0]["text/plain"] == "ConvTransposeExplorer()"
    widget.close()
    assert widget.comm is None
