"""The benchmarks of the 2-D GAN work, at tiny sizes. How fast or how good anything is, is no test's business."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
import torch

from benchmarks import ensemble_cost, mode_table, training_speed
from ganwidgets import datasets
from ganwidgets.mode_table import HEAD
from ganwidgets.training import TrainConfig


def test_the_plain_loop_trains_both_networks() -> None:
    torch.manual_seed(0)
    points = torch.from_numpy(datasets.toy("ring", n=50).points.copy())
    loop = ensemble_cost.PlainLoop(points, mode_table.pair(1.0, 1), TrainConfig(batch_size=8))
    before = [p.detach().clone() for network in (loop.D, loop.G) for p in network.parameters()]
    d_loss, g_loss, d_x, d_g_z = loop.step()
    after = [p for network in (loop.D, loop.G) for p in network.parameters()]
    assert all(not torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert d_loss > 0 and g_loss > 0 and 0 < d_x < 1 and 0 < d_g_z < 1


def test_ensembles_have_a_row_each_and_a_cost_by_seed() -> None:
    field = ensemble_cost.contestants(hidden=4, batch_size=4, seeds=(1, 2))
    rows = ensemble_cost.rows(training_speed.measure(field, rounds=1, steps=1), seeds=(1, 2))
    assert [row[0] for row in rows] == ["the plain loop", "Trainer", "Ensemble, 1 seed", "Ensemble, 2 seeds"]
    assert rows[0][2] == "1.00 (1.00 to 1.00)"
    whole, by_seed = (float(rows[3][column].split()[0]) for column in (2, 3))
    assert by_seed == pytest.approx(whole / 2, abs=0.01)


@pytest.mark.parametrize("name", mode_table.ROWS)
def test_every_row_of_the_mode_table_can_be_trained(name: str) -> None:
    one = mode_table.setup(name, "grid", steps=2)
    G, D = one.make()
    packs = D(G(torch.randn(8, 2)))
    assert len(packs) == 8 // mode_table.ROWS[name][1]
    assert one.train.steps == mode_table.ROWS[name][0].get("steps", 2) and one.train.batch_size % 4 == 0


def test_a_finished_row_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = argparse.Namespace(seeds=2, steps=1, keep=tmp_path, rows=None, finished=False)
    names = list(mode_table.ROWS)
    for number, name in enumerate(names):
        how = mode_table.how(name, "ring", 1, 2 if number != 2 else 3)  # the third was made with other seeds
        kept = {"how": how, "cells": ["an old name", f"row {number}", *["1"] * (len(HEAD) - 2), "0.0"]}
        mode_table.place(name, "ring", tmp_path).write_text(json.dumps(kept))
    mode_table.place(names[1], "ring", tmp_path).write_text("{cut sho")
    args.finished = True
    assert len(mode_table.table("ring", args).splitlines()) == len(mode_table.PUBLISHED["ring"]) + len(names)
    args.finished, args.rows = False, names[:4]
    lines = mode_table.table("ring", args).splitlines()[6:]
    assert [line.split("|")[1].strip() for line in lines] == names[:4]
    assert ["row" in line for line in lines] == [True, False, False, True]
    record = json.loads(mode_table.place(names[1], "ring", tmp_path).read_text())
    assert record["seeds"] == [0, 1] and len(record["modes_covered"][0]) == 2
    assert "row 0" in capsys.readouterr().err
