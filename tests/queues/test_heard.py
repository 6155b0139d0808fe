"""Hostile manager messages are refused, and no message of any shape does harm."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queues.heard import (
    AgentHungUp,
    Answered,
    CallerHungUp,
    Heard,
    Refused,
    Rings,
    Telephone,
    call_id,
    channels,
    hear,
)

CALLER = {"privilege": "call,all", "channel": "PJSIP/trunk-00000001", "uniqueid": "ventanilla-1763791200.12"}
AGENT = {"destchannel": "PJSIP/agent-ana-00000002", "destuniqueid": "ventanilla-1763791200.13"}
DIAL = CALLER | AGENT


def test_what_asterisk_says_of_a_call_is_heard() -> None:
    call = "ventanilla-1763791200.12"
    assert hear({"event": "DialBegin", **DIAL}) == Rings("ana", call)
    assert hear({"event": "DialEnd", "dialstatus": "ANSWER", **DIAL}) == Answered("ana", call)
    assert hear({"event": "DialEnd", "dialstatus": "BUSY", **DIAL}) is None
    assert hear({"event": "Hangup", **CALLER}) == CallerHungUp(call)
    gone = {"event": "Hangup", "privilege": "call,all", "channel": AGENT["destchannel"], "linkedid": call}
    assert hear(gone) == AgentHungUp("ana", call)


def test_device_states_say_whether_a_telephone_is_there() -> None:
    said = {"event": "DeviceStateChange", "privilege": "call,all", "device": "PJSIP/agent-ana"}
    assert hear({**said, "state": "UNAVAILABLE"}) == Telephone("ana", reachable=False)
    assert hear({**said, "state": "INUSE"}) == Telephone("ana", reachable=True)
    assert hear({**said, "state": "UNKNOWN"}) is None
    assert hear({**said, "device": "Queue:net_avail", "state": "NOT_INUSE"}) is None


@pytest.mark.parametrize(
    "spoiled",
    [
        {"event": "Hangup", **CALLER, "uniqueid": ["ventanilla-1763791200.12", "ventanilla-1763791200.99"]},
        {"event": "Hangup", **CALLER, "uniqueid": "ventanilla-1763791200.12 Event: Hangup"},
        {"event": "Hangup", "channel": "PJSIP/trunk-00000001", "uniqueid": "ventanilla-1763791200.12"},
        {"event": "Hangup", "privilege": "call,all"},
        {
            "event": "DialBegin",
            **DIAL,
            "destchannel": ["PJSIP/agent-ana-00000002", "PJSIP/agent-eva-00000003"],
        },
        {"event": "DialBegin", **DIAL, "uniqueid": "../../etc/passwd"},
    ],
)
def test_a_message_that_is_not_whole_is_refused(spoiled: dict[str, object]) -> None:
    with pytest.raises(Refused):
        hear(spoiled)


@pytest.mark.parametrize(
    "name", ["PJSIP/agent-ana", "PJSIP/agent-ANA-00000001", "Local/agent-ana-00000001", ""]
)
def test_only_our_own_shape_of_channel_is_an_agents(name: str) -> None:
    assert hear({"event": "DialBegin", **DIAL, "destchannel": name}) is None


def test_a_list_with_one_row_that_is_not_whole_is_no_list() -> None:
    row = {**CALLER, "event": "CoreShowChannel", "actionid": "1", "linkedid": "x", "channelstatedesc": "Up"}
    with pytest.raises(Refused):
        channels([row])


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*DIAL, "event", "linkedid", "dialstatus"]), st.text() | st.lists(st.text())
    )
)
def test_any_message_is_heard_or_refused(message: dict[str, object]) -> None:
    with suppress(Refused):
        assert isinstance(hear(message), Heard | None)


@pytest.mark.parametrize("text", ["1763791200.12", "ventanilla-1763791200.12", "a_b-1763791200.1"])
def test_ids_of_calls_with_and_without_a_system_name_are_taken(text: str) -> None:
    assert call_id(text) == text


@pytest.mark.parametrize("name", ["agent-ana", "agent-ana-sip"])
def test_both_telephones_of_an_agent_are_theirs(name: str) -> None:
    ringing = {"event": "DialBegin", "privilege": "call,all", "uniqueid": "ventanilla-1763791200.12"}
    assert hear({**ringing, "destchannel": f"PJSIP/{name}-00000002"}) == Rings(
        "ana", "ventanilla-1763791200.12"
    )


OUTSIDE = {"destchannel": "PJSIP/outside-ana-00000002", "destuniqueid": "ventanilla-1763791200.13"}


def test_whoever_is_outside_has_answered_when_they_come_into_a_bridge_and_not_before() -> None:
    call = "ventanilla-1763791200.12"
    assert hear({"event": "DialBegin", **CALLER, **OUTSIDE}) == Rings("ana", call)
    assert hear({"event": "DialEnd", "dialstatus": "ANSWER", **CALLER, **OUTSIDE}) is None
    leg = {"privilege": "call,all", "channel": OUTSIDE["destchannel"], "linkedid": call}
    assert hear({"event": "BridgeEnter", **leg}) == Answered("ana", call)
    assert hear({"event": "Hangup", **leg}) == AgentHungUp("ana", call)
    assert hear({"event": "BridgeEnter", **leg, "channel": "PJSIP/agent-ana-00000002"}) is None
    row = {**leg, "event": "CoreShowChannel", "uniqueid": OUTSIDE["destuniqueid"], "channelstatedesc": "Up"}
    (leg_of_ana,) = channels([row])
    assert (leg_of_ana.agent, leg_of_ana.bridged) == ("ana", False)
