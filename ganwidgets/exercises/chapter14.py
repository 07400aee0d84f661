"""Exercises of chapter 14: there and back, a soft choice, a step that fools a detector, and what an alarm is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwidgets.exercises.base import Answer, Exercise, require, solved
from ganwidgets.models import text

Translate = Callable[[Tensor], Tensor]


def cycle_loss(a: Tensor, b: Tensor, forth: Translate, back: Translate) -> Tensor:
    """What a journey there and back changes in a, plus what one back and there changes in b: means of |difference|."""
    return (back(forth(a)) - a).abs().mean() + (forth(back(b)) - b).abs().mean()


def _cycle_one_way(a: Tensor, b: Tensor, forth: Translate, back: Translate) -> Tensor:
    return (back(forth(a)) - a).abs().mean()


def _cycle_compares_with_the_other(a: Tensor, b: Tensor, forth: Translate, back: Translate) -> Tensor:
    return (forth(a) - b).abs().mean() + (back(b) - a).abs().mean()


def _cycle_squared(a: Tensor, b: Tensor, forth: Translate, back: Translate) -> Tensor:
    return (back(forth(a)) - a).square().mean() + (forth(back(b)) - b).square().mean()


def _cycle_wrong_order(a: Tensor, b: Tensor, forth: Translate, back: Translate) -> Tensor:
    return (forth(back(a)) - a).abs().mean() + (back(forth(b)) - b).abs().mean()


def check_cycle(answer: Answer) -> None:
    """By hand on two numbers, forth doubles and back takes 3 off; then the gradient, and a perfect pair."""
    a, b = torch.tensor([[0.5, 2.0]]), torch.tensor([[4.0, 1.0]])
    got = _number(answer(a, b, lambda x: 2 * x, lambda x: x - 3))
    require(
        abs(got - 1.75) > 1e-4,
        "this is the journey of a only. b has one, too: back to the first pile, then forth again.",
    )
    require(
        abs(got - 5.25) < 1e-4,
        f"with a = (0.5, 2), b = (4, 1), forth(x) = 2x and back(x) = x − 3 the journeys end at (−2, 1) and (2, −4); "
        f"the |differences| have the means 1.75 and 3.5, so the loss is 5.25. Yours is {got:.4g}. Each picture is "
        "compared with itself, after both networks.",
    )
    perfect = _number(answer(a, b, lambda x: 2 * x, lambda x: x / 2))
    require(abs(perfect) < 1e-6, f"where back undoes forth exactly, the loss is 0; yours is {perfect:.4g}.")
    weight = torch.tensor(2.0, requires_grad=True)
    value = answer(a, b, lambda x: weight * x, lambda x: x)
    require(bool(value.requires_grad), "no gradient reaches the networks: is something detached, or made a float?")


def gumbel_softmax(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    """The soft choice: softmax of (logits + noise) / temperature over the last axis."""
    return torch.softmax((logits + noise) / temperature, dim=-1)


def _gumbel_noise_after(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    return torch.softmax(logits / temperature + noise, dim=-1)


def _gumbel_temperature_times(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    return torch.softmax((logits + noise) * temperature, dim=-1)


def _gumbel_wrong_axis(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    return torch.softmax((logits + noise) / temperature, dim=0)


def _gumbel_hard(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    return F.one_hot((logits + noise).argmax(dim=-1), logits.shape[-1]).float()


def _gumbel_without_noise(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    return torch.softmax(logits / temperature, dim=-1)


def check_gumbel(answer: Answer) -> None:
    """Two words of two places and three letters: sums, the axis, the noise, the temperature, and a slope."""
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 2, 3, generator=rng).requires_grad_()
    noise = text.gumbel(torch.randn(2, 2, 3, generator=rng))
    got = _tensor(answer(logits, noise, 0.5), logits.shape)
    require(
        bool(got.requires_grad),
        "no slope comes through: the result does not depend on the logits as PyTorch sees it. A hard choice has none; "
        "this one is to be soft.",
    )
    require(
        bool(torch.allclose(got.sum(-1), torch.ones(2, 2), atol=1e-5)),
        "the shares of the letters at one place should sum to 1; yours do not. Letters are the last axis.",
    )
    mean_noise = answer(logits.detach(), noise + torch.tensor([0.0, 5.0, 0.0]), 0.5)
    require(
        float((mean_noise - got.detach()).abs().max()) > 1e-3,
        "the noise changes nothing in your result, so the same logits would always give the same letter.",
    )
    cold, warm = (answer(logits.detach(), noise, t).max(dim=-1).values.mean() for t in (0.1, 10.0))
    require(
        bool(cold > warm),
        f"a low temperature should make the choice harder. The largest share is {float(cold):.2f} on average at 0.1 "
        f"and {float(warm):.2f} at 10 with yours.",
    )
    want = gumbel_softmax(logits, noise, 0.5)
    require(
        bool(torch.allclose(got, want, atol=1e-5)),
        f"at temperature 0.5 the first place should be {_rounded(want[0, 0])}; yours is {_rounded(got[0, 0])}. Logits "
        "and noise are added first; then the sum is divided.",
    )


def fooling_step(x: Tensor, gradient: Tensor, step: float, x_start: Tensor, most: float) -> Tensor:
    """x moved by `step` in every pixel, the way the score rises, but nowhere further than `most` from `x_start`."""
    moved = x + step * gradient.sign()
    return torch.clamp(moved, x_start - most, x_start + most).clamp(-1, 1)


def _fooling_downhill(x: Tensor, gradient: Tensor, step: float, x_start: Tensor, most: float) -> Tensor:
    return fooling_step(x, -gradient, step, x_start, most)


def _fooling_raw_gradient(x: Tensor, gradient: Tensor, step: float, x_start: Tensor, most: float) -> Tensor:
    return torch.clamp(x + step * gradient, x_start - most, x_start + most).clamp(-1, 1)


def _fooling_unbounded(x: Tensor, gradient: Tensor, step: float, x_start: Tensor, most: float) -> Tensor:
    return (x + step * gradient.sign()).clamp(-1, 1)


def _fooling_around_x(x: Tensor, gradient: Tensor, step: float, x_start: Tensor, most: float) -> Tensor:
    return torch.clamp(x + step * gradient.sign(), x - most, x + most).clamp(-1, 1)


def _fooling_out_of_range(x: Tensor, gradient: Tensor, step: float, x_start: Tensor, most: float) -> Tensor:
    return torch.clamp(x + step * gradient.sign(), x_start - most, x_start + most)


def check_fooling(answer: Answer) -> None:
    """Three pixels with steep, shallow and negative slopes; then a pixel at its bound, and one at the edge of white."""
    start = torch.tensor([[0.0, 0.5, -0.5]])
    slope = torch.tensor([[3.0, 1e-4, -2.0]])
    got = _tensor(answer(start, slope, 0.1, start, 0.25), start.shape)
    require(
        float(got[0, 0]) >= 0,
        "the score rises with the first pixel, and yours went down. Fooling means a higher score.",
    )
    require(
        bool(torch.allclose(got, torch.tensor([[0.1, 0.6, -0.6]]), atol=1e-6)),
        f"every pixel moves by the step, 0.1, whether its slope is steep or shallow: the sign is enough. From "
        f"(0, 0.5, −0.5) with slopes (3, 0.0001, −2) you got {_rounded(got[0])}.",
    )
    far = answer(start + 0.2, slope, 0.1, start, 0.25)
    require(
        float((far - start).max()) <= 0.25 + 1e-6,
        f"a pixel that was 0.2 away from the start has gone {float((far - start).max()):.3g} away, and at most 0.25 is "
        "allowed. The bound is around x_start, however many steps are made.",
    )
    bright = torch.tensor([[0.98, -1.0, 0.0]])
    edge = answer(bright, torch.tensor([[1.0, -1.0, 1.0]]), 0.1, bright, 0.25)
    require(float(edge.abs().max()) <= 1, "pixels are from −1 to 1; yours left that range.")
    require(bool(torch.allclose(edge, torch.tensor([[1.0, -1.0, 0.1]]), atol=1e-6)), "white can only stay white.")


def truly_fake(share: float, caught: float, false_alarm: float) -> float:
    """Of all pictures that raise an alarm, how many are fakes."""
    alarms = share * caught + (1 - share) * false_alarm
    return share * caught / alarms


def _truly_fake_is_caught(share: float, caught: float, false_alarm: float) -> float:
    return caught


def _truly_fake_not_divided(share: float, caught: float, false_alarm: float) -> float:
    return share * caught


def _truly_fake_without_share(share: float, caught: float, false_alarm: float) -> float:
    return caught / (caught + false_alarm)


def check_alarm(answer: Answer) -> None:
    """By hand in whole pictures: of 1,000 ten are fakes."""
    got = _number(answer(0.01, 0.9, 0.1))
    # Of 1,000: 10 fakes, 9 caught; 990 real, 99 alarms.
    require(
        abs(got - 9 / 108) < 1e-6,
        f"of 1,000 pictures 10 are fakes, 9 of them caught; 99 of the 990 real ones raise an alarm too. So 9 of 108 "
        f"alarms are fakes, 8.3 %; yours says {got:.4g}. How many real pictures are there for each fake?",
    )
    half = _number(answer(0.5, 0.8, 0.2))
    require(abs(half - 0.8) < 1e-6, f"with as many fakes as reals, 0.8 and 0.2 give 0.8; yours gives {half:.4g}.")


def _number(value: Any) -> float:
    got = solved(value)
    got = got.detach() if isinstance(got, Tensor) else got
    require(
        not isinstance(got, Tensor) or got.numel() == 1,
        f"return one number; yours has shape {tuple(getattr(got, 'shape', ()))}. Is a mean missing?",
    )
    return float(got)


def _tensor(value: Any, shape: torch.Size) -> Tensor:
    got = solved(value)
    require(isinstance(got, Tensor), f"return a tensor, not {type(got).__name__}.")
    require(got.shape == shape, f"return the shape {tuple(shape)}; yours is {tuple(got.shape)}.")
    tensor: Tensor = got
    return tensor


def _rounded(row: Tensor) -> list[float]:
    return [round(float(number), 3) for number in row.detach()]


EXERCISES = (
    Exercise(
        id="14.1",
        title="There and back",
        minutes=6,
        check=check_cycle,
        hints=(
            "A picture a goes forth, and what comes out goes back. What should come out, if nothing was lost?",
            "back(forth(a)) should be a again, and forth(back(b)) should be b. Take the mean of |difference| of each.",
            "(back(forth(a)) - a).abs().mean() is the first half.",
        ),
        reference=cycle_loss,
        wrong_answers={
            "one journey only": _cycle_one_way,
            "compared with the other pile": _cycle_compares_with_the_other,
            "squares": _cycle_squared,
            "the networks in the wrong order": _cycle_wrong_order,
        },
    ),
    Exercise(
        id="14.2",
        title="A soft choice",
        minutes=5,
        check=check_gumbel,
        hints=(
            "The draw was argmax(logits + noise). Which function is like argmax, but smooth?",
            "A softmax over the last axis. Dividing what goes in by a small number makes it nearly hard.",
            "torch.softmax((logits + noise) / temperature, dim=-1)",
        ),
        reference=gumbel_softmax,
        wrong_answers={
            "noise outside the temperature": _gumbel_noise_after,
            "times the temperature": _gumbel_temperature_times,
            "over the words": _gumbel_wrong_axis,
            "hard": _gumbel_hard,
            "no noise": _gumbel_without_noise,
        },
    ),
    Exercise(
        id="14.3",
        title="A step that fools",
        minutes=6,
        check=check_fooling,
        hints=(
            "The gradient says for each pixel whether the score rises when it gets brighter. Only its sign is needed.",
            "First x + step · sign, then torch.clamp with the bounds x_start − most and x_start + most.",
            "torch.clamp(x + step * gradient.sign(), x_start - most, x_start + most).clamp(-1, 1)",
        ),
        reference=fooling_step,
        wrong_answers={
            "downhill": _fooling_downhill,
            "the gradient itself": _fooling_raw_gradient,
            "no bound": _fooling_unbounded,
            "bound around x": _fooling_around_x,
            "leaves -1 to 1": _fooling_out_of_range,
        },
    ),
    Exercise(
        id="14.4",
        title="What an alarm is worth",
        minutes=4,
        check=check_alarm,
        hints=(
            "Think of 1,000 pictures. How many are fakes, and how many of these raise an alarm?",
            "Real pictures raise alarms as well: (1 − share) · false_alarm of all pictures. Which share of all alarms "
            "comes from fakes?",
            "share * caught / (share * caught + (1 - share) * false_alarm)",
        ),
        reference=truly_fake,
        wrong_answers={
            "the rate of the caught": _truly_fake_is_caught,
            "of all pictures": _truly_fake_not_divided,
            "as many fakes as reals": _truly_fake_without_share,
        },
    ),
)
