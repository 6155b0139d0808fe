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
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import Foreign, on_the_last_core, process_cpu, process_memory
from benchmarks.script import ANSWERS, PEER_SCRIPT, greeting, our_greeting

START_S = 30.0
"""Most time for a server to listen; the whole server makes its database first, which takes four seconds alone."""
LOAD_S = 60.0
"""Most time for one load; the client has shorter limits of its own."""
SATURATE_S = 8.0
"""Most time for one saturating run."""
THINK_US = 100
"""What Asterisk 22 itself takes for one AGI command: 103 to 114 microseconds for NOOP, GET and SET VARIABLE."""
STOP_S = 5.0
SINK = "sink"
"""The server that is no peer: see `benchmarks.servers.sink`."""
CENTRE = "the centre"
"""The whole server: see `benchmarks.centre`."""
CALL = "ventanilla-1763791200.1"


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
        return self.name.startswith("ours") or self.name == CENTRE

    def saturate(self, program: Path | None, concurrent: int, sessions: int) -> dict[str, Any]:
        """Keep `concurrent` sessions going with the program of `saturating_load`, or with the Python load."""
        if program is None:
            return self.load(mode="saturate", concurrent=concurrent, sessions=sessions, seconds=SATURATE_S)
        with TemporaryDirectory() as folder:
            greetings, answers = Path(folder, "greetings"), Path(folder, "answers")
            greetings.write_bytes(
                _greetings(sessions) if self.ours else b"".join(greeting(CALL, PEER_SCRIPT))
            )
            answers.write_bytes(b"".join(ANSWERS))
            words = [str(word) for word in (self.port, concurrent, sessions, SATURATE_S, THINK_US)]
            words += [str(greetings), str(answers)]
            return _measure(self, [str(program), *words])

    def load(self, **wish: object) -> dict[str, Any]:
        """Put a load on it. Adds `cpu` (seconds of the server), `foreign` (share of the machine), `memory_up`."""
        whole = {"port": self.port, "ours": self.ours, **wish}
        return _measure(self, [sys.executable, "-m", "benchmarks.client", json.dumps(whole)])


def _greetings(sessions: int) -> bytes:
    """Give a greeting with a valid token for each session, and some more: calls have ids of their own."""
    calls = (f"ventanilla-1763791200.{number}" for number in range(sessions))
    return b"".join(b"".join(our_greeting(call)) for call in calls)


def saturating_load() -> Path | None:
    """Compile the load that one core of Python cannot be; None where there is no C compiler."""
    source = Path(__file__).with_name("saturate.c")
    program = Path(".runtime/bench/saturate")
    program.parent.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["cc", "-O2", "-o", str(program), str(source)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return program.resolve()


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
        if name != SINK:
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


@contextmanager
def bad_peer(server: Server, kind: str) -> Iterator[None]:
    """Have one kind of bad peer at work on a server."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bad_peers", str(server.port), kind], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.communicate()


def _measure(server: Server, command: list[str]) -> dict[str, Any]:
    foreign = Foreign()
    foreign.start()
    children = _children_cpu()
    cpu = process_cpu(server.process.pid)
    client = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=on_the_last_core,  # noqa: PLW1509  (this process has one thread)
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
