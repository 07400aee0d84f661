"""What the probe of the two engines has seen becomes the right numbers. How fast anything is, is no test's business."""

from __future__ import annotations

import pytest

from benchmarks import page_engine, report


def test_a_drag_is_counted_from_the_first_event_to_the_release() -> None:
    record = {
        "frames": [(80.0, 3), (100.0, 0), (116.0, 1), (133.0, 0), (150.0, 2), (1100.0, 1), (1230.0, 16), (1300.0, 0)],
        "pointermove": [100.0, 105.0, 1095.0],
        "pointerup": [1100.0],
    }
    found = page_engine.Drag.of(record)
    assert found.seconds == 1.0 and found.events == 3
    assert found.pictures == [1, 2, 1]
    assert found.updates == [34.0, 950.0]
    assert found.frames == [16.0, 17.0, 17.0, 950.0]
    assert found.settled == 130.0
    (row,) = page_engine.rows({(16, "page"): [found]})
    assert row[0] == "16 × in the page" and row[2] == "3.0" and row[5] == "1 of 16"


def test_the_results_have_a_place_for_the_table() -> None:
    text = report.RESULTS.read_text(encoding="utf-8")
    assert "| new |" in report.replace_section(text, page_engine.SECTION, "| new |")
    with pytest.raises(ValueError, match="no markers"):
        report.replace_section(text, "page motor", "| new |")
