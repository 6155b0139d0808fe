"""What the rest of the recordings asks of the vault, and what the vault asks of the place where its files lie."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Aside(Protocol):
    """Where work on files is done, so that no call waits for it: a thread (asyncio.to_thread), or another process.

    For another process the work is a function of a module, and what it takes, gives and raises can be pickled.
    """

    async def __call__(self, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
        """Do it, and give what it gives. Raises what it raises, and OSError when it takes too long."""
        ...


class NoAudio(Exception):  # noqa: N818 - it is an answer, not an error
    """The bytes of a recording cannot be given.

    `reason`: unknown (no such recording), unsealed (the call goes on, or it waits to be sealed), gone (the file
    is not there), destroyed (its key was destroyed on purpose), locked (its key cannot be opened with the keys
    we have), damaged (what is there is not what was sealed), away (the store does not answer now).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Audio(Protocol):
    """The sealed plaintext bytes of a recording: a WAV file, or JSON lines of a conversation in writing."""

    async def length(self, call: str) -> int:
        """Say how many bytes there are. Raises NoAudio."""

    def read(self, call: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to and without `end` (None: to the last), in pieces.

        A `start` beyond the last byte yields nothing, and an `end` beyond it ends at it. Raises NoAudio; when
        that happens after some bytes, those were the right ones.
        """


class StoreAway(Exception):  # noqa: N818 - a state of the other side
    """The store does not take or give anything now: no space, no connection, no permission. `reason`: a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Store(Protocol):
    """Where encrypted files lie, by name (`2026/11/22/<call>.wav.tink`). Every method may raise StoreAway."""

    async def put(self, name: str, source: Path) -> None:
        """Keep the bytes of a file under a name, in the place of any before; durable when this returns.

        `source` may be moved away by it.
        """

    async def size(self, name: str) -> int:
        """Say how many bytes lie under a name. Raises NoAudio("gone")."""

    async def read(self, name: str, start: int, end: int) -> bytes:
        """Give the bytes from `start` up to and without `end`. Raises NoAudio("gone"), NoAudio("damaged")."""

    async def remove(self, name: str) -> None:
        """Remove what lies under a name; nothing when there is nothing."""
