"""`ArchitectureExplorer` without a page: every layer and control, odd networks and bad ones, errors, the still."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from ganwidgets.models import audio, conditional, dcgan, mlp, style, video
from ganwidgets.views import errors
from ganwidgets.widgets import ArchitectureExplorer
from ganwidgets.widgets import _activations as activations


@pytest.fixture(autouse=True)
def no_errors_left() -> Iterator[None]:
    errors.clear()
    yield
    errors.check()


def pair(seed: int = 0) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(seed)
    return dcgan.Generator(12, 8, 32), dcgan.Discriminator(8, 32)


REAL = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def widget() -> Iterator[ArchitectureExplorer]:
    made = ArchitectureExplorer(*pair(), untrained=pair(1), real=REAL)
    yield made
    made.close()


def picture(widget: ArchitectureExplorer) -> Any:
    shown = widget._view._picture
    assert shown is not None
    return shown


def test_every_layer_can_be_opened(widget: ArchitectureExplorer) -> None:
    blocks = widget._view.blocks
    assert len(blocks) == 5 + 4 and blocks[0][1].label[0] == "z"
    heights = [block.height for _, block in blocks]
    assert heights[:5] == pytest.approx([1 / 32, 4 / 32, 8 / 32, 16 / 32, 1]) and heights[-1] == 1 / 32
    titles = []
    for index in range(len(blocks)):
        widget.choose(index)
        opened = picture(widget).opened
        assert widget.chosen == opened.index == index
        assert len(opened.maps) == min(64, len(activations.as_maps(widget.activation)))
        titles.append(opened.title)
    assert titles[0] == "z, what G is given" and titles[2] == "G, layer 2 of 4: ConvTranspose2d"
    assert titles[-1] == "D, layer 4 of 4: Conv2d" and len(set(titles)) == 9
    widget.choose(2)
    facts = dict(picture(widget).opened.facts)
    assert (
        facts["comes in"] == "32 channels of 4×4" and facts["goes out"] == "16 channels of 8×8 (side × 2, channels ÷ 2)"
    )
    assert facts["side"] == "(4 − 1)·2 − 2·1 + 4 = 8" and facts["then"] == "BatchNorm2d, ReLU"
    shares = [block.share for part, block in blocks if part.colour == "fake"]
    assert sum(shares) == pytest.approx(1) and f"({100 * shares[2]:.0f} % of G)" in facts["parameters"]


def test_the_maps_follow_z(widget: ArchitectureExplorer) -> None:
    widget.choose(2)
    first, seen = widget.z, [widget.activation]
    for degrees in range(0, 361, 45):
        widget._controls.move("degrees", degrees)
        seen.append(widget.activation)
        assert np.linalg.norm(widget.z) < 3 * np.linalg.norm(first)
    np.testing.assert_allclose(widget.z, first, atol=1e-5)  # once around
    np.testing.assert_allclose(seen[-1], seen[0], atol=1e-4)
    assert not np.allclose(seen[3], seen[0], atol=1e-2)
    before = widget.score
    widget._controls.move("new", None)
    assert widget.score != before and widget._controls.values["degrees"] == 0
    widget.z = np.zeros(12)
    assert not widget.activation.any() or widget.activation.shape == (16, 8, 8)
    widget.new_z(seed=5)
    same = widget.z
    widget.new_z()
    widget.new_z(seed=5)
    np.testing.assert_array_equal(widget.z, same)


def test_channels_keep_their_places_while_z_turns(widget: ArchitectureExplorer) -> None:
    widget.choose(2)
    order = widget._channels(2).tolist()
    activity = activations.activity(widget.activation)
    assert order == np.argsort(-activity, kind="stable").tolist() != sorted(order)
    widget.turn(90)
    assert widget._channels(2).tolist() == order
    widget._controls.move("order", "index")
    assert widget._channels(2).tolist() == sorted(order) and "in their order" in picture(widget).opened.words
    shown = picture(widget).opened.maps[7] / 255
    low, high = activations.span(widget.activation)
    want = np.clip((widget.activation[7] - low) / (high - low), 0, 1)
    np.testing.assert_allclose(shown, want, atol=1 / 255)


def test_trained_untrained_and_real(widget: ArchitectureExplorer) -> None:
    trained, z = widget.activation, widget.z
    widget._controls.move("version", "untrained")
    assert widget.version == "untrained" and not np.allclose(widget.activation, trained)
    np.testing.assert_array_equal(widget.z, z)
    widget.version = "trained"
    np.testing.assert_array_equal(widget.activation, trained)
    faked = widget.score
    widget._controls.move("fed", "real")
    assert widget.fed == "real" and widget.score != faked
    np.testing.assert_array_equal(picture(widget).result, REAL[0])
    with torch.no_grad():
        logit = pair()[1](torch.from_numpy(REAL[:1]).movedim(-1, 1).float() / 127.5 - 1)
    assert widget.score == pytest.approx(float(logit), abs=1e-4) and "real picture" in picture(widget).verdict


@pytest.mark.parametrize(
    ("networks", "condition", "result"),
    [
        ((conditional.Generator(8, 10, 4, 16), conditional.Discriminator(10, 4, 16)), 3, (16, 16, 3)),
        ((style.Generator(8, 8, 4, 16, 16), style.Discriminator(4, 16)), None, (16, 16, 3)),
        ((audio.Generator(8, 4, 2048), None), None, (48, 96, 4)),
        ((video.Generator(8, 4, 8, 8, 16), None), None, (16, 16, 3)),
        ((mlp.Generator(2, 16), mlp.Discriminator(16)), None, None),
        ((nn.Sequential(nn.Linear(1, 6), nn.Unflatten(1, (6, 1, 1))), None), None, (1, 1, 3)),
    ],
    ids=["conditional", "style", "sound", "clip", "points", "z of 1, picture of 1×1"],
)
def test_all_kinds_of_networks(networks: Any, condition: Any, result: Any) -> None:
    with_all = ArchitectureExplorer(*networks, condition=condition)
    for index in range(len(with_all._view.blocks)):
        with_all.choose(index)
    with_all.turn(10)
    shown = picture(with_all).result
    assert (None if shown is None else shown.shape) == result
    assert Image.open(io.BytesIO(with_all.still())).width > 600
    with_all.close()


def test_d_alone_and_wide_z() -> None:
    alone = ArchitectureExplorer(D=pair()[1], real=REAL)
    first = alone.score
    alone.new_z()
    assert alone.fed == "real" and alone.score != first and len(alone._view.blocks) == 4
    assert alone._controls.control("new").label == "Next picture"  # type: ignore[union-attr]
    wide = ArchitectureExplorer(nn.Sequential(nn.Linear(512, 48), nn.Unflatten(1, (3, 4, 4)), nn.Upsample(256)))
    wide.choose(2)
    assert picture(wide).opened.maps.shape == (3, 64, 64) and wide.score is None
    wide.choose(0)
    assert picture(wide).opened.maps.shape == (256, 1, 1) and "256 of 512 numbers" in picture(wide).opened.words


def test_without_arguments_it_shows_the_trained_faces() -> None:
    widget = ArchitectureExplorer()
    assert [part.name for part in widget.parts] == ["G", "D"] and widget.parts[0].layers[-1].output == (3, 64, 64)
    face = picture(widget).result
    widget.version = "untrained"
    assert face.std() > 40 > np.abs(np.diff(picture(widget).result.mean((0, 1)))).max()


class Moody(nn.Module):
    """Raises, or makes NaN, where z says so."""

    z_dim = 2

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 4)

    def forward(self, z: Tensor) -> Tensor:
        if float(z[0, 0]) > 9:
            raise RuntimeError("<b>too far</b>")
        return self.layer(z) * (float("nan") if float(z[0, 1]) > 9 else 1.0)


def test_a_network_that_raises_or_makes_nan() -> None:
    widget = ArchitectureExplorer(Moody())
    before = widget.z
    with pytest.raises(RuntimeError, match="too far"):
        widget.z = np.array([10.0, 0.0])
    np.testing.assert_array_equal(widget.z, before)
    assert widget._view._error_text == "RuntimeError: <b>too far</b>"
    widget._circle[1, 0] = 100
    message = {"kind": "request", "id": "a", "payload": {"do": "degrees", "value": 90}}
    widget._controls._receive(widget._controls, message, [])
    with pytest.raises(RuntimeError, match="too far"):
        errors.check()
    assert widget._controls.values["degrees"] == 0
    assert widget._controls._error_text and not widget._view._error_text  # once is enough
    message = {"kind": "request", "id": "b", "payload": {"do": "degrees", "value": 0}}
    widget._controls._receive(widget._controls, message, [])
    assert not widget._controls._error_text and not widget._view._error_text
    widget.z = np.array([0.0, 10.0])
    widget.choose(1)
    assert "With NaN or infinity: 4." in picture(widget).opened.words and widget._view._error_text == ""
    assert widget.still()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ArchitectureExplorer(*pair(), seed=-1), "seed must be"),
        (lambda: ArchitectureExplorer(*pair(), real=np.zeros((2, 8, 8))), r"real: expected pictures \(N, H, W, C\)"),
        (
            lambda: ArchitectureExplorer(*pair(), real=REAL[:, :16]),
            r"real: got pictures \(H, W, C\) of \(16, 32, 3\); G makes",
        ),
        (lambda: ArchitectureExplorer("G"), "G: got str; allowed is a network"),
        (lambda: ArchitectureExplorer(nn.Linear), "G: got Linear; allowed is a network"),
        (lambda: ArchitectureExplorer(pair()[0], 5), "D: got int; allowed is a network"),
        (lambda: ArchitectureExplorer(pair()[0], z_dim=-1), "z_dim must be a whole number"),
        (lambda: ArchitectureExplorer(untrained=pair()), "untrained: got one without the G, D"),
        (lambda: ArchitectureExplorer(*pair(), untrained=()), "untrained: got 0 networks; allowed is G, or"),
        (lambda: ArchitectureExplorer(D=pair()[1]), "G: without one, D is needed and real pictures"),
        (lambda: ArchitectureExplorer(dcgan.Generator(8, 4, 16), pair()[1]), "D: it does not take what G makes"),
        (
            lambda: ArchitectureExplorer(*pair(), untrained=dcgan.Generator(8, 4, 16)),
            "untrained: expected the 9 layers",
        ),
    ],
)
def test_bad_arguments_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_bad_moves_are_refused_and_change_nothing(widget: ArchitectureExplorer) -> None:
    def nan_turn() -> None:
        widget.turn(float("nan"))

    def set_to(name: str, value: Any) -> Any:
        return lambda: setattr(widget, name, value)

    before = picture(widget)
    moves = [lambda: widget.turn("a"), lambda: widget.choose(9), lambda: widget.choose(1.5), nan_turn]  # type: ignore[arg-type]
    moves += [
        set_to("z", np.zeros(3)),
        set_to("z", "a"),
        set_to("version", "old"),
        set_to("order", "size"),
        set_to("fed", "both"),
    ]
    for move in moves:
        with pytest.raises(ValueError, match=r"layer|degrees|z: expected|version|order|fed"):
            move()
    assert picture(widget) is before


def test_the_picture_is_called_what_it_is(widget: ArchitectureExplorer) -> None:
    assert picture(widget).what == "what G made of z"
    widget.fed = "real"
    assert picture(widget).what == "the real picture that D is given"


def test_a_verdict_that_is_no_number_is_said_to_be_none() -> None:
    G, D = pair()
    with torch.no_grad():
        next(D.parameters()).fill_(float("nan"))
    assert picture(ArchitectureExplorer(G, D)).verdict == "D of this G(z): nan, which is no finite number"


def test_channels_that_are_silent_are_counted() -> None:
    maps = np.ones((3, 2, 2), np.float32)
    maps[1] = 0
    assert activations.describe(maps, 3, "").endswith("Of all 3 channels, 1 is 0 everywhere for this z.")


def test_the_page_chooses_and_hears_what_it_may_not(widget: ArchitectureExplorer) -> None:
    view = widget._view
    view._receive(view, {"kind": "request", "id": "a", "payload": {"do": "choose", "index": 4}}, [])
    assert widget.chosen == 4
    view._receive(view, {"kind": "request", "id": "b", "payload": {"do": "choose", "index": 40}}, [])
    with pytest.raises(ValueError, match="layer must be a whole number from 0 to 8"):
        errors.check()
    assert widget.chosen == 4


def test_repr_still_and_close(widget: ArchitectureExplorer) -> None:
    assert repr(widget) == "ArchitectureExplorer()" and "ConvTranspose2d" in widget.alt
    still = np.asarray(Image.open(io.BytesIO(widget.still())))
    assert still.shape[2] == 4 and 0.05 < (still[..., 3] > 0).mean() < 0.9
    widget.close()
    assert widget._view.comm is None and widget._controls.comm is None
