"""What several families of networks share: their first weights, and a layer against collapse.

That layer, minibatch standard deviation, lets a discriminator see how much the images of a batch differ from one
another (Karras et al. 2018, arXiv:1710.10196, section 3).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ganwidgets.checks import check_whole

IMAGE_LAYERS: tuple[type[nn.Module], ...] = (nn.Conv2d, nn.ConvTranspose2d)


def initialise(network: nn.Module, std: float | None = None, kinds: tuple[type[nn.Module], ...] = IMAGE_LAYERS) -> None:
    """Normal weights of `std` as in the DCGAN paper, or Kaiming's choice for leaky ReLU; biases zero.

    `kinds`: the layers that are meant. Others keep what they were made with.
    """
    for module in network.modules():
        if isinstance(module, kinds):
            weight, bias = module.weight, module.bias
            assert isinstance(weight, Tensor)
            if std is None:
                nn.init.kaiming_normal_(weight, a=0.2)
            else:
                nn.init.normal_(weight, 0.0, std)
            if isinstance(bias, Tensor):
                nn.init.zeros_(bias)


def check_input(network: nn.Module, name: str, x: object, *shape: int) -> None:
    """Refuse what is no tensor `(N, *shape)` of the numbers that `network` computes with, with a `ValueError`."""
    if not isinstance(x, Tensor):
        raise ValueError(f"{name}: expected a tensor, got {type(x).__name__}")
    if x.ndim != 1 + len(shape) or x.shape[1:] != shape:
        raise ValueError(f"{name}: expected shape (N, {', '.join(map(str, shape))}), got {tuple(x.shape)}")
    # Asked in this order, float32, what nearly all numbers are, costs next to nothing.
    if x.dtype != torch.float32 and not torch.is_autocast_enabled(x.device.type):
        wanted = next(network.parameters()).dtype
        if x.dtype != wanted:
            raise ValueError(f"{name}: expected numbers of {wanted}, got {x.dtype}")


class MinibatchStd(nn.Module):
    """Maps `(N, C, H, W)` to `(N, C + 1, H, W)`: one more map holds the spread within a small group of the batch.

    The standard deviation over the group is taken for every feature and place, then averaged to one number, the same
    for all of the group. A G that always makes one picture gives 0 there, and D sees it. Groups are `group` neighbours
    of the batch, so that a batch of reals followed by a batch of fakes is not mixed as long as `group` divides both;
    where it does not divide N, the groups are smaller and as even as can be. Computed in float32 under autocast.
    `ValueError` for a group below 2 and for an input of another rank.
    """

    def __init__(self, group: int = 4) -> None:
        super().__init__()
        check_whole("group", group, 2)
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 4:
            raise ValueError(f"x: expected shape (N, C, H, W), got {tuple(x.shape)}")
        n = len(x)
        if n % self.group:
            parts = x.tensor_split(math.ceil(n / self.group))
            spread = torch.cat([_spread(part[None]).expand(len(part)) for part in parts])
        else:
            groups = x.reshape(-1, self.group, *x.shape[1:])  # (N, C, H, W) -> (groups, group, C, H, W)
            spread = _spread(groups).repeat_interleave(self.group)
        # Made like a map of x, so that channels-last stays channels-last.
        extra = torch.zeros_like(x[:, :1]) + spread.to(x.dtype)[:, None, None, None]
        return torch.cat([x, extra], dim=1)

    def extra_repr(self) -> str:
        return f"group={self.group}"


def _spread(groups: Tensor) -> Tensor:
    """The mean standard deviation `(groups,)` within each of `(groups, size, C, H, W)`."""
    variance = groups.float().var(dim=1, correction=0)
    # The root has no slope at zero, where a group of one, or a collapsed one, would sit.
    return (variance + 1e-8).sqrt().flatten(1).mean(1)
