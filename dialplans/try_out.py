"""A flow walked in the terminal, as a caller would: prompts as text, keys typed, nobody telephoned.

The machine is the real one; what it asks of the world is answered by the clock, by switches given, and by
the person at the keyboard: how a self-service ends, whether an agent answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from dialplans import machine
from dialplans.announcements import today
from dialplans.grammar import GRAMMARS
from dialplans.hours import is_day_off, is_open
from dialplans.institution import Institution
from dialplans.outcomes import expected
from dialplans.walks import (
    Action,
    Answered,
    Ask,
    CallerIs,
    Closed,
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
_MOST_TURNS = 1000  # nobody types so much; a test that does has found something


class HungUp(Exception):  # noqa: N818 - it is the caller's choice
    """The caller typed `hang`."""


@dataclass(frozen=True)
class Surroundings:
    """What the walk is told of the world. `at`: unix seconds; `outcomes`: service to the outcomes of its own."""

    at: float
    outcomes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)
    known: bool = False


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
                keys = self._typed(f"digits, up to {most}")
                return Digits(keys[:most]) if keys else Silence()
            case StartRecording(prompts, notice):
                self._say(walk, (*prompts, notice))
                self.show("· recording begins")
                return Recorded()
            case Run(prompts, service):
                self._say(walk, prompts)
                return self._outcome(service)
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
                hours, at = self.institution.calendar(calendar), self.around.at
                return HoursAre(is_open(hours, at), self._switch(EMERGENCY), is_day_off(hours, at))
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

    def _outcome(self, service: str) -> Outcome:
        level = self.institution.level_of(service)
        ends = sorted(expected(self.around.outcomes.get(service, frozenset()), level))
        self.show(f"· service {service} (level {level}) ends with one of: {', '.join(ends)}")
        while (typed := self._typed("outcome") or "done") not in ends:
            self.show(f"· {typed} is none of them")
        return Outcome(typed, level or None)

    def _person(self, walk: Walk, action: WantPerson) -> TalkOver | Closed:
        self._say(walk, action.prompts)
        answering = is_open(self.institution.calendar(action.calendar), self.around.at)
        if not answering or self._switch(EMERGENCY):
            self.show("· nobody works now")
            return Closed()
        self._say(walk, action.promise)
        self.show(f"· waits for a person: {action.subject}, level {action.level}")
        self._typed("enter, when the talk is over")
        return TalkOver()

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
