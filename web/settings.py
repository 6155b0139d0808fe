"""What the web must be told by the house."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SESSION_SECONDS = 10 * 3600.0  # the longest shift with its overtime; then everyone proves again who they are
IDLE_SECONDS = 45 * 60.0  # a desk left alone over a break is closed; a call keeps it open
WRITERS_PER_ADDRESS = 20  # an association of deaf people behind one address; more at once are an attack


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`origins`: where browsers find these pages (`http://127.0.0.1:8080`); no other may write or listen.

    `writers_per_address`: conversations in writing at once; behind a proxy all come from one address.
    `telephone_sockets`: for each host of these (`127.0.0.1:8080`) where its pages find Asterisk's WebSocket
    (`ws://127.0.0.1:8088/ws`), the only foreign place they may connect to.
    `metrics_token`: who sends it may read /metrics; empty: only this machine may.
    """

    origins: tuple[str, ...]
    telephone_sockets: Mapping[str, str] = field(default_factory=dict)
    demonstration: bool = False
    session_seconds: float = SESSION_SECONDS
    idle_seconds: float = IDLE_SECONDS
    writers_per_address: int = WRITERS_PER_ADDRESS
    metrics_token: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Cookies are for https only when every way in is https."""
        return bool(self.origins) and all(origin.startswith("https://") for origin in self.origins)

    @property
    def cookie(self) -> str:
        """Name the session's cookie; with `__Host-` browsers refuse one planted by a sister host."""
        return "__Host-ventanilla" if self.secure else "ventanilla"
