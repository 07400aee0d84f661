"""Show library code in a notebook: the code that really runs."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

from IPython.display import Code


def show_source(*objects: Any) -> Code:
    """The source of functions, methods, classes or modules, highlighted, in the order given.

    `ValueError` for anything whose source Python does not know, such as a number.
    """
    try:
        return Code("\n".join(textwrap.dedent(inspect.getsource(each)) for each in objects), language="python")
    except (TypeError, OSError) as error:
        raise ValueError(f"objects: expected functions, methods, classes or modules with a source: {error}") from error
