"""The command line says what stands in the way, and touches nothing of a run that is going on."""

import os
import subprocess
import sys
from pathlib import Path

from server.runtime.watch import claim


def ventanilla(
    *words: str, folder: Path | None = None, **surroundings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
        env={**os.environ, **surroundings},
    )


def test_a_second_run_is_refused_before_it_writes_anything(tmp_path: Path) -> None:
    with claim(tmp_path):
        said = ventanilla("run", VENTANILLA_RUNTIME=str(tmp_path))
    assert said.returncode == 1
    assert "running already" in said.stderr
    assert [file.name for file in tmp_path.iterdir()] == [".watch.lock"]


def test_a_wrong_setting_is_named_with_what_was_expected(tmp_path: Path) -> None:
    said = ventanilla("check", VENTANILLA_RUNTIME=str(tmp_path), VENTANILLA_PORTS__WEB="99999")
    assert said.returncode == 2
    assert "web is a port: 1 to 65535" in said.stderr.replace("\n", " ")
    assert "Traceback" not in said.stderr


def test_a_setting_that_is_none_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    said = ventanilla("check", VENTANILLA_RUNTIME=str(tmp_path), VENTANILLA_PORTZ__WEB="8081")
    assert said.returncode == 2
    assert "Did you mean VENTANILLA_PORTS__WEB?" in " ".join(said.stderr.split())


def test_an_unknown_key_of_the_file_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "ventanilla.toml").write_text("sesion_hours = 3\n[ports]\nwebb = 1\n", encoding="utf-8")
    said = ventanilla("check", folder=tmp_path)
    assert said.returncode == 2
    told = " ".join(said.stderr.split())
    assert "ventanilla.toml: sesion_hours is no setting. Did you mean session_hours?" in told
    assert "ventanilla.toml: ports.webb is no setting. Did you mean ports.web?" in told


def test_a_folder_that_cannot_be_made_is_named_with_its_setting() -> None:
    said = ventanilla("run", VENTANILLA_RUNTIME="/proc/ventanilla")
    assert said.returncode == 1
    assert "set VENTANILLA_RUNTIME to a folder of yours" in " ".join(said.stderr.split())
