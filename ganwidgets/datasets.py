"""Named data sets: digits, fashion, faces, a folder of your own images, and toys in the plane.

`load(name)` and `from_folder(path)` give images, `toy(name)` and `from_points(array)` points. What they return is
frozen and its arrays are read-only, so a data set can be shared without surprises.
"""

from __future__ import annotations

import os
import uuid
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import platformdirs

from ganwidgets import faces, folder
from ganwidgets.files import data_path
from ganwidgets.toys import TOYS, PointData, from_points, toy

__all__ = ["NAMES", "SPLITS", "TOYS", "ImageData", "PointData", "from_folder", "from_points", "load", "toy"]

SPLITS = ("train", "test")
DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
# The number of faces and the seed, by split.
FACES = {"train": (20_000, 0), "test": (2_000, 1)}


@dataclass(frozen=True, eq=False, repr=False)
class ImageData:
    """Images and what is known of them; all arrays are read-only.

    `images`: `(N, H, W, C)` uint8, C = 1 or 3. `labels`: `(N,)` int64, positions in `classes`, or None. `attributes`:
    by factor, the names `(N,)` of the values; empty where there are none. `classes`: the labels' names, or empty.
    `skipped`: `(file, reason)` for every file of a folder that could not be read. `ValueError` for images of another
    kind, for none, and for labels or attributes that are not one for each.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64] | None
    name: str
    attributes: dict[str, npt.NDArray[np.str_]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if np.ndim(self.images) != 4 or self.images.dtype != np.uint8 or not len(self.images):
            kind = getattr(self.images, "dtype", type(self.images).__name__)
            raise ValueError(f"images: expected (N, H, W, C) uint8 with N ≥ 1, got {np.shape(self.images)} {kind}")
        for name, known in {"labels": self.labels, **self.attributes}.items():
            if known is not None and known.shape != (len(self),):
                raise ValueError(f"{name}: expected one for each of {len(self)} images, got shape {known.shape}")
        for array in (self.images, self.labels, *self.attributes.values()):
            if array is not None:
                array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.images)

    def arrays(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64] | None]:
        """What a training takes: images `(N, C, H, W)` uint8, and the labels as their conditions."""
        return self.images.transpose(0, 3, 1, 2), self.labels

    def __repr__(self) -> str:
        _, height, width, channels = self.images.shape
        known = [f"{len(self.classes)} classes"] if self.classes else []
        known += [f"{len(self.attributes)} attributes"] if self.attributes else []
        known += [f"{len(self.skipped)} files skipped"] if self.skipped else []
        return ", ".join([f"ImageData({self.name!r}: {len(self)} images of {height}×{width}×{channels}", *known]) + ")"


def load(name: str, split: str = "train") -> ImageData:
    """A data set that comes with the package, or is drawn by it: one of `NAMES`.

    `digits`: MNIST, 20,000 + 5,000 images of 28×28×1. `fashion`: Fashion-MNIST, 12,000 + 3,000 of 28×28×1. `faces`:
    20,000 + 2,000 cartoon portraits of 64×64×3 with their attributes; the first use draws them, which takes ten
    seconds or so, and keeps them in the user's cache folder (or in the folder named by `GANWIDGETS_CACHE`).
    Raises ValueError for an unknown name or split.
    """
    if name not in _LOADERS:
        raise ValueError(
            f"name: there is no data set {name!r}; there are {', '.join(NAMES)} (toy(name) has points, "
            "from_folder(path) your own images)"
        )
    if split not in SPLITS:
        raise ValueError(f"split must be {' or '.join(map(repr, SPLITS))}, not {split!r}")
    return _LOADERS[name](split)


def from_folder(path: str | os.PathLike[str], size: int = 64) -> ImageData:
    """Your own images: every picture in the folder and below it, in the order of their names.

    Each is turned as its camera says, laid on white where it is transparent, cut to the square in its middle and
    scaled to `(size, size, 3)`. Files that cannot be read are listed in `skipped`, and one warning names them.
    Raises ValueError where there is no such folder, for fewer than two readable images, or a size outside 8 to 1024.
    """
    images, skipped = folder.read(path, size)
    return ImageData(images, None, Path(path).expanduser().resolve().name, skipped=skipped)


def _packaged(name: str, classes: tuple[str, ...], split: str) -> ImageData:
    with np.load(data_path(f"{name}.npz"), allow_pickle=False) as arrays:
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    return ImageData(images[..., None], labels.astype(np.int64), name, classes=classes)


def _faces(split: str) -> ImageData:
    path = cache_folder() / f"faces-{split}-{faces.fingerprint()}.npz"
    n, seed = FACES[split]
    kept = _read_faces(path, n)
    if kept is None:
        images, attributes = faces.draw(n, seed)
        _keep_faces(path, images, attributes)
    else:
        images, attributes = kept
    return ImageData(images, None, "faces", attributes)


def cache_folder() -> Path:
    """Where drawn faces are kept: the folder in the environment variable `GANWIDGETS_CACHE`, or the user's cache."""
    chosen = os.environ.get("GANWIDGETS_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("ganwidgets", appauthor=False))


def _read_faces(path: Path, n: int) -> tuple[npt.NDArray[np.uint8], dict[str, npt.NDArray[np.str_]]] | None:
    """What was kept, or None where there is nothing or where it is broken."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, codes = arrays["images"], arrays["codes"]
        if images.shape != (n, 64, 64, 3) or codes.shape != (n, len(faces.ATTRIBUTES)) or images.dtype != np.uint8:
            return None
        values = zip(faces.ATTRIBUTES.items(), codes.T, strict=True)
        return images, {factor: np.array(names)[column] for (factor, names), column in values}
    except (OSError, ValueError, LookupError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error):
        return None


def _keep_faces(path: Path, images: npt.NDArray[np.uint8], attributes: dict[str, npt.NDArray[np.str_]]) -> None:
    """Write the cache file whole or not at all; where that fails, say so and go on."""
    matches = [attributes[factor][:, None] == np.array(names) for factor, names in faces.ATTRIBUTES.items()]
    codes = np.stack([match.argmax(axis=1) for match in matches], axis=1).astype(np.uint8)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_arrays(path, {"codes": codes, "images": images})
    except OSError as error:
        warnings.warn(f"The faces could not be kept and will be drawn again next time: {error}", stacklevel=4)


def _write_arrays(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """An npz file, compressed quickly: numpy's own level takes several times as long and saves little."""
    part = path.with_name(f"{path.stem}-{uuid.uuid4().hex}.part")
    try:
        with open(part, "xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as npz:
            for key, array in arrays.items():
                with npz.open(f"{key}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


_LOADERS: dict[str, Callable[[str], ImageData]] = {
    "digits": lambda split: _packaged("digits", DIGITS, split),
    "fashion": lambda split: _packaged("fashion", FASHION, split),
    "faces": _faces,
}
NAMES: tuple[str, ...] = tuple(_LOADERS)
"""The names that `load` knows."""
