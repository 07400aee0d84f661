"""Game trees and games in a table: by hand, by exhausting them, and against what von Neumann promises."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from ganwidgets.game_trees import Tree, search, solve


def exhaust(tree: Tree, maximising: bool = True) -> float:
    """An independent minimax, without pruning and without counting."""
    if isinstance(tree, int | float):
        return tree
    values = [exhaust(move, not maximising) for move in tree]
    return max(values) if maximising else min(values)


def leaves(tree: Tree) -> int:
    return 1 if isinstance(tree, int | float) else sum(leaves(move) for move in tree)


def test_a_tree_by_hand() -> None:
    tree = [[5, 8, 6], [3, 9, 7], [4, 1, 2]]  # the mins are 5, 3 and 1
    assert search(tree).value == search(tree, prune=False).value == 5
    assert search(tree, prune=False).leaves == 9
    assert search(tree).leaves == 5  # 3 <= 5 and 4 <= 5 settle the other two branches at their first leaf
    assert search(tree, maximising=False).value == 4  # the maxes are 8, 9 and 4


def test_pruning_never_changes_the_value() -> None:
    rng = random.Random(0)

    def grow(depth: int) -> Tree:
        return rng.randint(-9, 9) if depth == 0 or rng.random() < 0.1 else [grow(depth - 1) for _ in range(3)]

    saved = 0
    for _ in range(200):
        tree = grow(4)
        found = search(tree)
        assert found.value == exhaust(tree)
        assert found.leaves <= leaves(tree) == search(tree, prune=False).leaves
        saved += leaves(tree) - found.leaves
    assert saved > 1000


def test_a_table_with_a_saddle_and_one_without() -> None:
    game = solve([[2, 5, 3], [1, 4, -1], [0, 3, 6]])
    assert game.saddle and game.floor == game.ceiling == 2 and game.value == pytest.approx(2)
    pennies = solve([[1, -1], [-1, 1]])
    assert not pennies.saddle and (pennies.floor, pennies.ceiling) == (-1, 1)
    assert pennies.value == pytest.approx(0) and pennies.rows == pytest.approx([0.5, 0.5])
    # By hand: p·3 + (1 - p)·0 = p·1 + (1 - p)·2 gives p = 1/2 and the value 3/2; the columns likewise (1/4, 3/4).
    mixed = solve([[3, 1], [0, 2]])
    assert mixed.value == pytest.approx(1.5) and mixed.rows == pytest.approx([0.5, 0.5])
    assert mixed.columns == pytest.approx([0.25, 0.75])


def test_nobody_gains_by_leaving_the_solution() -> None:
    rng = np.random.default_rng(0)
    for shape in ((2, 5), (4, 4), (1, 3), (6, 2)):
        table = rng.normal(size=shape)
        game = solve(table)
        assert game.floor - 1e-9 <= game.value <= game.ceiling + 1e-9
        assert (table @ game.columns).max() == pytest.approx(game.value) == (game.rows @ table).min()
        assert game.rows.min() >= -1e-9 and game.rows.sum() == pytest.approx(1)


def test_bad_games_are_refused() -> None:
    trees: list[Any] = [[], [1, []], "tree", [[True]], float("nan")]
    for tree in trees:
        with pytest.raises(ValueError, match="tree: expected a number or a list of at least one move"):
            search(tree)
    tables: list[Any] = [[1, 2], [[]], [[np.inf]]]
    for payoffs in tables:
        with pytest.raises(ValueError, match=r"payoffs: expected shape \(m, n\)"):
            solve(payoffs)
