"""What a conversation looks at before it goes on: calendars, switches, the day's news, who is on file."""

import math
from typing import TypeAlias

from dialplans import hours
from dialplans.announcements import today
from dialplans.institution import Institution
from dialplans.walks import (
    Answered,
    CallerIs,
    HoursAre,
    LookAtCaller,
    LookAtSwitch,
    LookForNews,
    News,
    SwitchIs,
)
from ivr.house import House

EMERGENCY = "emergency"
"""The switch that closes the centre: new calls at once, calls in progress at their next look at the clock."""

Look: TypeAlias = LookAtSwitch | LookAtCaller | LookForNews

_OPEN, _SHUT, _DAY_OFF, _CLOSED_BY_SWITCH = (
    HoursAre(open=True),
    HoursAre(open=False),
    HoursAre(open=False, day_off=True),
    HoursAre(open=False, emergency=True),
)
_CALM, _EMERGENCY = Answered(), Answered(emergency=True)


def answered(house: House, institution: Institution) -> Answered:
    """Tell a call that begins whether there is an emergency."""
    return _EMERGENCY if switched(house, institution, EMERGENCY) else _CALM


def clock(house: House, institution: Institution, calendar: str) -> HoursAre:
    """Look at the clock: every call does."""
    if switched(house, institution, EMERGENCY):
        return _CLOSED_BY_SWITCH
    times, at = institution.calendar(calendar), house.clock()
    if house.always_open or hours.is_open(times, at):
        return _OPEN
    return _DAY_OFF if hours.is_day_off(times, at) else _SHUT


async def look(
    house: House, institution: Institution, caller: str | None, action: Look
) -> SwitchIs | CallerIs | News:
    """Look, and tell what is seen."""
    match action:
        case LookAtSwitch(switch):
            return SwitchIs(switched(house, institution, switch))
        case LookForNews(flow):
            return News(today(institution.announcements, flow, house.clock()))
        case LookAtCaller():
            return CallerIs(caller is not None and await house.known(caller))


def switched(house: House, institution: Institution, switch: str) -> bool:
    """Tell how a switch stands: as somebody turned it, else as the institution has it."""
    turned = house.switched(switch)
    return institution.switches.get(switch, False) if turned is None else turned


def is_open(house: House, institution: Institution, calendar: str) -> bool:
    """Tell whether people answer by this calendar now."""
    return clock(house, institution, calendar).open


def shuts(house: House, institution: Institution, calendar: str) -> float:
    """Give the moment (unix seconds) from which callers who still wait are not served any more.

    Infinity where all who wait are served, the present where it is closed already.
    """
    at, times = house.clock(), institution.calendar(calendar)
    if switched(house, institution, EMERGENCY):
        return at
    if house.always_open or times.closing == "served":
        return math.inf
    return hours.closing_time(times, at) or at
