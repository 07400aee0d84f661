"""One thread for a handful of pictures.

A small network gains little from several threads, and they wait for each other wherever another program runs on one of
their cores: a picture then takes several times as long. The limit is that of the calling thread alone, so a training in
another one, and code that comes after, keep what `torch.set_num_threads` says.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from threadpoolctl import ThreadpoolController

#: So many pictures are a handful.
MOST = 16


def few_threads(pictures: int) -> AbstractContextManager[object]:
    """While it is open, up to 16 `pictures` are computed by one thread, more of them by as many as torch takes."""
    # To ask also makes a new thread take over torch's own limit, which would undo this one later.
    if pictures > MOST or torch.get_num_threads() == 1:
        return nullcontext()
    return _pools().limit(limits=1, user_api="openmp")


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()  # a search through what is loaded, of some milliseconds
