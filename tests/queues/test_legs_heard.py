"""What Asterisk tells of an agent's own leg in a callback, and what is made of it."""

from dataclasses import replace
from itertools import pairwise

import pytest

from queues.agents import AgentState, State
from queues.heard import AgentHungUp, Answered, LegGone, Rings, Waits, channels, hear
from queues.occupancy import Occupancy
from queues.reconcile import Channel, Finding, Repair, differences

BACK, LEG = "ventanilla-back-1763791200.101", "ventanilla-leg3-1763791200.101"


CALLER = {
    "event": "CoreShowChannel", "privilege": "call,all", "channel": "PJSIP/trunk-00000001", "uniqueid": BACK,
    "linkedid": BACK, "channelstatedesc": "Up", "application": "ConfBridge",
}  # fmt: skip


def leg(**more: str) -> dict[str, object]:
    about = {"channel": "PJSIP/agent-ana-sip-00000002", "uniqueid": LEG, "linkedid": LEG}
    return {"privilege": "call,all", **about, **more}


def test_a_leg_of_an_agent_s_own_waits_talks_and_goes_and_is_always_said_to_be_the_callback_s() -> None:
    assert hear(leg(event="BridgeEnter", bridgetechnology="holding_bridge")) == Waits("ana", BACK, LEG)
    assert hear(leg(event="BridgeEnter", bridgetechnology="softmix")) == Answered("ana", BACK)
    assert hear(leg(event="Hangup", cause="16")) == LegGone("ana", BACK, LEG)
    assert hear(leg(event="Hangup", uniqueid="ventanilla-1763791200.9")) == AgentHungUp("ana", BACK)
    dial = {"event": "DialBegin", "privilege": "call,all", "destchannel": "PJSIP/agent-eva-00000003"}
    assert hear({**dial, "uniqueid": LEG, "linkedid": LEG}) == Rings("eva", BACK)  # ana asks a colleague


@pytest.mark.parametrize(("application", "waits"), [("BridgeWait", True), ("ConfBridge", False)])
def test_a_leg_that_waits_is_in_no_conversation(application: str, *, waits: bool) -> None:
    row = leg(event="CoreShowChannel", channelstatedesc="Up", bridgeid="b", application=application)
    (channel,) = channels([row])
    assert (channel.call, channel.linked) == (LEG, BACK)
    assert (channel.waits, channel.bridged) == (waits, not waits)


def test_an_agent_who_waits_is_no_difference_before_the_lease_ends_and_keeps_the_citizen_s_place() -> None:
    waits = Channel("PJSIP/agent-ana-00000002", LEG, BACK, "ana", up=True, bridged=False, waits=True)
    state = AgentState("ana", State.AWAITING, 0.0, call=BACK, until=200.0)
    assert differences([state], [BACK], [waits], 199.0) == ()
    assert differences([state], [BACK], [waits], 200.0) == (Finding(Repair.LEASE_OVER, "ana", BACK),)
    rung = replace(state, state=State.RINGING, until=45.0)
    assert differences([rung], [BACK], [waits], 50.0) == ()
    talks = replace(waits, bridged=True, waits=False)
    assert differences([state], [], [talks], 10.0) == (Finding(Repair.TALK_FOUND, "ana", BACK),)


@pytest.mark.parametrize(("bridges", "alone"), [(("b", "c", ""), True), (("b", "b", ""), False)])
def test_an_agent_who_is_in_a_room_with_nobody_talks_with_nobody(
    bridges: tuple[str, ...], *, alone: bool
) -> None:
    ana = leg(event="CoreShowChannel", channelstatedesc="Up", application="ConfBridge", bridgeid=bridges[0])
    mine, *others = channels([ana, *({**CALLER, "bridgeid": bridge} for bridge in bridges[1:])])
    assert mine.alone is alone
    assert not others[-1].alone, "who is in no bridge is not alone in one"
    state = AgentState("ana", State.READY)
    talks = Finding(Repair.TALK_FOUND, "ana", BACK)
    assert differences([state], [], [mine, *others], 10.0) == (() if alone else (talks,))


def test_the_wait_for_a_citizen_is_time_with_callers() -> None:
    times = Occupancy()
    states = [State.SIGNED_OUT, State.READY, State.AWAITING, State.READY]
    moments = [AgentState("ana", what, float(at * 10)) for at, what in enumerate(states)]
    for before, now in pairwise(moments):
        times.note(before, now)
    assert times.share("ana") == 0.5
