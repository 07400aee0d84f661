"""Exercises of chapter 13: the dice outside the network, the way between two bells, noising, and one step back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganwidgets.exercises.base import Answer, Exercise, require, solved


def reparametrise(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """A draw of N(mean, e^log_variance) that is a function of the two, and of standard normal noise."""
    return mean + (0.5 * log_variance).exp() * noise


def _with_the_variance(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    return mean + log_variance.exp() * noise


def _with_the_logarithm(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    return mean + log_variance * noise


def _drawn_without_a_way_back(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    with torch.no_grad():
        return mean + (0.5 * log_variance).exp() * noise


def _with_noise_of_its_own(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    return mean + (0.5 * log_variance).exp() * torch.randn(mean.shape)


def _around_zero(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    return (0.5 * log_variance).exp() * (mean + noise)


def check_reparametrise(answer: Answer) -> None:
    """By hand, with standard deviations of 1, 2 and ½; the noise that was given; gradients to both numbers."""
    mean, log_variance = torch.tensor([[1.0, -2.0, 0.0]]), torch.tensor([[1.0, 4.0, 0.25]]).log()
    still = _tensor(answer(mean, log_variance, torch.zeros(1, 3)), mean)
    require(
        torch.allclose(still, mean, atol=1e-5),
        f"with noise 0 the draw is the mean itself, {mean.tolist()[0]}; yours is {_told(still[0])}. Is the noise that "
        "was handed in the only dice?",
    )
    one = _tensor(answer(mean, log_variance, torch.ones(1, 3)), mean)
    want = [2.0, 0.0, 0.5]
    require(
        np.allclose(one[0].detach(), want, atol=1e-5),
        f"with noise 1 the draw is one *standard deviation* above the mean. The variances are 1, 4 and ¼, so that is "
        f"{want}; yours is {_told(one[0])}. What turns the logarithm of a variance into a standard deviation?",
    )
    leaves = mean.clone().requires_grad_(True), log_variance.clone().requires_grad_(True)
    drawn = _tensor(answer(*leaves, torch.ones(1, 3)), mean)
    require(
        drawn.requires_grad,
        "the numbers are right, but no gradient runs back to the mean and the log-variance, so the encoder would learn "
        "nothing. Leave out no_grad, detach and .item().",
    )
    found = torch.autograd.grad(drawn.sum(), leaves, allow_unused=True)
    require(
        all(gradient is not None for gradient in found) and np.allclose(found[1][0], [0.5, 1.0, 0.25], atol=1e-5),
        "a gradient must reach both the mean and the log-variance; one of them is cut off in yours.",
    )


def kl(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    """KL(N(mean_q, std_q²) ‖ N(mean_p, std_p²)) in nats."""
    return np.log(std_p / std_q) + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5


def _kl_the_other_way(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return kl(mean_p, std_p, mean_q, std_q)


def _kl_without_the_half(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return np.log(std_p / std_q) + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2)


def _kl_of_equal_widths(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return (mean_q - mean_p) ** 2 / (2 * std_p**2)


def _kl_with_std_for_variance(mean_q: Any, std_q: Any, mean_p: Any, std_p: Any) -> Any:
    return np.log(std_p / std_q) + (std_q + (mean_q - mean_p) ** 2) / (2 * std_p) - 0.5


def check_kl(answer: Answer) -> None:
    """By hand: the same bell, one that is shifted, wider and narrower ones; then as an integral."""
    cases = (
        ((1.0, 2.0, 1.0, 2.0), 0.0, "0, for q and p are the same bell"),
        ((3.0, 1.0, 0.0, 1.0), 4.5, "9/2: equal widths, 3 apart"),
        ((3.0, 2.0, 0.0, 2.0), 1.125, "9/8: 3 apart again, but in bells twice as wide that is less"),
        ((0.0, 2.0, 0.0, 1.0), 1.5 - np.log(2), "−log 2 + 4/2 − ½, q twice as wide as p"),
        ((0.0, 1.0, 0.0, 2.0), np.log(2) - 0.375, "log 2 + 1/8 − ½, q half as wide as p"),
        ((1.2, 0.5, -0.3, 0.8), float(kl(1.2, 0.5, -0.3, 0.8)), "what the integral of q · log(q / p) gives"),
    )
    for arguments, want, why in cases:
        got = float(np.asarray(solved(answer(*arguments)), dtype=np.float64))
        require(
            np.isfinite(got) and abs(got - want) < 1e-4,
            f"for q = N({arguments[0]:g}, {arguments[1]:g}²) and p = N({arguments[2]:g}, {arguments[3]:g}²) the result "
            f"is {want:.4f} ({why}); you got {got:.4f}. Mind which of the two stands in front of the logarithm, and "
            "which numbers are squared.",
        )


def diffuse(x_0: Tensor, noise: Tensor, alpha_bar: float) -> Tensor:
    """A draw of q(x_t | x_0), where `alpha_bar` of the variance is still signal."""
    return alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * noise


def _without_roots(x_0: Tensor, noise: Tensor, alpha_bar: float) -> Tensor:
    return alpha_bar * x_0 + (1 - alpha_bar) * noise


def _without_shrinking(x_0: Tensor, noise: Tensor, alpha_bar: float) -> Tensor:
    return x_0 + (1 - alpha_bar) ** 0.5 * noise


def _swapped(x_0: Tensor, noise: Tensor, alpha_bar: float) -> Tensor:
    return (1 - alpha_bar) ** 0.5 * x_0 + alpha_bar**0.5 * noise


def _one_minus_the_root(x_0: Tensor, noise: Tensor, alpha_bar: float) -> Tensor:
    return alpha_bar**0.5 * x_0 + (1 - alpha_bar**0.5) * noise


def check_diffuse(answer: Answer) -> None:
    """By hand at ᾱ = 1, 0 and 0.64; the variance stays 1."""
    x_0, noise = torch.tensor([[5.0, -1.0]]), torch.tensor([[1.0, 2.0]])
    for alpha_bar, want, why in (
        (1.0, [5.0, -1.0], "with ᾱ = 1 nothing is lost and no noise is there: x_t = x_0"),
        (0.0, [1.0, 2.0], "with ᾱ = 0 nothing but noise is left: x_t = ε"),
        (0.64, [4.6, 0.4], "with ᾱ = 0.64 the signal is scaled by 0.8 and the noise by 0.6, the roots of 0.64 and "
         "0.36"),
    ):  # fmt: skip
        got = _tensor(answer(x_0, noise, alpha_bar), x_0)
        require(
            np.allclose(got[0], want, atol=1e-4),
            f"{why}. For x_0 = {x_0.tolist()[0]} and ε = {noise.tolist()[0]} that is {want}; you got {_told(got[0])}.",
        )
    draws = torch.randn(2, 20_000, generator=torch.Generator().manual_seed(0))
    spread = float(_tensor(answer(draws[:1], draws[1:], 0.3), draws[:1]).var())
    require(
        abs(spread - 1) < 0.05,
        f"where data and noise both have variance 1, x_t must have it, too: shares of the *variance* add up to 1. "
        f"Yours has {spread:.2f} at ᾱ = 0.3.",
    )


def ddim_step(x_t: Tensor, guess: Tensor, now: float, then: float) -> Tensor:
    """From ᾱ = now to ᾱ = then: the noise that the guess of x_0 implies, mixed with the guess anew."""
    noise = (x_t - now**0.5 * guess) / (1 - now) ** 0.5
    return then**0.5 * guess + (1 - then) ** 0.5 * noise


def _jump_to_the_guess(x_t: Tensor, guess: Tensor, now: float, then: float) -> Tensor:
    return guess


def _old_noise_is_the_picture(x_t: Tensor, guess: Tensor, now: float, then: float) -> Tensor:
    return then**0.5 * guess + (1 - then) ** 0.5 * x_t


def _noise_not_divided(x_t: Tensor, guess: Tensor, now: float, then: float) -> Tensor:
    return then**0.5 * guess + (1 - then) ** 0.5 * (x_t - now**0.5 * guess)


def _fresh_noise(x_t: Tensor, guess: Tensor, now: float, then: float) -> Tensor:
    return then**0.5 * guess + (1 - then) ** 0.5 * torch.randn(x_t.shape)


def _stays_where_it_is(x_t: Tensor, guess: Tensor, now: float, then: float) -> Tensor:
    noise = (x_t - then**0.5 * guess) / (1 - then) ** 0.5 if then < 1 else 0 * x_t
    return now**0.5 * guess + (1 - now) ** 0.5 * noise


def check_ddim_step(answer: Answer) -> None:
    """By hand; to ᾱ = 1; and with the true x_0, where the step must land on the noising of the same x_0 and noise."""
    x_0, noise = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.5, 3.0]])
    x_t = diffuse(x_0, noise, 0.36)  # 0.6 x_0 + 0.8 noise
    last = _tensor(answer(x_t, x_0, 0.36, 1.0), x_t)
    require(
        torch.allclose(last, x_0, atol=1e-4),
        f"a step to ᾱ = 1, where no noise is left, must land on the guess of x_0, {x_0.tolist()[0]}; you got "
        f"{_told(last[0])}.",
    )
    got = _tensor(answer(x_t, x_0, 0.36, 0.64), x_t)
    want = diffuse(x_0, noise, 0.64)
    require(
        torch.allclose(got, want, atol=1e-4),
        f"x_t = {_told(x_t[0])} at ᾱ = 0.36 with the guess {x_0.tolist()[0]} means that the noise was "
        f"{noise.tolist()[0]}: what is left of x_t without √0.36 · guess, divided by √0.64. At ᾱ = 0.64 the same two "
        f"mix to {_told(want[0])}; you got {_told(got[0])}.",
    )
    wrong_guess = _tensor(answer(x_t, 0 * x_0, 0.36, 0.64), x_t)
    require(
        torch.allclose(wrong_guess, 0.75 * x_t, atol=1e-4),
        f"with a guess of 0 everything in x_t is noise: x_t / 0.8, of which 0.6 is kept, so {_told(0.75 * x_t[0])}; "
        f"you got {_told(wrong_guess[0])}.",
    )


def _tensor(value: Any, like: Tensor) -> Tensor:
    """`value` as a tensor of the shape of `like`, or a refusal."""
    got = solved(value)
    shape = tuple(got.shape) if isinstance(got, Tensor) else type(got).__name__
    require(shape == tuple(like.shape), f"return a tensor of shape {tuple(like.shape)}; yours is {shape}.")
    return got  # type: ignore[no-any-return]


def _told(row: Tensor) -> str:
    return str([round(number, 2) for number in row.detach().tolist()])


EXERCISES = (
    Exercise(
        id="13.1",
        title="The dice outside",
        minutes=4,
        check=check_reparametrise,
        hints=(
            "Standard normal noise, times a standard deviation, plus a mean, is a draw of that bell.",
            "The variance is e to the log-variance. The standard deviation is its root, e to *half* the log-variance.",
            "return mean + (0.5 * log_variance).exp() * noise",
        ),
        reference=reparametrise,
        wrong_answers={
            "the variance in place of its root": _with_the_variance,
            "the logarithm itself": _with_the_logarithm,
            "no gradient": _drawn_without_a_way_back,
            "dice of its own": _with_noise_of_its_own,
            "the mean scaled as well": _around_zero,
        },
    ),
    Exercise(
        id="13.2",
        title="From bell to bell",
        minutes=8,
        check=check_kl,
        hints=(
            "KL(q ‖ p) is the mean of log q(x) − log p(x) over draws x of q. The logarithm of a bell is "
            "−log(std) − (x − mean)² / (2 std²), and a constant that both share.",
            "Over draws of q, (x − mean_q)² is std_q² on average, and (x − mean_p)² is std_q² + (mean_q − mean_p)².",
            "np.log(std_p / std_q) + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5",
        ),
        reference=kl,
        wrong_answers={
            "q and p exchanged": _kl_the_other_way,
            "the ½ forgotten": _kl_without_the_half,
            "the widths forgotten": _kl_of_equal_widths,
            "nothing squared but the means": _kl_with_std_for_variance,
        },
    ),
    Exercise(
        id="13.3",
        title="Into the noise in one leap",
        minutes=4,
        check=check_diffuse,
        hints=(
            "ᾱ is the share of the *variance* that is still signal; 1 − ᾱ is the noise's share.",
            "To scale a variance by some factor, multiply the numbers by its root.",
            "return alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * noise",
        ),
        reference=diffuse,
        wrong_answers={
            "no roots": _without_roots,
            "the signal never shrinks": _without_shrinking,
            "the two exchanged": _swapped,
            "one minus the root": _one_minus_the_root,
        },
    ),
    Exercise(
        id="13.4",
        title="A step back",
        minutes=8,
        check=check_ddim_step,
        hints=(
            "x_t is √ᾱ · x_0 + √(1 − ᾱ) · noise. You have x_t, ᾱ, and a guess of x_0. Solve for the noise.",
            "The noise is (x_t − √now · guess) / √(1 − now). Now mix the guess and this noise as exercise 13.3 does, "
            "with the ᾱ of the new time.",
            "noise = (x_t - now**0.5 * guess) / (1 - now) ** 0.5, then return then**0.5 * guess + (1 - then) ** 0.5 * "
            "noise",
        ),
        reference=ddim_step,
        wrong_answers={
            "leaps to the guess": _jump_to_the_guess,
            "x_t itself for the noise": _old_noise_is_the_picture,
            "the noise not divided": _noise_not_divided,
            "fresh noise": _fresh_noise,
            "the two times exchanged": _stays_where_it_is,
        },
    ),
)
