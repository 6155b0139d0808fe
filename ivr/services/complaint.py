"""A complaint or a suggestion: what about, whether somebody is to call, and the reference."""

from contextlib import suppress

from dialplans.machine import Outcome
from ivr import numbers, receipts
from ivr.dialogue import choose
from ivr.ports.register import RegistryDown
from ivr.ports.requests import CallBack, Recipient
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 0

ABOUT = {"1": "treatment", "2": "delay", "3": "mistake", "4": "suggestion"}

PROMPTS = numbers.PROMPTS | receipts.PROMPTS | {
    "complaint.menu", "complaint.callback", "complaint.accepted",
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Take the complaint and, if wished, the number to call; give the complaint's reference.

    Everything is asked before anything is written: a caller who leaves half-way leaves nothing behind.
    """
    about = ABOUT[await choose(visit, ABOUT, "complaint.menu")]
    calls = await choose(visit, "12", "complaint.callback") == "1"
    number = await numbers.ask(visit, mobile=False) if calls else None
    to = await _recipient(visit, number)
    key = visit.key(about, number or "")
    receipt = await receipts.accepted(
        visit, visit.corporate.cases.complain(visit.person, number or visit.caller, about, key)
    )
    if number is not None:
        back = CallBack(
            visit.call, number, visit.talk.language, "complaint", person=visit.person, caller=visit.caller
        )
        with suppress(RegistryDown):  # the complaint is in and has the number: who works on it rings it
            await visit.promises.call_back(back, key)
    return await receipts.give(visit, receipt.reference, "complaint", to, "complaint.accepted")


async def _recipient(visit: Visit, number: str | None) -> Recipient | None:
    """Give where the receipt goes: to a proven caller's contact, else to a mobile that was given or calls."""
    if visit.person is not None:
        return receipts.reached(visit, await receipts.contact_of(visit))
    mobile = numbers.fit(number or visit.caller, visit.institution.country, mobile=True)
    return None if mobile is None else Recipient(visit.talk.language, mobile)
