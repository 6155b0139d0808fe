"""Destroys recordings, one by one: the key, the files, the signed vCon. What sticks is named, and keeps up no other."""

import logging
from collections.abc import Callable
from pathlib import Path

from recordings.adapters.vault.keeping_rows import NO_SENSE, KeepingRows
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.stores import Stores
from recordings.adapters.vault.telling import Telling
from recordings.facts import Fact, OrphanDestroyed, RecordingDestroyed
from recordings.naming import STORED, call_of, is_of_the_vault
from recordings.ports import NoAudio, StoreAway
from recordings.retention import Step

log = logging.getLogger("ventanilla.recordings")


class Destroying:
    """Destroys; for one run at a time. An object store that does not answer once is not asked again in it."""

    def __init__(
        self,
        rows: KeepingRows,
        keys: KeyRows,
        stores: Stores,
        publish: Callable[[Fact], None],
        telling: Telling,
    ) -> None:
        self._rows, self._keys, self._stores = rows, keys, stores
        self._publish, self._telling = publish, telling
        self._away = ""

    def begin(self) -> None:
        """Begin a run: ask the store again."""
        self._away = ""

    async def destroy(self, step: Step, moment: float, at: float) -> None:
        """Destroy the key, and then the files; a hold that was placed since the plan was made keeps them.

        moment: what time it is at most, by the stamps; at: by the clock, for the rows.
        """
        if not await self._keys.shred(step.call, moment):
            return
        if await self.finish(step.call, at):
            self._publish(RecordingDestroyed(step.call, step.act, at))

    async def finish(self, call: str, at: float) -> bool:
        """Remove what is left of a recording whose key is destroyed, and write it down; False when something stays.

        Then it is told, and the next night tries again.
        """
        gone = await self.remove(call, at)
        if gone:
            await self._rows.destroyed(call, at)
        return gone

    async def is_left(self, call: str) -> bool:
        """Whether there is any file of a recording where its row has it."""
        try:
            paths = await self._rows.paths(call)
        except (*NO_SENSE, NoAudio):
            return False
        return any([await self._is_there(path) for path in sorted(paths)])

    async def remove(self, call: str, at: float) -> bool:
        """Remove the files of a recording, in quarantine too; what stays is told."""
        try:
            paths = await self._rows.paths(call)
        except (*NO_SENSE, NoAudio):
            self._telling.stuck(call, None, "its row has no sense, so nobody can say where its files are", at)
            return False
        stays = [why for path in sorted(paths) if (why := await self._removed(path)) is not None]
        for path in await self._rows.quarantined_of(call):
            stays += [] if await self.stray(path, at, of=call) else ["a file of it in quarantine stays"]
        if stays:
            self._telling.stuck(call, None, stays[0], at)
        return not stays

    async def stray(self, path: str, at: float, of: str | None = None) -> bool:
        """Destroy a file in quarantine; `of`: whose it must be. False when it stays, and then it is told."""
        if not is_of_the_vault(Path(path)) or (of is not None and call_of(Path(path)) != of):
            why: str | None = "it is no file of the vault's rooms, or another's"
        else:
            why = await self._removed(Path(path))
        if why is not None:
            log.error("what a row calls a file of no recording is left (%s): %r", why, path[:80])
            self._telling.stuck(None, ascii(path[:200]), why, at)
            return False
        await self._rows.forget_quarantined(path)
        self._publish(OrphanDestroyed(path, at))
        return True

    async def _is_there(self, path: Path) -> bool:
        if path.parts[:1] == (STORED,) and self._away:
            return False
        try:
            store, name = self._stores.of(path)
            await store.size(name)
        except (NoAudio, StoreAway, *NO_SENSE):
            return False
        return True

    async def _removed(self, path: Path) -> str | None:
        """Remove a file, and say why it stays; None when it is gone."""
        stored = path.parts[:1] == (STORED,)
        if stored and self._away:
            return f"the store does not answer ({self._away})"
        try:
            store, name = self._stores.of(path)
            await store.remove(name)
        except NoAudio as fault:
            return "it lies in a store, and none is set" if fault.reason == "away" else "it leads elsewhere"
        except StoreAway as fault:
            self._away = fault.reason if stored else self._away
            return f"a file of it cannot be removed ({fault.reason})"
        except NO_SENSE:
            return "its name has no sense"
        return None
