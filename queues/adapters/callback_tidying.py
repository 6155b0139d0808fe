"""Agents' own legs that nobody let go: looked for as long as there are any, for an end may not have been heard."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from queues.adapters.callback_ports import Summoning

# Asterisk is asked for all its channels: no oftener than the reconciler does.
EVERY_S = 5.0


class Tidying:
    """Looks every so often from the first ring of an agent on, until no leg is there any more."""

    def __init__(self) -> None:
        self._may_be_there = True  # a lost server may have left some
        self._looked_at = 0.0

    def rung(self) -> None:
        """Take note that an agent is about to be rung."""
        self._may_be_there = True

    async def look(self, summoning: Summoning, under_way: Callable[[], AbstractSet[str]], at: float) -> None:
        """Let those go that have neither a citizen nor an attempt under way (`at`: unix seconds)."""
        if self._may_be_there and at >= self._looked_at + EVERY_S:
            self._looked_at, self._may_be_there = at, False
            none_left = await summoning.tidy(under_way)
            if under_way() or not none_left:  # one under way may ring a moment later
                self._may_be_there = True
