"""A copy of a network that makes the same pictures in less time, for who draws and does not train.

A batch norm in eval mode is one factor and one summand for each channel, so the convolution before it can apply them;
an activation can overwrite what it is given; and processors convolve faster where the channels of a pixel lie side by
side ("channels last"). Left out: compilers, other precisions, networks without convolutions.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SiLU)


def quicker(network: nn.Module) -> nn.Module | None:
    """A copy in eval mode that computes the same up to rounding; None for a network without 2-D convolutions.

    Only plain layers that follow each other in an `nn.Sequential` are changed. A forward that reaches into one, for
    what comes between two layers, finds something else there: compare before you rely on the copy.
    """
    quick = copy.deepcopy(network).eval().requires_grad_(False)
    for layers in [module for module in quick.modules() if type(module) is nn.Sequential]:
        _join(layers)
    weights = [weight for weight in quick.parameters() if weight.ndim == 4]  # (out, in, height, width)
    for weight in weights:
        weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    return quick if weights else None


def _joins(convolution: nn.Module, layer: nn.Module) -> bool:
    """Whether `layer` is a batch norm with statistics of its own for the channels of the `convolution`."""
    tracked = type(layer) is nn.BatchNorm2d and layer.running_mean is not None
    # A weight that a hook works out each time, as old spectral norms do, is no parameter.
    own = isinstance(convolution.weight, nn.Parameter)
    return own and tracked and layer.num_features == convolution.out_channels


def _join(layers: nn.Sequential) -> None:
    """Each batch norm into the convolution before it, the activation after that in place."""
    maker: int | None = None  # where the convolution stands that made what comes in: nobody else has it
    for at, layer in enumerate(layers):
        if type(layer) in _CONVOLUTIONS and layer.groups == 1:
            maker = at
        elif maker is not None and _joins(before := layers[maker], layer):
            layers[maker] = fuse_conv_bn_eval(before, layer, type(before) is nn.ConvTranspose2d)  # type: ignore[arg-type, type-var]
            layers[at] = nn.Identity()
        else:
            if maker is not None and type(layer) in _ACTIVATIONS:
                layer.inplace = True  # type: ignore[assignment]
            maker = None
