"""The diffusion model: its schedule by hand, its sampler where the answer is known, its loss, and that it learns."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from ganwidgets.models import diffusion, unet
from ganwidgets.solo import SoloTrainer
from ganwidgets.train_config import TrainConfig


def small(**settings: int) -> diffusion.Generator:
    torch.manual_seed(0)
    sizes = dict(resolution=8, image_channels=1, channels=16, blocks=1, patch=2, sampling_steps=5) | settings
    return diffusion.Generator(**sizes)


def disturbed() -> diffusion.Generator:
    """An untrained model gives zero; this one has an opinion."""
    model = small()
    torch.nn.init.normal_(model.unet.leave.weight, std=0.03)
    return model.eval().requires_grad_(False)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_schedule_by_hand() -> None:
    # cos²(.508 / 1.008 · π/2) / cos²(.008 / 1.008 · π/2) = .4937668 / .9998446; then the smallest step allowed, .001.
    assert diffusion.cosine_schedule(2).tolist() == pytest.approx([1.0, 0.4938436, 0.0004938436], rel=1e-6)


def test_the_schedule_beside_the_loop_over_betas() -> None:
    def f(share: float) -> float:
        return math.cos((share + 0.008) / 1.008 * math.pi / 2) ** 2

    kept, want = 1.0, [1.0]
    for i in range(1000):
        kept *= 1 - min(1 - f((i + 1) / 1000) / f(i / 1000), 0.999)
        want.append(kept)
    got = diffusion.cosine_schedule(1000).tolist()
    assert got == pytest.approx(want, rel=1e-9)
    assert all(a > b > 0 for a, b in pairwise(got)) and got[-1] < 1e-6


def test_the_moments_of_a_diffused_picture() -> None:
    x_0 = torch.tensor([[0.8, -0.5]]).expand(200_000, 2)
    x_t = diffusion.diffuse(x_0, torch.randn(200_000, 2, generator=rng()), torch.tensor(0.64))
    assert x_t.mean(0).tolist() == pytest.approx([0.64, -0.4], abs=0.01)  # √.64 x_0
    assert x_t.var(0).tolist() == pytest.approx([0.36, 0.36], abs=0.01)
    each = diffusion.diffuse(torch.ones(2, 3), torch.zeros(2, 3), torch.tensor([1.0, 0.25]))
    assert each.tolist() == [[1.0] * 3, [0.5] * 3]


MEAN, DEVIATION = torch.tensor([0.5, -1.0]), torch.tensor([0.4, 0.2])


def exact_denoiser(alpha_bar: Tensor) -> diffusion.Denoiser:
    """E[x_0 | x_t] where x_0 is normal with MEAN and DEVIATION."""

    def denoise(x_t: Tensor, t: Tensor) -> Tensor:
        a = alpha_bar[t][:, None]
        gain = DEVIATION.square() * a.sqrt() / (a * DEVIATION.square() + 1 - a)
        return MEAN + gain * (x_t - a.sqrt() * MEAN)

    return denoise


def gaussian_samples(steps: int, eta: float) -> Tensor:
    alpha_bar = diffusion.cosine_schedule(1000).float()
    noise = torch.randn(20_000, 2, generator=rng())
    times = diffusion.sampling_times(1000, steps)
    *_, last = diffusion.ddim(exact_denoiser(alpha_bar), noise, alpha_bar, times, eta, rng(1))
    return last.x


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_with_the_exact_denoiser_the_sampler_finds_the_data(eta: float) -> None:
    x = gaussian_samples(200, eta)
    assert x.mean(0).tolist() == pytest.approx(MEAN.tolist(), abs=0.01)
    assert x.std(0).tolist() == pytest.approx(DEVIATION.tolist(), rel=0.05)


def test_one_step_gives_the_mean_and_nothing_else() -> None:
    x = gaussian_samples(1, 0.0)
    assert x.mean(0).tolist() == pytest.approx(MEAN.tolist(), abs=0.01)
    assert x.std(0).max() < 0.01


def test_with_eta_1_neighbouring_times_make_a_step_of_ddpm() -> None:
    alpha_bar, t = diffusion.cosine_schedule(50), 20
    x_t, x_0 = torch.randn(4, 3, generator=rng()).double(), torch.randn(4, 3, generator=rng(1)).double()
    *_, last = diffusion.ddim(lambda x, t: x_0, x_t, alpha_bar, [t, t - 1], 1.0, rng(2))
    # Equations 6 and 7 of DDPM.
    now, before = alpha_bar[t], alpha_bar[t - 1]
    alpha = now / before
    mean = before.sqrt() * (1 - alpha) / (1 - now) * x_0 + alpha.sqrt() * (1 - before) / (1 - now) * x_t
    deviation = ((1 - before) / (1 - now) * (1 - alpha)).sqrt()
    assert torch.allclose(last.x, mean + deviation * torch.randn(4, 3, generator=rng(2)), atol=1e-6)


def test_times() -> None:
    assert diffusion.sampling_times(1000, 4) == [1000, 750, 500, 250, 0]
    assert diffusion.sampling_times(7, 7) == [7, 6, 5, 4, 3, 2, 1, 0]
    assert len(set(diffusion.sampling_times(1000, 999))) == 1000


def test_an_untrained_network_predicts_zero_and_its_loss_is_known() -> None:
    # The guess is 0 and x_0 = ½, so the loss is ¼ of the mean weight over all times.
    model = small()
    loss = model.loss(torch.full((1000, 1, 8, 8), 0.5), rng())
    alpha_bar = diffusion.cosine_schedule(1000)[1:]
    want = (1 / (1 - alpha_bar)).clamp(max=5.0).mean() / 4
    assert float(loss.detach()) == pytest.approx(float(want), rel=1e-4)


def test_the_loss_is_the_weighted_error_of_the_denoised_pixels() -> None:
    model = disturbed()
    x, seed = 0.1 * torch.randn(1, 1, 8, 8, generator=rng()), 3
    again = rng(seed)
    t = (torch.rand(1, generator=again) * 1000).long() + 1
    x_t = diffusion.diffuse(x, torch.randn(x.shape, generator=again), model.alpha_bar[t])
    guess = model.denoise(x_t, t)
    assert guess.abs().max() < 1  # so that nothing was cut off
    snr = model.alpha_bar[t] / (1 - model.alpha_bar[t])
    want = min(float(snr) + 1, 5.0) * float((guess - x).square().mean())
    assert float(model.loss(x, rng(seed))) == pytest.approx(want, rel=1e-3)


def test_sampling_is_a_function_of_the_noise_unless_eta_says_otherwise() -> None:
    model = disturbed()
    noise = torch.randn(3, 1, 8, 8, generator=rng())
    images = model(noise.flatten(1))
    assert images.shape == noise.shape and images.abs().max() <= 1 and model.z_dim == 64
    assert torch.equal(images, model.sample(noise)) and torch.equal(images, model.sample(noise, steps=5))
    assert not torch.allclose(images, model.sample(noise, steps=9))
    a, b, c = (model.sample(noise, eta=1.0, rng=rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.allclose(a, c)


def test_the_way_from_noise_to_picture() -> None:
    model = disturbed()
    noise = torch.randn(2, 1, 8, 8, generator=rng())
    moments = list(model.trajectory(noise, steps=4))
    assert [moment.t for moment in moments] == [1000, 750, 500, 250, 0]
    assert torch.equal(moments[0].x, noise)
    assert torch.equal(moments[-1].x, model.sample(noise, steps=4)) and moments[-1].guess is moments[-1].x
    assert all(moment.guess.abs().max() <= 1 for moment in moments)


def test_the_network_is_told_the_time() -> None:
    model = small()
    for block in model.unet.modules():
        if isinstance(block, unet.Block):
            torch.nn.init.normal_(block.conv_out.weight, std=0.1)
    torch.nn.init.normal_(model.unet.leave.weight, std=0.1)
    x = torch.randn(1, 1, 8, 8, generator=rng()).expand(2, 1, 8, 8)
    early, late = model.unet(x, torch.tensor([0.3, 0.31]))
    assert (early - late).abs().max() > 1e-4


def test_a_picture_depends_on_its_own_noise_only() -> None:
    model = disturbed()
    z = torch.randn(4, 64, generator=rng())
    assert torch.allclose(model(z)[1:2], model(z[1:2]), atol=1e-5)


def test_it_learns() -> None:
    data = torch.full((64, 1, 8, 8), -0.9)
    data[:32, :, :, :4] = 0.9  # left half white, or all black
    model = small()
    config = TrainConfig(batch_size=16, lr_g=3e-3, betas=(0.9, 0.99), ema=0.9, steps=150)
    trainer = SoloTrainer(model, data, config)
    losses = [event.g_loss for event in trainer]
    assert sum(losses[-20:]) < 0.4 * sum(losses[:20])
    images = trainer.G_ema(torch.randn(64, 64, generator=rng())).detach()
    left, right = images[..., :4].mean((1, 2, 3)), images[..., 4:].mean((1, 2, 3))
    assert right.max() < -0.5
    assert 0.2 < (left > 0).float().mean() < 0.8 and left.abs().mean() > 0.6


def test_a_copy_is_made_from_the_configuration() -> None:
    model = disturbed()
    again = diffusion.Generator(**model.config)
    again.load_state_dict(model.state_dict())
    z = torch.randn(2, 64, generator=rng())
    assert torch.equal(again.eval()(z), model(z))
    assert not any("alpha_bar" in name for name in model.state_dict())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resolution": 10}, "resolution: 10 is not a multiple of 2 · patch = 4"),
        ({"channels": 20}, "channels: expected a multiple of 16, got 20"),
        ({"blocks": 0}, "blocks must be a whole number of at least 1, not 0"),
        ({"timesteps": 0}, "timesteps must be a whole number of at least 1, not 0"),
        ({"sampling_steps": 2000}, "sampling_steps must be a whole number from 1 to 1000, not 2000"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**settings)


def test_bad_arguments_are_refused() -> None:
    model, noise = small(), torch.zeros(2, 1, 8, 8)
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 64\), got \(2, 63\)"):
        model(torch.zeros(2, 63))
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 1, 8, 8\), got \(2, 3, 8, 8\)"):
        model.loss(torch.zeros(2, 3, 8, 8), rng())
    with pytest.raises(ValueError, match=r"noise: expected shape \(N, 1, 8, 8\), got \(2, 64\)"):
        model.sample(torch.zeros(2, 64))
    for steps in (0, -1, 1001):
        with pytest.raises(ValueError, match=f"steps must be a whole number from 1 to 1000, not {steps}"):
            model.sample(noise, steps=steps)
    with pytest.raises(ValueError, match=r"eta must be .*not 1\.5"):
        model.sample(noise, eta=1.5, rng=rng())
    with pytest.raises(ValueError, match=r"rng: expected a torch\.Generator where eta is not 0"):
        model.sample(noise, eta=0.5)
