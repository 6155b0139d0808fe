"""Who calls, as far as a header can be believed: a number, a language to propose. Never an identity.

Pure. The headers were written by whoever calls: they are read strictly, and what does not fit gives None.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import phonenumbers

LONGEST_HEADER = 512  # characters; a From with a display name is under 100
_ADDRESS = re.compile(
    r"""(?: "(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*" \s* | [A-Za-z0-9 .!%*_+`'~-]* )   # display name, if any
        < (?:sips?:|tel:) (?P<bracketed>\+?[0-9]{3,15}) (?:[@;][^<>\s]*)? > (?:;[^<>\x00-\x1f]*)?
      | (?:sips?:|tel:) (?P<bare>\+?[0-9]{3,15}) (?:[@;][^<>\s,]*)?""",
    re.VERBOSE | re.ASCII,
)
_PAGE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_TYPED = re.compile(r"\+?[0-9]{3,15}", re.ASCII)


def from_headers(asserted: str, sender: str, country: str) -> str | None:
    """Give the caller's number in E.164 from P-Asserted-Identity, else From; None when hidden or malformed.

    `country` (ISO 3166) says what a number without prefix means. A header that is there and malformed is
    not made up for by the other one: whoever sent it is not to be believed.
    """
    return from_header(asserted, country) if asserted.strip() else from_header(sender, country)


def from_header(header: str, country: str) -> str | None:
    """Give the number in one header of the form of RFC 3261 §20.10 or RFC 3325 §9.1, in E.164, or None."""
    if len(header) > LONGEST_HEADER:
        return None
    address = _ADDRESS.fullmatch(header.strip())
    if address is None:
        return None
    return normal(address["bracketed"] or address["bare"], country)


@lru_cache(maxsize=4096)
def normal(typed: str, country: str) -> str | None:
    """Bring plain digits, or + and digits, to E.164; None for what no country can have assigned."""
    if not _TYPED.fullmatch(typed):
        return None
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def page(header: str) -> str | None:
    """Give the call page's name (128 bits, hex) from its header, None for anything else."""
    return header if _PAGE.fullmatch(header) else None


def proposed_language(number: str | None, country: str, areas: Mapping[str, str]) -> str | None:
    """Give the language that the number's area proposes; None for a foreign or hidden number.

    `areas` maps national prefixes to languages; the longest prefix that fits decides.
    """
    if number is None:
        return None
    code = _code(country)
    if not number.startswith(code):
        return None
    national = number[len(code) :]
    fitting = [prefix for prefix in areas if national.startswith(prefix)]
    return areas[max(fitting, key=len)] if fitting else None


@lru_cache(maxsize=8)
def _code(country: str) -> str:
    return f"+{phonenumbers.country_code_for_region(country)}"
