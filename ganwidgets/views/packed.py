"""`Packed`: a batch of pictures as it goes to the page, to be kept in little memory and shown again at no cost."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from . import tiles


@dataclass(frozen=True, eq=False)
class Packed:
    """Pictures `shape`, `(N, H, W, C)`, as `tiles.encode` gives them: exact if they are few and small, else a JPEG."""

    shape: tuple[int, int, int, int]
    meta: dict[str, Any]
    data: bytes

    @classmethod
    def of(cls, images: tiles.ImageArray) -> Packed:
        """`images` `(N, H, W, C)` uint8, packed."""
        count, height, width, channels = images.shape
        return cls((count, height, width, channels), *tiles.encode(images))

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return len(self.data)

    def images(self) -> tiles.ImageArray:
        """The pictures `(N, H, W, C)` uint8, with what a JPEG has lost of them."""
        count, height, width, channels = self.shape
        if self.meta["fmt"] == "raw":
            return np.frombuffer(self.data, np.uint8).reshape(self.shape)
        with Image.open(io.BytesIO(self.data)) as picture:
            sheet = np.asarray(picture)
        sheet = sheet.reshape(*sheet.shape[:2], channels)
        tall, wide, cols = self.meta["ph"], self.meta["pw"], self.meta["cols"]
        corners = [((k // cols) * tall, (k % cols) * wide) for k in range(count)]
        return np.stack([sheet[top : top + height, left : left + width] for top, left in corners])
