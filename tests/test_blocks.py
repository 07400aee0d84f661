"""Minibatch standard deviation: by hand, against a loop, and who sees whom."""

from __future__ import annotations

import pytest
import torch

from ganwidgets.models.blocks import MinibatchStd


def test_the_spread_of_a_pair_by_hand() -> None:
    # At one place 1 and 3 (deviation 1), at the other 0 and 6 (deviation 3): 2 on average.
    x = torch.tensor([[1.0, 0.0], [3.0, 6.0]]).reshape(2, 1, 1, 2)
    out = MinibatchStd(2)(x)
    assert out.shape == (2, 2, 1, 2)
    assert torch.equal(out[:, :1], x)
    assert torch.allclose(out[:, 1], torch.full((2, 1, 2), 2.0), atol=1e-6)


@pytest.mark.parametrize(("n", "sizes"), [(8, [4, 4]), (6, [3, 3]), (3, [3]), (5, [3, 2]), (1, [1])])
def test_groups_of_neighbours_against_a_loop(n: int, sizes: list[int]) -> None:
    x = torch.randn(n, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    got = MinibatchStd(4)(x)[:, 3]
    want = []
    for part in x.split(sizes):
        deviation = part.numpy().std(axis=0).mean()
        want += [deviation] * len(part)
    assert torch.allclose(got, torch.tensor(want)[:, None, None].expand(n, 2, 2), atol=1e-4)


def test_one_picture_over_and_over_gives_nothing() -> None:
    same = torch.randn(1, 3, 4, 4).expand(8, -1, -1, -1)
    assert MinibatchStd()(same)[:, 3].abs().max() < 1e-3
    assert MinibatchStd()(torch.randn(8, 3, 4, 4))[:, 3].min() > 0.3


def test_reals_and_fakes_in_one_batch_do_not_meet() -> None:
    real, fake = torch.randn(8, 2, 4, 4), 5 * torch.randn(8, 2, 4, 4)
    layer = MinibatchStd(4)
    together = layer(torch.cat([real, fake]))
    assert torch.allclose(together, torch.cat([layer(real), layer(fake)]), atol=1e-6)


def test_penalties_can_be_differentiated_through_it() -> None:
    x = torch.zeros(4, 2, 2, 2, requires_grad=True)  # no spread at all: the hard case
    (slope,) = torch.autograd.grad(MinibatchStd()(x).square().sum(), x, create_graph=True)
    slope.square().sum().backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_layout_and_precision_are_kept() -> None:
    x = torch.randn(4, 6, 4, 4).bfloat16().contiguous(memory_format=torch.channels_last)
    out = MinibatchStd()(x)
    assert out.dtype == torch.bfloat16
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="group must be a whole number of at least 2, not 1"):
        MinibatchStd(1)
    with pytest.raises(ValueError, match=r"x: expected shape \(N, C, H, W\), got \(2, 3\)"):
        MinibatchStd()(torch.zeros(2, 3))
