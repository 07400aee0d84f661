"""The parts of the benchmarks work, at tiny sizes. How fast anything is, is no test's business."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import machine, peak, play_pause, playground_speed, report, scene, traces, training_speed
from benchmarks.example_loop import ExampleLoop
from ganwidgets import latent


def record(
    frames: list[tuple[float, list[int]]], hand: list[tuple[float, int]], **events: list[float]
) -> traces.Record:
    return {"frames": frames, "hand": hand, "keydown": [], "pointerup": [], **events}


def test_the_example_loop_trains_both_networks() -> None:
    torch.manual_seed(0)
    loop = ExampleLoop(torch.rand(8, 3, 64, 64) * 2 - 1, channels=2, batch_size=4, z_dim=8)
    before = [p.detach().clone() for network in (loop.D, loop.G) for p in network.parameters()]
    d_loss, g_loss, d_x, d_g_z = loop.step()
    after = [p for network in (loop.D, loop.G) for p in network.parameters()]
    assert all(not torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert d_loss > 0 and g_loss > 0
    assert 0 < d_x < 1 and 0 < d_g_z < 1


def test_every_contestant_runs_and_has_a_row() -> None:
    field = training_speed.contestants(training_speed.Size(channels=2, batch_size=4, images=8, z_dim=8))
    speeds = training_speed.measure(field, rounds=2, steps=1)
    assert [len(values) for values in speeds.values()] == [2] * len(field) == [2] * 6
    rows = training_speed.rows(speeds, training_speed.efficiencies(field))
    assert rows[0][2] == "1.00 (1.00 to 1.00)"
    assert "bfloat16" in rows[-1][0]
    assert all(0 <= int(row[3]) < 100 for row in rows)


def test_the_arithmetic_of_a_product_is_counted() -> None:
    a, b = torch.randn(3, 5), torch.randn(5, 7)
    assert peak.flops(lambda: a @ b) == 2 * 3 * 5 * 7
    layer = torch.nn.Conv2d(2, 4, 3, bias=False)
    x = torch.randn(1, 2, 6, 6)
    forward = 2 * 4 * 4 * 4 * 2 * 3 * 3  # 4×4 places, 4 maps, 2·3·3 products and sums each
    assert peak.flops(lambda: layer(x)) == forward
    assert peak.flops(lambda: layer(x).sum().backward()) == 2 * forward  # x needs no gradient
    assert peak.matmul_peak(torch.float32, side=128, repeats=2) > 1e8


def test_a_key_press_is_timed_from_the_key_to_the_first_and_the_last_picture() -> None:
    found = traces.press(record([(0, [5, 5]), (140, [5, 6]), (300, [6, 6])], hand=[(0, 5), (100, 6)], keydown=[100]))
    assert found is not None
    assert (found.first, found.whole, found.tiles) == (40, 200, 1)


def test_a_key_press_that_the_picture_does_not_follow_is_lost() -> None:
    assert traces.press(record([(0, [5, 5]), (140, [5, 6])], hand=[(0, 5), (100, 6)], keydown=[100])) is None


@pytest.mark.parametrize(("last", "stale"), [(1100.0, False), (1300.0, True)])
def test_a_drag_has_lags_and_knows_what_is_stale(last: float, stale: bool) -> None:
    hand = [(0.0, 0), (100.0, 1), (200.0, 2), (900.0, 3)]
    frames = [(0.0, [0]), (150.0, [1]), (260.0, [2]), (last, [3])]
    found = traces.drag(record(frames, hand, pointerup=[1000.0]))
    assert found.lags == [50, 60, last - 900]
    assert found.stale is stale
    assert found.settled == last - 1000
    assert found.updates == pytest.approx(2 / 0.9)


def test_a_drag_that_ends_with_an_old_picture_is_stale() -> None:
    found = traces.drag(record([(0, [0, 0]), (50, [1, 0])], hand=[(0, 0), (10, 1)], pointerup=[60]))
    assert found.stale and found.settled == float("inf")


def test_the_code_on_a_picture_tells_the_slider_and_leaves_the_rest_alone() -> None:
    images = np.full((scene.CODES, 64, 64, 3), 99, np.uint8)
    z = np.zeros((scene.CODES, 4), np.float32)
    z[:, 0] = np.arange(scene.CODES) * scene.STEP - scene.SPAN
    made = scene.stamped(images, scene.codes(z))
    bits = made[:, 4, 4::8, 1] > 120
    assert (bits.sum(axis=1) % 2 == 1).all()
    assert (bits[:, :7] @ (1 << np.arange(7)) == np.arange(scene.CODES)).all()
    assert (made[:, 8:] == 99).all() and (images == 99).all()


def test_a_generator_that_stamps_its_pictures_draws_the_same_codes() -> None:
    G = scene.generator()
    stamping = scene.Stamped(G).eval()
    z = scene.start_z(3, stamping.z_dim)
    z[:, 0] = [-3.0, 0.05, 2.95]
    plain, stamped = (latent.generate(network, z) for network in (G, stamping))
    assert (stamped == scene.stamped(plain, scene.codes(z))).all()


def test_the_notebook_of_a_measurement_runs_here_too(tmp_path: Path) -> None:
    names = ("ours", "ipympl", "png", "jpeg")
    setup, ours, *peers = scene.cells("free", 1, {name: tmp_path / name for name in names}, threads=1)
    space: dict[str, object] = {}
    exec(setup, space)
    explorer = eval(ours, space)
    explorer.move(0, 1.0)
    assert (explorer.images[0, 4, 4::8, 1] > 120).sum() % 2 == 1
    assert len((tmp_path / "ours").read_text().splitlines()) >= 2
    for name, cell in zip(names[1:], peers, strict=True):
        exec(cell, space)
        assert (tmp_path / name).read_text().endswith(" 1\n")


def test_pictures_are_tiled_row_by_row() -> None:
    tiles = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((4, 2, 3, 3), np.uint8)
    assert (scene.tiled(tiles)[:, :, 0] == np.kron([[0, 1], [2, 3]], np.ones((2, 3)))).all()


def test_the_live_widget_is_told_as_a_share_of_the_plain_loop() -> None:
    found = playground_speed.Rates([1000.0, 800.0], [900.0, 600.0], [16.0, 15.0])
    assert found.shares == [0.9, 0.75]
    (row,) = playground_speed.rows({"as it opens": found})
    assert row == ["as it opens", "900 (800 to 1000)", "750 (600 to 900)", "0.82 (0.75 to 0.90)", "15.5 (15.0 to 16.0)"]


def test_results_have_a_place_for_every_table() -> None:
    text = report.RESULTS.read_text(encoding="utf-8")
    for name in ("training speed", "slider latency", "memory", "playground speed"):
        changed = report.replace_section(text, name, "| new |")
        assert "| new |" in changed
        assert report.replace_section(changed, name, "x") == report.replace_section(text, name, "x")
    with pytest.raises(ValueError, match="no markers"):
        report.replace_section(text, "weather", "sunny")


def test_the_command_prints_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    class Small:
        SECTION = "small"

        def add_arguments(self, parser: argparse.ArgumentParser) -> None:
            parser.add_argument("--word")

        def run(self, args: argparse.Namespace) -> str:
            return report.table(["a", "b"], [[args.word, "1"]])

    report.main([Small()], "A test.", ["--word", "here"])
    assert "## Small\n\n| a    | b |" in capsys.readouterr().out


def test_the_machine_is_named() -> None:
    assert f"{machine.cores()} cores" in machine.header()
    assert "torch 2" in machine.header("0.3")


def test_presses_of_buttons_become_a_table() -> None:
    times = {name: [10.0, 20.0, 30.0] for name in play_pause.ROWS}
    text = play_pause.compose("1.0", "100.0", dict.fromkeys(play_pause.CASES, (times, 0.2)))
    assert text.count("20 / 29") == len(play_pause.ROWS) * len(play_pause.CASES)
    assert "3 presses of each" in text and "200 ms a step" in text
    assert play_pause.SECTION in report.RESULTS.read_text(encoding="utf-8")
