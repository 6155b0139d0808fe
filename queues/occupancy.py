"""How occupied each agent was since signing in: the share of the time on duty that was spent with callers.

Reserved, ringing, awaiting somebody who is called back, talking and finishing a contact are with callers; ready is not;
a pause counts for neither. It is known from signing in on, or from when this server began: a new server begins at
nothing for everybody alike.
"""

from typing import Final

from queues.agents import AgentState, State

_WITH_CALLERS: Final = frozenset({
    State.RESERVED, State.RINGING, State.AWAITING, State.TALKING, State.WRAP_UP,
})  # fmt: skip


class Occupancy:
    """Seconds with callers and seconds ready, by agent."""

    def __init__(self) -> None:
        self._seconds: dict[str, tuple[float, float]] = {}

    def note(self, before: AgentState, now: AgentState) -> None:
        """Count the time that a state lasted which has just ended; signing in begins anew."""
        if before.state is State.SIGNED_OUT:
            self._seconds.pop(now.agent, None)
            return
        occupied, ready = self._seconds.get(now.agent, (0.0, 0.0))
        lasted = max(0.0, now.since - before.since)
        if before.state in _WITH_CALLERS:
            self._seconds[now.agent] = occupied + lasted, ready
        elif before.state is State.READY:
            self._seconds[now.agent] = occupied, ready + lasted

    def share(self, agent: str) -> float:
        """Give the share of the time on duty spent with callers, 0 to 1."""
        occupied, ready = self._seconds.get(agent, (0.0, 0.0))
        return occupied / (occupied + ready) if occupied else 0.0
