"""`ventanilla queue explain`: what the facts tell of a call, and what the running server says of one that waits."""

import asyncio
import os
import signal
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from queues import facts as fact
from queues.demonstration import demonstration_agents
from queues.hall import Hall
from queues.limits import Limits
from queues.why import sentences, why_not_yet
from queues.wishes import Rules, Wish
from server.database import open_engine
from server.facts_store import facts, metadata
from server.flows import Flows
from server.queue_cli import TOLD, routed
from server.reloading import Reloading, ask
from server.topics import ROUTES, written
from tests.dialplans.institutions import INSS

CALL = "ventanilla-1763791200.12"
HAPPENED = (
    fact.CallerWaiting(CALL, "imv", "ca", 2, 1763791200.0, 3, 1763791200.0),
    fact.NobodyCanServe(CALL, "imv", "ca", 2, "signed_in", 1763791200.0),
    fact.AgentReserved(CALL, "nuria", "nuria-browser", 1763791290.0, ("nuria fits best",), 1763791260.0),
    fact.RangOut(CALL, "nuria", 1763791275.0),
    fact.LeaseExpired(CALL, "nuria", 1763791280.0),
    fact.TalkStarted(CALL, "marta", 90.4, 1763791290.0),
    fact.TalkEnded(CALL, "marta", 30.0, 1763791320.0),
    fact.CallerLeft(CALL, 5.0, 1763791325.0),
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
    assert await routed(database, CALL, ZoneInfo("Europe/Madrid")) == (
        "2025-11-22 07:00:00 waits: imv, ca, level 2, position 3",
        "2025-11-22 07:00:00 nobody who is signed in could ever take this call",
        "2025-11-22 07:01:00 nuria is reserved, because:",
        "    nuria fits best",
        "2025-11-22 07:01:15 nuria did not answer; the caller is back in line",
        "2025-11-22 07:01:20 the reservation of nuria ended without a word",
        "2025-11-22 07:01:30 talks with marta, after 90 s of waiting",
        "2025-11-22 07:02:00 the conversation with marta is over",
        "2025-11-22 07:02:05 left without having been answered",
    )


def test_what_is_told_are_facts_that_are_kept() -> None:
    assert all(ROUTES[name].keep for name in TOLD)


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
