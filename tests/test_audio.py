"""Shapes, sizes by hand, the spectrogram against scipy, gradients of gradients, and a few steps of training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import signal

from ganwidgets import checkpoints, latent, sounds
from ganwidgets.models import additive, audio
from ganwidgets.training import TrainConfig, Trainer


def pair(length: int = 2048) -> tuple[audio.Generator, audio.Discriminator]:
    torch.manual_seed(0)
    G = audio.Generator(z_dim=5, channels=2, length=length)
    return G, audio.Discriminator(channels=2, spectral_channels=2, length=length)


@pytest.mark.parametrize("length", [2048, 4096, 8192])
def test_shapes_and_ranges(length: int) -> None:
    G, D = pair(length)
    waves = G(torch.randn(3, 5))
    assert waves.shape == (3, 1, length)
    assert 0 < waves.abs().max() < 1
    assert D(waves).shape == (3,)


def test_the_generator_has_the_size_worked_out_by_hand() -> None:
    # z to four times as many numbers, to 16 steps of 256 channels, then kernels of 25 with 256·128, 128·64, 64·32 and
    # 32·1 weights.
    start = 64 * 256 + 256 + 256 * 256 * 16 + 256 * 16
    kernels = 25 * (256 * 128 + 128 * 64 + 64 * 32 + 32) + 1
    norms = 2 * (256 + 256 + 128 + 64 + 32)
    assert sum(p.numel() for p in audio.Generator().parameters()) == start + kernels + norms


def test_the_additive_generator_has_the_size_worked_out_by_hand() -> None:
    # z to 8·4 numbers, to 16 steps of 8 channels, two kernels of 4, and one of 3 to 160 tones and 16 bands.
    start = 8 * 32 + 32 + 32 * 8 * 16 + 8 * 16
    kernels = 4 * 8 * 8 * 2 + 3 * 8 * 176 + 176
    G = audio.Generator(z_dim=8, channels=2, kind="additive")
    assert sum(p.numel() for p in G.parameters()) == start + kernels + 2 * (32 + 8 + 8 + 8)


def test_a_z_has_one_sound_whatever_is_beside_it() -> None:
    G = audio.Generator(z_dim=8, channels=2, length=2048, kind="additive").eval()
    z = torch.randn(3, 8)
    sounds_ = G(z)
    assert sounds_.shape == (3, 1, 2048) and 0 < sounds_.abs().max() < 1
    assert torch.allclose(G(z[1:2]), sounds_[1:2], atol=1e-5)
    assert not torch.allclose(sounds_[0], sounds_[1], atol=1e-3)


def test_tones_and_noise_are_as_loud_as_they_are_told() -> None:
    synth = additive.Additive(2048)
    loudness = torch.zeros(3, additive.TONES + additive.BANDS, 32)
    loudness[0, 84] = torch.linspace(0, 31, 32)  # 84 quarter tones above MIDI 27: 69, which is 440 Hz
    loudness[1, additive.TONES + 4] = 0.5  # 1000 to 1250 Hz
    wave, hiss, silence = synth(loudness, torch.tensor([0, 5, 0])).numpy()
    assert not silence.any()
    # Between frames the loudness grows evenly, by 1 in 64 samples.
    line = np.arange(1984) / 64
    expected = line * synth.tones[84, :1984].numpy()  # type: ignore[index, union-attr]
    assert np.allclose(wave[:1984], expected, atol=1e-4)
    frequencies = np.fft.rfftfreq(2048, 1 / 8000)
    assert frequencies[np.abs(np.fft.rfft(wave)).argmax()] == pytest.approx(440, abs=4)
    power = np.abs(np.fft.rfft(hiss)) ** 2
    inside = (frequencies > 980) & (frequencies < 1270)
    assert power[inside].sum() > 0.98 * power.sum()
    assert hiss.std() == pytest.approx(0.5, rel=0.15)


def test_the_noise_begins_where_it_is_told_and_goes_round() -> None:
    synth = additive.Additive(2048)
    loudness = torch.zeros(2, additive.TONES + additive.BANDS, 32)
    loudness[:, additive.TONES :] = 1
    first, later = synth(loudness, torch.tensor([65000, 65064]))
    assert torch.allclose(first[64:], later[:-64], atol=1e-4)
    assert not torch.allclose(first, later, atol=0.1)


def test_the_discriminator_has_the_size_worked_out_by_hand() -> None:
    # Kernels of 25 to 2, 4, 8, 16 channels, then 16 steps; 4×4 kernels likewise, but a last 4×3, then 8×4 places;
    # and the offset.
    wave = 25 * (1 * 2 + 2 * 4 + 4 * 8 + 8 * 16) + 30 + 16 * 16 + 1
    spectral = 16 * (1 * 2 + 2 * 4 + 4 * 8) + 12 * 8 * 16 + 30 + 16 * 8 * 4 + 1
    D = audio.Discriminator(channels=2, spectral_channels=2)
    assert sum(p.numel() for p in D.parameters()) == wave + spectral + 1


@pytest.mark.parametrize(("length", "want"), [(4096, (16, 4)), (2304, (9, 4)), (8192, (8, 5)), (2048, (8, 4))])
def test_stages(length: int, want: tuple[int, int]) -> None:
    assert audio.stages(length) == want


def test_the_spectrogram_is_that_of_scipy() -> None:
    wave = sounds.draw(1, 5).waves[0]
    ours = audio.Spectrogram(256)(torch.from_numpy(wave.copy())[None])[0, 0]
    window = signal.get_window("hann", 256)
    padded = np.concatenate([np.zeros(128), wave, np.zeros(128)])
    frames = np.stack([padded[i : i + 256] * window for i in range(0, 4096, 128)])
    power = np.abs(np.fft.rfft(frames)[:, 1:].T / (window.sum() / 2)) ** 2
    assert ours.shape == (128, 32)
    assert np.allclose(ours.numpy(), np.log10(power + 1e-4) / 4, atol=1e-4)


def test_a_full_tone_is_near_zero_in_its_bin_and_silence_at_minus_one() -> None:
    tone = torch.sin(2 * torch.pi * 1000 / 8000 * torch.arange(4096))
    loud, silent = audio.Spectrogram(256)(torch.stack([tone, torch.zeros(4096)]))[:, 0]
    assert int(loud[:, 16].argmax()) == 31  # 1000 Hz = bin 32 of 31.25 Hz each, without bin 0
    assert loud[31, 16] == pytest.approx(0, abs=0.01)
    assert torch.allclose(silent, torch.full_like(silent, -1.0), atol=1e-5)


def test_each_opinion_can_be_left_out_and_both_are_used() -> None:
    x = torch.randn(2, 1, 2048) * 0.1
    D = pair()[1]
    assert D.wave is not None and D.spectral is not None
    both = D(x)
    assert torch.allclose(both, D.wave(x).flatten() + D.spectral(x[:, 0]).flatten(), atol=1e-5)
    for channels, spectral in ((2, 0), (0, 2)):
        one = audio.Discriminator(channels, spectral, 2048)
        assert one(x).shape == (2,)
        assert (one.wave is None) == (channels == 0) and (one.spectral is None) == (spectral == 0)


@pytest.mark.parametrize("silent", [False, True])
def test_a_penalty_on_the_slopes_can_be_differentiated(silent: bool) -> None:
    _, D = pair()
    x = (torch.zeros(2, 1, 2048) if silent else torch.randn(2, 1, 2048) * 0.1).requires_grad_()
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    slope.square().sum().backward()
    gradients = [p.grad for p in D.parameters() if p.grad is not None]
    assert len(gradients) > 5
    assert all(torch.isfinite(g).all() for g in gradients)


def test_slopes_of_slopes_are_those_of_differences() -> None:
    spectrogram = audio.Spectrogram(16).double()
    x = (0.3 * torch.randn(1, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))).requires_grad_()
    assert torch.autograd.gradcheck(spectrogram, x)
    assert torch.autograd.gradgradcheck(spectrogram, x)


def test_a_logit_depends_on_its_own_sound_only() -> None:
    D = pair()[1]
    x = torch.randn(4, 1, 2048)
    assert torch.allclose(D(x)[1:2], D(x[1:2]), atol=1e-5)


def test_shift_moves_every_logit() -> None:
    D = pair()[1]
    x = torch.randn(3, 1, 2048)
    before = D(x)
    D.shift(0.7)
    assert torch.allclose(D(x), before + 0.7, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_it_trains_and_g_learns_the_loudness(precision: str) -> None:
    torch.manual_seed(0)
    G, D = audio.Generator(4, 2, 2048), audio.Discriminator(2, 2, 2048)
    quiet = 0.05 * torch.randn(64, 1, 2048)
    config = TrainConfig(
        batch_size=4, steps=30, lr_g=5e-3, lr_d=5e-3, r1=0.1, r2=0.1, loss="relativistic", ema=0.0, precision=precision
    )
    before = float(np.std(latent.generate(G, latent.sample(16, 4))))
    events = list(Trainer(G, D, quiet, config))
    after = float(np.std(latent.generate(G, latent.sample(16, 4))))
    assert all(np.isfinite([e.d_loss, e.g_loss, e.penalty]).all() for e in events)
    assert before > 0.1
    assert abs(after - 0.05) < abs(before - 0.05) / 2


def test_generated_sounds_are_plain_arrays() -> None:
    waves = latent.generate(pair()[0].eval(), latent.sample(3, 5))
    assert waves.shape == (3, 2048) and waves.dtype == np.float32


def test_the_config_builds_the_same_networks() -> None:
    G, D = pair()
    again_g, again_d = checkpoints.build({"family": "audio", "G": G.config, "D": D.config})
    again_g.load_state_dict(G.state_dict())
    again_d.load_state_dict(D.state_dict())  # type: ignore[union-attr]


@pytest.mark.parametrize("length", [0, 100, 1024, 3000, 4095])
def test_a_length_that_cannot_be_reached_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"length.* {length}"):
        audio.Generator(length=length)


def test_bad_sizes_and_shapes_are_refused() -> None:
    G, D = pair()
    with pytest.raises(ValueError, match="z_dim must be a whole number of at least 1, not 0"):
        audio.Generator(z_dim=0)
    with pytest.raises(ValueError, match="kind: got 'fm'; allowed is wave or additive"):
        audio.Generator(kind="fm")
    with pytest.raises(ValueError, match="expected at least one above 0, got 0 and 0"):
        audio.Discriminator(0, 0)
    with pytest.raises(ValueError, match=r"z: expected shape \(N, 5\), got \(2, 4\)"):
        G(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 1, 2048\), got \(2, 1024\)"):
        D(torch.zeros(2, 1024))
