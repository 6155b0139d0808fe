"""The citizens of the demonstration: nobody real, with documents whose check letters are right.

`ventanilla call` and the tests walk through the identification protocol with them, so the answers stand here
in the open. They are put in place by `crm_bridge.adapters.seeding`, only where the demonstration is wanted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crm_bridge.citizens import Case, Citizen


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A made-up citizen, the answers of the identification protocol (question id to digits), their cases."""

    citizen: Citizen
    answers: Mapping[str, str]
    cases: tuple[Case, ...] = ()


QUESTIONS = (
    "first_benefit_month",
    "last_payment_euros",
    "account_last4",
    "birth_municipality_postcode",
    "children_count",
    "first_affiliation_year",
    "contributed_years",
    "last_request_month",
    "withholding_percent",
    "last_employer_postcode",
)
"""What the protocol asks about (`ivr.identity`), in the order in which the answers stand below."""


def _answers(digits: str) -> Mapping[str, str]:
    return dict(zip(QUESTIONS, digits.split(), strict=True))


MARIA = Inhabitant(
    Citizen(
        "demo-maria",
        "12345678Z",
        "María",
        "García López",
        "es",
        ("+34915551234",),
        affiliation="281234567840",
    ),
    _answers("032019 1187 4821 28013 2 1979 38 102026 6 28004"),
    (
        Case("2026-500123", "pension", "in_progress", date(2026, 10, 14), "wait"),
        Case("2026-310077", "subsidy", "granted", date(2026, 6, 3), "payment"),
    ),
)
JOSE = Inhabitant(
    Citizen(
        "demo-jose",
        "00000000T",
        "José",
        "Fernández Ruiz",
        "es",
        ("+34654321987", "+34981123456"),
        affiliation="150234567800",
    ),
    _answers("112008 964 0057 15003 3 1964 41 112026 3 15001"),
    (Case("2026-500456", "pension", "documents_missing", date(2026, 11, 2), "send_documents"),),
)
MONTSERRAT = Inhabitant(
    Citizen(
        "demo-montserrat",
        "X2482300W",
        "Montserrat",
        "Puig Ferrer",
        "ca",
        ("+34931234567",),
        affiliation="084123456730",
    ),
    _answers("092021 735 9910 08001 1 1998 19 112026 0 08015"),
    (Case("2026-210009", "imv", "received", date(2026, 11, 9), "wait"),),
)
# One number, two people: the number hints at neither.
CARMEN = Inhabitant(
    Citizen(
        "demo-carmen",
        "23456789D",
        "Carmen",
        "Soler Vidal",
        "ca",
        ("+34963123456",),
        affiliation="461122334496",
    ),
    _answers("012015 1020 3344 46001 2 1971 24 092026 2 46003"),
    (Case("2026-410555", "health_card", "granted", date(2026, 9, 21), "wait"),),
)
VICENT = Inhabitant(
    Citizen(
        "demo-vicent", "34567890V", "Vicent", "Soler Mas", "ca", ("+34963123456",), affiliation="462233445551"
    ),
    _answers("052012 1311 7788 46900 2 1976 31 062026 6 46900"),
    (Case("2026-500789", "pension", "refused", date(2026, 8, 30), "appeal"),),
)
# A file with its own access process: nothing of it may show anywhere.
PROTECTED = Inhabitant(
    Citizen(
        "demo-protected",
        "45678901G",
        "Ana",
        "Ramos Gil",
        "es",
        ("+34612000111",),
        protected=True,
        affiliation="413344556686",
    ),
    _answers("072020 802 6120 41001 1 2003 15 092026 0 41004"),
    (Case("2026-310999", "subsidy", "in_progress", date(2026, 10, 1), "wait"),),
)
# A citizen without any case: the machine has to say so kindly.
AMINA = Inhabitant(
    Citizen(
        "demo-amina", "Y1234567X", "Amina", "Benali", "es", ("+34722000333",), affiliation="301020304003"
    ),
    _answers("042024 410 2001 30001 0 2016 7 032024 0 30004"),
)
# An office locked this identity, after somebody had pretended to be him: no machine proves it.
LOCKED = Inhabitant(
    Citizen(
        "demo-locked", "56789012B", "Iñaki", "Etxeberria Lasa", "eu", locked=True, affiliation="481515151526"
    ),
    _answers("102016 1422 1903 48001 2 1975 39 052026 4 48009"),
    (Case("2026-500998", "pension", "granted", date(2026, 7, 1), "payment"),),
)
INHABITANTS = (MARIA, JOSE, MONTSERRAT, CARMEN, VICENT, PROTECTED, AMINA, LOCKED)
