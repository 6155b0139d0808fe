"""What we believe against what Asterisk has: the differences, as repairs. Pure."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from queues.agents import AgentState, State
from queues.callbacks import is_leg


class Repair(StrEnum):
    """What has to be put right."""

    TALK_LOST = "talk_lost"  # we say talking, the agent has no channel: the hang-up was lost
    TALK_FOUND = "talk_found"  # the agent's channel is up, we say otherwise: the answer was lost
    OTHER_CALL = "other_call"  # the agent talks, but with another call than we believe
    CALLER_GONE = "caller_gone"  # a caller in line whose channel is gone
    LEASE_OVER = "lease_over"  # a reservation nobody ended in time
    TELEPHONE_CAME = "telephone_came"  # a telephone is there, we say it is not: the event was lost
    TELEPHONE_WENT = "telephone_went"  # a telephone is not there, we say it is


class Trait(NamedTuple):
    """What finding a kind of difference takes.

    `needs_asterisk`: our own books do not show it, so it is not looked for while AMI is silent. `certain_at_once`:
    no event under way can look like it, so one look is enough.
    """

    needs_asterisk: bool
    certain_at_once: bool


TRAITS: Final[Mapping[Repair, Trait]] = MappingProxyType({
    Repair.TALK_LOST: Trait(needs_asterisk=True, certain_at_once=False),
    Repair.TALK_FOUND: Trait(needs_asterisk=True, certain_at_once=False),
    Repair.OTHER_CALL: Trait(needs_asterisk=True, certain_at_once=False),
    Repair.CALLER_GONE: Trait(needs_asterisk=True, certain_at_once=False),
    Repair.LEASE_OVER: Trait(needs_asterisk=False, certain_at_once=True),  # time does not run back
    # Asterisk says what is registered now. Taken for too long to be there, a telephone would be rung in vain.
    Repair.TELEPHONE_CAME: Trait(needs_asterisk=True, certain_at_once=True),
    Repair.TELEPHONE_WENT: Trait(needs_asterisk=True, certain_at_once=True),
})  # fmt: skip
"""Each kind's; docs/repairs.md has them for operators."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as Asterisk lists it: `call` is its UNIQUEID, `linked` that of the call it belongs to."""

    name: str
    call: str
    linked: str
    agent: str | None
    up: bool
    bridged: bool
    waits: bool = False  # an agent's leg that hears music until whoever is called back is there
    alone: bool = False  # in a bridge that nobody else is in


STRAY_S: Final = 60.0
"""After a lease, how long a telephone that is busy with something else keeps its agent set aside: rings and
answers are over by then, and an agent whose lease never ended would get no call again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: what, about which agent or call; `call` is Asterisk's truth where it knows better.

    Of a telephone `agent` is the line (queues/telephones.py): an agent has two.
    """

    repair: Repair
    agent: str | None
    call: str | None


def differences(
    agents: Iterable[AgentState], callers: Iterable[str], channels: Iterable[Channel] | None, now: float
) -> tuple[Finding, ...]:
    """Compare states and waiting calls with Asterisk's channels; None when it cannot be asked."""
    if channels is None:
        all_kinds = differences(agents, callers, (), now)
        return tuple(finding for finding in all_kinds if not TRAITS[finding.repair].needs_asterisk)
    listed = tuple(channels)
    of_agent: dict[str, Channel] = {}
    for channel in sorted(listed, key=_furthest):
        if channel.agent is not None:
            of_agent[channel.agent] = channel  # the one furthest in a conversation stays
    # A leg that waits for a callback keeps the callback's place: the citizen has no channel yet.
    alive = {channel.call for channel in listed} | {one.linked for one in listed if is_leg(one.call)}
    found = [finding for state in agents if (finding := _about_agent(state, of_agent.get(state.agent), now))]
    gone = (Finding(Repair.CALLER_GONE, None, call) for call in callers if call not in alive)
    return (*found, *gone)


def _furthest(channel: Channel) -> tuple[bool, bool, bool]:
    """Order one telephone's channels: one left over, alone in a bridge, comes before any other."""
    return channel.waits or not channel.alone, channel.up, channel.bridged


def of_telephones(absent: AbstractSet[str], there: Mapping[str, bool]) -> tuple[Finding, ...]:
    """Compare the lines we believe to have no telephone with what Asterisk says of each line it knows."""
    return tuple(
        Finding(Repair.TELEPHONE_CAME if is_there else Repair.TELEPHONE_WENT, line, None)
        for line, is_there in there.items()
        if is_there == (line in absent)
    )


def confirmed(before: Iterable[Finding], now: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep what two looks in a row agree on, and of kinds that are certain at once what one look found.

    A single look may have crossed an event under way.
    """
    seen = frozenset(before)
    return tuple(finding for finding in now if TRAITS[finding.repair].certain_at_once or finding in seen)


def _about_agent(state: AgentState, channel: Channel | None, now: float) -> Finding | None:
    match state.state:
        case State.SIGNED_OUT:
            return None
        case State.TALKING:
            return _about_talk(state, channel)
        case State.AWAITING if channel is not None and channel.waits:
            return _overdue(state) if state.until is not None and state.until <= now else None
        case State.READY | State.AWAITING | State.PAUSED | State.WRAP_UP | State.RESERVED | State.RINGING:
            if channel is not None and channel.bridged and not channel.alone:
                return Finding(Repair.TALK_FOUND, state.agent, channel.linked)
            return _overdue(state) if _is_overdue(state, channel, now) else None


def _about_talk(state: AgentState, channel: Channel | None) -> Finding | None:
    elsewhere = channel is not None and channel.linked != state.call
    if channel is None or (elsewhere and channel.alone):  # what is left of another call is no talk
        return Finding(Repair.TALK_LOST, state.agent, state.call)
    if channel.bridged and elsewhere:
        return Finding(Repair.OTHER_CALL, state.agent, channel.linked)
    return None


def _is_overdue(state: AgentState, channel: Channel | None, now: float) -> bool:
    """Say whether a lease is over: at its end without a telephone, some time later with one that is busy.

    Busy with another call, or answered and with nobody: one that still rings for its own call may yet be answered.
    """
    if state.state not in {State.RESERVED, State.RINGING, State.AWAITING} or state.until is None:
        return False
    if channel is None:
        return state.until <= now
    rings = channel.linked == state.call and not channel.up
    return not rings and state.until + STRAY_S <= now


def _overdue(state: AgentState) -> Finding:
    return Finding(Repair.LEASE_OVER, state.agent, state.call)
