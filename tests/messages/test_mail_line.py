"""A mail server that is dead, or hangs: it is told that the carrier is lost, messages wait, and it is found again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters import mail
from messages.adapters.mail import MailChannel, Server
from messages.adapters.tables import metadata
from messages.facts import CarrierBack, CarrierLost
from messages.standing import LONGEST_LOOK_S, LOST_AFTER, Standing
from tests.databases import opened
from tests.messages.mailserver import Mailbox, free_port, mail_server
from tests.messages.post import RECEIPT, WORDING, Post, To, posted, running

MARIA = To(number=None, email="maria@ejemplo.example")
SOON_S = 20.0


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield engine


def to_port(port: int, **more: str) -> MailChannel:
    server = Server("127.0.0.1", port, "none", "no-reply@inss.example", "Seguridad Social", **more)
    return MailChannel(server, WORDING, first_look_s=0.05)


async def told(post: Post, kind: type) -> None:
    """Wait until it is told, the post's time going on meanwhile."""
    async with asyncio.timeout(SOON_S):
        while not post.told(kind):
            post.now += 0.5
            await asyncio.sleep(0.05)


async def came(post: Post, box: Mailbox) -> None:
    """Wait until a mail came, the post's time going on meanwhile: what was refused is tried ever more seldom."""
    async with asyncio.timeout(SOON_S):
        while not box.came:
            post.now += 5
            await asyncio.sleep(0.05)


@asynccontextmanager
async def one_that_says_nothing() -> AsyncIterator[int]:
    """A server that takes connections and never says a word."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_dead_mail_server_is_told_once_and_found_again_and_what_waited_comes(
    engine: AsyncEngine,
) -> None:
    port = free_port()
    async with running(posted(engine, to_port(port))) as post:
        assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
        await told(post, CarrierLost)
        assert await post.states() == ["waiting"]
        with mail_server(port=port) as box:
            await told(post, CarrierBack)
            await came(post, box)
            await post.until("sent")
        assert [type(fact) for fact in post.facts if isinstance(fact, CarrierLost | CarrierBack)] == [
            CarrierLost,
            CarrierBack,
        ]
        assert {fact.channel for fact in post.told(CarrierLost)} == {"email"}


async def test_a_mail_server_that_takes_connections_and_says_nothing_is_lost_too(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "LIMIT_S", 0.2)
    async with one_that_says_nothing() as port, running(posted(engine, to_port(port))) as post:
        assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
        await told(post, CarrierLost)
        assert [(row.state, row.doubts) for row in await post.rows()] == [("waiting", 0)]
        assert not post.told(CarrierBack)


async def test_what_a_server_says_of_mails_is_no_lost_line(engine: AsyncEngine) -> None:
    with mail_server() as box:
        box.recipients = ["450 greylisted"] * LOST_AFTER
        box.answers = ["451 try later"] * LOST_AFTER
        async with running(posted(engine, to_port(box.port))) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            await came(post, box)
            await post.until("sent")
        assert not post.told(CarrierLost)


def test_a_line_is_lost_by_failures_in_a_row_and_those_that_were_out_together_count_as_one() -> None:
    one = Standing()
    for number in range(LOST_AFTER):
        assert one.up
        one = one.failed(begun_at=number * 10.0, at=number * 10.0 + 5)
        assert one.failed(begun_at=number * 10.0 + 1, at=number * 10.0 + 6) == one
    assert not one.up
    assert one.taken().up
    assert one.taken().failures == 0


def test_who_is_found_again_is_lost_with_the_next_failure_and_not_with_an_older_one() -> None:
    one = Standing(LOST_AFTER).looked(100.0, there=True)
    assert one.up
    assert one.failed(begun_at=99.0, at=120.0).up
    assert not one.failed(begun_at=101.0, at=120.0).up
    assert not Standing(LOST_AFTER).looked(100.0, there=False).up


@given(st.integers(0, 10_000))
def test_looks_grow_rarer_up_to_a_limit_until_a_mail_is_taken(looks: int) -> None:
    one = Standing(LOST_AFTER, looks)
    assert 2.0 <= one.rest(2.0) <= LONGEST_LOOK_S
    assert one.looked(1.0, there=False).rest(2.0) >= one.rest(2.0)
    assert one.taken().rest(2.0) == 2.0
