"""One server and one load at a time, as processes of ours: started, measured, ended by their process id."""

import json
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.machine import Foreign, process_cpu, process_memory

START_S = 15.0
"""Most time for a server to listen."""
LOAD_S = 60.0
"""Most time for one load; the client has shorter limits of its own."""
STOP_S = 5.0


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return process_memory(self.process.pid)

    @property
    def ours(self) -> bool:
        """Whether it asks for a token."""
        return self.name.startswith("ours")

    def load(self, **wish: object) -> dict[str, Any]:
        """Put a load on it. Adds `cpu` (seconds of the server), `foreign` (share of the machine), `memory_up`."""
        return _measure(self, {"port": self.port, "ours": self.ours, **wish})


@contextmanager
def running(name: str, way: str = "deep") -> Iterator[Server]:
    """Run a server; `way` is `deep` (backlog of thousands for everybody) or `as-shipped`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.servers", name, str(port), way], stderr=subprocess.DEVNULL
    )
    try:
        _wait_listening(port, process)
        server = Server(name, port, process)
        server.load(mode="saturate", concurrent=4, sessions=40, seconds=5)  # pages in what runs once
        yield server
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Read the kernel's table instead of connecting: a connection that leaves again hangs one of the peers."""
    wanted = f":{port:04X} "
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with open("/proc/net/tcp") as table:  # noqa: PTH123  (a table of the kernel, not a file of ours)
            if any(line.split()[1].endswith(wanted.strip()) and line.split()[3] == "0A" for line in table):
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server on port {port} did not start")


def _measure(server: Server, wish: dict[str, object]) -> dict[str, Any]:
    foreign = Foreign()
    foreign.start()
    children = _children_cpu()
    cpu = process_cpu(server.process.pid)
    client = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.client", json.dumps(wish)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdin is not None
    assert client.stdout is not None
    memory = 0
    line = client.stdout.readline()
    if line.strip() == "up":
        memory = server.memory
        client.stdin.write("go\n")
        client.stdin.flush()
        line = client.stdout.readline()
    used = process_cpu(server.process.pid) - cpu
    memory_end = server.memory
    client.wait(LOAD_S)
    own = used + _children_cpu() - children
    if not line:
        raise RuntimeError(f"the load on {server.name} ended without a result")
    seen: dict[str, Any] = json.loads(line)
    return seen | {
        "cpu": used,
        "foreign": foreign.share(own),
        "memory_up": memory,
        "memory_peak": max(memory, memory_end),
    }


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
