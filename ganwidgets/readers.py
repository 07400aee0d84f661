"""Trained attribute readers: from and to files, and applied to pictures as generators and data sets give them.

Nothing is ever unpickled. Left out: the network itself (see `models.reader`) and its training (`ganwidgets reader`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganwidgets import checkpoints, probes
from ganwidgets.datasets import ImageData
from ganwidgets.files import find_network, packaged_networks
from ganwidgets.models.reader import AttributeReader

FORMAT = "ganwidgets-reader-1"
BATCH = 256

FloatArray = npt.NDArray[np.float32]
Answers = dict[str, FloatArray]


def available() -> tuple[str, ...]:
    """The names of the readers that come with the package."""
    return packaged_networks("readers")


def load(name_or_path: str | os.PathLike[str] = "faces") -> AttributeReader:
    """A shipped reader by name, or one of your own by path, in eval mode.

    `ValueError`: there is no such name or file; the file is cut short, is no safetensors file, holds something else, or
    does not fit the network that it names.
    """
    path = find_network("readers", "reader", name_or_path)
    tensors, metadata = checkpoints.read(path)
    if metadata.get("format") != FORMAT:
        raise ValueError(f"name_or_path: {path.name} is a safetensors file, but not an attribute reader of ganwidgets")
    try:
        reader = AttributeReader(**json.loads(metadata["config"])["reader"])
        reader.load_state_dict({key: t.float() for key, t in tensors.items()})
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ValueError(f"name_or_path: {path.name} does not fit the network that it names: {error}") from error
    return reader.eval().requires_grad_(False)


def save(
    path: str | os.PathLike[str],
    reader: AttributeReader,
    about: Mapping[str, Any] | None = None,
    dtype: torch.dtype = torch.float16,
) -> Path:
    """Write the reader to `path`, whole or not at all; `about`: how it was trained, anything that JSON can hold."""
    tensors = {
        name: tensor.detach().cpu().to(dtype if tensor.is_floating_point() else tensor.dtype)
        for name, tensor in reader.state_dict().items()
    }
    config = {**(about or {}), "reader": reader.config}
    return checkpoints.write(path, tensors, {"format": FORMAT, "config": json.dumps(config)})


@torch.inference_mode()
def read(reader: AttributeReader, images: npt.ArrayLike) -> Answers:
    """The probability of every value, `(N, values)` float32 by factor, for images `(N, H, W, C)` uint8."""
    parts = [{name: torch.softmax(logits, 1) for name, logits in reader(x).items()} for x in _batches(reader, images)]
    return {name: torch.cat([part[name] for part in parts]).numpy() for name in reader.factors}


@torch.inference_mode()
def features(reader: AttributeReader, images: npt.ArrayLike) -> FloatArray:
    """The numbers `(N, 128)` float32 in which the reader sees images `(N, H, W, C)` uint8."""
    numbers: FloatArray = torch.cat([reader.features(x) for x in _batches(reader, images)]).numpy()
    return numbers


def named(data: ImageData) -> dict[str, npt.NDArray[np.str_]]:
    """The attributes of `data`, or where it has classes only, these by the factor that a reader of it has.

    The factor is the data set's name without the plural: "digit" for the digits, with values "0" to "9".
    """
    if data.attributes or data.labels is None or not data.classes:
        return dict(data.attributes)
    return {data.name.removesuffix("s"): np.array(data.classes)[data.labels]}


def encode(reader: AttributeReader, attributes: Mapping[str, npt.ArrayLike]) -> dict[str, npt.NDArray[np.int64]]:
    """The positions `(N,)` of named values in the reader's lists, by factor: what its answers are compared with.

    `ValueError` where a factor of the reader is missing, or has a value that the reader does not know.
    """
    codes = {}
    for factor, values in reader.factors.items():
        if factor not in attributes:
            raise ValueError(f"attributes: there is no {factor!r}; there are {', '.join(attributes) or 'none'}")
        names = np.asarray(attributes[factor])
        if names.ndim != 1:
            raise ValueError(f"attributes: expected {factor} to be (N,), got shape {names.shape}")
        matches = names[:, None] == np.array(values)
        if not matches.any(axis=1).all():
            strange = sorted(set(names[~matches.any(axis=1)].tolist()))
            raise ValueError(f"attributes: {factor} has {strange}; the reader knows {', '.join(values)}")
        codes[factor] = matches.argmax(axis=1)
    return codes


def accuracy(
    reader: AttributeReader, images: npt.ArrayLike, attributes: Mapping[str, npt.ArrayLike]
) -> dict[str, float]:
    """The share of images `(N, H, W, C)` uint8 whose value the reader names rightly, by factor."""
    answers, codes = read(reader, images), encode(reader, attributes)
    for name, positions in codes.items():
        if positions.shape != answers[name].shape[:1]:
            raise ValueError(f"attributes: {name} has {len(positions)} values for {len(answers[name])} images")
    return {name: float((answers[name].argmax(axis=1) == codes[name]).mean()) for name in reader.factors}


def _batches(reader: AttributeReader, images: npt.ArrayLike) -> Iterator[Tensor]:
    """The images as floats in [-1, 1], `(n, C, H, W)`, a few at a time."""
    pixels = np.asarray(images)
    side, channels = reader.config["resolution"], reader.config["image_channels"]
    if pixels.ndim != 4 or pixels.shape[1:] != (side, side, channels) or pixels.dtype != np.uint8 or not len(pixels):
        raise ValueError(
            f"images: expected shape (N, {side}, {side}, {channels}) of uint8, N at least 1, "
            f"got {pixels.shape} of {pixels.dtype}"
        )
    return probes.batches(pixels, BATCH, next(reader.parameters()).device)
