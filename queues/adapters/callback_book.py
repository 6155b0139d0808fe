"""The open promises in memory, read from their table once, and again where the two may have come apart."""

from queues.adapters.callback_store import SqlCallbacks
from queues.callbacks import WITH_A_LEG, Callback


class Book:
    """Open promises by the call they were asked in. Whoever changes them holds the lock of `Callbacks`."""

    def __init__(self, store: SqlCallbacks) -> None:
        self.open: dict[str, Callback] = {}
        self._store = store
        self._read = False

    async def read(self) -> None:
        """Know what is open: what a server before us left, and what `doubt` was said of. Raises SQLAlchemyError."""
        if not self._read:
            for one in await self._store.open_ones():
                self.open.setdefault(one.asked.call, one)
            self._read = True

    def doubt(self, call: str) -> None:
        """Read this one again: somebody else moved it, or a write that was cut off got through after all."""
        self.open.pop(call, None)
        self._read = False

    def placed(self, placed: str) -> Callback | None:
        """Give the promise whose attempt under way is this call."""
        return next((one for one in self.open.values() if one.call == placed), None)

    def under_way(self) -> frozenset[str]:
        """Give the calls of attempts under way: `Callbacks` alone says when they are over."""
        return frozenset(one.call for one in self.open.values() if one.stage in WITH_A_LEG)

    def legs(self) -> frozenset[str]:
        """Give the agents' own legs of attempts under way."""
        return frozenset(one.leg for one in self.open.values() if one.stage in WITH_A_LEG)
