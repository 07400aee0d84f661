"""Interactive widgets and a course on Generative Adversarial Networks.

Importing the package is cheap: torch, matplotlib and ipywidgets are imported by the modules that need them,
when these are imported. Start with `from ganwidgets import checkpoints, latent, widgets`.
"""

__version__ = "0.1.0"
