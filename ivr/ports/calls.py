"""What is kept of a call: its recording, and the snapshot that a restarted server takes up."""

from pathlib import Path
from typing import NamedTuple, Protocol

from dialplans.machine import Walk
from ivr.ports.floor import WishForm


class Recorder(Protocol):
    """Who answers for recordings: writes the row first, and says where the file goes."""

    async def begin(
        self, call: str, language: str, notice_key: str, notice_offset_ms: int, at: float
    ) -> Path | None:
        """Open the recording that begins now; None when it runs already or may not be made.

        `notice_offset_ms` is how long after the call was answered the notice began to be said.
        """
        ...

    async def ended(self, call: str, at: float, *, heard: bool = True) -> None:
        """Take note that the call is over and the file will not grow; not `heard`: over since some time."""
        ...


class Kept(NamedTuple):
    """What is kept of a call, so that a restarted server takes it up. `stage`: menus, waiting, called or dialled."""

    call: str
    stage: str
    walk: Walk
    caller: str | None
    page: str | None
    wish: WishForm | None
    recording: bool
    began_at: float
    at: float


class Calls(Protocol):
    """The snapshots of calls in progress. Nothing but `written` waits: writing is done behind, in groups."""

    def unfinished(self, call: str) -> Kept | None:
        """Give what was kept of a call that comes back."""
        ...

    def keep(self, kept: Kept) -> None:
        """Keep this in place of what was kept of the call before."""
        ...

    async def written(self) -> None:
        """Write what is pending now, for who may not go on before it is on disk. Raises SQLAlchemyError."""
        ...

    def finished(self, call: str) -> None:
        """Drop what is kept of a call: it will not come back."""
        ...

    def lost(self, call: str, at: float) -> None:
        """Drop what is kept of a call whose line is gone, unless it comes back within the minute."""
        ...
