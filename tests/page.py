"""The page's part in tests without a browser."""

from __future__ import annotations

import time
from typing import Any

import ipywidgets


def tell(widget: ipywidgets.Widget, do: str, **payload: Any) -> None:
    """A request of the page, through ipywidgets' own door."""
    content = {"kind": "request", "id": f"test:{time.perf_counter_ns()}", "payload": {"do": do, **payload}}
    widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
