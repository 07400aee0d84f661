"""The Dirac-GAN: the smallest GAN there is, two numbers that already show why training circles, and what stops it.

Mescheder, Geiger and Nowozin 2018 (arXiv:1801.04406, section 2): all data is the point 0, G makes the one point θ, and
D(x) = ψ·x is a logit. The only equilibrium is θ = ψ = 0. Everything is exact: gradients are written out, and noise is
an integral, not a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ganwidgets.checks import check_number, check_whole, numbers

Array = npt.NDArray[np.float64]
Slopes = tuple[Callable[[Array], Array], Callable[[Array], Array], Callable[[Array], Array]]


def _sigmoid(t: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * t))


# By loss: the slope of D's loss by a real logit, by a fake logit, and of G's loss by a fake logit.
SLOPES: dict[str, Slopes] = {
    "minimax": (lambda r: -_sigmoid(-r), _sigmoid, lambda f: -_sigmoid(f)),
    "non_saturating": (lambda r: -_sigmoid(-r), _sigmoid, lambda f: -_sigmoid(-f)),
    "wasserstein": (lambda r: -np.ones_like(r), np.ones_like, lambda f: -np.ones_like(f)),
    "least_squares": (lambda r: r - 1, lambda f: f, lambda f: f - 1),
}
METHODS = ("simultaneous", "alternating")


@dataclass(frozen=True)
class DiracGame:
    """The rules of one game.

    `loss`: a name in `SLOPES`. `rate`: of both players, above 0. `method`: both move at once from the same point, or D
    first and G after it has seen D's move. `r1`: weight γ of γ/2·ψ², which is R1 and R2 at once here. `gp`: weight λ of
    WGAN-GP's (|ψ| − 1)². `noise`: standard deviation of instance noise on real and fake. `ValueError` for others.
    """

    loss: str = "non_saturating"
    rate: float = 0.1
    method: str = "simultaneous"
    r1: float = 0.0
    gp: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        for name, came, allowed in (("loss", self.loss, SLOPES), ("method", self.method, METHODS)):
            if not isinstance(came, str) or came not in allowed:
                raise ValueError(f"{name}: there is no {came!r}; choose one of {', '.join(allowed)}")
        check_number("rate", self.rate, above=0)
        for name in ("r1", "gp", "noise"):
            check_number(name, getattr(self, name), 0)

    def gradients(self, theta: npt.ArrayLike, psi: npt.ArrayLike) -> tuple[Array, Array]:
        """Of G's loss by θ and of D's loss by ψ; any shapes that go together."""
        t, p = np.broadcast_arrays(np.asarray(theta, np.float64), np.asarray(psi, np.float64))
        by_real, by_fake, for_g = SLOPES[self.loss]
        offsets, weights = _normal(self.noise)
        real = offsets + np.zeros_like(t)[..., None]  # x of the real point under noise: (..., nodes)
        fake = offsets + t[..., None]
        g = (for_g(p[..., None] * fake) * weights).sum(-1) * p
        d = ((by_real(p[..., None] * real) * real + by_fake(p[..., None] * fake) * fake) * weights).sum(-1)
        return g, d + self.r1 * p + 2 * self.gp * (np.abs(p) - 1) * np.sign(p)

    def step(self, theta: float, psi: float) -> tuple[float, float]:
        """One step of gradient descent for each player."""
        g, d = self.gradients(theta, psi)
        moved = psi - self.rate * float(d)
        if self.method == "alternating":
            g, _ = self.gradients(theta, moved)
        return theta - self.rate * float(g), moved

    def path(self, steps: int, start: tuple[float, float] = (1.0, 1.0)) -> Array:
        """(θ, ψ) from `start` on, `(steps + 1, 2)`; rows from the first that is not finite on are left out."""
        check_whole("steps", steps, 0)
        first = numbers("start", start, np.float64)
        if first.shape != (2,):
            raise ValueError(f"start: expected two numbers, θ and ψ; got {start!r}")
        places = [(float(first[0]), float(first[1]))]
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(steps):
                place = self.step(*places[-1])
                if not np.isfinite(place).all():
                    break
                places.append(place)
        return np.array(places)

    def eigenvalues(self, width: float = 1e-6) -> npt.NDArray[np.complex128]:
        """Of the step's Jacobian at the equilibrium, by central differences: `(2,)`.

        Lengths below 1: the game is drawn in; above 1: it is driven out. WGAN-GP has no slope at ψ = 0 and gives NaN.
        """
        if self.gp:
            return np.full(2, np.nan, dtype=np.complex128)
        columns = []
        for axis in np.eye(2) * width:
            ahead, behind = (np.array(self.step(*(sign * axis))) for sign in (1, -1))
            columns.append((ahead - behind) / (2 * width))
        return np.linalg.eigvals(np.stack(columns, axis=1)).astype(np.complex128)


def _normal(sigma: float) -> tuple[Array, Array]:
    """Places and weights of Gauss–Hermite quadrature for N(0, σ²)."""
    if sigma == 0:
        return np.zeros(1), np.ones(1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(32)
    return sigma * nodes, weights / weights.sum()
