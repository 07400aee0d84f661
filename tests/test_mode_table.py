"""The mode-collapse table: a healthy and a collapsed row, numbers by hand, names that cannot break out of the table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ganwidgets import datasets
from ganwidgets.mode_table import HEAD, ModeRow, ModeTable, Setup, mode_collapse_table
from ganwidgets.models import mlp
from ganwidgets.training import TrainConfig

TWO = datasets.toy("ring", n=500, modes=2, radius=1.0, sigma=0.2)


class OnePoint(nn.Module):
    """A generator that can only ever draw one point."""

    def __init__(self) -> None:
        super().__init__()
        self.z_dim = 2
        self.at = nn.Parameter(torch.tensor([1.0, 0.0]))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return 0 * z + self.at


def row(name: str = "by hand") -> ModeRow:
    """Two looks, two seeds, four modes."""
    return ModeRow(
        name, (0, 1), np.array([5, 10]), np.array([[1, 2], [4, 3]]), np.array([[0.0, 0.2], [1.0, 0.5]]),
        np.array([[np.nan, 1.0], [0.1, 0.3]]), np.array([[1, 1, 1, 1], [2, 1, 1, 0]]), 1.5,
    )  # fmt: skip


def test_the_cells_of_a_row_by_hand() -> None:
    want = ["by hand", "3.5", "3", "50 %", "75.0 %", "50.0 %", "0.200", "0.300", "3.5", "75.0 %"]
    assert row().cells() == want and len(HEAD) == len(want)
    assert row().over_time(np.array([[9, 9], [1, 3], [2, 4]])) == 2.5  # the later two of three


def test_a_seed_without_a_good_sample_has_no_worst_reverse_kl() -> None:
    first = replace(row(), reverse_kl=row().reverse_kl[:1])
    assert first.cells()[6:8] == ["1.000", "–"]


def test_one_point_holds_one_mode_and_a_penalised_gan_both() -> None:
    good = TrainConfig(loss="relativistic", r1=0.1, r2=0.1, lr_g=3e-3, lr_d=3e-3, betas=(0.0, 0.99), ema=0.98,
                       steps=250, batch_size=32)  # fmt: skip

    def small() -> tuple[nn.Module, nn.Module]:
        return mlp.Generator(hidden=32, layers=2), mlp.Discriminator(hidden=32, layers=2)

    def stuck() -> tuple[nn.Module, nn.Module]:
        return OnePoint(), mlp.Discriminator(hidden=4)

    configs = {"good": Setup(good, small), "stuck": Setup(TrainConfig(lr_g=0.0, steps=3), stuck)}
    table = mode_collapse_table(configs, TWO, seeds=(4, 9), samples=500, looks=4, progress=False)
    assert table.modes == 2 and table["stuck"].looks.tolist() == [1, 2, 3]
    assert table["good"].modes_covered[-1].tolist() == [2, 2] and table["good"].high_quality[-1].min() > 0.5
    stuck_row = table["stuck"]
    assert (stuck_row.modes_covered == 1).all() and (stuck_row.high_quality == 1).all()
    assert np.allclose(stuck_row.reverse_kl, np.log(2)) and stuck_row.all_modes == 0.0
    assert stuck_row.counts.tolist() == [[500, 0]] * 2 and stuck_row.seeds == (4, 9)
    again = mode_collapse_table({"stuck": configs["stuck"]}, TWO, seeds=(4, 9), samples=500, progress=False)
    assert again.cells() == table.cells()[1:]


def test_names_cannot_break_out_of_the_table() -> None:
    table = ModeTable((row("<b>a|b</b> *c*"),), "ring", 4)
    page = table._repr_html_()
    assert "<b>" not in page and "&lt;b&gt;a|b" in page and page.count("<td>") == len(HEAD) - 1
    text = table._repr_markdown_()
    assert r"\<b\>a\|b\</b\> \*c\*" in text
    assert [line.replace(r"\|", "").count("|") for line in text.splitlines()] == [len(HEAD) + 1] * 3
    assert repr(table) == "ModeTable('ring', modes of 4: <b>a|b</b> *c*: 3.5)"


def test_refusals() -> None:
    good = {"a": TrainConfig(steps=1)}
    with pytest.raises(ValueError, match="configs: got none"):
        mode_collapse_table({}, TWO)
    with pytest.raises(ValueError, match=r"configs\['a'\]: steps is None"):
        mode_collapse_table({"a": TrainConfig()}, TWO)
    with pytest.raises(ValueError, match="data: these points have no known modes"):
        mode_collapse_table(good, datasets.toy("spiral"))
    with pytest.raises(ValueError, match="samples must be a whole number of at least 1, not 0"):
        mode_collapse_table(good, TWO, samples=0)
    with pytest.raises(ValueError, match="looks must be"):
        mode_collapse_table(good, TWO, looks=0)
    with pytest.raises(ValueError, match="seeds: got none"):
        mode_collapse_table(good, TWO, seeds=[], progress=False)
