"""What a diagnosis can find, in plain words, and the numbers from which on it does."""

from __future__ import annotations

from dataclasses import dataclass

TITLES = {
    "nan": "The numbers have broken",
    "saturated_discriminator": "D has won",
    "collapse": "G's samples are too much alike",
    "oscillation": "G and D go round in circles",
    "initialisation": "The first weights are wrong",
    "dead_gradients": "Some layers learn nothing",
}
"""The names of all findings, with a headline for each."""

TRY_THIS = {
    "nan": "Lower the learning rates; look for a log or a division in a loss of your own; "
    "then start again, because broken weights stay broken.",
    "saturated_discriminator": "Slow D down (lower lr_d, fewer D steps) or keep it smooth with a gradient penalty "
    "(r1), instance noise or spectral normalisation. With the minimax loss, change to non_saturating.",
    "collapse": "Let D see variety (pack=2, minibatch_std), add r1 and r2 with the relativistic loss, or lower lr_g "
    "until D can follow.",
    "oscillation": "Damp the game: a gradient penalty (r1), beta1 of 0 or 0.5 in place of 0.9, lower learning rates, "
    "and look at the moving average of G (ema=0.999).",
    "initialisation": "Initialise every layer with small random numbers that differ: torch's own defaults, "
    "Kaiming's for ReLU layers, or a normal distribution with standard deviation 0.02 beside batch normalisation.",
    "dead_gradients": "Look for a detach or no_grad in the way, a layer that forward does not use, or ReLU units that "
    "are never above zero (LeakyReLU keeps them alive; lower the learning rate).",
}


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a training.

    `name`: one of `TITLES`. `evidence`: what was seen, with numbers. `try_this`: what may help. `severity`: "error"
    where going on is useless, else "warning". `step`: when it was first seen; `last_step`: when it last held, so that
    a view can tell what has passed.
    """

    name: str
    evidence: str
    try_this: str
    severity: str
    step: int
    last_step: int

    @property
    def title(self) -> str:
        """A headline."""
        return TITLES[self.name]

    def __str__(self) -> str:
        return f"{self.title} (step {self.step}): {self.evidence} Try this: {self.try_this}"


@dataclass(frozen=True)
class Thresholds:
    """From which numbers on something is wrong. The defaults lie between healthy and broken trainings that were
    compared: points and digits, all losses; healthy figures in brackets are the worst that were seen.

    D has won: over `saturated_steps`, the share of pairs (real, fake) that D orders rightly is at least `saturated_auc`
    and D's loss is between 0 and `saturated_loss` (0.24). No loss but Wasserstein's, which has no floor and is negative
    when D is ahead, can be so low without being used up; and no threshold on logits is needed, whose zero means
    something in some losses only.

    Collapse: over `collapse_steps` and at least `collapse_frames` samples, diversity is below `low_diversity` (0.8 of
    the data's when trained, but 0.06 in the first 300 steps, while G finds its way; so it must have grown less than
    `growing`-fold meanwhile). Two of eight modes on a ring are below 0.25, four are above.

    Oscillation: within one of the windows `swing_steps`, D's mean margin between reals and fakes turns at least
    `swing_turns` times, and in each third of the window at least twice, by more than `swing_size` of the logits'
    spread within a batch. Many healthy trainings swing for the first 400 steps and then settle (0.1 of the spread).

    Initialisation, in the first `first_steps`: logits spread less than `small_spread` (0.02) or reach `large_logit`
    (6); G's samples differ by less than `small_spread`, or `saturated_pixels` of its pixels are at the ends of Tanh.
    Dead gradients: a layer's gradient is shorter than `zero_gradient` (1e-5), or `dead_units` of a ReLU layer are never
    above zero (0.4).
    """

    saturated_auc: float = 0.995
    saturated_loss: float = 0.05
    saturated_steps: int = 200
    low_diversity: float = 0.25
    collapse_steps: int = 400
    collapse_frames: int = 4
    growing: float = 1.3
    swing_steps: tuple[int, ...] = (1000, 4000)
    swing_turns: int = 8
    swing_size: float = 1.0
    first_steps: int = 5
    small_spread: float = 1e-3
    large_logit: float = 100.0
    saturated_pixels: float = 0.9
    zero_gradient: float = 1e-10
    dead_units: float = 0.9
