"""A websocket for JupyterLab that sends every message at once.

The server leaves Nagle's algorithm on: a small message then waits in the kernel of the operating system until the page
has confirmed the one before, which costs a slider up to 40 ms a picture. `ganwidgets lab` turns it off.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The server's own connection between page and kernel, with TCP_NODELAY."""

    def connect(self) -> Any:
        """Connect as always, and never wait to fill a packet."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
