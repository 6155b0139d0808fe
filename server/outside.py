"""Agents on a number outside: which numbers may be on file for them, and how the one on file is rung.

Whoever is in charge writes a number down (`ventanilla people telephone`); at the desk it is only chosen, never typed,
or an account would be a way to ring anybody. A number is looked at again each time: what was allowed once may be a
number of our own by now. It stands in the table of agents and in the INVITE to the carrier, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from dialplans.institution import Institution
from ivr.ports.floor import Outside
from queues import telephones
from queues.agents import Agent
from server.runtime.numbering import forms

ORDINARY = frozenset({
    PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE,
})  # fmt: skip
"""What an agent may be rung on: nothing that costs more than a call, is shared, virtual, or a service."""
NOBODY, NO_CARRIER = "no_outside_number", "no_carrier"
"""Why an agent may not sign in so: no good number is on file; nothing leads outside."""


def good(written: str, country: str, ours: Iterable[str]) -> str | None:
    """Give a number in E.164 if an agent may be rung there: an ordinary one of the country that is none of ours."""
    try:
        parsed = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    number = str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    theirs = phonenumbers.region_code_for_number(parsed) == country and not parsed.extension
    if not theirs or phonenumbers.number_type(parsed) not in ORDINARY:
        return None
    return None if any(number in forms(one, country) for one in ours) else number


def asked_in(agent: Agent, languages: Iterable[str]) -> str:
    """Give the language in which the agent is asked for the key: their best that is served, of equals the first."""
    return max(languages, key=lambda language: agent.languages.get(language, 0))


@dataclass(frozen=True, slots=True)
class OutsideNumbers:
    """The agents' numbers outside. `carrier`: host:port that we call out by; empty, nobody is rung outside."""

    people: Callable[[], Mapping[str, Agent]]
    institution: Callable[[], Institution]
    carrier: str

    def refusal(self, agent: str) -> str | None:
        """Say why this agent cannot sign in with the number on file, None if they can."""
        if not self.carrier:
            return NO_CARRIER
        return None if self._number(agent) else NOBODY

    def way(self, endpoint: str) -> Outside | None:
        """Give how to ring an endpoint that is a number outside, with the key before anybody is put through.

        None for every other endpoint, and without a good number: then it leads nowhere.
        """
        agent = telephones.outside(endpoint)
        number = self._number(agent) if agent is not None else None
        if agent is None or number is None or not self.carrier:
            return None
        institution = self.institution()
        language = asked_in(self.people()[agent], institution.languages)
        shown = next(iter(institution.numbers))
        options = f"im(default)f({shown})U(accept^{language})"
        return Outside(f"{endpoint}/sip:{number}@{self.carrier}", options)

    def _number(self, agent: str) -> str | None:
        known, institution = self.people().get(agent), self.institution()
        if known is None or not known.outside:
            return None
        return good(known.outside, institution.country, institution.numbers)
