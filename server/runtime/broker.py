"""One Mosquitto of ours: loopback only, two users, what it keeps in the runtime folder.

`server` may do everything below `ventanilla/`; `reader` (wallboards, a foreign CRM) may only read there, and not the
citizens' cards. It runs in its own session like Asterisk, so that a new run finds it and uses it.
"""

import base64
import hashlib
import os
import secrets
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from server.runtime.credentials import Secrets, write_private
from server.runtime.ports import Ports, check_free
from server.runtime.processes import end, read_pid
from server.runtime.trouble import RuntimeTrouble

READY_LIMIT = 15  # seconds; it needs a tenth of one
STOP_LIMIT = 5  # seconds to write its state before it is killed
ITERATIONS = 20_000  # of PBKDF2-SHA512; the passwords are 192 random bits, so this costs guessers enough
SERVER_USER, READER_USER = "server", "reader"
TOPICS = "ventanilla/#"
LARGEST_MESSAGE = 262_144  # bytes; a board of 200 agents is 40 kB

_CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence true
persistence_location {folder}/state/
autosave_interval 60
pid_file {folder}/mosquitto.pid
log_dest file {folder}/mosquitto.log
log_type error
log_type warning
log_type notice
log_timestamp_format %Y-%m-%dT%H:%M:%S
connection_messages false
max_packet_size {largest}
max_queued_messages 10000
{user}"""
_ACCESS = f"""\
user {SERVER_USER}
topic readwrite {TOPICS}

user {READER_USER}
topic deny ventanilla/+/agents/+/card
topic read {TOPICS}
"""


@dataclass(frozen=True, slots=True)
class Broker:
    """An installation's Mosquitto, started with `command` and living in `<runtime>/broker`."""

    command: tuple[str, ...]
    runtime: Path
    ports: Ports
    name: str = "the MQTT broker"

    @property
    def folder(self) -> Path:
        """Configuration, passwords, state and log; private."""
        return self.runtime / "broker"

    @property
    def configuration(self) -> Path:
        """Its one configuration file, also what tells its process from others."""
        return self.folder / "mosquitto.conf"

    def render(self, keys: Secrets) -> None:
        """Write configuration, passwords (hashed) and access rules."""
        (self.folder / "state").mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        # As root it would become the user "mosquitto", which an unpacked package never made.
        user = "user root\n" if os.geteuid() == 0 else ""
        values = {"port": self.ports.mqtt, "folder": self.folder, "largest": LARGEST_MESSAGE, "user": user}
        write_private(self.configuration, _CONFIGURATION.format(**values))
        write_private(self.folder / "acl", _ACCESS)
        users = ((SERVER_USER, keys.mqtt_server), (READER_USER, keys.mqtt_reader))
        write_private(self.folder / "passwords", "".join(password_line(*user) for user in users))

    def start(self) -> "subprocess.Popen[bytes] | None":
        """Start it unless it runs already (then None)."""
        if self.pid() is not None:
            return None
        check_free(self.ports, ("mqtt",))
        with (self.folder / "console.log").open("ab") as console:
            return subprocess.Popen(
                [*self.command, "-c", str(self.configuration)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                umask=0o077,
            )

    def wait_ready(self, limit: float = READY_LIMIT) -> None:
        """Return when it takes connections; raises RuntimeTrouble with its last words."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if self.alive():
                return
            time.sleep(0.05)
        raise RuntimeTrouble(f"Mosquitto was not ready after {limit:.0f} s: {self._last_words()}")

    def alive(self) -> bool:
        """Whether our own process runs and its port answers."""
        if self.pid() is None:
            return False
        try:
            socket.create_connection(("127.0.0.1", self.ports.mqtt), timeout=2).close()
        except OSError:
            return False
        return True

    def pid(self) -> int | None:
        """Process id of the running one."""
        return read_pid(self.folder / "mosquitto.pid", self.configuration)

    def heard(self) -> bool:
        """Never: nobody waits for it, what it cannot take is kept in the table of facts."""
        return False

    def starting(self) -> bool:
        """No: it is never heard, so nothing follows from its silence."""
        return False

    def stop(self) -> None:
        """End it; what is retained is written first."""
        if (number := self.pid()) is not None:
            end(number, STOP_LIMIT)

    def _last_words(self) -> str:
        files = (self.folder / "mosquitto.log", self.folder / "console.log")
        lines = [
            line for file in files if file.exists() for line in file.read_text(errors="replace").splitlines()
        ]
        return " / ".join(lines[-3:]) or "it said nothing"


def password_line(user: str, password: str) -> str:
    """One line of Mosquitto's password file, hashed here: `mosquitto_passwd` would show it in the process list."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, 64)
    salt64, digest64 = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{user}:$7${ITERATIONS}${salt64}${digest64}\n"
