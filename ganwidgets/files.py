"""Where packaged data and notebooks lie, and the networks among them; files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """The path of a packaged file: `data_path("digits.npz")`, `data_path("checkpoints", "faces.safetensors")`.

    In an installed wheel the data lies inside the package, in a checkout beside it. Nothing is opened, and the path
    need not exist.
    """
    packaged = _PACKAGE / "data"
    return (packaged if packaged.is_dir() else _PACKAGE.parent / "data").joinpath(*parts)


def notebooks_path(package: Path = _PACKAGE) -> Path:
    """The folder of the course's own notebooks: inside an installed `package`, beside it in a checkout."""
    packaged = package / "notebooks"
    return packaged if packaged.is_dir() else package.parent / "notebooks"


def packaged_networks(folder: str) -> tuple[str, ...]:
    """The names of the safetensors files that come with the package in `folder`."""
    return tuple(sorted(path.stem for path in data_path(folder).glob("*.safetensors")))


def find_network(folder: str, kind: str, name_or_path: str | os.PathLike[str]) -> Path:
    """The packaged safetensors file of that name in `folder`, or the existing file at that path.

    `kind`: the word for it in the `ValueError` that lists what exists.
    """
    if not isinstance(name_or_path, str | os.PathLike):
        raise ValueError(f"name_or_path: expected a name or a path, got {type(name_or_path).__name__}")
    shipped = packaged_networks(folder)
    if str(name_or_path) in shipped:
        return data_path(folder, f"{name_or_path}.safetensors")
    path = Path(name_or_path)
    if path.is_file():
        return path
    raise ValueError(
        f"name_or_path: there is no {kind} {str(name_or_path)!r}; shipped are {', '.join(shipped) or 'none'}; "
        "a path must name an existing file"
    )


def write_whole(place: Path, content: bytes) -> None:
    """Write `place`, and its folder where there is none, whole or not at all: a full disk leaves no half of a file.

    An `OSError` leaves what was there as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(scratch, 0o644)
        os.replace(scratch, place)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
