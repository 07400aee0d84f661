"""The colours, each with one meaning in every figure and widget.

From Okabe and Ito's palette, safe for colour-blind eyes: https://jfly.uni-koeln.de/color/
"""

from typing import Final

REAL: Final = "#0072B2"
"""Blue: real data, D(x)."""

FAKE: Final = "#D55E00"
"""Vermilion: fakes, D(G(z)), and what belongs to the generator."""

DISCRIMINATOR: Final = "#009E73"
"""Green: the discriminator and its loss."""

INK: Final = "#767676"
"""Mid-grey for text and axes, legible on white and on the dark theme's near-black."""

SERIES: Final = ("#CC79A7", "#E69F00", "#56B4E9", "#8F7FBF")
"""For things that are neither real nor fake nor a player, such as several losses side by side."""
