"""What an accepted request owes the caller: a message that is kept, a reference that is spoken slowly.

The message is left before the reference is said: a caller who hangs up in the middle of it has it in writing.
"""

import datetime as dt
from collections.abc import Awaitable

from corporate import Declined, Receipt
from corporate.affiliation import Contact
from dialplans.machine import Outcome
from ivr.dialogue import reference, tell
from ivr.ports.requests import Recipient
from ivr.services import Leaves, Visit

PROMPTS = frozenset({"request.declined"})

OLD_NUMBER_S = 90 * 86400.0
"""How long a number that was given up is still warned: later it may be somebody else's."""


async def accepted(visit: Visit, request: Awaitable[Receipt]) -> Receipt:
    """Give the receipt of a request; one that a system declines goes to a person, who may see why."""
    try:
        return await request
    except Declined:
        visit.talk.owe("request.declined")
        raise Leaves("person") from None


async def give(visit: Visit, written: str, procedure: str, to: Recipient | None, *words: str) -> Outcome:
    """Leave the receipt, say these words and the reference as often as wished."""
    await leave(visit, "receipt", to, procedure=procedure, reference=written)
    visit.talk.owe(*words)
    await reference(visit, written)
    return Outcome(await tell(visit))


async def leave(visit: Visit, message: str, to: Recipient | None, **fields: str) -> bool:
    """Leave a standard message, once; False when it cannot be kept, or there is nobody to send it to."""
    if to is None:
        return False
    key = visit.key(message, to.number or "", to.email or "", *fields.values())
    return await visit.post.leave(message, to, fields, key)


async def warn(visit: Visit, message: str, contact: Contact | None, **fields: str) -> None:
    """Leave the warning of a change with whom there is to warn, before the change is asked for. Raises Leaves.

    What cannot be warned of is not changed: between a change and its warning a server may be killed, a database
    locked, an answer lost, and a thief be thanked for hanging up. So the warning says what was asked for, and is true
    whatever becomes of it.
    """
    to = warned(visit, contact)
    if to is not None and not await leave(visit, message, to, date=written_date(visit), **fields):
        raise Leaves("down")


async def contact_of(visit: Visit) -> Contact | None:
    """Ask how the proven caller is reached: before anything is written, so that no receipt is left unsent."""
    return await visit.corporate.affiliation.contact(visit.proven)


def reached(visit: Visit, contact: Contact | None) -> Recipient | None:
    """Give the proven caller as a recipient, in the language spoken now; None when nothing is on file."""
    if contact is None or not (contact.mobile or contact.email):
        return None
    return Recipient(visit.talk.language, contact.mobile, contact.email, visit.person)


def warned(visit: Visit, contact: Contact | None) -> Recipient | None:
    """Give whom a warning goes to: the contact before a late change, in the language the person prefers."""
    if contact is None:
        return None
    recent = visit.clock() - contact.changed_at < OLD_NUMBER_S
    number = (contact.before if recent else None) or contact.mobile
    if not (number or contact.email):
        return None
    return Recipient(contact.language, number, contact.email, visit.person)


def written_date(visit: Visit) -> str:
    """Write today as the institution's people do, for a message: `22/11/2026`."""
    return today(visit).strftime("%d/%m/%Y")


def today(visit: Visit) -> dt.date:
    """Give the day it is at the institution."""
    return dt.datetime.fromtimestamp(visit.clock(), visit.institution.time_zone).date()
