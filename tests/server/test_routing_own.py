"""Named agents of a live wish: who spoke with a proven citizen before, out of what the database knows."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import MetaData, event, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters import tables as crm
from ivr.adapters import tables as ivr
from ivr.ports.floor import WishForm
from queues.adapters import tables as queues
from queues.agents import Agent, Event, Happening
from queues.explain import explain
from queues.hall import Hall
from queues.limits import Limits
from queues.wishes import Named
from server import routing_own
from server.facts_store import facts
from server.routing import rules_of
from server.routing_own import SAME_AND_OPEN, SAME_OR_OPEN, OwnAgents, Talk, named
from tests.databases import DIALECTS, opened
from tests.dialplans.institutions import inss

DAY, NOW, HALF_LIFE_S = 86_400.0, 1_800_000_000.0, 14 * 86_400.0
MARTA = Agent("marta", "Marta", 2, {"es": 5}, {"pension": 5})
NURIA = Agent("nuria", "Nuria", 2, {"es": 5}, {"pension": 5})
WISH = WishForm("ventanilla-1800000000.1", "pension", "es", 2, 0, NOW, identity=1, person="p1")


def talk(
    agent: str, days: float, *, subject: str = "pension", left: bool = False, of: str | None = None
) -> Talk:
    return Talk(agent, subject, of, NOW - days * DAY, left)


def whose(*talks: Talk) -> list[tuple[str, float]]:
    return [(one.agent, one.score) for one in named(talks, "pension", NOW, HALF_LIFE_S)]


def test_same_subject_and_left_open_counts_twice_as_much_as_either_alone_and_neither_nothing() -> None:
    assert whose(talk("a", 1), talk("b", 1, left=True), talk("c", 1, subject="imv")) == [
        ("b", SAME_AND_OPEN),
        ("a", SAME_OR_OPEN),
    ]
    assert whose(talk("c", 1, subject="imv", left=True)) == [("c", SAME_OR_OPEN)]


def test_what_was_left_open_is_as_much_as_the_same_subject_a_half_life_later() -> None:
    recent, open_long_ago = talk("a", 1), talk("b", 14.9, left=True)
    assert whose(open_long_ago, recent)[0][0] == "b"
    assert whose(replace(open_long_ago, ended_at=NOW - 15.1 * DAY), recent)[0][0] == "a"


def test_a_request_is_open_as_its_last_conversation_left_it() -> None:
    last, before = talk("a", 1, of="r1"), talk("b", 2, left=True, of="r1")
    assert whose(last, before) == [("a", SAME_OR_OPEN), ("b", SAME_OR_OPEN)]


def test_each_agent_counts_once_by_the_best_and_no_more_than_three() -> None:
    assert whose(talk("a", 1), talk("a", 2, left=True)) == [("a", SAME_AND_OPEN)]
    assert [name for name, _ in whose(*(talk(name, day) for day, name in enumerate("abcd")))] == [
        "a",
        "b",
        "c",
    ]


TABLES = (queues.outcomes, ivr.proofs, crm.calls, facts)


@pytest.fixture(params=DIALECTS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    whole = MetaData()
    for table in TABLES:
        table.to_metadata(whole)
    async with opened(request.param, tmp_path, whole) as engine:
        yield engine


async def spoke(
    engine: AsyncEngine,
    call: str,
    agent: str,
    days: float,
    *,
    person: str = "p1",
    level: int = 1,
    subject: str = "pension",
    kind: str = "answered",
    outcome: str | None = None,
) -> None:
    """Put a conversation on record, as the rooms write it."""
    at = NOW - days * DAY
    ended = {
        "call": call, "subject": subject, "language": "es", "level": 2, "kind": kind, "agent": agent,
        "since_at": at - 300, "ended_at": at, "waited_s": 1.0,
    }  # fmt: skip
    proof = {
        "id": f"{call}-{level}", "call": call, "person": person, "level": level, "method": "questions",
        "questions": [], "protected": False, "at": at - 400,
    }  # fmt: skip
    asked = {
        "call": call, "request": f"of-{call[-12:]}", "citizen": person, "subject": subject, "own": True, "at": at,
    }  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(insert(queues.outcomes).values(ended))
        await connection.execute(insert(ivr.proofs).values(proof))
        await connection.execute(insert(crm.calls).values(asked))
        if outcome is not None:
            body = json.dumps({"call": call, "agent": agent, "outcome": outcome})
            noted = {"type": "RequestNoted", "call": call, "agent": agent, "at": at, "body": body}
            await connection.execute(insert(facts).values(noted))


def hall() -> Hall:
    here = Hall((MARTA, NURIA), rules_of(inss()), Limits())
    for agent in (MARTA, NURIA):
        here.happen(agent.name, Event(Happening.SIGN_IN, NOW, address="browser"))
    return here


async def names(engine: AsyncEngine, wish: WishForm = WISH) -> list[tuple[str, float]]:
    return [(one.agent, one.score) for one in await OwnAgents(engine, hall()).of(wish, NOW)]


async def test_who_spoke_with_a_proven_citizen_is_found_with_what_was_left_open(engine: AsyncEngine) -> None:
    await spoke(engine, "c1", "marta", 3, outcome="pending")
    await spoke(engine, "c2", "nuria", 1, outcome="resolved")
    assert await names(engine) == [("marta", SAME_AND_OPEN), ("nuria", SAME_OR_OPEN)]
    (first, _) = await OwnAgents(engine, hall()).of(WISH, NOW)
    assert first == Named("marta", SAME_AND_OPEN, NOW - 3 * DAY, HALF_LIFE_S)


async def test_a_conversation_of_which_nothing_was_noted_left_something_to_do(engine: AsyncEngine) -> None:
    await spoke(engine, "c1", "marta", 3)
    assert await names(engine) == [("marta", SAME_AND_OPEN)]


@pytest.mark.parametrize(
    "wish", [replace(WISH, identity=0), replace(WISH, person=None), replace(WISH, person="p2")]
)
async def test_whoever_is_not_proven_to_be_that_citizen_learns_of_nobody(
    engine: AsyncEngine, wish: WishForm
) -> None:
    await spoke(engine, "c1", "marta", 3)
    assert await names(engine, replace(wish, caller="+34931234567")) == []


async def test_only_a_conversation_counts_in_which_they_had_proven_it_and_somebody_answered(
    engine: AsyncEngine,
) -> None:
    await spoke(engine, "c1", "marta", 3, person="p2")
    await spoke(engine, "c2", "marta", 3, level=0)
    await spoke(engine, "c3", "marta", 3, kind="abandoned")
    await spoke(engine, "c4", "marta", 120)
    assert await names(engine) == []
    await spoke(engine, WISH.call, "marta", 0)  # who has just passed them on is not whom they want
    assert await names(engine) == []


async def test_a_rule_that_prefers_nobody_asks_the_database_nothing(engine: AsyncEngine) -> None:
    await spoke(engine, "c1", "marta", 3)
    assert await names(engine, replace(WISH, subject="protected")) == []


class Slow:
    """A database that answers when it is let, or fails then; keeps how many look-ups were begun and cut off."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.let, self.fault = asyncio.Event(), False
        self.begun = self.cut = 0
        monkeypatch.setattr(routing_own, "talks_of", self._talks_of)
        monkeypatch.setattr(routing_own, "LOOK_UP_S", 0.0)

    async def _talks_of(self, *_asked: object) -> list[Talk]:
        self.begun += 1
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cut += 1
            raise
        if self.fault:
            raise OSError("its words quote a citizen")
        return []


async def settled() -> None:
    """Let every task come as far as it can."""
    for _ in range(6):
        await asyncio.sleep(0)


async def test_a_database_that_does_not_answer_in_time_leaves_the_caller_to_everybody_and_is_not_cut_off(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow, own = Slow(monkeypatch), OwnAgents(engine, hall())
    assert await own.of(WISH, NOW) == ()
    await settled()
    assert (slow.begun, slow.cut) == (1, 0), "closing its connection would hold up the caller"
    slow.fault = True
    slow.let.set()
    await settled()
    assert "late look-up of whose a caller is failed: OSError" in caplog.text
    assert "citizen" not in caplog.text


async def test_no_more_look_ups_are_begun_while_many_are_late_and_again_when_they_are_over(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, own = Slow(monkeypatch), OwnAgents(engine, hall())
    for _ in range(routing_own.MOST_LATE + 3):
        assert await own.of(WISH, NOW) == ()
        await settled()
    assert slow.begun == routing_own.MOST_LATE
    slow.let.set()
    await settled()
    await own.of(WISH, NOW)
    await settled()
    assert slow.begun == routing_own.MOST_LATE + 1


async def test_who_hangs_up_meanwhile_cuts_no_look_up_off(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    monkeypatch.setattr(routing_own, "LOOK_UP_S", 3600.0)
    asking = asyncio.create_task(OwnAgents(engine, hall()).of(WISH, NOW))
    await settled()
    asking.cancel()
    await asyncio.wait({asking})
    await settled()
    assert (asking.cancelled(), slow.begun, slow.cut) == (True, 1, 0)
    slow.let.set()
    await settled()


async def test_a_late_look_up_keeps_its_connection_to_a_real_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = MetaData()
    for table in TABLES:
        table.to_metadata(whole)
    async with opened("postgresql", tmp_path, whole) as engine:
        closed: list[object] = []
        own = OwnAgents(engine, hall())
        async with engine.begin() as locking:
            await locking.execute(text(f"LOCK TABLE {queues.outcomes.name} IN ACCESS EXCLUSIVE MODE"))
            for happening in ("close", "close_detached", "invalidate"):
                event.listen(engine.sync_engine.pool, happening, lambda *_: closed.append(1))
            monkeypatch.setattr(routing_own, "LOOK_UP_S", 0.2)  # it is in the database by then, or on its way
            assert await own.of(WISH, NOW) == ()
            (late,) = own._late
        assert await late == []
        assert not closed


def test_a_live_wish_waits_for_its_agent_so_long_and_then_for_anybody() -> None:
    here, own = hall(), (Named("marta", SAME_AND_OPEN, NOW - DAY, HALF_LIFE_S),)
    here.happen("marta", Event(Happening.RESERVE, NOW, "c0", until=NOW + 45.0))
    here.want(WISH, NOW, own)
    assert here.route(NOW + 19.0) == []
    ((reservation, _),) = here.route(NOW + 20.0)
    assert reservation.agent == "nuria"


def test_a_live_wish_gets_its_agent_before_one_who_has_been_idle_longer() -> None:
    here, own = hall(), (Named("nuria", SAME_OR_OPEN, NOW - DAY, HALF_LIFE_S),)
    here.want(WISH, NOW, own)
    ((reservation, pair),) = here.route(NOW)
    assert reservation.agent == "nuria"
    assert "the caller's own with a score of 48" in " ".join(explain(pair))
