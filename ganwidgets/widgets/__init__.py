"""The learner's tools. Each takes arrays and functions, and works without a browser too.

`check()` raises the first error that a callback or a background thread has left behind, if there is one.
"""

from ganwidgets.views.errors import check
from ganwidgets.views.image_grid import ImageGrid

from .architecture_explorer import ArchitectureExplorer
from .class_explorer import ClassExplorer
from .conv_transpose_explorer import ConvTransposeExplorer
from .dirac_game import DiracGame
from .exercise_card import ExerciseCard
from .latent_explorer import LatentExplorer
from .loss_explorer import LossExplorer
from .metric_lab import MetricLab
from .mode_map import ModeMap
from .model_race import ModelRace
from .playground import Playground
from .runner import Runner
from .score_histogram import ScoreHistogram
from .sound_explorer import SoundExplorer
from .spot_the_fake import SpotTheFake
from .style_mixer import StyleMixer
from .training_studio import TrainingStudio
from .value_explorer import ValueExplorer

__all__ = [
    "ArchitectureExplorer",
    "ClassExplorer",
    "ConvTransposeExplorer",
    "DiracGame",
    "ExerciseCard",
    "ImageGrid",
    "LatentExplorer",
    "LossExplorer",
    "MetricLab",
    "ModeMap",
    "ModelRace",
    "Playground",
    "Runner",
    "ScoreHistogram",
    "SoundExplorer",
    "SpotTheFake",
    "StyleMixer",
    "TrainingStudio",
    "ValueExplorer",
    "check",
]
