"""A citizen in the box who finds the way by the menus, proves who they are when asked, and then does as scripted."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from dialplans import machine
from dialplans.walks import (
    Action,
    Answered,
    Ask,
    Happening,
    HoursAre,
    Keys,
    LookAtClock,
    LookAtSwitch,
    LookForNews,
    News,
    Recorded,
    Run,
    StartRecording,
    SwitchIs,
    TalkOver,
    WantPerson,
)
from tests.dialplans.institutions import inss
from tests.ivr.box import Box
from tests.ivr.rooms import FACTS
from tests.ivr.services.counter import Outbox

GENERAL = "901166565"
RIGHT: Mapping[str, str] = {
    "id.ask_document": "12345678",
    "id.ask_letter": "9",
    "id.confirm": "1",
    **{f"id.question.{question}": answer for question, answer in FACTS.items()},
}
WRONG: Mapping[str, str] = {**RIGHT, **{f"id.question.{question}": "7" for question in FACTS}}
MENU_KEYS = "1234567890"
USUAL: Mapping[type, Happening] = {
    StartRecording: Recorded(),
    LookAtClock: HoursAre(open=True),
    LookAtSwitch: SwitchIs(on=False),
    LookForNews: News(()),
}


@dataclass
class Citizen(Box):
    """`way` are the keys to the service; `papers` what is answered to each question of
    identity."""

    way: tuple[str, ...] = ()
    papers: Mapping[str, str] = field(default_factory=lambda: RIGHT)
    outbox: Outbox = field(default_factory=Outbox)
    passes: Callable[[], None] = lambda: None  # called before each key: time passes while a key is looked for

    def __post_init__(self) -> None:
        super().__post_init__()
        self._way = deque(self.way)

    def _pressed(self, longest: int) -> str:
        self.passes()
        asked = self.keys_heard[-1]
        if self._way:
            return self._way.popleft()
        if asked in self.papers:
            return self.papers[asked]
        if asked.startswith("code.sent"):
            return self.outbox.of("code")[-1].fields["code"]
        return super()._pressed(longest)


@cache
def way_to(service: str, number: str = GENERAL) -> tuple[str, ...]:
    """Find the keys from the number dialled to a service, as the shipped flows are; the shortest way there is.

    LookupError when no key leads there.
    """
    institution = inss()
    walk = machine.start(institution, number, None)
    paths = deque([((), *machine.advance(institution, walk, Answered()))])
    seen: set[str] = set()
    while paths:
        keys, walk, action = paths.popleft()
        if isinstance(action, Run) and action.service == service:
            return keys
        if walk.step in seen:
            continue
        seen.add(walk.step)
        for key, happening in _happenings(action):
            paths.append(((*keys, *key), *machine.advance(institution, walk, happening)))
    raise LookupError(service)


def _happenings(action: Action) -> list[tuple[str, Happening]]:
    """Give what a caller and a quiet day can make of an action: each key of a menu, else the usual."""
    match action:
        case Ask():
            return [(key, Keys(key)) for key in MENU_KEYS]
        case WantPerson():
            return [("", TalkOver())]
        case StartRecording() | LookAtClock() | LookAtSwitch() | LookForNews():
            return [("", USUAL[type(action)])]
        case _:
            return []
