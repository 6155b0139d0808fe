"""What `make` says when its first steps fail names what may be the cause."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
FULL = "echo 'OSError: [Errno 28] No space left on device' >&2; exit 1"
PYTHON = """#!/bin/sh
case "$1 $2" in
"-m venv") {venv} ;;
esac
exit 0
"""
WITHOUT_VENV = """#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; esac
exit 0
"""


def made(folder: Path, python: str) -> str:
    """Begin a fresh clone with a `python3` of ours; what is said when it has failed."""
    shutil.copy(MAKEFILE, folder)
    for name in ("pyproject.toml", "uv.lock"):
        (folder / name).touch()
    program = folder / "bin" / "python3"
    program.parent.mkdir()
    program.write_text(python, encoding="utf-8")
    program.chmod(0o700)
    surroundings = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["make", ".venv/ready"],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode
    assert not (folder / ".runtime" / "tools").exists(), "half of it was left"
    return done.stdout


@pytest.mark.parametrize(
    "venv", [FULL, f'mkdir -p "$3/bin"; printf "#!/bin/sh\\n{FULL}\\n" > "$3/bin/pip"; chmod +x "$3/bin/pip"']
)
def test_a_full_disk_at_the_first_step_is_told_with_what_is_free(tmp_path: Path, venv: str) -> None:
    assert re.search(r"check .*the free space \([0-9]+ MB here\)", made(tmp_path, PYTHON.format(venv=venv)))


def test_a_python_without_venv_is_told_as_such(tmp_path: Path) -> None:
    assert "Python's venv is missing" in made(tmp_path, WITHOUT_VENV)
