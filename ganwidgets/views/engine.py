"""What the page's own engine is given: the runtime's files and a model, in parts small enough to let others through.

`engine.js` runs a generator in the page with ONNX Runtime Web, whose files lie in `vendor/`. A page asks for them once,
whatever the number of widgets on it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

RUNTIME = Path(__file__).parent / "vendor" / "onnxruntime-web"
FILES = {"script": "ort.wasm.bundle.min.mjs", "wasm": "ort-wasm-simd-threaded.wasm.gz"}
#: So many bytes go to the page at a time.
PART = 512 * 1024


@dataclass(frozen=True)
class PageModel:
    """An ONNX model that makes of `z` `(n, z_dim)` float32 pictures `(n, H, W, C)` uint8.

    `inputs`: whole numbers that it takes beside z, the same for every picture.
    """

    onnx: bytes = field(repr=False)
    inputs: dict[str, int] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """The same for equal models, which share what the page has made of them."""
        return hashlib.sha256(self.onnx).hexdigest()[:24]

    @property
    def spec(self) -> dict[str, Any]:
        """What the page has to know before it asks for the rest."""
        return {"key": self.key, "inputs": self.inputs}


def part(model: PageModel, name: str, at: int) -> dict[str, Any]:
    """The reply to a page that asks for a file from byte `at` on; `ValueError` for an unknown name or place."""
    if name != "model" and name not in FILES:
        raise ValueError(f"file: got {name!r}; allowed is model, {', '.join(FILES)}")
    content = model.onnx if name == "model" else _runtime(name)
    if not 0 <= at < len(content):
        raise ValueError(f"at: got {at}; allowed is 0 to {len(content) - 1}")
    return {"total": len(content), "buffers": [content[at : at + PART]]}


@cache
def _runtime(name: str) -> bytes:
    return (RUNTIME / FILES[name]).read_bytes()
