"""What runs in the kernel of a slider measurement: one job, done by our explorer and by its peers.

The job: a slider for the first latent of `n` z, from −3 to 3 in steps of 0.05, and the pictures that `render` makes of
them in a grid. The top eight pixel rows of every picture carry a code of the slider's value that made it, so that the
page can tell which value it is showing (see `probe.js`). All sides get the very same `render`, but for the one that
draws in the page, which gets the same generator; each peer is given its quickest form: one picture as wide on the page
as ours, no subplots, no margins to be laid out.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import torch
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from ganwidgets import checkpoints, latent
from ganwidgets.models import dcgan
from ganwidgets.widgets import LatentExplorer

SPAN, STEP = 3.0, 0.05
CODES = 121
BITS = 8
DARK, LIGHT = 30, 210
#: Width of the picture on the page in CSS pixels, by the number of pictures: that of our explorer.
WIDTHS = {1: 320, 64: 526}

Images = npt.NDArray[np.uint8]
Render = Callable[[npt.NDArray[np.float32]], Images]


def generator(checkpoint: str | None = None) -> torch.nn.Module:
    """The faces generator: of the file `checkpoint`, the shipped one, or an untrained one of its size."""
    if checkpoint is not None or "faces" in checkpoints.available():
        return checkpoints.load(checkpoint or "faces").G
    return dcgan.Generator(z_dim=64, channels=48, refine=True).eval()


def renders(threads: int = 1, checkpoint: str | None = None) -> tuple[dict[str, Render], int]:
    """`({"faces": the generator, "free": looking its pictures up in a table}, z_dim)`; torch may use `threads`."""
    torch.set_num_threads(threads)
    G = generator(checkpoint)
    z_dim = int(G.z_dim)  # type: ignore[arg-type]
    faces = latent.renderer(G)
    bank = faces(latent.sample(CODES + 64, z_dim))

    def free(z: npt.NDArray[np.float32]) -> Images:
        return bank[(codes(z) + np.arange(len(z))) % len(bank)]

    return {"faces": faces, "free": free}, z_dim


def codes(z: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """The slider's position, 0 to 120, for each z `(B, z_dim)`."""
    return np.rint((z[:, 0] + SPAN) / STEP).astype(np.intp).clip(0, CODES - 1)


def stamped(images: Images, values: npt.NDArray[np.intp]) -> Images:
    """A copy with the code of each value in the top eight rows: seven bits, the least first, and one that makes the
    number of light fields odd."""
    bits = (values[:, None] >> np.arange(BITS - 1)) & 1
    bits = np.concatenate([bits, 1 - bits.sum(axis=1, keepdims=True) % 2], axis=1)
    fields = np.where(bits, LIGHT, DARK).astype(np.uint8).repeat(images.shape[2] // BITS, axis=1)
    out = images.copy()
    out[:, :8] = fields[:, None, :, None]
    return out


def watched(render: Render, log: Path) -> Render:
    """`render` with codes on its pictures; the seconds that each call took go into the file `log`, line by line."""
    lines = log.open("a", buffering=1)

    def call(z: npt.NDArray[np.float32]) -> Images:
        start = time.perf_counter()
        images = render(z)
        lines.write(f"{time.perf_counter() - start:.6f} {len(z)}\n")
        return stamped(images, codes(z))

    return call


class Stamped(torch.nn.Module):
    """`G` with the codes of `stamped` on its pictures, for an engine that runs no Python."""

    def __init__(self, G: torch.nn.Module) -> None:
        super().__init__()
        self.G, self.z_dim = G, int(G.z_dim)  # type: ignore[arg-type]

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """z `(B, z_dim)` to pictures `(B, 3, 64, 64)` in [-1, 1]."""
        pictures = self.G(z)  # (B, 3, H, W)
        value = torch.round((z[:, :1] + SPAN) / STEP).clamp(0, CODES - 1)
        bits = torch.floor(value / 2.0 ** torch.arange(BITS - 1)) % 2  # (B, 7)
        bits = torch.cat([bits, 1 - bits.sum(dim=1, keepdim=True) % 2], dim=1)
        fields = (DARK + (LIGHT - DARK) * bits) / 127.5 - 1  # (B, 8)
        row = fields.repeat_interleave(pictures.shape[3] // BITS, dim=1)[:, None, None]  # (B, 1, 1, W)
        return torch.cat([row.expand(-1, 3, 8, -1), pictures[:, :, 8:]], dim=2)


def start_z(n: int, z_dim: int) -> npt.NDArray[np.float32]:
    """z `(n, z_dim)` whose first latent is 0 in all."""
    z = latent.sample(n, z_dim, seed=1)
    z[:, 0] = 0
    return z


def ours(render: Render, z_dim: int, n: int) -> LatentExplorer:
    """Our explorer."""
    explorer = LatentExplorer(render, z_dim, n=n)
    explorer.z = start_z(n, z_dim)
    return explorer


def page(checkpoint: str | None, n: int) -> LatentExplorer:
    """Our explorer with the faces generator in the page."""
    G = Stamped(generator(checkpoint)).eval()
    explorer = LatentExplorer(latent.renderer(G), G.z_dim, n=n, engine="page")
    explorer.z = start_z(n, G.z_dim)
    return explorer


def tiled(images: Images) -> Images:
    """Square pictures `(n, H, W, 3)`, n a square number, as one."""
    side, (height, width) = round(len(images) ** 0.5), images.shape[1:3]
    return images.reshape(side, side, height, width, 3).swapaxes(1, 2).reshape(side * height, side * width, 3)


def mover(render: Render, z_dim: int, n: int) -> Callable[[float], Images]:
    """From the slider's value to the tiled pictures."""
    z = start_z(n, z_dim)

    def move(value: float) -> Images:
        z[:, 0] = value
        return tiled(render(z))

    return move


def slider() -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(0, min=-SPAN, max=SPAN, step=STEP, description="latent 0")


def interact(render: Render, z_dim: int, n: int) -> None:
    """`interact` with one `imshow`."""
    move, inches = mover(render, z_dim, n), WIDTHS[n] / 100

    def show(value: float) -> None:
        grid = move(value)
        ax = plt.figure(figsize=(inches, inches), dpi=100).add_axes((0, 0, 1, 1))
        ax.imshow(grid)
        ax.axis("off")
        plt.show()

    ipywidgets.interact(show, value=slider()).widget.add_class("bench-interact")


def ipympl(render: Render, z_dim: int, n: int) -> None:
    """matplotlib's own widget: one `imshow`, whose pixels are replaced."""
    before = plt.get_backend()
    from ipympl.backend_nbagg import Canvas, FigureManager

    plt.switch_backend(before)  # the import takes pyplot over, which `interact` goes on with
    move, inches = mover(render, z_dim, n), WIDTHS[n] / 100
    figure = Figure(figsize=(inches, inches), dpi=100)
    canvas = Canvas(figure)
    FigureManager(canvas, 0)
    canvas.toolbar_visible = canvas.header_visible = canvas.footer_visible = canvas.resizable = False
    ax = figure.add_axes((0, 0, 1, 1))
    ax.axis("off")
    image = ax.imshow(move(0))

    def show(value: float) -> None:
        image.set_data(move(value))
        canvas.draw_idle()

    _below("ipympl", canvas, show)


def png(render: Render, z_dim: int, n: int) -> None:
    """The `Image` of ipywidgets, with PNG."""
    _image("png", render, z_dim, n, compress_level=1)


def jpeg(render: Render, z_dim: int, n: int) -> None:
    """The `Image` of ipywidgets, with JPEG."""
    _image("jpeg", render, z_dim, n, quality=85)


def _image(kind: str, render: Render, z_dim: int, n: int, **options: int) -> None:
    move = mover(render, z_dim, n)
    image = ipywidgets.Image(format=kind, layout=ipywidgets.Layout(width=f"{WIDTHS[n]}px"))

    def show(value: float) -> None:
        buffer = io.BytesIO()
        Image.fromarray(move(value)).save(buffer, kind, **options)
        image.value = buffer.getvalue()

    show(0)
    _below(kind, image, show)


def _below(name: str, picture: ipywidgets.Widget, show: Callable[[float], None]) -> None:
    """Put a slider over the picture."""
    control = slider()
    control.observe(lambda change: show(change["new"]), "value")
    box = ipywidgets.VBox([control, picture])
    box.add_class(f"bench-{name}")
    display(box)


def cells(case: str, n: int, logs: dict[str, Path], threads: int, checkpoint: str | None = None) -> list[str]:
    """The code of the notebook: one cell to set up, then one for each side that has a log."""
    given: dict[str, Any] = {name: str(path) for name, path in logs.items()}
    setup = (
        "from pathlib import Path\nfrom benchmarks import scene\n"
        f"logs = {given!r}\nrenders, z_dim = scene.renders({threads}, {checkpoint!r})\nrender = renders[{case!r}]"
    )
    show = "scene.{0}(scene.watched(render, Path(logs[{0!r}])), z_dim, {1})"
    in_page = f"scene.page({checkpoint!r}, {n})"
    return [setup, *(in_page if name == "page" else show.format(name, n) for name in logs)]
