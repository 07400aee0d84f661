"""What widgets leave beside a page, as scripts: a page that is opened as a file may load those and nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ganwidgets.views.engine import FILES, RUNTIME

NOTICES = "files/onnxruntime-web"


@dataclass(frozen=True)
class Shelf:
    """A folder with `leaves/`, `files/` and `pictures/`. `page`: what the names of leaves begin with."""

    folder: Path
    page: str

    def leaf(self, number: int, content: Mapping[str, Any], arrays: Sequence[npt.NDArray[Any] | bytes] = ()) -> str:
        """Write what one widget left, and return its name; floats in `arrays` become float32."""
        name = f"{self.page}-{number}"
        buffers = [_base64(array if isinstance(array, bytes) else _little(array)) for array in arrays]
        self._bring(f"leaves/{name}", json.dumps({**content, "buffers": buffers}, ensure_ascii=False))
        return name

    def file(self, content: bytes) -> str:
        """Write a file once, whatever the number of widgets that need it, and return its name."""
        name = hashlib.sha256(content).hexdigest()[:24]
        if not (self.folder / f"files/{name}.js").exists():
            self._bring(f"files/{name}", json.dumps(_base64(content)))
        return name

    def runtime(self) -> None:
        """Write what the page's engine consists of, and the licence and the notices that have to go with it."""
        if (self.folder / NOTICES).exists():
            return
        for name, file in FILES.items():
            self._bring(f"files/{name}", json.dumps(_base64((RUNTIME / file).read_bytes())))
        shutil.copytree(RUNTIME, self.folder / NOTICES, ignore=shutil.ignore_patterns(*FILES.values()))

    def picture(self, png: bytes) -> str:
        """Write a picture, without loss in half of the bytes, and return its path from the page."""
        path = self.folder / "pictures" / f"{hashlib.sha256(png).hexdigest()[:24]}.webp"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.open(io.BytesIO(png)).save(path, "WEBP", lossless=True, quality=50, method=2)
        return f"_static/{self.folder.name}/pictures/{path.name}"

    def _bring(self, name: str, value: str) -> None:
        path = self.folder / f"{name}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"ganwidgetsPage.bring({json.dumps(name)}, {value});\n", encoding="utf-8")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _little(array: npt.NDArray[Any]) -> bytes:
    kind = "<f4" if array.dtype.kind == "f" else array.dtype
    return np.ascontiguousarray(array, dtype=kind).tobytes()
