"""A certificate, please: of benefits or of having none, of this year's rise, of the tax withheld.

It goes where the person is already known to be reached, never to an address that is given in the call.
"""

import asyncio

from corporate.affiliation import Address, Contact
from corporate.pensions import Certificate, Delivery
from dialplans.grammar import grammar
from dialplans.machine import Outcome
from ivr import receipts
from ivr.dialogue import choose, reference, tell
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 1

_KINDS: dict[str, Certificate] = {"1": "benefits", "2": "revaluation", "3": "withholding"}
_DELIVERIES: dict[str, tuple[Delivery, str]] = {
    "1": ("post", "certificate.sent_address"),
    "2": ("email", "certificate.sent_email"),
    "3": ("office", "certificate.sent_office"),
}
_POSTCODE_ENDING = 3  # digits: a stranger learns nothing that could be posted to
_MAILBOX_OPENING = 2  # signs

PROMPTS = receipts.PROMPTS | {
    "certificate.menu", "certificate.nothing", "certificate.to_address", "certificate.postcode_ends",
    "certificate.to_email", "certificate.email_begins", "certificate.to_office",
    *(sent for _, sent in _DELIVERIES.values()),
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Take the kind and the way, order, give the reference."""
    kind = _KINDS[await choose(visit, _KINDS, "certificate.menu")]
    if kind != "benefits" and not await _receives(visit):
        return Outcome(await tell(visit, "certificate.nothing"))
    affiliation = visit.corporate.affiliation
    address, contact = await asyncio.gather(affiliation.address(visit.proven), receipts.contact_of(visit))
    keys, words = _ways(visit.talk.language, address, contact)
    way, sent = _DELIVERIES[await choose(visit, keys, *words)]
    order = visit.corporate.pensions.certificate(visit.proven, kind, way, visit.key(kind, way))
    receipt = await receipts.accepted(visit, order)
    to = receipts.reached(visit, contact)
    await receipts.leave(visit, "certificate.sent", to, reference=receipt.reference)
    visit.talk.owe(sent)
    await reference(visit, receipt.reference)
    return Outcome(await tell(visit))


async def _receives(visit: Visit) -> bool:
    """Say whether anything is paid to the person: of nothing there is no rise and no tax to certify."""
    pensions = await visit.corporate.pensions.benefits(visit.proven)
    return bool(pensions or await visit.corporate.subsidies.benefits(visit.proven))


def _ways(language: str, address: Address | None, contact: Contact | None) -> tuple[str, tuple[str, ...]]:
    """Give the keys there are and their words: what is on file, masked, and the electronic office."""
    say, keys, words = grammar(language), "", list[str]()
    if address is not None:
        ending = say.digits(address.postcode[-_POSTCODE_ENDING:])
        keys, words = "1", ["certificate.to_address", "certificate.postcode_ends", *ending]
    if contact is not None and contact.email:
        keys, words = f"{keys}2", [*words, "certificate.to_email", *_masked(language, contact.email)]
    return f"{keys}3", (*words, "certificate.to_office")


def _masked(language: str, email: str) -> tuple[str, ...]:
    """Say how the address begins; nothing when it begins with signs that nobody recorded."""
    opening = email[:_MAILBOX_OPENING]
    if not (opening.isascii() and opening.isalnum()):
        return ()
    return ("certificate.email_begins", *grammar(language).digits(opening))
