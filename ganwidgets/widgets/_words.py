"""What a `TrainingStudio` says: how a training is doing, and how two of them differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganwidgets.runs import Health
from ganwidgets.views.notes import Note, Part
from ganwidgets.views.packed import Packed

from ._sides import Moment

_CURRENT = 250  # events in which a finding that holds is found again
_SAME = 0.05  # of D's lead, on a scale from 0 to 1
_ALIKE = 0.1  # of how much samples vary, as a share


def health_in_words(health: Health, at: int | None, newest: int, name: str = "") -> Part:
    """What a diagnosis had found by the step `at`, None for `newest`, which is the last step that it has seen."""
    if health.steps == 0:
        return Part("", (), name)
    now = newest if at is None else at
    pace = max(1.0, newest / health.steps)
    notes = []
    for finding in health.findings:
        if finding.step > now:
            continue
        past = finding.last_step + _CURRENT * pace < now
        when = f"steps {finding.step:,} to {finding.last_step:,}" if past else f"since step {finding.step:,}"
        grave = finding.severity == "error"
        notes.append(Note(finding.title, when, finding.evidence, finding.try_this, grave, past and not grave))
    looked = f"looked at {_listed(health.looked_at)}, up to step {newest:,}"
    quiet = looked[:1].upper() + looked[1:] if notes else f"Nothing wrong so far: {looked}"
    return Part(f"{quiet}.", tuple(notes), name)


def difference_in_words(left: Moment | None, right: Moment | None, fork: int, at: int, other_loss: bool) -> str:
    """How two trainings that parted after step `fork` differ at step `at`."""
    if left is None or right is None or at <= fork:
        return f"Up to step {fork:,} both are the same."
    words = [f"{at - fork:,} step{'s' if at > fork + 1 else ''} after they parted:"]
    words += [_lead(left, right), _variety(left, right)]
    if other_loss:
        words.append("The two losses are different functions, so their values cannot be compared.")
    return " ".join(word for word in words if word)


def _lead(left: Moment, right: Moment) -> str:
    if left.bars is None or right.bars is None:
        return ""
    a, b = (moment.bars.means[0] - moment.bars.means[1] for moment in (left, right))  # type: ignore[union-attr]
    numbers = f"(D(x) − D(G(z)) is {a:.2f} on the left, {b:.2f} on the right)"
    if abs(a - b) < _SAME:
        return f"D tells real from fake about equally well on both sides {numbers}."
    return f"D tells real from fake better on the {'left' if a > b else 'right'} {numbers}."


def _variety(left: Moment, right: Moment) -> str:
    """Of the samples: how far they lie from their mean."""
    a, b = (_spread(moment.samples) for moment in (left, right))
    if a is None or b is None or a == 0:
        return ""
    if abs(b / a - 1) < _ALIKE:
        return "The samples vary about equally."
    return f"The samples on the right vary {b / a:.2g} times as much."


def _spread(samples: Any) -> float | None:
    array = samples.images() if isinstance(samples, Packed) else samples
    if array is None or len(array) < 2 or not np.isfinite(array).all():
        return None
    return float(np.sqrt(array.astype(np.float64).var(axis=0).sum()))


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
