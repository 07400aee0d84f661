"""Stacked digits: the numbers are what the pictures show, and counting them gives what pencil and paper give."""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from torch import Tensor, nn

from benchmarks import stacked_digits
from ganwidgets import checkpoints, datasets, readers, stacked
from ganwidgets.models import dcgan
from ganwidgets.training import TrainConfig


class Brightness(nn.Module):
    """Reads the digit k from a picture whose every pixel is k times 25."""

    def __init__(self) -> None:
        super().__init__()
        self.known = nn.Parameter(torch.arange(10) * 25 / 127.5 - 1)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"digit": -(x.mean((1, 2, 3))[:, None] - self.known).abs()}


def flat(numbers: list[int]) -> np.ndarray:
    """Pictures that `Brightness` reads as these numbers."""
    triples = np.array([[n // 100, n // 10 % 10, n % 10] for n in numbers], np.uint8) * 25
    return np.broadcast_to(triples[:, None, None], (len(numbers), 28, 28, 3)).copy()


def test_the_channels_are_single_digits_and_the_label_is_their_number() -> None:
    data, single = stacked.digits(50, seed=3), datasets.load("digits")
    assert data.images.shape == (50, 28, 28, 3) and data.labels is not None and single.labels is not None
    known = {image.tobytes(): int(label) for image, label in zip(single.images[..., 0], single.labels, strict=True)}
    for image, label in zip(data.images, data.labels, strict=True):
        three = [known[np.ascontiguousarray(image[..., channel]).tobytes()] for channel in range(3)]
        assert int("".join(map(str, three))) == label
        assert data.classes[label] == "".join(map(str, three))


def test_they_are_the_same_for_the_same_seed_and_others_for_another_seed_or_split() -> None:
    first = stacked.digits(20, seed=1)
    assert np.array_equal(first.images, stacked.digits(20, seed=1).images)
    assert not np.array_equal(first.images, stacked.digits(20, seed=2).images)
    assert not np.array_equal(first.images, stacked.digits(20, seed=1, split="test").images)


def test_numbers_are_read_with_the_red_digit_first() -> None:
    numbers = [0, 7, 42, 509, 999, 123]
    assert stacked.read_numbers(Brightness(), flat(numbers)).tolist() == numbers
    assert stacked.read_numbers(Brightness(), flat([1] * 600 + [2] * 500)).tolist() == [1] * 600 + [2] * 500


def test_a_margin_is_black_and_left_out_when_numbers_are_read() -> None:
    wide, narrow = stacked.digits(6, seed=4, margin=2), stacked.digits(6, seed=4)
    assert wide.images.shape == (6, 32, 32, 3) and np.array_equal(wide.images[:, 2:30, 2:30], narrow.images)
    assert wide.images.sum() == narrow.images.sum()
    framed = np.pad(flat([7, 950]), ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=255)
    assert stacked.read_numbers(Brightness(), framed).tolist() == [7, 950]
    for shape in ((1, 29, 29, 3), (1, 26, 26, 3), (1, 32, 28, 3), (32, 32, 3)):
        with pytest.raises(ValueError, match="or so with an even margin"):
            stacked.read_numbers(Brightness(), np.zeros(shape, np.uint8))


def test_four_pictures_of_two_numbers_counted_by_hand() -> None:
    found = stacked.count_modes(Brightness(), flat([7, 7, 7, 300]))
    by_hand = 0.75 * math.log(0.75 * 1000) + 0.25 * math.log(0.25 * 1000)
    assert found.modes == 2 and found.counts[7] == 3 and found.counts[300] == 1
    assert found.reverse_kl == pytest.approx(by_hand, rel=1e-12)


def test_every_number_equally_often_is_no_divergence_and_one_number_is_the_most() -> None:
    even = stacked.count_numbers(np.repeat(np.arange(1000), 3))
    assert even.modes == 1000 and even.reverse_kl == pytest.approx(0, abs=1e-12)
    one = stacked.count_numbers(np.full(50, 12))
    assert one.modes == 1 and one.reverse_kl == pytest.approx(math.log(1000))


def test_the_divergence_is_scipys_and_chance_alone_gives_the_floor() -> None:
    rng = np.random.default_rng(0)
    found = stacked.count_numbers(rng.integers(0, 1000, stacked.SAMPLES))
    assert found.reverse_kl == pytest.approx(float(entropy(found.counts, np.ones(1000))), rel=1e-9)
    assert found.reverse_kl_floor == pytest.approx(999 / 52_000)
    assert found.reverse_kl == pytest.approx(found.reverse_kl_floor, rel=0.15)
    skewed = stacked.count_numbers(rng.integers(0, 500, stacked.SAMPLES))
    assert skewed.reverse_kl == pytest.approx(math.log(2), abs=0.02)


def test_the_shipped_reader_reads_stacked_that_it_never_saw() -> None:
    data = stacked.digits(400, seed=5, split="test")
    assert data.labels is not None
    read = stacked.read_numbers(readers.load("digits"), data.images)
    assert (read == data.labels).mean() > 0.95
    assert (read == np.roll(data.labels, 1)).mean() < 0.05


def test_bad_arguments_are_refused() -> None:
    for images in (np.zeros((2, 28, 28, 1), np.uint8), np.zeros((2, 28, 28, 3)), np.zeros((0, 28, 28, 3), np.uint8)):
        with pytest.raises(ValueError, match=r"images: expected shape \(N, 28, 28, 3\) of uint8"):
            stacked.count_modes(Brightness(), images)
    with pytest.raises(ValueError, match="numbers: allowed are 0 to 999, got 3 to 1000"):
        stacked.count_numbers([3, 1000])
    for numbers in ([], [[1]], [0.5]):
        with pytest.raises(ValueError, match=r"numbers: expected shape \(N,\) of whole numbers"):
            stacked.count_numbers(np.array(numbers))
    with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
        stacked.digits(0)
    with pytest.raises(ValueError, match="split must be"):
        stacked.digits(1, split="validation")


def test_the_benchmark_counts_a_checkpoint_beside_the_published_rows(tmp_path: Path) -> None:
    G = dcgan.Generator(z_dim=4, channels=2, resolution=28, image_channels=3)
    D = dcgan.Discriminator(channels=2, resolution=28, image_channels=3, pack=2)
    config = {"family": "dcgan", "G": G.config, "D": D.config, "train": asdict(TrainConfig(r1=0.5)), "step": 7}
    path = checkpoints.save(tmp_path / "mine.safetensors", G, D, config | {"seconds": 120})
    parser = argparse.ArgumentParser()
    stacked_digits.add_arguments(parser)
    text = stacked_digits.run(parser.parse_args(["--checkpoints", str(path), "--samples", "300", "--draws", "2"]))
    rows = {line.split("|")[1].strip(): line.split("|")[2:5] for line in text.splitlines() if line.startswith("|")}
    assert rows["ours: mine"][0].strip() == "7 steps, 2 min"
    assert int(rows["ours: mine"][1].split()[0]) < 100 < int(rows["real held-out digits"][1].split()[0]) <= 300
    assert [cell.strip() for cell in rows["PacGAN's table 2: DCGAN"][1:]] == ["99", "3.40"]
    assert "- mine: non-saturating loss, r1 0.5, packs of 2, G 2 channels" in text
