"""Exercises of chapter 05: both losses from logits, one step of D, one step of G."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from ganwidgets.exercises.base import Answer, Exercise, require, solved


def d_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """D's loss: reals should be called 1, fakes 0."""
    real_loss = bce(real_logits, torch.ones_like(real_logits))
    fake_loss = bce(fake_logits, torch.zeros_like(fake_logits))
    return real_loss + fake_loss


def _d_labels_swapped(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return bce(real_logits, torch.zeros_like(real_logits)) + bce(fake_logits, torch.ones_like(fake_logits))


def _d_fakes_only(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return bce(fake_logits, torch.zeros_like(fake_logits))


def _d_sigmoid_twice(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    return d_loss(torch.sigmoid(real_logits), torch.sigmoid(fake_logits))


def check_d_loss(answer: Answer) -> None:
    """Compare with -log D(x) - log(1 - D(G(z))) at hand-picked logits."""
    real, fake = torch.tensor([2.0, 1.0, 3.0]), torch.tensor([-1.0, 0.5])
    got = solved(answer(real, fake))
    require(isinstance(got, Tensor) and got.ndim == 0, f"return one number as a tensor, not {_describe(got)}.")
    good, bad = float(answer(real + 8, fake - 8)), float(answer(real - 8, fake + 8))
    require(
        good < bad,
        f"a D that is right everywhere gets {good:.3g}, one that is wrong everywhere {bad:.3g}: the right one must be "
        "lower. Which label belongs to the reals? Is there a minus sign too many or too few?",
    )
    blind = float(answer(real - 8, fake))
    require(
        blind > float(got) + 1,
        "the loss hardly rises when D calls every real picture fake. Do the reals count at all, and are these logits "
        "used as they come, with one sigmoid only?",
    )
    want = float(d_loss(real, fake))
    require(
        abs(float(got) - want) < 1e-4,
        f"for real logits {real.tolist()} and fake logits {fake.tolist()} the loss is {want:.4f}; you got "
        f"{float(got):.4f}. It is the mean over the reals plus the mean over the fakes.",
    )


def g_loss(fake_logits: Tensor) -> Tensor:
    """G's loss: its fakes should be called 1."""
    return bce(fake_logits, torch.ones_like(fake_logits))


def _g_target_zero(fake_logits: Tensor) -> Tensor:
    return bce(fake_logits, torch.zeros_like(fake_logits))


def _g_saturating(fake_logits: Tensor) -> Tensor:
    return -bce(fake_logits, torch.zeros_like(fake_logits))


def _g_sigmoid_twice(fake_logits: Tensor) -> Tensor:
    return g_loss(torch.sigmoid(fake_logits))


def check_g_loss(answer: Answer) -> None:
    """Lower for fooled D, and the gradient must not die where D is sure."""
    fake = torch.tensor([-1.0, 0.5, 2.0])
    got = solved(answer(fake))
    require(isinstance(got, Tensor) and got.ndim == 0, f"return one number as a tensor, not {_describe(got)}.")
    require(
        float(answer(fake + 5)) < float(answer(fake)),
        "G is winning when D gives its fakes high logits, but your loss does not fall then. Which label does G want "
        "to hear? Is a minus sign missing?",
    )
    sure = torch.tensor([-12.0], requires_grad=True)
    answer(sure).backward()
    slope = float(sure.grad.abs()) if sure.grad is not None else 0.0
    require(
        slope > 0.9,
        f"where D is sure that a picture is fake (logit -12), the slope of the loss should be close to 1; yours is "
        f"{slope:.2g}, so G would learn nothing just where it must learn most. Use the target 1, and one sigmoid.",
    )
    want = float(g_loss(fake))
    require(
        abs(float(got) - want) < 1e-4, f"for logits {fake.tolist()} the loss is {want:.4f}; you got {float(got):.4f}."
    )


def d_step(G: nn.Module, D: nn.Module, opt_d: torch.optim.Optimizer, x_real: Tensor, z: Tensor) -> Tensor:
    """One step of D. G is not touched."""
    x_fake = G(z).detach()
    loss = d_loss(D(x_real), D(x_fake))
    opt_d.zero_grad()
    loss.backward()
    opt_d.step()
    return loss.detach()


def _careless_d_step(detach: bool = True, zero_grad: bool = True) -> Answer:
    def step(G: nn.Module, D: nn.Module, opt_d: torch.optim.Optimizer, x_real: Tensor, z: Tensor) -> Tensor:
        x_fake = G(z).detach() if detach else G(z)
        loss = d_loss(D(x_real), D(x_fake))
        if zero_grad:
            opt_d.zero_grad()
        loss.backward()
        opt_d.step()
        return loss.detach()

    return step


def g_step(G: nn.Module, D: nn.Module, opt_g: torch.optim.Optimizer, z: Tensor) -> Tensor:
    """One step of G, through a D that stands still."""
    D.requires_grad_(False)
    loss = g_loss(D(G(z)))
    opt_g.zero_grad()
    loss.backward()
    opt_g.step()
    D.requires_grad_(True)
    return loss.detach()


def _careless_g_step(detach: bool = False, freeze: bool = True, thaw: bool = True) -> Answer:
    def step(G: nn.Module, D: nn.Module, opt_g: torch.optim.Optimizer, z: Tensor) -> Tensor:
        D.requires_grad_(not freeze)
        loss = g_loss(D(G(z).detach() if detach else G(z)))
        opt_g.zero_grad()
        loss.backward()
        opt_g.step()
        D.requires_grad_(thaw)
        return loss.detach()

    return step


class _Duel:
    """A tiny linear G and D with plain SGD, and what they looked like before."""

    def __init__(self) -> None:
        rng = torch.Generator().manual_seed(5)
        self.G, self.D = nn.Linear(3, 2), nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
        for parameter in (*self.G.parameters(), *self.D.parameters()):
            nn.init.normal_(parameter, generator=rng)
        self.x_real = torch.randn(8, 2, generator=rng)
        self.z = torch.randn(8, 3, generator=rng)
        self.opt_g = torch.optim.SGD(self.G.parameters(), lr=0.1)
        self.opt_d = torch.optim.SGD(self.D.parameters(), lr=0.1)
        self.before = copy.deepcopy((self.G, self.D))


def _same(a: nn.Module, b: nn.Module) -> bool:
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.allclose(p, q, atol=1e-6) for p, q in pairs)


def _has_gradients(network: nn.Module) -> bool:
    return any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in network.parameters())


def check_d_step(answer: Answer) -> None:
    """Two steps in a row: only D moves, by the right amount, and G gathers no gradients."""
    duel, twin = _Duel(), _Duel()
    solved(answer(duel.G, duel.D, duel.opt_d, duel.x_real, duel.z))
    require(_same(duel.G, duel.before[0]), "G's weights changed in D's step.")
    require(
        not _same(duel.D, duel.before[1]),
        "D's weights did not change. Is there a `step()`, and does `zero_grad` come before `backward`?",
    )
    require(
        not _has_gradients(duel.G),
        "D's loss sent gradients back into G: work for nothing, and they would be added to G's own. "
        "Cut the graph between G and D.",
    )
    require(
        all(p.requires_grad for p in duel.G.parameters()), "G is frozen after D's step; it could never learn again."
    )
    d_step(twin.G, twin.D, twin.opt_d, twin.x_real, twin.z)
    require(
        _same(duel.D, twin.D),
        "D moved, but not as the loss of 05.1 would move it. Are real and fake the right way round, and do D's logits "
        "of the fakes keep their history? Only the fakes themselves are to be detached.",
    )
    answer(duel.G, duel.D, duel.opt_d, duel.x_real, duel.z)
    d_step(twin.G, twin.D, twin.opt_d, twin.x_real, twin.z)
    require(
        _same(duel.D, twin.D),
        "after two steps D is not where it should be. Do gradients of the first step pile up in the second?",
    )


def check_g_step(answer: Answer) -> None:
    """Only G moves, by the right amount; D gathers no gradients and can learn again afterwards."""
    duel, twin = _Duel(), _Duel()
    solved(answer(duel.G, duel.D, duel.opt_g, duel.z))
    require(
        not _same(duel.G, duel.before[0]),
        "G's weights did not change. Is the graph cut between D and G? Is there a `step()`, and does `zero_grad` come "
        "before `backward`?",
    )
    require(_same(duel.D, duel.before[1]), "D's weights changed in G's step.")
    require(
        not _has_gradients(duel.D),
        "G's loss left gradients in D's weights: work for nothing, and they wait there for D's next step. "
        "Freeze D's parameters while G learns.",
    )
    require(
        all(p.requires_grad for p in duel.D.parameters()),
        "D is still frozen after G's step, so it would never learn again. Thaw it before you return.",
    )
    answer(duel.G, duel.D, duel.opt_g, duel.z)
    for _ in range(2):
        g_step(twin.G, twin.D, twin.opt_g, twin.z)
    require(_same(duel.G, twin.G), "after two steps G is not where it should be. Is it the loss of exercise 05.2?")


def _describe(value: Any) -> str:
    return f"a tensor of shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"{type(value).__name__}"


EXERCISES = (
    Exercise(
        id="05.1",
        title="D's loss",
        minutes=6,
        check=check_d_loss,
        hints=(
            "It is the classifier's loss that you know, on two batches: reals with label 1, fakes with label 0.",
            "bce(logits, labels) applies the sigmoid itself, so give it the logits as they are.",
            "Labels of the right shape come from torch.ones_like(real_logits) and torch.zeros_like(fake_logits).",
        ),
        reference=d_loss,
        wrong_answers={
            "labels swapped": _d_labels_swapped,
            "forgets the reals": _d_fakes_only,
            "sigmoid twice": _d_sigmoid_twice,
        },
    ),
    Exercise(
        id="05.2",
        title="G's loss",
        minutes=5,
        check=check_g_loss,
        hints=(
            "G wants D to make a mistake: to take its fakes for real.",
            "So G's target for its own fakes is the label of the reals.",
            "bce(fake_logits, torch.ones_like(fake_logits))",
        ),
        reference=g_loss,
        wrong_answers={
            "target 0": _g_target_zero,
            "the saturating loss": _g_saturating,
            "sigmoid twice": _g_sigmoid_twice,
        },
    ),
    Exercise(
        id="05.3",
        title="One step of D",
        minutes=10,
        check=check_d_step,
        hints=(
            "Make fakes, score both batches, compute the loss; then the three lines of every PyTorch step.",
            "D's loss must not reach G: `.detach()` turns the fakes into plain pictures without a history.",
            "The three lines: opt_d.zero_grad(), loss.backward(), opt_d.step(). Return the loss.",
        ),
        reference=d_step,
        wrong_answers={
            "forgets detach": _careless_d_step(detach=False),
            "forgets zero_grad": _careless_d_step(zero_grad=False),
        },
    ),
    Exercise(
        id="05.4",
        title="One step of G",
        minutes=10,
        check=check_g_step,
        hints=(
            "Now the gradient must flow through D into G, so nothing is detached. But D must not learn from it.",
            "D.requires_grad_(False) freezes D's weights; the gradient still passes through to its input.",
            "Freeze, compute g_loss(D(G(z))), do the three lines with opt_g, thaw D, return the loss.",
        ),
        reference=g_step,
        wrong_answers={
            "detaches the fakes": _careless_g_step(detach=True, freeze=False),
            "forgets to freeze D": _careless_g_step(freeze=False),
            "never thaws D": _careless_g_step(thaw=False),
        },
    ),
)
