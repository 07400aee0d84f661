"""A generator as one ONNX model without the ONNX packages: a graph that came with us, filled with G's own weights.

The graph of an architecture is a few kilobytes and lies in `data/onnx`; the weights are those of the G at hand. So
every G that is built like one of ours has its export at once, and exactly its own, whoever trained it. Other
architectures are exported by `onnx_export`.

A graph names the weights it wants `weights/` + their name in the state dictionary, and turns them into float32 itself.
A message of protocol buffers that follows another one is merged with it, so filling in means appending.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor, nn

from ganwidgets.files import data_path

#: What the names of the weights begin with.
STORED = "weights/"
#: Fields of the messages, from onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
_MODEL_GRAPH, _GRAPH_INITIALIZER = 7, 5
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_BYTES = 1, 2, 8, 9
_TYPES = {torch.float32: 1, torch.float16: 10}


def signature(G: nn.Module) -> str:
    """A name for how G is built: its classes, and the names and shapes of its weights. What they hold plays no part."""
    modules = [(name, _class(module)) for name, module in G.named_modules()]
    shapes = [(name, list(tensor.shape)) for name, tensor in G.state_dict().items()]
    return hashlib.sha256(json.dumps([modules, shapes]).encode()).hexdigest()[:32]


def at_hand(G: nn.Module) -> bytes | None:
    """The ONNX model of G as it is now, if a graph of its architecture came with us; else None."""
    hooked = any(module._forward_hooks or module._forward_pre_hooks for module in G.modules())
    if hooked or any("forward" in vars(module) for module in G.modules()):
        return None
    graph = _packaged().get(signature(G))
    return None if graph is None else with_weights(graph, G.state_dict())


def with_weights(graph: bytes, weights: Mapping[str, Tensor]) -> bytes:
    """The model of `graph` with those of the weights that it names: float16 where this loses nothing, else float32."""
    wanted = {name: tensor for name, tensor in weights.items() if (STORED + name).encode() in graph}
    tensors = b"".join(_message(_GRAPH_INITIALIZER, _tensor(STORED + name, t)) for name, t in wanted.items())
    return graph + _message(_MODEL_GRAPH, tensors)


@cache
def _packaged() -> dict[str, bytes]:
    """The graphs that came with us by the signature of the architecture, which is the name of the graph."""
    files = sorted(data_path("onnx").glob("*.onnx"))
    graphs = [path.read_bytes() for path in files]
    return {graph[graph.index(MARK) + len(MARK) :][:32].decode(): graph for graph in graphs}


#: What stands before the signature in a graph's name.
MARK = b"ganwidgets:"


def _class(module: nn.Module) -> str:
    return f"{type(module).__module__}.{type(module).__qualname__}"


def _tensor(name: str, values: Tensor) -> bytes:
    full = values.detach().cpu().float().contiguous()
    half = full.half()
    kept = half if torch.equal(half.float(), full) else full
    dims = b"".join(_number(_TENSOR_DIMS, size) for size in kept.shape)
    raw = kept.numpy().astype(kept.numpy().dtype.newbyteorder("<"), copy=False).tobytes()
    named = _message(_TENSOR_NAME, name.encode())
    return dims + _number(_TENSOR_TYPE, _TYPES[kept.dtype]) + named + _message(_TENSOR_BYTES, raw)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Seven bits a byte, the least first; all but the last byte have the eighth bit set."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
