"""The outbox on both databases: once per key, never an exception, never a number in the log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from messages.adapters.outbox import Outbox
from messages.adapters.tables import metadata
from messages.adapters.tables import outbox as table
from messages.facts import MessageLeft
from messages.limits import DAY_S, Limits
from tests.databases import DIALECTS, opened
from tests.messages.post import SEAL, WORDING

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
    return Outbox(engine, facts.append, lambda: NOW, SEAL, WORDING)


async def test_a_message_is_kept_once_however_often_it_is_left(
    engine: AsyncEngine, outbox: Outbox, facts: list[object]
) -> None:
    same = (outbox.leave("code", To(), CODE, "call-1:address:2", urgent=True) for _ in range(10))
    assert all(await asyncio.gather(*same))
    assert await rows(engine) == 1
    (fact,) = facts
    assert isinstance(fact, MessageLeft)
    assert fact == MessageLeft("call-1", fact.letter, "code", "es", urgent=True, at=NOW)
    letter = await outbox.letter(fact.letter)
    assert letter
    assert (letter.text[:7], letter.number, letter.left_at) == ("123456 ", "+34600123456", NOW)


async def test_a_message_outside_any_call_names_none(outbox: Outbox, facts: list[object]) -> None:
    assert await outbox.leave("code", To(), CODE, "key")
    assert [fact.call for fact in facts if isinstance(fact, MessageLeft)] == [None]


async def test_there_is_no_letter_that_nobody_left(outbox: Outbox) -> None:
    assert await outbox.letter(1) is None


@pytest.mark.parametrize(
    ("message", "to", "key"),
    [
        ("code", To(number=None), "key"),
        ("unknown", To(), "key"),
        ("receipt", To(), "key"),
        ("code", To(), ""),
    ],
)
async def test_what_cannot_be_left_is_not_and_says_so(
    engine: AsyncEngine, outbox: Outbox, message: str, to: To, key: str
) -> None:
    assert not await outbox.leave(message, to, CODE, key)
    assert await rows(engine) == 0


async def test_without_its_database_the_outbox_says_no_and_names_nobody(
    engine: AsyncEngine, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    with caplog.at_level(logging.DEBUG, "ventanilla"):
        assert not await outbox.leave("code", To(), CODE, "key")
    assert "a message code was not left" in caplog.text
    assert not {"123456", "+34600123456", "demo-maria"} & set(caplog.text.split())


async def rows(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


FORM = {"title": "Jubilación", "link": "https://example.invalid/f"}


async def test_a_number_given_by_strangers_gets_so_many_messages_a_day_and_then_no_more(
    engine: AsyncEngine, facts: list[object]
) -> None:
    now, stranger = [NOW], To(person=None)
    outbox = Outbox(
        engine, facts.append, lambda: now[0], SEAL, WORDING, lambda: Limits(per_number_day=3, per_call=2)
    )
    sent = [await outbox.leave("form.link", stranger, FORM, f"call-{number}:forms:1") for number in range(5)]
    assert sent == [True, True, True, False, False]
    assert await outbox.leave("form.link", stranger, FORM, "call-1:forms:1")  # kept before: nothing new
    assert await outbox.leave("form.link", To(number="+34600000000", person=None), FORM, "call-9:forms:1")
    assert await rows(engine) == 4
    now[0] += DAY_S
    assert await outbox.leave("form.link", stranger, FORM, "call-6:forms:1")


async def test_a_call_leaves_so_many_messages_whatever_the_numbers(
    engine: AsyncEngine, facts: list[object]
) -> None:
    outbox = Outbox(
        engine, facts.append, lambda: NOW, SEAL, WORDING, lambda: Limits(per_number_day=3, per_call=2)
    )
    others = (To(number=f"+3460000000{last}", person=None) for last in range(4))
    sent = [await outbox.leave("form.link", to, FORM, f"call-1:forms:{n}") for n, to in enumerate(others)]
    assert sent == [True, True, False, False]
    assert len(facts) == await rows(engine) == 2


async def test_strangers_cannot_use_up_the_codes_the_warnings_and_the_receipts_of_the_person(
    engine: AsyncEngine, facts: list[object]
) -> None:
    outbox = Outbox(
        engine, facts.append, lambda: NOW, SEAL, WORDING, lambda: Limits(per_number_day=1, per_call=1)
    )
    assert await outbox.leave("form.link", To(person=None), FORM, "call-1:forms:1")
    assert not await outbox.leave("form.link", To(person=None), FORM, "call-2:forms:1")
    assert await outbox.leave("code", To(), CODE, "call-1:address:1", urgent=True)
    warning = {"date": "22/11/2026"}
    assert await outbox.leave("changed.address", To(), warning, "call-1:address:2")
    receipt = {"procedure": "address", "reference": "DO26000001"}
    assert await outbox.leave("receipt", To(), receipt, "call-3:address:3")


async def test_the_longest_address_there_is_has_its_warning(engine: AsyncEngine, outbox: Outbox) -> None:
    longest = f"{'m' * 64}@{'e' * 185}.es"
    assert await outbox.leave(
        "changed.account", To(email=longest), {"last4": "1332", "date": "x"}, "call-1:b:1"
    )
    assert len(longest) == 253
    assert await rows(engine) == 1
