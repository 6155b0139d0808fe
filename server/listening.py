"""Listening to recordings, as the pages ask for it: rules of `recordings.listening`, rows, and facts before bytes.

Whoever looks for a recording, asks to hear it, agrees with somebody, is refused, or hears the first byte: each is a
fact, and the last four are rows as well, on disk before anything is given out.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

from recordings.adapters.vault.keeping_rows import KeepingRows
from recordings.adapters.vault.listenings import Listenings
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.searching import Found, Marked, Searching, Wanted
from recordings.facts import (
    Fact,
    ListeningAsked,
    ListeningRefused,
    ListeningSeconded,
    RecordingOpened,
)
from recordings.listening import (
    ASKED_S,
    GRANTED_S,
    Asked,
    Keeping,
    Person,
    Purpose,
    Role,
    Verdict,
    judged,
    may_search,
    may_second,
    opens,
)
from recordings.marks import Kind, offset_ms
from recordings.naming import is_in_writing
from recordings.ports import Audio, NoAudio
from server.calls_of import About, CallsOf, is_reference
from web.accounts import Account
from web.ports import Look, Message, NotNow, Sound

WAV, LINES = "audio/wav", "application/jsonl; charset=utf-8"
_REFUSALS = {
    Verdict.DENIED: "not_yours",
    Verdict.UNKNOWN: "no_recording",
    Verdict.DESTROYED: "recording_destroyed",
}
_WITHOUT = {
    "destroyed": "recording_destroyed",
    "locked": "recording_locked",
    "damaged": "recording_damaged",
    "away": "recording_away",
}

PersonOf = Callable[[str], Awaitable[str | None]]
"""Gives the citizen's id for a document (DNI, NIE, NSS); None for nobody."""

Shielded = Callable[[str], Awaitable[bool]]
"""Says whether a citizen is protected as the register has it now; yes when nobody can say."""

Acts = Callable[[], Mapping[str, Mapping[str, str]]]
"""Gives the acts of consent, and what people call them by language."""


class Listening:
    """The room where recordings are looked for and heard. Fulfils web.ports.ListeningPort; raises NotNow."""

    def __init__(
        self,
        rows: tuple[Searching, KeyRows, KeepingRows, Listenings],
        audio: Audio,
        calls: CallsOf,
        register: tuple[PersonOf, Shielded],
        publish: Callable[[Fact], None],
        acts: Acts,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._acts = acts
        self._searching, self._keys, self._keeping, self._listenings = rows
        self._audio, self._calls = audio, calls
        self._person_of, self._shielded = register
        self._publish, self._clock = publish, clock

    async def search(self, who: Account, look: Look) -> Message:
        """Give the recordings that fit, the newest first."""
        person = _person(who)
        if not may_search(person.role):
            raise NotNow("not_yours")
        wanted = Wanted(look.since, look.before, await self._calls_for(look), look.act, look.state)
        found = await self._searching.find(wanted, person.role)
        about = await self._calls.about(one.call for one in found)
        return {
            "found": [_shown(one, about[one.call]) for one in found],
            "acts": [{"name": name, "about": dict(words)} for name, words in self._acts().items()],
        }

    async def ask(self, who: Account, call: str, reason: str) -> Message:
        """Ask to hear a recording; `state` is granted, or second when somebody has to agree."""
        asked, verdict = await self._asked(_person(who), call, reason, Purpose.LISTEN)
        if verdict in _REFUSALS:
            self._publish(ListeningRefused(call, who.name, who.role.value, verdict, asked.asked_at))
            raise NotNow(_REFUSALS[verdict])
        await self._listenings.write(asked)
        second = verdict is Verdict.SECOND
        self._publish(
            ListeningAsked(
                call, asked.id, who.name, who.role.value, asked.purpose, reason, second, asked.asked_at
            )
        )
        return {"listening": asked.id, "state": verdict.value}

    async def agree(self, who: Account, listening: str) -> None:
        """Agree, as a second person, that somebody hears a protected person's recording."""
        asked, at = await self._listenings.asked(listening), self._clock()
        if asked is None or not await self._visible(who, asked.call):
            raise NotNow("no_recording")
        free = may_second(asked, _person(who), at)
        if not free or not await self._listenings.agree(listening, who.name, at):
            raise NotNow("not_to_agree")
        self._publish(ListeningSeconded(asked.call, listening, who.name, asked.person.name, at))

    async def waiting(self, who: Account) -> list[Message]:
        """Give what waits for a second person, for those who may agree, and what came of one's own."""
        at = self._clock()
        asked = await self._listenings.waiting(_person(who).role, at - ASKED_S)
        return [
            {**_logged(one), "mine": one.person.name == who.name}
            for one in asked
            if may_second(one, _person(who), at) or one.person.name == who.name
        ]

    async def log(self, who: Account, call: str) -> list[Message]:
        """Give who asked for and heard what, the newest first; of one call or all."""
        if not may_search(_person(who).role):
            raise NotNow("not_yours")
        return [_logged(one) for one in await self._listenings.latest(_person(who).role, call)]

    async def about(self, who: Account, listening: str) -> Message:
        """Give what the player shows beside the sound: length, waveform, marks."""
        asked = await self._granted(who, listening)
        found = await self._searching.one(asked.call)
        peaks = await self._keys.peaks(asked.call)
        marks = await self._marks(asked.call, found.at if found else 0.0)
        since = asked.seconded_at if asked.protected else asked.asked_at
        return {
            "call": asked.call,
            "at": found.at if found else None,
            "duration_ms": found.duration_ms if found else None,
            "writing": is_in_writing(asked.call),
            "peaks": base64.b64encode(peaks).decode() if peaks else None,
            "marks": [
                {"kind": one.kind, "from_ms": one.begin_ms, "to_ms": one.end_ms, "about": one.about}
                for one in marks
            ],
            "until": (since or 0.0) + GRANTED_S,
        }

    async def _marks(self, call: str, began: float) -> list[Marked]:
        """Give the marks of a recording, and where which agent began to talk: the facts have that."""
        marks = [one for one in await self._searching.marks(call) if one.kind != Kind.AGENT]
        for agent, at in await self._calls.talks(call):
            moment = offset_ms(began, at)
            marks.append(Marked(Kind.AGENT, moment, moment, agent))
        return sorted(marks, key=lambda one: (one.begin_ms, one.kind != "notice"))

    async def sound(self, who: Account, listening: str) -> Sound:
        """Give a recording's bytes to whom it was granted; that they are given is a fact before the first one."""
        asked = await self._granted(who, listening)
        try:
            length = await self._audio.length(asked.call)
        except NoAudio as none:
            raise NotNow(_WITHOUT.get(none.reason, "no_recording")) from none
        at = self._clock()
        if await self._listenings.opened(listening, at):
            self._publish(_opened(asked, at))

        def read(start: int, end: int) -> AsyncIterator[bytes]:
            return self._audio.read(asked.call, start, end)

        return Sound(length, LINES if is_in_writing(asked.call) else WAV, read)

    async def export(self, who: Person, call: str, reason: str, second: str | None) -> Asked:
        """Write down that a recording leaves the house, and say so; raises NotNow when it may not."""
        asked, verdict = await self._asked(who, call, reason, Purpose.EXPORT)
        if verdict in _REFUSALS or (verdict is Verdict.SECOND and second in {None, who.name}):
            self._publish(ListeningRefused(call, who.name, who.role, verdict, asked.asked_at))
            raise NotNow(_REFUSALS.get(verdict, "second_needed"))
        at = asked.asked_at
        agreed = replace(asked, second=second, seconded_at=at) if asked.protected else asked
        await self._listenings.write(replace(agreed, opened_at=at))
        self._publish(_opened(agreed, at))
        return agreed

    async def _asked(self, person: Person, call: str, reason: str, purpose: Purpose) -> tuple[Asked, Verdict]:
        keeping, at = await self._keeping.of(call), self._clock()
        protected = await self._protected(call)
        asked = Asked(secrets.token_hex(16), call, purpose, person, reason, at, protected)
        if keeping is None:
            known = may_search(person.role)
            return asked, Verdict.UNKNOWN if known else Verdict.DENIED
        return asked, judged(person, keeping, protected=protected)

    async def _protected(self, call: str) -> bool:
        """Whether it takes two: as the calls have it, or the register by now."""
        if await self._calls.protected(call):
            return True
        return any([await self._shielded(person) for person in await self._calls.persons(call)])

    async def _granted(self, who: Account, listening: str) -> Asked:
        """Give a request that lets this person have bytes now. Raises NotNow."""
        asked = await self._listenings.asked(listening)
        if asked is None or asked.person.name != who.name:
            raise NotNow("no_recording")
        keeping = await self._keeping.of(asked.call) or Keeping.DESTROYED
        if not opens(asked, _person(who), keeping, self._clock()):
            waits = asked.protected and asked.second is None
            raise NotNow("second_needed" if waits else "listening_over")
        return asked

    async def _visible(self, who: Account, call: str) -> bool:
        keeping = await self._keeping.of(call)
        return keeping is not None and judged(_person(who), keeping, protected=False) is Verdict.GRANTED

    async def _calls_for(self, look: Look) -> frozenset[str] | None:
        """Give the calls of a person or request and of an agent, both if both are asked for; None for any."""
        found: frozenset[str] | None = None
        if look.person:
            found = await self._calls_of(look.person)
        if look.agent:
            talked = await self._calls.agent(look.agent, look.since, look.before)
            found = talked if found is None else found & talked
        return found

    async def _calls_of(self, typed: str) -> frozenset[str]:
        if is_reference(typed):
            return await self._calls.request(typed)
        person = await self._person_of(typed)
        return await self._calls.person(person or typed)


def _person(who: Account) -> Person:
    return Person(who.name, Role(who.role.value))


def _opened(asked: Asked, at: float) -> RecordingOpened:
    person = asked.person
    return RecordingOpened(
        asked.call, asked.id, person.name, person.role, asked.purpose, asked.reason, asked.second, at
    )


def _shown(one: Found, about: About) -> Message:
    """Give a recording as the list shows it; of a protected person, neither who it is nor what about."""
    hidden = about.protected
    return {
        "call": one.call,
        "at": one.at,
        "duration_ms": one.duration_ms,
        "language": one.language,
        "state": one.state,
        "flaw": one.flaw,
        "keeping": one.keeping.value,
        "hold": one.hold is not None,
        "acts": [{"act": act, "outcome": outcome} for act, outcome in one.acts],
        "agents": list(about.agents),
        "request": None if hidden else about.request,
        "subject": None if hidden else about.subject,
        "level": about.level,
        "protected": about.protected,
        "writing": is_in_writing(one.call),
    }


def _logged(one: Asked) -> Message:
    return {
        "listening": one.id,
        "call": one.call,
        "purpose": one.purpose.value,
        "by": one.person.name,
        "role": one.person.role.value,
        "reason": one.reason,
        "asked_at": one.asked_at,
        "protected": one.protected,
        "second": one.second,
        "opened_at": one.opened_at,
    }
