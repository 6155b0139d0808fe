"""A CRM's JSON read into our values by a mapping. Pure; it believes nothing.

A field of another type, a state that is none, a moment in no format: the CRM has changed, or lies. That raises Unread,
which names kind and field and never the value. Texts are cut to what a card can show and lose what is not printable.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any, TypeVar

from crm_bridge.card import Attachment, Contact
from crm_bridge.citizens import Case, Citizen, Person
from crm_bridge.citizens import telephone as e164
from crm_bridge.mapping import (
    AttachmentAt,
    CaseAt,
    ContactAt,
    CrmMap,
    PersonAt,
    RequestAt,
)
from crm_bridge.requests import Request, State, due

Json = Any
T = TypeVar("T")
LONGEST_TEXT, LONGEST_NOTES, LONGEST_ID = 200, 4_000, 40
MOST_TELEPHONES = 20
CASE_STATES = frozenset({"received", "in_progress", "documents_missing", "granted", "refused"})
NEXT_STEPS = frozenset({"wait", "send_documents", "payment", "appeal"})
_LATEST = 32_503_680_000.0  # the year 3000: what is later is no moment in seconds


class Unread(Exception):  # noqa: N818 (it says what became of the answer)
    """An answer that cannot be read; the words name kind and field."""


def at_pointer(answer: Json, pointer: str) -> Json:
    """Give what stands at a JSON Pointer (RFC 6901), None when nothing does."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        match answer:
            case dict():
                answer = answer.get(name)
            case list() if name.isdecimal() and int(name) < len(answer):
                answer = answer[int(name)]
            case _:
                return None
    return answer


def listed(answer: Json, pointer: str, kind: str) -> list[Json]:
    """Give the records at a pointer. Raises Unread when there is no list."""
    found = at_pointer(answer, pointer)
    if not isinstance(found, list):
        raise Unread(f"{kind}: there is no list at {pointer or 'the top'}")
    return found


class Record:
    """One record of a CRM, read field by field."""

    def __init__(self, mapping: CrmMap, kind: str, record: Json) -> None:
        if not isinstance(record, dict):
            raise Unread(f"{kind}: a record is no object")
        self._mapping, self._kind, self._record = mapping, kind, record

    def text(self, name: str, pointer: str | None, most: int = LONGEST_TEXT) -> str:
        """Give a text that must be there."""
        said = self.said(name, pointer, most)
        if not said:
            raise self._unread(name, "is missing")
        return said

    def said(self, name: str, pointer: str | None, most: int = LONGEST_TEXT) -> str | None:
        """Give a text, or a number as text; None when nothing is said."""
        value = self._at(pointer)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self._unread(name, "is no text")
        kept = "".join(letter for letter in str(value) if letter == "\n" or letter.isprintable())
        return kept[:most].strip() or None

    def name(self, name: str, pointer: str | None, most: int) -> str:
        """Give an id or a reference: one that is too long is unread, for half of it could be somebody else's."""
        said = self.text(name, pointer, most + 1)
        if len(said) > most:
            raise self._unread(name, f"is longer than {most} characters")
        return said

    def word(self, name: str, pointer: str | None, what: str, known: Iterable[str] = ()) -> str:
        """Give one of our words for one of the CRM's."""
        ours = self._mapping.ours(what, self.text(name, pointer))
        if known and ours not in known:
            raise self._unread(name, f"is a word that `words.{what}` does not have")
        return ours

    def flag(self, name: str, pointer: str | None) -> bool:
        """Give a yes or no; no where the mapping has no such field.

        A field that the mapping names and the answer lacks is unread: rights of the CRM's user may hide it, and
        somebody who is protected must not be taken for somebody who is not.
        """
        if pointer is None:
            return False
        value = self._at(pointer)
        if value is None:
            raise self._unread(name, "is missing")
        if isinstance(value, bool):
            return value
        if value in (0, 1, "0", "1", "true", "false", "True", "False"):
            return str(value).lower() in {"1", "true"}
        raise self._unread(name, "is neither true nor false")

    def number(self, name: str, pointer: str | None, fallback: int) -> int:
        """Give a whole number."""
        value = self._at(pointer)
        if value is None:
            return fallback
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise self._unread(name, "is no whole number") from None

    def moment(self, name: str, pointer: str | None, fallback: float | None = None) -> float:
        """Give a moment in unix seconds; the fallback, if there is one, where nothing is said."""
        if fallback is not None and self._at(pointer) in (None, ""):
            return fallback
        try:
            seconds = _seconds(self._at(pointer), self._mapping.times)
        except (TypeError, ValueError, OverflowError):
            raise self._unread(name, f"is no moment as {self._mapping.times}") from None
        if not (isfinite(seconds) and 0 <= seconds < _LATEST):
            raise self._unread(name, "is a moment that cannot be")
        return seconds

    def day(self, name: str, pointer: str) -> date:
        """Give a day: ISO 8601, of which the first ten characters count."""
        try:
            return date.fromisoformat(self.text(name, pointer)[:10])
        except ValueError:
            raise self._unread(name, "is no day as 2026-10-14") from None

    def texts(self, name: str, pointers: str | list[str]) -> list[str]:
        """Give texts from several fields, or from one that is a list."""
        places = [pointers] if isinstance(pointers, str) else pointers
        found: list[Json] = []
        for pointer in places:
            value = self._at(pointer)
            found.extend(value if isinstance(value, list) else [value])
        if not all(one is None or isinstance(one, str | int) for one in found):
            raise self._unread(name, "has something that is no text")
        return [str(one) for one in found if one is not None]

    def _at(self, pointer: str | None) -> Json:
        return None if pointer is None else at_pointer(self._record, pointer)

    def _unread(self, name: str, why: str) -> Unread:
        return Unread(f"{self._kind}.{name} {why}")


def _seconds(value: Json, times: str) -> float:
    match times:
        case "iso8601":
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        case "unix_ms":
            return float(value) / 1000
        case _:
            return float(value)


def moment_of(seconds: float | None, times: str) -> float | int | str | None:
    """Write a moment as the CRM does."""
    if seconds is None:
        return None
    match times:
        case "iso8601":
            return datetime.fromtimestamp(seconds, UTC).isoformat()
        case "unix_ms":
            return round(seconds * 1000)
        case _:
            return seconds


def citizen(mapping: CrmMap, record: Json) -> Citizen:
    """Read a citizen. Telephones that are none are left out, each is brought to E.164.

    One of the two names may lack: records of old have only one, and who has one is there all the same.
    """
    at, one = mapping.records.citizen, Record(mapping, "citizen", record)
    language, family = one.said("language", at.language, 8), one.said("family_name", at.family_name, 120)
    given = one.said("given_name", at.given_name, 80)
    return Citizen(
        one.name("id", at.id, LONGEST_ID),
        one.said("document", at.document, 16) or "",
        (given or "") if family else one.text("given_name", at.given_name, 80),
        family or "",
        mapping.ours("language", language) if language else "es",
        _telephones(mapping, one),
        protected=one.flag("protected", at.protected),
        locked=one.flag("locked", at.locked),
        affiliation=one.said("affiliation", at.affiliation, 12),
    )


def _telephones(mapping: CrmMap, one: Record) -> tuple[str, ...]:
    typed = one.texts("telephones", mapping.records.citizen.telephones)[:MOST_TELEPHONES]
    return tuple(dict.fromkeys(number for number in map(e164, typed) if number))


def somebody(mapping: CrmMap, record: Json) -> Citizen:
    """Read a citizen of whom more cannot be read: who is there counts, and is nobody's to take for another.

    With id and telephones, without a name. Raises Unread where these lack, or where they may be protected.
    """
    one = Record(mapping, "citizen", record)
    if one.flag("protected", mapping.records.citizen.protected):
        raise Unread("citizen.protected is true, and the rest cannot be read")
    name = one.name("id", mapping.records.citizen.id, LONGEST_ID)
    return Citizen(name, "", "", "", telephones=_telephones(mapping, one))


def citizen_id(mapping: CrmMap, record: Json) -> str:
    """Read whose record it is, whatever else it says."""
    return Record(mapping, "citizen", record).name("id", mapping.records.citizen.id, LONGEST_ID)


def person(mapping: CrmMap, at: PersonAt, record: Json) -> Person:
    """Read what the protocol may know: names of questions, never an answer."""
    one = Record(mapping, "person", record)
    if at.questions is not None:
        questions = frozenset(one.texts("questions", at.questions))
    else:
        questions = frozenset(answers(mapping, at, record))
    return Person(
        one.name("id", at.id, LONGEST_ID),
        questions,
        one.flag("protected", at.protected),
        one.flag("locked", at.locked),
    )


def answers(mapping: CrmMap, at: PersonAt, record: Json) -> dict[str, str]:
    """Read the answers of a CRM that keeps them and cannot compare, question to digits. They go nowhere from here."""
    one = Record(mapping, "person", record)
    said = {question: one.said(f"answers.{question}", pointer) for question, pointer in at.answers.items()}
    return {question: digits for question, digits in said.items() if digits}


def case(mapping: CrmMap, at: CaseAt, record: Json) -> Case:
    """Read a case."""
    one = Record(mapping, "case", record)
    return Case(
        one.name("reference", at.reference, 30),
        one.word("subject", at.subject, "subject"),
        one.word("state", at.state, "case_state", CASE_STATES),
        one.day("since", at.since),
        one.word("next_step", at.next_step, "next_step", NEXT_STEPS),
    )


def request(mapping: CrmMap, at: RequestAt, record: Json) -> Request:
    """Read a request."""
    one = Record(mapping, "request", record)
    kind, channel = one.said("kind", at.kind), one.said("channel", at.channel)
    opened_at, priority = one.moment("opened_at", at.opened_at), one.number("priority", at.priority, 3)
    return Request(
        one.name("reference", at.reference, 20),
        one.said("citizen", at.citizen, LONGEST_ID),
        one.word("subject", at.subject, "subject"),
        opened_at,
        one.moment("changed_at", at.changed_at, opened_at),
        one.moment("due_at", at.due_at, due(opened_at, priority)),
        mapping.ours("kind", kind) if kind else "enquiry",
        State(one.word("state", at.state, "state", frozenset(map(str, State)))),
        mapping.ours("channel", channel) if channel else "telephone",
        priority,
        one.number("level", at.level, 1),
        one.said("assignee", at.assignee, LONGEST_ID),
        one.said("area", at.area, LONGEST_ID) or "",
        one.said("reason", at.reason, 400) or "",
    )


def is_request_of(mapping: CrmMap, at: RequestAt, citizen: str, record: Json) -> bool:
    """Say whether a request is this citizen's; where the mapping has no such field, the CRM is believed."""
    one = Record(mapping, "request", record)
    return at.citizen is None or one.said("citizen", at.citizen, LONGEST_ID) == citizen


def contact(mapping: CrmMap, at: ContactAt, record: Json) -> Contact:
    """Read a contact."""
    one = Record(mapping, "contact", record)
    outcome = one.said("outcome", at.outcome, LONGEST_ID)
    return Contact(
        one.moment("at", at.at),
        one.word("channel", at.channel, "channel"),
        one.word("subject", at.subject, "subject"),
        one.name("request", at.request, 20),
        mapping.ours("outcome", outcome) if outcome else None,
        contact=one.name("contact", at.contact, 80),
        direction=one.said("direction", at.direction, 8) or "in",
        agent=one.said("agent", at.agent, LONGEST_ID),
        notes=one.said("notes", at.notes, LONGEST_NOTES) or "",
    )


def attachment(mapping: CrmMap, at: AttachmentAt, record: Json) -> Attachment:
    """Read an attachment."""
    one = Record(mapping, "attachment", record)
    return Attachment(
        one.text("kind", at.kind, 20), one.name("reference", at.reference, 200), one.moment("at", at.at)
    )
