"""`StyleBoard`: a table of mixed faces, and for the chosen pair a switch for each resolution."""

from __future__ import annotations

from .matrix import Matrix


class StyleBoard(Matrix, parts=("tiles", "hand", "matrix")):
    """The page's side of a `StyleMixer`; its script says what it is told and what it asks."""
