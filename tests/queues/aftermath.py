"""What must be true of a centre on paper once its faults are over: nobody stuck, nobody lost, the books right."""

from collections import Counter

from queues.agents import ON_A_CALL, State
from tests.queues.world import LIMITS, World

# Two looks a second apart, the next round, and the second in which it is dealt with.
SEEN_WITHIN_S = LIMITS.reconcile_every_s + 3.0
HEALS_S = 2 * LIMITS.lease_s + SEEN_WITHIN_S


async def healed(world: World) -> None:
    """Let the faults be over and as much time pass as anything may take to be put right."""
    world.hears, world.disk.prompt, world.delivery = True, True, lambda: (0.0,)
    if not world.up:
        await world.start()
    world.pen.write()
    world.late.clear()
    await world.passes(HEALS_S)


def nobody_is_stuck(world: World) -> None:
    """Every agent is doing what Asterisk says, but for what is younger than a look."""
    now, hall = world.floor.now(), world.floor.hall
    bridged = {caller.agent: caller.call for caller in world.callers.values() if caller.bridged}
    rung = {caller.agent for caller in world.callers.values() if caller.agent is not None}
    for state in hall.states.values():
        if state.state in {State.RESERVED, State.RINGING} and state.agent not in rung:
            assert state.until is not None
            assert state.until > now - SEEN_WITHIN_S, f"{state} is over"
        if state.state is State.TALKING and bridged.get(state.agent) != state.call:
            assert state.since > now - SEEN_WITHIN_S, f"{state} talks to nobody"
    for agent, call in bridged.items():
        state = hall.states[agent or ""]
        assert (state.state, state.call) == (State.TALKING, call), f"{call} talks, we say {state}"


def nobody_shares(world: World) -> None:
    """No agent has two calls and no call two agents."""
    held = [state.call for state in world.floor.hall.states.values() if state.state in ON_A_CALL]
    assert len(held) == len(set(held))
    placed = [place.agent for place in world.floor.hall.places.values() if place.agent is not None]
    assert len(placed) == len(set(placed))


def nobody_is_lost(world: World) -> None:
    """Whoever is on the line waits in line, is offered somebody, talks, or is in the net."""
    places = world.floor.hall.places
    for caller in world.callers.values():
        if caller.where == "session":
            assert caller.call in places, f"{caller} waits for nothing"


async def everybody_leaves(world: World) -> None:
    """End all calls and let every wrap-up end: nothing may be left of them."""
    for call in list(world.callers):
        await world.caller_hangs_up(call)
    await world.passes(LIMITS.wrap_up_s + LIMITS.place_keep_s + SEEN_WITHIN_S)
    busy = [state for state in world.floor.hall.states.values() if state.state in ON_A_CALL]
    assert busy == []
    wrapping = [state for state in world.floor.hall.states.values() if state.state is State.WRAP_UP]
    assert wrapping == []
    assert world.floor.hall.places == {}
    assert world.disk.kept.places == {}


def books_are_right(world: World) -> None:
    """Each wish ended once. Answered are the conversations of the CDR, but for those all of which went unseen."""
    outcomes = world.disk.kept.outcomes
    written = Counter(outcome.call for outcome in outcomes)
    assert not [call for call, times in written.items() if times > 1], "counted twice"
    answered = {outcome.call for outcome in outcomes if outcome.kind == "answered"}
    talked = {talk.call for talk in world.cdr}
    seen = {talk.call for talk in world.cdr if not talk.unseen}
    assert answered <= talked, f"answered by nobody: {answered - talked}"
    assert seen <= answered, f"answered and not counted: {seen - answered}"
    assert set(written) <= set(world.callers)
