"""One frame on its way at a time: the newest one wins, an older one that nobody has seen is dropped.

A page says which frame it has painted; until then the next one waits here. So a slow page, a slow network or a hidden
tab slows the frames down and never makes a queue. A page that was closed says nothing: after `timeout` seconds frames
go out again. Every method may be called from any thread.

An answer costs more than a frame: JupyterLab shows the kernel as busy and idle again for each. So a page that answers
quickly is asked every three seconds only, as long as the frames come no more often than pictures of a live training do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

Send = Callable[[dict[str, Any], list[bytes]], None]

_QUICK = 0.1  # seconds until an answer that earns trust
_TRUST = 3.0
_APART = 0.05  # frames that come sooner after one another are asked about in any case


class FrameFlow:
    """Sends `(meta, buffers)` frames through `send`, which gets `{**meta, "kind": "frame", "seq": …, "ask": …}`.

    `ask`: whether the page is to say that it has painted the frame. `seq` counts from 1; 0 marks a frame that the page
    itself has asked for and paints at once.
    """

    def __init__(self, send: Send, timeout: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._send, self._timeout, self._clock = send, timeout, clock
        self._lock = threading.Lock()
        self._newest: tuple[dict[str, Any], list[bytes]] | None = None
        self._waiting = False
        self._seq = 0
        self._unseen: int | None = None
        self._sent_at = self._trusted_until = -timeout

    def push(self, meta: dict[str, Any], buffers: Sequence[bytes], *, urgent: bool = False) -> bool:
        """Send this frame, or keep it until the last one was painted. Returns whether it was sent at once.

        `urgent`: send it in any case and expect no word about it, for a frame that the page has asked for: it asks for
        one at a time anyway.
        """
        with self._lock:
            self._newest = (dict(meta), list(buffers))
            if urgent:
                self._waiting = False
                self._send({**meta, "kind": "frame", "seq": 0, "ask": False}, list(buffers))
                return True
            if self._unseen is None or self._clock() - self._sent_at >= self._timeout:
                self._send_newest()
                return True
            self._waiting = True
            return False

    def painted(self, seq: int) -> None:
        """A page has painted frame `seq`: send the one that has been waiting, if there is one."""
        with self._lock:
            if seq != self._unseen:
                return
            self._unseen = None
            now = self._clock()
            if now - self._sent_at <= _QUICK:
                self._trusted_until = now + _TRUST
            if self._waiting:
                self._send_newest()

    def resend(self) -> bool:
        """Send the newest frame again, for a page that has just opened. False if there is none yet."""
        with self._lock:
            if self._newest is None:
                return False
            self._send_newest()
            return True

    def _send_newest(self) -> None:
        assert self._newest is not None
        meta, buffers = self._newest
        now = self._clock()
        ask = now >= self._trusted_until or now - self._sent_at < _APART
        self._seq += 1
        self._sent_at, self._waiting = now, False
        self._unseen = self._seq if ask else None
        self._send({**meta, "kind": "frame", "seq": self._seq, "ask": ask}, buffers)
