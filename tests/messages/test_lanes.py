"""Who waits behind whom: no channel behind another, no warning behind receipts, nothing for what waits itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.lane import AT_ONCE
from messages.adapters.tables import metadata
from messages.channels import Piece
from messages.states import Refused
from tests.databases import opened
from tests.messages.post import CODE, RECEIPT, SOON_S, Post, To, posted, running
from tests.messages.test_postman import MADRID, NIGHT, Remembers, rounds

WARNING = {"last4": "1332", "date": "22/11/2026"}
NIGHTS_RECEIPTS = 30
SHORT_S = 0.05


@dataclass
class Tarpit(Remembers):
    """A mail server that takes connections and says nothing."""

    name: str = "email"
    asked: int = 0
    all_held: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, piece: Piece) -> str | None:
        del piece
        self.asked += 1
        if self.asked >= AT_ONCE:
            self.all_held.set()
        await asyncio.Event().wait()
        return None


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield engine


def mail_to(number: int) -> To:
    return To(number=None, email=f"p{number}@x.example", person=f"p{number}")


async def has(channel: Remembers, message: str) -> None:
    async with asyncio.timeout(SOON_S):
        while message not in [piece.message for piece in channel.taken]:  # noqa: ASYNC110 - a list tells no event
            await asyncio.sleep(0.02)


async def held(post: Post, mail: Tarpit, message: str, *, urgent: bool) -> None:
    """Let a mail server hold as many as a lane hands over at once."""
    fields = CODE if urgent else RECEIPT
    for number in range(AT_ONCE):
        key = f"call-{number}:{message}:1"
        assert await post.outbox.leave(message, mail_to(number), fields, key, urgent=urgent)
    async with asyncio.timeout(SOON_S):
        await mail.all_held.wait()


async def test_a_mail_server_that_answers_nobody_holds_up_no_code_by_sms(engine: AsyncEngine) -> None:
    sms, mail = Remembers(), Tarpit()
    async with running(posted(engine, sms, mail)) as post:
        await held(post, mail, "code", urgent=True)
        assert await post.outbox.leave("code", To(), CODE, "call-99:code:1", urgent=True)
        await has(sms, "code")


async def test_nor_a_warning_of_a_theft(engine: AsyncEngine) -> None:
    sms, mail = Remembers(), Tarpit()
    async with running(posted(engine, sms, mail)) as post:
        await held(post, mail, "receipt", urgent=False)
        assert await post.outbox.leave("changed.account", To(), WARNING, "call-99:warn:1")
        await has(sms, "changed.account")


async def test_a_warning_goes_before_receipts_that_were_left_long_before(engine: AsyncEngine) -> None:
    sms = Remembers()
    post = posted(engine, sms)
    for number in range(60):
        assert await post.outbox.leave("receipt", To(person=f"p{number}"), RECEIPT, f"call-{number}:r:1")
    assert await post.outbox.leave("changed.account", To(), WARNING, "call-99:warn:1")
    await rounds(post)
    assert sms.taken[0].message == "changed.account"


async def test_what_was_refused_waits_behind_what_was_not_tried_yet(engine: AsyncEngine) -> None:
    sms = Remembers(answers=[Refused("busy")])
    post = posted(engine, sms)
    assert await post.outbox.leave("receipt", To(), RECEIPT, "call-1:r:1")
    await rounds(post)
    post.now += 1
    assert await post.outbox.leave("receipt", To(), RECEIPT, "call-2:r:1")
    await post.postman._sendings.part(frozenset({"sms"}), lambda *_: 1, urgent=False)
    post.now += 9
    due = await post.postman._sendings.due("sms", urgent=False)
    assert [one.piece.key for one in due] == ["call-2:r:1", "call-1:r:1"]


async def test_a_warning_is_found_although_a_long_list_is_still_to_be_handed_over(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messages.adapters.lane.LOOK_S", SHORT_S)
    may = asyncio.Semaphore(0)

    @dataclass
    class Slow(Remembers):
        async def send(self, piece: Piece) -> str | None:
            await may.acquire()
            return await super().send(piece)

    sms, many = Slow(), 5 * AT_ONCE
    post = posted(engine, sms)
    for number in range(many):
        assert await post.outbox.leave("receipt", To(person=f"p{number}"), RECEIPT, f"call-{number}:r:1")
    async with running(post):
        may.release()
        await has(sms, "receipt")
        assert await post.outbox.leave("changed.account", To(), WARNING, "call-99:warn:1")
        for _ in range(many // 2):
            may.release()
            await asyncio.sleep(2 * SHORT_S)
        assert "changed.account" in [piece.message for piece in sms.taken]


async def test_what_waits_for_the_morning_costs_those_that_go_now_no_time(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messages.adapters.lane.LOOK_S", 10 * SOON_S)  # so a rest would be seen
    sms = Remembers()
    post = posted(engine, sms)
    post.now = datetime(2026, 11, 22, 3, 30, tzinfo=MADRID).timestamp()
    post.quiet = NIGHT.until
    for number in range(NIGHTS_RECEIPTS):
        assert await post.outbox.leave("receipt", To(person=f"p{number}"), RECEIPT, f"call-{number}:r:1")
    async with running(post):
        async with asyncio.timeout(SOON_S):
            while not all(row.next_at > post.now for row in await post.rows()) or not await post.rows():  # noqa: ASYNC110 - rows tell no event
                await asyncio.sleep(0.02)
        assert await post.outbox.leave("changed.account", To(), WARNING, "call-99:warn:1")
        await has(sms, "changed.account")
        async with asyncio.timeout(SOON_S):  # its row is written once the gateway has taken it
            while any(row.state == "waiting" and row.next_at <= post.now for row in await post.rows()):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
    assert [piece.message for piece in sms.taken] == ["changed.account"]
    assert {row.next_at for row in await post.rows() if row.state == "waiting"} == {NIGHT.until(post.now)}
