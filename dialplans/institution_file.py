"""The shape of `institution.toml`: what its owner may write there, and the values it becomes."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from dialplans import texts
from dialplans.hours import Closing, MonthDay, Opening, OpeningHours, Summer, Week, is_territory
from dialplans.routing_file import Routing

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAP = 2000  # a year that has every day a year can have
Span = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
YearDay = Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$")]
LanguageCode = Annotated[str, StringConstraints(pattern=rf"^{texts.LANGUAGE}$")]
SubjectName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Dialled = Annotated[str, StringConstraints(pattern=r"^\d{3,15}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=40)]
Territory = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Za-z0-9]+)?$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Part):
    """Where a dialled number leads: the flow it starts and the campaign its calls are counted under.

    `subject` is what its calls are about until the caller says more. `shown` is the number as people write
    it, `about` its purpose by language; the call page shows both. `recorded = false` says that its calls come to no
    step that records them: the check refuses one; else it wants one.
    """

    flow: str
    campaign: str
    recorded: bool = True
    subject: str = "general"
    shown: str = ""
    about: dict[str, str] = {}


class IdentityLimits(_Part):
    """How identity is proven, and how often it may fail.

    Level 1: how many `questions`, none of them put again to the same person within `repeat_after_days`.
    Refusals count for `window_hours`, against the person and the number;
    all hidden numbers count as one. `alarm_persons` tried from one number are told as an
    alarm. Level 2: how many codes a person gets, and a number or address whoever they are for, how long one is good,
    and how many hours after a change of the person's mobile none is sent to it.
    """

    questions: Annotated[int, Field(ge=2, le=4)] = 3
    repeat_after_days: Annotated[int, Field(ge=0, le=365)] = 30
    refusals_per_person: Annotated[int, Field(ge=1, le=10)] = 2
    refusals_per_number: Annotated[int, Field(ge=1, le=50)] = 5
    refusals_hidden: Annotated[int, Field(ge=1, le=10_000)] = 50
    alarm_persons: Annotated[int, Field(ge=2, le=50)] = 4
    window_hours: Annotated[float, Field(gt=0, le=720)] = 24.0
    codes_per_hour: Annotated[int, Field(ge=1, le=20)] = 3
    codes_per_day: Annotated[int, Field(ge=1, le=50)] = 5
    codes_per_number_day: Annotated[int, Field(ge=1, le=200)] = 10
    code_minutes: Annotated[int, Field(ge=1, le=15)] = 5
    new_contact_hours: Annotated[float, Field(ge=0, le=720)] = 72.0


class WaitingMessage(_Part):
    """Words that a caller hears once, after waiting so many seconds; `say` is a prompt's key."""

    after_s: Annotated[float, Field(ge=1, le=3600)]
    say: Annotated[str, Field(min_length=1)]


class First(_Part):
    """Who goes first whatever they call about: the priority of proven persons by the benefits they are paid."""

    benefits: dict[str, Annotated[int, Field(ge=1, le=9)]] = {}


class CallingBack(_Part):
    """How callers are called who keep their place.

    `expires_hours`: hours in which the people of the subject answer, from the promise on; then a person keeps it.
    `rest_minutes`: from the first attempt that reached nobody to the second, doubled each time. `ring_s`: the
    citizen's telephone. `first`: whose telephone rings first. An agent is set aside before either; `citizen`: theirs
    rings once the citizen pressed a key; `agent`: theirs rings first, and they hear music while the citizen is rung.
    `per_…_day`: promises in 24 hours to one caller, to one number, and to all who withhold theirs.
    """

    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    rest_minutes: Annotated[float, Field(gt=0, le=1440)] = 5.0
    expires_hours: Annotated[float, Field(gt=0, le=720)] = 22.0
    ring_s: Annotated[int, Field(ge=5, le=60)] = 25
    first: Literal["citizen", "agent"] = "citizen"
    per_caller_day: Annotated[int, Field(ge=1, le=1000)] = 5
    per_number_day: Annotated[int, Field(ge=1, le=100)] = 3
    per_withheld_day: Annotated[int, Field(ge=1, le=10_000)] = 50


class Waiting(_Part):
    """How a caller waits for a person: between announcements, and the ring at a desk, in seconds.

    `callback_after_s`, `message_after_s`: from when on a key is offered to be called at one's turn, or to leave a
    message; none: never.
    """

    announce_every_s: Annotated[float, Field(ge=5, le=300)] = 45.0
    ring_s: Annotated[int, Field(ge=5, le=60)] = 15
    callback_after_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    message_after_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    messages: tuple[WaitingMessage, ...] = ()
    callback: CallingBack = CallingBack()
    first: First = First()


class Subject(_Part):
    """What calls are about, and how urgent it is (larger is sooner). A specialist's skill has the subject's name.

    `hours` is the calendar in which its people answer, the institution's first if none is named; `about` is
    what agents and supervisors read, by language of the pages.
    """

    priority: Annotated[int, Field(ge=0, le=9)] = 0
    about: dict[str, str] = {}
    hours: str = ""


class MessageLimits(_Part):
    """How many messages go to a number that was only given in a call in 24 hours, and how many one call may leave.

    Codes and warnings of a change are apart: they go to the contact on file, at any hour. Everything else goes by SMS
    outside the quiet hours only (both the same: there are none). `alias`: whom an SMS comes from, as registered.
    """

    per_number_day: Annotated[int, Field(ge=1, le=100)] = 8
    per_call: Annotated[int, Field(ge=1, le=50)] = 5
    quiet_from: time = time(22)
    quiet_until: time = time(8)
    alias: Annotated[str, StringConstraints(max_length=11)] = ""


class Figures(_Part):
    """What the published figures turn on (docs/figures.md), in seconds; `target`: the share that is to be reached.

    A wait that is answered within `service_level_s` is within; one given up before `short_abandon_s` is short.
    """

    service_level_s: Annotated[float, Field(ge=1, le=3600)] = 180.0
    short_abandon_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    target: Annotated[float, Field(gt=0, le=1)] | None = None


class ServiceRule(_Part):
    """What a self-service asks: the level of identity proven before it begins (0 none to 3 video)."""

    level: Annotated[int, Field(ge=0, le=3)] = 0


def _opening(span: str) -> Opening:
    opens, closes = span.split("-")
    return Opening(time.fromisoformat(opens), time(0) if closes == "24:00" else time.fromisoformat(closes))


def _month_day(text: str) -> MonthDay:
    month, day = map(int, text.split("-"))
    return month, day


class _WeekHours(_Part):
    monday: tuple[Span, ...] = ()
    tuesday: tuple[Span, ...] = ()
    wednesday: tuple[Span, ...] = ()
    thursday: tuple[Span, ...] = ()
    friday: tuple[Span, ...] = ()
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()

    @field_validator(*WEEK)
    @classmethod
    def _opens_before_it_closes(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        for span in spans:
            opens, _, closes = span.partition("-")
            if opens >= closes:
                night = "" if closes == "00:00" else f"00:00-{closes} (of the day after) and "
                raise ValueError(f"{span} goes over midnight; split it: {night}{opens}-24:00")
        return spans

    def week(self) -> Week:
        """Give the seven days as values."""
        return tuple(tuple(map(_opening, getattr(self, day))) for day in WEEK)


def _of_a_year(text: str) -> str:
    try:
        date(_LEAP, *_month_day(text))
    except ValueError as impossible:
        raise ValueError(f"no year has a day {text}; write month-day, as 08-31") from impossible
    return text


class SummerHours(_WeekHours):
    """Other hours for a part of every year, `first` and `last` day included, written month-day."""

    first: YearDay
    last: YearDay

    _exist = field_validator("first", "last")(_of_a_year)

    def summer(self) -> Summer:
        """Give them as a value."""
        return Summer(_month_day(self.first), _month_day(self.last), self.week())


class Calendar(_WeekHours):
    """When something is open. `territory` names country and region, `local` tables of `[local_holidays]`.

    closing: what becomes of callers who still wait when it closes: they are served, offered a callback, or
    told and led on.
    """

    territory: Territory | None = None
    local: tuple[Name, ...] = ()
    closed_days: tuple[date, ...] = ()
    open_days: tuple[date, ...] = ()
    summer: SummerHours | None = None
    closing: Closing = "served"

    @field_validator("territory")
    @classmethod
    def _known_territory(cls, text: str | None) -> str | None:
        if text is not None and not is_territory(*_territory(text)):
            raise ValueError(f"no holidays are known for {text}; write it as ES or ES-MD")
        return text


def _territory(text: str) -> tuple[str, str | None]:
    country, _, region = text.partition("-")
    return country, region or None


class InstitutionFile(_Part):
    """`institution.toml`, whole."""

    name: str
    time_zone: str
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    languages: Annotated[tuple[LanguageCode, ...], Field(min_length=1)]
    numbers: Annotated[dict[Dialled, Entry], Field(min_length=1)]
    area_languages: dict[Annotated[str, StringConstraints(pattern=r"^\d{1,6}$")], str] = {}
    hours: Annotated[dict[Name, Calendar], Field(min_length=1)]
    local_holidays: dict[Name, dict[YearDay, str]] = {}
    switches: dict[Name, bool] = {}
    identity: IdentityLimits = IdentityLimits()
    messages: MessageLimits = MessageLimits()
    waiting: Waiting = Waiting()
    figures: Figures = Figures()
    routing: Routing = Routing()
    subjects: Annotated[dict[SubjectName, Subject], Field(min_length=1)]
    services: dict[str, ServiceRule] = {}

    @field_validator("country")
    @classmethod
    def _known_country(cls, code: str) -> str:
        """Numbers are read by it, in every call, and calendars that name no other are closed by it."""
        if code not in phonenumbers.SUPPORTED_REGIONS or not is_territory(code, None):
            raise ValueError(f"{code} is no country (ISO 3166, as in GB or GR) of known numbers and holidays")
        return code

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"no such time zone: {name}") from unknown
        return name

    @field_validator("local_holidays")
    @classmethod
    def _are_days(cls, tables: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for table in tables.values():
            for day in table:
                _of_a_year(day)
        return tables

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "InstitutionFile":
        strange = set(self.area_languages.values()) - set(self.languages)
        if strange:
            raise ValueError(f"area_languages proposes {', '.join(sorted(strange))}, not one of languages")
        for name, calendar in self.hours.items():
            if unknown := set(calendar.local) - set(self.local_holidays):
                raise ValueError(
                    f"hours.{name} names no table of local_holidays: {', '.join(sorted(unknown))}"
                )
        about = {entry.subject for entry in self.numbers.values()} - set(self.subjects)
        if about:
            raise ValueError(f"a number's calls are about {', '.join(sorted(about))}, not one of subjects")
        for name, subject in self.subjects.items():
            if subject.hours and subject.hours not in self.hours:
                raise ValueError(f"subjects.{name} names no calendar of hours: {subject.hours}")
        return self

    def calendars(self) -> Mapping[str, OpeningHours]:
        """Give the calendars as values, by name, in the order of the file."""
        zone = ZoneInfo(self.time_zone)
        return {name: self._calendar(calendar, zone) for name, calendar in self.hours.items()}

    def _calendar(self, calendar: Calendar, zone: ZoneInfo) -> OpeningHours:
        return OpeningHours(
            zone=zone,
            territory=_territory(calendar.territory or self.country),
            week=calendar.week(),
            closed_days=frozenset(calendar.closed_days),
            local_days=frozenset(
                _month_day(day) for name in calendar.local for day in self.local_holidays[name]
            ),
            open_days=frozenset(calendar.open_days),
            summer=None if calendar.summer is None else calendar.summer.summer(),
            closing=calendar.closing,
        )
