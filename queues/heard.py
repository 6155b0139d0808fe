"""What Asterisk's manager interface tells, taken for hostile until it has the shape we know. Pure.

A caller can put text into some headers of some events (advisory GHSA-2grh and others), and events come late
or not at all. So: an event without `Privilege`, with a header said twice, or with a channel or id that does
not have our own shape is refused; what is left is believed only where it fits a reservation
(adapters/ears.py). Shapes as Asterisk 22 sends them; `call` is the UNIQUEID of the caller's channel.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from queues.callbacks import call_of_leg, is_leg
from queues.reconcile import Channel

_CALL: Final = re.compile(r"[A-Za-z0-9_-]{1,40}-?\d{9,11}\.\d{1,9}")
_PLAIN_CALL: Final = re.compile(r"\d{9,11}\.\d{1,9}")  # an Asterisk without a system name
_AGENT_CHANNEL: Final = re.compile(r"PJSIP/agent-([a-z][a-z0-9_-]{0,30}?)(?:-sip)?-[0-9a-f]{8}")
_OUTSIDE_CHANNEL: Final = re.compile(r"PJSIP/outside-([a-z][a-z0-9_-]{0,30})-[0-9a-f]{8}")
_AGENT_DEVICE: Final = re.compile(r"PJSIP/agent-([a-z][a-z0-9_-]{0,30})")
_HOLDING: Final = "holding_bridge"  # what BridgeWait joins
_CAUSE: Final = re.compile(r"[0-9]{1,3}", re.ASCII)
_CHANNEL: Final = re.compile(r"[A-Za-z0-9_]+/[\x21-\x7e]{1,100}")
# Device states in which no call can arrive (Asterisk's devicestate.c). UNKNOWN says nothing.
_NOT_THERE: Final = frozenset({"UNAVAILABLE", "INVALID"})

Fields = Mapping[str, object]


class Refused(Exception):  # noqa: N818 - an answer to a message, not a fault of ours
    """A message that is not as Asterisk sends it; the argument says in which way, without its content."""


@dataclass(frozen=True, slots=True)
class Rings:
    """The agent's telephone rings for this call."""

    agent: str
    call: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The agent took this call."""

    agent: str
    call: str


@dataclass(frozen=True, slots=True)
class AgentHungUp:
    """The agent's channel in this call is gone."""

    agent: str
    call: str


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The caller's channel is gone; `cause` by Q.850, 0 when Asterisk says none."""

    call: str
    cause: int = 0


@dataclass(frozen=True, slots=True)
class Telephone:
    """An agent's telephone is there, or not; `line` as queues.telephones names it (`ana`, `ana-sip`)."""

    line: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """The agent picked up for a callback before the citizen was rung, and hears music (queues/awaiting.py).

    `leg` is the channel's id: an agent may have been rung for the same call before.
    """

    agent: str
    call: str
    leg: str


@dataclass(frozen=True, slots=True)
class LegGone:
    """The agent's own leg of a callback is gone: not answered, hung up, or at the end of a talk.

    `leg` is the channel's id.
    """

    agent: str
    call: str
    leg: str


Heard = Waits | LegGone | Rings | Answered | AgentHungUp | CallerHungUp | Telephone


def hear(event: Fields) -> Heard | None:
    """Read an event; None when it is none of ours. Raises Refused for one that is not whole."""
    match event.get("event"):
        case "DialBegin":
            return _dial(event, Rings)
        case "DialEnd":
            return _dial(event, Answered) if _one(event, "dialstatus") == "ANSWER" else None
        case "BridgeEnter":
            return _bridged(event)
        case "Hangup":
            return _hang_up(event)
        case "DeviceStateChange":
            return _device(event)
        case _:
            return None


def _dial(event: Fields, what: type[Rings | Answered]) -> Rings | Answered | None:
    channel = _one(event, "destchannel")
    agent = _agent(channel)
    if agent is None or not _one(event, "uniqueid", ""):
        return None
    if what is Answered and _OUTSIDE_CHANNEL.fullmatch(channel):
        return None  # a mailbox answers too: who presses the key comes into the bridge
    # An agent who asks a colleague dials, too: the call both are on is the one their channels are linked to.
    return what(agent, _linked(event, _one(event, "uniqueid")))


def _bridged(event: Fields) -> Answered | Waits | None:
    """Take it for the answer of an agent on a number outside: before the key, none is in any bridge.

    An agent's own leg of a callback waits in a holding bridge first, and talks in the next.
    """
    channel = _one(event, "channel")
    if is_leg(leg := _one(event, "uniqueid", "")):
        agent = _agent(channel)
        if agent is None:
            return None
        waits = _one(event, "bridgetechnology", "") == _HOLDING
        return Waits(agent, _linked(event), leg) if waits else Answered(agent, _linked(event))
    outside = _OUTSIDE_CHANNEL.fullmatch(channel)
    return Answered(outside[1], _linked(event)) if outside else None


def _hang_up(event: Fields) -> AgentHungUp | CallerHungUp | LegGone:
    agent = _agent(_one(event, "channel"))
    if agent is None:
        cause = _one(event, "cause", "")
        return CallerHungUp(call_id(_one(event, "uniqueid")), int(cause) if _CAUSE.fullmatch(cause) else 0)
    leg = _one(event, "uniqueid", "")
    return LegGone(agent, _linked(event), leg) if is_leg(leg) else AgentHungUp(agent, _linked(event))


def _agent(channel: str) -> str | None:
    """Give the agent whose telephone this channel leads to, in the house or outside."""
    found = _AGENT_CHANNEL.fullmatch(channel) or _OUTSIDE_CHANNEL.fullmatch(channel)
    return found[1] if found else None


def _device(event: Fields) -> Telephone | None:
    agent = _AGENT_DEVICE.fullmatch(_one(event, "device"))
    state = _one(event, "state")
    return Telephone(agent[1], state not in _NOT_THERE) if agent and state != "UNKNOWN" else None


def telephones(rows: Iterable[Fields]) -> dict[str, bool]:
    """Read the rows of DeviceStateList: an agent's line to whether its telephone is there."""
    said = (_device(row) for row in rows if row.get("event") == "DeviceStateChange")
    return {telephone.line: telephone.reachable for telephone in said if telephone is not None}


def channels(rows: Iterable[Fields]) -> tuple[Channel, ...]:
    """Read the rows of CoreShowChannels. Raises Refused: a list that is not whole is no list."""
    listed = [row for row in rows if row.get("event") == "CoreShowChannel"]
    together = Counter(str(row.get("bridgeid", "")) for row in listed)
    return tuple(_channel(row, together) for row in listed)


def _channel(row: Fields, together: Mapping[str, int]) -> Channel:
    name = _one(row, "channel")
    if not _CHANNEL.fullmatch(name):
        raise Refused("the name of a channel")
    waits = is_leg(_one(row, "uniqueid")) and _one(row, "application", "") == "BridgeWait"
    bridge = _one(row, "bridgeid", "")
    return Channel(
        name=name,
        call=call_id(_one(row, "uniqueid")),
        linked=_linked(row),
        agent=_agent(name),
        up=_one(row, "channelstatedesc") == "Up",
        bridged=bool(bridge) and not waits,
        waits=waits,
        alone=bool(bridge) and together[bridge] == 1,
    )


def _linked(fields: Fields, otherwise: str = "") -> str:
    """Give the call that a channel belongs to; of an agent's own leg the callback that it was rung for.

    Once the citizen is joined with such a leg Asterisk calls both by the older one's id, which is the leg's.
    """
    return call_of_leg(call_id(_one(fields, "linkedid", "") or otherwise))


def call_id(text: str) -> str:
    """Take Asterisk's UNIQUEID, or refuse what does not have its shape."""
    if not (_CALL.fullmatch(text) or _PLAIN_CALL.fullmatch(text)):
        raise Refused("the id of a call")
    return text


def _one(fields: Fields, name: str, absent: str | None = None) -> str:
    """Give a header that must be there once."""
    if "privilege" not in fields and "actionid" not in fields:
        raise Refused("an event without its privilege")
    value = fields.get(name, absent)
    if not isinstance(value, str):
        raise Refused(f"header {name} is missing or said twice")
    return value
