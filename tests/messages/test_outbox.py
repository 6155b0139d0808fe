"""The outbox on both databases: once per key, never an exception, never a number in the log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.outbox import Outbox
from messages.adapters.tables import metadata
from messages.facts import MessageLeft
from tests.databases import DIALECTS, opened

NOW = 1_795_345_200.0
CODE = {"code": "123456", "procedure": "address", "minutes": "5"}


@dataclass(frozen=True)
class To:
    language: str = "es"
    number: str | None = "+34600123456"
    email: str | None = None
    person: str | None = "demo-maria"


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, metadata) as engine:
        yield engine


@pytest.fixture
def facts() -> list[object]:
    return []


@pytest.fixture
def outbox(engine: AsyncEngine, facts: list[object]) -> Outbox:
    return Outbox(engine, facts.append, lambda: NOW)


async def test_a_message_is_kept_once_however_often_it_is_left(outbox: Outbox, facts: list[object]) -> None:
    left = await asyncio.gather(*(outbox.leave("code", To(), CODE, "key", urgent=True) for _ in range(10)))
    assert all(left)
    assert len(await outbox.newest("+34600123456", ())) == 1
    assert facts == [MessageLeft(None, "code", "es", urgent=True, at=NOW)]


async def test_the_newest_comes_first_and_only_what_went_to_that_number_or_person(outbox: Outbox) -> None:
    await outbox.leave("certificate.sent", To(), {"reference": "CE26000001"}, "one")
    await outbox.leave("code", To(number="+34600999999"), CODE, "two")
    await outbox.leave("code", To(number="+34600888888", person="demo-jose"), CODE, "three")
    found = await outbox.newest("+34600123456", ["demo-maria"])
    assert [one.message for one in found] == ["code", "certificate.sent"]
    assert found[0].text.startswith("123456 ")


@pytest.mark.parametrize(
    ("message", "to", "key"),
    [
        ("code", To(number=None), "key"),
        ("unknown", To(), "key"),
        ("receipt", To(), "key"),
        ("code", To(), ""),
    ],
)
async def test_what_cannot_be_left_is_not_and_says_so(outbox: Outbox, message: str, to: To, key: str) -> None:
    assert not await outbox.leave(message, to, CODE, key)
    assert await outbox.newest("+34600123456", ["demo-maria"]) == ()


async def test_without_its_database_the_outbox_says_no_and_names_nobody(
    engine: AsyncEngine, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    with caplog.at_level(logging.DEBUG, "ventanilla"):
        assert not await outbox.leave("code", To(), CODE, "key")
    assert "a message code was not left" in caplog.text
    assert not {"123456", "+34600123456", "demo-maria"} & set(caplog.text.split())
