"""`LoopFlow`: frames go on while a cell runs a loop, when the kernel hears no page."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from .base import View
from .flow import FrameFlow, Send


class LoopFlow(FrameFlow):
    """A `FrameFlow` that a loop in a cell can drive.

    A cell's loop blocks the main thread, and with it every answer of the page: there a frame goes out every `unheard`
    seconds, answered or not. A frame from any other thread waits for the answer, as in every `FrameFlow`.
    """

    def __init__(self, send: Send, unheard: float) -> None:
        super().__init__(send)
        self._patience = (unheard, self._timeout)

    def push(self, meta: dict[str, Any], buffers: Sequence[bytes], *, urgent: bool = False) -> bool:
        """As `FrameFlow.push`."""
        in_main_thread = threading.current_thread() is threading.main_thread()
        self._timeout = self._patience[0 if in_main_thread else 1]
        return super().push(meta, buffers, urgent=urgent)


class QuickView(View):
    """Base of views whose frames are a few kilobytes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._flow = LoopFlow(self._send_frame, unheard=0.12)
