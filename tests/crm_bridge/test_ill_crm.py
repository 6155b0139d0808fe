"""A CRM that hangs, breaks off, talks nonsense or is not there: the card comes and nothing is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.asking import Asking, CrmSlow
from crm_bridge.adapters.bridge import Bridge, Limits
from crm_bridge.adapters.seeding import seed
from crm_bridge.adapters.tables import metadata, outbox
from crm_bridge.breaker import FAILURES_TO_OPEN, OPEN_FOR_S
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.facts import CrmBack, CrmLost, WriteRefused
from crm_bridge.ports import CrmDown
from crm_bridge.requests import State
from crm_bridge.writes import Escalate
from tests.crm_bridge.conftest import KEY, NOON, Clock
from tests.crm_bridge.crms import Manners, Peer, RemoteCrm, a_peer
from tests.databases import opened

CALL, MARIA, NUMBER = "ventanilla-1795345200.1", "demo-maria", "+34915551234"
# Long enough for a healthy answer on a busy machine; a peer that hangs would be waited for all the same without them.
PATIENT = Limits(card=2.0, register=2.0, write=2.0)
FAR_LIMIT_S = 60.0


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with a_peer() as peer:
        yield peer


@pytest.fixture
def facts() -> list[object]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bridge(engine: AsyncEngine, peer: Peer, facts: list[object], clock: Clock) -> Bridge:
    return Bridge(engine, RemoteCrm(peer), facts.append, clock, PATIENT)


async def test_a_healthy_remote_crm_makes_a_whole_card(bridge: Bridge) -> None:
    card = await bridge.card(CALL, NUMBER, MARIA, "es", 1, "pension")
    assert (card.crm, card.who, len(card.cases)) == ("ok", "María García López", 2)


@pytest.mark.parametrize(("manners", "said"), [("hangs", "slow"), ("slams", "down"), ("garbles", "down")])
async def test_the_card_comes_in_time_and_says_how_the_crm_is(
    bridge: Bridge, peer: Peer, manners: Manners, said: str
) -> None:
    request = await bridge.open_or_continue(CALL, None, "pension")
    peer.manners = manners
    async with asyncio.timeout(FAR_LIMIT_S):
        card = await bridge.card(CALL, NUMBER, MARIA, "ca", 1, "pension")
    assert (card.crm, card.who, card.request) == (said, None, request)
    assert (card.language, card.proven_level, card.why, card.number) == ("ca", 1, "pension", NUMBER)


async def test_what_was_answered_before_the_crm_hung_stands_on_the_card(bridge: Bridge, peer: Peer) -> None:
    peer.hangs_on = "folder"
    card = await bridge.card(CALL, NUMBER, MARIA, "es", 1, "pension")
    assert (card.crm, card.who, card.open_requests) == ("slow", "María García López", ())


async def test_a_crm_that_is_not_there_is_down(bridge: Bridge, peer: Peer) -> None:
    peer.port = 1
    card = await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
    assert card.crm == "down"


async def test_after_failures_in_a_row_the_crm_is_left_alone_and_then_tried_once(
    bridge: Bridge, peer: Peer, facts: list[object], clock: Clock
) -> None:
    peer.manners = "slams"
    for _ in range(FAILURES_TO_OPEN + 4):
        assert (await bridge.card(CALL, NUMBER, None, "es", 0, "pension")).crm == "down"
    assert peer.asked == FAILURES_TO_OPEN
    peer.manners = "answers"
    clock.now += OPEN_FOR_S
    assert (await bridge.card(CALL, NUMBER, None, "es", 0, "pension")).crm == "ok"
    assert [type(fact) for fact in facts if isinstance(fact, CrmLost | CrmBack)] == [CrmLost, CrmBack]


async def test_the_protocol_is_told_that_the_crm_is_down(bridge: Bridge, peer: Peer) -> None:
    peer.manners = "hangs"
    with pytest.raises(CrmDown):
        await bridge.person_by_document("12345678Z")
    with pytest.raises(CrmDown):
        await bridge.cases(MARIA)


async def test_what_is_written_while_the_crm_is_down_arrives_once_and_in_order(
    bridge: Bridge, peer: Peer, clock: Clock
) -> None:
    peer.manners = "slams"
    request = await bridge.open_or_continue(CALL, MARIA, "pension")
    await bridge.note(CALL, "ana", "waiting_citizen", "Falta el certificado.")
    await bridge.pass_on(CALL, 2, "pension")
    assert await bridge.deliver() == 0
    peer.manners = "answers"
    clock.now += OPEN_FOR_S
    assert await bridge.deliver() == 3
    assert await bridge.deliver() == 0
    there = peer.crm.kept[request]
    assert (there.state, there.level, there.citizen) == (State.WAITING_CITIZEN, 2, MARIA)
    assert len(peer.crm.met) == 1


async def test_a_write_whose_answer_was_lost_is_not_doubled(bridge: Bridge, peer: Peer, clock: Clock) -> None:
    request = await bridge.open_or_continue(CALL, MARIA, "pension")
    peer.manners = "takes and hangs"
    assert await bridge.deliver() == 0
    assert list(peer.crm.kept) == [request]
    await peer.crm.write("elsewhere", Escalate(request, 3, "pension", NOON))
    peer.manners = "answers"
    clock.now += OPEN_FOR_S
    assert await bridge.deliver() == 1
    assert peer.crm.kept[request].level == 3


async def test_a_restarted_server_delivers_what_the_old_one_wrote(
    engine: AsyncEngine, bridge: Bridge, peer: Peer
) -> None:
    peer.manners = "hangs"
    request = await bridge.open_or_continue(CALL, MARIA, "pension")
    peer.manners = "answers"
    restarted = Bridge(engine, RemoteCrm(peer), lambda _fact: None, Clock(), PATIENT)
    assert await restarted.open_or_continue(CALL, MARIA, "pension") == request
    assert await restarted.deliver() == 1
    assert list(peer.crm.kept) == [request]


async def test_two_servers_that_deliver_at_once_double_nothing(
    engine: AsyncEngine, bridge: Bridge, peer: Peer
) -> None:
    other = Bridge(engine, RemoteCrm(peer), lambda _fact: None, Clock(), PATIENT)
    for number in range(5):
        await bridge.open_or_continue(f"ventanilla-1795345200.{number}", None, "imv")
    await asyncio.gather(bridge.deliver(), other.deliver())
    assert len(peer.crm.kept) == len(peer.crm.met) == 5


async def test_a_write_the_crm_refuses_is_told_kept_and_holds_up_nobody(
    engine: AsyncEngine, bridge: Bridge, peer: Peer, facts: list[object]
) -> None:
    await bridge.open_or_continue(CALL, "nobody-there", "pension")
    fine = await bridge.open_or_continue("ventanilla-1795345200.2", None, "pension")
    assert await bridge.deliver() == 2
    assert list(peer.crm.kept) == [fine]
    assert sum(isinstance(fact, WriteRefused) for fact in facts) == 1
    async with engine.connect() as connection:
        kept = await connection.execute(select(outbox.c.write).where(outbox.c.refused.is_not(None)))
        assert "nobody-there" in kept.scalar_one()


async def test_what_was_taken_leaves_no_notes_in_the_outbox(engine: AsyncEngine, bridge: Bridge) -> None:
    await bridge.open_or_continue(CALL, MARIA, "pension")
    await bridge.note(CALL, "ana", "resolved", "Muy personal.")
    await bridge.deliver()
    async with engine.connect() as connection:
        assert set((await connection.execute(select(outbox.c.write))).scalars()) == {""}


async def test_calls_at_once_get_different_references_and_one_call_gets_one(bridge: Bridge) -> None:
    calls = [f"ventanilla-1795345200.{number % 20}" for number in range(60)]
    references = await asyncio.gather(*(bridge.open_or_continue(call, None, "general") for call in calls))
    assert len(set(references)) == 20
    assert len(set(zip(calls, references, strict=True))) == 20


async def test_the_running_bridge_delivers_by_itself(bridge: Bridge, peer: Peer) -> None:
    running = asyncio.create_task(bridge.run(), name="outbox")
    request = await bridge.open_or_continue(CALL, MARIA, "pension")
    async with asyncio.timeout(FAR_LIMIT_S):
        while request not in peer.crm.kept:  # noqa: ASYNC110 (the peer has no event to wait for)
            await asyncio.sleep(0.01)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_fault_of_a_connector_is_logged_without_what_it_was_about(
    bridge: Bridge, peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.manners = "garbles"
    await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
    with contextlib.suppress(CrmDown):
        await bridge.person_by_document("12345678Z")
    assert "JSONDecodeError in" in caplog.text
    for personal in (NUMBER, "12345678Z", "Bad Gateway"):
        assert personal not in caplog.text


async def test_tables_that_are_locked_make_the_card_slow_and_come_back(tmp_path: Path) -> None:
    async with opened("postgresql", tmp_path, metadata) as engine:
        await seed(engine, KEY)
        bridge = Bridge(engine, Builtin(engine, KEY), lambda _fact: None, Clock(), PATIENT)
        async with engine.begin() as holding:
            await holding.execute(text("LOCK TABLE crm_citizens IN ACCESS EXCLUSIVE MODE"))
            async with asyncio.timeout(FAR_LIMIT_S):
                assert (await bridge.card(CALL, NUMBER, None, "es", 0, "pension")).crm == "slow"
        card = await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
        assert (card.crm, card.who) == ("ok", "María G. L.")


async def test_a_question_that_will_not_be_taken_back_holds_up_nobody(clock: Clock) -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await released.wait()
            raise

    asking = Asking("stubborn", "cards", lambda _fact: None, clock)
    async with asyncio.timeout(FAR_LIMIT_S):
        with pytest.raises(CrmSlow):
            await asking.ask(stubborn, 0.05)
    released.set()
