"""Reads a folder of pictures of all kinds and sizes into one array."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps
from tqdm.auto import tqdm

from ganwidgets.checks import check_whole

MAX_PIXELS = 100_000_000
"""Pictures with more pixels than this are skipped: decoding one would take most of a laptop's memory."""

# Pillow's plugins that decode a picture by themselves; others start programs such as Ghostscript.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "PPM", "TGA", "ICO", "AVIF", "JPEG2000")
LITTER = ("thumbs.db", "desktop.ini")
_NAMED = 5
_QUIET_SECONDS = 2.0

Skipped = tuple[tuple[str, str], ...]


def read(path: str | os.PathLike[str], size: int) -> tuple[npt.NDArray[np.uint8], Skipped]:
    """The pictures `(N, size, size, 3)` uint8 in and below the folder `path`, and `(file, reason)` of those skipped.

    Hidden files are passed over. One warning names what was skipped. Raises ValueError for a missing folder, a size
    outside 8 to 1024, or fewer than two readable pictures.
    """
    check_whole("size", size, 8, 1024)
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise ValueError(f"path must name a folder of images, not {path!r}")
    root = Path(path).expanduser()
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise ValueError(f"path must be a folder of images; {str(root)!r} {what}")
    images, skipped = [], []
    for file in tqdm(sorted(_files(root)), desc="Reading images", unit="file", delay=_QUIET_SECONDS):
        name = file.relative_to(root).as_posix()
        try:
            images.append(_read_one(file, size))
        # A broken picture can raise almost anything from inside its decoder, and must not cost the others.
        except Exception as error:
            skipped.append((name, _reason(error)))
    if len(images) < 2:
        unread = f"; could not read {_listed(skipped)}" if skipped else ""
        raise ValueError(f"path must hold at least 2 readable images; {str(root)!r} has {len(images)}{unread}")
    if skipped:
        warnings.warn(f"{len(skipped)} of {len(images) + len(skipped)} files skipped: {_listed(skipped)}", stacklevel=3)
    return np.stack(images), tuple(skipped)


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(folder, name)
            if not name.startswith(".") and name.lower() not in LITTER and file.is_file():
                yield file


def _read_one(file: Path, size: int) -> npt.NDArray[np.uint8]:
    Image.init()
    with warnings.catch_warnings():
        # We have a limit of our own, and what Pillow warns of besides is a picture it could read.
        warnings.simplefilter("ignore")
        with Image.open(file, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
            # JPEGs are decoded at a fraction of their size where that is enough.
            image.draft("RGB", (2 * size, 2 * size))
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ValueError(f"{width} × {height} pixels are too many")
            return _square(image, size)


def _square(image: Image.Image, size: int) -> npt.NDArray[np.uint8]:
    image.load()
    # Odd camera data is no reason to lose the picture.
    with contextlib.suppress(Exception):
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = _eight_bits(image)
    # Cut first: then only the part that is kept is converted and composited.
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow would clip 16-bit greys to white."""
    values = np.asarray(image).astype(np.int64)
    return Image.fromarray((values >> 8 if values.max() > 255 else values).clip(0, 255).astype(np.uint8))


def _reason(error: Exception) -> str:
    if isinstance(error, Image.UnidentifiedImageError):
        return "not an image that can be read"
    return (str(error) or type(error).__name__).splitlines()[0]


def _listed(skipped: list[tuple[str, str]]) -> str:
    named = ", ".join(f"{name} ({reason})" for name, reason in skipped[:_NAMED])
    rest = len(skipped) - _NAMED
    return f"{named} and {rest} more" if rest > 0 else named
