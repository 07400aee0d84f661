"""The benchmark of few labels, at tiny sizes: who is drawn, what the classifier can learn, what the fakes are."""

from __future__ import annotations

import argparse

import torch

from benchmarks import few_labels
from benchmarks.few_labels import Labelled
from ganwidgets import datasets


def test_few_has_as_many_of_each_class_and_others_for_another_seed() -> None:
    data = datasets.load("digits")
    first, same, other = (few_labels.few(data, 30, seed) for seed in (0, 0, 1))
    assert torch.bincount(first.y).tolist() == [3] * 10
    assert torch.equal(first.x, same.x) and not torch.equal(first.x, other.x)
    assert first.x.shape == (30, 1, 28, 28) and first.x.min() == -1 and first.x.max() == 1


def bars(turn: int) -> Labelled:
    """Ten pictures, a bar in row 2k for the label k; with `turn` the labels are moved on by so many."""
    x = torch.full((10, 1, 28, 28), -1.0)
    for k in range(10):
        x[k, 0, 2 * k : 2 * k + 2] = 1
    return Labelled(x, (torch.arange(10) + turn) % 10)


def test_the_classifier_learns_what_its_pools_say() -> None:
    assert few_labels.accuracy([bars(0)], bars(0), seed=0) == 1
    assert few_labels.accuracy([bars(1)], bars(0), seed=0) == 0
    mixed = few_labels.accuracy([bars(0), bars(0), bars(0), bars(1)], bars(0), seed=0)
    assert mixed > 0.5


def test_fakes_are_labelled_digits_of_every_class() -> None:
    fakes = few_labels.fakes_of(few_labels.few(datasets.load("digits"), 20, 0), steps=1, channels=2, seed=0)
    assert fakes.x.shape == (few_labels.FAKES, 1, 28, 28)
    assert torch.bincount(fakes.y).tolist() == [few_labels.FAKES // 10] * 10


def test_the_table_has_a_row_for_every_way() -> None:
    told = few_labels.run(argparse.Namespace(labelled=20, g_steps=1, channels=2, seeds=2))
    for name in ("the digits ", "the digits, shifted", "half digits, half fakes", "fakes only"):
        assert f"| {name}" in told
