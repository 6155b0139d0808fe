"""Agents who are rung before the citizen: by which id, where, with which words, and only once the card is there."""

from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from dialplans.institution_file import CallingBack
from ivr.ports.floor import Outside, WishForm
from ivr.waiting import SET_UP_S
from queues.adapters.ami import Ami
from queues.callbacks import Callback, Policy, Step, after
from queues.ports import Reservation
from queues.reconcile import Channel
from server.summoning import Summoning
from tests.dialplans.institutions import inss
from tests.queues.switchboard import PEOPLE
from tests.queues.test_callbacks import NOON, PROMISE

SUMMONED = after(PROMISE, Step.SUMMONED, NOON, Policy())
ANA = replace(PEOPLE[0], name="ana", languages={"es": 2, "ca": 5})
CITIZEN = Channel("PJSIP/trunk-00000001", SUMMONED.call, SUMMONED.leg, None, up=True, bridged=True)
LEG = Channel("PJSIP/agent-ana-00000002", SUMMONED.leg, SUMMONED.call, "ana", up=True, bridged=True)


@dataclass
class Paper:
    """Asterisk, the desk and the bridge on paper: what was done, in order."""

    outside: Outside | None = None
    there: tuple[Channel, ...] = (CITIZEN, LEG)
    done: list[tuple[object, ...]] = field(default_factory=list)

    async def originate(self, call: str, channel: str, ring_s: int, context: str, **fields: str) -> bool:
        self.done.append(("ring", call, channel, ring_s, context, fields["Variable"]))
        return True

    async def channels(self) -> tuple[Channel, ...]:
        return self.there

    async def hang_up(self, channel: str) -> bool:
        self.done.append(("hang up", channel))
        return True

    async def push(self, wish: WishForm, agent: str) -> None:
        self.done.append(("card", wish.call, agent))

    async def join(self, callback: Callback) -> None:
        self.done.append(("join", callback.call))

    def summoning(self) -> Summoning:
        people = {"ana": ANA}
        return Summoning(
            cast("Ami", self), inss, lambda: people, lambda _: self.outside, self.push, self.join
        )


def set_aside(endpoint: str) -> Reservation:
    return Reservation(SUMMONED.call, "ana", endpoint, NOON + 45)


async def test_the_agent_s_card_is_there_before_the_ring_and_the_leg_has_the_id_on_disk() -> None:
    paper = Paper()
    assert await paper.summoning().summon(SUMMONED, set_aside("agent-ana-sip"))
    ring_s = inss().waiting.ring_s
    assert paper.done == [
        ("join", SUMMONED.call),
        ("card", SUMMONED.call, "ana"),
        ("ring", SUMMONED.leg, "PJSIP/agent-ana-sip", ring_s, "summoned", "VT_LANGUAGE=ca,VT_ASK_KEY=no"),
    ]


async def test_an_agent_on_a_number_outside_is_rung_there_and_asked_for_the_key() -> None:
    paper = Paper(Outside("outside-ana/sip:+34612345678@192.0.2.7:5060", "U(accept^ca)"))
    assert await paper.summoning().summon(SUMMONED, set_aside("outside-ana"))
    where = "PJSIP/outside-ana/sip:+34612345678@192.0.2.7:5060"
    ring_s = inss().waiting.ring_s + SET_UP_S
    assert paper.done[-1] == (
        "ring",
        SUMMONED.leg,
        where,
        ring_s,
        "summoned",
        "VT_LANGUAGE=ca,VT_ASK_KEY=yes",
    )


async def test_without_a_good_number_nobody_waits_before_the_key_either() -> None:
    paper = Paper()
    assert await paper.summoning().summon(SUMMONED, set_aside("outside-ana"))
    assert str(paper.done[-1][-1]).endswith("VT_ASK_KEY=yes")


async def test_only_a_leg_that_hears_music_waits_and_a_citizen_who_goes_ends_their_agent_s() -> None:
    paper = Paper()
    assert await paper.summoning().waiting() == frozenset()
    assert not await paper.summoning().tidy(lambda _, citizen: citizen), "the leg of a talk is there"
    assert paper.done == []
    paper.there = (CITIZEN, replace(LEG, bridged=False, waits=True))
    assert await paper.summoning().waiting() == {SUMMONED.leg}
    await paper.summoning().ended("ventanilla-back-1763791200.901")
    assert paper.done == []
    await paper.summoning().ended(SUMMONED.call)
    assert paper.done == [("hang up", SUMMONED.leg)]


async def test_a_leg_without_a_citizen_is_let_go_unless_its_attempt_is_under_way() -> None:
    assert await Paper(there=(CITIZEN,)).summoning().tidy(lambda *_: False), "no leg is there"
    paper = Paper(there=(LEG,))
    assert not await paper.summoning().tidy(lambda leg, _: leg.call == SUMMONED.leg)
    assert paper.done == []
    assert not await paper.summoning().tidy(lambda _, citizen: citizen)
    assert paper.done == [("hang up", SUMMONED.leg)]


@pytest.mark.parametrize("wrong", ["agents", "Agent", "", True])
def test_nothing_else_can_be_rung_first(wrong: object) -> None:
    with pytest.raises(ValueError, match="'citizen' or 'agent'"):
        CallingBack.model_validate({"first": wrong})
