"""Trained networks on disk: safetensors, with the configuration in the file's metadata.

Nothing is ever unpickled. A checkpoint holds the averaged generator, the discriminator it was trained against, and what
is needed to build both again: the family, the constructor arguments, and how it was trained. Named directions in the
latent space may be added later.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from ganwidgets import onnx_graph
from ganwidgets.files import find_network, packaged_networks, write_whole
from ganwidgets.stream import device_of

FORMAT = "ganwidgets-1"
FAMILIES = ("dcgan", "mlp", "conditional", "style", "audio", "video", "translation", "vae", "diffusion")
DIRECTIONS = "directions."


@dataclass(frozen=True)
class Checkpoint:
    """A trained pair: `G` and `D` in eval mode, and the `config` that made them (JSON-like dictionary).

    `D` is None where the family has one player only (VAE, diffusion).
    `directions`: named ways through the latent space, `(z_dim,)` float32 of length 1; empty where none were stored.
    """

    name: str
    G: nn.Module
    D: nn.Module | None
    config: dict[str, Any]
    directions: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)

    @property
    def onnx(self) -> bytes | None:
        """G as `latent.to_onnx` makes it, if a graph of its architecture came with us; else None."""
        return onnx_graph.at_hand(self.G)


def available() -> tuple[str, ...]:
    """The names of the checkpoints that come with the package."""
    return packaged_networks("checkpoints")


def load(name_or_path: str | os.PathLike[str], device: str | torch.device = "cpu") -> Checkpoint:
    """A shipped checkpoint by name, or one of your own by path.

    `ValueError`: there is no such name, file or device; the file is cut short, is no safetensors file, was written by
    something else, or does not fit the networks that it names.
    """
    place = device_of(device)
    path = find_network("checkpoints", "checkpoint", name_or_path)
    tensors, metadata = read(path)
    form = metadata.get("format", "")
    if form != FORMAT and form.startswith(FORMAT.partition("-")[0] + "-"):
        other = f"{path.name} was written by another version ({form}); this one reads {FORMAT}"
        raise ValueError(f"name_or_path: {other}: load it with the ganwidgets that wrote it, or train it again")
    if form != FORMAT:
        raise ValueError(f"name_or_path: {path.name} is a safetensors file, but not a checkpoint of ganwidgets")
    try:
        config = json.loads(metadata["config"])
        G, D = build(config)
        for prefix, network in _named(G, D):
            own = {key.removeprefix(prefix): t.float() for key, t in tensors.items() if key.startswith(prefix)}
            network.load_state_dict(own)
        directions = _directions(tensors, metadata, int(G.z_dim))  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"name_or_path: {path.name} does not fit the networks that it names: {error}") from error
    for _, network in _named(G, D):
        network.to(place).eval().requires_grad_(False)
    return Checkpoint(path.stem, G, D, config, directions)


def save(
    path: str | os.PathLike[str],
    G: nn.Module,
    D: nn.Module | None,
    config: dict[str, Any],
    dtype: torch.dtype = torch.float32,
) -> Path:
    """Write G and D to `path`, whole or not at all.

    `config`: what `build` needs: "family", "G" and, where there is a D, "D" with their constructor arguments; anything
    else that JSON can hold is kept too. `dtype`: `torch.float16` halves the file; it is read back as float32.
    """
    _family(config)
    if not all(isinstance(network, nn.Module) for _, network in _named(G, D)):
        raise ValueError(f"G, D: expected networks, D perhaps None, got {type(G).__name__} and {type(D).__name__}")
    if not dtype.is_floating_point:
        raise ValueError(f"dtype: expected a type of floating point numbers, got {dtype}")
    try:
        written = json.dumps(config)
    except (TypeError, ValueError) as error:
        raise ValueError(f"config: expected what JSON can hold: {error}") from error
    tensors = {
        prefix + name: _as_type(tensor.detach().cpu(), dtype)
        for prefix, network in _named(G, D)
        for name, tensor in network.state_dict().items()
    }
    return write(path, tensors, {"format": FORMAT, "config": written})


def add_directions(name_or_path: str | os.PathLike[str], directions: Mapping[str, npt.ArrayLike]) -> Path:
    """Store named directions `(z_dim,)` in a checkpoint, in place of those it had; they keep their order.

    Each is brought to length 1. `ValueError` as in `load`, and for a direction of another length, of zeros, or with
    numbers that are not finite; the file is then as it was.
    """
    if not isinstance(directions, Mapping):
        raise ValueError(f"directions: expected vectors by name, got {type(directions).__name__}")
    z_dim = int(load(name_or_path).G.z_dim)  # type: ignore[arg-type]
    path = find_network("checkpoints", "checkpoint", name_or_path)
    tensors, metadata = read(path)
    kept = {key: tensor for key, tensor in tensors.items() if not key.startswith(DIRECTIONS)}
    for name, direction in directions.items():
        kept[DIRECTIONS + name] = torch.from_numpy(_unit(name, direction, z_dim))
    # The tensors of a safetensors file have no order of their own.
    return write(path, kept, metadata | {"directions": json.dumps(list(directions))})


def build(config: dict[str, Any]) -> tuple[nn.Module, nn.Module | None]:
    """New, untrained `(G, D)` of the family and with the arguments that `config` names; D is None without any.

    `ValueError` for an unknown family, and for arguments that it does not take.
    """
    family = importlib.import_module(f"ganwidgets.models.{_family(config)}")
    try:
        D = family.Discriminator(**config["D"]) if "D" in config else None
        return family.Generator(**config["G"]), D
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"config: it does not fit the family {config['family']}: {error}") from error


def write(path: str | os.PathLike[str], tensors: dict[str, Tensor], metadata: dict[str, str]) -> Path:
    """A safetensors file that appears under its name only once it is complete."""
    target = Path(path)
    write_whole(target, to_bytes({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata))
    return target


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file; `ValueError` if it is none or is cut short."""
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"name_or_path: {path.name} is cut short or is no safetensors file ({error})") from error


def _directions(
    tensors: Mapping[str, Tensor], metadata: Mapping[str, str], z_dim: int
) -> dict[str, npt.NDArray[np.float32]]:
    names = json.loads(metadata.get("directions", "[]"))
    return {name: _unit(name, tensors[DIRECTIONS + name].float().numpy(), z_dim) for name in names}


def _unit(name: str, direction: npt.ArrayLike, z_dim: int) -> npt.NDArray[np.float32]:
    vector = np.array(direction, dtype=np.float32)
    length = float(np.linalg.norm(vector))
    if vector.shape != (z_dim,) or not np.isfinite(length) or length == 0:
        raise ValueError(
            f"directions[{name!r}]: expected shape ({z_dim},), finite and not all zero, got shape {vector.shape} of "
            f"length {length}"
        )
    return (vector / np.float32(length)).astype(np.float32)


def _as_type(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Whole numbers stay as they are, and so do numbers too large for `dtype`."""
    if not tensor.is_floating_point() or not tensor.numel() or tensor.abs().max() > torch.finfo(dtype).max:
        return tensor
    return tensor.to(dtype)


def _named(G: nn.Module, D: nn.Module | None) -> list[tuple[str, nn.Module]]:
    return [("G.", G)] if D is None else [("G.", G), ("D.", D)]


def _family(config: dict[str, Any]) -> str:
    family = config.get("family") if isinstance(config, dict) else None
    if family not in FAMILIES:
        raise ValueError(f"config: family is {family!r}; choose one of {', '.join(FAMILIES)}")
    return str(family)
