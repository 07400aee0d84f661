"""Exercises of chapter 09: the work of moving a pile, the critic's loss with its penalty, and clipped weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ganwidgets.exercises.base import Answer, Exercise, require, solved

FloatArray = npt.NDArray[np.float64]
Critic = Callable[[Tensor], Tensor]


def earth_movers(p: FloatArray, q: FloatArray) -> float:
    """The least work that makes the pile p of the pile q: shares `(K,)` of the places 0, 1, … on a line."""
    return float(np.abs(np.cumsum(q - p)).sum())


def _total_variation(p: FloatArray, q: FloatArray) -> float:
    return float(np.abs(p - q).sum() / 2)


def _between_the_means(p: FloatArray, q: FloatArray) -> float:
    return float(abs(np.arange(len(p)) @ (p - q)))


def _bars_without_sums(p: FloatArray, q: FloatArray) -> float:
    return float(np.abs(q - p).sum())


def _both_ways(p: FloatArray, q: FloatArray) -> float:
    return float(abs(np.cumsum(q - p).sum()))


def _mean_of_borders(p: FloatArray, q: FloatArray) -> float:
    return float(np.abs(np.cumsum(q - p)).mean())


def check_earth_movers(answer: Answer) -> None:
    """By hand: equal piles, one grain, two grains that cross, a pile that spreads to both sides."""
    cases = (
        ([0.5, 0.5, 0.0], [0.5, 0.5, 0.0], 0.0, "nothing has to be moved"),
        ([1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], 3.0, "everything goes three places"),
        ([0.0, 1.0, 0.0], [0.5, 0.0, 0.5], 1.0, "each half goes one place, one to the right and one to the left"),
        ([0.0, 0.25, 0.0, 0.25, 0.5], [0.5, 0.25, 0.25, 0.0, 0.0], 2.25, "the nine steps by hand, four spadefuls"),
        ([0.25, 0.75], [0.75, 0.25], 0.5, "half of the earth goes one place"),
    )
    for p, q, want, why in cases:
        got = float(solved(answer(np.array(p), np.array(q))))
        require(
            abs(got - want) < 1e-6,
            f"from the pile {q} to the pile {p} the work is {want:g}: {why}. You got {got:.3g}. How much earth must "
            "cross the border behind each place? Count it without its sign, and add up over the borders.",
        )


def critic_loss(critic: Critic, x_real: Tensor, x_fake: Tensor, share: Tensor, weight: float) -> Tensor:
    """mean f(fake) − mean f(real) + weight · mean (‖∇f‖ − 1)² at share · real + (1 − share) · fake; a scalar."""
    x = (share * x_real + (1 - share) * x_fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    steep = gradient.flatten(1).norm(dim=1)  # (N,)
    return critic(x_fake).mean() - critic(x_real).mean() + weight * (steep - 1).square().mean()


def _at_reals(critic: Critic, x_real: Tensor, x_fake: Tensor, share: Tensor, weight: float) -> Tensor:
    ones = torch.ones_like(share)
    penalty = critic_loss(critic, x_real, x_real, ones, weight)
    return critic(x_fake).mean() - critic(x_real).mean() + penalty


def _signs_swapped(critic: Critic, x_real: Tensor, x_fake: Tensor, share: Tensor, weight: float) -> Tensor:
    penalty = critic_loss(critic, x_real, x_fake, share, weight) - critic(x_fake).mean() + critic(x_real).mean()
    return critic(x_real).mean() - critic(x_fake).mean() + penalty


def _penalty_without_graph(critic: Critic, x_real: Tensor, x_fake: Tensor, share: Tensor, weight: float) -> Tensor:
    x = (share * x_real + (1 - share) * x_fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    steep = gradient.flatten(1).norm(dim=1)
    return critic(x_fake).mean() - critic(x_real).mean() + weight * (steep - 1).square().mean()


def _one_norm_for_the_batch(critic: Critic, x_real: Tensor, x_fake: Tensor, share: Tensor, weight: float) -> Tensor:
    x = (share * x_real + (1 - share) * x_fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return critic(x_fake).mean() - critic(x_real).mean() + weight * (gradient.norm() - 1).square()


def _penalty_towards_zero(critic: Critic, x_real: Tensor, x_fake: Tensor, share: Tensor, weight: float) -> Tensor:
    x = (share * x_real + (1 - share) * x_fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return critic(x_fake).mean() - critic(x_real).mean() + weight * gradient.flatten(1).square().sum(1).mean()


def _without_the_weight(critic: Critic, x_real: Tensor, x_fake: Tensor, share: Tensor, weight: float) -> Tensor:
    return critic_loss(critic, x_real, x_fake, share, 1.0)


def check_critic_loss(answer: Answer) -> None:
    """A plane, whose slope is 5 everywhere; a bowl, whose slope is the distance from the middle; and its training."""
    x_real, x_fake = torch.tensor([[0.0, 0.0], [2.0, 0.0]]), torch.tensor([[0.0, 2.0], [2.0, 4.0]])
    share = torch.tensor([[0.5], [0.25]])
    _check_value(
        answer,
        lambda x: x @ torch.tensor([3.0, 4.0]),
        (x_real, x_fake, share, 0.0),
        15 - 3,
        "the penalty does not count yet",
    )
    _check_value(
        answer, lambda x: x @ torch.tensor([3.0, 4.0]), (x_real, x_fake, share, 0.5), 12 + 0.5 * 16,
        "f is a plane with the slope √(3² + 4²) = 5, so the penalty is (5 − 1)² = 16, times the weight ½",
    )  # fmt: skip
    between = [1.0, float(np.hypot(2, 3))]  # the points (0, 1) and (2, 3)
    penalty = float(np.mean([(steep - 1) ** 2 for steep in between]))
    _check_value(
        answer, lambda x: x.square().sum(1) / 2, (x_real, x_fake, share, 10.0), 6 - 1 + 10 * penalty,
        "f(x) = ‖x‖²/2 has the slope ‖x‖ at x, and the points between are (0, 1) and (2, 3): their norms, each less 1, "
        "squared, and then the mean",
    )  # fmt: skip
    steep = nn.Parameter(torch.tensor([3.0, 4.0]))
    loss = solved(answer(lambda x: x @ steep, x_real, x_fake, share, 10.0))
    loss.backward()
    assert steep.grad is not None
    require(
        float(steep.grad @ torch.tensor([3.0, 4.0])) > 50,
        "the numbers are right, but the penalty does not reach the critic's weights: its gradient stops at the slope. "
        "torch.autograd.grad has an argument that keeps the graph, so that the slope itself can be differentiated.",
    )


def _check_value(
    answer: Answer, critic: Critic, given: tuple[Tensor, Tensor, Tensor, float], want: float, why: str
) -> None:
    got = solved(answer(critic, *given))
    require(isinstance(got, Tensor) and got.ndim == 0, "return a scalar tensor: take means over the batch.")
    found = got.item()
    require(
        abs(found - want) < 1e-3,
        f"for weight {given[3]:g} the loss should be {want:.3f} and yours is {found:.3f}. The critic wants fakes "
        f"low and reals high: mean f(fakes) − mean f(reals), plus weight · penalty. Here: {why}.",
    )


def clip(critic: nn.Module, c: float) -> None:
    """Bring every parameter of the critic into [−c, c], in place."""
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-c, c)


def _clip_a_copy(critic: nn.Module, c: float) -> None:
    for parameter in critic.parameters():
        parameter.detach().clamp(-c, c)


def _clip_above(critic: nn.Module, c: float) -> None:
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(max=c)


def _clip_gradients(critic: nn.Module, c: float) -> None:
    for parameter in critic.parameters():
        if parameter.grad is not None:
            parameter.grad.clamp_(-c, c)


def _shrink_all(critic: nn.Module, c: float) -> None:
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.mul_(c / parameter.abs().max())


def _clip_weights_only(critic: nn.Module, c: float) -> None:
    with torch.no_grad():
        for parameter in critic.parameters():
            if parameter.ndim > 1:
                parameter.clamp_(-c, c)


def check_clip(answer: Answer) -> None:
    """Weights below, within and above the limits, and a bias above."""
    layer = nn.Linear(3, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[-0.5, 0.05, 0.3]]))
        layer.bias.fill_(0.2)
    layer(torch.ones(1, 3)).sum().backward()
    if answer(layer, 0.1) is ...:
        solved(...)
    got = [*layer.weight.detach().flatten().tolist(), *layer.bias.tolist()]
    require(
        bool(np.allclose(got, [-0.1, 0.05, 0.1, 0.1])),
        "a layer has the weights −0.5, 0.05, 0.3 and the bias 0.2. With c = 0.1 they should become −0.1, 0.05, 0.1 and "
        f"0.1; after your function they are {', '.join(f'{number:.3g}' for number in got)}. What lies within the "
        "limits stays as it is, what lies beyond goes to the limit, and the critic itself must change, in place.",
    )


EXERCISES = (
    Exercise(
        id="09.1",
        title="the earth mover's distance on a line",
        minutes=8,
        check=check_earth_movers,
        hints=(
            "Stand at the border behind place k. All that is too much on its left has to cross it; all that is "
            "missing there has to come back across it.",
            "What is too much on the left of each border is the running sum of q − p.",
            "np.abs(np.cumsum(q - p)).sum()",
        ),
        reference=earth_movers,
        wrong_answers={
            "the share in the wrong place": _total_variation,
            "the distance of the means": _between_the_means,
            "differences of bars": _bars_without_sums,
            "left cancels right": _both_ways,
            "the mean over the borders": _mean_of_borders,
        },
    ),
    Exercise(
        id="09.2",
        title="the critic's loss, with a gradient penalty",
        minutes=12,
        check=check_critic_loss,
        hints=(
            "Three terms: mean f(fakes), minus mean f(reals), plus the penalty. For the penalty you need new points x "
            "between the two batches, and x.requires_grad_().",
            "`(gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)` has the shape of x. Each row's "
            "length is one slope.",
            "weight * (gradient.flatten(1).norm(dim=1) - 1).square().mean()",
        ),
        reference=critic_loss,
        wrong_answers={
            "penalty at the reals": _at_reals,
            "signs swapped": _signs_swapped,
            "the graph is lost": _penalty_without_graph,
            "one norm for the whole batch": _one_norm_for_the_batch,
            "slope towards 0, as in R1": _penalty_towards_zero,
            "the weight is forgotten": _without_the_weight,
        },
    ),
    Exercise(
        id="09.3",
        title="clip the weights",
        minutes=4,
        check=check_clip,
        hints=(
            "`critic.parameters()` gives every weight and bias. They are to be changed where they are.",
            "A tensor's method with an underscore at its end works in place, and `with torch.no_grad():` allows it.",
            "parameter.clamp_(-c, c)",
        ),
        reference=clip,
        wrong_answers={
            "a copy is clipped": _clip_a_copy,
            "from above only": _clip_above,
            "the gradients are clipped": _clip_gradients,
            "everything is shrunk": _shrink_all,
            "biases are left out": _clip_weights_only,
        },
    ),
)
