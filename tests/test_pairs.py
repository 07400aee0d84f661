"""Pairs of domains: what is equal in a pair and what is not, what a sketch is, and what a training gets."""

from __future__ import annotations

import numpy as np
import pytest

from ganwidgets import faces, pairs, readers


def test_paired_faces_differ_by_their_glasses_and_in_nothing_else() -> None:
    drawn = pairs.draw("glasses", 60, seed=5)
    before, after = (readers.read(readers.load("faces"), x) for x in (drawn.sources, drawn.targets))
    values = faces.ATTRIBUTES["glasses"]
    assert (before["glasses"].argmax(axis=1) == values.index("none")).mean() >= 0.98
    assert (after["glasses"].argmax(axis=1) == values.index("square")).mean() >= 0.98
    changed = (drawn.sources != drawn.targets).any(axis=-1)
    assert changed.any(axis=(1, 2)).all()
    assert not changed[:, 42:].any() and not changed[:, :20].any()  # beard, mouth and shirt; hat


def test_unpaired_faces_are_of_other_people() -> None:
    paired, unpaired = (pairs.draw("glasses", 40, seed=5, paired=p) for p in (True, False))
    assert np.array_equal(paired.sources, unpaired.sources)
    assert not (paired.targets == unpaired.targets).all(axis=(1, 2, 3)).any()
    shirts = [x[:, -1, 32].astype(int) for x in (unpaired.sources, unpaired.targets)]
    # Six shirts: two strangers wear the same one in 1 case of 6, a face and itself always.
    assert 0.02 <= (np.abs(shirts[0] - shirts[1]).max(axis=1) < 8).mean() <= 0.5
    assert (paired.sources[:, -1, 32] == paired.targets[:, -1, 32]).all()


def test_a_pair_depends_on_the_seed_and_its_place_alone() -> None:
    three, five = pairs.draw("sketch", 3, seed=1), pairs.draw("sketch", 5, seed=1)
    assert np.array_equal(three.sources, five.sources[:3]) and np.array_equal(three.targets, five.targets[:3])
    assert not np.array_equal(three.targets, pairs.draw("sketch", 3, seed=2).targets)


def test_a_sketch_by_hand() -> None:
    image = np.full((1, 4, 6, 3), 100, np.uint8)
    image[:, :, 3:, 1] = 200  # one strong edge, left of column 3
    lines = pairs.sketch(image)
    assert lines.shape == (1, 2, 3, 3)
    # The ink is on column 2, half of the middle column of blocks, in the grey of its left side; pressure 1.6.
    assert lines[0, 0].tolist() == [[255] * 3, [round(255 - 0.8 * (255 - 100))] * 3, [255] * 3]
    assert np.array_equal(lines[0, 0], lines[0, 1])
    image[:, :, 3:, 1] = 106  # too faint to be drawn
    assert (pairs.sketch(image) == 255).all()


def test_sketches_are_mostly_paper_and_their_lines_have_the_colours_of_the_face() -> None:
    drawn = pairs.draw("sketch", 20, seed=0, size=32)
    assert drawn.sources.shape == drawn.targets.shape == (20, 32, 32, 3)
    assert (drawn.sources == 255).mean() > 0.3 > (drawn.targets == 255).mean()
    dark = (drawn.sources < 100).all(axis=-1)
    assert 0.005 < dark.mean() < 0.2
    # The wearers of dark hair and dark glasses have dark lines.
    assert np.corrcoef(dark.mean(axis=(1, 2)), (drawn.targets < 100).all(axis=-1).mean(axis=(1, 2)))[0, 1] > 0.5


def test_arrays_are_what_a_training_takes() -> None:
    paired, unpaired = (pairs.draw("glasses", 4, paired=p, size=16) for p in (True, False))
    samples, condition = paired.arrays()
    assert samples.shape == condition.shape == (4, 3, 16, 16)
    assert np.array_equal(samples[2, :, 5, 7], paired.targets[2, 5, 7])
    assert np.array_equal(condition[2, :, 5, 7], paired.sources[2, 5, 7])
    samples, condition = unpaired.arrays()
    assert samples.shape == (4, 6, 16, 16) and np.array_equal(samples, condition)
    assert np.array_equal(samples[2, :3, 5, 7], unpaired.sources[2, 5, 7])
    assert np.array_equal(samples[2, 3:, 5, 7], unpaired.targets[2, 5, 7])


def test_pairs_are_read_only_and_say_what_they_are() -> None:
    drawn = pairs.draw("glasses", 2, size=16)
    with pytest.raises(ValueError, match="read-only"):
        drawn.sources[0] = 0
    assert repr(drawn) == "ImagePairs('glasses': 2 pairs, 16×16×3)"
    assert len(drawn) == 2


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="task: there is no 'beards'; choose one of glasses, sketch"):
        pairs.draw("beards", 2)
    for n, seed, size, named in ((0, 0, 64, "n"), (2, -1, 64, "seed"), (2, 0, 8, "size")):
        with pytest.raises(ValueError, match=f"^{named} "):
            pairs.draw("glasses", n, seed, size=size)
    with pytest.raises(ValueError, match="even sides"):
        pairs.sketch(np.zeros((1, 5, 6, 3), np.uint8))
    image = np.zeros((2, 4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match=r"targets: expected .* got .* float64"):
        pairs.ImagePairs(image, image.astype(float), True)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="of one shape"):
        pairs.ImagePairs(image, image[:1], True)
