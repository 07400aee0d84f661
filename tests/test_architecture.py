"""The house rules that a machine can check: who may import whom, small modules, a cheap import, no pickle."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "ganwidgets"
MAX_LINES = 300
EVERYTHING = frozenset({"*"})


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class Layer:
    """`modules`: what is in it; `ours`: what else of the package it may import; `others`: which other packages.

    A module or a package stands for everything below it. Modules of one layer may import each other's public names, and
    the standard library is open to all.
    """

    modules: frozenset[str]
    ours: frozenset[str]
    others: frozenset[str]


BASE = names("files checks palette events mosaic interrupts hearing")
CORE = names(
    """
    datasets toys folder faces portrait stacked sounds clips pairs film labelled
    models losses curves randomness latent onnx_graph onnx_export metrics games game_trees objective tallies
    steering handwriting words few_threads quicker
    """
)
TRAINING = names(
    """
    optimisers train_config states stream training solo unrolled stacking ensemble mode_table distributed
    probes planes walks sessions plane_session diagnosis recordings branching checkpoints readers directions pca
    inversion metric_table alternatives live_runs runs anatomy layer_words chains clinic
    """
)

# From the bottom up. A new module goes into one of these sets.
LAYERS = {
    "base": Layer(BASE, ours=frozenset(), others=names("numpy")),
    "core": Layer(CORE, ours=BASE, others=names("numpy torch PIL sklearn scipy tqdm platformdirs threadpoolctl")),
    "training": Layer(TRAINING, ours=BASE | CORE, others=names("numpy torch safetensors tqdm accelerate")),
    "plots": Layer(names("plots"), ours=BASE, others=names("numpy matplotlib seaborn")),
    "views": Layer(names("views"), ours=BASE, others=names("numpy PIL anywidget ipywidgets traitlets IPython marimo")),
    "exercises": Layer(
        names("exercises"),
        ours=BASE | CORE | TRAINING | names("plots"),
        others=names("numpy torch matplotlib seaborn sklearn scipy IPython"),
    ),
    "widgets": Layer(
        names("widgets"),
        ours=BASE
        | names("views plots sessions plane_session runs planes walks games curves objective tallies exercises.base")
        | names("anatomy layer_words chains"),
        others=names("numpy PIL matplotlib anywidget ipywidgets traitlets IPython"),
    ),
    "source": Layer(names("source"), ours=frozenset(), others=names("IPython")),
    "testing": Layer(names("testing"), ours=frozenset(), others=names("pytest nbval")),
    "command line": Layer(
        names(
            "cli __main__ lab_command lab_server train_command launch reader_command directions_command onnx_command "
            "export_command singleuser_command course doctor_command bench_command checkup handshake site recipes "
            "teach_command teaching"
        ),
        ours=EVERYTHING,
        others=EVERYTHING,
    ),
}


def module_name(path: Path) -> str:
    """`ganwidgets/models/dcgan.py` is `models.dcgan`, `ganwidgets/models/__init__.py` is `models`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_in(module: str, group: frozenset[str]) -> bool:
    """Whether `module` is in the group, or below one of its members."""
    return group is EVERYTHING or any(module == name or module.startswith(f"{name}.") for name in group)


def layer_of(module: str) -> str:
    found = [name for name, layer in LAYERS.items() if is_in(module, layer.modules)]
    assert len(found) == 1, f"ganwidgets.{module} is in {found or 'no layer'}: add it to LAYERS"
    return found[0]


def imports_of(tree: ast.Module, package: str, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """`(module, imported name or "")` for every import anywhere in the file, relative ones made absolute.

    `package`: the dotted package that the file lies in. `known`: our own modules, so that `from ganwidgets import
    losses` counts as an import of `ganwidgets.losses`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full, "") if full in known else (base, alias.name)


def broken_imports(module: str, source: str, is_package: bool, known: frozenset[str]) -> list[str]:
    """What `module`, one of ours without the leading `ganwidgets.`, imports and may not."""
    layer = LAYERS[layer_of(module)]
    package = ".".join(["ganwidgets", *(module.split(".") if is_package else module.split(".")[:-1])])
    found = []
    for target, name in imports_of(ast.parse(source), package, known):
        top, _, inside = target.partition(".")
        if top == "ganwidgets":
            own_family = inside.partition(".")[0] == module.partition(".")[0]
            if inside and not (is_in(inside, layer.ours) or is_in(inside, layer.modules)):
                found.append(f"ganwidgets.{module} imports {target}")
            if name.startswith("_") and not name.endswith("__") and not own_family:
                found.append(f"ganwidgets.{module} imports the private name {name} of {target}")
        elif top not in sys.stdlib_module_names and layer.others != EVERYTHING and top not in layer.others:
            found.append(f"ganwidgets.{module} imports {top}")
    return found


def unsafe_loading(source: str) -> list[str]:
    """Imports and calls that can run code hidden in a data file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [node.module or ""]
        else:
            imported = []
        tops = [name.partition(".")[0] for name in imported]
        found += [f"imports {top}" for top in tops if top in ("pickle", "cloudpickle", "dill", "joblib", "shelve")]
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.load", "torch.save"):
            found.append(f"calls {ast.unparse(node.func)}")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            found.append("passes allow_pickle")
    return found


SOURCES = sorted(PACKAGE.rglob("*.py"))
FRONT_END = sorted(path for suffix in ("js", "css") for path in (PACKAGE / "views").rglob(f"*.{suffix}"))
KNOWN = frozenset(f"ganwidgets.{module_name(path)}" for path in SOURCES)


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_imports_point_downwards(path: Path) -> None:
    module = module_name(path)
    if module:
        assert broken_imports(module, path.read_text("utf-8"), path.name == "__init__.py", KNOWN) == []


@pytest.mark.parametrize("path", [*SOURCES, *FRONT_END], ids=relative)
def test_modules_are_short(path: Path) -> None:
    length = len(path.read_text("utf-8").splitlines())
    assert length <= MAX_LINES


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_pickle(path: Path) -> None:
    assert unsafe_loading(path.read_text("utf-8")) == []


def test_importing_the_package_is_cheap() -> None:
    code = "import json, sys, ganwidgets; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(json.loads(output))
    assert "ganwidgets" in loaded
    assert not loaded & {"torch", "matplotlib", "ipywidgets", "numpy", "IPython"}


def test_the_help_of_the_command_is_cheap() -> None:
    code = "import sys; from ganwidgets.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "train" in output
    assert not set(output.split()) & {"torch", "numpy", "ganwidgets.train_command"}


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("losses", "import matplotlib.pyplot as plt", "imports matplotlib"),
        ("losses", "def f():\n    import ipywidgets", "imports ipywidgets"),
        ("losses", "from ganwidgets import training", "imports ganwidgets.training"),
        ("models.dcgan", "from ..training import Trainer", "imports ganwidgets.training"),
        ("training", "from ganwidgets.plots import grid", "imports ganwidgets.plots"),
        ("widgets.explorer", "import torch", "imports torch"),
        ("widgets.explorer", "from ..exercises.chapter05 import TASK", "imports ganwidgets.exercises.chapter05"),
        ("views.grid", "from ganwidgets.widgets import explorer", "imports ganwidgets.widgets"),
        ("plots", "from ganwidgets import losses", "imports ganwidgets.losses"),
        ("training", "from ganwidgets.latent import _norm", "private name _norm"),
    ],
)
def test_a_forbidden_import_is_seen(module: str, source: str, complaint: str) -> None:
    known = frozenset({"ganwidgets.losses", "ganwidgets.training", "ganwidgets.plots"})
    problems = broken_imports(module, source, is_package=False, known=known)
    assert len(problems) == 1
    assert complaint in problems[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("losses", "import math\nimport torch\nfrom ganwidgets.events import sigmoid"),
        ("models.dcgan", "from . import blocks\nfrom ganwidgets.models._shared import _init"),
        ("training", "from ganwidgets import losses"),
        ("widgets.explorer", "from ..views.grid import ImageGrid\nfrom ..exercises.base import Exercise"),
        ("cli", "import jupyterlab\nfrom ganwidgets import widgets, training"),
    ],
)
def test_an_allowed_import_passes(module: str, source: str) -> None:
    assert broken_imports(module, source, is_package=False, known=KNOWN) == []


def test_a_module_without_a_layer_is_seen() -> None:
    with pytest.raises(AssertionError, match="no layer"):
        layer_of("helpers")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import pickle", "imports pickle"),
        ("from joblib import load", "imports joblib"),
        ("torch.load(path)", "calls torch.load"),
        ("np.load(path, allow_pickle=True)", "passes allow_pickle"),
    ],
)
def test_unsafe_loading_is_seen(source: str, complaint: str) -> None:
    assert unsafe_loading(source) == [complaint]
