"""The ports of one installation, and whether they are free."""

import errno
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, fields

from server.runtime.trouble import RuntimeTrouble

LAST_PORT = 65535
RTP_PER_CALL = 2  # one even port for RTP, the odd one above it for RTCP


@dataclass(frozen=True, slots=True)
class Ports:
    """One number per socket, on loopback unless the site says otherwise.

    `sip` and the RTP range follow `Site.sip_address`; `web` and `sip_websocket` follow the pages' address.
    """

    sip: int = 5060
    sip_websocket: int = 8088
    ami: int = 5038
    agi: int = 4573
    mqtt: int = 1883
    web: int = 8080
    rtp_start: int = 10000
    rtp_end: int = 19999

    def __post_init__(self) -> None:
        """Refuse what is no port, by name."""
        for field in fields(self):
            if not 0 < getattr(self, field.name) <= LAST_PORT:
                raise ValueError(f"{field.name} is a port: 1 to {LAST_PORT}")


def check_free(ports: Ports, names: tuple[str, ...], address: str = "127.0.0.1") -> None:
    """Say which settings to change when other programs hold ports we need; `names` are fields of Ports."""
    check_all_free(ports, dict.fromkeys(names, address))


def check_all_free(ports: Ports, addresses: Mapping[str, str]) -> None:
    """Do so for ports on several addresses at once: field of Ports → address. All that are held are named."""
    held = [name for name, address in addresses.items() if not _is_free(ports, name, address)]
    if not held:
        return
    named = " and ".join(f"port {getattr(ports, name)} ({name})" for name in held)
    them, free = ("that program", "a free port") if len(held) == 1 else ("them", "free ports")
    remedy = " and ".join(f"VENTANILLA_PORTS__{name.upper()}" for name in held)
    who = "is used by another program" if len(held) == 1 else "are used by other programs"
    raise RuntimeTrouble(f"{named[0].upper()}{named[1:]} {who}: stop {them} or set {remedy} to {free}.")


def _is_free(ports: Ports, name: str, address: str) -> bool:
    return is_free(getattr(ports, name), socket.SOCK_DGRAM if name == "sip" else socket.SOCK_STREAM, address)


def is_free(port: int, kind: int = socket.SOCK_STREAM, address: str = "127.0.0.1") -> bool:
    """Try to bind; a TCP port in TIME_WAIT counts as free, as it does for the programs we start."""
    with socket.socket(socket.AF_INET, kind) as trial:
        if kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
        except OSError:
            return False
    return True


def is_ours(address: str) -> bool:
    """Say whether programs of this machine can listen on an IPv4 address; any free port is tried."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        try:
            trial.bind((address, 0))
        except OSError as refused:
            return refused.errno != errno.EADDRNOTAVAIL
    return True


def free_ports(rtp_calls: int = 50) -> Ports:
    """Choose ports nobody holds now, for tests and for a second installation on one machine."""
    names = [field.name for field in fields(Ports) if not field.name.startswith("rtp_")]
    with ExitStack() as held:
        numbers = dict(zip(names, (_hold(held) for _ in names), strict=True))
        start = _hold(held) // 4 * 4 - 4 * rtp_calls * RTP_PER_CALL
    return Ports(**numbers, rtp_start=start, rtp_end=start + 4 * rtp_calls * RTP_PER_CALL - 1)


def _hold(held: ExitStack) -> int:
    """Keep both kinds of one port open until all are chosen, so that no two are the same."""
    for kind, trial in _trials():
        held.enter_context(kind)
        held.enter_context(trial)
        return int(trial.getsockname()[1])
    raise RuntimeTrouble("This machine has no free ports left: stop some programs and try again.")


def _trials() -> Iterator[tuple[socket.socket, socket.socket]]:
    for _ in range(100):
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        stream.bind(("127.0.0.1", 0))
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            datagram.bind(("127.0.0.1", stream.getsockname()[1]))
        except OSError:
            stream.close()
            datagram.close()
            continue
        yield stream, datagram
