"""The clinic's six patients: each has its signature, and the diagnosis agrees with the bug as far as it can."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from itertools import islice

import numpy as np
import pytest
import torch

from ganwidgets import clinic
from ganwidgets.clinic import BUGS, DISEASES, PATIENTS, Chart, Patient, cross_entropy
from ganwidgets.diagnosis import Diagnosis
from ganwidgets.events import StepEvent


@cache
def admitted(chart: Chart) -> tuple[tuple[StepEvent, ...], frozenset[str]]:
    """The events of a training, and the names of what is found in it."""
    patient = Patient(chart)
    diagnosis, events = Diagnosis(patient.G, patient.D, clinic.data().points), []
    for event in islice(patient, clinic.STEPS):
        diagnosis.update(event)
        events.append(event)
    return tuple(events), frozenset(finding.name for finding in diagnosis.findings)


def losses(chart: Chart) -> np.ndarray:
    """D's and G's, `(2, STEPS)`."""
    return np.array([(event.d_loss, event.g_loss) for event in admitted(chart)[0]]).T


def distance(chart: Chart) -> float:
    """Of the last samples from the nearest cloud, on average."""
    modes, samples = clinic.data().modes, admitted(chart)[0][-1].samples
    assert modes is not None and samples is not None
    return float(np.linalg.norm(samples.astype(np.float32)[:, None] - modes, axis=2).min(axis=1).mean())


def test_every_bug_has_its_patient_who_differs_from_a_healthy_one_in_it_alone() -> None:
    assert sorted(DISEASES.values()) == sorted(BUGS) and set(DISEASES) == set(PATIENTS)
    for patient, chart in PATIENTS.items():
        changed = {f.name for f in fields(Chart) if getattr(chart, f.name) != getattr(Chart(), f.name)}
        assert len(changed) == 1 or (DISEASES[patient] == "learning rate too high" and changed == {"lr_d", "lr_g"})


def test_a_healthy_training_is_left_in_peace_and_finds_the_ring() -> None:
    d_loss, g_loss = losses(Chart())[:, -50:].mean(axis=1)
    assert admitted(Chart())[1] == frozenset()
    assert 0.9 < d_loss < 1.4 and 0.6 < g_loss < 1.5
    assert distance(Chart()) < 0.5


# What the diagnosis says of each patient; two bugs have no symptom that it knows.
AGREES: dict[str, str] = {
    "missing initialisation": "initialisation",
    "D too strong": "saturated_discriminator",
    "wrong label": "saturated_discriminator",
    "learning rate too high": "initialisation",
}


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_diagnosis_agrees_as_far_as_it_can(patient: int) -> None:
    _, found = admitted(PATIENTS[patient])
    expected = AGREES.get(DISEASES[patient])
    assert expected in found if expected else found <= {"collapse"}


def test_each_bug_has_its_signature() -> None:
    number = {bug: patient for patient, bug in DISEASES.items()}
    label, strong = (losses(PATIENTS[number[bug]])[:, -50:].mean(axis=1) for bug in ("wrong label", "D too strong"))
    assert label.max() < 0.1
    assert strong[0] < 0.05 and strong[1] > 5
    assert losses(PATIENTS[number["learning rate too high"]])[:, :10].max() > 50
    assert losses(PATIENTS[number["missing initialisation"]])[0] == pytest.approx(np.log(4), abs=1e-4)
    events, _ = admitted(PATIENTS[number["sigmoid twice"]])
    assert min(event.fake_scores.min() for event in events) >= 0.5
    assert max(event.real_scores.max() for event in events) <= 1 / (1 + np.exp(-1)) + 1e-6


def leaked(chart: Chart) -> float:
    """The length of the gradient that is in G after the first step of D."""
    patient, lengths = Patient(chart), list[float]()

    def look(*_: object) -> None:
        lengths.extend(float(p.grad.norm()) for p in patient.G.parameters() if p.grad is not None)

    patient.optimisers["D"].register_step_post_hook(look)
    next(patient)
    return sum(lengths)


def test_a_forgotten_detach_leaves_a_gradient_in_g() -> None:
    assert leaked(Chart()) == 0
    assert leaked(Chart(detach=False)) > 1e-3


def test_a_mended_patient_is_the_healthy_training() -> None:
    mended = replace(PATIENTS[5], lr_g=1e-3)
    assert mended == Chart() and distance(mended) < distance(PATIENTS[5]) / 2


def test_a_patient_depends_on_its_seed_and_on_nothing_else() -> None:
    torch.manual_seed(1)
    first = next(Patient())
    state = torch.random.get_rng_state()
    again, other = next(Patient()), next(Patient(Chart(seed=1)))
    assert first.d_loss == again.d_loss != other.d_loss
    assert torch.equal(state, torch.random.get_rng_state())


def test_cross_entropy_by_hand() -> None:
    logits = torch.tensor([0.0, float(np.log(3))])  # scores ½ and ¾
    assert float(cross_entropy(logits, 1.0)) == pytest.approx(-np.log(3 / 8) / 2, abs=1e-6)
    assert float(cross_entropy(logits, 0.0)) == pytest.approx(-np.log(1 / 8) / 2, abs=1e-6)
