"""What could be true of an answer: a lying back-office is refused at the door.

Each function takes whatever a system answered, of whatever type, and gives it back if a caller could be told
it; else it raises Untrue with the name of the field, never its value. `now` is unix seconds.
"""

import datetime as dt
import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from corporate.affiliation import Address, Contact, is_postcode
from corporate.answers import Receipt
from corporate.appointments import Booking, Office, Slot
from corporate.benefits import KINDS, Benefit
from corporate.cases import NEXT_STEPS, STATES, Case
from corporate.content import Body, Form
from corporate.subsidies import HealthCard

T = TypeVar("T")

HIGHEST_CENTS = 2_000_000  # 20,000 euros a month: six times the highest pension there is
HIGHEST_REVALUATION = 2_500  # 25 %: the highest there ever was, in 1977
FIRST_YEAR = 1940
LONGEST = 160
MOST_ROWS = 1_000
DAY_S = 86_400.0
NEXT_PAYMENT_DAYS = (-3, 400)  # a holiday may hold yesterday's payment up; a yearly one is the rarest
CARD_DAYS = (
    -40 * 365,
    10 * 365,
)  # whether one is good is told by the day, of a country that may not be on UTC's
AHEAD_S = 400 * DAY_S  # an appointment farther ahead is a mistake
EPOCH_2000 = 946_684_800.0

_CODE = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,79}")
_REFERENCE = re.compile(r"[A-Z]{2}[0-9]{8,12}")
_CASE = re.compile(r"[A-Z0-9][A-Z0-9/\-]{2,29}")
_TELEPHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_DIALLED = re.compile(r"\+?[0-9]{3,15}")
_EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[A-Za-z0-9.\-]{3,100}")
_LINK = re.compile(r"https://[!-~]{4,150}")
_SLOT = re.compile(r"[!-~]{1,80}")


class Untrue(ValueError):  # noqa: N818 - a word about their answer
    """An answer cannot be true. `field` says which; nobody is told its value."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def true(field: str, holds: object) -> None:
    """Raise Untrue(field) unless it holds."""
    if not holds:
        raise Untrue(field)


def many(one: Callable[[object, float], T]) -> Callable[[object, float], tuple[T, ...]]:
    """Give the check of a tuple of what `one` checks."""

    def check(answer: object, now: float) -> tuple[T, ...]:
        if not isinstance(answer, tuple) or len(answer) > MOST_ROWS:
            raise Untrue("rows")
        return tuple(one(row, now) for row in answer)

    return check


def perhaps(one: Callable[[object, float], T]) -> Callable[[object, float], T | None]:
    """Give the check of what may be None."""
    return lambda answer, now: None if answer is None else one(answer, now)


def nothing(answer: object, now: float) -> None:
    """Check the answer of a write that has none."""
    del now
    true("answer", answer is None)


def receipt(answer: object, now: float) -> Receipt:
    """Check a receipt."""
    if not isinstance(answer, Receipt):
        raise Untrue("receipt")
    true("reference", _like(_REFERENCE, answer.reference))
    true("accepted_at", _time(answer.accepted_at) and answer.accepted_at <= now + DAY_S)
    return answer


def last4(answer: object, now: float) -> str:
    """Check the end of an account."""
    del now
    if not isinstance(answer, str) or not re.fullmatch("[0-9]{4}", answer, re.ASCII):
        raise Untrue("account_last4")
    return answer


def key(answer: object, now: float) -> str:
    """Check a prompt's key."""
    del now
    if not isinstance(answer, str) or not _CODE.fullmatch(answer):
        raise Untrue("key")
    return answer


def address(answer: object, now: float) -> Address:
    """Check an address."""
    del now
    if not isinstance(answer, Address):
        raise Untrue("address")
    for field in ("street", "house", "town"):
        true(field, _text(getattr(answer, field)))
    true("postcode", _postcode(answer.postcode))
    return answer


def contact(answer: object, now: float) -> Contact:
    """Check how a person is reached."""
    if not isinstance(answer, Contact):
        raise Untrue("contact")
    true("mobile", answer.mobile is None or _like(_TELEPHONE, answer.mobile))
    true("before", answer.before is None or _like(_TELEPHONE, answer.before))
    true("email", answer.email is None or _like(_EMAIL, answer.email))
    true("language", _like(_CODE, answer.language))
    true("changed_at", _time(answer.changed_at) and answer.changed_at <= now + DAY_S)
    return answer


def benefit(answer: object, now: float) -> Benefit:
    """Check a benefit in payment."""
    if not isinstance(answer, Benefit):
        raise Untrue("benefit")
    true("kind", answer.kind in KINDS)
    true("monthly_cents", _whole(answer.monthly_cents, 1, HIGHEST_CENTS))
    true("complement_cents", _whole(answer.complement_cents, 0, HIGHEST_CENTS))
    true("withholding_cents", _whole(answer.withholding_cents, 0, HIGHEST_CENTS) and answer.paid_cents >= 0)
    true("revaluation_hundredths", _whole(answer.revaluation_hundredths, 0, HIGHEST_REVALUATION))
    true("payments", answer.payments in {12, 14})
    true("concurrent", isinstance(answer.concurrent, bool))
    true("next_payment", _near(answer.next_payment, now, NEXT_PAYMENT_DAYS))
    true("since", _day(answer.since) and FIRST_YEAR <= answer.since.year <= _today(now).year + 1)
    return answer


def health_card(answer: object, now: float) -> HealthCard:
    """Check a health card."""
    if not isinstance(answer, HealthCard):
        raise Untrue("health_card")
    true("state", answer.state in {"none", "valid", "expired", "requested", "sent"})
    true("expires", answer.expires is None or _near(answer.expires, now, CARD_DAYS))
    true("expires", answer.expires is not None or answer.state not in {"valid", "expired"})
    true("expires", answer.state != "valid" or _near(answer.expires, now, (-1, CARD_DAYS[1])))
    true("expires", answer.state != "expired" or _near(answer.expires, now, (CARD_DAYS[0], 1)))
    true("requested", answer.requested is None or _near(answer.requested, now, (CARD_DAYS[0], 1)))
    true("requested", answer.requested is not None or answer.state not in {"requested", "sent"})
    return answer


def case(answer: object, now: float) -> Case:
    """Check a case."""
    if not isinstance(answer, Case):
        raise Untrue("case")
    true("reference", _like(_CASE, answer.reference))
    true("subject", _like(_CODE, answer.subject))
    true("state", answer.state in STATES)
    true("next_step", answer.next_step in NEXT_STEPS)
    true("since", _day(answer.since) and answer.since.year >= FIRST_YEAR and answer.since <= _tomorrow(now))
    return answer


def office(answer: object, now: float) -> Office:
    """Check an office."""
    del now
    if not isinstance(answer, Office):
        raise Untrue("office")
    true("id", _like(_CODE, answer.id))
    for field in ("name", "street", "town"):
        true(field, _text(getattr(answer, field)))
    true("postcode", _postcode(answer.postcode))
    true("zone", _zone(answer.zone))
    true("prompt", answer.prompt == "" or _like(_CODE, answer.prompt))
    return answer


def slot(answer: object, now: float) -> Slot:
    """Check a free time."""
    if not isinstance(answer, Slot):
        raise Untrue("slot")
    true("id", _like(_SLOT, answer.id))
    true("office", _like(_CODE, answer.office))
    true("starts_at", _time(answer.starts_at) and now - DAY_S <= answer.starts_at <= now + AHEAD_S)
    return answer


def slots_of(office: str) -> Callable[[object, float], tuple[Slot, ...]]:
    """Give the check of an office's free times: of no other office, in order, none twice."""

    def check(answer: object, now: float) -> tuple[Slot, ...]:
        free = many(slot)(answer, now)
        true("office", all(one.office == office for one in free))
        true("order", all(one.starts_at < two.starts_at for one, two in pairwise(free)))
        return free

    return check


def booking(answer: object, now: float) -> Booking:
    """Check an appointment."""
    if not isinstance(answer, Booking):
        raise Untrue("booking")
    true("reference", _like(_REFERENCE, answer.reference))
    true("subject", _like(_CODE, answer.subject))
    office(answer.office, now)
    true("starts_at", _time(answer.starts_at) and answer.starts_at <= now + AHEAD_S)
    return answer


def body(answer: object, now: float) -> Body:
    """Check a public body."""
    del now
    if not isinstance(answer, Body):
        raise Untrue("body")
    true("code", _like(_CODE, answer.code))
    true("name_key", _like(_CODE, answer.name_key))
    true("telephone", _like(_DIALLED, answer.telephone))
    true("transferable", isinstance(answer.transferable, bool))
    return answer


def form(answer: object, now: float) -> Form:
    """Check a form."""
    del now
    if not isinstance(answer, Form):
        raise Untrue("form")
    true("code", _like(_CODE, answer.code))
    true("title_key", _like(_CODE, answer.title_key))
    true("title", _text(answer.title))
    true("link", _like(_LINK, answer.link))
    return answer


def _like(shape: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and value.isascii() and bool(shape.fullmatch(value))


def _text(value: object) -> bool:
    """Whether this may stand in a message: some printable words, no line ends, nothing endless."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def _whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most  # bool is an int, but no amount


def _time(value: object) -> bool:
    return isinstance(value, float) and EPOCH_2000 <= value < math.inf


def _postcode(value: object) -> bool:
    return isinstance(value, str) and is_postcode(value)


def _day(value: object) -> bool:
    return type(value) is dt.date  # a datetime is a date too, and would be said wrongly


def _near(value: object, now: float, days: tuple[int, int]) -> bool:
    return isinstance(value, dt.date) and _day(value) and days[0] <= (value - _today(now)).days <= days[1]


def _today(now: float) -> dt.date:
    return dt.datetime.fromtimestamp(now, dt.UTC).date()


def _tomorrow(now: float) -> dt.date:
    return _today(now) + dt.timedelta(days=1)


def _zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (OSError, ValueError):  # no such zone, or no name at all
        return False
