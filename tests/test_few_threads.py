"""A handful of pictures is drawn by one thread, and nobody else's limit is touched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganwidgets import latent
from ganwidgets.few_threads import MOST, few_threads


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


class Counting(nn.Module):
    """Notes how many threads there are when it is asked for pictures."""

    z_dim = 2

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.seen: list[int] = []

    def __deepcopy__(self, memo: object) -> Counting:
        return self

    def forward(self, z: Tensor) -> Tensor:
        self.seen.append(torch.get_num_threads())
        return z.new_zeros(len(z), 1, 4, 4)


def test_few_pictures_take_one_thread_and_many_take_all() -> None:
    G = Counting()
    render = latent.renderer(G)
    for n in (1, MOST, MOST + 1):
        render(latent.sample(n, 2))
        assert torch.get_num_threads() == 3
    assert G.seen == [1, 1, 3]


def test_another_thread_keeps_its_own() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> int:
        with few_threads(1):
            inside.set()
            go_on.wait(10)
            return torch.get_num_threads()

    with ThreadPoolExecutor() as pool:
        held = pool.submit(hold)
        assert inside.wait(10)
        assert torch.get_num_threads() == 3
        assert pool.submit(torch.get_num_threads).result() == 3
        go_on.set()
        assert held.result() == 1


def test_a_new_thread_is_left_with_torchs_limit() -> None:
    """Its first work with torch is the limited one."""

    def draw_and_count() -> int:
        with few_threads(1):
            torch.ones(64, 64) @ torch.ones(64, 64)
        torch.ones(64, 64) @ torch.ones(64, 64)
        return torch.get_num_threads()

    with ThreadPoolExecutor() as pool:
        assert pool.submit(draw_and_count).result() == 3


def test_the_pictures_are_the_same() -> None:
    torch.manual_seed(0)
    G = nn.Sequential(nn.Linear(8, 3 * 16), nn.Unflatten(1, (3, 4, 4)), nn.Upsample(32), nn.Conv2d(3, 3, 3, padding=1))
    G.z_dim = 8  # type: ignore[assignment]
    z = latent.sample(MOST + 1, 8)
    many, few = latent.generate(G, z)[:MOST], latent.generate(G, z[:MOST])
    assert np.abs(many.astype(int) - few.astype(int)).max() <= 1
