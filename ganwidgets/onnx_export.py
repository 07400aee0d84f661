"""Any picture generator as an ONNX model: what the generator in the page runs, and what other programs can open.

The model does what `latent.renderer(G)` does: from `z` `(n, z_dim)` float32, and `condition` `(n,)` int64 for a G of
classes, to `images` `(n, H, W, C)` uint8, for any n. Architectures of ours need nothing more than is installed; others
need the extra `onnx`, whose exporter traces G (`torch.onnx.export`). Left out: sounds, clips, and G that take pictures.
"""

from __future__ import annotations

import copy
import importlib
import logging
import warnings
from typing import Any

import torch
from torch import Tensor, nn

from ganwidgets import onnx_graph

#: What the two packages of the extra are for: the exporter, and the file format.
NEEDED = ("onnxscript", "onnx")
KERNEL = "engine='kernel' draws any G"


def to_onnx(G: nn.Module) -> bytes:
    """G as it is now, in eval mode, as the bytes of an `.onnx` file: the very weights, pictures within 1/255.

    Some seconds, or next to none where G is built like one of ours. `ValueError` if G does not make pictures of z
    `(n, z_dim)`, or cannot be traced; `ImportError` if the extra `onnx` is needed and missing.
    """
    known = onnx_graph.at_hand(G)
    return known if known is not None else onnx_graph.with_weights(graph(G), G.state_dict())


def graph(G: nn.Module) -> bytes:
    """The graph of G without its weights, as `onnx_graph.with_weights` takes it. Errors as in `to_onnx`."""
    onnx = _tools()
    model = _Pictures(copy.deepcopy(G).eval().requires_grad_(False).cpu())
    inputs = _example(model)
    proto = _traced(model, inputs)
    weights = {f"G.{name}": onnx_graph.STORED + name for name in G.state_dict()}
    wanted = [tensor.name for tensor in proto.graph.initializer if tensor.name in weights]
    rest = [tensor for tensor in proto.graph.initializer if tensor.name not in weights]
    casts = [onnx.helper.make_node("Cast", [weights[name]], [name], to=onnx.TensorProto.FLOAT) for name in wanted]
    nodes = [*casts, *proto.graph.node]
    for field, items in ((proto.graph.initializer, rest), (proto.graph.node, nodes)):
        del field[:]
        field.extend(items)
    _tidy(proto)
    proto.graph.name = onnx_graph.MARK.decode() + onnx_graph.signature(G)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


class _Pictures(nn.Module):
    """G with the pixels that `latent.generate` makes of its images."""

    def __init__(self, G: nn.Module) -> None:
        super().__init__()
        self.G = G

    def forward(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        images: Tensor = self.G(z) if condition is None else self.G(z, condition)
        pixels = images.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
        return pixels.permute(0, 2, 3, 1)  # (n, C, H, W) -> (n, H, W, C)


def _example(model: _Pictures) -> dict[str, Tensor]:
    """Inputs for two pictures, tried out."""
    z_dim = getattr(model.G, "z_dim", None)
    if not isinstance(z_dim, int):
        raise ValueError(f"G: expected a generator with a whole number z_dim, got {type(model.G).__name__}")
    inputs = {"z": torch.linspace(-1, 1, 2 * z_dim).reshape(2, z_dim)}
    if getattr(model.G, "conditional", False):
        if not hasattr(model.G, "classes"):
            raise ValueError(f"G: one that takes pictures has no export; {KERNEL}")
        inputs["condition"] = torch.tensor([0, 1])
    with torch.inference_mode():
        made: Tensor = model.G(*inputs.values())
    if made.ndim != 4:
        raise ValueError(f"G: expected pictures (n, C, H, W), it makes {tuple(made.shape)}; {KERNEL}")
    return inputs


def _tools() -> Any:
    try:
        return [importlib.import_module(name) for name in NEEDED][-1]
    except ImportError as error:
        need = "an export of this G needs the extra onnx: pip install 'ganwidgets[onnx]'"
        raise ImportError(f"{need} ({error}). Without it, {KERNEL}") from error


def _traced(model: nn.Module, inputs: dict[str, Tensor]) -> Any:
    """The model of the exporter. It says much that is of no use to who exports, and colours its errors."""
    n = torch.export.Dim("n")
    talkative = logging.getLogger("torch.onnx")
    level = talkative.level
    talkative.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                model, (), kwargs=inputs, dynamo=True, optimize=False, verbose=False, input_names=list(inputs),
                output_names=["images"], dynamic_shapes={name: {0: n} for name in inputs},
            )  # fmt: skip
        assert program is not None
        return program.model_proto
    except Exception as error:
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        raise ValueError(f"G: torch cannot trace it for ONNX ({reason}); {KERNEL}") from error
    finally:
        talkative.setLevel(level)


def _tidy(proto: Any) -> None:
    """Take out what the exporter notes about the machine and the source lines, and what a reader can work out."""
    for message in (proto, proto.graph, *proto.graph.node, *proto.graph.input, *proto.graph.output):
        message.ClearField("doc_string")
        if hasattr(message, "metadata_props"):
            del message.metadata_props[:]
    del proto.graph.value_info[:]
