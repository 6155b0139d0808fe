"""Agents' own legs that nobody let go: looked for as long as there are any, for an end may not have been heard."""

from queues import awaiting
from queues.adapters.callback_book import Book
from queues.adapters.callback_ports import Summoning
from queues.adapters.floor import Floor
from queues.callbacks import call_of_leg
from queues.reconcile import Channel

# Asterisk is asked for all its channels: no oftener than the reconciler does.
EVERY_S = 5.0


class Tidying:
    """Looks every so often from the first ring of an agent on, until no leg is there any more."""

    def __init__(self, floor: Floor, book: Book) -> None:
        self._floor, self._book = floor, book
        self._may_be_there = True  # a lost server may have left some
        self._looked_at = 0.0

    def rung(self) -> None:
        """Take note that an agent is about to be rung."""
        self._may_be_there = True

    async def look(self, summoning: Summoning) -> None:
        """Let those go that have no reason to be there."""
        at = self._floor.now()
        if self._may_be_there and at >= self._looked_at + EVERY_S:
            self._looked_at, self._may_be_there = at, False
            none_left = await summoning.tidy(self._stays)
            if self._book.legs() or not none_left:  # one under way may ring a moment later
                self._may_be_there = True

    def _stays(self, leg: Channel, citizen: bool) -> bool:  # noqa: FBT001 - as the port names it
        """Without a citizen as long as its attempt is under way; waiting for one as long as the floor has its agent so.

        It waits on for nobody when its caller could not be led to it (AMI was silent), and went back into line.
        """
        if not citizen:
            return leg.call in self._book.legs()
        waits = leg.waits or leg.alone
        return not waits or awaiting.expected(self._floor.hall, leg.agent or "", call_of_leg(leg.call))
