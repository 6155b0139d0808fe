"""Who handles this? The body and its telephone: said, sent; where it is allowed, an agent who sees which body it is."""

from corporate.content import Body
from dialplans.grammar import grammar
from dialplans.machine import Outcome
from ivr import numbers, receipts
from ivr.dialogue import choose, tell
from ivr.facts import OtherBodyWanted
from ivr.ports.requests import Recipient
from ivr.services import Leaves, Visit

OUTCOMES = frozenset({"transfer"})
LEAST_LEVEL = 0

MATTERS = {"1": "contributions", "2": "sea", "3": "unemployment", "4": "benefits", "5": "regional"}

PROMPTS = numbers.PROMPTS | {
    "competent.menu", "competent.tgss", "competent.ism", "competent.sepe", "competent.inss",
    "competent.region", "competent.telephone", "competent.offer", "competent.offer_transfer",
    "competent.sent", "competent.unknown",
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Take the matter, say who handles it, do with the telephone what is wished."""
    matter = MATTERS[await choose(visit, MATTERS, "competent.menu")]
    body = await visit.corporate.content.competent(matter)
    if body is None or body.name_key not in PROMPTS:
        visit.talk.owe("competent.unknown")
        raise Leaves("person")
    words = (body.name_key, "competent.telephone", *_telephone(visit.talk.language, body), "competent.offer")
    through = ("competent.offer_transfer",) if body.transferable else ()
    match await choose(visit, "123" if body.transferable else "12", *words, *through):
        case "1":
            return await _send(visit, body)
        case "2":
            return Outcome("done")
        case _:
            visit.publish(OtherBodyWanted(visit.call, body.code, body.telephone, visit.clock()))
            return Outcome("transfer")


async def _send(visit: Visit, body: Body) -> Outcome:
    to = Recipient(visit.talk.language, await numbers.ask(visit, mobile=True))
    if not await receipts.leave(visit, "body.telephone", to, body=body.code, telephone=body.telephone):
        return Outcome("down")
    return Outcome(await tell(visit, "competent.sent"))


def _telephone(language: str, body: Body) -> tuple[str, ...]:
    """Say the number; one that exists only inside the country is said sign by sign."""
    say = grammar(language)
    return say.telephone(body.telephone) if body.telephone.startswith("+") else say.digits(body.telephone)
