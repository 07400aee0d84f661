"""Where the packaged data lies."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """The path of a packaged file: `data_path("digits.npz")`, `data_path("checkpoints", "faces.safetensors")`.

    In an installed wheel the data lies inside the package, in a checkout beside it. Nothing is opened, and the path
    need not exist.
    """
    packaged = _PACKAGE / "data"
    return (packaged if packaged.is_dir() else _PACKAGE.parent / "data").joinpath(*parts)
