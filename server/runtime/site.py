"""What one installation wants of Asterisk, as plain values, and where its files are. No I/O."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from server.runtime.ports import Ports
from server.runtime.trouble import RuntimeTrouble

LOOPBACK = "127.0.0.1"
OUTSIDE = "outside"
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_NETWORK = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,2})?")
_CONTACT = re.compile(r"sip:[A-Za-z0-9_.-]+@[0-9.]+:[0-9]{2,5}")


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent's telephone, endpoint `agent-<name>`; a supervisor's is `supervisor-<name>` and calls `headset`.

    Of the role OUTSIDE it is the way to the agent's number at the carrier's, `outside-<name>`: rung, never registered.

    `browser` says which kind it is: a page (WebSocket, DTLS-SRTP) or a plain SIP telephone. `contact`
    (`sip:ana@10.0.0.7:5060`) is for a telephone that does not register; empty means it registers itself.
    """

    name: str
    browser: bool = True
    contact: str = ""
    role: str = "agent"

    @property
    def endpoint(self) -> str:
        """Name in pjsip.conf; its channels are `PJSIP/agent-<name>-…`."""
        return f"{self.role}-{self.name}"


@dataclass(frozen=True, slots=True)
class Site:
    """All that differs between two installations' Asterisk. Times are in seconds.

    The numbers are of `country` (ISO 3166), and may be dialled from abroad too; empty: as they stand only.

    A telephone that sends neither sound nor a report of its line (RTCP) for `silent_seconds` is gone.

    `trace` makes the log tell every step and prompt of every call, and with them the keys a caller pressed:
    for tests and for finding a fault, where nobody is real.
    """

    numbers: tuple[str, ...]
    country: str = ""
    ports: Ports = field(default_factory=Ports)
    agents: tuple[AgentLine, ...] = ()
    sip_address: str = "127.0.0.1"
    websocket_address: str = "127.0.0.1"
    trunk_matches: tuple[str, ...] = ("127.0.0.1",)
    lost_attempts: int = 5
    lost_pause: int = 4
    lost_reset: int = 60
    net_seconds: int = 60
    silent_seconds: int = 30
    trace: bool = False

    @property
    def addresses(self) -> dict[str, str]:
        """Where Asterisk listens: field of Ports → address. Its manager is for this machine only."""
        return {"sip": self.sip_address, "sip_websocket": self.websocket_address, "ami": LOOPBACK}

    def check(self) -> None:
        """Refuse values that no configuration file may hold, naming the value."""
        _all_match(_NUMBER, self.numbers, "number to be called")
        _all_match(_NAME, (line.name for line in self.agents), "agent's name")
        _all_match(_CONTACT, (line.contact for line in self.agents if line.contact), "agent's SIP address")
        _all_match(_ADDRESS, (self.sip_address, self.websocket_address), "SIP address to listen on")
        _all_match(_NETWORK, self.trunk_matches, "trunk's address")
        if not self.numbers:
            raise RuntimeTrouble("No number can be called: the institution lists none.")


@dataclass(frozen=True, slots=True)
class Places:
    """Where one installation keeps what; every path hangs from `runtime`."""

    runtime: Path

    @property
    def home(self) -> Path:
        """Asterisk's own world."""
        return self.runtime / "asterisk"

    @property
    def etc(self) -> Path:
        """Rendered configuration; private, it holds secrets."""
        return self.home / "etc"

    @property
    def logs(self) -> Path:
        """`full.log`, `security.log`, `console.log`, `cdr-custom/calls.csv` and `cel-custom/events.csv`."""
        return self.home / "log"

    @property
    def full_log(self) -> Path:
        """The log that shows what was played."""
        return self.logs / "full.log"

    @property
    def sounds(self) -> Path:
        """`<sounds>/<language>/vt/<key>.<format>`."""
        return self.runtime / "sounds"

    @property
    def callbacks(self) -> Path:
        """Spool of callback numbers that the last resort took."""
        return self.runtime / "spool" / "callbacks"


def _all_match(shape: re.Pattern[str], values: Iterable[str], what: str) -> None:
    for value in values:
        if not shape.fullmatch(value):
            raise RuntimeTrouble(f"{value!r} is not a valid {what}: correct it in the settings.")
