"""`ClassBoard`: pictures of some z under every class, sliders for the chosen z, and a way from one class to another."""

from __future__ import annotations

from .matrix import Matrix


class ClassBoard(Matrix, parts=("tiles", "hand", "sliders", "matrix")):
    """The page's side of a `ClassExplorer`; its script says what it is told and what it asks."""
