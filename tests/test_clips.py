"""The clips: what is said to move moves, the rest stays, always the same."""

from __future__ import annotations

import numpy as np
import pytest

from ganwidgets import clips, faces, portrait
from ganwidgets.portrait import Jitter, Pose

FACE = {factor: values[0] for factor, values in faces.ATTRIBUTES.items()} | {"mouth": "neutral"}
EYES, MOUTH = (slice(24, 40), slice(17, 47)), (slice(39, 49), slice(23, 41))


def paint(pose: Pose) -> np.ndarray:
    return portrait.paint(FACE, Jitter(), pose=pose).astype(int)


def changed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one - other).max(axis=-1) > 24


def centre(image: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """The mean (y, x) of the pixels of that colour."""
    return np.argwhere(np.abs(image - colour).max(axis=-1) < 24).mean(axis=0)


@pytest.fixture(scope="module")
def data() -> clips.ClipData:
    return clips.draw(40, seed=3, progress=False)


def test_shapes_and_names(data: clips.ClipData) -> None:
    assert data.clips.shape == (40, 16, 32, 32, 3) and data.clips.dtype == np.uint8
    assert data.labels.shape == (40,) and data.labels.dtype == np.int64
    assert set(data.labels) == {0, 1, 2, 3} and data.classes == ("blink", "smile", "turn", "nod")
    assert list(data.attributes) == list(faces.ATTRIBUTES)
    assert set(data.attributes["glasses"]) == {"none"} and len(set(data.attributes["hair_style"])) > 5
    assert len(data) == 40 and "40 clips of 16 frames of 32×32×3" in repr(data)
    with pytest.raises(ValueError, match="read-only"):
        data.clips[0] = 0


def test_arrays_are_channels_first(data: clips.ClipData) -> None:
    samples, labels = data.arrays()
    assert samples.shape == (40, 3, 16, 32, 32) and samples.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(samples[5, :, 7], data.clips[5, 7].transpose(2, 0, 1))
    np.testing.assert_array_equal(labels, data.labels)


def test_a_clip_depends_on_the_seed_and_its_place_alone(data: clips.ClipData) -> None:
    fewer = clips.draw(6, seed=3)
    np.testing.assert_array_equal(fewer.clips, data.clips[:6])
    np.testing.assert_array_equal(fewer.labels, data.labels[:6])
    assert (clips.draw(6, seed=4).clips != fewer.clips).any(axis=(1, 2, 3, 4)).all()


def test_people_do_not_change_within_a_clip(data: clips.ClipData) -> None:
    corners = data.clips[:, :, 0, 0]
    shirts = data.clips[:, :, -1, 16]
    assert (corners == corners[:, :1]).all() and (shirts == shirts[:, :1]).all()


def test_each_action_moves_what_it_should() -> None:
    data = clips.draw(40, seed=5, size=64, progress=False)
    energy = np.abs(np.diff(data.clips.astype(int), axis=1)).max(axis=(1, 4)) > 24  # (N, H, W): did it ever move
    for label, (box, least) in enumerate([(EYES, 30), (MOUTH, 15), (EYES, 60), (EYES, 60)]):
        moved = energy[data.labels == label]
        assert (moved[:, box[0], box[1]].sum(axis=(1, 2)) > least).all(), data.classes[label]
        if label < 2:
            outside = moved.copy()
            outside[:, box[0], box[1]] = False
            assert not outside.any(), data.classes[label]
        else:
            assert moved[:, :26].any(axis=(1, 2)).all(), data.classes[label]


def test_a_blink_begins_and_ends_with_open_eyes_and_a_smile_stays() -> None:
    data = clips.draw(30, seed=6, progress=False)
    ends = (data.clips[:, 0] == data.clips[:, -1]).all(axis=(1, 2, 3))
    assert ends[data.labels == 0].all() and not ends[data.labels == 1].any()


def test_an_empty_pose_changes_nothing() -> None:
    np.testing.assert_array_equal(paint(Pose()), portrait.paint(FACE, Jitter()))


def test_lids_and_mouth_stay_in_their_places() -> None:
    still = paint(Pose(mouth=0.0))
    for pose, box in ((Pose(mouth=0.0, lids=0.0), EYES), (Pose(mouth=0.0, lids=0.5), EYES), (Pose(mouth=1.0), MOUTH)):
        moved = changed(paint(pose), still)
        assert moved[box].sum() > 15
        moved[box] = False
        assert not moved.any()


def test_shut_eyes_show_no_iris() -> None:
    brown = (112, 62, 30)
    for lids, visible in ((1.0, True), (0.5, True), (0.0, False)):
        found = np.abs(paint(Pose(lids=lids))[EYES] - brown).max(axis=-1) < 8
        assert found.any() == visible


def test_a_turn_moves_the_middle_of_the_face_and_leaves_the_shirt() -> None:
    iris = (112, 62, 30)
    still, right, down = (paint(pose) for pose in (Pose(), Pose(turn=3), Pose(nod=2)))
    assert centre(right, iris) - centre(still, iris) == pytest.approx([0, 3.6], abs=0.5)
    assert centre(down, iris) - centre(still, iris) == pytest.approx([2.4, 0], abs=0.5)
    np.testing.assert_array_equal(right[58:], still[58:])


@pytest.mark.parametrize(("argument", "value"), [("n", 0), ("seed", -1), ("frames", 1), ("size", 8), ("size", 1000)])
def test_arguments_out_of_range_are_refused(argument: str, value: int) -> None:
    with pytest.raises(ValueError, match=rf"^{argument} must be a whole number .*not {value}"):
        clips.draw(**{"n": 1, argument: value})  # type: ignore[arg-type]
