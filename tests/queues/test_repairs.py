"""Each repair: what we believe, what Asterisk has, how it stands once both are compared, and the fact that says so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from queues import facts as fact
from queues.adapters.reconciler import TELEPHONES_EVERY_S, Reconciler
from queues.agents import State
from queues.reconcile import Channel, Repair
from tests.queues.fakes import Form, PaperAsterisk, call
from tests.queues.test_floor import House, a_house, settled


def caller(number: int, *, bridged: bool = True) -> Channel:
    return Channel(f"PJSIP/trunk-0000000{number}", call(number), call(number), None, up=True, bridged=bridged)


def with_ana(number: int) -> Channel:
    return Channel(
        f"PJSIP/agent-ana-0000009{number}", call(90 + number), call(number), "ana", up=True, bridged=True
    )


@dataclass(frozen=True)
class Story:
    """`believed`: waits, reserved or talks, of call 1; `asterisk` lists; then ana is `becomes` with `holds`."""

    believed: str
    asterisk: tuple[Channel, ...]
    becomes: State
    holds: str | None
    places: tuple[str, ...]
    outcomes: tuple[tuple[str, str], ...] = ()


STORIES = {
    Repair.LEASE_OVER: Story("reserved", (caller(1, bridged=False),), State.READY, None, (call(1),)),
    Repair.TALK_LOST: Story("talks", (), State.WRAP_UP, call(1), (), ((call(1), "answered"),)),
    Repair.TALK_FOUND: Story("reserved", (caller(1), with_ana(1)), State.TALKING, call(1), (call(1),)),
    Repair.OTHER_CALL: Story(
        "talks", (caller(2), with_ana(2)), State.TALKING, call(2), (), ((call(1), "answered"),)
    ),
    Repair.CALLER_GONE: Story("waits", (), State.SIGNED_OUT, None, (), ((call(1), "abandoned"),)),
}


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as house:
        yield house


def test_every_repair_has_its_story() -> None:
    told = {Repair.TELEPHONE_CAME, Repair.TELEPHONE_WENT}  # below: no call is in them
    assert set(STORIES) | told == set(Repair)


@pytest.mark.parametrize("kind", STORIES, ids=str)
async def test_what_we_believe_is_put_right(house: House, kind: Repair) -> None:
    story, paper = STORIES[kind], PaperAsterisk()
    house.floor.asterisk = paper
    if story.believed != "waits":
        await house.floor.sign_in("ana")
    session = house.waits(Form(call(1)))
    await settled()
    if story.believed == "talks":
        house.floor.answered(call(1))
    if kind is not Repair.LEASE_OVER:  # its session is dead; that of a lease lives and is silent
        session.cancel()
        await asyncio.gather(session, return_exceptions=True)
    house.clock.passes(house.floor.limits.lease_s + 1 if kind is Repair.LEASE_OVER else 1)
    paper.listed = story.asterisk
    reconciler = Reconciler(house.floor, paper)
    for _ in range(2):
        await reconciler.look()
    ana = house.floor.state("ana")
    assert (ana.state, ana.call) == (story.becomes, story.holds)
    assert tuple(house.floor.hall.places) == story.places
    assert tuple((outcome.call, outcome.kind) for outcome in house.store.outcomes) == story.outcomes
    assert kind.value in [said.what for said in house.said if isinstance(said, fact.Repaired)]
    session.cancel()


async def test_a_telephone_whose_going_and_coming_was_not_told_is_found(house: House) -> None:
    paper = PaperAsterisk()
    paper.there = {"ana": True, "ana-sip": False, "somebody-else": False}
    await house.floor.sign_in("ana")
    reconciler = Reconciler(house.floor, paper)
    await reconciler.look()
    for there in (True, False, True):
        house.clock.passes(TELEPHONES_EVERY_S)
        paper.there = {"ana": there, "ana-sip": False, "somebody-else": False}
        await reconciler.look()
        assert house.floor.hall.is_reachable("ana") is there
    repairs = [said.what for said in house.said if isinstance(said, fact.Repaired)]
    assert repairs == ["telephone_went", "telephone_came"]
