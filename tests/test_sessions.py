"""A session: players moved one by one, settings changed on the way, back to earlier steps, branches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganwidgets import datasets, sessions
from ganwidgets.events import StepEvent
from ganwidgets.models import mlp
from ganwidgets.sessions import Session
from ganwidgets.training import TrainConfig, Trainer

RING = datasets.toy("ring_wide", n=600, seed=0)


def pair(**options: Any) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return mlp.Generator(z_dim=2, hidden=16, layers=2), mlp.Discriminator(hidden=16, layers=2, **options)


def session(keep_every: int = 5, **settings: Any) -> Session:
    return Session(*pair(), RING, TrainConfig(batch_size=16, **settings), keep_every=keep_every)


def weights(network: nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in network.parameters()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def losses_of(events: list[StepEvent]) -> list[tuple[float, float]]:
    return [(event.d_loss, event.g_loss) for event in events]


def run(stream: Session | Trainer, n: int) -> list[StepEvent]:
    return [next(stream) for _ in range(n)]


def test_a_session_is_the_same_training_as_a_trainer() -> None:
    plain = Trainer(*pair(), RING, TrainConfig(batch_size=16))
    assert losses_of(run(session(), 7)) == losses_of(run(plain, 7))


def test_each_player_moves_alone() -> None:
    live = session()
    run(live, 3)
    for move, moved in ((live.step_d, 1), (live.step_g, 0)):
        before = [weights(network) for network in live.networks()]
        event = move()
        after = [weights(network) for network in live.networks()]
        assert event.step == live.step == 3
        assert same(before[1 - moved], after[1 - moved]) and not same(before[moved], after[moved])
        assert np.isnan(event.g_loss if moved else event.d_loss)
        assert event.real_logits.shape == event.fake_logits.shape == event.fake_logits_after.shape == (16,)


def test_d_gets_better_when_only_d_moves() -> None:
    live = session(lr_d=5e-3)
    first = live.step_d().d_loss
    for _ in range(80):
        last = live.step_d().d_loss
    assert last < 0.8 * first


def test_settings_count_from_the_next_step_on_and_the_rest_stays() -> None:
    live = session()
    run(live, 4)
    before = weights(live.networks()[0])
    live.change(lr_g=0.0, loss="hinge", r1=1.0)
    assert same(before, weights(live.networks()[0]))
    event = next(live)
    assert event.step == 5 and event.penalty > 0
    assert same(before, weights(live.networks()[0]))  # a rate of 0 moves nothing
    assert live.settings["loss"] == "hinge"


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"speed": 3}, "there is no speed; there are loss, batch_size"), ({"loss": "hing"}, "there is no 'hing'")],
)
def test_a_bad_setting_changes_nothing(settings: dict[str, Any], message: str) -> None:
    live = session()
    with pytest.raises(ValueError, match=message):
        live.change(**settings)
    assert live.config == TrainConfig(batch_size=16)
    assert next(live).step == 1


def test_going_back_and_on_gives_the_same_again() -> None:
    live = session()
    run(live, 5)
    first = losses_of(run(live, 8))
    live.change(loss="hinge")
    run(live, 4)
    assert live.rewind(7) == 5 and live.step == 5 and live.config.loss == "non_saturating"
    assert live.kept_steps == (0, 5)
    assert losses_of(run(live, 8)) == first
    assert live.rewind(0) == 0
    with pytest.raises(ValueError, match="step must be a whole number of at least 0, not -1"):
        live.rewind(-1)


def test_a_branch_goes_its_own_way() -> None:
    live = session()
    run(live, 10)
    twin, other = live.branch(), live.branch(5, loss="wasserstein", clip=0.1)
    assert (twin.step, other.step, other.config.loss) == (10, 5, "wasserstein")
    ahead = losses_of(run(twin, 4))
    run(other, 4)
    assert live.step == 10 and losses_of(run(live, 4)) == ahead
    assert max(w.abs().max() for w in weights(other.networks()[1])) <= 0.1


def test_only_so_many_states_are_kept() -> None:
    live = session(keep_every=1)
    run(live, 200)
    assert len(live.kept_steps) <= sessions.KEPT and live.kept_steps[0] == 0
    gaps = np.diff(live.kept_steps)
    assert gaps.min() == gaps.max() == 4
    assert 200 - live.kept_steps[-1] < 4


def test_states_cannot_be_kept_more_often_than_every_step() -> None:
    with pytest.raises(ValueError, match="keep_every must be a whole number of at least 1, not 0"):
        session(keep_every=0)
