"""Bad input, module by module: each case is refused in words that name the argument, none with a raw error."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ganwidgets import losses, metrics
from ganwidgets.checks import check_number, numbers
from ganwidgets.models import (
    audio,
    conditional,
    dcgan,
    diffusion,
    mlp,
    points,
    reader,
    style,
    text,
    translation,
    vae,
    video,
)
from ganwidgets.models.additive import Additive
from ganwidgets.train_config import TrainConfig

Case = tuple[Callable[[], object], str]
NAN, INF = math.nan, math.inf


def refused(call: Callable[[], object], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        call()


@pytest.mark.parametrize(
    ("limits", "value", "word"),
    [
        ({}, NAN, "x must be a finite number, not nan"),
        ({}, "1", "x must be a finite number, not '1'"),
        ({}, True, "not True"),
        ({"least": 0}, -1, "of at least 0, not -1"),
        ({"least": 0, "most": 1}, 2, "of at least 0 and of at most 1, not 2"),
        ({"above": 0}, 0, "above 0, not 0"),
        ({"least": 0, "below": 1}, 1.0, "of at least 0 and below 1, not 1.0"),
    ],
)
def test_a_number_within_limits(limits: dict[str, float], value: Any, word: str) -> None:
    refused(lambda: check_number("x", value, **limits), word)
    check_number("x", np.float32(0.5), **limits)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ([[1], [2, 3]], "x: expected an array of numbers, got list"),
        (None, "x: expected an array of real numbers, got object"),
        ("abc", "x: expected an array of real numbers, got <U3"),
        ([1j], "got complex128"),
        ([0.0, NAN, INF], "NaN or infinity in 2 of 3"),
    ],
)
def test_arrays_of_numbers(value: Any, word: str) -> None:
    refused(lambda: numbers("x", value), word)
    assert numbers("x", [1, 2], np.float32).dtype == np.float32
    refused(lambda: numbers("x", [1e300], np.float32), "infinity in 1 of 1")


@pytest.mark.parametrize("name", losses.LOSSES)
def test_losses(name: str) -> None:
    loss, good = losses.LOSSES[name], torch.zeros(3)
    for player in (loss.discriminator, loss.generator):
        for bad in (torch.zeros(0), torch.zeros(3, dtype=torch.int64), np.zeros(3), [0.0]):
            refused(partial(player, good, bad), "fake_logits: expected")  # type: ignore[arg-type]
    refused(lambda: loss.discriminator(torch.zeros(0), good), "real_logits: expected shape")
    if loss.uses_real_in_g:
        refused(lambda: loss.generator(good, torch.zeros(1)), "expected as many of each")


def test_penalties() -> None:
    x = torch.zeros(4, 2, requires_grad=True)
    refused(lambda: losses.squared_gradient_norm(torch.zeros(4), x), "x: expected one that requires a gradient")
    four, three = (losses.Judged(rows, rows.sum(1)) for rows in (x, torch.zeros(3, 2, requires_grad=True)))
    rng = torch.Generator()
    refused(lambda: losses.PENALTIES["gp"](lambda x: x.sum(1), four, three, rng), "expected batches of one shape")
    for limit in (-1, NAN, INF, "a"):
        refused(partial(losses.clip_weights, mlp.Generator(hidden=2), limit), "limit must be")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("lr_g", INF), ("lr_d", "a"), ("r1", None), ("ema", "a"), ("label_smoothing", "a"), ("seed", 2**70)],
)
def test_settings(name: str, value: Any) -> None:
    refused(lambda: TrainConfig(**{name: value}), f"{name} must be")


def small_d() -> dcgan.Discriminator:
    return dcgan.Discriminator(4, 16)


MODELS: list[Case] = [
    *[(partial(dcgan.Generator, resolution=r), "resolution must be") for r in (1.5, "a", None, NAN)],  # type: ignore[arg-type]
    *[(partial(audio.Generator, length=n), "length must be") for n in (1.5, "a", None, NAN)],  # type: ignore[arg-type]
    (lambda: audio.Discriminator(channels=1.5), "channels must be"),  # type: ignore[arg-type]
    (lambda: mlp.Generator(scale="a"), "scale must be"),  # type: ignore[arg-type]
    (lambda: vae.Generator(channels=None), "channels must be"),  # type: ignore[arg-type]
    (lambda: diffusion.Generator(channels="a"), "channels must be"),  # type: ignore[arg-type]
    (lambda: reader.AttributeReader({"a": ["x", "x"]}), "at least 2 different ones"),
    (lambda: reader.AttributeReader(["a"]), "factors: expected the names"),  # type: ignore[arg-type]
    (lambda: mlp.Generator(hidden=4)(np.zeros((2, 2))), "z: expected a tensor, got ndarray"),
    (lambda: mlp.Generator(hidden=4)(torch.zeros(2, 2).double()), "z: expected numbers of torch.float32, got"),
    (lambda: small_d()(torch.zeros(2, 3, 16, 16, dtype=torch.uint8)), "x: expected numbers of torch.float32, got"),
    (lambda: small_d()(None), "x: expected a tensor, got NoneType"),
    (lambda: audio.Discriminator(4, 4, 2048)(torch.zeros(0, 1, 2048)), "sounds: expected shape"),
    (lambda: audio.Spectrogram()(torch.zeros(2, 10)), "sounds: expected shape"),
    (lambda: Additive(2048)(torch.zeros(2, 176, 5), torch.zeros(2).long()), "loudness: expected shape"),
    (lambda: text.gumbel_softmax(torch.zeros(2, 3), torch.zeros(2, 4), 1.0), "noise: expected the logits' shape"),
    (lambda: text.gumbel_softmax(torch.zeros(2, 3), torch.zeros(2, 3), 0.0), "temperature must be"),
    (lambda: conditional.Discriminator(weight=None), "weight must be"),  # type: ignore[arg-type]
    (lambda: points.Diffusion(hidden=4)(torch.zeros(2)), "z: expected shape"),
]


@pytest.mark.parametrize(("call", "word"), MODELS)
def test_models(call: Callable[[], object], word: str) -> None:
    refused(call, word)


def test_of_no_z_there_are_no_samples() -> None:
    clips = video.Generator(4, 4, channels=4, frames=4, resolution=16, motion=8)
    refused(lambda: clips(torch.zeros(0, 8)), "z: expected at least one, got none")
    assert points.Diffusion(hidden=4, sampling_steps=2)(torch.zeros(0, 2)).shape == (0, 2)


def test_a_network_of_other_numbers_takes_those() -> None:
    assert mlp.Generator(hidden=4).double()(torch.zeros(2, 2).double()).dtype == torch.float64


def test_formulas_of_the_vae() -> None:
    two, three = torch.zeros(2, 2), torch.zeros(2, 3)
    refused(lambda: vae.kl_to_standard_normal(two, three), "expected two of one shape")
    refused(lambda: vae.gaussian_nll(two, three, 1.0), "x, mean: expected two of one shape")
    refused(lambda: vae.gaussian_nll(two, two, -1.0), "sigma must be")


@pytest.mark.parametrize("times", [[], [10], [0, 5], [11, 0], [10, -1], [10, 10, 0]])
def test_times_of_the_sampler(times: list[int]) -> None:
    alpha_bar = diffusion.cosine_schedule(10)

    def guess(x: Tensor, t: Tensor) -> Tensor:
        return x

    refused(lambda: list(diffusion.ddim(guess, torch.zeros(2, 2), alpha_bar, times)), "times: expected")


def test_times_of_the_denoiser() -> None:
    model, x = diffusion.Generator(16, 3, 16, 1, 2, timesteps=10, sampling_steps=2), torch.zeros(2, 3, 16, 16)
    for t in (torch.zeros(2).long(), torch.full((2,), 11), torch.ones(3).long(), torch.ones(2)):
        refused(partial(model.denoise, x, t), "t: expected 2 whole times from 1 to 10")
    refused(lambda: model(torch.zeros(0, model.z_dim)), "noise: expected at least one")
    refused(lambda: diffusion.diffuse(x, x[:1], torch.tensor(0.5)), "x_0, noise, alpha_bar: expected")
    refused(lambda: diffusion.diffuse(x, x, torch.tensor(2.0)), "alpha_bar: expected shares from 0 to 1")


def test_styles() -> None:
    G = style.Generator(z_dim=4, w_dim=4, channels=4, widest=8, resolution=16)
    w = torch.zeros(2, 4)
    refused(lambda: G.mix(w, torch.zeros(3, 4), [0]), "w, other: expected as many of each")
    for noise in (3, "a", None):
        refused(partial(G.synthesise, w, noise), "noise: got")  # type: ignore[arg-type]
    x, weight = torch.zeros(2, 3, 8, 8), torch.zeros(4, 3, 3, 3)
    refused(lambda: style.modulated_conv(x, torch.zeros(4, 3, 2, 2), torch.ones(2, 3)), "x, weight, style: expected")
    refused(lambda: style.modulated_conv(x, weight, torch.ones(2, 4)), "x, weight, style: expected")
    refused(lambda: style.demodulation(weight, torch.ones(2, 4)), "weight, style: expected")
    refused(lambda: style.upsampling_weight(torch.zeros(4, 3, 5, 5)), "weight: expected shape")


def test_translations() -> None:
    G, D = (kind("paired", 4, 16) for kind in (translation.Generator, translation.Discriminator))
    refused(lambda: D(torch.zeros(2, 3, 16, 16), torch.zeros(3, 3, 16, 16)), "a source for each of 2 pictures, got 3")
    images = np.zeros((2, 16, 16, 3), np.uint8)
    for size in (0, -1, 1.5):
        refused(partial(translation.translate, G, images, batch_size=size), "batch_size must be")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "measure",
    [metrics.frechet_distance, metrics.kernel_distance, metrics.precision_recall, metrics.nearest_neighbours],
)
def test_metrics_refuse_what_would_overflow(measure: Callable[..., object]) -> None:
    good = np.random.default_rng(0).normal(size=(8, 3))
    refused(lambda: measure(1e200 * good, good), "expected numbers of at most 1e\\+50")
    refused(lambda: metrics.kl_divergence([1e308, 1e308], [1.0, 1.0]), "p: expected numbers of at most")
