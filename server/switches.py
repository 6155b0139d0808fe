"""Switches that somebody turned: `ventanilla flows switch emergency on`, heard at once by the running server.

They stand in a small file of the runtime folder, so they outlive every restart, and closing the centre needs
neither a sound folder of flows nor a running server. The server looks at the file's time when it is asked, at
most every `LOOK_S`.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

LOOK_S = 0.5  # how old an answer may be; looking costs microseconds, calls come by the hundred
FILE = "switches.json"

log = logging.getLogger("ventanilla.flows")

_NONE: Mapping[str, bool] = MappingProxyType({})


class Switches:
    """The switches as they were turned; what nobody turned stands as the institution has it."""

    def __init__(self, runtime: Path, clock: Callable[[], float]) -> None:
        self._file = runtime / FILE
        self._clock = clock
        self._looked_at = float("-inf")
        self._stamp: tuple[int, int, int] | None = None
        self._turned = _NONE

    def __call__(self, name: str) -> bool | None:
        """Tell how somebody turned this switch, None if nobody did."""
        at = self._clock()
        if not 0 <= at - self._looked_at < LOOK_S:
            self._looked_at = at
            self._look()
        return self._turned.get(name)

    def _look(self) -> None:
        try:
            status = self._file.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            self._stamp, self._turned = None, _NONE
            return
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._turned = read(self._file.parent)
            except ValueError as unreadable:  # as it was: a centre is not reopened by a broken file
                log.error("switches stay as they were: %s", unreadable)


def read(runtime: Path) -> Mapping[str, bool]:
    """Read what was turned. ValueError when the file is none of ours."""
    try:
        turned = json.loads((runtime / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return _NONE
    if not isinstance(turned, dict) or not all(isinstance(on, bool) for on in turned.values()):
        raise ValueError(f"{FILE} is not a table of switches: remove it and turn them again")
    return MappingProxyType(turned)


def turn(runtime: Path, name: str, *, on: bool) -> None:
    """Turn a switch: the whole file beside, then in its place, so that no reader meets half of one."""
    turned = {**read(runtime), name: on}
    runtime.mkdir(parents=True, exist_ok=True)
    beside = runtime / f"{FILE}.{os.getpid()}"
    beside.write_text(json.dumps(turned, indent=1), "utf-8")
    beside.replace(runtime / FILE)
