"""A new server in the place of the old one, while Asterisk and its calls go on: how new code comes into a centre."""

from __future__ import annotations

import time
from pathlib import Path

from server.runtime.processes import end
from server.runtime.serving import READY_LIMIT, STOP_LIMIT, Serving
from server.runtime.trouble import RuntimeTrouble
from server.runtime.watch import claim

LOOK_S = 0.1


def restart(serving: Serving, limit_s: float = READY_LIMIT) -> int:
    """End the server and wait until its watcher has started the next; its process id. Raises RuntimeTrouble.

    Callers hear music for those seconds, conversations notice nothing (ARCHITECTURE.md, "When something dies").
    """
    old = serving.pid()
    if old is None or not watched(serving.runtime):
        raise RuntimeTrouble(
            "No watched server of this installation is running: start it with `ventanilla run`."
        )
    end(old, STOP_LIMIT)
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        number = serving.pid()
        if number not in {None, old} and serving.ready():
            return int(number or 0)
        time.sleep(LOOK_S)
    raise RuntimeTrouble(
        f"The server was ended, and the next is not ready after {limit_s:.0f} s; "
        f"its watcher goes on trying. {serving.log} says what is wrong."
    )


def watched(runtime: Path) -> bool:
    """Whether a watcher holds this folder, and would start again what ends."""
    try:
        claim(runtime).close()
    except RuntimeTrouble:
        return True
    return False
