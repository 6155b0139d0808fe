"""E-mail by a real server: encrypted, refused for now and for ever, and never with a code in its subject."""

import asyncio
from collections.abc import AsyncIterator
from email.utils import parseaddr
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.mail import MailChannel, Security, Server
from messages.adapters.tables import metadata
from messages.facts import MessageFailed, MessageSent
from tests.databases import opened
from tests.messages.mailserver import Mailbox, mail_server
from tests.messages.post import CODE, RECEIPT, WORDING, Post, To, posted, running

MARIA = To(number=None, email="maria@ejemplo.example")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened("sqlite", tmp_path, metadata) as engine:
        yield engine


def by_mail(box: Mailbox, security: Security = "none", **more: str) -> MailChannel:
    return MailChannel(
        Server("127.0.0.1", box.port, security, "no-reply@inss.example", "Seguridad Social", **more), WORDING
    )


async def came(post: Post, box: Mailbox, count: int = 1) -> None:
    async with asyncio.timeout(20):
        while len(box.came) < count:
            post.now += 0.5
            await asyncio.sleep(0.05)


async def test_a_code_comes_by_mail_first_in_the_text_and_never_in_the_subject(engine: AsyncEngine) -> None:
    with mail_server() as box:
        async with running(posted(engine, by_mail(box))) as post:
            assert await post.outbox.leave("code", MARIA, CODE, "call-1:bank:1", urgent=True)
            await came(post, box)
            await post.until("sent")
            assert await post.text() == ""
        (mail,) = box.came
    assert mail.get_content().startswith("12345678 es su código para: cambio de cuenta bancaria.")
    assert mail["Subject"] == "Seguridad Social: su código"
    assert parseaddr(mail["From"]) == ("Seguridad Social", "no-reply@inss.example")
    assert (mail["To"], mail["Auto-Submitted"], mail["Content-Language"]) == (
        MARIA.email,
        "auto-generated",
        "es",
    )
    assert [(fact.call, fact.channel) for fact in post.told(MessageSent)] == [("call-1", "email")]


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mail_is_encrypted_as_the_setting_says_and_we_say_who_we_are(
    engine: AsyncEngine, tmp_path: Path, security: Security
) -> None:
    with mail_server(tmp_path, from_the_first_word=security == "tls") as box:
        who = {"user": "ventanilla", "password": "secret"} if security == "starttls" else {}
        channel = by_mail(box, security, ca=str(tmp_path / "mail.pem"), **who)
        async with running(posted(engine, channel)) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            await came(post, box)
    assert (
        box.encrypted == [True] or security == "tls"
    )  # of which the server says nothing: there is no other way in


async def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as box:
        async with running(
            posted(engine, by_mail(box, "starttls", user="ventanilla", password="secret"))
        ) as post:
            assert await post.outbox.leave("code", MARIA, CODE, "call-1:bank:1", urgent=True)
            async with asyncio.timeout(20):
                while not [row for row in await post.rows() if row.why]:  # noqa: ASYNC110 - a row tells no event
                    await asyncio.sleep(0.05)
    assert box.came == []


async def test_a_server_that_asks_to_wait_gets_it_again_and_once(engine: AsyncEngine) -> None:
    with mail_server() as box:
        box.answers = ["451 try later"]
        box.recipients = ["450 greylisted"]
        async with running(posted(engine, by_mail(box))) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            await came(post, box)
            await post.until("sent")
        assert len(box.came) == 1


async def test_an_address_that_does_not_exist_is_failed_at_once(engine: AsyncEngine) -> None:
    with mail_server() as box:
        box.recipients = ["550 no such user"]
        async with running(posted(engine, by_mail(box))) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            await post.until("failed")
    assert [fact.why for fact in post.told(MessageFailed)] == ["smtp_550"]


@pytest.mark.parametrize(
    "hostile",
    [
        "maria@ejemplo.example, ladron@b.example",
        "maria,ladron@b.example",
        "grupo: maria@ejemplo.example, ladron@b.example;",
        "maria@ejemplo.example <ladron@b.example>",
        "maria(ladron@b.example)@b.example",
        "@b.example",
        "maria@",
        "maria@ejemplo.example>\r\nRCPT TO:<ladron@b.example",
    ],
)
async def test_what_is_not_one_address_goes_to_nobody(engine: AsyncEngine, hostile: str) -> None:
    with mail_server() as box:
        async with running(posted(engine, by_mail(box))) as post:
            to = To(number=None, email=hostile)
            assert await post.outbox.leave("code", to, CODE, "call-1:address:1", urgent=True)
            await post.until("failed")
    assert box.came == []
    assert [fact.why for fact in post.told(MessageFailed)] == ["unsendable"]


@pytest.mark.parametrize("address", ["o'brien+pensi_n@sub.ejemplo.example", "a.b-c@x.es"])
async def test_what_is_one_address_goes_to_it_alone(engine: AsyncEngine, address: str) -> None:
    with mail_server() as box:
        async with running(posted(engine, by_mail(box))) as post:
            to = To(number=None, email=address)
            assert await post.outbox.leave("receipt", to, RECEIPT, "call-1:address:1")
            await post.until("sent")
    assert [mail["To"] for mail in box.came] == [address]


async def test_an_address_with_a_line_end_adds_no_header(engine: AsyncEngine) -> None:
    with mail_server() as box:
        async with running(posted(engine, by_mail(box))) as post:
            hostile = To(number=None, email="a@b.example\r\nBcc: everybody@b.example")
            assert await post.outbox.leave("receipt", hostile, RECEIPT, "call-1:address:1")
            await post.until("failed")
    assert box.came == []


async def test_a_server_that_takes_a_mail_and_hangs_up_gets_it_twice_at_most_under_one_id(
    engine: AsyncEngine,
) -> None:
    with mail_server() as box:
        box.hangs_up = ["DATA"] * 5
        async with running(posted(engine, by_mail(box))) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            await came(post, box, 2)
            await post.until("failed")
        first, second = box.came
    assert first["Message-ID"] == second["Message-ID"]
    assert [fact.why for fact in post.told(MessageFailed)] == ["no_answer"]


async def test_a_server_that_hangs_up_before_it_has_the_mail_leaves_no_doubt_and_gets_it_once(
    engine: AsyncEngine,
) -> None:
    with mail_server() as box:
        box.hangs_up = ["RCPT"] * 4
        async with running(posted(engine, by_mail(box))) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            await came(post, box)
            await post.until("sent")
        assert ([row.doubts for row in await post.rows()], len(box.came)) == ([0], 1)


async def test_a_server_that_has_said_yes_and_then_hangs_up_has_the_mail(engine: AsyncEngine) -> None:
    with mail_server() as box:
        box.hangs_up = ["QUIT"]
        async with running(posted(engine, by_mail(box))) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            await post.until("sent")
    assert len(box.came) == 1


async def test_a_password_that_is_wrong_today_loses_no_mail(engine: AsyncEngine, tmp_path: Path) -> None:
    with mail_server(tmp_path) as box:
        wrong = by_mail(box, "starttls", ca=str(tmp_path / "mail.pem"), user="ventanilla", password="old")
        async with running(posted(engine, wrong)) as post:
            assert await post.outbox.leave("receipt", MARIA, RECEIPT, "call-1:address:1")
            async with asyncio.timeout(20):
                while not [row for row in await post.rows() if row.why]:  # noqa: ASYNC110 - a row tells no event
                    await asyncio.sleep(0.05)
            assert [(row.state, row.why) for row in await post.rows()] == [("waiting", "smtp_535")]
