"""From a press of Play, Pause or Step to the button's answer in a real JupyterLab in Chromium, while a GAN trains.

A `TrainingStudio` trains in the kernel's background; the page presses its buttons, moves its history slider and sends
an empty cell, and notes when each has been answered (see `SCRIPT`). All times are the page's own.
"""

from __future__ import annotations

import argparse
import sys

from playwright.sync_api import Page

from benchmarks import machine, report
from benchmarks.laboratory import laboratory
from tests.browser.lab import KERNEL_STATUS, Lab

SECTION = "play and pause"
SETUP = """
import torch
from ganwidgets import datasets
from ganwidgets.models import dcgan, mlp
from ganwidgets.training import TrainConfig, Trainer
from ganwidgets.widgets import TrainingStudio

torch.set_num_threads(1)
def faces():
    images = torch.randint(0, 256, (256, 3, 64, 64), dtype=torch.uint8)
    config = TrainConfig(batch_size=32, r1=1.0, r2=1.0, penalty_every=4, precision="bfloat16", sample_every=5)
    return Trainer(dcgan.Generator(64, 48, 64, 3), dcgan.Discriminator(32, 64, 3), images, config)

def points():
    config = TrainConfig(batch_size=128, sample_every=10, samples=500)
    return Trainer(mlp.Generator(2), mlp.Discriminator(), datasets.toy("ring_wide", 4000), config)
"""
CASES = {"faces": "a DCGAN of 64×64×3 pictures", "points": "a small GAN in the plane"}
SCRIPT = """
async () => {
  const root = document.querySelector(".gw-player");
  const slider = root.querySelector("input[type=range]"), where = root.querySelector(".gw-player-where");
  const kernel = %s;
  const button = (name) => [...root.querySelectorAll("button")].find((one) => one.textContent === name);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  function until(holds) {
    return new Promise((resolve) => {
      const look = () => { if (holds()) { watch.disconnect(); clearTimeout(last); resolve(performance.now()); } };
      const watch = new MutationObserver(look);
      const last = setTimeout(() => { watch.disconnect(); resolve(NaN); }, 20000);
      watch.observe(root, { attributes: true, subtree: true, childList: true, characterData: true });
      look();
    });
  }
  async function timed(act, holds) {
    await pause(200 + 300 * Math.random());
    const start = performance.now();
    act();
    return (await until(holds)) - start;
  }
  const running = (state) => () => root.dataset.running === state;
  const found = { play: [], slider: [], cell: [], pause: [], step: [], counted: [] };
  for (let round = 0; round < %d; round++) {
    found.play.push(await timed(() => button("Play").click(), running("true")));
    await pause(800);
    slider.value = round %% 2 ? 0 : Math.max(0, Number(slider.max) - 1);
    const before = where.textContent;
    found.slider.push(await timed(() => slider.dispatchEvent(new Event("input")), () => where.textContent !== before));
    await pause(200);
    const start = performance.now();
    await kernel.requestExecute({ code: "1 + 1", store_history: false }).done;
    found.cell.push(performance.now() - start);
    found.pause.push(await timed(() => button("Pause").click(), running("false")));
    await pause(1500);
    const steps = Number(root.dataset.steps);
    button("Back to live").click();
    await pause(500);
    let answered = 0;
    const counted = timed(() => {
      const pressed = performance.now();
      button("Step").click();
      until(() => root.dataset.idle === "true").then((at) => { answered = at - pressed; });
    }, () => Number(root.dataset.steps) > steps);
    found.counted.push(await counted);
    await pause(100);
    found.step.push(answered);
  }
  return found;
}
"""
ROWS = {
    "play": "Play, until the page shows that it plays",
    "pause": "Pause, until the page shows that it rests",
    "step": "Step, until the kernel has taken it",
    "counted": "Step, until the step is done and counted",
    "slider": "history slider, while it trains",
    "cell": "an empty cell, while it trains",
}
Times = dict[str, list[float]]


def measure(page: Page, rounds: int) -> Times:
    """`rounds` of every gesture on the studio of an open notebook, in ms; the first round warms up."""
    found: Times = page.evaluate(SCRIPT % (KERNEL_STATUS.removesuffix("?.status"), rounds + 1))
    return {name: times[1:] for name, times in found.items()}


def measure_case(lab: Lab, case: str, rounds: int) -> tuple[Times, float]:
    """The times, and the seconds that one training step takes, in a notebook of its own."""
    name = lab.write(f"{case}.ipynb", [SETUP, f"studio = TrainingStudio({case}())\nstudio.run(12)\nstudio"])
    with lab.open(name, height=1600) as notebook:
        notebook.run_all(seconds=300)
        notebook.root()
        times = measure(notebook.page, rounds)
        seconds = float(notebook.ask("(lambda t: t.seconds / t.step)(studio._stage.left.run.trainer)"))
        if notebook.errors:
            raise RuntimeError(f"the page of {name} complained: {notebook.errors}")
    return times, seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how much is measured."""
    parser.add_argument("--play-rounds", type=int, default=15, help="presses of each button (default: 15)")


def run(args: argparse.Namespace) -> str:
    """Measure, and return the table with what it needs to be understood, as Markdown."""
    load = machine.load()
    with laboratory() as lab:
        version = lab.browser.version
        found = {case: measure_case(lab, case, args.play_rounds) for case in CASES}
    return compose(load, version, found)


def compose(load: str, version: str, found: dict[str, tuple[Times, float]]) -> str:
    """The text around the table."""
    head = ("ms, median / p95", *(f"{CASES[case]}, {1000 * step:.0f} ms a step" for case, (_, step) in found.items()))
    rows = [[words, *(report.tail(times[name]) for times, _ in found.values())] for name, words in ROWS.items()]
    rounds = len(next(iter(found.values()))[0]["play"])
    return "\n\n".join([
        machine.header(load),
        f"JupyterLab in Chromium {version}, without a GPU; torch with one thread; {rounds} presses of each.",
        report.table(head, rows),
    ])  # fmt: skip


if __name__ == "__main__":
    report.main([sys.modules[__name__]], __doc__)
