"""The outbox: a message is kept once for its key, and waits there until it is sent."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Row, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from messages.adapters.tables import outbox
from messages.facts import MessageLeft
from messages.limits import APART, DAY_S, SECRET, Calls, Limits, Wanted, call_of, good_for
from messages.seal import Seal, Unsealable
from messages.texts import Unsayable, Wording

log = logging.getLogger("ventanilla.messages")

LEAVE_S = 3.0  # a caller hears nothing meanwhile
LONGEST_KEY = 200


class Recipient(Protocol):
    """To whom a message goes: their language, at least one of `number` (E.164) and `email`, the register's id."""

    @property
    def language(self) -> str:
        """The language of the message."""

    @property
    def number(self) -> str | None:
        """A mobile, E.164."""

    @property
    def email(self) -> str | None:
        """An e-mail address."""

    @property
    def person(self) -> str | None:
        """The register's id, when known."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it lies in the outbox, for whom and in which language; `left_at` unix seconds."""

    text: str
    language: str
    number: str | None
    email: str | None
    left_at: float


class Links(Protocol):
    """What makes a link in a message short."""

    async def short(self, target: str, at: float) -> str:
        """Give a short link that leads to `target`, or the target itself where there are none."""


class LongLinks:
    """Leaves links as they are."""

    async def short(self, target: str, at: float) -> str:
        """Give the target."""
        del at
        return target


class TooMany(Exception):  # noqa: N818 - a rule of the house, not an error
    """The call, or the number, has had all the messages it gets."""


class Outbox:
    """Where messages are left; `limits` gives how many.

    `wording` says what they read, `links` makes links short, `seal` closes codes. Whoever sends what lies
    here (`Postman`) is woken when a message comes.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        publish: Callable[[object], None],
        clock: Callable[[], float],
        seal: Seal,
        wording: Wording,
        limits: Wanted = Limits,
        links: Links | None = None,
    ) -> None:
        self._seal = seal
        self.wording = wording
        self._links = links or LongLinks()
        self.wake: Callable[[], None] = lambda: None
        self._limits = limits
        self._calls = Calls()
        self._engine = engine
        self._publish = publish
        self._clock = clock
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    async def leave(
        self, message: str, to: Recipient, fields: Mapping[str, str], key: str, *, urgent: bool = False
    ) -> bool:
        """Keep a message, once for each key; False when it cannot be kept, or would be one too many.

        Never raises, waits LEAVE_S at most.

        A key begins with its call's id and a colon, if a call is the reason.
        """
        if not (to.number or to.email) or not 0 < len(key) <= LONGEST_KEY:
            return False
        try:
            async with asyncio.timeout(LEAVE_S):
                text = self.wording.written(message, to.language, await self._shortened(fields))
                good_s = good_for(message, fields)
                letter = await self._keep(message, to, text, key, good_s, urgent=urgent)
        except TooMany:
            log.warning("a message %s was one too many", message)
            return False
        except Unsayable as why:
            log.error("a message was not left: %s", why)
            return False
        except (SQLAlchemyError, OSError, TimeoutError) as fault:
            log.error("a message %s was not left: %s", message, type(fault).__name__)
            return False
        if letter is not None:
            call = call_of(key)
            if call is not None and message not in APART:
                self._calls.one_more(call)
            self._publish(MessageLeft(call, letter, message, to.language, urgent, self._clock()))
            self.wake()
        return True

    async def _shortened(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        if "link" not in fields:
            return fields
        return {**fields, "link": await self._links.short(fields["link"], self._clock())}

    async def _keep(
        self, message: str, to: Recipient, text: str, key: str, good_s: float, *, urgent: bool
    ) -> int | None:
        """Insert the row; its number, None when the key stands there already. Raises TooMany."""
        now, secret = self._clock(), message in SECRET
        row = {
            "key": key,
            "message": message,
            "language": to.language,
            "person": to.person,
            "number": to.number,
            "email": to.email,
            "text": "" if secret else text,
            "sealed": self._seal.close(text, key, to.number, to.email) if secret else None,
            "urgent": urgent,
            "left_at": now,
            "good_until": now + good_s,
        }
        new = self._insert(outbox).values(row).on_conflict_do_nothing().returning(outbox.c.id)
        async with self._engine.begin() as connection:
            letter: int | None = (await connection.execute(new)).scalar_one_or_none()
            if letter is not None and message not in APART:
                await self._bound(connection, to, call_of(key))  # what is too many is not kept: it rolls back
        return letter

    async def _bound(self, connection: AsyncConnection, to: Recipient, call: str | None) -> None:
        limits = self._limits()
        if call is not None and self._calls.of(call) >= limits.per_call:
            raise TooMany
        if to.person is not None or to.number is None:
            return
        given = (outbox.c.number == to.number) & outbox.c.person.is_(None) & outbox.c.message.not_in(APART)
        today = outbox.c.left_at > self._clock() - DAY_S
        count = select(func.count()).select_from(outbox).where(given, today)
        if (await connection.execute(count)).scalar_one() > limits.per_number_day:
            raise TooMany

    async def letter(self, letter: int) -> Letter | None:
        """Give a message by its number in the outbox; None for one whose text has gone with its code."""
        query = select(outbox).where(outbox.c.id == letter)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        said = self._read(row) if row is not None else ""
        return Letter(said, row.language, row.number, row.email, row.left_at) if row and said else None

    def _read(self, row: Row[*tuple[Any, ...]]) -> str:
        try:
            text = row.sealed and self._seal.open(row.sealed, row.key, row.number, row.email)
        except Unsealable:
            return ""
        return str(text or row.text)
