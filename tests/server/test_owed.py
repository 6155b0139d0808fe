"""A promise is kept: whom to ring stands in the request and on the list, and what ends it, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import MetaData, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.seeding import seed
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.facts import RequestHandled, RequestNoted
from ivr.callbacks import Callback, encode
from ivr.ports.requests import CallBack
from server import database, promises, spooled, voice_messages
from server.facts import PromiseEnded
from server.on_file import on_file
from server.owed import EXPIRED, GOOD_FOR_S, KEPT, Owing, settles
from server.promises import Promises
from server.spooled import LeftNumbers
from tests.crm_bridge.conftest import KEY, NOON, UNHURRIED
from tests.databases import DIALECTS, opened
from tests.server.test_command_line import ventanilla

NUMBER = "+34600123456"


class Office:
    """Bridge, promises and what is owed, at a time that the test moves."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.engine, self.now, self.said = engine, NOON, list[object]()
        self.crm = Builtin(engine, KEY)
        self.bridge = Bridge(engine, self.crm, lambda _: None, lambda: self.now, UNHURRIED)
        self.promises = Promises(engine, self.bridge, lambda: self.now, limit_s=60.0)
        self.owing = Owing(engine, self.said.append, lambda: self.now)
        self.left = LeftNumbers(engine, folder, self.bridge, lambda _: None)

    async def promised(self, call: int = 1, hours: str = "morning") -> str | None:
        back = CallBack(f"ventanilla-1763791200.{call}", NUMBER, "eu", "general", hours, caller=NUMBER)
        return (await self.promises.call_back(back, f"{call}:callback")).reference

    async def notes(self, request: str) -> list[str]:
        await self.bridge.deliver()
        whole = await self.crm.request(request)
        assert whole is not None
        return [contact.notes for contact in whole.contacts]


@pytest.fixture(params=DIALECTS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    whole = MetaData()
    for one in (tables.metadata, promises.metadata, spooled.metadata, voice_messages.metadata):
        for table in one.sorted_tables:
            table.to_metadata(whole)
    async with opened(request.param, tmp_path, whole) as engine:
        await seed(engine, KEY)
        yield Office(engine, tmp_path)


async def test_whoever_works_on_the_request_reads_whom_to_ring_and_when(office: Office) -> None:
    request = await office.promised()
    assert "Ring back +34600123456. Hours: morning. Language: eu." in await office.notes(str(request))
    assert await office.promised(2, "afternoon") == request
    assert "Ring back +34600123456. Hours: afternoon. Language: eu." in await office.notes(str(request))


async def test_what_is_owed_is_listed_and_done_once(office: Office) -> None:
    request = str(await office.promised())
    (owed,) = await office.owing.listed()
    assert (owed.what, owed.request, owed.number, owed.hours) == ("callback", request, NUMBER, "morning")
    assert await office.owing.done(request) == 1
    assert await office.owing.done(request) == 0
    assert await office.owing.listed() == ()
    assert office.said == [PromiseEnded("ventanilla-1763791200.1", request, KEPT, NOON)]


async def test_who_was_rung_may_ask_again_and_gets_a_promise_of_their_own(office: Office) -> None:
    first = await office.promised()
    assert await office.promised(2) == first
    await office.owing.done(str(first))
    assert await office.promised(3) not in {first, None}


async def test_a_promise_that_nobody_kept_expires_and_is_on_record(office: Office) -> None:
    request = str(await office.promised())
    office.now += GOOD_FOR_S
    assert await office.owing.expire() == 0
    office.now += 1
    assert await office.owing.expire() == 1
    assert office.said == [PromiseEnded("ventanilla-1763791200.1", request, EXPIRED, office.now)]
    assert await office.promised(2) not in {request, None}


async def test_a_number_left_while_no_server_answered_is_owed_too(office: Office, tmp_path: Path) -> None:
    left = Callback("ventanilla-1763791200.7", NUMBER, "ca", NOON)
    (tmp_path / "0000000001.json").write_text(encode(left), encoding="utf-8")
    await office.left.take_in()
    (owed,) = await office.owing.listed()
    assert (owed.what, owed.number, owed.language) == ("number", NUMBER, "ca")
    assert "Ring back +34600123456. Hours: any. Language: ca." in await office.notes(owed.request)


async def test_a_spoken_message_is_owed_once_it_was_spoken(office: Office) -> None:
    row = {"request": "R", "language": "es", "subject": "imv", "asked_at": NOON}
    spoken = {"call": "a-1.1", "path": "a-1.1.wav", "left_at": NOON + 9, **row}
    silent = {"call": "a-1.2", "path": "a-1.2.wav", "left_at": None, **row}
    async with office.engine.begin() as connection:
        await connection.execute(insert(voice_messages.voice_messages), [spoken, silent])
    assert [(one.what, one.file) for one in await office.owing.listed()] == [("message", "a-1.1.wav")]


AGENT = ("c-1.1", "2026-1", "ana")


@pytest.mark.parametrize(
    ("fact", "settled"),
    [
        (RequestHandled(None, "2026-1", "ana", "close", None, NOON), True),
        (RequestHandled(None, "2026-1", "ana", "work", "resolved", NOON), True),
        (RequestHandled(None, "2026-1", "ana", "work", "waiting_citizen", NOON), True),
        (RequestHandled(None, "2026-1", "ana", "work", "pending", NOON), False),
        (RequestHandled(None, "2026-1", "ana", "take", None, NOON), False),
        (RequestNoted("c-1.1", "2026-1", "ana", "informed", NOON), True),
        (RequestNoted("c-1.1", "2026-1", "ana", "callback", NOON), False),
        (RequestNoted("c-1.1", "2026-1", voice_messages.MACHINE, "resolved", NOON), False),
        (PromiseEnded("c-1.1", "2026-1", KEPT, NOON), False),
    ],
)
def test_a_request_that_an_agent_finished_keeps_its_promise(fact: object, *, settled: bool) -> None:
    assert settles(fact) == ("2026-1" if settled else None)


async def test_a_settled_request_ends_its_promise_by_itself(office: Office) -> None:
    request = str(await office.promised())
    running = asyncio.create_task(office.owing.run())
    office.owing.hear(RequestHandled(None, request, "ana", "work", "informed", NOON))
    await _until(lambda: office.said)
    running.cancel()
    assert await office.owing.listed() == ()


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


def test_the_command_lists_whom_to_ring_and_takes_note_that_it_was_done(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'centre.db'}"
    database.migrate(url)
    row = {
        "key": "k", "request": "2026-0000001-2", "call": "a-1.1", "number": NUMBER, "language": "es",
        "subject": "imv", "hours": "any", "promised_at": NOON,
    }  # fmt: skip

    async def write(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            await connection.execute(insert(promises.promises), row)

    on_file(url, write)
    around = {"VENTANILLA_RUNTIME": str(tmp_path), "VENTANILLA_DATABASE_URL": url, "COLUMNS": "200"}
    listed = ventanilla("promises", "list", folder=None, **around)
    assert all(word in listed.stdout for word in ("2026-0000001-2", NUMBER, "call back", "any", "imv"))
    assert ventanilla("promises", "done", "2026-0000001-2", folder=None, **around).returncode == 0
    assert ventanilla("promises", "done", "2026-0000001-2", folder=None, **around).returncode == 1
    assert "Nothing is owed" in ventanilla("promises", "list", folder=None, **around).stdout
