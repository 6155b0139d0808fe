"""Asking a caller for a postal code."""

from corporate.affiliation import is_postcode
from ivr.dialogue import digits
from ivr.services import Visit

POSTCODE = 5  # digits


async def ask(visit: Visit, words: str, *, wrong: str) -> str:
    """Give a postal code of the country; what cannot be one is answered with `wrong`. Raises Leaves."""
    return await digits(visit, words, least=POSTCODE, most=POSTCODE, check=is_postcode, wrong=wrong)
