"""A citizen who agreed by telephone gets the receipt: the reference of the evidence, and a published head's short root.

Of an acceptance that is not on the recording there is none: that was told as ConsentUnheard, and they are asked again.
It goes once the evidence stands below a published head, which for a consent is seconds after the recording was sealed.
The outbox takes a key once, so what was left before a restart is not left again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from corporate import Corporate, CorporateDown
from messages.adapters.outbox import Outbox
from recordings.adapters.evidence.export import receipt_of
from recordings.adapters.evidence.tables import evidence
from recordings.adapters.tables import episodes, recordings
from recordings.episodes import Outcome
from recordings.facts import LogHeadPublished
from recordings.recording import SHORT_BY_S, Flaw, State

log = logging.getLogger("ventanilla.evidence")

MESSAGE = "consent.receipt"
LOOK_BACK_S = 86_400.0
"""A server that was away owes the receipts of the last day; a system that was down is asked again as long."""
AGAIN_S = 300.0
"""How long until those who could not be reached are tried again, when no head is published meanwhile."""


@dataclass(frozen=True, slots=True)
class Citizen:
    """To whom a receipt goes; a Recipient of the outbox."""

    language: str
    number: str | None
    email: str | None
    person: str | None


class ConsentReceipts:
    """Leaves the receipts. `hear` hears the bus, `run` must run as a task."""

    def __init__(self, engine: AsyncEngine, corporate: Corporate, post: Outbox, zone: dt.tzinfo) -> None:
        self._engine, self._corporate, self._post, self._zone = engine, corporate, post, zone
        self._woken = asyncio.Event()
        self._left: set[str] = set()

    def hear(self, fact: object) -> None:
        """Wake when a head is published."""
        if isinstance(fact, LogHeadPublished):
            self._woken.set()

    async def run(self) -> None:
        """Leave receipts, for ever."""
        while True:
            self._woken.clear()
            try:
                await self.leave_owed(dt.datetime.now(self._zone))
            except Exception as fault:  # noqa: BLE001 - a door: a receipt is late, calls go on
                log.error("receipts of consent wait: %s", type(fault).__name__)
            try:
                async with asyncio.timeout(AGAIN_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def leave_owed(self, now: dt.datetime) -> int:
        """Leave every receipt that is owed and was not left by this server; how many."""
        since = now.timestamp() - LOOK_BACK_S
        ends = recordings.c.duration_ms + SHORT_BY_S * 1000
        query = (
            select(evidence.c.call, episodes.c.citizen, episodes.c.language, episodes.c.begun_at)
            .join(episodes, episodes.c.call == evidence.c.call)
            .join(recordings, recordings.c.call == evidence.c.call)
            .where(
                evidence.c.signed_at > since,
                recordings.c.state == State.SEALED,
                or_(recordings.c.flaw == Flaw.NONE, episodes.c.answer_to_ms <= ends),
                episodes.c.outcome == Outcome.ACCEPTED,
                episodes.c.citizen.is_not(None),
            )
            .order_by(episodes.c.begun_at)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        owed = {row.call: row for row in rows if row.call not in self._left}
        return sum(
            [await self._leave(row.call, row.citizen, row.language, row.begun_at) for row in owed.values()]
        )

    async def _leave(self, call: str, citizen: str, language: str, begun_at: float) -> bool:
        receipt = await receipt_of(self._engine, call)
        if receipt is None:
            return False
        try:
            contact = await self._corporate.affiliation.contact(citizen)
        except CorporateDown:
            return False
        if contact is None:
            self._left.add(call)
            return False
        to = Citizen(language, contact.mobile, contact.email, citizen)
        day = dt.datetime.fromtimestamp(begun_at, self._zone).strftime("%d/%m/%Y")
        fields = {"date": day, "evidence": receipt.reference, "root": receipt.short_root}
        if await self._post.leave(MESSAGE, to, fields, f"{call}:{MESSAGE}"):
            self._left.add(call)
            return True
        return False
