"""Random days of a centre, told by the real hall: what its facts are, with and without the damage the world does."""

from collections.abc import Callable
from random import Random

from crm_bridge import facts as noted
from ivr import facts as said
from queues.agents import Event, Happening
from queues.demonstration import demonstration_agents
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import Kept
from queues.wishes import Rules
from tests.queues.fakes import Form, MemoryStore

AGENTS = [agent.name for agent in demonstration_agents()]
SUBJECTS, LANGUAGES = ("pension", "imv", "general"), ("es", "ca")
WRAP_UP_S = 120.0

Tell = Callable[[object], None]


class Day:
    """A hall in which anything happens at any time, and `tell` hears the facts."""

    def __init__(self, seed: int, begins: float, tell: Tell) -> None:
        self.chance, self.at, self.tell = Random(seed), begins, tell  # noqa: S311 - a story, no secret
        self.hall = Hall(demonstration_agents(), Rules(), Limits(wrap_up_s=WRAP_UP_S))
        self.store = MemoryStore(demonstration_agents())
        self.lines: dict[str, str] = {}  # call to what it does: menus, waiting, talking
        self.calls = 0

    def goes_on(self, steps: int) -> None:
        """Let so many things happen."""
        for _ in range(steps):
            self.at += self.chance.expovariate(1 / 6)
            self.chance.choice((self._desk, self._arrives, self._wants, self._goes_on, self._hangs_up))()
            self.hall.tick(self.at)
            self.hall.route(self.at)
            self._drain()

    def _some(self, doing: str) -> str | None:
        calls = [call for call, now in self.lines.items() if now == doing]
        return self.chance.choice(calls) if calls else None

    def _desk(self) -> None:
        happening = self.chance.choice(
            (Happening.SIGN_IN, Happening.SIGN_IN, Happening.READY, Happening.READY, Happening.PAUSE,
             Happening.SIGN_OUT, Happening.WRAP_UP_DONE)
        )  # fmt: skip
        agent = self.chance.choice(AGENTS)
        self.hall.attempt(agent, Event(happening, self.at, reason="rest", address="browser"))

    def _arrives(self) -> None:
        self.calls += 1
        call = f"ventanilla-1800000000.{self.calls}"
        self.lines[call] = "menus"
        number = f"+3460000{self.chance.randrange(30):04}"
        self.tell(said.CallArrived(call, "901166565", "general", number, "es", None, self.at))

    def _wants(self) -> None:
        call = self._some("menus")
        if call is None:
            return
        if self.chance.random() < 0.2:
            self.tell(said.ServiceEnded(call, "forms", self.chance.choice(("done", "gave_up")), self.at))
            return
        subject, language = self.chance.choice(SUBJECTS), self.chance.choice(LANGUAGES)
        wish = (call, subject, language, self.chance.choice((1, 1, 2)))
        if self.chance.random() < 0.1:
            self.tell(said.PersonRefused(*wish, "closed", self.at))
            return
        self.lines[call] = "waiting"
        self.tell(said.PersonWanted(*wish, 0, None, None, self.at))
        self.hall.want(Form(*wish, since=self.at), self.at)

    def _goes_on(self) -> None:
        """Let a call that waits ring, be answered, ring out, be turned away, or end its talk."""
        with_agent = [call for call, place in self.hall.places.items() if place.agent is not None]
        call = self.chance.choice(with_agent) if with_agent else self._some("waiting")
        place = None if call is None else self.hall.places.get(call)
        if call is None or place is None:
            return
        if place.talk_since is not None:
            self._talked(call)
        elif place.agent is not None:
            self.hall.rings(place.agent, call, self.at)
            self.chance.choice((self.hall.answered, self.hall.answered, self.hall.rang_out))(call, self.at)
        elif self.chance.random() < 0.1:
            self.hall.left(call, self.at)
            self._drain()
            self.tell(said.PersonRefused(call, "pension", "es", 1, "closing", self.at))
            self.lines[call] = "menus"

    def _talked(self, call: str) -> None:
        if self.chance.random() < 0.2:
            self.tell(noted.RequestPassedOn(call, "R-1", 2, "imv", self.at))
        self.hall.ended(call, self.at)
        self.lines[call] = "menus"

    def _hangs_up(self) -> None:
        call = self._some(self.chance.choice(("menus", "waiting")))
        if call is None or self.chance.random() < 0.5:
            return
        del self.lines[call]
        self.tell(said.CallEnded(call, "hung_up", self.at))
        self.hall.left(call, self.at)

    def kept_now(self) -> Kept:
        """Give what the floor has on disk."""
        states, places = [*self.store.states.values()], [*self.store.places.values()]
        return Kept(states, places, [*self.store.outcomes])

    def _drain(self) -> None:
        changes, facts = self.hall.drain()
        for change in changes:
            self.store._keep(change)
        for fact in facts:
            self.tell(fact)
