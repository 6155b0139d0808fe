"""What is kept of calls and of attempts, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from dialplans.machine import Walk
from ivr.adapters import calls as keeping
from ivr.adapters import tables
from ivr.adapters.attempts import SqlAttempts
from ivr.adapters.calls import SqlCalls
from ivr.ports.calls import Kept
from ivr.ports.floor import WishForm
from ivr.ports.proving import Refusals
from tests.databases import DIALECTS, opened

CALL = "ventanilla-1763791200.12"
NOW = 1763982000.0
DAY = 86400.0


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    async with opened(request.param, tmp_path, tables.metadata) as engine:
        yield engine


def kept(call: str = CALL, step: str = "general/main", at: float = NOW) -> Kept:
    walk = Walk("901166565", step, "ca", answered=True, trail=("general/main",), subject="imv")
    wish = WishForm(call, "imv", "ca", 1, 0, NOW)
    return Kept(call, "waiting", walk, "+34931234567", "0" * 32, wish, True, NOW - 60, at)


async def rows(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list((await connection.execute(select(tables.calls.c.call))).scalars())


async def written(engine: AsyncEngine, calls: list[str]) -> None:
    async with asyncio.timeout(10):
        while await rows(engine) != calls:  # noqa: ASYNC110 (the database has no event for it)
            await asyncio.sleep(keeping.GROUP_S)


async def test_a_restarted_server_finds_the_call_as_it_was_kept(engine: AsyncEngine) -> None:
    before = await SqlCalls(engine).open(NOW)
    before.keep(kept(step="general/language"))
    before.keep(kept())
    await before.close()
    after = await SqlCalls(engine).open(NOW)
    assert after.unfinished(CALL) == kept()
    assert after.unfinished("ventanilla-1763791200.13") is None
    await after.close()


async def test_snapshots_are_written_behind_without_anybody_waiting(engine: AsyncEngine) -> None:
    calls = await SqlCalls(engine).open(NOW)
    calls.keep(kept())
    assert await rows(engine) == []
    await written(engine, [CALL])
    calls.keep(kept(step="information/menu"))
    calls.finished(CALL)
    await written(engine, [])
    await calls.close()


async def test_who_may_not_go_on_before_a_snapshot_is_on_disk_has_it_written_at_once(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "GROUP_S", 3600.0)
    killed = await SqlCalls(engine).open(NOW)
    killed.keep(kept())
    await killed.written()
    after = await SqlCalls(engine).open(NOW)
    assert after.unfinished(CALL) == kept()
    await asyncio.gather(after.close(), killed.close())


async def test_a_call_that_ends_within_a_group_never_costs_a_row(engine: AsyncEngine) -> None:
    calls = await SqlCalls(engine).open(NOW)
    calls.keep(kept())
    calls.finished(CALL)
    await calls.close()
    assert await rows(engine) == []


async def test_a_lost_line_keeps_its_call_for_a_minute(engine: AsyncEngine) -> None:
    calls = await SqlCalls(engine).open(NOW)
    calls.keep(kept())
    calls.lost(CALL, NOW)
    assert calls.unfinished(CALL) == kept()
    calls.lost(CALL, NOW)
    calls.lost("ventanilla-1763791200.13", NOW + keeping.LOST_S + 1)
    assert calls.unfinished(CALL) is None
    await calls.close()


async def test_what_is_stale_or_unreadable_is_not_taken_up(engine: AsyncEngine) -> None:
    before = await SqlCalls(engine).open(NOW)
    before.keep(kept())
    before.keep(kept("ventanilla-1763791200.13", at=NOW + DAY))
    await before.close()
    async with engine.begin() as connection:
        await connection.execute(text("update ivr_calls set walk = 'x' where call like '%.13'"))
    after = await SqlCalls(engine).open(NOW + DAY)
    assert after.in_progress() == ()
    await after.close()


HIDDEN = "hidden PJSIP/trunk"


@pytest.fixture
def attempts(engine: AsyncEngine) -> SqlAttempts:
    return SqlAttempts(engine, b"key", lambda: DAY)


async def test_attempts_are_counted_by_person_and_number(attempts: SqlAttempts) -> None:
    assert await attempts.open("c-1", "maria", "+34600000001", NOW) == Refusals(1, 1, 1)
    assert await attempts.open("c-2", "maria", "+34600000002", NOW) == Refusals(2, 1, 1)
    assert await attempts.open("c-3", "jose", "+34600000002", NOW) == Refusals(1, 2, 2)
    assert await attempts.open("c-4", "maria", "+34600000003", NOW) == Refusals(3, 1, 1)
    assert await attempts.open("c-5", "jose", HIDDEN, NOW) == Refusals(2, 1, 1)
    assert await attempts.refused_for_number("+34600000002", NOW) == 2


async def test_what_was_proven_does_not_count(attempts: SqlAttempts) -> None:
    await attempts.open("c-1", "maria", HIDDEN, NOW)
    await attempts.close("c-1", "maria", NOW, counts=False)
    assert await attempts.open("c-2", "maria", HIDDEN, NOW) == Refusals(1, 1, 1)


async def test_a_call_taken_up_goes_on_with_its_protocol_but_a_second_one_counts(
    attempts: SqlAttempts,
) -> None:
    await attempts.open("c-1", "maria", HIDDEN, NOW)
    assert await attempts.open("c-1", "maria", HIDDEN, NOW) == Refusals(1, 1, 1)
    await attempts.close("c-1", "maria", NOW, counts=True)
    assert await attempts.open("c-1", "maria", HIDDEN, NOW) == Refusals(2, 2, 1)


async def test_attempts_are_forgotten_after_the_window(attempts: SqlAttempts, engine: AsyncEngine) -> None:
    await attempts.open("c-1", "maria", HIDDEN, NOW)
    assert await attempts.open("c-2", "maria", HIDDEN, NOW + DAY + 1) == Refusals(1, 1, 1)
    async with engine.connect() as connection:
        assert len((await connection.execute(select(tables.attempts))).all()) == 1


async def test_questions_are_remembered_for_the_person_and_not_against_the_open_protocol(
    attempts: SqlAttempts, engine: AsyncEngine
) -> None:
    await attempts.open("c-1", "maria", HIDDEN, NOW)
    for _ in range(2):
        await attempts.ask("c-1", "maria", "account_last4", NOW)
    assert await attempts.asked("c-1", "maria", NOW - DAY) == frozenset()
    await attempts.open("c-2", "maria", HIDDEN, NOW)
    assert await attempts.asked("c-2", "maria", NOW - DAY) == {"account_last4"}
    assert await attempts.asked("c-2", "jose", NOW - DAY) == frozenset()
    await attempts.close("c-1", "maria", NOW, counts=False)
    assert await attempts.asked("c-1", "maria", NOW - DAY) == {"account_last4"}
    assert await attempts.asked("c-1", "maria", NOW + 1) == frozenset()
    async with engine.connect() as connection:
        assert (await connection.execute(select(tables.asked))).all() == []


async def test_the_demonstration_may_ask_the_same_again(engine: AsyncEngine) -> None:
    attempts = SqlAttempts(engine, b"key", lambda: DAY, remember=False)
    await attempts.open("c-1", "maria", HIDDEN, NOW)
    await attempts.ask("c-1", "maria", "account_last4", NOW)
    await attempts.close("c-1", "maria", NOW, counts=False)
    assert await attempts.asked("c-2", "maria", NOW - DAY) == frozenset()


async def test_two_calls_at_once_cannot_both_be_the_last_allowed(attempts: SqlAttempts) -> None:
    counts = await asyncio.gather(
        *(attempts.open(f"c-{number}", "12345678Z", HIDDEN, NOW) for number in range(4))
    )
    assert max(count.person for count in counts) == 4
    assert sum(count.person <= 2 for count in counts) <= 2


async def test_no_document_and_no_number_stands_in_the_table(
    attempts: SqlAttempts, engine: AsyncEngine
) -> None:
    await attempts.open("c-1", "12345678Z", "+34600000001", NOW)
    async with engine.connect() as connection:
        written = repr((await connection.execute(select(tables.attempts))).all())
    assert "12345678" not in written
    assert "600000001" not in written
