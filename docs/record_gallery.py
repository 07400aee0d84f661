"""`python -m docs.record_gallery [WIDGET …]`: the moving pictures of `pictures.md`, from real widgets in JupyterLab.

Every widget is made by its own cell of `notebooks/gallery.ipynb`. Chromium does what a person would do (`SCENES`), a
screenshot after each small move is a frame, and a dot shows where the mouse is. A GIF that would be too big gets fewer
colours, then fewer frames.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import Locator, Page

from benchmarks.laboratory import laboratory
from ganwidgets.palette import DISCRIMINATOR, FAKE, INK, REAL
from tests.browser.lab import Lab

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "gallery"
LIMIT = 400_000  # bytes a picture
FRAME = 110  # ms
REST = 1200  # ms that the last frame stays
#: Colours that mean something, full and as fillings, ink and the page's white: few as they are, they must stay.
OURS = [
    round(255 - share * (255 - level))
    for colour, share in [*product((REAL, FAKE, DISCRIMINATOR, INK), (1.0, 0.4)), ("#202020", 1.0), (REAL, 0.0)]
    for level in bytes.fromhex(colour[1:])
]
HAND = """
(() => {
  const dot = document.createElement("div");
  dot.style.cssText = "position:fixed;z-index:99999;width:16px;height:16px;margin:-8px;border-radius:50%;" +
    "pointer-events:none;background:#00000055;border:2px solid #ffffff;left:-50px;top:-50px";
  document.body.append(dot);
  document.addEventListener("pointermove", (event) => {
    dot.style.left = `${event.clientX}px`;
    dot.style.top = `${event.clientY}px`;
  }, true);
  for (const [name, size] of [["pointerdown", "0.7"], ["pointerup", "1"]])
    document.addEventListener(name, () => { dot.style.scale = size; }, true);
})()
"""


@dataclass
class Take:
    """A widget on the page, and the frames so far. `area`: what is photographed, its upper `height` pixels if given."""

    page: Page
    area: Locator
    height: int | None
    frames: list[Image.Image] = field(default_factory=list)

    def shoot(self, times: int = 1, pause: int = 0) -> None:
        """`times` frames, `pause` ms before each."""
        for _ in range(times):
            self.page.wait_for_timeout(pause)
            shot = Image.open(io.BytesIO(self.area.screenshot())).convert("RGB")
            self.frames.append(shot.crop((0, 0, shot.width, min(shot.height, self.height or shot.height))))

    def drag(self, target: Locator, *stops: tuple[float, float], moves: int = 8) -> None:
        """Press at the first stop, go from stop to stop in so many `moves` each, let go; in shares of the target."""
        mouse, box = self.page.mouse, target.bounding_box()
        assert box is not None
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stops]
        mouse.move(*places[0])
        self.shoot()
        mouse.down()
        for (x0, y0), (x1, y1) in pairwise(places):
            for i in range(1, moves + 1):
                mouse.move(x0 + (x1 - x0) * i / moves, y0 + (y1 - y0) * i / moves)
                self.shoot(pause=60)
        mouse.up()
        self.shoot(pause=200)

    def slide(self, name: str, *shares: float, moves: int = 6) -> None:
        """Drag the slider of that name to shares of its track."""
        slider = self.area.get_by_role("slider", name=name, exact=True)
        low, high, value = (float(slider.evaluate(f"slider => slider.{part}")) for part in ("min", "max", "value"))
        start = (value - low) / (high - low)
        # The knob's middle keeps away from the ends of the track, the hand that drags it there need not.
        self.drag(slider, (0.06 + 0.88 * start, 0.5), *((1.04 * share - 0.02, 0.5) for share in shares), moves=moves)

    def click(self, target: Locator, then: int = 4) -> None:
        """Go there, click, and let `then` frames pass."""
        target.hover()
        self.shoot(pause=80)
        target.click()
        self.shoot(then, pause=120)

    def press(self, name: str, then: int = 4) -> None:
        """Click the button of that name."""
        self.click(self.area.get_by_role("button", name=name, exact=True).first, then)


def latent_explorer(take: Take) -> None:
    take.area.get_by_text("The generator runs in this page").wait_for()
    take.shoot(3)
    take.slide("glasses", 0.95)
    take.slide("hat", 0.75, 0.45)
    take.slide("long hair", 0.9)
    take.press("Randomise")
    take.slide("smile", 0.9, 0.2)


def spot_the_fake(take: Take) -> None:
    take.shoot(5)
    for side in ("left", "right", "left"):
        take.click(take.area.locator(".gw-duel-card").nth(int(side == "right")), then=8)
        take.page.keyboard.press("Enter")
        take.shoot(5, pause=120)


def value_explorer(take: Take) -> None:
    canvas = take.area.locator("canvas").first
    take.shoot(4)
    take.drag(canvas, (0.45, 0.5), (0.55, 0.9), moves=8)
    take.drag(canvas, (0.2, 0.9), (0.27, 0.5), (0.36, 0.6), moves=8)
    take.press("p_G = p_data", then=8)


def conv_transpose_explorer(take: Take) -> None:
    take.shoot(4)
    take.slide("kernel", 0.7, 0.5)
    take.slide("stride", 0.7, 0.3)
    take.press("A checkerboard", then=7)
    take.press("No overlap", then=7)
    take.press("The cure: resize, then convolve", then=7)


def training_studio(take: Take) -> None:
    take.shoot(3)
    take.press("Play", then=0)
    take.shoot(12, pause=1000)
    take.press("Pause", then=1)
    take.slide("Go back to an earlier step", 0.1, 0.6, moves=4)


def playground(take: Take) -> None:
    take.shoot(3)
    take.press("Play", then=0)
    take.shoot(8, pause=300)
    take.press("latent grid", then=0)
    take.shoot(8, pause=300)
    take.press("push on fakes", then=0)
    take.shoot(6, pause=300)
    take.press("Pause", then=3)


def dirac_game(take: Take) -> None:
    canvas = take.area.locator("canvas").first
    take.shoot(3)
    take.drag(canvas, (0.75, 0.25), (0.3, 0.2), (0.2, 0.7), (0.6, 0.7))
    take.slide("R1, γ", 0.0, moves=8)
    take.shoot(4)
    take.slide("noise on x, σ", 0.9, moves=8)


def class_explorer(take: Take) -> None:
    take.shoot(3)
    take.click(take.area.get_by_role("gridcell", name="z 2 as 3"), then=3)
    take.slide("latent 0", 0.95, 0.1)
    take.slide("latent 2", 0.9)
    take.slide("way to the other class", 1.0, moves=12)


def style_mixer(take: Take) -> None:
    take.shoot(3)
    for name in ("8 px: B", "4 px: B", "8 px: A"):
        take.press(name, then=5)
    take.click(take.area.get_by_role("gridcell", name="A3 with B4"), then=5)
    take.press("8 px: B", then=4)
    take.slide("truncation ψ", 0.5, 1.0)


def metric_lab(take: Take) -> None:
    take.press("Reset")
    take.slide("noise on all", 0.5)
    take.press("Reset")
    take.slide("kinds left out", 0.6)
    take.press("Reset")
    take.slide("training copies", 0.9)


@dataclass(frozen=True)
class Scene:
    """What is done with a widget; how wide the window is, how much of the widget is shown, and how wide the GIF is."""

    play: Callable[[Take], None]
    width: int = 840
    height: int | None = None
    picture: int = 720


SCENES = {
    "LatentExplorer": Scene(latent_explorer),
    "SpotTheFake": Scene(spot_the_fake),
    "ValueExplorer": Scene(value_explorer),
    "ConvTransposeExplorer": Scene(conv_transpose_explorer, width=900),
    "TrainingStudio": Scene(training_studio, width=900, picture=560),
    "Playground": Scene(playground, width=1100, height=600, picture=600),
    "DiracGame": Scene(dirac_game),
    "ClassExplorer": Scene(class_explorer, width=1100),
    "MetricLab": Scene(metric_lab, width=1100),
    "StyleMixer": Scene(style_mixer, width=1000),
}


def cells_of(widget: str) -> list[str]:
    """The first cell of the gallery and that below the widget's heading."""
    cells = nbformat.read(ROOT / "notebooks" / "gallery.ipynb", as_version=4).cells
    heading = next(i for i, cell in enumerate(cells) if cell.source.split()[:2] == ["##", widget])
    return [cells[1].source, cells[heading + 1].source]


def record(lab: Lab, widget: str) -> list[Image.Image]:
    """The frames of the widget's scene."""
    scene = SCENES[widget]
    with lab.open(lab.write(f"{widget}.ipynb", cells_of(widget)), width=scene.width, height=1500) as notebook:
        notebook.run_all()
        area = notebook.page.locator(".jp-Cell").nth(1).locator(".jp-OutputArea-output").first
        area.locator("canvas:visible").first.wait_for()
        notebook.page.wait_for_timeout(1500)
        notebook.page.evaluate(HAND)
        take = Take(notebook.page, area, scene.height)
        scene.play(take)
        assert not notebook.errors, notebook.errors
    height = max(frame.height for frame in take.frames)
    return [fitted(frame, height, scene.picture) for frame in take.frames]


def fitted(shot: Image.Image, height: int, width: int) -> Image.Image:
    """The shot with white below it, up to that height, and made no wider than that."""
    frame = Image.new("RGB", (shot.width, height), "white")
    frame.paste(shot)
    share = min(1.0, width / frame.width)
    return frame.resize((round(frame.width * share), round(frame.height * share)), Image.Resampling.LANCZOS)


def encode(frames: Sequence[Image.Image]) -> bytes:
    """A GIF of at most `LIMIT` bytes, with as many colours and frames as go into it."""
    gif = b""
    for colours, every in ((90, 1), (48, 1), (64, 2), (28, 2), (14, 2), (20, 3)):
        gif = gif_of(frames[::every], colours, FRAME * every)
        if len(gif) <= LIMIT:
            return gif
    raise ValueError(f"frames: {len(frames)} of them need {len(gif)} bytes at the least, allowed are {LIMIT}")


def gif_of(frames: Sequence[Image.Image], colours: int, milliseconds: int) -> bytes:
    """A GIF whose frames share their colours, so that what stays the same looks the same."""
    some = frames[:: max(1, len(frames) // 8)]
    strip = Image.new("RGB", (some[0].width, sum(frame.height for frame in some)))
    for i, frame in enumerate(some):
        strip.paste(frame, (0, i * frame.height))
    palette = strip.quantize(colours, method=Image.Quantize.MEDIANCUT)
    palette.putpalette([*(palette.getpalette() or [])[: 3 * colours], *OURS])
    first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    times, target = [milliseconds] * (len(frames) - 1) + [REST], io.BytesIO()
    first.save(target, "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=True)
    return target.getvalue()


def main(argv: Sequence[str] | None = None) -> int:
    """Record the widgets of that name, by default all."""
    parser = argparse.ArgumentParser(prog="python -m docs.record_gallery", description=__doc__)
    parser.add_argument("widgets", nargs="*", metavar="WIDGET", help=f"default: {' '.join(SCENES)}")
    chosen = parser.parse_args(argv).widgets or list(SCENES)
    if unknown := [widget for widget in chosen if widget not in SCENES]:
        parser.error(f"there is no scene of {unknown[0]}; choose from {', '.join(SCENES)}")
    FOLDER.mkdir(exist_ok=True)
    with laboratory() as lab:
        for widget in chosen:
            frames = record(lab, widget)
            gif, place = encode(frames), FOLDER / f"{widget}.gif"
            place.write_bytes(gif)
            print(f"{place.relative_to(ROOT)}: {len(frames)} frames, {len(gif) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
