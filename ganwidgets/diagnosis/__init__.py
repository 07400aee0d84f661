"""Diagnosis: the usual ways in which a GAN goes wrong, found in its events, with the evidence and what to try.

`diagnose` looks at a training that is over or recorded, `Diagnosis` follows one step by step. What is found, and from
which numbers on, is in `findings`; the numbers come from `signals` and, for what only the networks show, `networks`.
Left out: judging how good the samples are (see `metrics`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from ganwidgets.diagnosis import networks
from ganwidgets.diagnosis.findings import TITLES, TRY_THIS, Finding, Thresholds
from ganwidgets.diagnosis.signals import Diversity, separation, turns
from ganwidgets.events import StepEvent

__all__ = ["TITLES", "Diagnosis", "Finding", "Thresholds", "diagnose"]

CHECK_EVERY = 25  # events
LOOK_EVERY = 200  # steps
_EARLY = 50  # steps in which first weights still show
_SMOOTH = 10  # steps
_FEWEST = 60  # events in which swings can be seen


def diagnose(
    events: Iterable[StepEvent],
    G: nn.Module | None = None,
    D: nn.Module | None = None,
    real: npt.NDArray[Any] | None = None,
    thresholds: Thresholds | None = None,
) -> tuple[Finding, ...]:
    """What went wrong in a training, in the order in which it showed; nothing if it is healthy.

    `events`: of one training, from its first step on, live or from a recording. `G`, `D`: the networks as they stand
    after the last event; without them, dead gradients and copied units are not looked for. `real`: real samples in
    the form of the events' samples (images `(N, H, W, C)` uint8, points `(N, 2)`); without, a collapse is only seen
    if G was diverse before. `ValueError` for real samples of another form.
    """
    diagnosis = Diagnosis(real=real, thresholds=thresholds)
    for event in events:
        diagnosis.update(event)
    diagnosis.check()
    if G is not None and D is not None:
        diagnosis.look(G, D)
    return diagnosis.findings


class Diagnosis:
    """Follows a training: call `update` with every event, read `findings` at any time.

    An update takes some tens of microseconds, every 25th about a millisecond more. `G`, `D`: the networks in training,
    looked at after the first step and every 200 steps. `real`, `thresholds`: as in `diagnose`.
    """

    def __init__(
        self,
        G: nn.Module | None = None,
        D: nn.Module | None = None,
        real: npt.NDArray[Any] | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        self.thresholds = thresholds or Thresholds()
        self._networks = None if G is None or D is None else (G, D)
        self._diversity = Diversity(real)
        self._found: dict[str, Finding] = {}
        self._events: deque[StepEvent] = deque()
        self._diversities: list[tuple[int, float]] = []
        self._margins: list[tuple[int, float, float]] = []
        self._count = self._step = self._looked = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far, in the order in which it showed."""
        return tuple(self._found.values())

    def update(self, event: StepEvent) -> None:
        """Take in the next event."""
        self._count += 1
        self._step = event.step
        two = len(event.real_logits) > 0 and len(event.fake_logits) > 0
        if not self._is_finite(event, two):
            return
        if self._networks is not None and (self._looked == 0 or event.step - self._looked >= LOOK_EVERY):
            self.look(*self._networks)
        if two:
            self._take_logits(event)
        if event.samples is not None:
            self._diversities.append((event.step, self._diversity(event.samples)))
        if self._count % CHECK_EVERY == 0:
            self.check()

    def check(self) -> None:
        """Look at the last events now. `update` does so now and then by itself."""
        self._check_saturation()
        self._check_collapse()
        self._check_swings()

    def look(self, G: nn.Module, D: nn.Module) -> None:
        """Look at the networks, which stand after the last event. The first, untrained ones show most."""
        self._looked = max(self._step, 1)
        early = self._step <= _EARLY
        if evidence := networks.initialisation(G, D, self.thresholds, early):
            self._add("initialisation", evidence, "error")
        if evidence := networks.dead_gradients(G, D, self.thresholds):
            self._add("dead_gradients", evidence)

    def _is_finite(self, event: StepEvent, two_players: bool) -> bool:
        # One player has NaN in place of D's loss.
        numbers = {"G's loss": event.g_loss, "the penalty": event.penalty, "the auxiliary loss": event.auxiliary}
        if two_players:
            numbers |= {"D's loss": event.d_loss, "D's logits of reals": float(event.real_logits.sum())}
            numbers |= {"D's logits of fakes": float(event.fake_logits.sum())}
        broken = {name: number for name, number in numbers.items() if not np.isfinite(number)}
        if event.samples is not None and not np.isfinite(event.samples).all():
            broken["samples"] = float("nan")
        if broken:
            listed = ", ".join(f"{name} is {number:g}" for name, number in broken.items())
            self._add("nan", f"At step {event.step}, {listed}.", "error")
        return not broken

    def _take_logits(self, event: StepEvent) -> None:
        spread = float(event.real_logits.std() + event.fake_logits.std()) / 2
        margin = float(event.real_logits.mean() - event.fake_logits.mean())
        self._margins.append((event.step, margin, spread))
        if event.step <= self.thresholds.first_steps:
            self._check_first_logits(event)
        self._events.append(event)
        while self._events[0].step <= event.step - self.thresholds.saturated_steps:
            self._events.popleft()

    def _check_first_logits(self, event: StepEvent) -> None:
        logits = np.concatenate([event.real_logits, event.fake_logits])
        spread, largest = float(logits.std()), float(np.abs(logits).max())
        if spread < self.thresholds.small_spread:
            evidence = (
                f"At step {event.step}, D says nearly the same of every sample: its logits differ by {spread:.1e}."
            )
            self._add("initialisation", evidence, "error")
        elif largest > self.thresholds.large_logit:
            evidence = f"At step {event.step}, D's logits already reach {largest:.0f}, as if D were more than certain."
            self._add("initialisation", evidence, "error")

    def _check_saturation(self) -> None:
        limits, events = self.thresholds, self._events
        if len(events) < 2 or events[-1].step - events[0].step < 0.9 * limits.saturated_steps:
            return
        loss = float(np.median([event.d_loss for event in events]))
        if not 0 <= loss <= limits.saturated_loss:
            return
        some = list(events)[:: max(1, len(events) // 20)]
        area = float(np.median([separation(event.real_logits, event.fake_logits) for event in some]))
        if area >= limits.saturated_auc:
            evidence = (
                f"For {limits.saturated_steps} steps, D has put {area:.1%} of all pairs of a real and a fake in the "
                f"right order, at a loss of {loss:.2g}: it has next to nothing left to learn or to teach."
            )
            self._add("saturated_discriminator", evidence)

    def _check_collapse(self) -> None:
        limits = self.thresholds
        recent = [d for step, d in self._diversities if step > self._step - limits.collapse_steps]
        young = not self._diversities or self._step - self._diversities[0][0] < limits.collapse_steps
        if young or len(recent) < limits.collapse_frames or max(recent) >= limits.low_diversity:
            return
        third = max(1, len(recent) // 3)
        before, now = float(np.median(recent[:third])), float(np.median(recent[-third:]))
        if self._diversity.against_data and now > limits.growing * before:
            return
        of = "the data" if self._diversity.against_data else "what they did before"
        evidence = f"G's samples differ {now:.1%} as much as {of}, for {limits.collapse_steps} steps."
        self._add("collapse", evidence)

    def _check_swings(self) -> None:
        limits = self.thresholds
        for steps in limits.swing_steps:
            table = np.array([row for row in self._margins[-steps:] if row[0] > self._step - steps])
            if len(table) < _FEWEST or table[-1, 0] - table[0, 0] < 0.9 * steps:
                continue
            every = steps / len(table)
            width = max(1, round(_SMOOTH / every))
            smooth = np.convolve(table[:, 1], np.ones(width) / width, "valid")
            size = limits.swing_size * float(np.median(table[:, 2]))
            where = turns(smooth, max(size, 1e-12))
            thirds = np.histogram(where, bins=3, range=(0, len(smooth)))[0]
            if len(where) >= limits.swing_turns and thirds.min() >= 2:
                evidence = (
                    f"In {steps} steps, D's lead over G (real minus fake logits) went up and down {len(where) // 2} "
                    f"times by {np.ptp(smooth) / (size / limits.swing_size):.1f} times the spread of its logits, and "
                    "does not settle."
                )
                self._add("oscillation", evidence)
                return

    def _add(self, name: str, evidence: str, severity: str = "warning") -> None:
        known = self._found.get(name)
        if known is None:
            self._found[name] = Finding(name, evidence, TRY_THIS[name], severity, self._step, self._step)
        else:
            self._found[name] = replace(known, last_step=self._step)
