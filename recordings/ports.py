"""What the rest of the recordings asks of the vault: a sealed recording's bytes, whatever they rest in."""

from collections.abc import AsyncIterator
from typing import Protocol


class NoAudio(Exception):  # noqa: N818 - it is an answer, not an error
    """The bytes of a recording cannot be given.

    `reason`: unknown (no such recording), unsealed (the call goes on, or it waits to be sealed), gone (the file
    is not there), destroyed (its key was destroyed on purpose), locked (its key cannot be opened with the keys
    we have), damaged (what is there is not what was sealed).
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
