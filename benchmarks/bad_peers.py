"""A peer that misbehaves: `python -m benchmarks.bad_peers PORT KIND`, until it is told to end.

A process of its own on the load's core and behind the load in priority, so that what it costs itself is not taken for
a delay of the server's.
"""

import collections
import contextlib
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from benchmarks.script import our_greeting
from ivr.adapters.descriptors import allow_open_files

CONNECT_S: Final = 2.0
GOES: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of nothing: closing sends a reset."""
SILENT: Final = 1000
ROUND_S: Final = 0.02
"""Between two acts: fifty a second."""

Sockets = collections.deque[socket.socket]


@dataclass
class Peers:
    """The connections a bad peer has open on one port."""

    port: int
    calls: Iterator[str] = field(default_factory=lambda: map("ventanilla-1763791200.{}".format, count(1)))
    """Ids that the load does not use, each once."""
    kept: Sockets = field(default_factory=collections.deque)

    def connected(self, *pieces: bytes) -> socket.socket:
        """Open one more and say something on it."""
        sock = socket.create_connection(("127.0.0.1", self.port), CONNECT_S)
        sock.setblocking(False)
        for piece in pieces:
            sock.send(piece)
        self.kept.append(sock)
        return sock

    def keep(self, most: int) -> None:
        """Close the oldest ones beyond so many."""
        while len(self.kept) > most:
            self.kept.popleft().close()


def connect_and_close(peers: Peers) -> None:
    """A port scan, or a health check."""
    peers.connected()
    peers.keep(0)


def half_greeting(peers: Peers) -> None:
    """Half of what must be said, and then nothing."""
    peers.connected(*our_greeting(next(peers.calls))[:12])
    peers.keep(100)


def silent(peers: Peers) -> None:
    """A thousand that say nothing: whoever is dropped comes again."""
    for _ in range(len(peers.kept)):
        sock = peers.kept.popleft()
        if _was_dropped(sock):
            sock.close()
        else:
            peers.kept.append(sock)
    while len(peers.kept) < SILENT:
        peers.connected()


def flood(peers: Peers) -> None:
    """200 kB of one line."""
    peers.connected(b"agi_network: yes\nagi_calleridname: " + b"x" * 200_000)
    peers.keep(20)


def duplicate_keys(peers: Peers) -> None:
    """A whole greeting with one line twice."""
    lines = our_greeting(next(peers.calls))
    peers.connected(b"".join([*lines[:-1], lines[6], lines[-1]]))
    peers.keep(20)


def reset(peers: Peers) -> None:
    """A true call whose line is torn off in the middle."""
    sock = peers.connected(b"".join(our_greeting(next(peers.calls))))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, GOES)
    peers.keep(1)


KINDS: Final[dict[str, Callable[[Peers], None]]] = {
    "connect and close": connect_and_close,
    "half greeting": half_greeting,
    "1,000 silent": silent,
    "200 kB": flood,
    "duplicate keys": duplicate_keys,
    "reset in the middle": reset,
}


def _was_dropped(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def main() -> None:
    """Misbehave for ever; the first act is done before the word `ready` is said."""
    port, kind = sys.argv[1:]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    allow_open_files(4096)
    peers, act = Peers(int(port)), KINDS[kind]
    act(peers)
    print("ready", flush=True)
    while True:
        with contextlib.suppress(OSError):
            act(peers)
        time.sleep(ROUND_S)


if __name__ == "__main__":
    main()
