"""Adversarial losses in one table, and the gradient penalties on D.

`LOSSES[name].discriminator(real_logits, fake_logits)` and `.generator(real_logits, fake_logits)` are scalars to be
minimised. Logits are D's raw outputs `(N,)`, before any sigmoid; real counts as label 1, fake as label 0. Losses are
written with softplus, which stays finite where `log(sigmoid(...))` would not.

Sources: minimax and non-saturating: Goodfellow et al. 2014 (arXiv:1406.2661); least squares: Mao et al. 2017
(arXiv:1611.04076); hinge: Lim and Ye 2017 (arXiv:1705.02894); Wasserstein: Arjovsky et al. 2017 (arXiv:1701.07875);
relativistic: Jolicoeur-Martineau 2019 (arXiv:1807.00734) in the form of R3GAN, Huang et al. 2024 (arXiv:2501.05441);
R1 and R2: Mescheder et al. 2018 (arXiv:1801.04406); the penalty at interpolates: Gulrajani et al. 2017
(arXiv:1704.00028); one-sided label smoothing: Salimans et al. 2016 (arXiv:1606.03498).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, softplus

from ganwidgets.checks import check_number
from ganwidgets.randomness import Rng, rows

LossFunction = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class AdversarialLoss:
    """A pair of losses, one for each player: `(real_logits, fake_logits)`, each `(N,)`, to a scalar to be minimised.

    `uses_real_in_g` says whether the generator's loss looks at the real logits; when it does not, a trainer can spare
    itself D's pass over the real batch in G's step. `smoothing(real_logits, s)` is what D's loss gains when the label
    of reals goes from 1 to 1 − s; None where the loss has no labels.
    """

    discriminator: LossFunction
    generator: LossFunction
    uses_real_in_g: bool = False
    smoothing: Callable[[Tensor, float], Tensor] | None = None


def _of_logits(loss: LossFunction, least: int = 1) -> LossFunction:
    """`loss`, with a word for logits `(N, 1)`, which would silently be paired each with each, and for none at all.

    `least`: how many real logits there must be.
    """

    @wraps(loss)
    def checked(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        _check_logits("real_logits", real_logits, least)
        _check_logits("fake_logits", fake_logits, 1)
        return loss(real_logits, fake_logits)

    return checked


_of_fakes = partial(_of_logits, least=0)


def _check_logits(name: str, logits: object, least: int) -> None:
    if not isinstance(logits, Tensor) or not logits.is_floating_point():
        kind = logits.dtype if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"{name}: expected a tensor of floating point numbers, got {kind}")
    if logits.ndim != 1 or len(logits) < least:
        allowed = f"shape (N,) with N of at least {least}"
        raise ValueError(f"{name}: expected {allowed}, got {tuple(logits.shape)}; flatten what D returns")


@_of_logits
def _cross_entropy_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def _cross_entropy_smoothing(real_logits: Tensor, amount: float) -> Tensor:
    # (1 - s) softplus(-r) + s softplus(r) = softplus(-r) + s r
    return amount * real_logits.mean()


@_of_fakes
def _minimax_g(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return -softplus(fake_logits).mean()


@_of_fakes
def _non_saturating_g(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return softplus(-fake_logits).mean()


@_of_logits
def _least_squares_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return 0.5 * ((real_logits - 1).square().mean() + fake_logits.square().mean())


def _least_squares_smoothing(real_logits: Tensor, amount: float) -> Tensor:
    # ½ (r - (1 - s))² = ½ (r - 1)² + s (r - 1) + ½ s²
    return amount * (real_logits - 1).mean() + 0.5 * amount**2


@_of_fakes
def _least_squares_g(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return 0.5 * (fake_logits - 1).square().mean()


@_of_logits
def _hinge_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()


@_of_logits
def _wasserstein_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return fake_logits.mean() - real_logits.mean()


@_of_fakes
def _negated_fake_g(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return -fake_logits.mean()


@_of_logits
def _relativistic_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return softplus(_lead(fake_logits, real_logits)).mean()


@_of_logits
def _relativistic_g(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return softplus(_lead(real_logits, fake_logits)).mean()


def _lead(first: Tensor, second: Tensor) -> Tensor:
    """The difference of each pair."""
    if len(first) != len(second):
        counts = sorted([len(first), len(second)])
        raise ValueError(f"real_logits, fake_logits: expected as many of each, to compare in pairs, got {counts}")
    return first - second


LOSSES: dict[str, AdversarialLoss] = {
    "minimax": AdversarialLoss(_cross_entropy_d, _minimax_g, smoothing=_cross_entropy_smoothing),
    "non_saturating": AdversarialLoss(_cross_entropy_d, _non_saturating_g, smoothing=_cross_entropy_smoothing),
    "least_squares": AdversarialLoss(_least_squares_d, _least_squares_g, smoothing=_least_squares_smoothing),
    "hinge": AdversarialLoss(_hinge_d, _negated_fake_g),
    "wasserstein": AdversarialLoss(_wasserstein_d, _negated_fake_g),
    "relativistic": AdversarialLoss(_relativistic_d, _relativistic_g, uses_real_in_g=True),
}


def get(name: str) -> AdversarialLoss:
    """The loss called `name`; `ValueError` with the list of names when there is none."""
    if name not in LOSSES:
        raise ValueError(f"loss: there is no {name!r}; choose one of {', '.join(LOSSES)}")
    return LOSSES[name]


def squared_gradient_norm(logits: Tensor, x: Tensor) -> Tensor:
    """The batch mean of ‖∇ₓD(x)‖², the heart of R1 (at reals) and R2 (at fakes).

    `logits`: `(N,)`, computed from `x`: `(N, ...)` that requires a gradient. Each logit may depend on its own row of
    `x` only. The result can itself be differentiated with respect to D's parameters. `ValueError` for logits that do
    not depend on `x`.
    """
    if not (x.requires_grad and logits.requires_grad):
        raise ValueError("x: expected one that requires a gradient, and logits that were computed from it")
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient.float().square().flatten(1).sum(1).mean()


class Judged(NamedTuple):
    """A batch `(N, ...)` that requires a gradient, and the logits `(N,)` that D gave it."""

    x: Tensor
    logits: Tensor


Judge = Callable[[Tensor], Tensor]
Penalty = Callable[[Judge, Judged, Judged, Rng], Tensor]


def _r1(judge: Judge, real: Judged, fake: Judged, rng: Rng) -> Tensor:
    return squared_gradient_norm(real.logits, real.x)


def _r2(judge: Judge, real: Judged, fake: Judged, rng: Rng) -> Tensor:
    return squared_gradient_norm(fake.logits, fake.x)


def _wgan_gp(judge: Judge, real: Judged, fake: Judged, rng: Rng) -> Tensor:
    if real.x.shape != fake.x.shape:
        shapes = f"{tuple(real.x.shape)} and {tuple(fake.x.shape)}"
        raise ValueError(f"real, fake: expected batches of one shape, got {shapes}")
    ones = (1,) * (real.x.ndim - 1)
    share = rows(len(real.x), rng, lambda n, one: torch.rand(n, *ones, generator=one)).to(real.x.device)
    x = (share * real.x + (1 - share) * fake.x).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(judge(x).sum(), x, create_graph=True)
    # The bias keeps the slope of the root finite where a gradient is zero.
    norms = (gradient.float().square().flatten(1).sum(1) + 1e-12).sqrt()
    return (norms - 1).square().mean()


PENALTIES: dict[str, Penalty] = {"r1": _r1, "r2": _r2, "gp": _wgan_gp}
"""Gradient penalties by name, without their weights: `(judge, real, fake, rng)` to a scalar, 0 or more.

"r1", "r2": the batch mean of ‖∇D‖² at reals or fakes. "gp": the batch mean of (‖∇D‖ − 1)² at points drawn from the
lines between reals and fakes (WGAN-GP, eq. 3). `judge` maps x `(N, ...)` to logits.
"""


@torch.no_grad()
def clip_weights(network: nn.Module, limit: float) -> None:
    """Bring every weight of `network` into [-limit, limit], as the first Wasserstein GAN did with its critic."""
    check_number("limit", limit, above=0)
    for parameter in network.parameters():
        parameter.clamp_(-limit, limit)
