"""Calls that a lost server kept: who was told to have ended is not told once more, nor forgotten before time."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert

from dialplans.machine import Walk
from ivr.adapters import tables
from ivr.adapters.calls import SqlCalls
from ivr.facts import CallEnded, CallResumed
from ivr.ports.calls import Kept
from server import facts_store
from server.core import taken_up
from server.facts_store import FactsStore
from server.topics import written
from tests.databases import DIALECTS, opened

NOW = time.time()  # what is older than half a day is not taken up
CALLS = [f"ventanilla-1763982000.{number}" for number in range(4)]


@dataclass(frozen=True)
class _Told:
    facts: tuple[object, ...]
    goes_on: bool


STORIES = {
    CALLS[0]: _Told((), goes_on=True),
    CALLS[1]: _Told((CallEnded(CALLS[1], "hung_up", NOW + 5),), goes_on=False),
    CALLS[2]: _Told(
        (CallEnded(CALLS[2], "hung_up", NOW - 9), CallResumed(CALLS[2], "waiting", None, NOW - 3)),
        goes_on=True,
    ),
    CALLS[3]: _Told((CallEnded(CALLS[3], "hung_up", NOW), CallEnded(CALLS[0], "", NOW - 60)), goes_on=False),
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_whose_end_a_lost_server_told_goes_on_for_nobody_but_may_come_back(
    dialect: str, tmp_path: Path
) -> None:
    walk = Walk("901166565", "general/main", "es")
    async with (
        opened(dialect, tmp_path, tables.metadata) as engine,
        opened(dialect, tmp_path, facts_store.metadata) as record,
    ):
        lost = await SqlCalls(engine).open(NOW)
        for call in CALLS:
            lost.keep(Kept(call, "waiting", walk, None, None, None, False, NOW - 60, NOW))
        await lost.close()
        async with record.begin() as connection:
            facts = [fact for story in STORIES.values() for fact in story.facts]
            rows = [row for fact in facts if (row := written(fact)) is not None]
            await connection.execute(insert(facts_store.facts), rows)
        calls = await taken_up(engine, FactsStore(record))
        going_on = [kept.call for kept in calls.in_progress()]
        assert sorted(going_on) == [call for call, story in STORIES.items() if story.goes_on]
        assert calls.unfinished(CALLS[1]) is not None  # the line was lost by mistake
        assert CALLS[1] in [kept.call for kept in calls.in_progress()]
        await calls.close()
