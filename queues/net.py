"""The net below the router: who should be a member of Asterisk's queue `net`, and what is to be done. Pure.

When the server is lost, app_queue hands callers to the agents who were signed in. The level is the penalty
(app_queue offers low penalties first); only a pause the agent asked for is mirrored, since a wrap-up would
outlast the server that ends it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from queues import telephones
from queues.agents import Agent, AgentState, State


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the queue: penalty 0 for the first level, whether paused, and which telephone is rung."""

    penalty: int
    paused: bool
    endpoint: str


@dataclass(frozen=True, slots=True)
class Add:
    """Make this agent a member."""

    agent: str
    member: Member


@dataclass(frozen=True, slots=True)
class Remove:
    """Take this telephone out."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Pause or resume this telephone."""

    endpoint: str
    paused: bool


Step = Add | Remove | Pause


def wanted(
    people: Mapping[str, Agent], states: Iterable[AgentState], external: Collection[str] = ()
) -> dict[str, Member]:
    """Say who should be a member: all who are signed in, but no external team: nobody asks what a call is about.

    Nor anybody on a number outside: nobody asks them for the key, and their mailbox would take the call.
    """
    return {
        state.agent: Member(
            people[state.agent].level - 1,
            state.state is State.PAUSED,
            telephones.endpoint(state.agent, state.address),
        )
        for state in states
        if state.state is not State.SIGNED_OUT
        and people[state.agent].team not in external
        and telephones.in_net(state.address)
    }


def corrections(want: Mapping[str, Member], have: Mapping[str, Member]) -> tuple[Step, ...]:
    """List what makes the members as wanted; nothing when they are. Doing it twice does no harm."""
    steps: list[Step] = [Remove(member.endpoint) for agent, member in have.items() if agent not in want]
    for agent, member in want.items():
        present = have.get(agent)
        if present is None:
            steps.append(Add(agent, member))
        elif (present.penalty, present.endpoint) != (member.penalty, member.endpoint):
            steps += [Remove(present.endpoint), Add(agent, member)]
        elif present.paused != member.paused:
            steps.append(Pause(present.endpoint, member.paused))
    return tuple(steps)
