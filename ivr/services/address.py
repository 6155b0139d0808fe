"""The address on file: hearing it, and changing it, as far as a keypad goes.

Postal code and number are keyed; street, floor and door have no keys, so they are said into the recording of
the call, and whoever keeps the register completes them from there. The warning goes to the old contact.
"""

import re

from corporate.affiliation import Address, NewAddress
from dialplans.grammar import grammar
from dialplans.machine import MAX_TRIES, Outcome
from ivr import consent, postcodes, receipts
from ivr.dialogue import choose, confirm, digits
from ivr.identification import prove
from ivr.services import Leaves, Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 1

TO_CHANGE = 2  # the level that a change is believed at
ACT = "address"
ACTS = {ACT: TO_CHANGE}
LONGEST_HOUSE = 4  # digits; no street of Spain has a five-digit number
SAYING_S = 20.0  # to say street, floor and door; # ends it sooner
_LEADING_NUMBER = re.compile(r"[0-9]+")

PROMPTS = receipts.PROMPTS | consent.PROMPTS | {
    "address.postcode", "address.number", "address.none", "address.offer", "address.ask_postcode",
    "address.wrong_postcode", "address.ask_number", "address.say_street", "address.new", "address.changed",
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Say the address, and change it if that is wished and proven."""
    address = await visit.corporate.affiliation.address(visit.proven)
    if await choose(visit, "12", *_on_file(visit.talk.language, address), "address.offer") == "2":
        return Outcome("done")
    await prove(visit, TO_CHANGE)
    contact = await receipts.contact_of(visit)
    new = await _new(visit)
    await consent.given(visit, ACT, *grammar(visit.talk.language).digits(new.postcode))
    key = visit.key(new.postcode, new.house)
    await receipts.warn(visit, "changed.address", contact)
    change = visit.corporate.affiliation.change_address(visit.proven, new, key)
    receipt = await receipts.accepted(visit, change)
    to = receipts.reached(visit, contact)
    return await receipts.give(visit, receipt.reference, "address", to, "address.changed")


async def _new(visit: Visit) -> NewAddress:
    """Take the new address until it is confirmed."""
    for _ in range(MAX_TRIES):
        postcode = await postcodes.ask(visit, "address.ask_postcode", wrong="address.wrong_postcode")
        house = await digits(visit, "address.ask_number", least=1, most=LONGEST_HOUSE)
        await _street(visit)
        if await confirm(visit, "address.new", *_spoken(visit.talk.language, postcode, house)):
            return NewAddress(postcode, house, spoken_in=visit.call)
    raise Leaves("gave_up")


async def _street(visit: Visit) -> None:
    """Let the street be said. Silence is an end like #: who has said it may not think of the key."""
    if await visit.talk.ask(("address.say_street",), 1, SAYING_S) == "0":
        raise Leaves("person")


def _on_file(language: str, address: Address | None) -> tuple[str, ...]:
    if address is None:
        return ("address.none",)
    number = _LEADING_NUMBER.match(address.house)
    return ("address.postcode", *_spoken(language, address.postcode, number[0] if number else ""))


def _spoken(language: str, postcode: str, house: str) -> tuple[str, ...]:
    say = grammar(language)
    number = ("address.number", *say.number(int(house))) if house else ()
    return (*say.digits(postcode), *number)
