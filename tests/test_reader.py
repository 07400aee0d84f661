"""The attribute reader: what it says of held-out faces, what it makes of other input, and its file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ganwidgets import checkpoints, datasets, faces, reader_command, readers
from ganwidgets.cli import main
from ganwidgets.files import data_path
from ganwidgets.models.reader import AttributeReader

# Hats hide hair and brows, dark lenses hide eyes, closed lids the iris.
LEAST = dict.fromkeys(faces.ATTRIBUTES, 0.98) | {"hair_style": 0.95, "eyes": 0.92, "brows": 0.92, "iris": 0.76}
FACTORS = {"shape": ("round", "square"), "colour": ("red", "green", "blue")}


def small() -> AttributeReader:
    torch.manual_seed(0)
    return AttributeReader(FACTORS, channels=4, resolution=16)


@pytest.fixture(scope="module")
def shipped() -> AttributeReader:
    return readers.load("faces")


def test_the_shipped_reader_reads_faces_that_it_never_saw(shipped: AttributeReader) -> None:
    images, attributes = faces.draw(300, seed=77, progress=False)
    scores = readers.accuracy(shipped, images, attributes)
    assert list(scores) == list(faces.ATTRIBUTES)
    assert all(score >= LEAST[factor] for factor, score in scores.items()), scores
    # Judged against the faces of others, it must do no better than guessing.
    shuffled = {factor: np.roll(values, 1) for factor, values in attributes.items()}
    assert np.mean(list(readers.accuracy(shipped, images, shuffled).values())) < 0.5


def test_it_tells_a_face_with_glasses_from_the_same_without(shipped: AttributeReader) -> None:
    images = np.stack([faces.portrait({"glasses": value}, seed=5) for value in ("none", "round", "sun")])
    answers = readers.read(shipped, images)
    assert [faces.ATTRIBUTES["glasses"][k] for k in answers["glasses"].argmax(axis=1)] == ["none", "round", "sun"]
    assert len(set(answers["shirt"].argmax(axis=1))) == 1
    for factor, chances in answers.items():
        assert chances.shape == (3, len(faces.ATTRIBUTES[factor])) and chances.dtype == np.float32
        np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)


def test_its_features_tell_faces_apart(shipped: AttributeReader) -> None:
    images, _ = faces.draw(6, seed=3, progress=False)
    numbers = readers.features(shipped, np.concatenate([images, images[:1]]))
    assert numbers.shape == (7, 128) and numbers.dtype == np.float32 and (numbers >= 0).all()
    np.testing.assert_allclose(numbers[6], numbers[0], rtol=1e-4, atol=1e-4)
    assert np.linalg.norm(numbers[1] - numbers[0]) > 1


def test_the_digits_reader_reads_digits_that_it_never_saw() -> None:
    held_out, reader = datasets.load("digits", "test"), readers.load("digits")
    names = readers.named(held_out)
    assert list(reader.factors) == list(names) == ["digit"]
    assert readers.accuracy(reader, held_out.images, names)["digit"] >= 0.99
    wrong = {"digit": np.roll(names["digit"], 1)}
    assert readers.accuracy(reader, held_out.images[:1000], {"digit": wrong["digit"][:1000]})["digit"] < 0.3


def test_the_names_of_what_is_read_come_from_attributes_or_from_classes() -> None:
    pixels = np.zeros((3, 8, 8, 1), np.uint8)
    classes = datasets.ImageData(pixels, np.array([1, 0, 1]), "digits", classes=("zero", "one"))
    assert {k: v.tolist() for k, v in readers.named(classes).items()} == {"digit": ["one", "zero", "one"]}
    given = {"colour": np.array(["red", "red", "blue"])}
    assert list(readers.named(datasets.ImageData(pixels, classes.labels, "digits", given, classes.classes))) == [
        "colour"
    ]
    assert readers.named(datasets.ImageData(pixels, None, "pictures")) == {}


@pytest.mark.parametrize("name", ["faces", "digits"])
def test_the_manifest_describes_the_shipped_file(name: str) -> None:
    row = json.loads(data_path("MANIFEST.json").read_text("utf-8"))[f"readers/{name}.safetensors"]
    content = data_path("readers", f"{name}.safetensors").read_bytes()
    assert row["sha256"] == hashlib.sha256(content).hexdigest() and row["bytes"] == len(content) <= 1_200_000
    assert row["licence"].startswith("MIT") and row["command"].startswith("ganwidgets reader")


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    reader = small().eval()
    loaded = readers.load(readers.save(tmp_path / "mine.safetensors", reader, {"note": "a test"}, torch.float32))
    assert loaded.factors == FACTORS and not loaded.training
    x = torch.rand(2, 3, 16, 16) * 2 - 1
    for factor, logits in reader(x).items():
        assert torch.equal(loaded(x)[factor], logits)


def test_the_command_trains_and_saves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, attributes = faces.draw(200, seed=9, progress=False)
    few = datasets.ImageData(images, None, "faces", attributes)
    monkeypatch.setattr(datasets, "load", lambda name, split="train": few)
    monkeypatch.setattr(reader_command, "BATCH", 20)
    arguments = ["reader", "--channels", "4", "--out", str(tmp_path), "--threads", "1", "--epochs"]
    assert main([*arguments, "4"]) == 0
    scores = readers.accuracy(readers.load(tmp_path / "faces.safetensors"), images, attributes)
    assert scores["background"] > 0.4  # a guess is right once in seven
    assert main([*arguments, "-1"]) == 2


def test_the_command_trains_a_reader_of_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = datasets.load("digits")
    assert whole.labels is not None
    few = datasets.ImageData(whole.images[:640], whole.labels[:640], "digits", classes=whole.classes)
    monkeypatch.setattr(datasets, "load", lambda name, split="train": few)
    arguments = ["reader", "--data", "digits", "--channels", "4", "--out", str(tmp_path), "--threads", "1"]
    assert main([*arguments, "--epochs", "8"]) == 0
    reader = readers.load(tmp_path / "digits.safetensors")
    assert readers.accuracy(reader, few.images, readers.named(few))["digit"] > 0.6  # a guess is right once in ten


def test_bad_images_and_attributes_are_refused() -> None:
    reader = small().eval()
    good = np.zeros((2, 16, 16, 3), np.uint8)
    for images in (good[0], good[:, :8], good[..., :1], good.astype(np.float32), good[:0]):
        with pytest.raises(ValueError, match=r"images: expected shape \(N, 16, 16, 3\) of uint8"):
            readers.read(reader, images)
    with pytest.raises(ValueError, match=r"x: expected shape \(N, 3, 16, 16\)"):
        reader.features(torch.zeros(1, 1, 16, 16))
    with pytest.raises(ValueError, match="there is no 'colour'; there are shape"):
        readers.encode(reader, {"shape": ["round"]})
    with pytest.raises(ValueError, match=r"shape has \['oval'\]; the reader knows round, square"):
        readers.encode(reader, {"shape": ["oval", "round"], "colour": ["red", "red"]})
    with pytest.raises(ValueError, match="'shape' has values round; expected at least 2"):
        AttributeReader({"shape": ("round",)})
    with pytest.raises(ValueError, match="channels must be"):
        AttributeReader(channels=0)


def test_files_that_are_no_reader_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no reader 'nobody'; shipped are digits, faces"):
        readers.load("nobody")
    path = readers.save(tmp_path / "mine.safetensors", small())
    short = tmp_path / "short.safetensors"
    short.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"short\.safetensors is cut short"):
        readers.load(short)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(ValueError, match="not an attribute reader"):
        readers.load(foreign)
    tensors, metadata = checkpoints.read(path)
    for config in ("{}", "[1]", '{"reader": {"depth": 2}}', "no json", metadata["config"].replace('"red", ', "")):
        changed = checkpoints.write(tmp_path / "changed.safetensors", tensors, metadata | {"config": config})
        with pytest.raises(ValueError, match="does not fit the network that it names"):
            readers.load(changed)
