"""A film: the samples of one training, one array after another, kept small and in memory or in a file.

Pictures and clips are laid out as one sheet and compressed like a video, as animated AVIF (WebP where Pillow has no
AVIF), in short segments that can be opened on their own: lossy, 49 dB for digits, about 37 dB for coloured portraits.
Everything else, points and sounds, is kept as arrays of float16. `save` and `load` put a film, some arrays and a header
into one zip file of JSON, npy and AVIF members. Left out: what the arrays mean (see `recordings`).
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError, features

from ganwidgets.mosaic import mosaic

Array = npt.NDArray[Any]

SEGMENT = 60  # frames: the first of a segment costs as much as ten others; a jump decodes one segment
BYTES = 8_500  # for a frame of up to 64 pictures: 300 frames are 2.6 MB
QUALITIES = (90, 80, 65, 50, 40, 30, 20)  # seven: found in three attempts
# A speed above 6 costs 5 to 10 dB at the same size; halved colour blurs the edges of small pictures.
AVIF = dict(format="AVIF", speed=6, subsampling="4:4:4", max_threads=1)
WEBP = dict(format="WEBP", method=2)
_HALF_MAX = 60_000.0
_HEADER = "recording.json"
# What reading a broken file raises; RuntimeError where a flipped bit makes it look encrypted.
_BROKEN = OSError, LookupError, TypeError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error


@dataclass(frozen=True)
class Segment:
    """Up to `SEGMENT` frames as bytes of a `kind`: "avif", "webp" or "npy"; `count` says how many."""

    kind: str
    count: int
    data: bytes


class Film(Sequence[Array]):
    """Frames of one shape and type; the last ones are kept as they came until they fill a segment.

    A segment is compressed in a thread, since that takes up to half a second for each frame. `shape`, `dtype`:
    those of a frame, None for an empty film. `append` raises `ValueError` for a frame that differs.
    """

    def __init__(self, segments: Sequence[Segment] = (), shape: tuple[int, ...] | None = None, dtype: str = "") -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype) if dtype else None
        self._segments: list[Segment | _Pending] = list(segments)
        self._tail: list[Array] = []
        self._open: tuple[int, Array] | None = None
        self._worker: ThreadPoolExecutor | None = None

    def __len__(self) -> int:
        return sum(segment.count for segment in self._segments) + len(self._tail)

    @overload
    def __getitem__(self, index: int) -> Array: ...
    @overload
    def __getitem__(self, index: slice) -> list[Array]: ...
    def __getitem__(self, index: int | slice) -> Array | list[Array]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = range(len(self))[index]
        for number, segment in enumerate(self._segments):
            if position < segment.count:
                return self._frames(number)[position]
            position -= segment.count
        return self._tail[position]

    def append(self, frame: Array) -> None:
        """Add a frame at the end; a read-only copy is kept."""
        if self.shape is None:
            self.shape, self.dtype = frame.shape, frame.dtype
        if (frame.shape, frame.dtype) != (self.shape, self.dtype):
            raise ValueError(f"frame: this film is of {self.shape} {self.dtype}, got {frame.shape} {frame.dtype}")
        self._tail.append(_frozen(frame.copy()))
        if len(self._tail) == SEGMENT:
            frames = _frozen(np.stack(self._tail))
            self._worker = self._worker or ThreadPoolExecutor(1, "film")
            self._segments.append(_Pending(frames, self._worker.submit(encode, frames)))
            self._tail = []

    def segments(self) -> list[Segment]:
        """All of the film, compressed; the frames that wait for their segment to fill make a short one."""
        done = [self._finished(number, wait=True) for number in range(len(self._segments))]
        short = [encode(np.stack(self._tail))] if self._tail else []
        return [segment for segment in done if isinstance(segment, Segment)] + short

    def _finished(self, number: int, wait: bool) -> Segment | _Pending:
        segment = self._segments[number]
        if isinstance(segment, _Pending) and (wait or segment.made.done()):
            self._segments[number] = segment = segment.made.result()
        return segment

    def _frames(self, number: int) -> Array:
        segment = self._finished(number, wait=False)
        if isinstance(segment, _Pending):
            return segment.frames
        # Neighbours are asked for one after the other: the segment that was opened last is kept open.
        held = self._open
        if held is None or held[0] != number:
            assert self.shape is not None and self.dtype is not None
            frames = decode(segment, self.shape).astype(self.dtype, copy=False)
            self._open = held = number, _frozen(frames)
        return held[1]


@dataclass(frozen=True, eq=False)
class _Pending:
    """A segment whose compression is under way, and its frames until then."""

    frames: Array
    made: Future[Segment]

    @property
    def count(self) -> int:
        return len(self.frames)


def encode(frames: Array) -> Segment:
    """Frames `(k, ...)` as one segment: uint8 with 1 or 3 channels last as a video, anything else as an array.

    A video has the best quality of a few whose size is within `BYTES` a frame, for more than 64 pictures a frame
    accordingly more.
    """
    if frames.dtype != np.uint8 or frames.ndim < 5 or frames.shape[-1] not in (1, 3):
        return Segment("npy", len(frames), _npy(halved(frames)))
    options: dict[str, Any] = AVIF if features.check("avif") else WEBP
    first, *others = [_sheet(frame) for frame in frames]
    most = BYTES * max(len(frames), SEGMENT // 4) * max(1.0, math.prod(frames.shape[1:-3]) / 64)
    low, high, best = 0, len(QUALITIES) - 1, b""
    while low <= high:
        middle = (low + high) // 2
        file = io.BytesIO()
        first.save(file, save_all=True, append_images=others, duration=40, quality=QUALITIES[middle], **options)
        if file.tell() <= most or middle == len(QUALITIES) - 1:
            best, high = file.getvalue(), middle - 1
        else:
            low = middle + 1
    return Segment(options["format"].lower(), len(frames), best)


def halved(array: Array) -> Array:
    """Floating point numbers as float16, unless one of them is too large for that; anything else as it is."""
    if array.dtype.kind != "f" or np.abs(array[np.isfinite(array)]).max(initial=0) > _HALF_MAX:
        return array
    return array.astype(np.float16)


def save(path: str | os.PathLike[str], film: Film, arrays: Mapping[str, Array], header: Mapping[str, Any]) -> Path:
    """Write a film with arrays and a `header` that JSON can hold as one zip file, whole or not at all."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    segments = film.segments()
    of_film = {"shape": film.shape, "dtype": str(film.dtype), "segments": [[s.kind, s.count] for s in segments]}
    partial = target.with_name(target.name + ".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(_HEADER, json.dumps({"film": of_film, **header}, indent=1))
        for name, array in arrays.items():
            file.writestr(f"{name}.npy", _npy(array))
        for number, segment in enumerate(segments):
            packed = zipfile.ZIP_DEFLATED if segment.kind == "npy" else zipfile.ZIP_STORED
            file.writestr(f"film/{number:04}.{segment.kind}", segment.data, packed)
    os.replace(partial, target)
    return target


def load(path: Path) -> tuple[Film, dict[str, Array], dict[str, Any]]:
    """The film, the arrays and the header of a file that `save` wrote; `ValueError` for any other or a broken one."""
    try:
        with zipfile.ZipFile(path) as file:
            header = json.loads(file.read(_HEADER))
            of_film = header.pop("film")
            arrays = {
                name.removesuffix(".npy"): np.lib.format.read_array(io.BytesIO(file.read(name)), allow_pickle=False)
                for name in file.namelist()
                if name.endswith(".npy") and "/" not in name
            }
            segments = [
                Segment(kind, count, file.read(f"film/{number:04}.{kind}"))
                for number, (kind, count) in enumerate(of_film["segments"])
            ]
        return Film(segments, tuple(of_film["shape"]), of_film["dtype"]), arrays, header
    except _BROKEN as error:
        raise ValueError(f"path: {path.name} is cut short or is no recording ({error})") from error


def decode(segment: Segment, shape: tuple[int, ...]) -> Array:
    """The frames `(k, *shape)` of a segment. `ValueError` where its bytes are broken or of a kind unknown here."""
    try:
        if segment.kind == "npy":
            frames = np.lib.format.read_array(io.BytesIO(segment.data), allow_pickle=False)
        else:
            frames = np.stack([_tiles(sheet, shape) for sheet in _pages(segment.data, shape[-1])])
    except (OSError, ValueError, UnidentifiedImageError) as error:
        known = {"avif": features.check("avif"), "webp": features.check("webp"), "npy": True}.get(segment.kind, False)
        why = f"broken ({error})" if known else f"kept as {segment.kind.upper()}, which this Pillow cannot read"
        raise ValueError(f"film: a part of {segment.count} frames is {why}") from error
    if frames.shape != (segment.count, *shape):
        raise ValueError(f"film: expected {segment.count} frames of {shape}, got {frames.shape}")
    return frames


def _npy(array: Array) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()


def _pages(data: bytes, channels: int) -> list[Array]:
    with Image.open(io.BytesIO(data), formats=("AVIF", "WEBP")) as image:
        pages = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            pages.append(np.asarray(image.convert("RGB" if channels == 3 else "L")))
    return pages


def _layout(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many rows and columns of tiles the sheet of a frame has: clips have one row each, pictures a square."""
    tiles = math.prod(shape[:-3])
    columns = shape[-4] if len(shape) > 4 else math.ceil(math.sqrt(tiles))
    return math.ceil(tiles / columns), columns


def _sheet(frame: Array) -> Image.Image:
    _, columns = _layout(frame.shape)
    sheet = mosaic(frame.reshape(-1, *frame.shape[-3:]), columns, background=0)
    return Image.fromarray(sheet if sheet.shape[-1] == 3 else sheet[..., 0])


def _tiles(sheet: Array, shape: tuple[int, ...]) -> Array:
    rows, columns = _layout(shape)
    height, width, channels = shape[-3:]
    grid = sheet.reshape(rows, height, columns, width, channels).swapaxes(1, 2)
    return grid.reshape(-1, height, width, channels)[: math.prod(shape[:-3])].reshape(shape)


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array
