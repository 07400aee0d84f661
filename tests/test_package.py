"""The package as it is installed: what the wheel carries, what the lock pins, what `ganwidgets lab` would do."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import tomllib
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ganwidgets
from ganwidgets import cli, course, lab_command

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PLATFORMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux", "platform_machine": "x86_64"},
    "macos": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin", "platform_machine": "arm64"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
}
JUNK = {".ipynb_checkpoints", "__pycache__", ".gitignore", ".gitkeep", ".DS_Store"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to put on the path, as if the wheel was installed there."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def files_below(folder: Path) -> set[str]:
    files = (path.relative_to(ROOT) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if not JUNK & set(path.parts)}


def run_installed(site: Path, here: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_carries_code_data_and_notebooks_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    due = files_below(ROOT / "ganwidgets")
    due |= {f"ganwidgets/{name}" for folder in ("data", "notebooks") for name in files_below(ROOT / folder)}
    assert inside == due


def test_the_version_comes_from_one_place(wheel: Path) -> None:
    assert wheel.name == f"ganwidgets-{ganwidgets.__version__}-py3-none-any.whl"
    assert "version" not in PROJECT
    assert re.fullmatch(r"\d+\.\d+\.\d+", ganwidgets.__version__)


def test_an_installed_wheel_finds_its_own_data(installed: Path, tmp_path: Path) -> None:
    code = "from ganwidgets.files import data_path; print(data_path('x.npz'))"
    output = run_installed(installed, tmp_path, "-c", code).stdout
    packaged = installed / "ganwidgets" / "data"
    assert packaged.is_dir() == any((ROOT / "data").rglob("*.*"))
    if packaged.is_dir():
        assert Path(output.strip()) == packaged / "x.npz"


def test_the_installed_command_names_its_version(installed: Path, tmp_path: Path) -> None:
    output = run_installed(installed, tmp_path, "-m", "ganwidgets", "--version").stdout
    assert output == f"ganwidgets {ganwidgets.__version__}\n"
    (entry_points,) = installed.glob("*.dist-info/entry_points.txt")
    declared = entry_points.read_text("utf-8")
    assert "[console_scripts]\nganwidgets = ganwidgets.cli:main" in declared
    assert "[pytest11]\nganwidgets = ganwidgets.testing.plugin" in declared


def locked(environment: dict[str, str]) -> dict[str, str]:
    """The pins that hold in an environment, by name; two pins of one package there are an error."""
    pins: dict[str, str] = {}
    for line in LOCK.splitlines():
        if line.startswith("#"):
            continue
        requirement = Requirement(line)
        (version,) = requirement.specifier
        assert version.operator == "=="
        if requirement.marker is None or requirement.marker.evaluate(environment):
            assert canonicalize_name(requirement.name) not in pins
            pins[canonicalize_name(requirement.name)] = version.version
    return pins


def wanted(extra: str = "dev") -> Iterator[Requirement]:
    """What `extra` asks for, the extras that it names included; of "dev", which the lock is made from, everything."""
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]]:
        requirement = Requirement(text)
        if requirement.name != "ganwidgets":
            yield requirement
        for part in requirement.extras if requirement.name == "ganwidgets" else ():
            yield from wanted(part)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lock_meets_every_requirement(platform: str, python: str) -> None:
    environment = {str(key): str(value) for key, value in default_environment().items()}
    environment |= PLATFORMS[platform] | {"python_version": python, "python_full_version": f"{python}.9"}
    pins = locked(environment)
    for requirement in wanted():
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement
    assert pins["torch"] == "2.13.0"
    assert ("pywinpty" in pins) == (platform == "windows")


def test_the_lock_holds_pins_only() -> None:
    assert not re.search(r"://|^-|@|(?<!`) /", LOCK, re.MULTILINE)
    assert not re.search(r"^(nvidia|cuda|triton)", LOCK, re.MULTILINE)
    assert "\ntorch==2.13.0\n" in LOCK


def test_every_requirement_has_a_lower_bound() -> None:
    for requirement in wanted():
        assert [part.operator for part in requirement.specifier] == [">="], requirement


@pytest.mark.parametrize("root", [True, False])
def test_jupyter_gets_the_extra_arguments_last(root: bool) -> None:
    command = lab_command.lab_command(Path("n") / "00.ipynb", ["--no-browser", "--port=8899"], root=root)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "--ServerApp.root_dir=n" in command
    assert "--LabApp.default_url=/lab/tree/00.ipynb" in command
    assert command[-2:] == ["--no-browser", "--port=8899"]
    assert ("--allow-root" in command) == root


def test_an_unknown_notebook_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lab", "--notebook", "99_nothing.ipynb"]) == 2
    message = capsys.readouterr().err
    assert "99_nothing.ipynb" in message
    assert "Traceback" not in message
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert path.name in message


@pytest.mark.parametrize("arguments", [[], ["paint"], ["--nonsense"]])
def test_an_unknown_command_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert "COMMAND" in capsys.readouterr().err


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[str]) -> None:
    """Ask until the server answers, for 40 s at most; fails at once when it has ended."""
    for _ in range(400):
        assert server.poll() is None, server.communicate()
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
    raise AssertionError(f"no answer from {url}")


#: Makes every connection fail that leaves this machine.
NO_NETWORK = """
import socket
connect = socket.socket.connect
def refuse(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OSError(f"the network is off: {address}")
    return connect(self, address)
socket.socket.connect = refuse
"""


@pytest.fixture(scope="module")
def empty(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment outside the checkout with the wheel and no network; the folder of its programs."""
    folder = tmp_path_factory.mktemp("laptop") / "venv"
    venv.create(folder, with_pip=False)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    python = programs / Path(sys.executable).name
    install = ["--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(subprocess.run([python, "-c", where], check=True, capture_output=True, text=True).stdout.strip())
    # A path in a .pth file does not bring the .pth files there along, such as that of our checkout.
    (own / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\nimport no_network\n")
    (own / "no_network.py").write_text(NO_NETWORK)
    return programs


def run_in(programs: Path, here: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment["GANWIDGETS_CACHE"] = str(here / "cache")
    program = [str(programs / command[0]), *command[1:]]
    return subprocess.run(program, cwd=here, env=environment, capture_output=True, text=True, check=False)


def test_the_course_runs_from_a_wheel_with_the_network_off(empty: Path, tmp_path: Path) -> None:
    """The learner's way: the wheel in an empty environment, the copy of the course, its first notebook."""
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    assert "the network is off" in run_in(empty, tmp_path, "python", "-c", code).stderr
    code = "from ganwidgets.course import course_folder; import ganwidgets; print(course_folder(), ganwidgets.__file__)"
    copied = run_in(empty, tmp_path, "python", "-c", code)
    assert str(empty.parent) in copied.stdout, copied.stderr
    assert str(ROOT) not in copied.stdout
    folder = tmp_path / course.COPY_NAME
    assert {path.name for path in folder.glob("*.ipynb")} == {
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    checked = run_in(empty, tmp_path, "ganwidgets", "doctor", "versions", "data", "disk", "widgets")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--nbval-lax",
        "--nbval-current-env",
        str(folder / "00_start_here.ipynb"),
    ]
    ran = run_in(empty, tmp_path, "python", "-m", "pytest", *options)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]


@pytest.mark.skipif(os.name == "nt", reason="ending the command leaves its JupyterLab running on Windows")
def test_lab_serves_a_copy_of_the_course(installed: Path, tmp_path: Path) -> None:
    """The real command and the real server; it opens the notebook and does not ask about news from the network."""
    packaged = installed / "ganwidgets" / "notebooks" / "99_trial.ipynb"
    packaged.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(), packaged)
    port = free_port()
    own = ["--notebook", packaged.name, "--no-browser", f"--port={port}", "--IdentityProvider.token="]
    command = [sys.executable, "-m", "ganwidgets", "lab", *own]
    environment = {**os.environ, "PYTHONPATH": str(installed), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    piped, joined = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, stdout=piped, stderr=joined) as server:
        try:
            at = f"http://127.0.0.1:{port}"
            wait_for(f"{at}/api/status", server)
            first = urllib.request.urlopen(f"{at}/")
            setting = f"{at}/lab/api/settings/@jupyterlab/apputils-extension:notification"
            news = json.load(urllib.request.urlopen(setting))["schema"]["properties"]["fetchNews"]
        finally:
            server.terminate()
    assert first.url == f"{at}/lab/tree/{packaged.name}"
    assert news["default"] == "false"
    assert (tmp_path / course.COPY_NAME / packaged.name).is_file()
