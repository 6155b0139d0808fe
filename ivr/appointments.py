"""Finding an office and a free time with a caller, and saying them: what the service appointment is made of.

Nobody needs to be known for this. What is offered is only promised once it is booked.
"""

import datetime as dt
from itertools import groupby
from zoneinfo import ZoneInfo

from corporate.appointments import Booking, Office, Slot
from dialplans.grammar import grammar
from ivr import postcodes, receipts
from ivr.dialogue import choose
from ivr.services import Leaves, Visit

DAYS, TIMES = 3, 4  # offered at once: more than that nobody keeps in mind until the key is pressed
LATER_DAYS, LATER_TIMES = "4", "5"
SEARCHES = 3  # postal codes of provinces without an office, before a person helps

PROMPTS = frozenset(
    {
        "appointment.ask_postcode", "appointment.wrong_postcode", "appointment.no_office",
        "appointment.offices", "appointment.unnamed_office", "appointment.days", "appointment.later_days",
        "appointment.times", "appointment.later_times", "appointment.day", "appointment.hour",
        *(f"appointment.press.{key}" for key in range(1, TIMES + 1)),
    }
)  # fmt: skip


async def office(visit: Visit) -> Office:
    """Take a postal code and give the office chosen among its nearest. Raises Leaves."""
    for _ in range(SEARCHES):
        postcode = await postcodes.ask(visit, "appointment.ask_postcode", wrong="appointment.wrong_postcode")
        found = (await visit.corporate.appointments.offices(postcode))[:TIMES]
        if found:
            words = [_named(visit, one) for one in found]
            return found[await one_of(visit, words, "appointment.offices")]
        visit.talk.owe("appointment.no_office")
    raise Leaves("person")


async def slot(visit: Visit, where: Office) -> Slot | None:
    """Give the free time chosen at an office; None when it has none, or none after those that were offered."""
    after = receipts.today(visit) + dt.timedelta(days=1)
    while free := await visit.corporate.appointments.free(where.id, visit.subject, after, DAYS):
        days = [(day, tuple(times)) for day, times in groupby(free, lambda one: _local(one, where).date())]
        say = grammar(visit.talk.language)
        words = [say.date(day) for day, _ in days[:DAYS]]
        chosen = await one_of(visit, words, "appointment.days", later=LATER_DAYS)
        if chosen < len(words):
            return await _time(visit, where, days[chosen][1])
        after = days[-1][0] + dt.timedelta(days=1)
    return None


async def one_of(visit: Visit, words: list[tuple[str, ...]], *intro: str, later: str = "") -> int:
    """Offer up to four things, each with its key after its name; the place of the one chosen.

    With `later`, a last key asks for others: then the place is that after the last.
    """
    said = [key for place, one in enumerate(words, 1) for key in (*one, f"appointment.press.{place}")]
    more = {LATER_DAYS: "appointment.later_days", LATER_TIMES: "appointment.later_times"}
    keys = [str(place) for place in range(1, len(words) + 1)]
    if later:
        keys, said = [*keys, later], [*said, more[later]]
    return keys.index(await choose(visit, keys, *intro, *said))


def held(visit: Visit, booking: Booking) -> tuple[str, ...]:
    """Say an appointment: where, on which day, at what time."""
    return spoken(visit, booking.office, booking.starts_at)


def spoken(visit: Visit, where: Office, starts_at: float) -> tuple[str, ...]:
    """Say an office, a day and a time."""
    at = dt.datetime.fromtimestamp(starts_at, ZoneInfo(where.zone))
    say = grammar(visit.talk.language)
    return (
        *_named(visit, where),
        "appointment.day",
        *say.date(at.date()),
        "appointment.hour",
        *say.clock(at.time()),
    )


def written(where: Office, starts_at: float) -> dict[str, str]:
    """Write day and time for a message."""
    at = dt.datetime.fromtimestamp(starts_at, ZoneInfo(where.zone))
    return {"date": at.strftime("%d/%m/%Y"), "time": at.strftime("%H:%M")}


async def _time(visit: Visit, where: Office, free: tuple[Slot, ...]) -> Slot:
    """Give the time chosen of a day, a few at once; after the last the first come again."""
    say, first = grammar(visit.talk.language), 0
    while True:
        offered = free[first : first + TIMES]
        words = [say.clock(_local(one, where).time()) for one in offered]
        later = LATER_TIMES if len(free) > TIMES else ""
        chosen = await one_of(visit, words, "appointment.times", later=later)
        if chosen < len(offered):
            return offered[chosen]
        first = first + TIMES if first + TIMES < len(free) else 0


def _local(one: Slot, where: Office) -> dt.datetime:
    return dt.datetime.fromtimestamp(one.starts_at, ZoneInfo(where.zone))


def _named(visit: Visit, one: Office) -> tuple[str, ...]:
    """Say an office's name if the institution has words for it; else it is known by its postal code."""
    language = visit.talk.language
    if one.prompt in visit.institution.texts.get(language, {}):
        return (one.prompt,)
    return ("appointment.unnamed_office", *grammar(language).digits(one.postcode))
