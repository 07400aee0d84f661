"""`deploy/` and `ganwidgets singleuser`, as far as they can be seen without a hub. The last test wants a real one."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from traitlets.config.loader import PyFileConfigLoader

from ganwidgets import cli, singleuser_command
from ganwidgets.lab_command import PROMPT

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
PASSWORD = "a room of thirty"


def hub_config(monkeypatch: pytest.MonkeyPatch, folder: Path, **given: str) -> Any:
    """What `deploy/jupyterhub_config.py` tells the hub; `given`: the environment, without `GANWIDGETS_`."""
    for name in ("HUB_PASSWORD", "HUB_ADMIN_PASSWORD", "HUB_PORT", "THREADS", "CACHE", "RELEASE"):
        monkeypatch.delenv(f"GANWIDGETS_{name}", raising=False)
    for name, value in {"HUB_FOLDER": str(folder), **given}.items():
        monkeypatch.setenv(f"GANWIDGETS_{name}", value)
    return PyFileConfigLoader("jupyterhub_config.py", str(DEPLOY)).load_config()


def test_a_learner_gets_a_copy_and_keeps_their_work(tmp_path: Path) -> None:
    folder = singleuser_command.learners_folder(tmp_path)
    notebook = folder / "00_start_here.ipynb"
    assert folder.parent == tmp_path and notebook.is_file()
    work = json.loads(notebook.read_text("utf-8"))
    work["cells"][0]["source"] = ["mine"]
    notebook.write_text(json.dumps(work), "utf-8")
    assert singleuser_command.learners_folder(tmp_path) == folder
    assert json.loads(notebook.read_text("utf-8"))["cells"][0]["source"] == ["mine"]


def test_where_the_course_cannot_be_written_the_server_still_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ganwidgets-course").write_text("a file of the learner's", "utf-8")
    assert singleuser_command.learners_folder(tmp_path) == tmp_path
    assert "cannot write the course" in capsys.readouterr().err
    assert (tmp_path / "ganwidgets-course").read_text("utf-8") == "a file of the learner's"


def test_the_server_opens_on_the_course_and_hands_the_hubs_arguments_on() -> None:
    command = singleuser_command.server_command(Path("home"), "00.ipynb", ["--X.y=1"], root=False)
    assert command[:4] == [sys.executable, "-P", "-m", "jupyterhub.singleuser"]
    assert {"--ServerApp.root_dir=home", "--ServerApp.default_url=/lab/tree/00.ipynb", PROMPT} <= set(command)
    assert command[-1] == "--X.y=1"


def test_without_a_hub_the_command_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)
    assert cli.main(["singleuser"]) == 2
    found = importlib.util.find_spec("jupyterhub") is not None
    assert ("ganwidgets lab" if found else "jupyterhub>=5.3") in capsys.readouterr().err


@pytest.mark.parametrize(("threads", "wanted"), [("3", "3"), ("0", None)])
def test_the_hub_limits_threads_and_shares_the_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, threads: str, wanted: str | None
) -> None:
    c = hub_config(monkeypatch, tmp_path, HUB_PASSWORD=PASSWORD, THREADS=threads)
    environment = c.Spawner.environment
    assert environment.get("OMP_NUM_THREADS") == environment.get("OPENBLAS_NUM_THREADS") == wanted
    assert environment["GANWIDGETS_CACHE"] == str(tmp_path / "cache")
    assert "admin_users" not in c.Authenticator
    assert c.Spawner.cmd[-1] == "singleuser"


def test_a_teachers_release_file_reaches_every_learner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = hub_config(monkeypatch, tmp_path, HUB_PASSWORD=PASSWORD, RELEASE="class/ganwidgets-release.json")
    assert given.Spawner.environment["GANWIDGETS_RELEASE"] == str(tmp_path / "class" / "ganwidgets-release.json")
    assert "GANWIDGETS_RELEASE" not in hub_config(monkeypatch, tmp_path, HUB_PASSWORD=PASSWORD).Spawner.environment


def test_only_names_that_are_folders_may_come_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pattern = re.compile(hub_config(monkeypatch, tmp_path, HUB_PASSWORD=PASSWORD).Authenticator.username_pattern)
    assert all(pattern.fullmatch(name) for name in ("ada", "learner-7", "a_b"))
    assert not any(pattern.fullmatch(name) for name in ("", "..", "../ada", "a/b", ".ssh", "-rf", "ada{0}", "a" * 33))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "GANWIDGETS_HUB_PASSWORD: got 0 characters"),
        ({"HUB_PASSWORD": "short"}, "got 5 characters"),
        ({"HUB_PASSWORD": PASSWORD, "HUB_ADMIN_PASSWORD": "too short"}, "GANWIDGETS_HUB_ADMIN_PASSWORD: got 9"),
        ({"HUB_PASSWORD": PASSWORD, "HUB_PORT": "eighty"}, "GANWIDGETS_HUB_PORT: got 'eighty'"),
        ({"HUB_PASSWORD": PASSWORD, "HUB_PORT": "70000"}, "from 1 to 65535"),
        ({"HUB_PASSWORD": PASSWORD, "THREADS": "-1"}, "GANWIDGETS_THREADS: got '-1'"),
    ],
)
def test_a_bad_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        hub_config(monkeypatch, tmp_path, **given)


def test_the_image_and_the_chart_say_the_same_as_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    c = hub_config(monkeypatch, tmp_path, HUB_PASSWORD=PASSWORD)
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    limits = re.search(r"^ENV (OMP_NUM_THREADS.*)$", image, re.MULTILINE)
    assert limits
    said = dict(pair.split("=") for pair in limits[1].split())
    assert said == {name: value for name, value in c.Spawner.environment.items() if name.endswith("_THREADS")}
    values = yaml.safe_load((DEPLOY / "values.yaml").read_text("utf-8"))
    assert values["singleuser"]["cmd"][:2] == ["ganwidgets", "singleuser"]
    assert values["hub"]["config"]["JupyterHub"]["authenticator_class"] == c.JupyterHub.authenticator_class


@pytest.mark.skipif(
    importlib.util.find_spec("jupyterhub") is None or shutil.which("configurable-http-proxy") is None,
    reason="no JupyterHub with its proxy here: deploy/README.md says how to install them",
)
def test_a_learner_logs_in_and_drags(tmp_path: Path) -> None:
    from benchmarks import room

    with room.hub(tmp_path, threads=1) as hub:
        learner = room.Learner(hub, "ada")
        learner.arrive()
        try:
            first = learner.cells("00_start_here.ipynb")[0]
            learner.run_all([first, first.replace("seed=5", 'engine="kernel"')])
            assert learner.run("import torch; print(torch.get_num_threads())") == "1\n"
            learner.show()
            assert learner.fetched > 1_000_000
            assert learner.drag("page", 0.3) and learner.drag("kernel", 0.3)
            pss, rss = room.held(hub.family("ada"))
            assert 50 < pss <= rss
        finally:
            learner.leave()
        assert (tmp_path / "homes" / "ada" / "ganwidgets-course" / "00_start_here.ipynb").is_file()


def test_what_larger_rooms_need_is_worked_out_from_the_measured_one() -> None:
    pytest.importorskip("psutil")
    from benchmarks import hub

    arrivals = hub.Arrivals(2, [1.0, 3.0], [10.0, 10.0], 1024.0, [(400.0, 512.0), (300.0, 512.0)], (90.0, 1024.0))
    turn = hub.Turn(1, 2, {"page": [10.0], "kernel": [50.0]}, {"page": 10.0, "kernel": 20.0})
    turn.cost, turn.steps = {"page": (9.0, 1.0), "kernel": (18.0, 2.0)}, [20.0, 10.0]
    room, course = hub.needs(arrivals, turn)
    assert room[1:] == ["30", "16", "1.5", "12.0", "30.0", "30.0"]  # 1 GB + 30 × ½ GB; 30 × 5 × 10 ms; 30 × 20 × 20 ms
    assert course[1:] == ["250", "126", "2.5", "20.0", "50.0", "1000.0"]
    text = hub.compose("1.0", 5.0, [arrivals], [turn])
    assert "15.0 (10.0 to 20.0)" in text and "2 (1 to 3)" in text


def test_the_readme_has_a_place_for_every_table() -> None:
    pytest.importorskip("psutil")
    from benchmarks import chapter_memory, hub, report, room

    text = room.README.read_text("utf-8")
    for name in (hub.SECTION, chapter_memory.SECTION):
        assert "| new |" in report.replace_section(text, name, "| new |")
