"""`ganwidgets onnx`: a checkpoint's generator as an ONNX model for other programs, or the graph that comes with us."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganwidgets import checkpoints, latent, onnx_export, pca


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ganwidgets onnx`."""
    parser.add_argument("checkpoint", help="a shipped checkpoint by name, or a path")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--styles", action="store_true", help="of a style-based generator, the part from w to pictures")
    parser.add_argument("--graph", action="store_true", help="without the weights: data/onnx holds such files")


def run(args: argparse.Namespace) -> int:
    """Write the file; `ValueError` where this generator has no export."""
    G = checkpoints.load(args.checkpoint).G
    render = pca.renderer(G) if args.styles else latent.renderer(G)
    content = onnx_export.graph(render.G) if args.graph else render.export()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(content)
    print(f"Wrote {args.out}: {len(content)} bytes.")
    return 0
