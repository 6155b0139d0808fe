"""A whole post on a real database: outbox, sendings, postman, with whatever carriers a test has."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.outbox import Outbox
from messages.adapters.postman import Postman
from messages.adapters.sendings import Sendings
from messages.adapters.smpp import Centre, SmppChannel
from messages.adapters.tables import outbox, sendings
from messages.channels import Channel
from messages.limits import Limits
from messages.pace import Pace
from messages.seal import Seal
from messages.states import State, of_channel, of_message
from messages.texts import wording
from tests.dialplans.institutions import INSS
from tests.messages.smsc import Smsc

SOON_S = 20.0
NOON = 1_795_345_200.0
SEAL = Seal(b"a secret of the tests")
WORDING = wording(INSS / "messages", "es")
CODE = {"code": "12345678", "procedure": "bank_account", "minutes": "5"}
RECEIPT = {"procedure": "address", "reference": "DO26000001"}


@dataclass(frozen=True)
class To:
    language: str = "es"
    number: str | None = "+34600123456"
    email: str | None = None
    person: str | None = "demo-maria"


@dataclass
class Post:
    engine: AsyncEngine
    outbox: Outbox
    postman: Postman
    facts: list[object]
    now: float = NOON
    quiet: Callable[[float], float | None] = field(default=lambda _at: None)

    async def rows(self, table: Table = sendings) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(table).order_by(table.c.id))).all())

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def text(self) -> str:
        """What the last message says, as long as it is kept."""
        letter = await self.outbox.letter((await self.rows(outbox))[-1].id)
        return letter.text if letter is not None else ""

    async def until(self, *states: str) -> None:
        """Wait until the sendings stand so, and what follows of it for their messages is written and told."""
        try:
            async with asyncio.timeout(SOON_S):
                while await self.states() != list(states) or not await self._settled():  # noqa: ASYNC110 - rows
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.05)  # from the row to the fact is a step of the same task
        except TimeoutError:
            raise AssertionError(
                f"wanted {states}, have {[tuple(row) for row in await self.rows()]}"
            ) from None

    async def _settled(self) -> bool:
        by_letter: dict[int, dict[str, list[State]]] = {}
        for row in await self.rows():
            by_letter.setdefault(row.letter, {}).setdefault(row.channel, []).append(State(row.state))
        stand = {one.id: one.state for one in await self.rows(outbox)}
        return all(
            stand[letter] == of_message(map(of_channel, channels.values()))
            for letter, channels in by_letter.items()
        )

    def told(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


def posted(engine: AsyncEngine, *channels: Channel, per_second: float = 500.0) -> Post:
    """A post that is not running yet."""
    facts: list[object] = []
    post: Post

    def clock() -> float:
        return post.now

    ways = {channel.name: (channel, Pace(per_second)) for channel in channels}
    postman = Postman(Sendings(engine, clock, SEAL), ways, facts.append, clock, lambda at: post.quiet(at))  # noqa: PLW0108 - a test may set another
    left = Outbox(engine, facts.append, clock, SEAL, WORDING, lambda: Limits(100, 100))
    left.wake = postman.wake
    post = Post(engine, left, postman, facts)
    return post


@asynccontextmanager
async def running(post: Post) -> AsyncIterator[Post]:
    """Let the postman work; ended without ceremony, as a server is that is killed."""
    task = asyncio.create_task(post.postman.run(), name="postman")
    try:
        yield post
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def line(centre: Smsc, password: str = "secret") -> SmppChannel:  # noqa: S107 - the tests' own
    return SmppChannel(Centre("127.0.0.1", centre.port, "ventanilla", password, "", "SegSocial"))


@asynccontextmanager
async def by_sms(engine: AsyncEngine, centre: Smsc, per_second: float = 500.0) -> AsyncIterator[Post]:
    """A running post with a line to the centre, bound."""
    channel = line(centre)
    async with running(posted(engine, channel, per_second=per_second)) as post:
        async with asyncio.timeout(SOON_S):
            while not channel.up:  # noqa: ASYNC110 - the library tells no event
                await asyncio.sleep(0.02)
        yield post
