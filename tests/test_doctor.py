"""`ganwidgets doctor`: it says what is well, finds what is not, and its handshake goes through a real kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganwidgets import checkup, cli, handshake


def states(check: str) -> list[str]:
    return [finding.state for finding in checkup.CHECKS[check]()]


def test_this_machine_runs_the_course(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "versions", "data", "disk", "processor"]) == 0
    said = capsys.readouterr().out
    assert "This machine is ready." in said
    assert "torch 2." in said


def test_an_unknown_check_is_a_clear_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "weather"]) == 2
    assert "there is no 'weather'; choose of versions, data" in capsys.readouterr().err


def test_every_speed_has_a_reference_and_is_measured() -> None:
    findings = list(checkup.speed())
    assert [finding.text.split(":")[0] for finding in findings] == list(checkup.REFERENCE)
    assert all(finding.state in ("good", "careful") for finding in findings)


def test_a_damaged_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "whole.bin").write_bytes(b"abc")
    (tmp_path / "cut.bin").write_bytes(b"ab")
    checksum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of b"abc", FIPS 180-2
    listed = {name: {"sha256": checksum} for name in ("whole.bin", "cut.bin", "gone.bin")}
    (tmp_path / "MANIFEST.json").write_text(json.dumps(listed))
    monkeypatch.setattr(checkup, "data_path", lambda name: tmp_path / name)
    (finding,) = checkup.data()
    assert finding.state == "bad"
    assert "2 of 3 data files are missing or damaged: cut.bin, gone.bin" in finding.text


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_not_ours_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.chdir(tmp_path)
    assert "bad" in states("Disk")


def test_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "NEEDED_BYTES", 10**18)
    assert states("Disk") == ["bad", "bad"]


def test_a_missing_package_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "PACKAGES", ("torch", "no-such-package"))
    findings = list(checkup.versions())
    assert [finding.state for finding in findings] == ["good", "bad"]
    assert "no-such-package" in findings[1].text


def test_a_widget_answers_through_a_kernel_of_our_own() -> None:
    with handshake.own_kernel() as line:
        assert 0 < handshake.greet(line) < handshake.PATIENCE


def test_a_kernel_without_widgets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "CODE", "import no_such_widgets")
    with handshake.own_kernel() as line, pytest.raises(RuntimeError, match="ModuleNotFoundError"):
        handshake.greet(line)


@pytest.mark.skipif(os.name == "nt", reason="ending the command leaves its server running on Windows")
def test_a_widget_answers_through_a_running_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ServerApp.port_retries=50",
        f"--notebook-dir={tmp_path}",
    ]
    with subprocess.Popen([*command, "--allow-root"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(300):
                if handshake.running_servers():
                    break
                time.sleep(0.1)
            (finding,) = checkup.widget()
            assert finding.state == "good", finding.text
            assert finding.text.startswith("a widget answers through the server at http")
        finally:
            server.terminate()
