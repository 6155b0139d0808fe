"""A message sticks nowhere: locked databases, claims that nobody came back from, servers that stop and start."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters import postman
from messages.adapters import sendings as sendings_of
from messages.adapters.sendings import LEASE_S
from messages.adapters.tables import metadata
from messages.adapters.tables import outbox as table
from messages.channels import Piece, Report
from messages.facts import MessageFailed, MessageSent
from messages.limits import GOOD_S
from messages.states import MOST_DOUBTS
from tests.databases import DIALECTS, SQLITE, opened
from tests.messages.post import CODE, RECEIPT, Post, To, posted, running


@dataclass
class Slow:
    """A channel that says how it went when it may."""

    name: str = "sms"
    up: bool = True
    taken: list[Piece] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    may: asyncio.Event = field(default_factory=asyncio.Event)

    def parts(self, text: str, language: str) -> int:
        del text, language
        return 1

    async def run(self, report: Report) -> None:
        del report
        await asyncio.Event().wait()

    async def send(self, piece: Piece) -> str | None:
        self.taken.append(piece)
        self.asked.set()
        await self.may.wait()
        return f"m{piece.sending}"


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        yield engine


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database that gives up soon when another has locked it."""
    async with opened("sqlite", tmp_path, metadata) as engine:

        @event.listens_for(engine.sync_engine, "begin")
        def _in_a_hurry(connection: object) -> None:
            connection.exec_driver_sql("PRAGMA busy_timeout=20")  # type: ignore[attr-defined] # SQLAlchemy's own

        yield engine


async def left(post: Post, message: str = "receipt") -> None:
    fields = CODE if message == "code" else RECEIPT
    assert await post.outbox.leave(message, To(), fields, f"call-1:{message}:1", urgent=message == "code")


async def test_what_was_taken_while_the_database_was_locked_is_written_down_later_and_goes_out_once(
    sqlite: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postman, "AGAIN_S", 0.02)
    channel = Slow()
    post = posted(sqlite, channel)
    await left(post)
    other = sqlite3.connect(tmp_path / SQLITE, isolation_level=None)
    async with running(post):
        await channel.asked.wait()
        other.execute("BEGIN IMMEDIATE")
        channel.may.set()
        await asyncio.sleep(0.3)
        assert await post.states() == ["sending"]
        other.execute("COMMIT")
        await post.until("sent")
    other.close()
    assert [row.doubts for row in await post.rows()] == [0]
    assert len(channel.taken) == len(post.told(MessageSent)) == 1


async def test_a_claim_that_nobody_came_back_from_ends_and_goes_out_once_more(engine: AsyncEngine) -> None:
    channel = Slow()
    channel.may.set()
    post = posted(engine, channel)
    await left(post, "code")
    sendings = post.postman._sendings
    await sendings.part(frozenset({"sms"}), lambda *_: 1, urgent=True)
    (due,) = await sendings.due("sms", urgent=True)
    assert await sendings.claim(due.piece.sending)
    post.now += LEASE_S - 1
    await post.postman.sweep()
    assert await post.states() == ["sending"]
    post.now += 1
    await post.postman.sweep()
    await post.postman.round("urgent")
    assert (await post.states(), len(channel.taken)) == (["sent"], 1)
    assert await post.text() == ""


async def test_what_is_in_doubt_as_often_as_may_be_is_told_as_failed_and_keeps_no_code(
    engine: AsyncEngine,
) -> None:
    post = posted(engine, Slow())
    await left(post, "code")
    sendings = post.postman._sendings
    await sendings.part(frozenset({"sms"}), lambda *_: 1, urgent=True)
    for _ in range(MOST_DOUBTS):
        (due,) = await sendings.due("sms", urgent=True)
        assert await sendings.claim(due.piece.sending)
        assert await post.postman._take_up()
    assert await sendings.due("sms", urgent=True) == ()
    assert [(fact.message, fact.why) for fact in post.told(MessageFailed)] == [("code", "no_answer")]
    (row,) = await post.rows(table)
    assert (row.state, row.sealed, await post.text()) == ("failed", None, "")


async def test_who_is_slow_keeps_what_they_have_in_hand(engine: AsyncEngine) -> None:
    channel = Slow()
    post = posted(engine, channel)
    await left(post)
    going = asyncio.create_task(post.postman.round("ordinary"))
    await channel.asked.wait()
    post.now += LEASE_S + 1
    await post.postman.sweep()
    channel.may.set()
    await going
    (row,) = await post.rows()
    assert (row.state, row.doubts, len(channel.taken)) == ("sent", 0, 1)


async def test_a_server_that_stops_in_good_order_waits_for_the_answer_and_leaves_no_doubt(
    engine: AsyncEngine,
) -> None:
    channel = Slow()
    post = posted(engine, channel)
    await left(post)
    async with running(post):
        await channel.asked.wait()
        asyncio.get_running_loop().call_later(0.1, channel.may.set)
    assert [(row.state, row.doubts) for row in await post.rows()] == [("sent", 0)]


async def test_a_server_that_starts_without_its_database_takes_up_what_was_in_doubt_when_it_is_back(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postman, "AGAIN_S", 0.01)
    channel = Slow()
    channel.may.set()
    post = posted(engine, channel)
    await left(post)
    sendings = post.postman._sendings
    await sendings.part(frozenset({"sms"}), lambda *_: 1, urgent=False)
    assert await sendings.claim((await post.rows())[0].id)
    doubt, times = sendings.doubt, list[bool]()

    async def away_twice(*given: object, **named: bool) -> object:
        times.append(True)
        if len(times) <= 2:
            raise OperationalError("", {}, OSError())
        return await doubt(*given, **named)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(sendings, "doubt", away_twice)
    async with running(post):
        await post.until("sent")
    assert len(channel.taken) == 1


async def test_one_message_that_its_database_refuses_holds_up_no_other(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = Slow()
    channel.may.set()
    post = posted(engine, channel)
    for number in range(3):
        assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
    claim = post.postman._sendings.claim

    async def refuses_the_first(sending: int) -> bool:
        if sending == 1:
            raise OperationalError("", {}, OSError())
        return await claim(sending)

    monkeypatch.setattr(post.postman._sendings, "claim", refuses_the_first)
    await post.postman.round("ordinary")
    assert await post.states() == ["waiting", "sent", "sent"]


async def test_a_server_that_comes_back_after_days_lets_go_of_everything_that_grew_too_old(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sendings_of, "MOST_SWEPT", 3)
    post = posted(engine)
    for number in range(8):
        post.now += 1800
        assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
    post.now += GOOD_S
    for _ in range(4):
        await post.postman.sweep()
    assert {row.state for row in await post.rows(table)} == {"expired"}
    assert len(post.told(MessageFailed)) == 8
    assert await post.outbox.leave("receipt", To(), RECEIPT, "call-9:address:1")
    post.now += GOOD_S
    await post.postman.sweep()
    assert len(post.told(MessageFailed)) == 9


async def test_a_code_that_nobody_answers_for_holds_up_no_other(engine: AsyncEngine) -> None:
    channel = Slow()
    async with running(posted(engine, channel)) as post:
        for number in range(3):
            key = f"call-{number}:bank:1"
            assert await post.outbox.leave("code", To(), CODE, key, urgent=True)
            async with asyncio.timeout(20):
                while len(channel.taken) <= number:  # noqa: ASYNC110 - a list tells no event
                    await asyncio.sleep(0.02)
        assert await post.states() == ["sending"] * 3
        channel.may.set()
        await post.until("sent", "sent", "sent")
    assert len(channel.taken) == 3


async def test_of_a_crowd_each_goes_out_once_though_some_are_slow(engine: AsyncEngine) -> None:
    channel = Slow()
    async with running(posted(engine, channel)) as post:
        for number in range(60):
            assert await post.outbox.leave("receipt", To(), RECEIPT, f"call-{number}:address:1")
        await channel.asked.wait()
        channel.may.set()
        await post.until(*["sent"] * 60)
    assert len({piece.sending for piece in channel.taken}) == len(channel.taken) == 60
