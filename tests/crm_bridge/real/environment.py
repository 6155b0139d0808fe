"""A Python environment beside ours, for programs whose dependencies are not to be in our lock."""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
_HELD = set[Path]()
INSTALL_LIMIT_S = 600.0
"""A hundred packages on a slow line."""


def environment(folder: Path, name: str) -> Path:
    """Give the folder of programs of an environment with just the packages of `<name>.txt`, made if need be."""
    wanted, place = HERE / f"{name}.txt", folder / "python"
    mark = place / "installed"
    if mark.is_file() and mark.read_text(encoding="utf-8") == digest(wanted):
        return place / "bin"
    say(f"installing the Python packages of {name} …")
    uv = str(REPOSITORY / ".runtime/tools/bin/uv")
    for words in (
        ("venv", "--quiet", "--clear", "--python", sys.executable, str(place)),
        ("pip", "sync", "--quiet", "--require-hashes", "--python", str(place / "bin/python"), str(wanted)),
    ):
        subprocess.run([uv, *words], check=True, timeout=INSTALL_LIMIT_S)
    mark.write_text(digest(wanted), encoding="utf-8")
    return place / "bin"


def digest(*files: Path) -> str:
    """Give what tells whether files are still the same."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def say(words: str) -> None:
    """Say on the real standard error how far it is: pytest keeps what is printed, and this takes minutes once."""
    print(f"    {words}", file=sys.__stderr__, flush=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make a folder, and one part of it: a second would wait for ever."""
    if folder in _HELD:
        raise RuntimeError(f"this process has {folder.name} already: run the two apart")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _HELD.add(folder)
        try:
            yield
        finally:
            _HELD.discard(folder)
