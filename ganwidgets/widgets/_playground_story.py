"""One training step told in ten parts, each with a picture, a sentence and the numbers of that very step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ganwidgets.views.pipeline import Overview, Telling
from ganwidgets.views.plane import PlanePicture
from ganwidgets.walks import Walk

from ._playground_track import PUSH_NOTE, Moment, arrows, flat, relative

_ARROWS = 64
_GOALS = {
    "wasserstein": "high scores for its fakes", "hinge": "high scores for its fakes",
    "relativistic": "its fakes to score above the reals", "least_squares": "its fakes to score 1",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One part: what is said, the layers of the plane, and the nodes of the overview that it happens at."""

    telling: Telling
    picture: PlanePicture
    overview: Overview


@dataclass(frozen=True, eq=False)
class _Step:
    """What the sentences are made from."""

    walk: Walk
    settings: Mapping[str, Any]

    @property
    def means(self) -> tuple[float, float, float, float]:
        """The means of D(x), and of D(G(z)) before D's update, after it, and after G's."""
        walk = self.walk
        scores = (walk.real_scores, walk.fake_scores, walk.fake_scores_after, walk.moved_scores)
        return tuple(float(np.mean(score)) for score in scores)  # type: ignore[return-value]


def _noise(step: _Step) -> str:
    return f"{len(step.walk.z)} random z are drawn. Nothing else goes into G."


def _fakes(step: _Step) -> str:
    return "G turns each z into a point, a fake. G never sees the data."


def _reals(step: _Step) -> str:
    return f"{len(step.walk.real)} real points are drawn from the data."


def _judges(step: _Step) -> str:
    real, fake, _, _ = step.means
    return f"D says how real each point looks: on average {real:.3f} for reals and {fake:.3f} for fakes."


def _d_loss(step: _Step) -> str:
    event = step.walk.event
    extra = f" The penalty adds {event.penalty:.3f}." if event.penalty else ""
    goal = "D wants high scores for reals and low ones for fakes"
    return f"{goal}. Its loss says how far off it is: {event.d_loss:.3f}.{extra}"


def _d_learns(step: _Step) -> str:
    _, most = relative(step.walk.after - step.walk.before)
    last = f" This is the last of its {step.settings['n_critic']} steps." if step.settings["n_critic"] > 1 else ""
    return (
        f"The loss is traced back through D: a gradient of length {step.walk.d_gradient:.2g} on its weights. They "
        f"move, and D(x) changes: up where it is blue, down where it is orange, by {most:.2g} at most.{last}"
    )


def _again(step: _Step) -> str:
    _, before, after, _ = step.means
    return f"The new D looks at the same fakes. D(G(z)) {_went(before, after)}."


def _g_loss(step: _Step) -> str:
    goal = _GOALS.get(step.settings["loss"], "high D(G(z))")
    return f"G wants the opposite: {goal}. Its loss is {step.walk.event.g_loss:.3f}."


def _pushed(step: _Step) -> str:
    return "The loss is traced back through D, which now stays as it is. Each fake learns which way looks more real."


def _g_learns(step: _Step) -> str:
    _, _, before, after = step.means
    _, longest = arrows(step.walk.fake, step.walk.moved - step.walk.fake, step.walk.extent)
    first = f" (the first of its {step.settings['n_generator']} steps)" if step.settings["n_generator"] > 1 else ""
    return (
        f"Traced on through G, the push becomes a gradient of length {step.walk.g_gradient:.2g} on G's weights{first}. "
        "All fakes share these, so none can simply follow its green arrow: the orange ones show where the same z "
        f"really went, by {longest:.2g} at most. D(G(z)) {_went(before, after)}."
    )


def _went(before: float, after: float) -> str:
    word = "goes up" if after > before else "goes down"
    return f"{word} from {before:.3f} to {after:.3f}"


@dataclass(frozen=True)
class _Scene:
    title: str
    text: Callable[[_Step], str]
    nodes: tuple[str, ...]
    layers: tuple[str, ...]
    learning: str = ""
    new_d: bool = False
    new_g: bool = False


_SCENES = (
    _Scene("Draw noise", _noise, ("z",), ()),
    _Scene("G makes fakes", _fakes, ("G", "fake"), ("fake",)),
    _Scene("Draw real points", _reals, ("real",), ("real", "fake")),
    _Scene("D judges both", _judges, ("D",), ("field", "real", "fake")),
    _Scene("D's loss", _d_loss, ("d_loss",), ("field", "real", "fake")),
    _Scene("D learns", _d_learns, ("D",), ("change", "real", "fake"), "d", new_d=True),
    _Scene("D judges the fakes again", _again, ("D", "fake"), ("field", "fake"), new_d=True),
    _Scene("G's loss", _g_loss, ("g_loss",), ("field", "fake"), new_d=True),
    _Scene("Back through D", _pushed, ("fake",), ("field", "fake", "push"), "g", new_d=True),
    _Scene("G learns", _g_learns, ("G",), ("fake", "push", "moves"), "g", new_d=True, new_g=True),
)


def parts_of(walk: Walk, settings: Mapping[str, Any], before: Moment) -> list[Part]:
    """The parts of the step that was walked; `before`: how things looked before it."""
    step = _Step(walk, settings)
    picture = _picture(walk, before.picture)
    made, reached = [], list[str]()
    for number, scene in enumerate(_SCENES):
        reached += [node for node in scene.nodes if node not in reached]
        fake = walk.moved if scene.new_g else walk.fake
        field = walk.after if scene.new_d else walk.before
        told = Telling(
            walk.event.step, number, len(_SCENES), scene.title, scene.text(step), scene.nodes, tuple(reached)
        )
        overview = Overview(
            walk.extent, flat(walk.z), before.overview.warp, fake, walk.real, field,
            walk.event.d_loss if "d_loss" in reached else None, walk.event.g_loss if "g_loss" in reached else None,
            scene.learning,
        )  # fmt: skip
        made.append(Part(told, replace(picture, field=field, only=scene.layers), overview))
    return made


def _picture(walk: Walk, before: PlanePicture) -> PlanePicture:
    """All layers of the step. The fakes stay where they were: arrows say where they are pushed, and where they go."""
    few = slice(0, _ARROWS)
    push, _ = arrows(walk.fake[few], walk.push.arrows[few], walk.extent)
    moves, _ = arrows(walk.fake[few], (walk.moved - walk.fake)[few], walk.extent)
    change, _ = relative(walk.after - walk.before)
    notes = {
        "push": PUSH_NOTE,
        "moves": "orange arrows: where G's step really moves them",
        "change": "blue: D says real more than before, orange: less",
    }
    return PlanePicture(
        walk.extent, walk.before, None, walk.real, walk.fake, before.warp, push, change=change, moves=moves, notes=notes
    )
