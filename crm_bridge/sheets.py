"""A request as it is kept in a foreign CRM: one sheet, changed by writes and saved whole. Pure.

Theory of operation. A foreign CRM has its own idea of a task and no room for ours, and its API has no transaction
over several calls. So everything of a request stands on one sheet (the request, its contacts, what is attached, the
keys of the writes that were taken), and a connector saves the sheet in one call, beside the fields that the CRM's own
people work with. A replay finds its key on the sheet and changes nothing.
"""

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from crm_bridge import applied as rules
from crm_bridge.card import MOST_CONTACTS, Attachment, Contact, Folder, Whole
from crm_bridge.ports import WriteNotTaken
from crm_bridge.requests import OURS_TO_DO, RefusedMove, Request, State, Which, counts_as
from crm_bridge.writes import Attach, Open, Write

VERSION = 1
_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:#-]{0,79}", re.ASCII)


def may_be(name: str) -> bool:
    """Say whether a text may be a reference: no wildcard of a foreign search, nothing odd."""
    return _PLAIN.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A request, its contacts and attachments in the order in which they came, and the keys that were taken."""

    request: Request
    contacts: tuple[Contact, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    taken: tuple[str, ...] = ()


def taken(sheet: Sheet | None, key: str, write: Write) -> Sheet:
    """Give the sheet after a write; the very same when its key was taken before. Raises WriteNotTaken."""
    if sheet and key in sheet.taken:
        return sheet
    try:
        after = _after(sheet, write) if sheet else _fresh(write)
    except RefusedMove as refused:
        raise WriteNotTaken(str(refused)) from refused
    return replace(after, taken=(*after.taken, key))


def _fresh(write: Write) -> Sheet:
    if not isinstance(write, Open):
        raise WriteNotTaken("no such request")
    request, met = rules.opened(write)
    return Sheet(request, (met,) if met else ())


def _after(sheet: Sheet, write: Write) -> Sheet:
    if isinstance(write, Attach):
        return _attached(sheet, write)
    name = rules.contact_of(write)
    before = next((one for one in sheet.contacts if one.contact == name), None)
    request, contact = rules.applied(write, sheet.request, before)
    return replace(sheet, request=request, contacts=_with(sheet.contacts, before, contact))


def _with(contacts: tuple[Contact, ...], before: Contact | None, now: Contact | None) -> tuple[Contact, ...]:
    if now is None:
        return contacts
    return tuple(now if one is before else one for one in contacts) if before else (*contacts, now)


def _attached(sheet: Sheet, write: Attach) -> Sheet:
    if any((one.kind, one.reference) == (write.kind, write.reference) for one in sheet.attachments):
        return sheet
    request, _ = rules.applied(write, sheet.request, None)
    more = Attachment(write.kind, write.reference, write.at)
    return replace(sheet, request=request, attachments=(*sheet.attachments, more))


# --- what the port asks, out of sheets


class Record(Protocol):
    """What a foreign CRM keeps a sheet in; the lower its number, the older."""

    id: int


RecordT = TypeVar("RecordT", bound=Record)


def read(records: Iterable[RecordT], sheet_of: Callable[[RecordT], Sheet]) -> tuple[Sheet, ...]:
    """Read records as sheets; one that somebody edited is passed over, and of twins the first one counts.

    `sheet_of` raises ValueError for what is no sheet any more.
    """
    sheets = dict[str, Sheet]()
    for record in sorted(records, key=lambda one: one.id, reverse=True):
        with suppress(ValueError):
            sheet = sheet_of(record)
            sheets[sheet.request.reference] = sheet
    return tuple(sheets.values())


def requests_of(sheets: Iterable[Sheet], which: Which = "all") -> tuple[Request, ...]:
    """Give the requests, the newest change first, then by reference from Z to A."""
    found = (sheet.request for sheet in sheets if counts_as(which, sheet.request.state))
    return tuple(sorted(found, key=lambda one: (one.changed_at, one.reference), reverse=True))


def contacts_of(sheets: Iterable[Sheet]) -> tuple[Contact, ...]:
    """Give the contacts of all, newest first, then by name from Z to A."""
    met = (contact for sheet in sheets for contact in sheet.contacts)
    return tuple(sorted(met, key=lambda one: (one.at, one.contact), reverse=True))


def folder_of(sheets: Iterable[Sheet]) -> Folder:
    """Give the folder: every request, and the last contacts."""
    kept = tuple(sheets)
    return Folder(requests_of(kept), contacts_of(kept)[:MOST_CONTACTS])


def whole_of(sheet: Sheet, most: int = 100) -> Whole:
    """Give one request with its contacts, at most so many, and what is attached to it."""
    return Whole(sheet.request, contacts_of((sheet,))[:most], sheet.attachments)


def due_of(sheets: Iterable[Sheet], by: float, limit: int) -> tuple[Request, ...]:
    """Give the requests that are ours to do and due by then (unix seconds), the longest overdue first."""
    requests = (sheet.request for sheet in sheets)
    ours = (one for one in requests if one.state in OURS_TO_DO and one.due_at <= by)
    return tuple(sorted(ours, key=lambda one: (one.due_at, one.reference)))[:limit]


# --- as text: what a foreign CRM keeps


def to_text(sheet: Sheet) -> str:
    """Write the sheet as one line of JSON. Citizen and state are the CRM's own fields, and stand here as well."""
    return json.dumps({"version": VERSION, **asdict(sheet)}, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Sheet:
    """Read a sheet back; fields of a newer version are passed over. Raises ValueError when it is none."""
    try:
        kept = json.loads(text)
        request = _made(Request, kept["request"])
        return Sheet(
            replace(request, state=State(request.state)),
            tuple(_made(Contact, one) for one in kept["contacts"]),
            tuple(_made(Attachment, one) for one in kept["attachments"]),
            tuple(str(key) for key in kept["taken"]),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise ValueError("not a sheet of ours") from fault


def _made(kind: Any, fields: dict[str, Any]) -> Any:  # noqa: ANN401 (one of three dataclasses)
    return kind(**{name: value for name, value in fields.items() if name in kind.__dataclass_fields__})


def story(sheet: Sheet) -> tuple[str, ...]:
    """Tell the contacts for the people who work in the CRM, one line each, the oldest first; times in UTC.

    Words of no language: codes, names and what agents wrote.
    """
    return tuple(" · ".join(_told(one)) for one in reversed(contacts_of((sheet,))))


def _told(contact: Contact) -> list[str]:
    when = datetime.fromtimestamp(contact.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    said = (when, contact.channel, contact.subject, contact.agent, contact.outcome, contact.notes)
    return [" ".join(part.split()) for part in said if part]
