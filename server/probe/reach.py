"""Plain sockets around the telephone: is the server there at all, and which port is free for us."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

REACH_LIMIT_SECONDS = 1.0  # a closed port says so at once; a silent one is not asked longer
LARGEST_REPLY = 65535  # a UDP datagram
PORTS_TRIED = 50
LOOPBACK = "127.0.0.1"  # baresip never finds it by itself

_OPTIONS = (
    "OPTIONS sip:{there} SIP/2.0\r\nVia: SIP/2.0/UDP {here};rport;branch=z9hG4bK{branch}\r\n"
    "Max-Forwards: 1\r\n"
    "From: <sip:probe@{here}>;tag=probe\r\nTo: <sip:{there}>\r\nCall-ID: {here}\r\nCSeq: 1 OPTIONS\r\n"
    "Contact: <sip:probe@{here}>\r\nContent-Length: 0\r\n\r\n"
)


def free_port() -> int:
    """Find a port that is free now for UDP and TCP, and the next one too: the stack takes that for TLS."""
    for _ in range(PORTS_TRIED):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first:
            first.bind((LOOPBACK, 0))
            port = int(first.getsockname()[1])
        if all(
            _is_free(kind, p) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM) for p in (port, port + 1)
        ):
            return port
    raise OSError("no two neighbouring ports are free for a telephone")


def _is_free(kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as ours, suppress(OSError, OverflowError):
        if kind is socket.SOCK_STREAM:  # a port that only rests (TIME_WAIT) is free to listen on
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind((LOOPBACK, port))
        return True
    return False


async def reach(host: str, port: int) -> bool:
    """Give False when nothing listens on the UDP port, as far as OPTIONS (RFC 3261 §11) can tell."""
    try:
        return await asyncio.to_thread(_reach, host, port)
    except OSError:
        return False


def _reach(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.settimeout(REACH_LIMIT_SECONDS)
        ours.connect((host, port))
        here, there = f"{ours.getsockname()[0]}:{ours.getsockname()[1]}", f"{host}:{port}"
        ours.send(_OPTIONS.format(here=here, there=there, branch=here.replace(":", "")).encode())
        with suppress(TimeoutError):
            ours.recv(LARGEST_REPLY)
        return True
