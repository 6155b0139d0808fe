"""What a CRM said a while ago, on a card that says of when; and a write it chokes on, that holds up nobody else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.bridge import Bridge, Limits
from crm_bridge.adapters.delivery import NEVER_OPENED
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.card import Pop
from crm_bridge.citizens import Citizen
from crm_bridge.demonstration import MARIA, PROTECTED
from crm_bridge.pop import template
from crm_bridge.ports import CrmDown
from crm_bridge.remembered import KEPT_S, Remembered
from tests.crm_bridge.conftest import NOON, Clock
from tests.crm_bridge.crms import Peer, RemoteCrm, a_peer
from tests.crm_bridge.records_crm import a_records_crm
from tests.crm_bridge.strangers import connected

CALL, MARIAS, NUMBER = "ventanilla-1795345200.1", MARIA.citizen.id, "+34915551234"
PATIENT = Limits(card=1.0, register=1.0, write=30.0, ahead=30.0)
FAR_LIMIT_S = 60.0


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with a_peer() as peer:
        yield peer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bridge(engine: AsyncEngine, peer: Peer, clock: Clock) -> Bridge:
    pop = template("https://crm.example/?tel={telephone}&who={citizen}")
    return Bridge(engine, RemoteCrm(peer), lambda _: None, clock, PATIENT, pop)


async def looked(bridge: Bridge) -> None:
    async with asyncio.timeout(FAR_LIMIT_S):
        await asyncio.gather(*bridge._looking)


async def test_what_was_found_while_the_caller_was_with_the_machine_stands_on_the_card_of_a_slow_crm(
    bridge: Bridge, peer: Peer, clock: Clock
) -> None:
    bridge.look_ahead(NUMBER, None)
    bridge.look_ahead(None, MARIAS)
    await looked(bridge)
    clock.now += 60
    peer.manners = "hangs"
    card = await bridge.card(CALL, NUMBER, MARIAS, "es", 1, "pension")
    assert (card.crm, card.who, card.as_of, len(card.cases)) == ("slow", "María García López", NOON, 2)
    assert (card.citizen, card.pop) == (MARIAS, template_link(MARIAS))
    hint = await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
    assert (hint.who, hint.proven, hint.cases, hint.as_of) == ("María G. L.", False, (), NOON)
    assert hint.pop == template_link("")


def template_link(citizen: str) -> Pop:
    return Pop(f"https://crm.example/?tel=%2B34915551234&who={citizen}", opens=False)


async def test_what_the_crm_answers_now_is_never_mixed_with_memory(bridge: Bridge, clock: Clock) -> None:
    bridge.look_ahead(None, MARIAS)
    await looked(bridge)
    clock.now += 60
    card = await bridge.card(CALL, NUMBER, MARIAS, "es", 1, "pension")
    assert (card.crm, card.as_of) == ("ok", None)


async def test_nothing_is_remembered_longer_than_a_quarter_of_an_hour_or_after_the_crm_said_it_changed(
    bridge: Bridge, peer: Peer, clock: Clock
) -> None:
    bridge.look_ahead(NUMBER, None)
    await looked(bridge)
    peer.manners = "slams"
    assert (await bridge.card(CALL, NUMBER, None, "es", 0, "pension")).who == "María G. L."
    bridge.forget(MARIAS)
    assert (await bridge.card(CALL, NUMBER, None, "es", 0, "pension")).who is None
    peer.manners = "answers"
    clock.now += 20
    bridge.look_ahead(NUMBER, None)
    await looked(bridge)
    peer.manners = "slams"
    clock.now += KEPT_S + 1
    card = await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
    assert (card.who, card.as_of, card.crm) == (None, None, "down")


async def test_a_protected_person_is_protected_in_memory_too(bridge: Bridge, peer: Peer) -> None:
    (number,) = PROTECTED.citizen.telephones
    bridge.look_ahead(number, None)
    await looked(bridge)
    peer.manners = "slams"
    card = await bridge.card(CALL, number, None, "es", 0, "pension")
    assert (card.protected, card.who, card.number, card.pop) == (True, None, None, None)


async def test_identities_are_never_answered_out_of_memory(bridge: Bridge, peer: Peer) -> None:
    assert await bridge.answers_hold(MARIA.citizen.document, dict(MARIA.answers))
    peer.manners = "slams"
    with pytest.raises(CrmDown):
        await bridge.answers_hold(MARIA.citizen.document, dict(MARIA.answers))


def test_memory_is_bounded_and_forgets_by_citizen() -> None:
    memory = Remembered(most=3)
    for number in range(5):
        whose = ("C-1",) if number == 4 else ()
        memory.keep("people", f"+3460000000{number}", number, 1.0, memory.now_asked, whose)
    assert len(memory) == 3
    assert memory.recall("people", "+34600000000", 1.0) is None
    memory.forget("C-1")
    assert memory.recall("people", "+34600000004", 1.0) is None
    assert (
        memory.recall("people", "+34600000003", 0.5) is None
    )  # the clock was set back: of when it is, nobody knows


def test_an_answer_on_its_way_when_the_crm_said_that_it_has_changed_is_not_remembered() -> None:
    memory = Remembered(most=3)
    asked = memory.now_asked
    memory.forget(MARIAS)
    memory.keep("citizen", MARIAS, MARIA.citizen, NOON, asked)
    memory.keep("people", NUMBER, (MARIA.citizen,), NOON, asked, whose=(MARIAS,))
    assert len(memory) == 0
    memory.keep("citizen", "C-1", None, NOON, asked)
    assert len(memory) == 1, "of others it is"
    memory.keep("citizen", MARIAS, MARIA.citizen, NOON, memory.now_asked)
    assert memory.recall("citizen", MARIAS, NOON) is not None
    for number in range(4):
        memory.forget(f"C-{number}")
    memory.keep("citizen", MARIAS, None, NOON, asked)
    (known,) = [memory.recall("citizen", MARIAS, NOON)]
    assert known is not None
    assert known.answer == MARIA.citizen, "which of so many it was is not kept: then nothing that old is"
    memory.forget_all()
    memory.keep("citizen", "C-9", None, NOON, asked)
    assert len(memory) == 0


async def test_a_card_shows_nothing_of_an_answer_that_came_after_the_word_that_it_has_changed(
    bridge: Bridge, peer: Peer
) -> None:
    asked, comes, knows = asyncio.Event(), asyncio.Event(), peer.crm.citizens_by_telephone

    async def later(telephone: str) -> tuple[Citizen, ...]:
        found = await knows(telephone)
        asked.set()
        await comes.wait()
        return found

    peer.crm.citizens_by_telephone = later  # type: ignore[method-assign] # an answer that takes its time
    bridge.look_ahead(NUMBER, None)
    await asked.wait()
    bridge.forget(MARIAS)
    comes.set()
    await looked(bridge)
    peer.manners = "slams"
    assert (await bridge.card(CALL, NUMBER, None, "es", 0, "pension")).who is None


@pytest.mark.parametrize("learnt", ["another answer", "the register"])
async def test_who_became_protected_since_is_protected_on_every_card_out_of_memory(
    bridge: Bridge, peer: Peer, clock: Clock, learnt: str
) -> None:
    bridge.look_ahead(NUMBER, None)
    await looked(bridge)
    clock.now += 60
    peer.crm._people[MARIAS] = replace(MARIA, citizen=replace(MARIA.citizen, protected=True))
    if learnt == "another answer":
        bridge.look_ahead(None, MARIAS)
        await looked(bridge)
    else:
        await bridge.person_by_document(MARIA.citizen.document)
    peer.manners = "slams"
    hint = await bridge.card(CALL, NUMBER, None, "es", 0, "pension")
    assert (hint.protected, hint.who, hint.number, hint.hidden_requests) == (True, None, None, 0)


async def test_a_write_that_the_crm_chokes_on_holds_up_only_its_own_request(
    engine: AsyncEngine, clock: Clock
) -> None:
    async with a_records_crm() as theirs, connected(theirs) as crm:
        bridge = Bridge(engine, crm, lambda _: None, clock, PATIENT)
        choked = await bridge.open_or_continue(CALL, None, "pension")
        await bridge.note(CALL, "ana", "resolved", "")
        theirs.chokes_on = choked
        others = [await bridge.open_or_continue(f"{CALL}{number}", None, "imv") for number in range(120)]
        assert await bridge.deliver() == len(others)
        assert choked not in theirs.objects["Case"]
        theirs.chokes_on = ""
        assert await bridge.deliver() == 0  # it rests
        clock.now += 60
        assert await bridge.deliver() == 2
        assert theirs.objects["Case"][choked]["Status"] == "Solved"


async def test_what_a_crm_refused_is_handed_over_again_in_its_order_when_somebody_says_so(
    engine: AsyncEngine, clock: Clock
) -> None:
    async with a_records_crm() as theirs, connected(theirs) as crm:
        bridge, ledger = Bridge(engine, crm, lambda _: None, clock, PATIENT), Ledger(engine)
        request = await bridge.open_or_continue(CALL, "C-unknown", "pension")
        await bridge.note(CALL, "ana", "resolved", "Todo claro.")
        assert await bridge.deliver() == 2
        assert [(one.request, one.kind, one.reason) for one in await ledger.refusals(10)] == [
            (request, "note", NEVER_OPENED),
            (request, "open", "no such citizen"),
        ]
        theirs.objects["Contact"]["C-unknown"] = theirs.objects["Contact"][MARIAS]
        assert await ledger.again("2026-0000999-9") == 0
        assert await ledger.again(None) == 2
        assert await bridge.deliver() == 2
        assert await ledger.refusals(10) == ()
        assert theirs.objects["Case"][request]["Status"] == "Solved"
