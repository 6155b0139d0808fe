"""Whether a recording lies whole where its row says: only then is deleted what it was made of."""

import hashlib
from collections.abc import Awaitable, Callable

from recordings.adapters.vault.audio import VaultAudio
from recordings.adapters.vault.rows import KeyRows
from recordings.ports import NoAudio, StoreAway


def whole(rows: KeyRows, audio: VaultAudio) -> Callable[[str], Awaitable[bool]]:
    """Give who reads a call's recording from its store, to the last byte, and compares it with what was sealed."""

    async def rests(call: str) -> bool:
        digest = hashlib.sha512()
        try:
            resting = await rows.resting(call)
            async for piece in audio.of(resting, 0, resting.bytes):
                digest.update(piece)
        except (NoAudio, StoreAway, ValueError, TypeError, IndexError):  # the last: a row of no sense
            return False
        return digest.hexdigest() == resting.sha512

    return rests
