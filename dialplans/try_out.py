"""A flow walked in the terminal, as a caller would: prompts as text, keys typed, nobody telephoned.

The machine is the real one; what it asks of the world is answered by the clock, by switches given, and by
the person at the keyboard: how a self-service ends, whether an agent answers. Only what can happen to this
caller is taken: who is proven is not refused, and a refusal proves nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from dialplans import machine
from dialplans.announcements import today
from dialplans.grammar import GRAMMARS
from dialplans.hours import is_day_off, is_open
from dialplans.institution import Institution
from dialplans.outcomes import SUBJECTS, Levels, possible, proven_after
from dialplans.walks import (
    Action,
    Answered,
    Ask,
    CallerIs,
    Closed,
    ClosingTime,
    Digits,
    Happening,
    HoursAre,
    Keys,
    Leave,
    LookAtCaller,
    LookAtClock,
    LookAtSwitch,
    LookForNews,
    News,
    Outcome,
    Recorded,
    Run,
    ServedLater,
    Silence,
    StartRecording,
    SwitchIs,
    TakeDigits,
    TalkOver,
    Walk,
    WantPerson,
)

HANG = "hang"
EMERGENCY = "emergency"
SOMEBODY = "somebody"
"""The person who is proven here; in a call it is the register's own id."""

_MOST_TURNS = 1000  # nobody types so much; a test that does has found something

Waited = TalkOver | Closed | ClosingTime | ServedLater


class HungUp(Exception):  # noqa: N818 - it is the caller's choice
    """The caller typed `hang`."""


@dataclass(frozen=True)
class Surroundings:
    """What the walk is told of the world. `at`: unix seconds.

    outcomes: service to the outcomes of its own; asked: service to the highest level of identity that it asks by
    itself, where that is not its first question; always_open: people answer at any hour, as in a demonstration.
    """

    at: float
    outcomes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)
    known: bool = False
    asked: Mapping[str, int] = field(default_factory=dict)
    always_open: bool = False


@dataclass
class TryOut:
    """One call in the terminal: `show` prints a line, `ask` shows a question and gives what was typed."""

    institution: Institution
    around: Surroundings
    show: Callable[[str], None]
    ask: Callable[[str], str]

    def call(self, number: str, language: str | None = None) -> Walk:
        """Walk to the end; give where it ended, hung up or not. KeyError for a number that is not ours."""
        walk = machine.start(self.institution, number, language)
        happening: Happening | None = Answered(self._switch(EMERGENCY))
        try:
            for _ in range(_MOST_TURNS):
                if happening is None:
                    break
                walk, action = machine.advance(self.institution, walk, happening)
                happening = self._do(walk, action)
        except HungUp:
            self.show("· the caller hung up")
        return walk

    def _do(self, walk: Walk, action: Action) -> Happening | None:  # noqa: PLR0911 - one for each action
        match action:
            case Ask(prompts, _):
                return self._key(walk, prompts)
            case TakeDigits(prompts, most, _):
                self._say(walk, prompts)
                return _digits(self._typed(f"digits, up to {most}"), most)
            case StartRecording(prompts, notice):
                self._say(walk, (*prompts, notice))
                self.show("· recording begins")
                return Recorded()
            case Run(prompts, service):
                self._say(walk, prompts)
                return self._outcome(walk, service)
            case WantPerson():
                return self._person(walk, action)
            case Leave(prompts):
                self._say(walk, prompts)
                self.show("· the line is closed")
                return None
            case LookAtClock() | LookAtSwitch() | LookAtCaller() | LookForNews():
                return self._look(action)
            case _:
                assert_never(action)

    def _look(self, action: LookAtClock | LookAtSwitch | LookAtCaller | LookForNews) -> Happening:
        match action:
            case LookAtClock(calendar):
                return self._clock(calendar)
            case LookAtSwitch(switch):
                return SwitchIs(self._switch(switch))
            case LookAtCaller():
                return CallerIs(self.around.known)
            case LookForNews(flow):
                return News(today(self.institution.announcements, flow, self.around.at))

    def _key(self, walk: Walk, prompts: tuple[str, ...]) -> Keys | Silence:
        self._say(walk, prompts)
        typed = self._typed("key")
        return Keys(typed[0]) if typed else Silence()

    def _outcome(self, walk: Walk, service: str) -> Outcome:
        """Have somebody say how the service ends, and what is proven then: "done", "refused 1"."""
        before = self.institution.level_of(service)
        levels = Levels(walk.level, before, max(before, self.around.asked.get(service, 0)))
        ends = possible(self.around.outcomes.get(service, frozenset()), levels)
        self.show(f"· service {service} (level {before}) ends with one of: {', '.join(sorted(ends))}")
        while True:
            name, _, said = (self._typed("outcome") or "done").partition(" ")
            if name not in ends:
                self.show(f"· {name} is none of them")
                continue
            proven = proven_after(name, levels)
            if not said or said in map(str, proven):
                return self._learnt(walk, name, int(said) if said else proven[0])
            self.show(f"· {said} is no level that {name} leaves: {', '.join(map(str, proven))}")

    def _learnt(self, walk: Walk, name: str, level: int) -> Outcome:
        """Give what the frame around a service tells the machine (ivr/serving.py)."""
        if level != walk.level:
            self.show(f"· proven: level {level}")
        person = walk.person or (SOMEBODY if level else None)
        return Outcome(name, level, person, name if name in SUBJECTS else None)

    def _person(self, walk: Walk, action: WantPerson) -> Waited:
        self._say(walk, action.prompts)
        if not self._clock(action.calendar).open:
            self.show("· nobody works now")
            return Closed()
        self._say(walk, action.promise)
        self.show(f"· waits for a person: {action.subject}, level {action.level}")
        closing = self.institution.calendar(action.calendar).closing
        waited: dict[str, Waited] = {
            "": TalkOver(),
            "nobody": Closed(),
            "closing": ClosingTime(closing == "callback"),
            "later": ServedLater(),
        }
        while (typed := self._typed("enter, when the talk is over; or nobody, closing, later")) not in waited:
            self.show(f"· {typed} is none of them")
        return waited[typed]

    def _clock(self, calendar: str) -> HoursAre:
        if self._switch(EMERGENCY):
            return HoursAre(open=False, emergency=True)
        hours, at = self.institution.calendar(calendar), self.around.at
        if self.around.always_open or is_open(hours, at):
            return HoursAre(open=True)
        return HoursAre(open=False, day_off=is_day_off(hours, at))

    def _switch(self, name: str) -> bool:
        return self.around.switches.get(name, self.institution.switches.get(name, False))

    def _say(self, walk: Walk, prompts: tuple[str, ...]) -> None:
        for prompt in prompts:
            language, _, key = prompt.rpartition(":")
            self.show(f"{language or walk.language}  {self._text(language or walk.language, key)}")

    def _text(self, language: str, key: str) -> str:
        spoken = self.institution.texts[language].get(key)
        return spoken if spoken is not None else GRAMMARS[language].FRAGMENTS.get(key, key)

    def _typed(self, what: str) -> str:
        typed = self.ask(what).strip()
        if typed == HANG:
            raise HungUp
        return typed


def _digits(typed: str, most: int) -> Digits | Silence:
    """Give what a telephone would have keyed: # closes a number, and alone it is itself."""
    keys = typed[:most]
    closed = keys.partition("#")[0] or keys[:1]
    return Digits(closed) if closed else Silence()
