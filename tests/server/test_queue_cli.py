"""`ventanilla queue explain`: what the facts tell of a call, and what the running server says of one that waits."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from ivr.facts import PersonRefused
from queues import facts as fact
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.tables import metadata as queues_metadata
from queues.callbacks import Asked, Policy, Step, after
from queues.conditions import AtLevel
from queues.demonstration import demonstration_agents
from queues.hall import Hall
from queues.limits import Limits
from queues.why import sentences, why_not_yet
from queues.wishes import TEXT, Kind, Rule, Rules, StepRule, Wish
from server.database import open_engine
from server.facts import CallSteered
from server.facts_store import facts, metadata
from server.flows import Flows
from server.queue_cli import routed, same_story, steps_told
from server.reloading import Reloading, ask
from server.routing_told import TOLD, told
from server.topics import ROUTES, written
from tests.databases import opened
from tests.dialplans.institutions import INSS
from tests.server.test_command_line import ventanilla

CALL, PLACED = "ventanilla-1763791200.12", "ventanilla-back-1763791330.101"
HAPPENED = (
    fact.CallerWaiting(CALL, "imv", "ca", 2, 1763791200.0, 3, 1763791200.0),
    fact.NobodyCanServe(CALL, "imv", "ca", 2, "signed_in", 1763791200.0),
    fact.AgentReserved(CALL, "nuria", "nuria-browser", 1763791290.0, ("nuria fits best",), 1763791260.0),
    fact.RangOut(CALL, "nuria", 1763791275.0),
    fact.LeaseExpired(CALL, "nuria", 1763791280.0),
    fact.TalkStarted(CALL, "marta", 90.4, 1763791290.0),
    fact.TalkEnded(CALL, "marta", 30.0, 1763791320.0),
    CallSteered(CALL, "general", 1, 7, "eva", "asked twice", 1763791321.0),
    fact.HandedOver(CALL, "marta", "jordi", 1763791322.0),
    PersonRefused(CALL, "general", "ca", 1, "shut", 1763791323.0),
    fact.CallerLeft(CALL, 5.0, 1763791325.0),
    fact.CallbackTaken(CALL, PLACED, "imv", "ca", 2, 30.0, 1763791330.0),
    fact.CallbackReleased(CALL, PLACED, "nuria", 1, 1763791331.0),
    fact.CallbackTried(CALL, PLACED, 1, reached=False, why="no_answer", at=1763791332.0),
    fact.CallbackTried(CALL, PLACED, 1, reached=True, why="", at=1763791333.0),
    fact.CallbackKept(CALL, PLACED, 1, 1763791334.0),
    fact.CallbackLeft(CALL, 1, 1763791335.0),
    fact.CallbackGivenUp(CALL, 3, 1763791336.0),
    fact.CallbackCancelled(CALL, "called_again", 1763791337.0),
    fact.CallbackExpired(CALL, 0, 1763791338.0),
    fact.TalkStarted(PLACED, "marta", 2.0, 1763791339.0),
    fact.CallerLeft("another", 5.0, 1763791325.0),
)


async def test_the_table_of_facts_tells_how_a_call_was_routed(tmp_path: Path) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path / 'facts.db'}"
    rows = [row for one in HAPPENED if (row := written(one)) is not None]
    engine = open_engine(database)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(insert(facts), rows)
    await engine.dispose()
    assert await routed(database, (CALL, PLACED), ZoneInfo("Europe/Madrid")) == (
        "2025-11-22 07:00:00 waits: imv, ca, level 2, position 3",
        "2025-11-22 07:00:00 nobody who is signed in could ever take this call",
        "2025-11-22 07:01:00 nuria is reserved, because:",
        "    nuria fits best",
        "2025-11-22 07:01:15 nuria did not answer; the caller is back in line",
        "2025-11-22 07:01:20 the reservation of nuria ended without a word",
        "2025-11-22 07:01:30 talks with marta, after 90 s of waiting",
        "2025-11-22 07:02:00 the conversation with marta is over",
        "2025-11-22 07:02:01 moved by eva (asked twice): general, level 1, priority 7",
        "2025-11-22 07:02:02 given over from marta to jordi",
        "2025-11-22 07:02:03 led out of the line: a supervisor closed the queue",
        "2025-11-22 07:02:05 left without having been answered",
        f"2025-11-22 07:02:10 will be called back at this turn, as {PLACED}",
        "2025-11-22 07:02:11 it is the callback's turn: nuria is set aside, attempt 1",
        "2025-11-22 07:02:12 attempt 1 to call back: not reached, no answer",
        "2025-11-22 07:02:13 attempt 1 to call back: reached",
        "2025-11-22 07:02:14 the callback is kept",
        "2025-11-22 07:02:15 was reached, and hung up before an agent was there",
        "2025-11-22 07:02:16 given up after attempt 3: a person has to ring (`ventanilla promises list`)",
        "2025-11-22 07:02:17 is not called back: the citizen called again, and waits on that line",
        (
            "2025-11-22 07:02:18 its turn to be called back did not come in time: "
            "a person has to ring (`ventanilla promises list`)"
        ),
        "2025-11-22 07:02:19 talks with marta, after 2 s of waiting",
    )


async def test_the_call_that_keeps_a_promise_and_the_one_that_asked_for_it_tell_one_story(
    tmp_path: Path,
) -> None:
    async with opened("sqlite", tmp_path, queues_metadata) as engine:
        store = SqlCallbacks(engine)
        asked = Asked(CALL, "+34931234567", None, "es", "imv", 1, 0, 1763791200.0)
        promise = await store.take(asked, 1763791330.0, 1763799999.0)
        assert promise is not None
        tried = after(promise, Step.RELEASED, 1763791331.0, Policy())
        assert await store.move(promise, tried)
        assert (await same_story(engine, CALL))[:2] == (CALL, tried.call)
        assert await same_story(engine, tried.call) == await same_story(engine, CALL)
        assert await same_story(engine, "ventanilla-1763791200.99") == ("ventanilla-1763791200.99",)


def test_what_is_told_are_facts_that_are_kept_each_with_words_of_its_own() -> None:
    assert all(ROUTES[name].keep for name in TOLD)
    assert {type(one).__name__ for one in HAPPENED} == set(TOLD)
    with pytest.raises(ValueError, match="StepEntered is no fact"):
        told(datetime.now(tz=UTC), "StepEntered", {})


def test_a_wish_can_be_tried_without_a_server(tmp_path: Path) -> None:
    wish = ("queue", "try", "--subject", "general", "--language", "ca", "--level", "1")
    said = ventanilla(*wish, VENTANILLA_RUNTIME=str(tmp_path), VENTANILLA_INSTITUTION=str(INSS))
    lines = said.stdout.splitlines()
    assert lines[0] == "Rule information, priority 0."
    assert lines[1] == "Step 1, from 0 s: level 1, speaks ca, not of team provinces or provider."
    assert any("(overflow: rule help_with_information)" in line for line in lines)
    assert "at once when nobody who is signed in fits a step before" in lines[-1]
    unknown = ventanilla(
        *wish[:3], "dragons", *wish[4:], VENTANILLA_RUNTIME=str(tmp_path), VENTANILLA_INSTITUTION=str(INSS)
    )
    assert unknown.returncode != 0
    assert "there is no subject dragons" in " ".join(unknown.stderr.replace("│", " ").split())


def test_a_wish_in_writing_is_tried_by_the_rules_for_those() -> None:
    rules = Rules(rules=(Rule("in writing", (StepRule(AtLevel(2)),), channels=frozenset({TEXT})),))
    assert steps_told(Kind(0, 1, "ca", "imv", TEXT), rules) == (
        "Rule in writing, priority 0.",
        "Step 1, from 0 s: level 2.",
    )
    assert steps_told(Kind(0, 1, "ca", "imv"), rules)[0] == "Rule first level, priority 0."


async def test_a_running_server_says_why_a_call_waits(tmp_path: Path) -> None:
    hall = Hall(demonstration_agents(), Rules(), Limits())
    hall.want(Wish(CALL, "pension", "es", 1, 0, 0.0), 0.0)

    def explain(call: str) -> tuple[str, ...]:
        why = why_not_yet(hall, call, 5.0)
        return () if why is None else sentences(why)

    async def nobody() -> None:
        raise AssertionError("asking why changes nothing")

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, Reloading(tmp_path, Flows(INSS), nobody, explain).asked)
    try:
        said = await asyncio.to_thread(ask, tmp_path, os.getpid(), "explain", call=CALL)
        nothing = await asyncio.to_thread(ask, tmp_path, os.getpid(), "explain", call="another")
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
    assert said[1] == "Nobody who is signed in and on duty could take this call, however long it waits."
    assert nothing == ()
