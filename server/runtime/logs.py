"""Logs that do not fill the disk: the watcher looks now and then, and old ones go."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.runtime.asterisk import Asterisk

MOST = 50 * 1024 * 1024  # bytes of one file; a busy day without trace is a few
KEPT = 5  # rotated files of each log


@dataclass(frozen=True, slots=True)
class Logs:
    """The logs of one installation: Asterisk's own, and those that programs write to through what we opened."""

    asterisk: Asterisk
    ours: Sequence[Path]
    most: int = MOST
    kept: int = KEPT

    def look(self) -> None:
        """Rotate what has grown beyond `most` bytes. Raises OSError when the disk refuses."""
        places = self.asterisk.places
        theirs = (places.full_log, places.logs / "security.log")
        if any(self._has_grown(log) for log in theirs):
            self.asterisk.ask("logger rotate")
            for log in theirs:
                _forget_old(log, self.kept)
        for log in (*self.ours, places.logs / "console.log"):
            if self._has_grown(log):
                _start_anew(log)

    def _has_grown(self, log: Path) -> bool:
        return log.exists() and log.stat().st_size > self.most


def _forget_old(log: Path, kept: int) -> None:
    """Asterisk numbers rotated files from 0, the newest, and keeps all of them."""
    for old in log.parent.glob(f"{log.name}.*"):
        number = old.name.removeprefix(f"{log.name}.")
        if number.isdecimal() and int(number) >= kept:
            old.unlink()


def _start_anew(log: Path) -> None:
    """Keep one copy and empty the file under its writer, who appends; lines written just between are lost."""
    copy = log.with_name(f"{log.name}.0")
    shutil.copyfile(log, copy)
    copy.chmod(0o600)
    with log.open("r+b") as file:
        file.truncate()
