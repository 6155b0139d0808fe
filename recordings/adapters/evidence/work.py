"""What the sealing process does; nothing of it runs in the server's own process (sealing.py)."""

import os
import threading
import time
from collections.abc import Mapping
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.keys import Keys, Role, stamp_roots
from recordings.evidence import jws, notes, stamps
from recordings.evidence.stamps import Stamp

NICE = 10
"""Calls go first: on a busy processor they have ten times our share."""
_keys: list[Keys] = []


def begin(folder: Path, origin: str, owner: str) -> None:
    """Make what keys are missing, and die when the server does: its end of the pipe would not tell us."""
    os.umask(0o077)
    os.nice(NICE)
    keys = Keys(folder, origin, owner)
    keys.prepare(time.time())
    _keys.append(keys)
    threading.Thread(target=_die_with_the_server, name="the server's end", daemon=True).start()


def _die_with_the_server() -> None:
    server = parent_process()
    if server is not None:
        server.join()
    os._exit(0)


def vcon(composed: Mapping[str, Any]) -> tuple[bytes, str]:
    """Sign a vCon."""
    seal = _keys[0].identity(Role.SEAL)
    return jws.sign(composed, seal.private, seal.chain), jws.thumbprint(seal.chain[0])


def head(text: str) -> str:
    """Sign a checkpoint's text."""
    return notes.sign(text, *_keys[0].log())


def stamp(request: bytes) -> bytes:
    """Answer for the authority for development."""
    return stamped(request, _keys[0].identity(Role.AUTHORITY), time.time())


def checked(reply: bytes, content: bytes) -> Stamp:
    """Check an authority's answer. Raises BadStamp."""
    return stamps.check(reply, content, stamp_roots(_keys[0].trust_folder))
