"""Every way each service can end: who calls, what they press, what they must hear, what must be left behind.

`test_outcomes.py` drives them all, hangs up at every single step of each, and fails when a service declares an
outcome that none of them drives. This is also the table of docs/services.md.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from ivr.ports.requests import CallBack
from tests.corporate.conftest import NOON
from tests.ivr.box import SILENCE
from tests.ivr.services.counter import MARIA, MOBILE, NOBODY, Counter

AGAIN, OTHER, YES, NO = "1", "2", "1", "2"
AGREED, NOT_AGREED = "1", "2"
PERSON, BACK = "0", "#"
LANDLINE = "+34911234567"
OWN_IBAN = "4821000418470200054821"  # María's, less ES
GOOD_IBAN = "9121000418450200051332"  # the registry's example: CaixaBank
SMALL_IBAN = "6930070066700012345678"  # a rural bank, none of those that are named

Prepare = Callable[[Counter], Awaitable[None]]


async def nothing(_: Counter) -> None:
    """Leave everything as the demonstration has it."""


def down(*parts: str) -> Prepare:
    """Let these systems (or `post`, `requests`) be away."""

    async def prepare(counter: Counter) -> None:
        counter.down.update(parts)

    return prepare


def on_file(table: str, **values: str | float | dt.date | bool) -> Prepare:
    """Let María's row in a table be another."""

    async def prepare(counter: Counter) -> None:
        await counter.change(table, **values)

    return prepare


async def rung_before(counter: Counter) -> None:
    """Let the number that calls have asked to be rung back already."""
    await counter.ringing.call_back(CallBack("earlier", MOBILE, "es", "general"), "earlier")


def not_there(table: str, **where: object) -> Prepare:
    """Let the table have no such row."""

    async def prepare(counter: Counter) -> None:
        await counter.forget(table, **where)

    return prepare


@dataclass(frozen=True)
class Scenario:
    """`hears` in this order, `never` nowhere; `orders`: the kinds ordered of the systems; `left`: the messages."""

    service: str
    name: str
    outcome: str
    presses: tuple[str, ...]
    hears: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    rings: int = 0
    person: str | None = MARIA
    level: int = 2
    caller: str | None = MOBILE
    prepare: Prepare = field(default=nothing, compare=False)

    @property
    def label(self) -> str:
        return f"{self.service}-{self.outcome}-{self.name}".replace(" ", "_")


class More(TypedDict, total=False):
    """What most scenarios need not say."""

    hears: tuple[str, ...]
    never: tuple[str, ...]
    orders: tuple[str, ...]
    left: tuple[str, ...]
    rings: int
    person: str | None
    level: int
    caller: str | None
    prepare: Prepare


NOTHING: More = {}


def _s(
    service: str, name: str, outcome: str, *presses: str, also: More = NOTHING, **more: Unpack[More]
) -> Scenario:
    merged: More = {**also, **more}
    return Scenario(service, name, outcome, presses, **merged)


def _ways_out(service: str, *before: str, also: More = NOTHING) -> tuple[Scenario, ...]:
    """The three ways out that every question has, at the question after these keys."""
    where = f"after {', '.join(before)}" if before else "at once"
    silent = (SILENCE, SILENCE, SILENCE)
    return (
        _s(service, f"back {where}", "back", *before, BACK, also=also),
        _s(service, f"a person {where}", "person", *before, PERSON, also=also),
        _s(service, f"silence {where}", "gave_up", *before, *silent, also=also, hears=("silence",)),
    )


_PAPER: More = {"orders": ("certificate",), "left": ("certificate.sent",)}
BENEFIT = (
    _s("benefit", "two pensions", "done", OTHER, hears=("benefit.several", "benefit.kind.retirement",
       "benefit.kind.widowhood", "benefit.concurrent")),
    _s("benefit", "none", "done", OTHER, person=NOBODY, hears=("benefit.none",)),
    _s("benefit", "pensions are down", "down", prepare=down("pensions"), never=("benefit.*",)),
    _s("benefit", "subsidies are down", "down", prepare=down("subsidies"), never=("benefit.*",)),
    *_ways_out("benefit"),
)  # fmt: skip

CERTIFICATE = (
    _s("certificate", "by post", "done", "1", "1", OTHER, also=_PAPER,
       hears=("certificate.postcode_ends", "n.0", "n.1", "n.3", "certificate.sent_address", "service.reference")),
    _s("certificate", "by e-mail", "done", "2", "2", OTHER, also=_PAPER,
       hears=("certificate.email_begins", "letter.m", "letter.a", "certificate.sent_email", "service.reference")),
    _s("certificate", "at the electronic office", "done", "3", "3", OTHER, also=_PAPER,
       hears=("certificate.sent_office", "service.reference")),
    _s("certificate", "of having nothing", "done", "1", "3", OTHER, person=NOBODY, orders=("certificate",),
       hears=("certificate.sent_office",), never=("certificate.to_address", "certificate.to_email")),
    _s("certificate", "of the rise of nothing", "done", "2", OTHER, person=NOBODY,
       hears=("certificate.nothing",), never=("service.reference",)),
    _s("certificate", "a way that is not on file", "gave_up", "1", "2", "2", "2", person="demo-jose",
       hears=("wrong_key",), never=("certificate.to_email",)),
    _s("certificate", "affiliation is down", "down", "1", prepare=down("affiliation")),
    _s("certificate", "pensions are down", "down", "1", "3", prepare=down("pensions")),
    *_ways_out("certificate"), *_ways_out("certificate", "1"), *_ways_out("certificate", "1", "1", also=_PAPER),
)  # fmt: skip

_CARD: More = {"orders": ("health_card",), "left": ("receipt",)}
HEALTH_CARD = (
    _s("health_card", "renewed in its last month", "done", "1", OTHER, also=_CARD,
       hears=("health_card.valid_until", "health_card.offer_renewal", "health_card.accepted", "service.reference")),
    _s("health_card", "asked for the first time", "done", "1", OTHER, also=_CARD,
       prepare=not_there("health_cards", person=MARIA),
       hears=("health_card.none", "health_card.offer_request", "health_card.accepted", "service.reference")),
    _s("health_card", "expired and renewed", "done", "1", OTHER, person="demo-carmen", also=_CARD,
       hears=("health_card.expired", "health_card.offer_renewal", "health_card.accepted")),
    _s("health_card", "too early to renew", "done", OTHER, person="demo-jose",
       hears=("health_card.valid_until", "health_card.too_early"), never=("health_card.offer_renewal",)),
    _s("health_card", "already requested", "done", OTHER,
       prepare=on_file("health_cards", requested=dt.date(2026, 11, 20)),
       hears=("health_card.requested", "n.20", "month.11"), never=("health_card.offer_renewal",)),
    _s("health_card", "on its way", "done", OTHER,
       prepare=on_file("health_cards", requested=dt.date(2026, 11, 20), sent=True),
       hears=("health_card.on_its_way",)),
    _s("health_card", "not wanted", "done", "2", never=("health_card.accepted",)),
    _s("health_card", "no address to send it to", "person", "1", prepare=not_there("addresses", person=MARIA),
       hears=("health_card.no_address",)),
    _s("health_card", "subsidies are down", "down", prepare=down("subsidies")),
    _s("health_card", "affiliation is down", "down", "1", prepare=down("affiliation")),
    *_ways_out("health_card"), *_ways_out("health_card", "1", also=_CARD),
)  # fmt: skip

_MOVED: More = {"orders": ("change_address",), "left": ("changed.address", "receipt")}
_HOME = ("1", "08018", "505", "#", YES)
_NEW_HOME = (*_HOME, AGREED)
ADDRESS = (
    _s("address", "heard", "done", "2",
       hears=("address.postcode", "n.2", "n.8", "address.number", "n.12", "address.offer")),
    _s("address", "none on file", "done", "2", prepare=not_there("addresses", person=MARIA), hears=("address.none",)),
    _s("address", "changed", "done", *_NEW_HOME, OTHER, also=_MOVED,
       hears=("address.new", "address.number", "address.changed", "service.reference")),
    _s("address", "corrected before it is confirmed", "done", "1", "08018", "505", "#", NO, "08001", "7", "#", YES,
       AGREED, OTHER,
       also=_MOVED, hears=("address.new", "address.ask_postcode", "address.changed")),
    _s("address", "a postal code that cannot be", "done", "1", "99001", "0801", "08018", "505", SILENCE, YES, AGREED,
       OTHER, also=_MOVED, hears=("address.wrong_postcode", "address.wrong_postcode", "address.changed")),
    _s("address", "the system declines", "person", *_NEW_HOME, person=NOBODY, hears=("request.declined",),
       never=("address.changed",)),
    _s("address", "a person instead of the street", "person", "1", "08018", "505", PERSON),
    _s("address", "never confirmed", "gave_up", "1", *("08018", "505", "#", NO) * 3),
    _s("address", "affiliation is down", "down", prepare=down("affiliation")),
    _s("address", "refused on record", "done", *_HOME, NOT_AGREED,
       hears=("consent.address", "n.0", "n.8", "consent.question"), never=("address.changed",)),
    _s("address", "silent when it is to be agreed to", "gave_up", *_HOME, SILENCE, "7", SILENCE,
       never=("address.changed",)),
    *_ways_out("address", *_HOME), *_ways_out("address"), *_ways_out("address", "1"),
    *_ways_out("address", "1", "08018", "505", "#"), *_ways_out("address", *_NEW_HOME, also=_MOVED),
)  # fmt: skip

_PAID_ELSEWHERE: More = {"orders": ("change_account",), "left": ("changed.account", "receipt")}
BANK_ACCOUNT = (
    _s("bank_account", "heard", "done", "3",
       hears=("bank_account.ends", "n.4", "n.8", "n.2", "n.1", "bank_account.offer")),
    _s("bank_account", "none on file", "done", OTHER, prepare=not_there("accounts", person=MARIA),
       hears=("bank_account.none",)),
    _s("bank_account", "changed", "done", "1", GOOD_IBAN, YES, AGREED, OTHER, also=_PAID_ELSEWHERE,
       hears=("bank_account.bank.caixabank", "bank_account.new_ends", "n.1", "n.3", "n.3", "n.2",
              "bank_account.changed", "service.reference")),
    _s("bank_account", "to a small bank", "done", "1", SMALL_IBAN, YES, AGREED, OTHER, also=_PAID_ELSEWHERE,
       hears=("bank_account.bank.other", "bank_account.changed")),
    _s("bank_account", "keyed wrongly first", "done", "1", f"92{GOOD_IBAN[2:]}", GOOD_IBAN[:-1], GOOD_IBAN, NO,
       GOOD_IBAN, YES, AGREED,
       OTHER, also=_PAID_ELSEWHERE,
       hears=("bank_account.wrong", "bank_account.wrong", "bank_account.ask", "bank_account.changed")),
    _s("bank_account", "never right", "gave_up", "1", "0" * 22, "1" * 22, "123", hears=("bank_account.wrong",)),
    _s("bank_account", "never confirmed", "gave_up", "1", *(GOOD_IBAN, NO) * 3),
    _s("bank_account", "in another country", "person", "2", hears=("bank_account.foreign",)),
    _s("bank_account", "the mobile has just changed", "person", "1",
       prepare=on_file("contacts", changed_at=NOON - 71 * 3600),
       hears=("bank_account.cooling",), never=("bank_account.ask",)),
    _s("bank_account", "nothing to reach the person by", "person", "1", prepare=not_there("contacts", person=MARIA),
       hears=("request.declined",)),
    _s("bank_account", "pensions are down", "down", prepare=down("pensions")),
    _s("bank_account", "affiliation is down", "down", "1", prepare=down("affiliation")),
    _s("bank_account", "heard once more, then agreed to", "done", "1", GOOD_IBAN, YES, "*", AGREED, OTHER,
       also=_PAID_ELSEWHERE, hears=("consent.bank_account", "consent.question", "consent.bank_account", "n.1", "n.3",
                                    "consent.question", "bank_account.changed")),
    _s("bank_account", "refused on record", "done", "1", GOOD_IBAN, YES, NOT_AGREED,
       hears=("consent.bank_account", "n.1", "n.3", "n.3", "n.2", "consent.question", "consent.nothing_changed"),
       never=("bank_account.changed",)),
    _s("bank_account", "silent when it is to be agreed to", "gave_up", "1", GOOD_IBAN, YES, SILENCE, SILENCE, SILENCE,
       hears=("consent.question", "silence", "consent.nothing_changed"), never=("bank_account.changed",)),
    *_ways_out("bank_account", "1", GOOD_IBAN, YES), *_ways_out("bank_account"), *_ways_out("bank_account", "1"),
    *_ways_out("bank_account", "1", GOOD_IBAN),
    *_ways_out("bank_account", "1", GOOD_IBAN, YES, AGREED, also=_PAID_ELSEWHERE),
)  # fmt: skip

_STRANGER: More = {"person": None, "level": 0}
_LINK: More = {"left": ("form.link",), **_STRANGER}
FORMS = (
    *(_s("forms", f"form {key} to the mobile that calls", "done", key, "1", OTHER, also=_LINK,
         hears=("number.this_ends", "n.4", "n.5", "n.6", "forms.sent")) for key in "12345"),
    _s("forms", "to another mobile", "done", "1", "2", "654321987", YES, OTHER, also=_LINK,
       hears=("number.ask_mobile", "service.read_back", "forms.sent")),
    _s("forms", "from a landline", "done", "1", "911234567", "12345", "654321987", NO, "654321988", YES, OTHER,
       also=_LINK,
       caller=LANDLINE, hears=("number.not_mobile", "number.not_mobile", "forms.sent"), never=("number.this_ends",)),
    _s("forms", "from a hidden number", "done", "1", "654321987", YES, OTHER, also=_LINK, caller=None,
       hears=("forms.sent",), never=("number.this_ends",)),
    _s("forms", "from abroad", "done", "1", "654321987", YES, OTHER, also=_LINK, caller="+33612345678",
       hears=("forms.sent",), never=("number.this_ends",)),
    _s("forms", "one that is not there", "done", "1", OTHER, also=_STRANGER,
       prepare=not_there("forms", code="retirement"),
       hears=("forms.unavailable",)),
    _s("forms", "a number never confirmed", "gave_up", "1", "2", *("654321987", NO) * 3, also=_STRANGER),
    _s("forms", "content is down", "down", "1", prepare=down("content"), also=_STRANGER),
    _s("forms", "the message cannot be kept", "down", "1", "1", prepare=down("post"), never=("forms.sent",),
       also=_STRANGER),
    *_ways_out("forms", also=_STRANGER), *_ways_out("forms", "1", also=_STRANGER), *_ways_out("forms", "1", "2",
    also=_STRANGER),
    *_ways_out("forms", "1", "1", also=_LINK),
)  # fmt: skip

_NUMBER: More = {"left": ("body.telephone",), **_STRANGER}
COMPETENT = (
    *(_s("competent", f"of {body}", "done", key, "2", also=_STRANGER,
       hears=(f"competent.{body}", "competent.telephone"))
      for key, body in zip("12345", ("tgss", "ism", "sepe", "inss", "region"), strict=True)),
    _s("competent", "sent", "done", "3", "1", "1", OTHER, also=_NUMBER, hears=("competent.sent",)),
    _s("competent", "put through", "transfer", "1", "3", also=_STRANGER, hears=("competent.offer_transfer",)),
    _s("competent", "not to be put through", "gave_up", "3", "3", "3", "3", also=_STRANGER, hears=("wrong_key",),
       never=("competent.offer_transfer",)),
    _s("competent", "nobody knows", "person", "1", also=_STRANGER,
       prepare=not_there("bodies", subject="contributions"),
       hears=("competent.unknown",)),
    _s("competent", "content is down", "down", "1", prepare=down("content"), also=_STRANGER),
    _s("competent", "the message cannot be kept", "down", "3", "1", "1", prepare=down("post"), also=_STRANGER),
    *_ways_out("competent", also=_STRANGER), *_ways_out("competent", "1", also=_STRANGER),
    *_ways_out("competent", "1", "1", "1", also=_NUMBER),
)  # fmt: skip

ANNOUNCEMENTS = (
    *(_s("announcements", f"about {subject}", "done", key, OTHER, also=_STRANGER,
         hears=("announcements.newest", f"announcements.{subject}"), never=(f"info.{subject}",))
      for key, subject in zip("1234", ("pension", "subsidy", "imv", "health_card"), strict=True)),
    _s("announcements", "nothing new", "done", "1", OTHER, also=_STRANGER,
       prepare=not_there("announcements", subject="pension"),
       hears=("announcements.none",), never=("announcements.newest",)),
    _s("announcements", "content is down", "down", "1", prepare=down("content"), also=_STRANGER),
    *_ways_out("announcements", also=_STRANGER), *_ways_out("announcements", "1", also=_STRANGER),
)  # fmt: skip

_RUNG: More = {"rings": 1, "left": ("receipt",), **_STRANGER}
CALLBACK = (
    _s("callback", "to the number that calls", "done", "1", "1", OTHER, also=_RUNG,
       hears=("callback.intro", "number.this_ends", "callback.when", "callback.accepted", "service.reference")),
    _s("callback", "to another number in the afternoon", "done", "2", "911234567", YES, "2", OTHER, also=_RUNG,
       hears=("number.ask", "callback.accepted")),
    _s("callback", "from a hidden number", "done", "911234567", YES, "3", OTHER, also=_RUNG, caller=None,
       hears=("callback.accepted",)),
    _s("callback", "to a premium number", "gave_up", "2", "806123456", "012345678", "112", also=_STRANGER,
       hears=("number.not_spanish",)),
    _s("callback", "asked for before", "done", "1", "1", OTHER, also=_RUNG, prepare=rung_before,
       hears=("callback.already", "service.reference"), never=("callback.accepted",)),
    _s("callback", "of somebody else's number", "done", "2", "600123456", YES, "1", OTHER, prepare=rung_before, rings=1,
       person=None, level=0, caller=LANDLINE, hears=("callback.accepted",),
       never=("callback.already", "service.reference")),
    _s("callback", "requests are down", "down", "1", "1", prepare=down("requests"), never=("callback.accepted",),
       also=_STRANGER),
    *_ways_out("callback", also=_STRANGER), *_ways_out("callback", "1", also=_STRANGER),
    *_ways_out("callback", "1", "1", also=_RUNG),
)  # fmt: skip

_TAKEN: More = {"orders": ("complaint",), "left": ("receipt",)}
_TAKEN_OF_STRANGER: More = {**_TAKEN, **_STRANGER}
COMPLAINT = (
    *(_s("complaint", f"about {about}", "done", key, "2", OTHER, also=_TAKEN_OF_STRANGER,
         hears=("complaint.accepted", "service.reference"))
      for key, about in zip("1234", ("treatment", "delay", "a mistake", "a suggestion"), strict=True)),
    _s("complaint", "with a call", "done", "2", "1", "1", OTHER, also=_TAKEN_OF_STRANGER, rings=1,
       hears=("complaint.callback", "number.this_ends", "complaint.accepted")),
    _s("complaint", "of somebody proven", "done", "3", "2", OTHER, also=_TAKEN, hears=("complaint.accepted",)),
    _s("complaint", "from a landline", "done", "1", "2", OTHER, also=_STRANGER,
       caller=LANDLINE, orders=("complaint",),
       hears=("complaint.accepted", "service.reference")),
    _s("complaint", "with a call that cannot be noted", "done", "2", "1", "1", OTHER, also=_TAKEN_OF_STRANGER,
       prepare=down("requests"), hears=("complaint.accepted", "service.reference")),
    _s("complaint", "cases are down", "down", "1", "2", prepare=down("cases"), never=("complaint.accepted",),
       also=_STRANGER),
    *_ways_out("complaint", also=_STRANGER), *_ways_out("complaint", "1", also=_STRANGER),
    *_ways_out("complaint", "1", "1", also=_STRANGER), *_ways_out("complaint", "1", "2", also=_TAKEN_OF_STRANGER),
)  # fmt: skip

SURVEY = (
    _s("survey", "three marks", "done", "5", "4", "1", OTHER, also=_STRANGER,
       hears=("survey.intro", "survey.treatment", "survey.solved", "survey.wait", "survey.thanks")),
    _s("survey", "all skipped", "done", "9", "9", "9", OTHER, also=_STRANGER, hears=("survey.thanks",)),
    _s("survey", "a mark that is none", "done", "7", "5", "8", "4", "6", "1", OTHER, also=_STRANGER,
       hears=("wrong_key", "survey.thanks")),
    _s("survey", "cases are down", "down", "5", "5", "5", prepare=down("cases"), never=("survey.thanks",),
       also=_STRANGER),
    *_ways_out("survey", also=_STRANGER), *_ways_out("survey", "5", "5", also=_STRANGER),
)  # fmt: skip

CASE_STATE = (
    _s("case_state", "one case", "done", OTHER, person="demo-jose",
       hears=("case.one_of", "case.state.documents_missing", "case.reference")),
    _s("case_state", "several", "done", OTHER, hears=("case.several", "case.subject.pension", "case.subject.subsidy")),
    _s("case_state", "none", "done", OTHER, person=NOBODY, hears=("case.none",)),
    _s("case_state", "cases are down", "down", prepare=down("cases"), never=("case.*",)),
    *_ways_out("case_state"),
)  # fmt: skip

APPOINTMENT = (  # the ways that all services have; tests/ivr/services/test_appointment.py has its own
    _s("appointment", "none held", "done", "2", OTHER, hears=("appointment.none_held",)),
    _s("appointment", "appointments are down", "down", "2", prepare=down("appointments")),
    *_ways_out("appointment"), *_ways_out("appointment", "1"), *_ways_out("appointment", "2"),
)  # fmt: skip

SCENARIOS = (
    *CASE_STATE, *APPOINTMENT,
    *BENEFIT, *CERTIFICATE, *HEALTH_CARD, *ADDRESS, *BANK_ACCOUNT, *FORMS, *COMPETENT, *ANNOUNCEMENTS, *CALLBACK,
       *COMPLAINT,
    *SURVEY,
)  # fmt: skip
