"""Named data sets, toys and folders: what they hold, and what happens where they are asked for what they have not."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganwidgets import datasets, faces
from ganwidgets.files import data_path

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
MIXTURES = ("ring", "ring_wide", "grid")


def test_the_manifest_describes_the_packaged_files() -> None:
    manifest = json.loads(data_path("MANIFEST.json").read_text(encoding="utf-8"))
    files = {path.relative_to(data_path()).as_posix(): path for path in data_path().rglob("*") if path.is_file()}
    assert set(manifest) == set(files) - {"MANIFEST.json"}
    assert sum(path.stat().st_size for path in files.values()) < 60e6
    for name in manifest:
        content = files[name].read_bytes()
        assert manifest[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert manifest[name]["bytes"] == len(content)
        assert manifest[name]["licence"]
        assert manifest[name]["origin"]


@pytest.mark.parametrize(
    ("name", "split", "n"),
    [("digits", "train", 20_000), ("digits", "test", 5_000), ("fashion", "train", 12_000), ("fashion", "test", 3_000)],
)
def test_packaged_images(name: str, split: str, n: int) -> None:
    data = datasets.load(name, split)
    assert (data.images.shape, data.images.dtype) == ((n, 28, 28, 1), np.uint8)
    assert data.labels is not None
    assert (data.labels.shape, data.labels.dtype) == ((n,), np.int64)
    assert len(data.classes) == 10
    counts = np.bincount(data.labels, minlength=10)
    assert counts.min() > 0.08 * n
    assert (data.attributes, data.skipped, len(data), data.name) == ({}, (), n, name)


def test_labels_belong_to_their_images() -> None:
    data = datasets.load("digits")
    assert data.labels is not None
    ink = [data.images[data.labels == digit].mean() for digit in range(10)]
    assert np.argmin(ink) == 1
    assert np.argmax(ink) == 0
    fashion = datasets.load("fashion")
    trousers = fashion.images[fashion.labels == fashion.classes.index("trouser"), :, :, 0]
    assert trousers[:, :, 10:18].mean() > 5 * trousers[:, :, :5].mean()


def test_what_is_loaded_cannot_be_changed() -> None:
    data = datasets.load("digits", "test")
    with pytest.raises(ValueError, match="read-only"):
        data.images[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.name = "mine"  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        datasets.toy("ring", 10).points[0] = 0


def test_unknown_names_and_splits_list_what_exists() -> None:
    with pytest.raises(ValueError, match=r"'mnist'; there are digits, fashion, faces"):
        datasets.load("mnist")
    with pytest.raises(ValueError, match=r"split must be 'train' or 'test', not 'validation'"):
        datasets.load("digits", "validation")
    with pytest.raises(ValueError, match=r"'moons'; there are ring, ring_wide, grid, two_moons, spiral"):
        datasets.toy("moons")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and a data set of twenty faces."""
    folder = tmp_path / "not yet" / "there"
    monkeypatch.setenv("GANWIDGETS_CACHE", str(folder))
    monkeypatch.setattr(datasets, "FACES", {"train": (20, 0), "test": (5, 1)})
    return folder


def test_faces_are_drawn_once_and_then_read(cache: Path) -> None:
    drawn = datasets.load("faces")
    (file,) = cache.iterdir()
    assert faces.fingerprint() in file.name
    images, attributes = faces.draw(20, seed=0)
    np.testing.assert_array_equal(drawn.images, images)
    with np.load(file, allow_pickle=False) as kept:
        codes = kept["codes"]
    np.savez_compressed(file, images=255 - images, codes=codes)
    read = datasets.load("faces")
    np.testing.assert_array_equal(read.images, 255 - images)
    for factor in faces.ATTRIBUTES:
        np.testing.assert_array_equal(drawn.attributes[factor], attributes[factor])
        np.testing.assert_array_equal(read.attributes[factor], attributes[factor])
    assert not read.attributes["skin"].flags.writeable


def test_the_test_faces_are_others(cache: Path) -> None:
    train, test = datasets.load("faces").images, datasets.load("faces", "test").images
    assert len(test) == 5
    assert not any((train == face).all(axis=(1, 2, 3)).any() for face in test)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other shape", "foreign code"])
def test_a_broken_cache_is_drawn_again(cache: Path, damage: str) -> None:
    whole = datasets.load("faces")
    (file,) = cache.iterdir()
    content = file.read_bytes()
    middle = len(content) // 2
    if damage == "other shape":
        np.savez_compressed(file, images=whole.images[:3], codes=np.zeros((3, 13), np.uint8))
    elif damage == "foreign code":
        np.savez_compressed(file, images=whole.images, codes=np.full((20, 13), 200, np.uint8))
    else:
        broken = {
            "cut": content[:middle],
            "flipped": content[:middle]
            + bytes(255 - b for b in content[middle : middle + 50])
            + content[middle + 50 :],
            "empty": b"",
        }
        file.write_bytes(broken[damage])
    np.testing.assert_array_equal(datasets.load("faces").images, whole.images)
    with np.load(file, allow_pickle=False) as kept:
        np.testing.assert_array_equal(kept["images"], whole.images)


def test_a_cache_that_cannot_be_written_costs_a_warning(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GANWIDGETS_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="could not be kept") as caught:
        assert len(datasets.load("faces")) == 20
    assert caught[0].filename == __file__


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        datasets._write_arrays(tmp_path / "a.npz", {"good": np.zeros(9), "bad": np.array([object()])})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", datasets.TOYS)
def test_toys(name: str) -> None:
    data = datasets.toy(name, 500, seed=3)
    assert (data.points.shape, data.points.dtype, data.name) == ((500, 2), np.float32, name)
    assert np.isfinite(data.points).all()
    assert np.abs(data.points).max() < 5
    np.testing.assert_array_equal(data.points, datasets.toy(name, 500, seed=3).points)
    assert (data.points != datasets.toy(name, 500, seed=4).points).any()
    known = name in MIXTURES
    assert (data.modes is not None, data.sigma is not None, data.log_density is not None) == (known,) * 3


@pytest.mark.parametrize(
    ("name", "k", "reach", "sigma"), [("ring", 8, 1, 0.01), ("ring_wide", 8, 2, 0.05), ("grid", 25, 4, 0.05)]
)
def test_mixtures_are_those_of_the_papers(name: str, k: int, reach: float, sigma: float) -> None:
    data = datasets.toy(name, 20_000)
    assert data.modes is not None
    assert (data.modes.shape, data.modes.dtype, data.sigma) == ((k, 2), np.float32, sigma)
    assert np.abs(data.modes).max() == pytest.approx(reach)
    distances = np.linalg.norm(data.points[:, None] - data.modes, axis=2)
    assert (distances.min(axis=1) < 3 * sigma).mean() == pytest.approx(1 - np.exp(-4.5), abs=0.005)
    shares = np.bincount(distances.argmin(axis=1), minlength=k) / len(data)
    assert np.abs(shares - 1 / k).max() < 5 * (1 / k / 20_000) ** 0.5


def test_the_log_density_is_a_density() -> None:
    log_density = datasets.toy("ring_wide", 10).log_density
    assert log_density is not None
    ticks = np.arange(-2.5, 2.5, 0.01)
    lattice = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    assert np.exp(log_density(lattice)).sum() * 0.01**2 == pytest.approx(1, abs=1e-4)
    far = log_density([[1000.0, 0.0]])
    assert far == pytest.approx(np.log(1 / 8 / (2 * np.pi * 0.05**2)) - 998**2 / (2 * 0.05**2), rel=1e-6)
    with pytest.raises(ValueError, match=r"points must have shape \(M, 2\), not \(3,\)"):
        log_density([1, 2, 3])


def test_toy_options() -> None:
    data = datasets.toy("ring", 50, modes=3, radius=5, sigma=0.5)
    assert data.modes is not None
    assert data.modes.shape == (3, 2)
    assert np.linalg.norm(data.modes, axis=1) == pytest.approx(5)
    straight = datasets.toy("line", 50, noise=0).points
    np.testing.assert_allclose(straight[:, 1], straight[:, 0] / 2, atol=1e-6)
    with pytest.raises(ValueError, match=r"ring has no option 'noise'; it has modes, radius, sigma"):
        datasets.toy("ring", noise=1)
    for option, value in (("sigma", 0), ("sigma", float("nan")), ("modes", 2.5), ("modes", 0), ("radius", "wide")):
        with pytest.raises(ValueError, match=f"^{option} must be a"):
            datasets.toy("ring", **{option: value})  # type: ignore[arg-type]
    for argument in ({"n": 0}, {"n": 1.5}, {"seed": -1}):
        with pytest.raises(ValueError, match=f"^{next(iter(argument))} must be a whole number"):
            datasets.toy("ring", **argument)  # type: ignore[arg-type]


def test_points_of_your_own() -> None:
    mine = [[0, 1], [2, 3], [4, 5]]
    data = datasets.from_points(mine)
    np.testing.assert_array_equal(data.points, mine)
    assert (data.points.dtype, data.modes, data.sigma, data.log_density) == (np.float32, None, None, None)
    given = np.zeros((4, 2), np.float32)
    datasets.from_points(given)
    given[0] = 1
    for bad in ([[1, 2]], [1, 2, 3], [[1, 2, 3]] * 4, [["a", "b"]] * 3, [[1], [2, 3]]):
        with pytest.raises(ValueError, match=r"^points"):
            datasets.from_points(bad)
    with pytest.raises(ValueError, match="finite numbers, got NaN or infinity in 1 of 6"):
        datasets.from_points(np.array([[0, 0], [np.inf, 0], [1, 1]]))


def halves(left: tuple[int, int, int], right: tuple[int, int, int], size: tuple[int, int] = (80, 60)) -> Image.Image:
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, size[0], size[1]))
    return image


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    halves(RED, BLUE).save(tmp_path / "b.png")
    halves(BLUE, RED, (40, 90)).save(tmp_path / "a.bmp")
    exif = Image.Exif()
    exif[0x0112] = 6
    halves(RED, BLUE).save(tmp_path / "below" / "turned.jpg", exif=exif, quality=95)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = datasets.from_folder(tmp_path, size=32)
    assert (data.images.shape, data.images.dtype, data.skipped) == ((3, 32, 32, 3), np.uint8, ())
    assert (data.labels, data.attributes, data.name) == (None, {}, tmp_path.name)
    first, second, turned = data.images.astype(int)
    for image, corners in ((first, (BLUE, RED)), (second, (RED, BLUE))):
        np.testing.assert_array_equal(image[5, 3], corners[0])
        np.testing.assert_array_equal(image[5, 28], corners[1])
    assert np.abs(turned[3, 16] - RED).max() < 30
    assert np.abs(turned[28, 16] - BLUE).max() < 30


def test_pictures_are_cut_to_the_middle(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(GREEN, (100, 0, 200, 100))
    wide.save(tmp_path / "wide.png")
    Image.new("RGB", (1, 500), GREEN).save(tmp_path / "thin.png")
    assert (datasets.from_folder(tmp_path, 16).images == np.array(GREEN)).all()


def test_transparency_depth_and_palettes(tmp_path: Path) -> None:
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(tmp_path / "a.png")
    Image.fromarray(np.full((9, 9), 32768, np.uint16)).save(tmp_path / "b.png")
    Image.new("RGB", (9, 9), BLUE).quantize(4).save(tmp_path / "c.gif")
    Image.new("CMYK", (9, 9), (0, 0, 0, 0)).save(tmp_path / "d.jpg")
    shown = datasets.from_folder(tmp_path, 8).images[:, 4, 4].tolist()
    assert shown == [[255, 255, 255], [128, 128, 128], [0, 0, 255], [255, 255, 255]]


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims to be as large as this."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (head, b"IDAT" + bytes(9))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_unreadable_files_are_named_and_do_not_cost_the_others(tmp_path: Path) -> None:
    for name in ("x.png", "y.png", "z.jpg"):
        halves(RED, BLUE).save(tmp_path / name)
    (tmp_path / "z.jpg").write_bytes((tmp_path / "z.jpg").read_bytes()[:300])
    (tmp_path / "bomb.png").write_bytes(png_header(60_000, 60_000))
    (tmp_path / "large.png").write_bytes(png_header(11_000, 10_000))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "nothing.png").touch()
    (tmp_path / ".hidden").write_text("passed over")
    with pytest.warns(UserWarning) as caught:
        data = datasets.from_folder(tmp_path)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(data) == 2
    assert [name for name, _ in data.skipped] == ["bomb.png", "large.png", "notes.txt", "nothing.png", "z.jpg"]
    assert "exceeds limit" in dict(data.skipped)["bomb.png"]
    assert dict(data.skipped)["large.png"] == "11000 × 10000 pixels are too many"
    assert all(reason and name in str(caught[0].message) for name, reason in data.skipped)


def test_folders_that_will_not_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        datasets.from_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="has 0"):
        datasets.from_folder(tmp_path)
    halves(RED, BLUE).save(tmp_path / "one.png")
    (tmp_path / "two.png").write_text("broken")
    with pytest.raises(ValueError, match=r"at least 2 .* has 1; could not read two.png \(not an image"):
        datasets.from_folder(tmp_path)
    with pytest.raises(ValueError, match="is a file, not a folder"):
        datasets.from_folder(tmp_path / "one.png")
    with pytest.raises(ValueError, match=r"^size must be a whole number from 8 to 1024, not 4"):
        datasets.from_folder(tmp_path, size=4)
