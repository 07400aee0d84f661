"""`show_source` shows the code that runs."""

from __future__ import annotations

import pytest

from ganwidgets.source import show_source
from ganwidgets.training import Trainer


def test_methods_are_shown_without_their_indent_and_in_order() -> None:
    text = show_source(Trainer.update_g, Trainer.real_batch).data
    assert text.startswith("def update_g(")
    assert text.index("def update_g(") < text.index("def real_batch(")
    assert "<span" in show_source(Trainer.update_g)._repr_html_()


def test_what_has_no_source_is_refused() -> None:
    with pytest.raises(ValueError, match="objects: expected functions"):
        show_source(3)
