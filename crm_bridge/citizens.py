"""Citizens, their identity documents and their telephones: strict at the door, one form inside."""

import re
from dataclasses import dataclass
from datetime import date

import phonenumbers
from stdnum.es import dni, nie
from stdnum.exceptions import ValidationError

# ITU-T E.164 allows 15 digits; the rest is a plus sign, an international prefix, separators people type.
LONGEST_TELEPHONE = 32
LONGEST_DOCUMENT = 16
_TELEPHONE = re.compile(r"\+?[0-9 ().\-/]+")


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person as the CRM knows them.

    `telephones` are E.164. A `protected` person (victims of violence, officials at risk) has an access
    process of their own: nothing of their file is shown on a card or read out by the machine. Of a `locked`
    one no identity is proven until an office has unlocked it. `affiliation` is the NSS, 12 digits. A name may be "".
    """

    id: str
    document: str
    given_name: str
    family_name: str
    language: str = "es"
    telephones: tuple[str, ...] = ()
    protected: bool = False
    locked: bool = False
    affiliation: str | None = None

    @property
    def name(self) -> str:
        """Given and family names, as they stand on the document."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class Person:
    """What the identification protocol may know of a person: what can be asked of them, never the answers."""

    id: str
    questions: frozenset[str]
    protected: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case (expediente) as the institution's case management tells it.

    `state`: received, in_progress, documents_missing, granted or refused.
    `next_step`: wait, send_documents, payment or appeal.
    """

    reference: str
    subject: str
    state: str
    since: date
    next_step: str


def telephone(typed: str | None, region: str = "ES") -> str | None:
    """Bring a telephone number to E.164 (`+34931234567`).

    `region` (ISO 3166) says what a number without international prefix means. None for a hidden number, for
    one that is malformed, and for one that its country cannot have assigned.
    """
    written = (typed or "").strip()
    if len(written) > LONGEST_TELEPHONE or not written.isascii() or not _TELEPHONE.fullmatch(written):
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def document(typed: str | None) -> str | None:
    """Bring a DNI or NIE to its compact form (`12345678Z`, `X2482300W`); None if its check letter is wrong.

    Source: python-stdnum, after the rule of the Spanish Ministry of the Interior (number modulo 23).
    """
    written = (typed or "").strip()
    if not written or len(written) > LONGEST_DOCUMENT or not written.isascii():
        return None
    rule = nie if written[0].upper() in "XYZ" else dni
    try:
        return str(rule.validate(written))
    except ValidationError:
        return None
