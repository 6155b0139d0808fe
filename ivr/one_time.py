"""The code of level 2, held with a caller: sent to the mobile that is registered, keyed back in this call.

While it is keyed, nobody says it: keys are not in the voice (RFC 4733), so they are on no recording, and
they are not read back.
"""

from dialplans.machine import MAX_TRIES
from ivr import codes
from ivr.facts import CodeRefused, CodeSent, IdentityProven, IdentityRefused
from ivr.ports.proving import Proof
from ivr.ports.requests import Recipient
from ivr.services import Leaves, Visit

LEVEL = 2
ARRIVES_S = (
    20.0  # of silence before the caller is told to wait a little more: a longer one is taken for a dead line
)
WAITS = 9  # silences, each of ARRIVES_S: a code that has not come after three minutes does not come in time
PROCEDURES = frozenset(
    {"address", "bank_account", "certificate", "health_card", "appointment", "complaint", "callback"}
)
"""Services whose procedure the message names; others are named as the proof of identity itself."""

PROMPTS = frozenset(
    {
        "code.failed", "code.limit", "code.none", "code.right", "code.sent.eight", "code.sent.six",
        "code.waiting", "code.wrong",
    }
)  # fmt: skip


async def prove(visit: Visit, person: str) -> None:
    """Send a code to this person, who is proven to level 1, and have it keyed.

    Raises Leaves: person (no mobile to send it to), blocked (too many codes), refused, back; CorporateDown.
    """
    procedure = visit.service if visit.service in PROCEDURES else "identity"
    to = await _recipient(visit, person, procedure)
    await _send(visit, person, procedure, to)
    await _keyed(visit, person, procedure)
    at = visit.clock()
    await visit.proofs.keep(Proof(visit.call, person, LEVEL, "code", (), at))
    visit.course.level = LEVEL
    visit.publish(IdentityProven(visit.call, person, LEVEL, "code", (), at))
    visit.talk.owe("code.right")


async def _recipient(visit: Visit, person: str, procedure: str) -> Recipient:
    """Find the registered mobile, unless it was registered too lately to be believed."""
    contact = await visit.corporate.affiliation.contact(person)
    if contact is None or contact.mobile is None:
        raise _refused(visit, procedure, "no_mobile", "code.none", "person")
    if not codes.settled(contact.changed_at, visit.clock(), visit.institution.identity.new_contact_hours):
        raise _refused(visit, procedure, "new_contact", "code.none", "person")
    return Recipient(visit.talk.language, number=contact.mobile, person=person)


async def _send(visit: Visit, person: str, procedure: str, to: Recipient) -> None:
    length, at = codes.length(procedure), visit.clock()
    code = await visit.codes.issue(visit.call, person, procedure, length, at)
    if code is None:
        raise _refused(visit, procedure, "limit", "code.limit", "blocked")
    fields = {
        "code": code, "procedure": procedure, "minutes": str(visit.institution.identity.code_minutes),
    }  # fmt: skip
    if not await visit.post.leave("code", to, fields, visit.key("code", str(at)), urgent=True):
        raise Leaves("down")
    visit.publish(CodeSent(visit.call, procedure, at))
    visit.talk.owe("code.sent.eight" if length == codes.EIGHT else "code.sent.six")


async def _keyed(visit: Visit, person: str, procedure: str) -> None:
    """Wait for the code to come and be keyed; three wrong ones, or none in time, prove nothing."""
    waits, tries = 0, 0
    while waits < WAITS and tries < MAX_TRIES:
        keys = await visit.talk.ask((), codes.length(procedure), ARRIVES_S)
        if keys in ("#", "0"):
            raise Leaves("back" if keys == "#" else "person")
        if keys in ("", "*"):
            waits += 1
            visit.talk.owe(*(("code.waiting",) if waits < WAITS else ()))
            continue
        verdict = await visit.codes.check(visit.call, person, procedure, keys, visit.clock())
        match verdict:
            case "right":
                return
            case "wrong":
                tries += 1
                visit.talk.owe("code.wrong")
            case "expired" | "worn_out":
                break
    why = "wrong" if tries else "expired"
    visit.publish(IdentityRefused(visit.call, blocked=False, at=visit.clock()))
    raise _refused(visit, procedure, why, "code.failed", "refused")


def _refused(visit: Visit, procedure: str, why: str, word: str, outcome: str) -> Leaves:
    visit.publish(CodeRefused(visit.call, procedure, why, visit.clock()))
    visit.talk.owe(word)
    return Leaves(outcome)
