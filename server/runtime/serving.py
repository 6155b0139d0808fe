"""Our own server as a child: started from an argument list, known again by process id and start time."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.runtime.beats import VARIABLE, Ear
from server.runtime.credentials import write_private
from server.runtime.ports import is_free
from server.runtime.processes import end, lives, start_time
from server.runtime.trouble import RuntimeTrouble

READY_LIMIT = 60  # seconds; it loads flows and prompts and migrates the database, on a slow disk too
STOP_LIMIT = 10  # seconds to let go of its callers, who then hear music


@dataclass(frozen=True, slots=True)
class Serving:
    """`argv` is the server's command; it is ready when all `ready_ports` on loopback take connections.

    What it prints goes to `log`. When a watcher was killed, its server goes on serving; the next watcher ends
    that one and starts its own, and the dialplan brings the callers over.
    """

    argv: tuple[str, ...]
    runtime: Path
    log: Path
    ready_ports: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = "the server"
    ear: Ear = field(default_factory=Ear, compare=False, repr=False)

    @property
    def _file(self) -> Path:
        return self.runtime / "server.pid"

    def start(self) -> "subprocess.Popen[bytes]":
        """End a server that an earlier watcher left, then start ours."""
        self.stop()
        self._demand_free_ports()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        beats = self.ear.open()
        try:
            process = self._begun(beats)
        finally:
            os.close(beats)
        write_private(self._file, json.dumps([process.pid, start_time(process.pid)]))
        return process

    def _begun(self, beats: int) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                list(self.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(beats,),
                env={**os.environ, **self.environment, VARIABLE: str(beats)},
            )

    def _demand_free_ports(self) -> None:
        taken = [port for port in self.ready_ports if not is_free(port)]
        if taken:
            raise RuntimeTrouble(
                f"Port {taken[0]} is used by another program: "
                "stop that program or choose another number under [ports] in ventanilla.toml."
            )

    def wait_ready(self, limit: float = READY_LIMIT) -> None:
        """Return when its ports answer; raises RuntimeTrouble with its last words when it ends or stays mute."""
        deadline = time.monotonic() + limit
        while not self.ready():
            if self.pid() is None:
                raise RuntimeTrouble(f"The server ended while starting; its last words: {self._last_words()}")
            if time.monotonic() > deadline:
                raise RuntimeTrouble(f"The server was not ready after {limit:.0f} s; see {self.log}.")
            time.sleep(0.05)

    def ready(self) -> bool:
        """Whether all its ports answer."""
        return all(map(_answers, self.ready_ports))

    def pid(self) -> int | None:
        """Process id of the running one, if it is the very process that was started."""
        try:
            number, begun = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return None
        return number if lives(number) and start_time(number) == begun else None

    def heard(self) -> bool:
        """Whether its event loop turned since this was last asked; never before it serves."""
        return self.ear.heard()

    def starting(self) -> bool:
        """Whether it does not serve yet; one that does and is never heard is older than the beats."""
        return not self.ready()

    def stop(self) -> None:
        """End it, politely first; it is listened to as long, so that it does not take us for dead."""
        if (number := self.pid()) is not None:
            end(number, STOP_LIMIT)
        self.ear.close()

    def _last_words(self) -> str:
        """Give what it said last, but for what it only warned of: nothing ends for that."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return " / ".join([line for line in lines if line and " WARNING " not in line][-3:]) or "none"


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
