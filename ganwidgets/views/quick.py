"""`QuickView`: a view whose frames are so small that a few may be on their way at once."""

from __future__ import annotations

from typing import Any

from .base import View
from .flow import FrameFlow

#: While a cell runs a loop the kernel hears no page. Without an answer a frame goes out this often all the same.
UNANSWERED_SECONDS = 0.12


class QuickView(View):
    """Base of views with frames of a few kilobytes, which stay live while a cell runs a training loop."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._flow = FrameFlow(self._send_frame, timeout=UNANSWERED_SECONDS)
