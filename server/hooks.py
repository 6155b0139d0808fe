"""Signed webhooks (Standard Webhooks 1.0.0): facts to a foreign CRM, and its word that a citizen has changed.

Facts go out of the table of facts, one after the other in its order, and a row says how far the other side has taken
them: so nothing is lost when either side dies, and what is repeated has the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    MetaData,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_bridge import webhooks
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.tables import insert_once
from crm_bridge.facts import CrmTold
from server.facts_store import facts
from server.topics import ROUTES, VERSION, outward
from web.ports import Unsigned

log = logging.getLogger("ventanilla.hooks")

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
sent = Table(
    "server_hooks_sent",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("last", BigInteger, nullable=False),  # the row of server_facts that was taken last
)
taken = Table(
    "server_hooks_taken",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("at", Double, nullable=False),
)

ANSWER_S = 10.0
"""How long the other side may need to take a fact; docs/connect-your-crm.md promises it."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
GIVE_UP_S = 3 * 86_400.0
"""After so long a fact is passed over: the others behind it are worth more than this one."""
LOOK_S = 2.0
"""How soon facts are looked for that were written without waking us, as by another process."""
BATCH = 100
CRM = "crm"


def tellable() -> frozenset[str]:
    """Name the facts that may go out: those that MQTT has and the table keeps."""
    return frozenset(name for name, way in ROUTES.items() if way.topic and way.keep)


@dataclass(frozen=True, slots=True)
class Hook:
    """Where facts of these types go, and the keys that sign them."""

    url: str
    keys: tuple[bytes, ...]
    types: frozenset[str]


class Outgoing:
    """Tells one receiver; `run` must be running as a task."""

    def __init__(self, engine: AsyncEngine, hook: Hook, clock: Callable[[], float] = time.time) -> None:
        self._engine, self._hook, self._clock = engine, hook, clock
        self._wake = asyncio.Event()
        self._failing_since: float | None = None
        self._pause_s = FIRST_PAUSE_S

    def hear(self, fact: object) -> None:
        """Wake up for a fact that goes out; it is read from the table, where it is a moment later."""
        if type(fact).__name__ in self._hook.types:
            self._wake.set()

    async def run(self) -> None:
        """Tell, until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_S, follow_redirects=False) as client:
            while True:
                self._wake.clear()
                try:
                    waits_s = await self.tell(client)
                except (SQLAlchemyError, OSError) as fault:
                    log.warning("webhooks wait for the database: %s", type(fault).__name__)
                    waits_s = FIRST_PAUSE_S
                await self._rest(waits_s)

    async def _rest(self, waits_s: float) -> None:
        """Wait that long after a failure, whatever happens meanwhile; else until there is news."""
        if waits_s:
            await asyncio.sleep(waits_s)
            return
        try:
            async with asyncio.timeout(LOOK_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def tell(self, client: httpx.AsyncClient) -> float:
        """Tell what waits, in order; 0, or how long to wait before the next try."""
        last = await self._place()
        while rows := await self._waiting(last):
            for row in rows:
                if not await self._told(client, row):
                    return self._pause()
                last = row.id
                await self._note(last)
        return 0.0

    async def _place(self) -> int:
        """Say which fact was taken last; a receiver that is new hears what happens from now on."""
        async with self._engine.begin() as connection:
            row = (await connection.execute(select(sent.c.last).where(sent.c.name == CRM))).one_or_none()
            if row is not None:
                return int(row.last)
            newest = (await connection.execute(select(func.max(facts.c.id)))).scalar_one()
            await connection.execute(insert(sent).values(name=CRM, last=newest or 0))
            return int(newest or 0)

    async def _waiting(self, last: int) -> Sequence[Row[int, str, float, str]]:
        query = (
            select(facts.c.id, facts.c.type, facts.c.at, facts.c.body)
            .where(facts.c.id > last, facts.c.type.in_(self._hook.types))
            .order_by(facts.c.id)
            .limit(BATCH)
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).all()

    async def _note(self, last: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(update(sent).where(sent.c.name == CRM).values(last=last))

    async def _told(self, client: httpx.AsyncClient, row: Row[int, str, float, str]) -> bool:
        """Say one fact; True when it was taken, or is passed over after days."""
        name, body = name_of(row.id, row.at), message_of(row.type, row.at, row.body)
        headers = webhooks.headers_of(self._hook.keys, name, self._clock(), body)
        try:
            answer = await client.post(
                self._hook.url, content=body, headers={"content-type": "application/json", **headers}
            )
            status = answer.status_code
        except httpx.HTTPError as fault:
            return self._failed(name, type(fault).__name__)
        if not answer.is_success:
            return self._failed(name, f"HTTP {status}")
        if self._failing_since is not None:
            log.warning("webhooks are taken again, from %s on", name)
        self._failing_since, self._pause_s = None, FIRST_PAUSE_S
        return True

    def _failed(self, name: str, why: str) -> bool:
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
            log.warning("the webhook %s was not taken (%s); it and those behind it wait", name, why)
        if now - self._failing_since < GIVE_UP_S:
            return False
        log.error("the webhook %s was not taken for %.0f days and is passed over", name, GIVE_UP_S / 86_400)
        self._failing_since = None
        return True

    def _pause(self) -> float:
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, LONGEST_PAUSE_S)
        return pause_s


def name_of(number: int, at: float) -> str:
    """Name a fact for ever; its time is in it, for the numbers of a new database begin anew."""
    return f"fact_{number}_{round(at * 1000)}"


def message_of(kind: str, at: float, body: str) -> bytes:
    """Write a fact as the specification's payload."""
    moment = datetime.fromtimestamp(at, UTC).isoformat()
    whole = {
        "type": kind,
        "timestamp": moment,
        "data": {"v": VERSION, "type": kind, **outward(kind, json.loads(body))},
    }
    return json.dumps(whole, ensure_ascii=False).encode()


class Incoming:
    """What a foreign CRM says: verified, taken once, and then forgotten or passed over."""

    def __init__(
        self,
        engine: AsyncEngine,
        keys: Sequence[bytes],
        bridge: Bridge,
        publish: Callable[[object], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._keys, self._bridge = engine, keys, bridge
        self._publish, self._clock = publish, clock

    async def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Take a message; False when it was taken before. Raises Unsigned."""
        now = self._clock()
        try:
            name = webhooks.verified(self._keys, headers, body, now)
        except webhooks.Forged as forged:
            log.warning("a webhook is not believed: %s", forged)
            raise Unsigned from forged
        async with self._engine.begin() as connection:
            if not await self._is_new(connection, name, now):
                return False
        self._obey(body, now)
        return True

    async def _is_new(self, connection: AsyncConnection, name: str, now: float) -> bool:
        """Keep the id for as long as its timestamp could pass."""
        await connection.execute(delete(taken).where(taken.c.at < now - 2 * webhooks.TOLERANCE_S - 1))
        return await insert_once(connection, taken, {"id": name, "at": now})

    def _obey(self, body: bytes, now: float) -> None:
        try:
            said = json.loads(body)
            kind, about = said["type"], said["data"]
            citizen = about.get("citizen")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            log.warning("a webhook was signed and is no message: see docs/connect-your-crm.md")
            return
        if kind == "citizen.changed" and isinstance(citizen, str):
            self._bridge.forget(citizen)
            self._publish(CrmTold(None, "citizen.changed", now))
