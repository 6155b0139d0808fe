"""What the floor believes of what Asterisk tells: only what fits what it already knows.

An event can be late, said twice, or forged by a caller who got a line end into a header. So an agent rings
and answers only for the call they are reserved for; a hang-up ends only the conversation it names; and a
caller whose session lives is not taken for gone on an event's word. What was lost is found by the
reconciler.
"""

from collections.abc import Callable

from queues import facts as fact
from queues.adapters.floor import Floor
from queues.agents import State
from queues.helping import helps
from queues.ports import Publish


class Ears:
    """Listens for the floor. Fulfils queues.ports.AsteriskEvents; `doubt` asks the reconciler to look now.

    `gone` is told of every channel that ends, with its cause: whoever places calls waits for that. `agent_there` and
    `agent_gone` are told of the agents' own legs in callbacks: picked up, and ended without a talk.
    """

    def __init__(self, floor: Floor, publish: Publish, doubt: Callable[[], None]) -> None:
        self._floor, self._publish, self._doubt = floor, publish, doubt
        self.gone: Callable[[str, int], None] = lambda _call, _cause: None
        self.agent_there: Callable[[str], None] = lambda _leg: None
        self.agent_gone: Callable[[str], None] = lambda _leg: None

    def agent_rings(self, agent: str, call: str) -> None:
        """Believe it only of the agent reserved for this call."""
        self._floor.hall.rings(agent, call, self._floor.now())
        self._floor.settle()

    def agent_answered(self, agent: str, call: str) -> None:
        """Believe it of the agent reserved for this call; of anybody else, ask Asterisk."""
        if helps(self._floor.hall, agent, call):
            self._floor.second_answered(agent, call)
        elif self._is_with(agent, call):
            self._floor.answered(call)
        else:
            self._doubt()

    def agent_hung_up(self, agent: str, call: str) -> None:
        """End a conversation; while it only rang, the session's own word (DIALSTATUS) is waited for."""
        if helps(self._floor.hall, agent, call):
            self._floor.second_gone(agent, call)
            return
        if not self._is_with(agent, call) or self._floor.hall.states[agent].state is not State.TALKING:
            return
        if not self._floor.second_gone(agent, call) and not self._floor.steered(call):
            self._floor.ended(call)

    def agent_waits(self, agent: str, call: str, leg: str) -> None:
        """Believe it only of the agent reserved for this call."""
        if self._is_with(agent, call) and not helps(self._floor.hall, agent, call):
            self.agent_there(leg)

    def leg_gone(self, agent: str, call: str, leg: str) -> None:
        """End a conversation, or a wait for whoever is called; also a ring, which no session listens to."""
        talks = self._is_with(agent, call) and self._floor.hall.states[agent].state is State.TALKING
        if talks or helps(self._floor.hall, agent, call):
            self.agent_hung_up(agent, call)
        elif self._is_with(agent, call):
            self.agent_gone(leg)

    def caller_hung_up(self, call: str, cause: int = 0) -> None:
        """Believe it only when no session waits: a session hears of it by itself, and surely."""
        self.gone(call, cause)
        place = self._floor.hall.places.get(call)
        away = call in self._floor.hall.away_since and call not in self._floor.promised()
        if place is not None and (away or place.talk_since is not None):
            self._floor.left(call)

    def telephone(self, agent: str, *, reachable: bool) -> None:
        """Offer no calls to a telephone that is not there."""
        self._floor.telephone(agent, reachable=reachable)

    def connection(self, *, connected: bool) -> None:
        """Look at everything when the connection comes: nobody knows what happened meanwhile."""
        self._publish(fact.AsteriskSeen(connected, self._floor.now()))
        if connected:
            self._doubt()

    def _is_with(self, agent: str, call: str) -> bool:
        state = self._floor.hall.states.get(agent)
        return state is not None and state.call == call
