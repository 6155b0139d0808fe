"""A line whose caller writes: it answers the conversation's commands as Asterisk does, on a sheet of paper.

What is different in writing:

* nobody is hurried: a question waits `SILENCE_S` after the last sign of life before it counts as silence;
* what means no key is answered by a note and costs no try; what is written between two questions answers the
  next one, and what is written while waiting is kept for the agent to read;
* `Dial` shows the contact on the reserved agent's desk; once they take it, both read each other's
  characters until one of them ends it;
* a line that is taken up again after the server was lost finds its talk still going on: then the first
  question about the last Dial (`DIALSTATUS`) is answered when that talk is over.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Final, Protocol, assert_never

from dialplans.institution import Institution
from ivr import text_keys, text_person
from ivr.adapters.line import HungUp
from ivr.adapters.text_sheet import Sheet
from ivr.agi import Greeting, Reply
from ivr.text import (
    Choice,
    Nothing,
    Prompts,
    Question,
    Read,
    Record,
    Ring,
    Say,
    Stage,
    Write,
    meaning,
    words_of,
)
from ivr.text_figures import figures

SILENCE_S: Final = 120.0
"""Reading and typing take their time (WCAG 2.2.1): the third silence only comes after three of these."""
RING_AT_MOST_S: Final = 60.0
"""A desk is rung as long as the flows say (15 s), and never longer than an agent is set aside for."""
EARLY_LINES: Final = 5
"""Lines written ahead of their questions; a person writes one or two."""
_PAGE: Final = "PJSIP_HEADER(read,X-Ventanilla-Page)"
_CALLER: Final = "PJSIP_HEADER(read,X-Ventanilla-Caller)"
_OK, _SET, _NONE = Reply(200, "0", ""), Reply(200, "1", ""), Reply(200, "0", "")
_DOT: Final = "•"


class Desks(Protocol):
    """The agents' desks, as a line sees them. None of these waits or raises."""

    def ring(self, line: "TextLine", agent: str) -> None:
        """Show the contact on this agent's desk, to be taken."""

    def talk(self, line: "TextLine", agent: str) -> None:
        """Take note that the agent took it."""

    def over(self, line: "TextLine") -> None:
        """Take it off the desk again."""

    def agent_of(self, call: str) -> str | None:
        """Give who talks with a call that is taken up again, None when nobody does."""


def _person(text: str, question: Question) -> text_keys.Keyed | None:
    key = text_person.key_for(text, question.keys)
    return text_keys.Keyed(key) if key else None


class TextLine:
    """One call's line in writing. Fulfils `ivr.ports.line.Line`; the caller's page and the agent's desk do the rest."""

    def __init__(
        self,
        greeting: Greeting,
        sheet: Sheet,
        desks: Desks,
        institution: Callable[[], Institution],
        headers: tuple[str, str],
    ) -> None:
        """Take a line whose page has this name and pretends this number (`headers`)."""
        self.greeting = greeting
        self.hung_up = asyncio.Event()
        self.sheet = sheet
        self._desks = desks
        self._institution = institution
        self._variables = {_PAGE: headers[0], _CALLER: headers[1]}
        self._pending: asyncio.Future[str] | None = None
        self._question: Question | None = None
        self._said: tuple[Choice, ...] = ()
        self._offered: tuple[Choice, ...] = ()
        self._rest, self._letter = "", ""
        self._early: list[str] = []
        self._silent: asyncio.TimerHandle | None = None

    @property
    def lost(self) -> bool:
        """Never: whoever writes and whoever keeps it are the same process."""
        return False

    @property
    def call(self) -> str:
        """The call's id."""
        return self.greeting.call

    @property
    def language(self) -> str:
        """What the line speaks."""
        chosen = self._variables.get("CHANNEL(language)", self.greeting.language)
        return chosen or self._institution().languages[0]

    @property
    def with_agent(self) -> bool:
        """Whether both sides write to each other now."""
        return self.sheet.standing.stage == "person"

    # What the conversation asks ----------------------------------------------------------------------

    async def send(self, command: bytes) -> Reply:  # noqa: C901, PLR0911 - one for each command there is
        """Do what a command asks; raises HungUp when the caller has left."""
        if self.hung_up.is_set():
            raise HungUp
        match meaning(command):
            case Say(prompts):
                self._say(prompts)
                self._variables["PLAYBACKSTATUS"] = "SUCCESS"
                return _OK
            case Question() as question:
                return await self._ask(question)
            case Ring(agent, seconds):
                self._variables["DIALSTATUS"] = await self._dial(agent, seconds)
                return _OK
            case Read(name):
                return await self._read(name)
            case Write(name, value):
                return self._write(name, value)
            case Record(path):
                self.sheet.record(path)
                return _OK
            case Nothing():
                return _OK
            case other:
                assert_never(other)

    def _say(self, prompts: Prompts) -> tuple[Choice, ...]:
        """Write what the prompts say, a line for each language; give the options in it."""
        institution = self._institution()
        choices: tuple[Choice, ...] = ()
        for language, some in groupby(prompts, key=lambda prompt: prompt[0] or self.language):
            said = words_of(institution, language, tuple(some))
            text = figures(said)
            if any(sign.isalnum() for sign in text):
                self.sheet.write("machine", text, language)
            choices += text_keys.choices(said)
        return choices

    async def _ask(self, question: Question) -> Reply:
        offered = self._offered + self._say(question.prompts)
        self._offered = offered if question.hurried else ()
        if question.hurried:
            return self._answered(question, "")
        if ahead := self._ahead(question):
            return self._answered(question, ahead)
        if question.keys & text_keys.FREE:
            self.sheet.write("machine", "text.note.free", self.language, note=True)
        self._question, self._said = question, offered if question.most == 1 else ()
        self._stand("menu", most=question.most, choices=self._said)
        try:
            self.alive()
            asyncio.get_running_loop().call_soon(self._enter_early)
            keys = await self._wait()
        finally:
            self._question = None
            self._quiet()
            self._stand(self.sheet.standing.stage)
        return self._answered(question, keys)

    def _ahead(self, question: Question) -> str:
        """Give what the caller wrote beyond the last question, if this one asks for it: the rest of a document."""
        rest, self._rest = self._rest, ""
        letter = self._letter
        if question.prompts:
            self._letter = ""
        if not question.prompts:
            return rest[: question.most]
        return letter if text_keys.LETTER in question.keys else ""

    def _answered(self, question: Question, keys: str) -> Reply:
        if question.into is not None:
            self._variables[question.into] = keys
            return _OK
        if keys == "#":
            return Reply(200, "", "")
        return Reply(200, keys, "" if keys else "timeout")

    async def _read(self, name: str) -> Reply:
        if (
            name == "DIALSTATUS"
            and name not in self._variables
            and (agent := self._desks.agent_of(self.call))
        ):
            self._variables[name] = await self._talk(agent)
        value = self._variables.get(name)
        return _NONE if value is None else Reply(200, "1", value)

    def _write(self, name: str, value: str) -> Reply:
        self._variables[name] = value
        if name == "VT_WAITING":
            self._stand("waiting" if value == "yes" else "menu")
        return _SET

    # An agent ----------------------------------------------------------------------------------------

    async def _dial(self, agent: str, seconds: float) -> str:
        """Ring, then let both write until one ends it; give what Asterisk calls DIALSTATUS."""
        self._stand("ringing")
        self._desks.ring(self, agent)
        try:
            async with asyncio.timeout(min(seconds, RING_AT_MOST_S)):
                await self._wait()
        except TimeoutError:
            self._stand("menu")
            return "NOANSWER"
        finally:
            if not self._taken():
                self._desks.over(self)
        return await self._talk(agent)

    def _taken(self) -> bool:
        return self.sheet.standing.stage == "person"

    async def _talk(self, agent: str) -> str:
        self._stand("person")
        self._desks.talk(self, agent)
        self.sheet.write("machine", "text.note.person", self.language, note=True)
        try:
            await self._wait()
        finally:
            self._desks.over(self)
        for by in ("caller", "agent"):
            self.sheet.type(by, "")
        self.sheet.write("machine", "text.note.person_left", self.language, note=True)
        self._stand("menu")
        return "ANSWER"

    # What the two ends do ----------------------------------------------------------------------------

    def take(self) -> None:
        """Take the contact: the agent does."""
        if self.sheet.standing.stage == "ringing":
            self._stand("person")
            self._give("")

    def part(self) -> bool:
        """End the talk, the call goes on; False when there is none."""
        if not self.with_agent:
            return False
        self._give("")
        return True

    def typed(self, text: str) -> None:
        """Take the caller's unfinished line as it is now; only an agent is shown it."""
        self.alive()
        if self.sheet.full:
            self.hang_up()
        elif self.with_agent:
            self.sheet.type("caller", text)

    def entered(self, text: str) -> None:
        """Take a whole line of the caller's: an answer to the question at hand, or words for the agent."""
        question = self._question
        if self.sheet.full:
            self.hang_up()
            return
        if question is None and self.sheet.standing.stage == "menu" and len(self._early) < EARLY_LINES:
            self._early.append(text)
            return
        if question is None:
            self.sheet.write("caller", text, self.language, shared=True)
            return
        found = text_keys.keyed(text, question.most, self._said, question.keys) or _person(text, question)
        if found is None:
            self.sheet.write("caller", text, self.language, kept=_DOT * len(text))
            self.sheet.write("machine", "text.note.not_understood", self.language, note=True)
            self.alive()
            return
        self._rest, self._letter = found.rest, found.letter
        self.sheet.write("caller", text, self.language, kept=self._kept(text, question, found.keys))
        self._give(found.keys)

    def hang_up(self) -> None:
        """End the call: the caller left."""
        if not self.hung_up.is_set():
            self.hung_up.set()
            self._quiet()
            if self._pending is not None and not self._pending.done():
                self._pending.set_exception(HungUp())

    def over(self, *, for_good: bool) -> None:
        """Close the sheet: the conversation has ended, or goes on with another server."""
        self._quiet()
        self._keep_early()
        if for_good:
            self._stand("ended")
        self.sheet.close()

    def alive(self) -> None:
        """Begin the silence anew: somebody is there, reading or typing."""
        self._quiet()
        if self._question is not None:
            loop = asyncio.get_running_loop()
            self._silent = loop.call_later(SILENCE_S, self._give, "")

    # Inside ------------------------------------------------------------------------------------------

    async def _wait(self) -> str:
        """Wait for what an end does; raises HungUp when the caller leaves."""
        if self.hung_up.is_set():
            raise HungUp
        self._pending = asyncio.get_running_loop().create_future()
        try:
            return await self._pending
        finally:
            self._pending = None

    def _give(self, what: str) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_result(what)

    def _enter_early(self) -> None:
        """Take the lines that came before their question; what one question leaves is for the next."""
        while self._early and self._question is not None and self._pending and not self._pending.done():
            self.entered(self._early.pop(0))

    def _keep_early(self) -> None:
        """Keep lines that no question will ask for, for the agent to read."""
        for text in self._early:
            self.sheet.write("caller", text, self.language, shared=True)
        self._early.clear()

    def _kept(self, text: str, question: Question, keys: str) -> str:
        """Give what the record keeps of an answer: an option by its words, of a number only how long it is."""
        if question.keys & text_keys.FREE:
            return text
        if question.most > 1:
            return _DOT * len(text)
        return next((f"{keys} · {choice.label}" for choice in self._said if choice.key == keys), keys)

    def _quiet(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None

    def _stand(self, stage: Stage, most: int = 0, choices: tuple[Choice, ...] = ()) -> None:
        if stage != "menu":
            self._keep_early()
        self.sheet.stand(replace(self.sheet.standing, stage=stage, most=most, choices=choices))
