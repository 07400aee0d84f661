"""Generators as ONNX models: torch's pictures beside those of ONNX Runtime, which shares no code with torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from ganwidgets import checkpoints, latent, onnx_export, onnx_graph, pca
from ganwidgets.models import dcgan

CARRYING = ("digits", "digits_conditional", "faces", "faces_style")


def pictures(model: bytes, **inputs: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """What ONNX Runtime makes of it, ready to be subtracted."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    made: npt.NDArray[np.uint8] = session.run(None, inputs)[0]
    assert made.dtype == np.uint8
    return made.astype(np.int64)


@pytest.mark.parametrize("name", CARRYING)
def test_a_shipped_checkpoint_carries_its_export_and_it_paints_what_torch_paints(name: str) -> None:
    checkpoint = checkpoints.load(name)
    model, G = checkpoint.onnx, checkpoint.G
    assert model is not None
    for n in (1, 3):
        inputs: dict[str, npt.NDArray[np.generic]] = {"z": latent.sample(n, G.z_dim, seed=n)}  # type: ignore[arg-type]
        labels = np.arange(n, dtype=np.int64) + 4 if hasattr(G, "classes") else None
        if labels is not None:
            inputs["condition"] = labels
        made, torchs = pictures(model, **inputs), latent.generate(G, inputs["z"], labels)
        assert made.shape == torchs.shape and np.abs(made - torchs).max() <= 1
        assert torchs.std(axis=(1, 2, 3)).min() > 10  # there is something to see


def test_other_checkpoints_have_none() -> None:
    assert checkpoints.load("sounds").onnx is None


def test_the_styles_of_a_style_based_generator_have_an_export_too() -> None:
    render = pca.renderer(checkpoints.load("faces_style").G)
    w = latent.sample(2, 64, seed=3)
    assert render.onnx is not None
    assert np.abs(pictures(render.onnx, z=w) - render(w)).max() <= 1


def test_a_renderer_carries_the_weights_of_its_own_generator_exactly() -> None:
    G = checkpoints.load("digits").G
    with torch.no_grad():
        for parameter in G.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))  # no longer numbers of float16
    render, z = latent.renderer(G), latent.sample(2, 32)
    assert render.onnx is not None
    assert np.abs(pictures(render.onnx, z=z) - render(z)).max() <= 1
    shipped = checkpoints.load("digits").onnx
    assert shipped is not None and len(shipped) < 0.6 * len(render.onnx)
    assert np.abs(pictures(shipped, z=z) - render(z)).max() > 20  # the weights do matter


def test_a_label_goes_along_with_a_conditional_renderer() -> None:
    render, z = latent.renderer(checkpoints.load("digits_conditional").G, 7), latent.sample(2, 32)
    assert render.inputs == {"condition": 7} and render.onnx is not None
    assert np.abs(pictures(render.onnx, z=z, condition=np.array([7, 7])) - render(z)).max() <= 1
    assert latent.renderer(checkpoints.load("digits").G).inputs == {}


def test_the_signature_tells_architectures_apart_and_not_weights() -> None:
    sizes = {"z_dim": 4, "channels": 4, "resolution": 8}
    first, again, wider = (dcgan.Generator(**(sizes | more)) for more in ({}, {}, {"channels": 5}))  # type: ignore[arg-type]
    assert onnx_graph.signature(first) == onnx_graph.signature(again) != onnx_graph.signature(wider)
    again.layers[1] = nn.Identity()
    assert onnx_graph.signature(first) != onnx_graph.signature(again)


def test_a_generator_that_was_tampered_with_has_nothing_at_hand() -> None:
    G = checkpoints.load("digits").G
    assert onnx_graph.at_hand(G) is not None
    handle = G.register_forward_hook(lambda module, inputs, images: -images)
    assert onnx_graph.at_hand(G) is None
    handle.remove()
    G.forward = lambda z: z  # type: ignore[method-assign]
    assert onnx_graph.at_hand(G) is None


class Own(nn.Module):
    """A learner's generator: nothing of ours but the contract."""

    def __init__(self, change: Callable[[Tensor], Tensor] = torch.tanh) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.z_dim, self.change = 5, change
        self.dense, self.norm = nn.Linear(5, 8 * 2 * 2), nn.BatchNorm2d(8)
        self.up = nn.ConvTranspose2d(8, 3, 4, 2, 1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.norm(self.dense(z).reshape(-1, 8, 2, 2)).relu()
        return self.change(5 * self.up(x))


def test_a_generator_of_ones_own_is_exported_as_it_is_now() -> None:
    G = Own().train()
    G(torch.randn(64, 5))  # moves the running statistics
    z = latent.sample(7, 5)
    model = latent.to_onnx(G)
    assert G.training and latent.renderer(G).onnx is None
    assert np.abs(pictures(model, z=z) - latent.renderer(G)(z)).max() <= 1
    assert b"/" not in model.replace(b"weights/", b"").split(b"ganwidgets:")[1][:32]
    assert b"site-packages" not in model and b"test_onnx" not in model  # nothing of the machine that made it


def test_what_cannot_be_traced_or_is_no_picture_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"G: torch cannot trace it for ONNX .*; engine='kernel' draws any G"):
        latent.to_onnx(Own(lambda x: x if float(x.sum()) > 0 else -x))
    with pytest.raises(ValueError, match=r"expected pictures \(n, C, H, W\), it makes \(2, 1, 4096\)"):
        latent.to_onnx(checkpoints.load("sounds").G)
    with pytest.raises(ValueError, match="one that takes pictures has no export"):
        latent.to_onnx(checkpoints.load("sketch_paired").G)
    with pytest.raises(ValueError, match="expected a generator with a whole number z_dim, got Linear"):
        latent.to_onnx(nn.Linear(2, 2))


def test_without_the_extra_it_says_what_to_install_and_what_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "NEEDED", ("there_is_no_such_package",))
    with pytest.raises(ImportError, match=r"pip install 'ganwidgets\[onnx\]'.*engine='kernel' draws any G"):
        latent.to_onnx(Own())
    assert latent.to_onnx(checkpoints.load("digits").G)  # one of ours needs no extra


def test_the_packaged_graphs_are_small_and_name_the_architectures_that_they_fit() -> None:
    graphs = onnx_graph._packaged()
    assert len(graphs) == len(CARRYING) + 1
    assert all(len(graph) < 100_000 for graph in graphs.values())
    assert onnx_graph.signature(checkpoints.load("faces").G) in graphs
