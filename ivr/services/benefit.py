"""What do I receive? Every benefit in payment: kind, amount, supplement, tax, next payment, this year's rise."""

import asyncio

from corporate.benefits import KINDS, Benefit
from dialplans.grammar import grammar
from dialplans.machine import Outcome
from ivr.dialogue import tell
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 1

MOST_BENEFITS = 4  # the law lets nobody have more at once; who does is better served by a person
_HUNDRED = 100

PROMPTS = frozenset(
    {
        "benefit.none", "benefit.several", "benefit.monthly", "benefit.complement", "benefit.withholding",
        "benefit.no_withholding", "benefit.next_payment", "benefit.since", "benefit.revaluation",
        "benefit.comma", "benefit.concurrent",
        *(f"benefit.kind.{kind}" for kind in KINDS),
    }
)  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Tell every benefit in payment of the caller, who is proven."""
    corporate, person = visit.corporate, visit.proven
    pensions, subsidies = await asyncio.gather(
        corporate.pensions.benefits(person), corporate.subsidies.benefits(person)
    )
    return Outcome(await tell(visit, *_benefits(visit.talk.language, (*pensions, *subsidies))))


def _benefits(language: str, benefits: tuple[Benefit, ...]) -> tuple[str, ...]:
    if not benefits:
        return ("benefit.none",)
    opening = ("benefit.several",) if len(benefits) > 1 else ()
    each = tuple(key for one in benefits[:MOST_BENEFITS] for key in _benefit(language, one))
    concurrent = ("benefit.concurrent",) if any(one.concurrent for one in benefits) else ()
    return (*opening, *each, *concurrent)


def _benefit(language: str, one: Benefit) -> tuple[str, ...]:
    """Say one benefit. The amount is the whole of it: what the supplement adds is said to be part of it."""
    say = grammar(language)
    words = [
        f"benefit.kind.{one.kind}",
        "benefit.monthly",
        *say.amount(one.monthly_cents + one.complement_cents),
    ]
    if one.complement_cents:
        words += ["benefit.complement", *say.amount(one.complement_cents)]
    if one.withholding_cents:
        words += ["benefit.withholding", *say.amount(one.withholding_cents)]
    else:
        words += ["benefit.no_withholding"]
    words += ["benefit.next_payment", *say.date(one.next_payment), "benefit.since", *say.date(one.since)]
    if one.revaluation_hundredths:
        words += ["benefit.revaluation", *_percent(language, one.revaluation_hundredths)]
    return tuple(words)


def _percent(language: str, hundredths: int) -> tuple[str, ...]:
    """Say 270 as "2 comma 7", 275 as "2 comma 75", 205 as "2 comma 0 5", 300 as "3"."""
    say = grammar(language)
    whole, part = divmod(hundredths, _HUNDRED)
    figures = f"{part:02d}".rstrip("0")
    if not figures:
        return say.number(whole)
    after = say.digits(figures) if figures.startswith("0") else say.number(int(figures))
    return (*say.number(whole), "benefit.comma", *after)
