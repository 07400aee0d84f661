"""z as text: the code that makes it again, numbers to share, and reading them back."""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Iterable, Sequence

import numpy as np

from ._latents import PRIORS, FloatArray, draw

#: A draw with more changes than this is written out number by number.
MOST_CHANGES = 12
#: More numbers than this are written as base64.
MOST_NUMBERS = 1024
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|[-+]?inf", re.IGNORECASE)


def code(z: FloatArray, keys: Iterable[int | Sequence[int]], prior: str) -> str:
    """Python that sets `z` to exactly these numbers `(n, z_dim)`.

    As a draw and a few changes, if z lies near the draw of one of `keys`; else as a list, or as base64 if it is long.
    """
    body = next((text for key in keys if (text := _as_draw(z, key, prior))), None) or _as_numbers(z)
    return f"import numpy as np\n\n{body}\nimages = render(z)\n"


def numbers(z: FloatArray) -> str:
    """The numbers of `z` as nested lists, exact in float32; read back by `parse`."""
    rows = ["[" + ", ".join(str(value) for value in row) + "]" for row in z]
    return rows[0] if len(rows) == 1 else "[" + ",\n ".join(rows) + "]"


def parse(text: str, z_dim: int, count: int, alone: bool) -> FloatArray:
    """The `(k, z_dim)` numbers in a text such as `numbers` gives; brackets, commas and line ends don't matter.

    k is `count`, the number of pictures, or 1 where one of them stands `alone`.
    """
    if not isinstance(text, str):
        raise ValueError(f"numbers: got {type(text).__name__}; allowed is a text with numbers")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as such
        values = np.array([float(match) for match in _NUMBER.findall(text)]).astype(np.float32)
    if len(values) != count * z_dim and not (alone and len(values) == z_dim):
        whole = f"{count * z_dim} for all {count} pictures"
        many = f"{z_dim} for the selected picture, or {whole}" if alone else f"{whole}; select one to give it {z_dim}"
        raise ValueError(f"z: got a text with {len(values)} numbers; allowed is {many if count > 1 else z_dim}")
    return values.reshape(-1, z_dim)


def _as_draw(z: FloatArray, key: int | Sequence[int], prior: str) -> str:
    count, z_dim = z.shape
    start = draw(key, count, z_dim, prior)
    changed = np.argwhere(z != start)
    if len(changed) > MOST_CHANGES:
        return ""
    seed = key if isinstance(key, int) else list(key)
    lines = [f"z = np.random.default_rng({seed}).{PRIORS[prior][0].format(shape=z.shape)}"]
    lines += [f"z[{row}, {column}] = {z[row, column]}" for row, column in changed]
    return "\n".join(lines)


def _as_numbers(z: FloatArray) -> str:
    if z.size > MOST_NUMBERS:
        packed = base64.b64encode(np.ascontiguousarray(z, dtype="<f4").tobytes()).decode("ascii")
        return f'import base64\n\nz = np.frombuffer(base64.b64decode("{packed}"), "<f4").reshape{z.shape}'
    rows = "\n".join(f"    [{', '.join(str(value) for value in row)}]," for row in z)
    wrapped = [textwrap.fill(line, 100, initial_indent="    ", subsequent_indent="     ") for line in rows.splitlines()]
    return "z = np.array([\n" + "\n".join(wrapped) + "\n], dtype=np.float32)"
