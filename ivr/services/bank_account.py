"""The account that benefits are paid into: its last digits, and changing it.

A change moves money, so it takes level 2, an IBAN whose check digits hold, its bank and last digits confirmed, a
mobile that has not just been changed, the caller's consent on record, and a warning to the contact there was before.
"""

from stdnum.es import iban

from corporate.affiliation import Contact
from dialplans.grammar import grammar
from dialplans.machine import MAX_TRIES, Outcome
from ivr import consent, receipts
from ivr.dialogue import choose, confirm, digits, tell
from ivr.identification import prove
from ivr.services import Leaves, Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 1  # the change itself takes CHANGES_AT

CHANGES_AT = 2  # the level, whatever the institution asks for the service: a change moves money
ACT = "bank_account"
ACTS = {ACT: CHANGES_AT}
COOLING_S = 72 * 3600.0  # after a change of mobile: a thief of the number is found out in that time
IBAN_DIGITS = 22  # after "ES": 2 check digits and the 20 of the old account code
LAST = 4
KEYING_S = 15.0  # between two digits: 22 of them are read off a card or a letter
BANKS = {
    "2100": "caixabank", "0049": "santander", "0182": "bbva", "0081": "sabadell", "2103": "unicaja",
    "0128": "bankinter", "2095": "kutxabank", "2080": "abanca", "2085": "ibercaja", "3058": "cajamar",
}  # fmt: skip
"""The ten banks that are named, by their code in the registry of the Banco de España."""

PROMPTS = receipts.PROMPTS | consent.PROMPTS | {
    "bank_account.ends", "bank_account.none", "bank_account.offer", "bank_account.foreign",
    "bank_account.cooling", "bank_account.ask", "bank_account.wrong", "bank_account.new_ends",
    "bank_account.changed", "bank_account.bank.other",
    *(f"bank_account.bank.{bank}" for bank in BANKS.values()),
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Say which account it is, and change it if that is wished."""
    last4 = await visit.corporate.pensions.account_last4(visit.proven)
    if last4 is None:
        return Outcome(await tell(visit, "bank_account.none"))
    ending = grammar(visit.talk.language).digits(last4)
    match await choose(visit, "123", "bank_account.ends", *ending, "bank_account.offer"):
        case "1":
            return await _change(visit)
        case "2":
            visit.talk.owe("bank_account.foreign")
            raise Leaves("person")
        case _:
            return Outcome("done")


async def _change(visit: Visit) -> Outcome:
    await prove(visit, CHANGES_AT)
    contact = await receipts.contact_of(visit)
    if contact is None or cooling(contact, visit.clock()):
        visit.talk.owe("request.declined" if contact is None else "bank_account.cooling")
        raise Leaves("person")
    account = await _account(visit)
    await consent.given(visit, ACT, *grammar(visit.talk.language).digits(account[-LAST:]))
    await receipts.warn(visit, "changed.account", contact, last4=account[-LAST:])
    change = visit.corporate.pensions.change_account(visit.proven, account, visit.key(account))
    receipt = await receipts.accepted(visit, change)
    to = receipts.reached(visit, contact)
    return await receipts.give(visit, receipt.reference, "bank_account", to, "bank_account.changed")


async def _account(visit: Visit) -> str:
    """Take an IBAN until its bank and its last digits are confirmed; give it compact."""
    for _ in range(MAX_TRIES):
        async with visit.unheard():
            keys = await _keyed(visit)
        last = grammar(visit.talk.language).digits(keys[-LAST:])
        if await confirm(visit, f"bank_account.bank.{bank(keys)}", "bank_account.new_ends", *last):
            return f"ES{keys}"
    raise Leaves("gave_up")


async def _keyed(visit: Visit) -> str:
    return await digits(
        visit,
        "bank_account.ask",
        least=IBAN_DIGITS,
        most=IBAN_DIGITS,
        check=holds,
        wrong="bank_account.wrong",
        timeout_s=KEYING_S,
    )


def holds(keys: str) -> bool:
    """Say whether 22 digits are a Spanish IBAN: mod 97, and the check digits of the account inside."""
    return iban.is_valid(f"ES{keys}")


def bank(keys: str) -> str:
    """Give the bank an IBAN's digits name, `other` when it is none of those that are named."""
    return BANKS.get(keys[2:6], "other")


def cooling(contact: Contact, now: float) -> bool:
    """Say whether the mobile is too new for a change that moves money."""
    return now - contact.changed_at < COOLING_S
