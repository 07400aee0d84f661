"""Games with turns: minimax and alpha–beta on a tree of nested lists, and games of one move in a table.

The players of a GAN have no turns and no tree; this is what the word "minimax" meant before. Alpha–beta: D. E. Knuth
and R. W. Moore, An Analysis of Alpha-Beta Pruning, Artificial Intelligence 6, 1975.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

#: A leaf is a number, a node the list of what can be played there. They alternate: the first to move maximises.
Tree = float | Sequence["Tree"]


@dataclass(frozen=True)
class Search:
    """What a game is worth to the one who maximises, and how many leaves were looked at to know it."""

    value: float
    leaves: int


def search(tree: Tree, prune: bool = True, maximising: bool = True) -> Search:
    """The value of `tree` when both play their best. `prune`: alpha–beta, which leaves out what cannot matter.

    `maximising`: whether the one to move maximises. `ValueError` for a node without moves and a leaf that is no number.
    """
    return _search(tree, prune, maximising, -math.inf, math.inf)


def _search(tree: Tree, prune: bool, maximising: bool, alpha: float, beta: float) -> Search:
    if isinstance(tree, int | float) and not isinstance(tree, bool) and not math.isnan(tree):
        return Search(float(tree), 1)
    if not isinstance(tree, list | tuple) or not tree:
        raise ValueError(f"tree: expected a number or a list of at least one move, got {tree!r}")
    best, leaves = (-math.inf if maximising else math.inf), 0
    for move in tree:
        found = _search(move, prune, not maximising, alpha, beta)
        leaves += found.leaves
        best = max(best, found.value) if maximising else min(best, found.value)
        if maximising:
            alpha = max(alpha, best)
        else:
            beta = min(beta, best)
        if prune and alpha >= beta:
            break  # the one who moved before would never come here
    return Search(best, leaves)


@dataclass(frozen=True, eq=False)
class MatrixGame:
    """A game of one move each, at the same time, solved.

    `floor`: what the row player, who maximises, is sure of with one fixed row; `ceiling`: what the column player can
    hold it down to with one fixed column. Where they are equal there is a saddle point. `value`: what both get when
    they may mix, and `rows` `(m,)`, `columns` `(n,)`, the chances with which they then play.
    """

    floor: float
    ceiling: float
    value: float
    rows: npt.NDArray[np.float64]
    columns: npt.NDArray[np.float64]

    @property
    def saddle(self) -> bool:
        """Whether two fixed moves are already the best answers to each other."""
        return self.floor == self.ceiling


def solve(payoffs: npt.ArrayLike) -> MatrixGame:
    """The game with `payoffs` `(m, n)`: what the column player pays to the row player.

    Von Neumann 1928: with mixed moves the best floor and the best ceiling meet. Found by two linear programs.
    `ValueError` for another shape and numbers that are not finite.
    """
    table = np.asarray(payoffs, dtype=np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise ValueError(f"payoffs: expected shape (m, n) of finite numbers, got shape {table.shape}")
    rows = _most_sure(table)
    columns = _most_sure(-table.T)
    floor, ceiling = float(table.min(axis=1).max()), float(table.max(axis=0).min())
    return MatrixGame(floor, ceiling, float(rows @ table @ columns), rows, columns)


def _most_sure(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The chances `(m,)` of the rows with which the least mean payoff over the columns is largest."""
    m, n = table.shape
    # Unknowns: the chances and the least payoff v. Minimise -v, subject to v - p·column <= 0 for every column.
    found = linprog(
        c=[*np.zeros(m), -1.0],
        A_ub=np.column_stack([-table.T, np.ones(n)]),
        b_ub=np.zeros(n),
        A_eq=[[*np.ones(m), 0.0]],
        b_eq=[1.0],
        bounds=[*[(0, None)] * m, (None, None)],
    )
    chances: npt.NDArray[np.float64] = found.x[:m]
    return chances
