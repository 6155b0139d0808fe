"""A link into a CRM that only knows links: `https://crm.example/?tel={telephone}&request={request}`. Pure.

A template says where the fields go; each is percent-encoded whole, so that no value can change the link. The card
decides what may stand in it: nothing at all of a protected person, the citizen's id only when it was proven.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from crm_bridge.card import Card, Pop

FIELDS = ("call", "request", "telephone", "citizen", "language", "subject", "level")
LONGEST = 2_000  # characters; what every browser and most servers take
_WHOLE_NUMBER = re.compile(r"\+[0-9]{5,15}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class PopFault(ValueError):  # noqa: N818 (it names a fault of the operator's)
    """The template cannot be used; the words name the field and the remedy."""


@dataclass(frozen=True, slots=True)
class Template:
    """A checked template; `opens`: the desk opens the link by itself."""

    text: str
    opens: bool = False

    def link(self, card: Card) -> Pop | None:
        """Give the card's link; None for a protected person. What the card does not tell is left empty."""
        if card.protected:
            return None
        values = {name: quote(value, safe="") for name, value in _values(card).items()}
        return Pop(self.text.format_map(values), self.opens)


def template(text: str, *, opens: bool = False) -> Template:
    """Read a template. Raises PopFault."""
    if len(text) > LONGEST:
        raise PopFault(f"pop_url: {len(text)} characters; at most {LONGEST} are taken everywhere.")
    _demand_fields(text)
    _demand_place(text.partition("{")[0])
    return Template(text, opens)


def _demand_fields(text: str) -> None:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as fault:
        raise PopFault(f"pop_url: {fault}; a field is written {{telephone}}.") from fault
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in FIELDS or form or conversion:
            raise PopFault(f"pop_url: {{{name}}} is no field; there are: {', '.join(FIELDS)}.")


def _demand_place(fixed: str) -> None:
    """Demand that scheme and host stand before the first field: a value must never choose where a link leads."""
    try:
        place = urlsplit(fixed)
        host = place.hostname
    except ValueError:
        host, place = None, urlsplit("")
    if not host or not (place.path or place.query or place.fragment or "?" in fixed or "#" in fixed):
        raise PopFault("pop_url: write https:// and the whole host before the first field.")
    if place.scheme != "https" and not (place.scheme == "http" and host in _LOOPBACK):
        raise PopFault("pop_url: only https, for a citizen's number stands in the link.")
    if place.username is not None:
        raise PopFault("pop_url: no user in the link: it stands in the history of every browser.")


def _values(card: Card) -> Mapping[str, str]:
    return {
        "call": card.call,
        "request": card.request or "",
        # A number that a post sees masked is no number: the link gets none.
        "telephone": card.number if card.number and _WHOLE_NUMBER.fullmatch(card.number) else "",
        "citizen": card.citizen or "",
        "language": card.language,
        "subject": card.why,
        "level": str(card.proven_level),
    }
