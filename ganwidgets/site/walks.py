"""How the other widgets move along by themselves, so that a page can show a run to be scrubbed: one function each.

A function drives the widget from Python and gives a few words at each stop; `capture.py` takes the picture there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets
import numpy as np

from ganwidgets.widgets import (
    ArchitectureExplorer,
    ConvTransposeExplorer,
    DiracGame,
    LatentExplorer,
    LossExplorer,
    MetricLab,
    ModelRace,
    ModeMap,
    Playground,
    ScoreHistogram,
    SoundExplorer,
    TrainingStudio,
    ValueExplorer,
)

STOPS = 24
#: So many sliders of a LatentExplorer are moved.
STEERED = 3
#: Seconds that a training may take between two stops, and the steps that it makes at most.
BETWEEN, MOST_STEPS = 0.15, 50
Walk = Iterator[str]


def train(widget: Any) -> Walk:
    """What has been trained so far, if the widget keeps it; else some more steps."""
    kept = list(getattr(widget, "kept_steps", ()))
    if len(kept) > 1:
        for step in sorted({kept[k] for k in np.linspace(0, len(kept) - 1, STOPS).round().astype(int)}):
            widget.go_to(step)
            yield f"step {step}"
        return
    yield f"step {widget.steps}"
    for _ in range(STOPS - 1):
        before, start = widget.steps, time.perf_counter()
        while widget.steps < before + MOST_STEPS and time.perf_counter() - start < BETWEEN and not widget.finished:
            widget.run(1)
        if widget.steps == before:
            return
        yield f"step {widget.steps}"


def race(widget: ModelRace) -> Walk:
    """The laps that were run, or a few seconds more."""
    if not widget.laps:
        widget.run_to(3.0)
    for seconds in np.linspace(0.2, widget.clock, STOPS):
        widget.go_to(float(seconds))
        yield f"after {seconds:.1f} s"


def bend(widget: ValueExplorer) -> Walk:
    """From p_G as it is to p_data."""
    start, end = widget.p_g, widget.p_data
    for t in np.linspace(0, 1, STOPS):
        widget.set(fake=(1 - t) * start + t * end)
        yield f"V = {_number(widget.value, '.3f')}, JS = {widget.js:.3f}"


def rate(widget: LossExplorer) -> Walk:
    """D(G(z)) from nearly 0 to nearly 1, by way of what it was."""
    for score in np.union1d(np.linspace(0.01, 0.99, STOPS), widget.score):
        widget.score = float(score)
        yield f"D(G(z)) = {score:.2f}"


def circle(widget: DiracGame) -> Walk:
    """More and more steps of the game."""
    for steps in np.unique(np.linspace(1, max(2, len(widget.path) - 1), STOPS).round().astype(int)):
        widget.set(steps=int(steps))
        yield f"{steps} steps"


def write(widget: ConvTransposeExplorer) -> Walk:
    """Other kernels."""
    for kernel in range(2, 6):
        widget.set(kernel=kernel)
        yield f"kernel {kernel}: {widget.output} places"


def look(widget: ArchitectureExplorer) -> Walk:
    """Layer by layer, through both networks."""
    layers = [(part.name, layer) for part in widget.parts for layer in part.layers]
    for number, (network, layer) in enumerate(layers):
        widget.choose(number)
        yield f"{number + 1} of {len(layers)}: {network} {layer.name or layer.kind}"


def spoil(widget: MetricLab) -> Walk:
    """Each slider through a part of its range, the others at rest."""
    start = widget.settings
    for name in start:
        values = np.asarray(widget.sweep(name)[name])
        for value in values[np.linspace(0, len(values) - 1, 5).round().astype(int)]:
            widget.set(**{**start, name: float(value)})
            yield f"{name} {value:g}"


def wander(widget: SoundExplorer) -> Walk:
    """A latent from one end to the other."""
    for value in np.linspace(-3, 3, 13):
        widget.move({0: float(value)})
        yield f"first slider at {_number(value, '+.1f')}"


def steer(widget: LatentExplorer) -> Walk:
    """Where a page cannot draw: the first sliders, each most of its way and back to where it was."""
    sliders = [(group, k) for group in (1, 0) for k in range(len(widget.sliders.axes[group].names))]
    yield "as it was"
    for key in sliders[:STEERED]:
        name, start = widget.sliders.name(key), widget.sliders.values(widget.z)[key[0]][key[1]]
        for value in widget.spec["span"] * np.linspace(-0.7, 0.7, STOPS // STEERED):
            widget.drag({key: float(value)})
            yield f"{name} at {_number(value, '+.1f')}"
        widget.drag({key: float(start)})


def _number(value: float, form: str) -> str:
    return format(value, form).replace("-", "−")


WALKS: dict[type[ipywidgets.Widget], Callable[[Any], Walk]] = {
    Playground: train,
    TrainingStudio: train,
    ModeMap: train,
    ScoreHistogram: train,
    ModelRace: race,
    ValueExplorer: bend,
    LossExplorer: rate,
    DiracGame: circle,
    ConvTransposeExplorer: write,
    ArchitectureExplorer: look,
    LatentExplorer: steer,
    MetricLab: spoil,
    SoundExplorer: wander,
}
