"""What the sealing process does; nothing of it runs in the server's own process (sealing.py)."""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from recordings.adapters.evidence.development import stamped
from recordings.adapters.evidence.keys import Identity, Keys, Role, trusted
from recordings.evidence import jws, notes, stamps
from recordings.evidence.stamps import Stamp


@dataclass(slots=True)
class Bench:
    """The keys of this process, read once for each private key file that signs."""

    keys: Keys
    known: dict[Path, Identity] = field(default_factory=dict)

    def identity(self, role: Role) -> Identity:
        """Give the key that signs in a role now. Raises NoKey."""
        file = self.keys.signing(role)
        if file not in self.known:
            self.known[file] = self.keys.identity(role)
        return self.known[file]


_bench: list[Bench] = []


def begin(folder: Path, origin: str, owner: str) -> None:
    """Make what keys are missing, and die when the server does: its end of the pipe would not tell us."""
    os.umask(0o077)
    os.nice(5)  # calls go first
    keys = Keys(folder, origin, owner)
    keys.prepare(time.time())
    _bench.append(Bench(keys))
    threading.Thread(target=_die_with_the_server, name="the server's end", daemon=True).start()


def _die_with_the_server() -> None:
    server = parent_process()
    if server is not None:
        server.join()
    os._exit(0)


def vcon(composed: Mapping[str, Any]) -> tuple[bytes, str]:
    """Sign a vCon."""
    seal = _bench[0].identity(Role.SEAL)
    return jws.sign(composed, seal.private, seal.chain), jws.thumbprint(seal.chain[0])


def head(text: str) -> str:
    """Sign a checkpoint's text."""
    return notes.sign(text, *_bench[0].keys.log())


def stamp(request: bytes) -> bytes:
    """Answer for the authority for development."""
    return stamped(request, _bench[0].identity(Role.AUTHORITY), time.time())


def checked(reply: bytes, content: bytes) -> Stamp:
    """Check an authority's answer. Raises BadStamp."""
    return stamps.check(reply, content, trusted(_bench[0].keys.trust_folder).stamp_roots)
