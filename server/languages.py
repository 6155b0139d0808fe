"""What a language that is served needs beside texts, voice and grammar, so that nobody gets Spanish instead."""

import re
from collections.abc import Collection, Iterator
from datetime import time
from pathlib import Path

from dialplans.faults import Fault
from dialplans.hours import Opening, OpeningHours
from dialplans.institution import Institution
from messages.texts import Unwritten, Wording, wording
from web.app import STATIC

MESSAGES = "messages"
"""The folder of an institution's text messages, a file for each language."""

TELL_HOURS = ("hours.closed", "hours.holiday", "agent.closed")
"""The prompts that say when people answer, by the first calendar."""

_TWELVE, _DAY = 12, 24
_WEEK = 7
"""The days of "24 hours a day, 7 days a week"."""
_AROUND_THE_CLOCK = (Opening(time(0), time(0)),)


def written_in(folder: Path, institution: Institution) -> Wording:
    """Give what an institution writes to citizens; in its first language to whom it has no texts for.

    Raises Unwritten.
    """
    return wording(folder / MESSAGES, institution.languages[0])


def unwritten(folder: Path, institution: Institution) -> list[Fault]:
    """Give what no server could begin with: messages to citizens that lack something, or say what they cannot."""
    try:
        written_in(folder, institution)
    except Unwritten as lacks:
        return [Fault(MESSAGES, "", "", str(lacks), "Correct it, as docs/messages.md says")]
    return []


def lacking(institution: Institution, written: Collection[str]) -> Iterator[Fault]:
    """Find what the languages served lack, and opening hours that are told otherwise than they are.

    `written` are the languages that there are text messages in.
    """
    first = institution.languages[0]
    for language in institution.languages:
        if language not in written:
            remedy = f"Write {MESSAGES}/{language}.toml, as {first}.toml is"
            yield _fault(language, f"its text messages, the one-time code too, are in {first}", remedy)
        if not (STATIC / "texts" / f"{language}.json").exists():
            yield _fault(language, "the pages have no texts", f"Write web/static/texts/{language}.json")
        yield from _untrue(institution, language)
    yield from _unnamed(institution)


def _fault(language: str, what: str, remedy: str, field: str = "") -> Fault:
    return Fault(f"languages/{language}", "", field, what, remedy)


def _unnamed(institution: Institution) -> Iterator[Fault]:
    """Find subjects and numbers that agents would read as a code."""
    abouts = {f"subjects.{name}": subject.about for name, subject in institution.subjects.items()}
    abouts |= {f"numbers.{number}": entry.about for number, entry in institution.numbers.items()}
    for field, about in abouts.items():
        if unsaid := [language for language in institution.languages if not about.get(language)]:
            what = f"about says nothing in {', '.join(unsaid)}"
            yield Fault("institution.toml", "", field, what, "Add it")


def _untrue(institution: Institution, language: str) -> Iterator[Fault]:
    """Find prompts whose figures are not the opening hours; one without figures says nothing wrong."""
    needed, allowed = _hours(institution.hours)
    for key in TELL_HOURS:
        told = {int(figure) for figure in re.findall(r"\d+", institution.texts[language].get(key, ""))}
        if told and (told - allowed or any(told.isdisjoint(hour) for hour in needed)):
            remedy = f"Say the hours of institution.toml, then run: make prompts LANGUAGE={language}"
            yield _fault(language, "it tells other hours than the calendar", remedy, key)


def _hours(calendar: OpeningHours) -> tuple[list[set[int]], set[int]]:
    """Give each hour of the week in its forms (20 and 8; 0, 12 and 24), and every figure that may be told."""
    seasons = [calendar.week, *([calendar.summer.week] if calendar.summer else ())]
    times = [
        {moment for day in week for opening in day for moment in (opening.opens, opening.closes)}
        for week in seasons
    ]
    every = {moment for season in times for moment in season}
    always = {_WEEK} if all(day == _AROUND_THE_CLOCK for week in seasons for day in week) else set[int]()
    forms = {form for moment in every for form in _forms(moment)}
    return [_forms(moment) for moment in times[0]], forms | always | {
        moment.minute for moment in every if moment.minute
    }


def _forms(moment: time) -> set[int]:
    """Give the figures that an hour is told by; midnight is also the 24 of "24 hours"."""
    return {moment.hour or _DAY, moment.hour, moment.hour % _TWELVE or _TWELVE}
