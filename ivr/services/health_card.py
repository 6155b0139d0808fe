"""The European Health Insurance Card: how it stands, asking for one, renewing it."""

import datetime as dt

from corporate import Declined, Receipt
from corporate.subsidies import HealthCard
from dialplans.grammar import grammar
from dialplans.machine import Outcome
from ivr import receipts
from ivr.dialogue import choose, tell
from ivr.services import Leaves, Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 1

RENEWAL = dt.timedelta(days=30)
"""How long before a card expires a new one is given: earlier, the old one would be cancelled by the new."""

OFFERS = {False: "health_card.offer_request", True: "health_card.offer_renewal"}

PROMPTS = receipts.PROMPTS | {
    "health_card.none", "health_card.valid_until", "health_card.expired", "health_card.requested",
    "health_card.on_its_way", "health_card.too_early", "health_card.offer_request",
    "health_card.offer_renewal", "health_card.accepted", "health_card.travelling", "health_card.no_address",
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Tell how the card stands, and take what can be asked for as it stands."""
    card = await visit.corporate.subsidies.health_card(visit.proven)
    words = _standing(visit.talk.language, card)
    if card.state == "requested" and (receipt := await _asked_before(visit)):
        return await _given(visit, receipt)
    if card.state in ("requested", "sent"):
        return Outcome(await tell(visit, *words, "health_card.travelling"))
    opens = _renewable_from(card)
    if opens is not None and receipts.today(visit) < opens:
        return Outcome(await tell(visit, *words, *_too_early(visit.talk.language, opens)))
    return await _offer(visit, words, renewal=card.state != "none")


async def _offer(visit: Visit, words: tuple[str, ...], *, renewal: bool) -> Outcome:
    if await choose(visit, "12", *words, OFFERS[renewal]) == "2":
        return Outcome("done")
    if await visit.corporate.affiliation.address(visit.proven) is None:
        visit.talk.owe("health_card.no_address")
        raise Leaves("person")
    try:
        receipt = await _ask(visit, renewal=renewal)
    except Declined as declined:
        return await _declined(visit, declined)
    return await _given(visit, receipt)


async def _ask(visit: Visit, *, renewal: bool) -> Receipt:
    request = visit.corporate.subsidies.request_health_card
    return await request(visit.proven, visit.key(OFFERS[renewal]), renewal=renewal)


async def _asked_before(visit: Visit) -> Receipt | None:
    """Find the request that this very visit made before the server was lost: its key gives its receipt again.

    Any other key is declined while a card is under way, so nothing is asked for here.
    """
    for renewal in OFFERS:
        try:
            return await _ask(visit, renewal=renewal)
        except Declined:
            continue
    return None


async def _given(visit: Visit, receipt: Receipt) -> Outcome:
    contact = await receipts.contact_of(visit)
    said = ("health_card.accepted", "health_card.travelling")
    return await receipts.give(
        visit, receipt.reference, "health_card", receipts.reached(visit, contact), *said
    )


async def _declined(visit: Visit, declined: Declined) -> Outcome:
    """Tell of a request that got there before ours: through the electronic office, or in another call."""
    card = await visit.corporate.subsidies.health_card(visit.proven)
    if declined.reason == "taken" and card.state in ("requested", "sent"):
        return Outcome(await tell(visit, *_standing(visit.talk.language, card), "health_card.travelling"))
    visit.talk.owe("request.declined")
    raise Leaves("person")


def _renewable_from(card: HealthCard) -> dt.date | None:
    return card.expires - RENEWAL if card.state == "valid" and card.expires else None


def _too_early(language: str, opens: dt.date) -> tuple[str, ...]:
    return ("health_card.too_early", *grammar(language).date(opens))


def _standing(language: str, card: HealthCard) -> tuple[str, ...]:
    say = grammar(language)
    match card:
        case HealthCard(state="valid", expires=dt.date() as last):
            return ("health_card.valid_until", *say.date(last))
        case HealthCard(state="expired", expires=dt.date() as last):
            return ("health_card.expired", *say.date(last))
        case HealthCard(state="requested", requested=dt.date() as day):
            return ("health_card.requested", *say.date(day))
        case HealthCard(state="requested" | "sent"):
            return ("health_card.on_its_way",)
        case _:
            return ("health_card.none",)
