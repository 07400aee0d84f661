"""`TrainingStudio`: a GAN's training, live or recorded: samples, losses, D's scores, what is wrong, and other ways."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ganwidgets.checks import check_number, check_whole
from ganwidgets.runs import Recorded, described, run_of
from ganwidgets.views.drawing import to_png
from ganwidgets.views.player import PlayerState

from ._following import Following
from ._loss_lines import loss_lines
from ._scores import Array
from ._sides import Moment
from ._stage import Pulled, Stage
from ._studio_page import StudioPage
from ._words import difference_in_words, health_in_words

__all__ = ["TrainingStudio", "loss_lines"]

_WORDS_SECONDS = 0.4
_FRAMES_A_SECOND = 20  # of a recording, at first


class TrainingStudio(Following):
    """Watch and steer a training: `play`, `pause`, `step`, `run(n)`, `go_to(step)`, on the page or from Python.

    `stream`: a `Trainer`, a `Recorder`, a `Session`, a `Recording`, or any stream of `StepEvent`s. Shown are its
    samples, pictures `(n, H, W, C)` uint8 or points `(n, 2)`; the losses, raw and smoothed; the histograms of D(x) and
    D(G(z)) over the last `history` batches; and in words what a diagnosis finds. The slider goes back to what was kept
    while the training goes on: at most 300 moments and 64 MB, of a recording every frame, at once.

    `branch(at, **settings)` goes another way from a step on, and shows both ways side by side; `leave` ends that. A
    stream that is none of those named can't be branched. `real`: real points `(N, 2)` to draw behind the fakes. `data`:
    what was trained on, for a recording from a file that was too small to hold it.
    """

    def __init__(
        self, stream: Iterable[Any], *, title: str = "", real: Any = None, history: int = 10, data: Any = None
    ) -> None:
        run = run_of(stream, data)
        self._stage = Stage(run, history)
        self._events, self._words_at = 0, 0.0
        self._pinned: tuple[Moment | None, Moment | None] | None = None
        self._ways = "", ""
        self._page = StudioPage(real, self._chosen, self.leave)
        recorded = self._stage.recorded
        kinds: dict[str, Any] = {"unit": "frame", "speeds": [_FRAMES_A_SECOND, 5, 1, 0]} if recorded else {}
        super().__init__(self._stage, shared=stream, step_sizes=[1, 10], title=title, scrubber=True, **kinds)
        if recorded:
            self.speed = _FRAMES_A_SECOND
        run.on_health = self._offer  # type: ignore[method-assign]
        self.children = [self._player, *self._page.children]
        self.layout.max_width = "920px"
        self.alt = f"{title}: samples, D's scores and losses" if title else "samples, D's scores and losses"
        self._redraw()

    @property
    def samples(self) -> Array | None:
        """The samples on show, live or of the step that the slider is at; None before the first."""
        return self._page.samples[0].samples

    @property
    def other_samples(self) -> Array | None:
        """The samples on show of the other way, None where there is none."""
        return None if self._stage.right is None else self._page.samples[1].samples

    @property
    def findings(self) -> tuple[Any, ...]:
        """What a diagnosis has found to be wrong so far, as `diagnosis.Finding`s; nothing for a healthy training."""
        run = self._stage.left.run
        return (run.wait() if isinstance(run, Recorded) else run.health()).findings

    @property
    def other_findings(self) -> tuple[Any, ...]:
        """The same of the other way; nothing where there is none."""
        return () if self._stage.right is None else self._stage.right.run.health().findings

    @property
    def difference(self) -> str:
        """How the two ways differ at the step on show, in words; empty where there is only one."""
        with self._lock:
            return "" if self._stage.right is None else self._in_words(*self._moments())

    @property
    def kept_steps(self) -> list[int]:
        """The steps that `go_to` can show."""
        with self._lock:
            return list(self._kept_steps())

    @property
    def shown_step(self) -> int | None:
        """The step that the slider is at; None for live. Of a recording, the step of the frame."""
        return self._place() if self._stage.recorded else self._shown

    @property
    def steps(self) -> int:
        """How many events were taken in."""
        return self._events

    def go_to(self, step: int | None) -> None:
        """Show what was kept nearest to `step`, while the training goes on; None: the newest, live."""
        if step is not None:
            check_number("step", step)
        self._scrub(step)

    def run(self, n: int) -> Any:
        """As in `Following`."""
        pulled = super().run(n)
        return pulled[-1][1] if pulled else None

    def play(self) -> None:
        """Run in the background until `pause` or the stream's end; a recording that is at its end begins again."""
        self._begin_again()
        super().play()

    def branch(self, at: int | None = None, **settings: Any) -> None:
        """Go another way from the point after step `at`, by default where the training is now.

        `settings`: fields of `TrainConfig` that are to differ. The steps between the nearest state that was kept and
        `at` are trained again, which may take a while. When this returns, the other way stands at `at`, and both go on
        together. `ValueError` for settings that do not exist, for values that are not allowed, and for a step or a
        stream that there is no way back to.
        """
        if at is not None:
            check_whole("at", at, 0)
        self.pause()
        config = self._stage.left.run.config
        before = {name: getattr(config, name) for name in settings if hasattr(config, name)}
        words = described(before) if before else "", described(settings)
        self._propose(self._stage.left.step if at is None else at, settings, words)
        self._single = True
        super().run(1)
        way = self._stage.plan.way if self._stage.plan is not None else None
        super().run(way.left + 1 if way is not None else 1)

    def leave(self) -> None:
        """End the comparison: only the training as it was is shown, and goes on."""
        self.runner.request_pause()
        with self._lock:
            self._stage.close_right()
            self._shown = self._pinned = None
            self._page.arrange(("", ""))
        if self._stage.recorded:
            self.speed = _FRAMES_A_SECOND
        self._flush()

    def close(self) -> None:
        """As in `Following`."""
        super().close()
        if self._runner is not None:
            self._stage.left.run.close()

    def still(self) -> bytes:
        """Samples, histograms, losses and what is wrong, as they stand, as PNG; nothing before the first step."""
        with self._lock:
            self._words_at = 0.0
            self._draw()
            image = self._page.picture(self._stage.right is not None)
        return b"" if image is None else to_png(image)

    def _take(self, event: Pulled) -> None:
        self._events += len(event) > 0
        for side, one in event:
            side.take(one)
        if not event and self._stage.right is not None:
            self._page.arrange(self._ways)

    def _draw(self) -> None:
        stage, moments = self._stage, self._moments()
        self._page.draw(stage, moments, self._place() if stage.recorded else self._shown, self._urgent)
        alone = self._shown is None and stage.right is None and not stage.recorded
        self._page.offer(stage, None if alone else min(stage.left.step, self._now()))
        now = time.monotonic()
        if not self.running or now - self._words_at >= _WORDS_SECONDS:
            self._words_at = now
            self._tell(*moments)

    def _moments(self) -> tuple[Moment | None, Moment | None]:
        """What is on show on both sides."""
        stage = self._stage
        if self._pinned is not None:
            return self._pinned
        if stage.plan is not None:
            return stage.left.moment(stage.plan.step), None
        if stage.right is None:
            return stage.left.moment(self._place() if stage.recorded else self._shown), None
        at = self._now()
        if at <= stage.fork or not stage.right.kept:
            before = stage.left.moment(min(at, stage.fork))
            return before, before
        return stage.left.moment(at), stage.right.moment(self._shown)

    def _now(self) -> int:
        """The step on show, be it the newest one."""
        stage = self._stage
        if stage.recorded:
            return self._place()
        if self._shown is not None:
            return self._shown
        return stage.left.step if stage.right is None else max(stage.right.step, stage.fork)

    def _place(self) -> int:
        """The step of the recording's frame on show: the last one until it is played or the slider is moved."""
        run = self._stage.left.run
        assert isinstance(run, Recorded)
        steps = run.recording.steps
        return int(steps[min(run.cursor, len(steps)) - 1]) if len(steps) else 0

    def _tell(self, left: Moment | None, right: Moment | None) -> None:
        stage, at = self._stage, self._now()
        if stage.right is None:
            self._page.notes.show([health_in_words(stage.left.run.health(), at, stage.left.step)])
            return
        both = [(stage.left, "Left"), (stage.right, "Right")]
        parts = [health_in_words(side.run.health(), at, side.step, name) for side, name in both]
        self._page.notes.show(parts, self._in_words(left, right))

    def _in_words(self, left: Moment | None, right: Moment | None) -> str:
        stage = self._stage
        return difference_in_words(left, right, stage.fork, self._now(), "loss" in stage.changes)

    def _propose(self, at: int, changes: dict[str, Any], words: tuple[str, str]) -> None:
        """Plan another way; the page shows it when it has been reached. `words`: what was so, and what will be."""
        with self._lock:
            paced = self._stage.recorded
            self._stage.propose(at, changes)
            before, after = words
            self._ways = f"As it was{': ' if before else ''}{before}", f"From step {at:,}: {after}"
            self._shown = self._pinned = None
            self._page.arrange(("", ""))
        if paced:
            self.speed = 0  # frames are shown at a pace, a training goes as fast as it can
        self.runner.reopen()

    def _chosen(self, at: int | None, setting: int, option: int) -> None:
        """Go was pressed on the page."""
        what = self._stage.left.run.settings[setting]
        how = what.options[option]
        self.runner.request_pause()
        step = self._stage.left.step if at is None else at
        self._propose(step, how.changes, (f"{what.label} {what.now}", f"{what.label} {how.label}"))
        self._request(None)

    def _request(self, n: int | None) -> None:
        self._begin_again()
        super()._request(n)

    def _begin_again(self) -> None:
        run = self._stage.left.run
        if self._stage.recorded and isinstance(run, Recorded) and run.cursor >= len(run.recording):
            run.cursor = 0
            self.runner.reopen()

    def _scrub(self, step: int | None) -> None:
        """The moment stays on show even when the history is thinned; a recording is played on from there."""
        stage = self._stage
        with self._lock:
            self._pinned = self._shown = None
            kept = self._kept_steps()
            if step is not None and not kept:
                raise ValueError(f"step: no samples have been kept yet, so there is no way back to {step}")
            nearest = None if step is None else min(kept, key=lambda kept: abs(kept - step))
            if isinstance(stage.left.run, Recorded) and stage.recorded:
                stage.left.run.cursor = len(kept) if nearest is None else kept.index(nearest) + 1
                self.runner.reopen()
                nearest = None
            self._shown = nearest
            self._pinned = None if nearest is None else self._moments()
        super()._scrub(nearest)

    def _kept_steps(self) -> Sequence[int]:
        stage = self._stage
        if stage.right is None:
            return stage.left.kept
        reached = max(stage.right.step, stage.fork)
        return sorted({*(step for step in stage.left.kept if step <= reached), *stage.right.kept})

    def _step_number(self) -> int:
        return self._place() if self._stage.recorded else self._now() if self._shown is None else self._newest()

    def _newest(self) -> int:
        stage = self._stage
        return stage.left.step if stage.right is None else max(stage.right.step, stage.fork)

    def _player_state(self, rate: float) -> PlayerState:
        state = super()._player_state(rate)
        if not self._stage.recorded:
            return state
        return replace(state, finished=False, shown=self._place(), recorded=True)
