"""The code of level 2, held with a caller: sent to the mobile that is registered, keyed back in this call.

Without a mobile on file it goes to the e-mail address that is. While it is keyed, nobody says it: keys are not in the
voice (RFC 4733), and the recording is mute while they are pressed. They are not read back. Star and hash have another
one sent, which takes the place of the first and counts like it.
"""

from dialplans.machine import MAX_TRIES
from ivr import codes
from ivr.facts import CodeRefused, CodeSent, IdentityProven, IdentityRefused
from ivr.ports.proving import Proof
from ivr.ports.requests import Recipient
from ivr.services import Leaves, Visit

ARRIVES_S = (
    20.0  # of silence before the caller is told to wait a little more: a longer one is taken for a dead line
)
WAITS = 9  # silences, each of ARRIVES_S: a code that has not come after three minutes does not come in time
ANOTHER_AFTER = 2  # silences, then the caller is told how to have another one sent
ANOTHER = "*"
PROCEDURES = frozenset(
    {"address", "bank_account", "certificate", "health_card", "appointment", "complaint", "callback"}
)
"""Services whose procedure the message names; others are named as the proof of identity itself."""

PROMPTS = frozenset(
    {
        "code.another", "code.failed", "code.limit", "code.mailed.eight", "code.mailed.six", "code.none", "code.right",
        "code.sent.eight", "code.sent.six", "code.sent_again", "code.waiting", "code.wrong",
    }
)  # fmt: skip


async def prove(visit: Visit, person: str) -> None:
    """Send a code to this person, who is proven to level 1, and have it keyed.

    Raises Leaves: person (nowhere to send it), blocked (too many codes), refused, back; CorporateDown.
    """
    procedure = named(visit)
    to = await _recipient(visit, person, procedure)
    await _send(visit, person, procedure, to, 1)
    visit.talk.owe(_told(to, procedure))
    async with visit.unheard():
        await _keyed(visit, person, procedure, to)
    at = visit.clock()
    await visit.proofs.keep(Proof(visit.call, person, codes.LEVEL, "code", (), at, procedure=procedure))
    visit.course.level = codes.LEVEL
    visit.publish(IdentityProven(visit.call, person, codes.LEVEL, "code", (), at))
    visit.talk.owe("code.right")


def named(visit: Visit) -> str:
    """Give the procedure that the message with a code names in this visit."""
    return visit.service if visit.service in PROCEDURES else "identity"


async def holds(visit: Visit) -> bool:
    """Say whether level 2 is proven for what this visit is about: any code of the call, or, for money, its own."""
    if visit.level < codes.LEVEL or named(visit) not in codes.STRONG:
        return visit.level >= codes.LEVEL
    theirs = await visit.proofs.every(visit.call)
    return any(one.person == visit.person and codes.opens(one, named(visit)) for one in theirs)


async def _recipient(visit: Visit, person: str, procedure: str) -> Recipient:
    """Find the registered mobile, else the e-mail address, unless it was registered too lately to be believed."""
    contact = await visit.corporate.affiliation.contact(person)
    if contact is None or not (contact.mobile or contact.email):
        raise _refused(visit, procedure, "no_contact", "code.none", "person")
    if not codes.settled(contact.changed_at, visit.clock(), visit.institution.identity.new_contact_hours):
        raise _refused(visit, procedure, "new_contact", "code.none", "person")
    if contact.mobile is None:
        return Recipient(visit.talk.language, email=contact.email, person=person)
    return Recipient(visit.talk.language, number=contact.mobile, person=person)


async def _send(visit: Visit, person: str, procedure: str, to: Recipient, nth: int) -> None:
    """Send the nth code of this visit."""
    length, at, where = codes.length(procedure), visit.clock(), to.number or to.email or ""
    code = await visit.codes.issue(visit.call, person, procedure, length, at, where)
    if code is None:
        raise _refused(visit, procedure, "limit", "code.limit", "blocked")
    fields = {
        "code": code, "procedure": procedure, "minutes": str(visit.institution.identity.code_minutes),
    }  # fmt: skip
    if not await visit.post.leave("code", to, fields, visit.key("code", str(at), str(nth)), urgent=True):
        await visit.codes.take_back(visit.call, person, procedure)  # it counts only once it is on its way
        raise Leaves("down")
    visit.publish(CodeSent(visit.call, procedure, at))


def _told(to: Recipient, procedure: str) -> str:
    """Say where the code went, and how many figures it has."""
    figures = "eight" if codes.length(procedure) == codes.EIGHT else "six"
    return f"code.sent.{figures}" if to.number else f"code.mailed.{figures}"


async def _keyed(visit: Visit, person: str, procedure: str, to: Recipient) -> None:
    """Wait for the code to come and be keyed; three wrong ones, or none in time, prove nothing."""
    waits, tries, nth = 0, 0, 1
    while waits < WAITS and tries < MAX_TRIES:
        keys = await visit.talk.ask((), codes.length(procedure), ARRIVES_S)
        if keys in ("#", "0"):
            raise Leaves("back" if keys == "#" else "person")
        if keys == ANOTHER:
            waits, nth = 0, nth + 1
            await _send(visit, person, procedure, to, nth)
            visit.talk.owe("code.sent_again")
            continue
        if not keys:
            waits += 1
            visit.talk.owe(*_patience(waits))
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


def _patience(waits: int) -> tuple[str, ...]:
    """Say what is said after so many silences; nothing after the last."""
    if waits >= WAITS:
        return ()
    return ("code.waiting", "code.another") if waits == ANOTHER_AFTER else ("code.waiting",)


def _refused(visit: Visit, procedure: str, why: str, word: str, outcome: str) -> Leaves:
    visit.publish(CodeRefused(visit.call, procedure, why, visit.clock()))
    visit.talk.owe(word)
    return Leaves(outcome)
