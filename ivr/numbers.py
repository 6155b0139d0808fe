"""Asking a caller for a telephone number: the one they call from, or another that they key.

A number is only a way to reach somebody, never a proof of who they are. Only numbers of the institution's
country are taken, and none that costs more than a call: nobody is to be rung or written to at our expense
abroad.
"""

import phonenumbers
from phonenumbers import PhoneNumberType

from dialplans.grammar import grammar
from ivr.callbacks import telephone
from ivr.dialogue import choose, confirm, digits
from ivr.services import Leaves, Visit

PROMPTS = frozenset(
    {
        "number.this_ends", "number.this_or_other", "number.ask_mobile", "number.ask", "number.not_mobile",
        "number.not_spanish", "service.read_back",
    }
)  # fmt: skip

NATIONAL = 9  # digits of a Spanish number, E.164 without +34
ENDING = 3  # digits said of the number somebody calls from: enough to know it, little for who listens
MOST_NUMBERS = 3  # keyed and then not confirmed; after that a person helps
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_ORDINARY = _MOBILE | {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP, PhoneNumberType.PERSONAL_NUMBER}


async def ask(visit: Visit, *words: str, mobile: bool) -> str:
    """Give a number in E.164, chosen or keyed and confirmed; `mobile` for messages. Raises Leaves."""
    calling = fit(visit.caller, visit.institution.country, mobile=mobile)
    if calling is not None:
        ending = grammar(visit.talk.language).digits(calling[-ENDING:])
        if await choose(visit, "12", *words, "number.this_ends", *ending, "number.this_or_other") == "1":
            return calling
        words = ()
    for _ in range(MOST_NUMBERS):
        number = await _keyed(visit, *words, mobile=mobile)
        spoken = grammar(visit.talk.language).telephone(number)
        if await confirm(visit, "service.read_back", *spoken):
            return number
        words = ()
    raise Leaves("gave_up")


async def _keyed(visit: Visit, *words: str, mobile: bool) -> str:
    country = visit.institution.country
    keys = await digits(
        visit,
        *words,
        "number.ask_mobile" if mobile else "number.ask",
        least=NATIONAL,
        most=NATIONAL,
        check=lambda typed: fit(telephone(typed, country), country, mobile=mobile) is not None,
        wrong="number.not_mobile" if mobile else "number.not_spanish",
    )
    return f"+{phonenumbers.country_code_for_region(country)}{keys}"


def fit(number: str | None, country: str, *, mobile: bool) -> str | None:
    """Give the number (E.164) back if it is an ordinary one of the country, and a mobile if it must be."""
    if number is None:
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.region_code_for_number(parsed) != country:
        return None
    return number if phonenumbers.number_type(parsed) in (_MOBILE if mobile else _ORDINARY) else None
