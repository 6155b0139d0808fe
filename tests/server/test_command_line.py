"""The command line says what stands in the way, and touches nothing of a run that is going on."""

import os
import subprocess
import sys
from pathlib import Path

from server.runtime.watch import claim


def ventanilla(*words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
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
