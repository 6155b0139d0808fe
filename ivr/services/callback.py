"""Call me back: the number, the hours, one wish for each person or number.

Anybody may key anybody's number: who is not known to have asked for the call that it is promised hears the same
acceptance as everybody, without the reference, and nothing more is written to that number.
"""

from dialplans.machine import Outcome
from ivr import numbers, receipts
from ivr.dialogue import choose, tell
from ivr.ports.requests import CallBack, Recipient
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 0

HOURS = {"1": "morning", "2": "afternoon", "3": "any"}

PROMPTS = numbers.PROMPTS | receipts.PROMPTS | {
    "callback.intro", "callback.when", "callback.accepted", "callback.already",
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Take number and hours, give the reference; who has asked already keeps the one they have, at other hours."""
    number = await numbers.ask(visit, "callback.intro", mobile=False)
    hours = HOURS[await choose(visit, HOURS, "callback.when")]
    back = CallBack(visit.call, number, visit.talk.language, visit.subject, hours, visit.person, visit.caller)
    promise = await visit.promises.call_back(back, visit.key(number))
    if promise.reference is None:
        return Outcome(await tell(visit, "callback.accepted"))
    to = Recipient(visit.talk.language, number)  # given in the call, not on file
    said = "callback.accepted" if promise.new else "callback.already"
    return await receipts.give(visit, promise.reference, "callback", to, said)
